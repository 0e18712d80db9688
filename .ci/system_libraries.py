"""The system libraries and fonts that Qt's window needs on Linux: what is missing, and installing it."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys

DEBIAN_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""What the libraries, and the xcb and offscreen plugins, of PySide6-Essentials 6.11 ask the system for."""

FONTS = "a font"
FONT_PACKAGE = "fonts-dejavu-core"


def missing() -> dict[str, str]:
    """Return what is missing, each with the Debian package that has it. Empty but on Linux."""
    if not sys.platform.startswith("linux"):
        return {}
    absent = {name: package for name, package in DEBIAN_PACKAGES.items() if not _loads(name)}
    if not _has_fonts():
        absent[FONTS] = FONT_PACKAGE
    return absent


def provide() -> bool:
    """Install what is missing, as root on a Debian-like system; else say how to. Returns whether all is there now."""
    absent = missing()
    if absent and _may_install():
        _install(sorted(absent.values()))
        absent = missing()
    if absent:
        print(_advice(absent), file=sys.stderr)
    return not absent


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_fonts() -> bool:
    """Ask fontconfig, as Qt does. Without a font every text in the window would be empty boxes."""
    try:
        fontconfig = ctypes.CDLL("libfontconfig.so.1")
    except OSError:
        return True  # the library is reported missing; Debian's brings a font along
    fontconfig.FcInitLoadConfigAndFonts.restype = ctypes.c_void_p
    fontconfig.FcConfigGetFonts.restype = ctypes.POINTER(ctypes.c_int)  # a struct that begins with the count
    fontconfig.FcConfigGetFonts.argtypes = [ctypes.c_void_p, ctypes.c_int]
    fonts = fontconfig.FcConfigGetFonts(fontconfig.FcInitLoadConfigAndFonts(), 0)
    return bool(fonts) and fonts[0] > 0


def _may_install() -> bool:
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def _install(packages: list[str]) -> None:
    print(f"Installing what Qt's window needs: {' '.join(packages)}", flush=True)
    _apt_get("update")
    _apt_get("install", "-y", "--no-install-recommends", *packages)


def _apt_get(*arguments: str) -> None:
    unattended = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", *arguments], env=unattended, stdin=subprocess.DEVNULL, check=False
    )


def _advice(absent: dict[str, str]) -> str:
    if shutil.which("apt-get"):
        return f"Qt's window needs system libraries: sudo apt-get install {' '.join(sorted(absent.values()))}"
    return f"Qt's window needs system libraries that are missing: {', '.join(sorted(absent))}. Please install them."
