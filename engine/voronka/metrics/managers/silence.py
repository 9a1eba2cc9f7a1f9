"""Sales without calls: won deals whose interactions are missing, as if they ran through a private phone."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.frozen import frozen
from voronka.metrics.statistics.counts import Counts, Interval
from voronka.metrics.statistics.homogeneity import holm
from voronka.metrics.statistics.hypergeometric import at_least, limits
from voronka.metrics.statistics.rates import wilson

__all__ = ["Silent", "silent"]


@frozen
class Silent:
    """Won deals of one owner with too few interactions: `counts` of all that were won, the rate of the `peers`, the
    `limits` within which the owner's share lies by chance if all work alike, and Holm's `p` of so many or more.
    `alarm`: it is beyond chance.
    """

    owner: str | None
    counts: Counts
    share: float | None
    interval: Interval | None
    peers: float | None
    limits: Interval | None
    p: float | None
    alarm: bool


def silent(won: Mapping[str | None, Counts], level: float = 0.95) -> tuple[Silent, ...]:
    """Judge each owner beside the others; who has none of such deals raises no alarm, nor who has no peers.

    How many deals the others have counts, too: three deals of theirs with calls accuse nobody.
    """
    whole = Counts(sum(each.successes for each in won.values()), sum(each.trials for each in won.values()))
    peers = {
        owner: (whole.successes - quiet) / (whole.trials - trials)
        for owner, (quiet, trials) in won.items()
        if trials and whole.trials > trials
    }
    tails = [at_least(*won[owner], whole) if won[owner].successes else 1.0 for owner in peers]
    p_values = dict(zip(peers, holm(tails), strict=True))
    found = []
    for owner, counts in won.items():
        p, rate = p_values.get(owner), peers.get(owner)
        found.append(
            Silent(
                owner=owner,
                counts=counts,
                share=counts.successes / counts.trials if counts.trials else None,
                interval=wilson(*counts, level),
                peers=rate,
                limits=None if rate is None else limits(counts.trials, whole, level),
                p=p,
                alarm=p is not None and p < 1 - level,
            )
        )
    return tuple(found)
