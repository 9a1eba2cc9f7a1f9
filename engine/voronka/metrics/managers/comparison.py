"""Whether the rates of several people differ, told apart from chance and from the mix of their cases."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import StrEnum

from voronka.frozen import frozen
from voronka.messages import Text
from voronka.metrics.statistics.counts import Counts, Interval
from voronka.metrics.statistics.homogeneity import Homogeneity, holm, homogeneity
from voronka.metrics.statistics.rates import Difference, difference, wilson
from voronka.metrics.statistics.standardisation import Expected, Standard, direct, expected, pooled

__all__ = ["Comparison", "Member", "Verdict", "compared"]


class Verdict(StrEnum):
    """What is proven of one of several against the others."""

    ABOVE = "above"
    BELOW = "below"
    MIX = "mix"
    NOT_PROVEN = "not_proven"
    FEW = "few"


_TOLD: Mapping[Verdict, Text] = {
    Verdict.ABOVE: Text("Above the others; proven, also at the same mix of deals."),
    Verdict.BELOW: Text("Below the others; proven, also at the same mix of deals."),
    Verdict.MIX: Text("Differs from the others, but the mix of deals may explain it."),
    Verdict.NOT_PROVEN: Text("No proven difference from the others."),
    Verdict.FEW: Text("Too few cases to tell anything."),
}
_TOLD_OF_ONE_KIND: Mapping[Verdict, Text] = {
    **_TOLD,
    Verdict.ABOVE: Text("Above the others; proven, but their deals may be of other kinds."),
    Verdict.BELOW: Text("Below the others; proven, but their deals may be of other kinds."),
}


@frozen
class Member:
    """One of those compared: successes of trials, the rate (None of few cases) with its interval, how it differs from
    the rate of all the others, `p` adjusted by Holm for how many are compared; `standard`: the rate at the mix of all,
    `expected`: what everybody's rates make of its own mix, with its adjusted `mix_p`.
    """

    name: Hashable
    counts: Counts
    rate: float | None
    interval: Interval | None
    against: Difference | None
    p: float | None
    standard: Standard | None
    expected: Expected
    mix_p: float | None
    verdict: Verdict


@frozen
class Comparison:
    """All members, in the order they came in: no ranking; whether they differ `overall`; their counts together.

    `strata`: into how many kinds the mix tells the cases apart.
    """

    members: tuple[Member, ...]
    overall: Homogeneity | None
    counts: Counts
    interval: Interval | None
    strata: int

    def told(self, verdict: Verdict) -> Text:
        """Return a verdict in words; of the mix only where it tells kinds apart."""
        return (_TOLD if self.strata > 1 else _TOLD_OF_ONE_KIND)[verdict]

    @property
    def rate(self) -> float | None:
        """The rate of all together; None without a case."""
        return self.counts.successes / self.counts.trials if self.counts.trials else None


def compared(
    groups: Mapping[Hashable, Mapping[Hashable, Counts]], *, least: int = 1, level: float = 0.95
) -> Comparison:
    """Compare each group with all the others. `groups`: counts by member, then by stratum of the mix.

    A difference counts as proven if the rates of all differ at all (Pearson's chi-square), if the member's does from
    the others' after Holm's correction, and if it still does, in the same direction, from what everybody's rates make
    of its own mix. Members with fewer than `least` trials are told of without a rate, and stand in the sums.
    """
    standard = pooled(groups)
    whole = _sum(standard)
    sums = {name: _sum(strata) for name, strata in groups.items()}
    overall = homogeneity([(counts.successes, counts.trials) for counts in sums.values()])
    judged = [name for name, counts in sums.items() if counts.trials >= max(1, least)]
    against = {name: _against(sums[name], whole, level) for name in judged}
    mixes = {name: expected(strata, standard) for name, strata in groups.items()}
    tested = [name for name in judged if against[name] is not None]
    p_values = dict(zip(tested, holm([found.p for name in tested if (found := against[name])]), strict=True))
    mix_ps = dict(zip(tested, holm([mixes[name].p for name in tested]), strict=True))
    differ = overall is not None and overall.p < 1 - level
    members = []
    for name, strata in groups.items():
        counts, shown = sums[name], name in against
        members.append(
            Member(
                name=name,
                counts=counts,
                rate=counts.successes / counts.trials if shown else None,
                interval=wilson(*counts, level) if shown else None,
                against=against.get(name),
                p=p_values.get(name),
                standard=direct(strata, standard, level) if shown else None,
                expected=mixes[name],
                mix_p=mix_ps.get(name),
                verdict=_verdict(
                    against.get(name),
                    p_values.get(name),
                    mix_ps.get(name),
                    counts.successes - mixes[name].successes,
                    differ,
                    shown,
                    1 - level,
                ),
            )
        )
    return Comparison(
        members=tuple(members),
        overall=overall,
        counts=whole,
        interval=wilson(*whole, level),
        strata=sum(counts.trials > 0 for counts in standard.values()),
    )


def _verdict(
    against: Difference | None,
    p: float | None,
    mix_p: float | None,
    beyond: float,
    differ: bool,
    shown: bool,
    alpha: float,
) -> Verdict:
    """Return the verdict. `beyond`: by how many successes the member exceeds what everybody's rates make of its mix."""
    if not shown:
        return Verdict.FEW
    if against is None or p is None or mix_p is None or not differ or p >= alpha:
        return Verdict.NOT_PROVEN
    if mix_p >= alpha or beyond * against.value <= 0:  # among deals of the same kind it may even be the other way round
        return Verdict.MIX
    return Verdict.ABOVE if against.value > 0 else Verdict.BELOW


def _against(counts: Counts, whole: Counts, level: float) -> Difference | None:
    others = Counts(whole.successes - counts.successes, whole.trials - counts.trials)
    return difference(*counts, *others, level)


def _sum(strata: Mapping[Hashable, Counts]) -> Counts:
    return Counts(sum(counts.successes for counts in strata.values()), sum(counts.trials for counts in strata.values()))
