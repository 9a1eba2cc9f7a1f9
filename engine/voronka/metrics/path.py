"""The order of a funnel's stages over all its variants, which conversion is counted along."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from voronka.definition.funnels import Funnel, Outcome, Stage

__all__ = ["merged_path", "with_retired"]


def merged_path(funnel: Funnel) -> dict[str, Stage]:
    """Return every stage of every variant once: the base's order, a variant's own stages behind their predecessor.

    Won comes after all open stages, lost last.
    """
    order: list[str] = []
    stages: dict[str, Stage] = {}
    for variant in funnel.variants.values():
        _weave(order, variant.stages)
        for name, stage in variant.stages.items():
            stages.setdefault(name, stage)
    return {name: stages[name] for name in sorted(order, key=lambda name: (_rank(stages[name]), order.index(name)))}


def with_retired(path: Mapping[str, Stage], visited: Collection[str], former: Iterable[Funnel]) -> dict[str, Stage]:
    """Return a path with those of the `visited` stages that are no longer on it, each where it stood.

    `former`: the funnel under earlier releases, the newest first: the last in which a stage stood says behind which
    stage it comes, and what it was called. They are asked for no longer than a stage is missing.
    """
    stages = dict(path)
    order = list(path)
    missing = set(visited) - stages.keys()
    releases = iter(former)
    while missing and (funnel := next(releases, None)) is not None:
        then = merged_path(funnel)
        found = missing & then.keys()
        if found:
            _weave(order, [name for name in then if name in found or name in stages])
            stages |= {name: then[name] for name in found}
            missing -= found
    return {name: stages[name] for name in sorted(order, key=lambda name: (_rank(stages[name]), order.index(name)))}


def _weave(order: list[str], names: Iterable[str]) -> None:
    place = 0
    for name in names:
        if name in order:
            place = order.index(name) + 1
        else:
            order.insert(place, name)
            place += 1


def _rank(stage: Stage) -> int:
    return {None: 0, Outcome.WON: 1, Outcome.LOST: 2}[stage.outcome]
