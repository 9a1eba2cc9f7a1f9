"""Gates that ask for what cannot be known yet where the deal stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set

from voronka.config.finding import Finding, Place, Severity
from voronka.config.holders_check import Built
from voronka.config.report import Report
from voronka.definition.fields import FieldGroup
from voronka.definition.funnels import Gate, Variant
from voronka.expressions import Possibility, Value
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["check_early_gates"]

_STILL_OPEN: Mapping[str, Value | None] = {
    "closed_at": None,
    "outcome": None,
    "open": True,
    "closed": False,
    "won": False,
    "lost": False,
}
"""What is known of every deal that has not ended; a gate judges it before it ends."""


@frozen
class _Asked:
    """A gate, the stage in whose card it is filled in, and whether only open deals come to it."""

    gate: Gate
    stage: str
    open: bool


def check_early_gates(
    built: Iterable[Built], groups: Mapping[str, FieldGroup], written: Mapping[str, Set[str]], report: Report
) -> None:
    """Report what gates ask for of open deals and only closed ones have, and what the card shows only later.

    `written`: the fields that actions and imports set in the deals of each funnel; nobody has to fill these in.
    """
    for each in built:
        with report.using(each.sites):
            if each.case is None:
                report.take(_findings(each, groups, written.get(each.funnel, frozenset())))
                continue
            with report.case(*each.case):
                report.take(_findings(each, groups, written.get(each.funnel, frozenset())))


def _findings(built: Built, groups: Mapping[str, FieldGroup], written: Set[str]) -> Iterator[Finding]:
    for asked in _gates(built.variant):
        later = _shown_later(built, asked.stage, groups, written)
        ended = _STILL_OPEN if asked.open else {}
        for name in asked.gate.require:
            site = ("require", f"{asked.gate.name}.{name}")
            if site not in built.places:
                continue
            place = built.places[site]
            if name in ended:
                yield Finding(
                    code="V5114",
                    severity=Severity.WARNING,
                    place=place,
                    reason=Text(
                        "{gate} asks for {field}, which only a closed deal has: it is judged before, and no deal"
                        " passes.",
                        gate=asked.gate.name,
                        field=name,
                    ),
                    remedy=Text("Remove {field} here; ask for a field of your own that people fill in.", field=name),
                )
            elif name in later:
                yield _shown_too_late(asked, name, later[name], place)
        for check in asked.gate.checks:
            site = ("check", check.name)
            names = check.when.reads.names & (ended.keys() | later.keys())
            known = {**ended, **dict.fromkeys(later)}
            if site not in built.places or not names or Possibility(check.when.node).can_hold(known):
                continue
            place = built.places[site]
            if early := sorted(names & later.keys()):
                yield _shown_too_late(asked, early[0], later[early[0]], place)
            else:
                yield Finding(
                    code="V5114",
                    severity=Severity.WARNING,
                    place=place,
                    reason=Text(
                        "{gate} is judged before the deal closes, and holds of closed deals alone: no deal passes.",
                        gate=check.name,
                    ),
                    remedy=Text("Leave {names} out of the condition.", names=", ".join(sorted(names))),
                )


def _shown_too_late(asked: _Asked, field: str, group: FieldGroup, place: Place) -> Finding:
    return Finding(
        code="V5114",
        severity=Severity.WARNING,
        place=place,
        reason=Text(
            "{gate} asks for {field}, but the card shows its group {group} only from the stage {start} on.",
            gate=asked.gate.name,
            field=field,
            group=group.name,
            start=group.start or "",
        ),
        remedy=Text(
            "Write `from: {stage}` or an earlier stage in the group {group}, give {field} another group, or ask for it"
            " from {start} on.",
            stage=asked.stage,
            group=group.name,
            field=field,
            start=group.start or "",
        ),
    )


def _gates(variant: Variant) -> Iterator[_Asked]:
    open_ = {name for name, stage in variant.stages.items() if stage.outcome is None}
    for stage in variant.stages.values():
        into = {way.source for way in variant.transitions.values() if way.target == stage.name}
        if into:
            yield _Asked(gate=stage.enter, stage=stage.name, open=into <= open_)
        yield _Asked(gate=stage.leave, stage=stage.name, open=stage.name in open_)
    for way in variant.transitions.values():
        ends = way.source, way.target
        nearest = max(ends, key=list(variant.stages).index)
        yield _Asked(gate=way.gate, stage=nearest, open=way.source in open_)


def _shown_later(
    built: Built, stage: str, groups: Mapping[str, FieldGroup], written: Set[str]
) -> dict[str, FieldGroup]:
    """Return the fields that people alone fill in and whose group the card does not show yet in a stage."""
    variant = built.variant
    hidden = {name: group for name, group in groups.items() if not variant.discloses(group.start, stage)}
    if not hidden:
        return {}
    by_itself = written | {name for way in variant.transitions.values() for name in way.set}
    return {
        name: hidden[field.group]
        for name, field in built.fields.items()
        if field.group in hidden and field.formula is None and not field.sources and name not in by_itself
    }
