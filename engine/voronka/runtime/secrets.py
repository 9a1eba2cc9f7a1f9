"""Secrets by reference: ``${env:NAME}`` and ``${file:PATH}``, resolved when a plugin reads the setting."""

from __future__ import annotations

import logging
import os
import re
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from voronka.errors import refused_by_system
from voronka.hooks.phrases import sentence
from voronka.messages import Label, Sentence, Text, words

__all__ = ["GivenSecrets", "SecretFault", "Secrets"]

_REFERENCE = re.compile(r"\$\{(env|file):([^{}]+)\}")
_MASK = "•••"
_SHORTEST = 4
"""A value of fewer characters is not masked: it would be found in every other word."""


class SecretFault(Exception):  # noqa: N818 - the surroundings lack something, the program has not failed
    """A reference that leads nowhere; `reason` names the reference, never a value."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Secrets(logging.Filter):
    """What references of one workspace have given. As a filter of a logger it masks them in what is logged.

    `root`: the workspace's folder, of which relative paths are.
    """

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root
        self._values: set[str] = set()

    def resolved(self, settings: Any) -> Any:  # noqa: ANN401 - plain data of any shape
        """Return plain data with its references replaced. Raises `SecretFault`."""
        if isinstance(settings, str):
            return _REFERENCE.sub(lambda found: self._value(found[1], found[2].strip()), settings)
        if isinstance(settings, Mapping):
            return {name: self.resolved(each) for name, each in settings.items()}
        if isinstance(settings, (list, tuple)):
            return [self.resolved(each) for each in settings]
        return settings

    def view(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return settings whose references are replaced as they are read, which then raises `SecretFault`.

        A secret that is missing closes what needs it and nothing else.
        """
        return _View(self, settings)

    def looked_up(self, settings: Any) -> dict[str, str | dict[str, str]]:  # noqa: ANN401 - plain data of any shape
        """Return what the references in plain data lead to, by reference, for another process (see `GivenSecrets`).

        Of one that leads nowhere it is the reason in every language.
        """
        found: dict[str, str | dict[str, str]] = {}
        for kind, name in _references(settings):
            try:
                found[f"{kind}:{name}"] = self._value(kind, name)
            except SecretFault as fault:
                found[f"{kind}:{name}"] = words(fault.reason)
        return found

    def mask(self, text: str) -> str:
        """Return a text without the values of secrets."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, _MASK)
        return text

    def mask_sentence(self, said: object) -> Label | None:
        """Return what a plugin says, as `voronka.hooks.phrases.sentence` does, without the values of secrets."""
        return sentence(said, self.mask)

    def mask_error(self, error: BaseException) -> str:
        """Return an error with its traceback, without the values of secrets and without halves of characters."""
        text = "".join(traceback.format_exception(error)).rstrip()
        return self.mask(text.encode("utf-8", "backslashreplace").decode("utf-8"))

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask what a record says."""
        said = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            said = f"{said}\n{self.mask_error(record.exc_info[1])}"
            record.exc_info = None
        record.msg, record.args = self.mask(said), ()
        return True

    def _value(self, kind: str, name: str) -> str:
        value = _of_environment(name) if kind == "env" else _of_file(self._root, name)
        if len(value) >= _SHORTEST:
            self._values.add(value)
        return value


class GivenSecrets(Secrets):
    """Secrets as another process has looked them up (see `Secrets.looked_up`); nothing else can be had."""

    def __init__(self, given: Mapping[str, str | Mapping[str, str]]) -> None:
        super().__init__(Path())
        self._given = given

    def _value(self, kind: str, name: str) -> str:
        found = self._given.get(f"{kind}:{name}", "")
        if not isinstance(found, str):
            raise SecretFault(Label(found))
        return found


def _references(settings: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - plain data of any shape
    if isinstance(settings, str):
        yield from ((found[1], found[2].strip()) for found in _REFERENCE.finditer(settings))
    elif isinstance(settings, (Mapping, list, tuple)):
        for each in settings.values() if isinstance(settings, Mapping) else settings:
            yield from _references(each)


class _View(Mapping[str, Any]):
    def __init__(self, secrets: Secrets, settings: Mapping[str, Any]) -> None:
        self._secrets = secrets
        self._settings = settings

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - plain data of any shape
        found = self._settings[name]
        return _View(self._secrets, found) if isinstance(found, Mapping) else self._secrets.resolved(found)

    def __contains__(self, name: object) -> bool:
        return name in self._settings

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    def __repr__(self) -> str:
        return repr(self._settings)


def _of_environment(name: str) -> str:
    found = os.environ.get(name)
    if not found:
        raise SecretFault(Text("the environment variable {name} is not set", name=name))
    return found


def _of_file(root: Path, name: str) -> str:
    try:
        return (root / name).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretFault(
            Text("the file {name} cannot be read: {reason}", name=name, reason=refused_by_system(error))
        ) from None
    except UnicodeDecodeError:
        raise SecretFault(Text("the file {name} is no text in UTF-8", name=name)) from None
