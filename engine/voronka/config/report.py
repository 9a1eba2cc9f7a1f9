"""Findings of one run, each told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from difflib import SequenceMatcher

from voronka.config.finding import Finding, Place, Severity, in_order
from voronka.frozen import frozen
from voronka.messages import Sentence, Text

__all__ = ["Doubt", "Report"]

_LOSING = frozenset({"V1010", "V1013", "V1015", "V1016", "V1021", "V1039"})
"""Faults of reading after which the rest is read, but a name may be gone."""

_NEAR = 0.8

_NO_NAMES = frozenset({"V2006", "V2013", "V2021"})
"""Faults of the form of a name."""


@frozen
class Doubt:
    """Which names that nobody seems to declare only seem so, since a declaration is written wrongly.

    `names`: these. `unguessed`: one more that cannot be guessed, so any but a slip of a declared name.
    `everything`: any name at all.
    """

    names: frozenset[str] = frozenset()
    unguessed: bool = False
    everything: bool = False

    def covers(self, name: str, suggestion: str | None) -> bool:
        """Whether `name`, for which `suggestion` is the nearest declared one, may be one of those."""
        return self.everything or name in self.names or (self.unguessed and not _is_slip(name, suggestion))


def _is_slip(name: str, meant: str | None) -> bool:
    """Tell whether `name` is so near to the one that is declared that nothing else can be meant."""
    return meant is not None and SequenceMatcher(a=name, b=meant, autojunk=False).ratio() >= _NEAR


class Report:
    """Collects findings; a place whose shape is wrong is not found fault with again by later checks.

    The cases of a funnel are built from the same text as its base, so one fault may be met several times: it is told
    once, for the base if the base has it.
    """

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._told: set[tuple[str, Place]] = set()
        self._failed: set[str] = set()
        self._broken: dict[Place, Finding] = {}
        self._case: tuple[str, Place] | None = None
        self._sites: Mapping[str, Place] = {}
        self.removed: frozenset[str] = frozenset()
        self._doubts: dict[tuple[str, str], set[Doubt]] = {}
        self._labels: dict[tuple[str, str], list[str]] = {}
        self._named: set[tuple[str, str]] = set()
        self._roles: dict[str, str] = {}
        self._sets: dict[str, str] = {}

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
        return file in self._failed

    @property
    def failed(self) -> bool:
        """Whether an error was found."""
        return bool(self._failed)

    def broken(self, place: Place) -> bool:
        """Whether the shape at `place` was found wrong: what is built of it says nothing."""
        return place in self._broken

    def meant(self, place: Place) -> str | None:
        """Return what was probably meant by what is broken at `place`, if that can be told."""
        finding = self._broken.get(place)
        return finding.suggestion if finding is not None else None

    def is_no_name(self, place: Place) -> bool:
        """Whether what is broken at `place` stands for a name and has not the form of one."""
        finding = self._broken.get(place)
        return finding is not None and (finding.code.startswith("V1") or finding.code in _NO_NAMES)

    def lost_something(self, file: str) -> bool:
        """Whether a part of `file` was not read, so that any name may be gone with it."""
        return any(each.place.file == file and each.code in _LOSING for each in self._findings)

    def doubt(self, kind: str, doubt: Doubt, file: str = "") -> None:
        """Do not tell that names of a `kind` (`NameKind`) are undeclared, in `file` or anywhere: it only follows."""
        self._doubts.setdefault((kind, file), set()).add(doubt)

    def doubts(self, kind: str, file: str = "") -> frozenset[Doubt]:
        """Return which names of a `kind` that `file` uses may have been lost."""
        return frozenset(self._doubts.get((kind, ""), ())) | frozenset(self._doubts.get((kind, file), ()))

    def doubtful(self, kind: str, file: str | None, name: str, suggestion: str | None) -> bool:
        """Whether `name`, which `file` (None: anything) uses and nobody seems to declare, may have been lost.

        `suggestion`: the declared name that is nearest to it.
        """
        doubts = self.doubts(kind, file) if file is not None else self._of_any_file(kind)
        return any(each.covers(name, suggestion) for each in doubts)

    def _of_any_file(self, kind: str) -> Iterator[Doubt]:
        for (of, _), doubts in self._doubts.items():
            if of == kind:
                yield from doubts

    def label(self, kind: str, text: str, name: str) -> None:
        """Keep in mind that people see `text` for a `name` of a `kind` (`NameKind`)."""
        names = self._labels.setdefault((kind, text.strip().casefold()), [])
        if name not in names:
            names.append(name)

    def labelled(self, kind: str, text: str, known: Iterable[str] | None = None) -> str | None:
        """Return the name of a `kind` that people see as `text`, if it is one of the `known` (None: any) and no other
        is: whoever writes the label means it.
        """
        names = self._labels.get((kind, text.strip().casefold()), [])
        if known is not None:
            allowed = frozenset(known)
            names = [name for name in names if name in allowed]
        return names[0] if len(names) == 1 and names[0] != text else None

    def name(self, kind: str, name: str, *, role: str | None = None) -> None:
        """Keep in mind that a `name` of a `kind` is declared; `role`: which one a user holds."""
        self._named.add((kind, name))
        if role is not None:
            self._roles[name] = role

    def declares(self, kind: str, name: str) -> bool:
        """Whether a `name` of a `kind` is declared anywhere."""
        return (kind, name) in self._named

    def in_set(self, field: str, field_set: str) -> None:
        """Keep in mind in which set a field of deals stands."""
        self._sets.setdefault(field, field_set)

    def set_of(self, field: str) -> str | None:
        """Return the set in which a field of deals stands; None if it stands in none."""
        return self._sets.get(field)

    def role_of(self, user: str) -> str | None:
        """Return the role that a declared user holds."""
        return self._roles.get(user)

    def take_shape(self, findings: Iterable[Finding]) -> None:
        """Take the findings of the reader and of the schemas."""
        for finding in findings:
            self.add(finding)
            if finding.severity is Severity.ERROR:
                self._broken.setdefault(finding.place, finding)

    def take(self, findings: Iterable[Finding]) -> None:
        """Take several findings."""
        for finding in findings:
            self.add(finding)

    def add(self, finding: Finding) -> None:
        """Take one finding unless its place is known to be broken or it was told already.

        What is built for several funnels may be met in one of them that cannot tell what was meant: another can.
        """
        key = (finding.code, finding.place)
        if finding.place in self._broken:
            return
        if key in self._told:
            self._suggest(finding)
            return
        self._told.add(key)
        if self._case is not None:
            case, place = self._case
            finding = replace(
                finding,
                reason=Text("In the case {case}: {reason}", case=case, reason=finding.reason),
                related=finding.related or place,
            )
        if finding.related is None and finding.place.file in self._sites:
            finding = replace(finding, related=self._sites[finding.place.file])
        self._findings.append(finding)
        if finding.severity is Severity.ERROR:
            self._failed.add(finding.place.file)

    def _suggest(self, finding: Finding) -> None:
        for number, told in enumerate(self._findings if finding.suggestion is not None else ()):
            if (told.code, told.place) == (finding.code, finding.place) and told.suggestion is None:
                self._findings[number] = replace(told, suggestion=finding.suggestion)

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
        self,
        code: str,
        place: Place,
        reason: Sentence,
        remedy: Sentence,
        *,
        suggestion: str | None = None,
        related: Place | None = None,
    ) -> None:
        """Take a warning."""
        self.add(
            Finding(
                code=code,
                severity=Severity.WARNING,
                place=place,
                reason=reason,
                remedy=remedy,
                suggestion=suggestion,
                related=related,
            )
        )

    @contextmanager
    def using(self, sites: Mapping[str, Place]) -> Iterator[None]:
        """Say of what is found within in one of these files also which place makes use of the file."""
        self._sites = sites
        try:
            yield
        finally:
            self._sites = {}

    @contextmanager
    def case(self, name: str, place: Place, removed: frozenset[str] = frozenset()) -> Iterator[None]:
        """Say of everything found within that it holds in the case `name` of a funnel, written at `place`.

        `removed`: the stages that the case takes out.
        """
        self._case = (name, place)
        self.removed = removed
        try:
            yield
        finally:
            self._case = None
            self.removed = frozenset()
