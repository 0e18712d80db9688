"""Families of interchangeable parts: one file each, found by being in their package."""

from __future__ import annotations

import importlib
import pkgutil
from typing import ClassVar, Generic, Protocol, TypeVar

from vae_explorer.core.errors import UserError


class Registrable(Protocol):
    """What a part says of itself."""

    name: ClassVar[str]
    """The word for it in config.json and on the command line."""
    title: ClassVar[str]
    """The words for it on screen."""
    summary: ClassVar[str]
    """One sentence on what it does and when to choose it."""


Part = TypeVar("Part", bound=Registrable)


class Registry(Generic[Part]):
    """Classes of one kind by name; a new one is a file in `package` (or in that module) that calls `register`."""

    def __init__(self, kind: str, package: str) -> None:
        self._kind = kind
        self._package = package
        self._parts: dict[str, type[Part]] = {}
        self._complete = False

    def register(self, part: type[Part]) -> type[Part]:
        """Add a class (as its decorator). Raises ValueError when the name is taken."""
        if part.name in self._parts:
            msg = f"{self._kind} {part.name!r} is registered twice"
            raise ValueError(msg)
        self._parts[part.name] = part
        return part

    def get(self, name: str) -> type[Part]:
        """Return the class called `name`. Raises UserError, listing what there is, when there is none."""
        self._import_all()
        try:
            return self._parts[name]
        except KeyError:
            msg = f"There is no {self._kind} called “{name}”; there are: {', '.join(self.names())}."
            raise UserError(msg) from None

    def names(self) -> list[str]:
        """Return all names, in alphabetical order."""
        self._import_all()
        return sorted(self._parts)

    def parts(self) -> list[type[Part]]:
        """Return all classes, by name."""
        return [self._parts[name] for name in self.names()]

    def _import_all(self) -> None:
        if self._complete:
            return
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(getattr(package, "__path__", ())):
            importlib.import_module(f"{self._package}.{module.name}")
        self._complete = True
