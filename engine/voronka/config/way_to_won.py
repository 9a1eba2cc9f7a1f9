"""Ways that lead to won past all that the stages of a funnel ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voronka.config.finding import Finding, Severity
from voronka.config.holders_check import Built
from voronka.config.report import Report
from voronka.definition.funnels import Gate, Outcome, Stage, Variant
from voronka.messages import Text

__all__ = ["check_ways_to_won"]


def check_ways_to_won(built: Iterable[Built], report: Report) -> None:
    """Report outcomes that ask for nothing and lie open to new deals, although later stages ask for something.

    What is declared, a transition or `from` of the outcome, is taken to be meant; an outcome that nobody has written
    down yet is left alone.
    """
    for each in built:
        with report.using(each.sites):
            if each.case is None:
                report.take(_findings(each))
                continue
            with report.case(*each.case):
                report.take(_findings(each))


def _findings(built: Built) -> Iterator[Finding]:
    variant = built.variant
    first, *later = [stage for stage in variant.stages.values() if stage.outcome is None]
    passed = [stage for stage in later if _asks(stage.enter) or _asks(stage.leave)]
    if not passed:
        return
    for outcome in _lying_open(variant, first):
        site = ("stage", outcome.name)
        if site in built.places:
            yield Finding(
                code="V5115",
                severity=Severity.WARNING,
                place=built.places[site],
                reason=Text(
                    "From {first} a deal may go straight to {outcome}, which asks for nothing: past what is asked for"
                    " in {stages}.",
                    first=first.name,
                    outcome=outcome.name,
                    stages=", ".join(stage.name for stage in passed),
                ),
                remedy=Text(
                    "Write under {outcome} from where it is reached, such as `from: {last}`, or ask there under"
                    ' “enter” for what must hold; `from: "*"` says that every stage may lead there.',
                    outcome=outcome.name,
                    last=later[-1].name,
                ),
            )


def _lying_open(variant: Variant, first: Stage) -> Iterator[Stage]:
    """Yield the outcomes won that ask for nothing and to which an ordinary way leads out of the first stage."""
    for way in variant.transitions.values():
        target = variant.stages[way.target]
        ordinary = way.source == first.name and not way.declared and target.sources is None
        if ordinary and target.outcome is Outcome.WON and not _asks(target.enter):
            yield target


def _asks(gate: Gate) -> bool:
    return bool(gate.require or gate.checks or gate.checklist)
