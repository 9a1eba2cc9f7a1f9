"""What a funnel may lack only because it is written wrongly: a finding about it would merely follow from that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from voronka.config.names import NameKind
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.config.scalars import many
from voronka.definition.funnels import Stage
from voronka.frozen import frozen

__all__ = ["Gaps", "gaps_of"]

_SKELETON = ("stages", "transitions", "flow")


@frozen
class Gaps:
    """`ways`: pairs of stages between which a transition that cannot be read may lead. `aimless`: stages of which it
    cannot be read what they exist for."""

    ways: frozenset[tuple[str, str]] = frozenset()
    aimless: frozenset[str] = frozenset()


def gaps_of(funnel: Node, case: Node | None, stages: Mapping[str, Stage], report: Report) -> Gaps | None:
    """Return the gaps of a funnel, or of a `case` of it laid over the base, that has these `stages`.

    None where even its stages, their order or which of them are outcomes cannot be told.
    """
    written = funnel.get("stages")
    if written is None or not written.is_mapping or report.lost_something(funnel.place.file):
        return None
    if any(doubt.everything for doubt in report.doubts(NameKind.STAGE, funnel.place.file)):
        return None
    if any(entry.key.text in _SKELETON for entry in funnel.repeated) or any(
        _lost(funnel, key, report) for key in _SKELETON
    ):
        return None
    if any(_lost(entry.value, "outcome", report) for entry in written.items()):
        return None
    if case is not None and not all(_is_placed(each, stages, report) for each in many(case.get("insert"))):
        return None
    return Gaps(
        ways=frozenset(_ways(funnel.get("transitions"), stages, report)),
        aimless=frozenset(
            entry.key.text
            for entry in written.items()
            if _lost(entry.value, "journey", report) or _lost(entry.value, "why", report)
        ),
    )


def _lost(node: Node, key: str, report: Report) -> bool:
    """Tell whether what stands under `key` cannot be read, or may stand under a key that is written wrongly."""
    if report.broken(node.place) and not node.is_mapping:
        return True
    value = node.get(key)
    if value is not None:
        return report.broken(value.place)
    wrong = [entry.key.place for entry in node.items() if report.broken(entry.key.place)]
    return any(report.meant(place) == key or (not report.meant(place) and report.is_no_name(place)) for place in wrong)


def _is_placed(insertion: Node, stages: Mapping[str, Stage], report: Report) -> bool:
    """Tell whether it can be told after which stage a case inserts its own."""
    anchor, own = insertion.get("after"), insertion.get("stages")
    if anchor is None or report.broken(anchor.place) or anchor.text not in stages:
        return False
    return stages[anchor.text].outcome is None and (own is None or anchor.text not in own.entries)


def _ways(transitions: Node | None, stages: Mapping[str, Stage], report: Report) -> Iterator[tuple[str, str]]:
    if transitions is None:
        return
    everywhere = frozenset(stages)
    for entry in transitions.items():
        sources = _ends(entry.value.get("from"), stages, report)
        targets = _ends(entry.value.get("to"), stages, report)
        if sources is None or targets is None:
            yield from ((source, target) for source in sources or everywhere for target in targets or everywhere)
    for entry in transitions.repeated:
        sources = _ends(entry.value.get("from"), stages, report) or everywhere
        targets = _ends(entry.value.get("to"), stages, report) or everywhere
        yield from ((source, target) for source in sources for target in targets)


def _ends(written: Node | None, stages: Mapping[str, Stage], report: Report) -> frozenset[str] | None:
    """Return the stages that are named at one end of a transition; None where one of them cannot be told."""
    if written is None or report.broken(written.place):
        return None
    if written.text == "*":
        return frozenset(name for name, stage in stages.items() if stage.outcome is None)
    named = [each.text for each in many(written)]
    return frozenset(named) if named and stages.keys() >= set(named) else None
