"""Secrets by reference: ``${env:NAME}`` and ``${file:PATH}``, resolved when a plugin is first given its settings."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["SecretFault", "resolved"]

_REFERENCE = re.compile(r"\$\{(env|file):([^{}]+)\}")


class SecretFault(Exception):  # noqa: N818 - the surroundings lack something, the program has not failed
    """A reference that leads nowhere; it names the reference, never a value."""


def resolved(settings: Any, root: Path) -> Any:  # noqa: ANN401 - plain data of any shape
    """Return plain data with its references replaced; relative paths are of the workspace at `root`.

    Raises `SecretFault`.
    """
    if isinstance(settings, str):
        return _REFERENCE.sub(lambda found: _value(found[1], found[2].strip(), root), settings)
    if isinstance(settings, Mapping):
        return {name: resolved(each, root) for name, each in settings.items()}
    if isinstance(settings, (list, tuple)):
        return [resolved(each, root) for each in settings]
    return settings


def _value(kind: str, name: str, root: Path) -> str:
    if kind == "env":
        found = os.environ.get(name)
        if not found:
            raise SecretFault(f"the environment variable {name} is not set")
        return found
    try:
        return (root / name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise SecretFault(f"the file {name} cannot be read: {reason}") from None
