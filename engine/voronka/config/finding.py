"""What `check` has to say about a configuration: findings, as values."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from voronka.frozen import frozen
from voronka.messages import Sentence

__all__ = ["Finding", "Place", "Severity", "has_errors", "in_order"]


class Place(NamedTuple):
    """A stretch of one line of one file.

    `file` is relative to the workspace, with ``/``. `line` and `column` count from 1, `column` and `length`
    in characters (code points). A place that spans lines names its first one.
    """

    file: str
    line: int
    column: int
    length: int = 1


class Severity(StrEnum):
    """ERROR: the workspace cannot run. WARNING: it can, but probably does not mean what was meant."""

    ERROR = "error"
    WARNING = "warning"


@frozen
class Finding:
    """One fault of a configuration: where, what, and what to do about it.

    `code` is explained in `voronka.config.codes`. `suggestion`: what was probably meant ("did you mean").
    `related`: another place that has to do with it ("declared here").
    """

    code: str
    place: Place
    reason: Sentence
    remedy: Sentence
    severity: Severity = Severity.ERROR
    suggestion: str | None = None
    related: Place | None = None


def has_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether one of the findings is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings by file and place, without those that only follow from another one.

    Where several layers speak about the same place (reading, shape, names, expressions, structure: the
    thousands of the code), the first layer is the cause and the others its consequences.
    """
    kept: dict[tuple[str, int, int], list[Finding]] = {}
    for finding in sorted(findings, key=lambda each: (each.place[:3], each.code)):
        here = kept.setdefault(finding.place[:3], [])
        if not here or (here[0].code[:2] == finding.code[:2] and finding not in here):
            here.append(finding)
    return tuple(finding for here in kept.values() for finding in here)
