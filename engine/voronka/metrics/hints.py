"""What hints do: how soon the right one is found, what is searched for in vain, and whether deals are won with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from statistics import median
from typing import NamedTuple

from voronka.frozen import frozen
from voronka.metrics.statistics.counts import Counts, Interval
from voronka.metrics.statistics.rates import Difference, difference, wilson
from voronka.storage.hint_uses import HintUse, Use

__all__ = ["Closed", "Conversion", "HintFigures", "InVain", "Used", "conversion", "hint_figures"]

_SECOND = 1_000_000


@frozen
class Used:
    """How often a script or an article was opened, and a script answered."""

    hint: str
    opened: int = 0
    answered: int = 0


@frozen
class InVain:
    """What was searched for without a hit, in small letters, and how often."""

    words: str
    times: int


@frozen
class HintFigures:
    """Over uses: how often hints were `asked` for, how many of the `searches` found nothing (`missed`).

    `found`: after how many of those questions that had hits one was opened or answered, by the same person in the same
    deal, before the next question; `seconds`: the median time until then, None without any.
    """

    asked: int
    searches: int
    missed: int
    offered: int
    found: int
    seconds: float | None
    used: tuple[Used, ...]
    in_vain: tuple[InVain, ...]
    people: Mapping[str, int]


class Closed(NamedTuple):
    """A deal that has ended: when (UTC microseconds), and whether it was won."""

    deal: bytes
    at: int
    won: bool


@frozen
class Conversion:
    """Won among closed deals: those in which a hint was opened or answered (`having`), and the others (`lacking`)."""

    having: Counts
    lacking: Counts
    rates: tuple[float | None, float | None]
    intervals: tuple[Interval | None, Interval | None]
    difference: Difference | None


def hint_figures(uses: Iterable[HintUse], names: Collection[str], *, most: int = 20) -> HintFigures:
    """Return the figures of uses, those of each deal in their order. `names`: the hints that are declared; those never
    opened stand among the `used`, too. `most`: so many vain searches are told, the most frequent.
    """
    asked: list[HintUse] = []
    times: list[int] = []
    waiting: dict[tuple[bytes, str], int] = {}
    opened, answered, people = Counter[str](), Counter[str](), Counter[str]()
    for use in uses:
        who = use.deal, use.user
        if use.use == Use.ASKED:
            asked.append(use)
            people[use.user] += 1
            waiting.pop(who, None)
            if use.hits:
                waiting[who] = use.at
            continue
        (opened if use.use == Use.OPENED else answered)[use.hint or ""] += 1
        since = waiting.pop(who, None)
        if since is not None:
            times.append(use.at - since)
    searches = [use for use in asked if use.words is not None]
    in_vain = Counter((use.words or "").casefold() for use in searches if not use.hits)
    every = dict.fromkeys([*names, *sorted({*opened, *answered}.difference(names))])
    return HintFigures(
        asked=len(asked),
        searches=len(searches),
        missed=in_vain.total(),
        offered=sum(use.hits > 0 for use in asked),
        found=len(times),
        seconds=median(times) / _SECOND if times else None,
        used=tuple(Used(hint=name, opened=opened[name], answered=answered[name]) for name in every),
        in_vain=tuple(InVain(words=words, times=n) for words, n in in_vain.most_common(most)),
        people=dict(people.most_common()),
    )


def conversion(helped: Mapping[bytes, int], closed: Iterable[Closed], level: float = 0.95) -> Conversion:
    """Return how deals end with hints and without. `helped`: when a hint was first used in a deal; one that was used
    when the deal had ended does not count for it.
    """
    sides: dict[bool, list[bool]] = {True: [], False: []}
    for each in closed:
        sides[helped.get(each.deal, each.at) < each.at].append(each.won)
    having, lacking = (Counts(sum(sides[side]), len(sides[side])) for side in (True, False))
    return Conversion(
        having=having,
        lacking=lacking,
        rates=(_rate(having), _rate(lacking)),
        intervals=(wilson(*having, level), wilson(*lacking, level)),
        difference=difference(*having, *lacking, level),
    )


def _rate(counts: Counts) -> float | None:
    return counts.successes / counts.trials if counts.trials else None
