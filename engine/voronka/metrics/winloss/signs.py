"""Whether deals with a sign are won more often than those without, told apart from chance over all signs at once."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from voronka.frozen import frozen
from voronka.metrics.statistics.counts import Counts, Interval
from voronka.metrics.statistics.homogeneity import holm
from voronka.metrics.statistics.rates import Difference, difference, wilson

__all__ = ["Candidate", "Sign", "SignKind", "signs"]


class SignKind(StrEnum):
    """What a sign is: a field has a value, a field is filled in at all, an interaction of a kind took place, a timed
    event fired, the deal went back, a checklist item was ticked.
    """

    VALUE = "value"
    FILLED = "filled"
    INTERACTION = "interaction"
    EVENT = "event"
    BACK = "back"
    CHECKED = "checked"


@frozen
class Candidate:
    """Closed deals with a sign and without it: won of all. `value`: of a field. `late`: deals get it on the way, so
    that those which end early have it more seldom, whatever it is worth.
    """

    kind: SignKind
    name: str
    value: str | None
    having: Counts
    lacking: Counts
    late: bool = False


@frozen
class Sign:
    """A candidate judged: both rates with their intervals, how many times as often deals with it are won (`lift`, None:
    those without never are), the difference, and its `p` adjusted for all signs. None: too few deals on one side.
    """

    of: Candidate
    rate: float | None
    interval: Interval | None
    other_rate: float | None
    other_interval: Interval | None
    lift: float | None
    difference: Difference | None
    p: float | None
    proven: bool


def signs(candidates: Iterable[Candidate], *, least: int, level: float = 0.95) -> tuple[Sign, ...]:
    """Judge all candidates, those that chance explains the least first; those with fewer than `least` deals on one side
    last, without a rate on it.
    """
    given = list(candidates)
    enough = max(1, least)
    tested = [each for each in given if min(each.having.trials, each.lacking.trials) >= enough]
    found = {id(each): difference(*each.having, *each.lacking, level) for each in tested}
    p_values = holm([each.p for each in found.values() if each is not None])
    adjusted = dict(zip(found, p_values, strict=True))
    judged = [_sign(each, found.get(id(each)), adjusted.get(id(each)), enough, level) for each in given]

    def order(sign: Sign) -> tuple[float, float, str, str]:
        raw = 2.0 if sign.difference is None else sign.difference.p
        return (raw, -(sign.of.having.trials + sign.of.lacking.trials), sign.of.name, sign.of.value or "")

    return tuple(sorted(judged, key=order))


def _sign(candidate: Candidate, against: Difference | None, p: float | None, least: int, level: float) -> Sign:
    rate, interval = _rate(candidate.having, least, level)
    other, other_interval = _rate(candidate.lacking, least, level)
    return Sign(
        of=candidate,
        rate=rate,
        interval=interval,
        other_rate=other,
        other_interval=other_interval,
        lift=rate / other if rate is not None and other else None,
        difference=against,
        p=p,
        proven=p is not None and p < 1 - level,
    )


def _rate(counts: Counts, least: int, level: float) -> tuple[float | None, Interval | None]:
    if counts.trials < least:
        return None, None
    return counts.successes / counts.trials, wilson(*counts, level)
