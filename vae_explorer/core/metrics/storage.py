"""The code at work: how small an image becomes as a code, and what comes back."""

from __future__ import annotations

import io
from typing import ClassVar

import numpy as np
from PIL import Image

from vae_explorer.core.data.base import Images
from vae_explorer.core.decoding import Decoder
from vae_explorer.core.metrics.base import Figures, Line, metrics
from vae_explorer.core.metrics.similarity import psnr, ssim
from vae_explorer.core.metrics.subject import Subject

IMAGES = 500
"""Images at most that are stored and restored."""

PIXELS_AT_MOST = 20_000_000
"""Of large images fewer are taken."""


@metrics.register
class Storage:
    """How small an image becomes as a code, and what comes back."""

    name: ClassVar[str] = "code_at_work.storage"
    title: ClassVar[str] = "Storage"
    summary: ClassVar[str] = "Bytes of an image as a code beside PNG and raw, and how alike the restored image is."
    group: ClassVar[str] = "The code at work"
    place: ClassVar[int] = 90
    lines: ClassVar[tuple[Line, ...]] = (
        Line("code_bytes", "An image as a code", "{holds}, without the file's overhead.", "bytes"),
        Line("png_bytes", "An image as PNG", "Mean of {images} images, as small as Pillow makes them.", "bytes"),
        Line("raw_bytes", "An image as raw pixels", "Height × width × channels, a byte each.", "bytes"),
        Line("model_bytes", "The model", "Its weights as float32: needed once, for any number of codes.", "bytes"),
        Line("psnr_db", "PSNR", "Of {images} images restored from their codes, by the pooled squared error.", "dB"),
        Line("ssim", "SSIM", "Likewise; 1 where nothing is lost. Wang 2004, Gaussian window 11 × 11, σ = 1.5."),
    )

    @classmethod
    def measure(cls, subject: Subject) -> Figures:
        """Restore some images from their codes, as `decode` does from the file that `encode` wrote."""
        values = int(np.prod(subject.images.images.shape[1:]))
        count = min(len(subject.sample), IMAGES, max(1, PIXELS_AT_MOST // values))
        images = subject.pixels(subject.sample.indices[:count])
        restored, with_class = _restore(subject, count)
        subject.tick(1, 2)
        dims = subject.model.latent_dims
        return {
            "code_bytes": 4 * dims + with_class,
            "png_bytes": float(np.mean([png_bytes(image) for image in images])),
            "raw_bytes": values,
            "model_bytes": 4 * subject.model.count_parameters(),
            "psnr_db": psnr(images, restored),
            "ssim": ssim(images, restored),
            "images": count,
            "holds": f"{dims} numbers of 4 bytes{', and a byte for the class' if with_class else ''}",
        }


def png_bytes(image: Images) -> int:
    """Size of an image (H, W, C) as a PNG file, as small as Pillow makes it."""
    file = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(file, "PNG", optimize=True)
    return file.tell()


def _restore(subject: Subject, count: int) -> tuple[Images, bool]:
    """Decode the codes of the sample's first images; and whether their classes were needed too."""
    model, classes = subject.model, subject.classes_of(subject.sample.indices[:count])
    decoder = Decoder(model.config, model.state_dict(), next(model.parameters()).device)
    return decoder.decode(subject.sample.codes.mean[:count], classes), classes is not None
