"""Gates that ask for what cannot be known yet where the deal stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set

from voronka.config.finding import Finding, Place, Severity
from voronka.config.holders_check import Built
from voronka.config.report import Report
from voronka.definition.fields import FieldGroup, FieldType
from voronka.definition.funnels import Gate, Outcome, Variant
from voronka.definition.sources import DataSource, of_systems
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
    """A gate, the stage in whose card it is filled in, whether only open deals come to it, and whether only those that
    are being lost.
    """

    gate: Gate
    stage: str
    open: bool
    losing: bool


def check_early_gates(
    built: Iterable[Built],
    groups: Mapping[str, FieldGroup],
    written: Mapping[str, Set[str]],
    sources: Mapping[str, DataSource],
    report: Report,
) -> None:
    """Report what gates ask for of open deals and only closed or lost ones have, and what the card shows only later.

    `written`: the fields that actions and imports set in the deals of each funnel; nobody has to fill these in. Nor
    those that only systems give, among the `sources`.
    """
    for each in built:
        by_itself = written.get(each.funnel, frozenset()) | {
            name for name, field in each.fields.items() if of_systems(field.sources, sources)
        }
        with report.using(each.sites):
            if each.case is None:
                report.take(_findings(each, groups, by_itself))
                continue
            with report.case(*each.case):
                report.take(_findings(each, groups, by_itself))


def _findings(built: Built, groups: Mapping[str, FieldGroup], by_itself: Set[str]) -> Iterator[Finding]:
    gates = list(_gates(built.variant))
    of_losses = _of_losses(built, gates)
    for asked in gates:
        later = _shown_later(built, asked.stage, groups, by_itself)
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
            elif name in of_losses and asked.open and not asked.losing:
                yield _of_lost_ones(asked.gate.name, name, of_losses[name], place)
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


def _of_losses(built: Built, gates: Iterable[_Asked]) -> dict[str, str]:
    """Return the choices that the way into a loss asks for, each with that stage, and one other gate at most does."""
    asked = [(each, name) for each in gates for name in each.gate.require]
    others = Counter(name for each, name in asked if each.open and not each.losing)
    return {
        name: each.stage
        for each, name in asked
        if each.losing and others[name] == 1 and name in built.fields and built.fields[name].type is FieldType.CHOICE
    }


def _of_lost_ones(gate: str, field: str, stage: str, place: Place) -> Finding:
    return Finding(
        code="V5114",
        severity=Severity.WARNING,
        place=place,
        reason=Text(
            "{gate} asks every deal for {field}, which {stage} asks of those that are lost: here nobody can know it "
            "yet.",
            gate=gate,
            field=field,
            stage=stage,
        ),
        remedy=Text(
            "Ask for it in {stage} alone; or ask there for another field, if this one does not tell of a loss.",
            stage=stage,
        ),
    )


def _gates(variant: Variant) -> Iterator[_Asked]:
    lost = {name for name, stage in variant.stages.items() if stage.outcome is Outcome.LOST}
    open_ = {name for name, stage in variant.stages.items() if stage.outcome is None}
    for stage in variant.stages.values():
        into = {way.source for way in variant.transitions.values() if way.target == stage.name}
        if into:
            yield _Asked(gate=stage.enter, stage=stage.name, open=into <= open_, losing=stage.name in lost)
        yield _Asked(gate=stage.leave, stage=stage.name, open=stage.name in open_, losing=False)
    for way in variant.transitions.values():
        ends = way.source, way.target
        nearest = max(ends, key=list(variant.stages).index)
        losing = way.target in lost
        yield _Asked(gate=way.gate, stage=nearest, open=way.source in open_, losing=losing)


def _shown_later(
    built: Built, stage: str, groups: Mapping[str, FieldGroup], by_itself: Set[str]
) -> dict[str, FieldGroup]:
    """Return the fields that people fill in and whose group the card does not show yet in a stage.

    What a move sets does not count where it ends the deal: no deal is asked for it afterwards.
    """
    variant = built.variant
    hidden = {name: group for name, group in groups.items() if not variant.discloses(group.start, stage)}
    if not hidden:
        return {}
    ended = {name for name, each in variant.stages.items() if each.outcome is not None}
    by_itself = by_itself | {
        name for way in variant.transitions.values() if way.target not in ended or stage in ended for name in way.set
    }
    return {
        name: hidden[field.group]
        for name, field in built.fields.items()
        if field.group in hidden and field.formula is None and name not in by_itself
    }
