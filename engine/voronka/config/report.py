"""Findings of one run, each told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from voronka.config.finding import Finding, Place, Severity, in_order
from voronka.messages import Sentence, Text

__all__ = ["Report"]


class Report:
    """Collects findings; a place whose shape is wrong is not found fault with again by later checks.

    The cases of a funnel are built from the same text as its base, so one fault may be met several times: it is told
    once, for the base if the base has it.
    """

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._told: set[tuple[str, Place]] = set()
        self._broken: set[Place] = set()
        self._case: tuple[str, Place] | None = None
        self._doubtful: set[tuple[str, str]] = set()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings in the order of files and lines, without mere consequences."""
        return in_order(self._findings)

    @property
    def count(self) -> int:
        """How many findings there are by now."""
        return len(self._findings)

    def failed_in(self, file: str) -> bool:
        """Whether an error was found in `file`."""
        return any(each.severity is Severity.ERROR and each.place.file == file for each in self._findings)

    @property
    def failed(self) -> bool:
        """Whether an error was found."""
        return any(each.severity is Severity.ERROR for each in self._findings)

    def broken(self, place: Place) -> bool:
        """Whether the shape at `place` was found wrong: what is built of it says nothing."""
        return place in self._broken

    def unreadable(self, file: str) -> bool:
        """Whether a part of `file` could not be read at all, so that something in it may be lost."""
        return any(each.place.file == file and each.code.startswith("V1") for each in self._findings)

    def doubt(self, kind: str, file: str = "") -> None:
        """Tell no more that a name of a `kind` (`NameKind`) is undeclared, in `file` or anywhere: it only follows."""
        self._doubtful.add((kind, file))

    def doubts(self, kind: str, file: str = "") -> bool:
        """Whether a name of a `kind` that `file` uses may have been lost."""
        return (kind, "") in self._doubtful or (kind, file) in self._doubtful

    def take_shape(self, findings: Iterable[Finding]) -> None:
        """Take the findings of the reader and of the schemas."""
        for finding in findings:
            self.add(finding)
            if finding.severity is Severity.ERROR:
                self._broken.add(finding.place)

    def take(self, findings: Iterable[Finding]) -> None:
        """Take several findings."""
        for finding in findings:
            self.add(finding)

    def add(self, finding: Finding) -> None:
        """Take one finding unless its place is known to be broken or it was told already."""
        key = (finding.code, finding.place)
        if finding.place in self._broken or key in self._told:
            return
        self._told.add(key)
        if self._case is not None:
            case, place = self._case
            finding = replace(
                finding,
                reason=Text("In the case {case}: {reason}", case=case, reason=finding.reason),
                related=finding.related or place,
            )
        self._findings.append(finding)

    def error(
        self,
        code: str,
        place: Place,
        reason: Sentence,
        remedy: Sentence,
        *,
        suggestion: str | None = None,
        related: Place | None = None,
    ) -> None:
        """Take an error."""
        self.add(
            Finding(
                code=code,
                severity=Severity.ERROR,
                place=place,
                reason=reason,
                remedy=remedy,
                suggestion=suggestion,
                related=related,
            )
        )

    def warning(
        self, code: str, place: Place, reason: Sentence, remedy: Sentence, *, related: Place | None = None
    ) -> None:
        """Take a warning."""
        self.add(
            Finding(
                code=code,
                severity=Severity.WARNING,
                place=place,
                reason=reason,
                remedy=remedy,
                suggestion=None,
                related=related,
            )
        )

    @contextmanager
    def case(self, name: str, place: Place) -> Iterator[None]:
        """Say of everything found within that it holds in the case `name` of a funnel, written at `place`."""
        self._case = (name, place)
        try:
            yield
        finally:
            self._case = None
