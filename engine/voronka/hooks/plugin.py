"""What a plugin says of itself, and what it is given of its surroundings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from logging import Logger
from pathlib import Path
from typing import Any, Protocol, TypeVar

from voronka.frozen import frozen
from voronka.hooks.checks import Check
from voronka.messages import Label

__all__ = ["DataClass", "Plugin", "Schema", "Services", "Settings", "check_name"]

Schema = Mapping[str, Any]
"""A JSON Schema (2020-12) of an object. Beside the standard keywords: `x-ru` (the Russian of `description`), `x-secret`
(the value must be written as a reference, ``${env:NAME}`` or ``${file:PATH}``), and in the arguments of an action
`x-expression` (a text that begins with ``=`` is an expression of that type: a `Kind`, or ``any``)."""

Settings = Mapping[str, Any]
"""What the workspace has set, as plain data that the schema allows; secrets are resolved."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DOTTED = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")
_Kept = TypeVar("_Kept")


class DataClass(StrEnum):
    """What kind of data a plugin brings into the workspace."""

    TRANSACTIONAL = "transactional"
    CLIENT = "client"
    OPERATIONAL = "operational"
    EMPLOYEE = "employee"


@frozen
class Plugin:
    """A plugin. `api`: the version of the hooks it was written for (`API_VERSION`).

    `settings`: the schema of its entry under ``plugins:`` of voronka.yaml; without one it takes no settings. `check`:
    what is wrong with them beyond the schema.
    """

    name: str
    version: str
    api: int
    label: Label
    settings: Schema = field(default_factory=lambda: {"type": "object", "additionalProperties": False})
    data: tuple[DataClass, ...] = ()
    check: Check | None = None

    def __post_init__(self) -> None:
        check_name(self.name)


class Services(Protocol):
    """What the engine gives a plugin to work with. It belongs to one plugin in one opened workspace."""

    @property
    def settings(self) -> Settings:
        """The plugin's own settings."""
        ...

    @property
    def log(self) -> Logger:
        """The logger ``voronka.plugin.NAME``."""
        ...

    @property
    def state(self) -> Path:
        """A folder of the plugin's own, made on first use; what lies there survives a restart."""
        ...

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """The hosts to which the workspace lets plugins connect although their addresses are not public."""
        ...

    def now(self) -> datetime:
        """Return the moment, in UTC; virtual in tests and simulations."""
        ...

    def keep(self, name: str, make: Callable[[], _Kept]) -> _Kept:
        """Return what `make` gave when `name` was first asked for, such as a pool of connections.

        It is closed (its `close`, if it has one) with the workspace.
        """
        ...


def check_name(name: str, *, dotted: bool = False) -> None:
    """Raise `ValueError` unless `name` is lower_snake; `dotted`: ``plugin.name`` will do too."""
    if not isinstance(name, str) or not (_DOTTED if dotted else _NAME).fullmatch(name):
        raise ValueError(f"{name!r} is no name: write it in lower_snake")
