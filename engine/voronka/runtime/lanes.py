"""Lanes of the outbox: on which terms effects leave, how fast, and when one of them may leave at the earliest."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from voronka.definition.rates import ATTEMPTS, Rate
from voronka.frozen import frozen
from voronka.runtime.ids import Random
from voronka.storage import Throttle, ThrottleKey, UnitOfWork

__all__ = ["LONGEST_PAUSE", "LaneTerms", "Pace", "Plan", "counted", "opening", "room"]

LONGEST_PAUSE = 6 * 3_600_000_000
"""Microseconds: no pause that the other side asks for is kept longer."""

_SECOND = 1_000_000
_GRAINS = 1000
"""Of what left within one of so many parts of a rate's time, the last moment stands for all."""

Taken = tuple[tuple[int, int], ...]
"""When how many left, the oldest first."""


@frozen
class Plan:
    """The moments until which what waits for its turn at an address has been put off, as known at a moment.

    `moments`: as many of the last ones as the rates look back. It only spares leases in vain: a worker keeps it in its
    memory.
    """

    known_at: int
    moments: Taken

    @property
    def last(self) -> int:
        """The last of the moments."""
        return self.moments[-1][0]


@frozen
class LaneTerms:
    """On which terms the effects of a lane leave. `attempts`: after so many failures one is given up.

    `once`: none may be tried twice, so that no other is taken before the end of one is written down. `known`: false
    while the plugin of the lane is still to be loaded; until then none leaves.
    """

    rates: tuple[Rate, ...] = ()
    attempts: int = ATTEMPTS
    once: bool = False
    known: bool = True


def room(taken: Taken, rate: Rate, now: int) -> int:
    """Return how many more may leave at `now` under a rate."""
    used = sum(count for at, count in taken if at > now - rate.seconds * _SECOND)
    return max(rate.count - used, 0)


def opening(taken: Taken, rates: Iterable[Rate], now: int) -> int:
    """Return the first moment, `now` or later, at which one may leave under all the rates."""
    return max((_opening(taken, rate, now) for rate in rates), default=now)


def _opening(taken: Taken, rate: Rate, now: int) -> int:
    moment, length = now, rate.seconds * _SECOND
    for at, _ in taken:
        if room(taken, rate, moment):
            return moment
        moment = max(moment, at + length)
    return moment


def counted(taken: Taken, rates: Collection[Rate], now: int) -> Taken:
    """Return what is to be kept of `taken` under rates: what they still look at, no finer than they need.

    Nothing counts for a shorter time than it should: of what is put together the last moment stands.
    """
    lengths = sorted({rate.seconds * _SECOND for rate in rates})
    kept: dict[tuple[int, int], tuple[int, int]] = {}
    # A clock that was set back must not close the lane until it is where it was.
    for at, count in sorted((min(at, now), count) for at, count in taken):
        looked_at = [length for length in lengths if at > now - length]
        if looked_at:
            grain = max(looked_at[0] // _GRAINS, 1)
            kept[grain, at // grain] = (at, count + kept.get((grain, at // grain), (0, 0))[1])
    return tuple(sorted(kept.values()))


class Pace:
    """The rates and pauses of lanes and addresses, as one lease or one settling judges and changes them.

    `terms`: on which those of a lane leave. `plans`: of addresses, what earlier leases have put off.
    """

    def __init__(
        self,
        work: UnitOfWork,
        terms: Callable[[str], LaneTerms],
        *,
        now: int,
        random: Random,
        plans: Mapping[ThrottleKey, Plan] | None = None,
    ) -> None:
        self._work = work
        self._terms = terms
        self._now = now
        self._random = random
        self._known: dict[ThrottleKey, Throttle] = {}
        self._changed: set[ThrottleKey] = set()
        self.plans = {key: plan for key, plan in (plans or {}).items() if plan.known_at <= now < plan.last}
        self._secret: bytes | None = None

    def shares(self, without: Collection[str], limit: int) -> dict[str, int]:
        """Return the lanes of which effects may be leased now, each with how many at most."""
        lanes = self._work.effect_lanes()
        terms = {lane: self._terms(lane) for lane in lanes if lane not in without}
        self._hold((lane, "") for lane, each in terms.items() if _whole(each.rates))
        return {
            lane: self._share(lane, each, limit)
            for lane, each in terms.items()
            if max(lanes[lane], self._known.get((lane, ""), Throttle()).free_at) <= self._now
        }

    def _share(self, lane: str, terms: LaneTerms, limit: int) -> int:
        taken = self._known.get((lane, ""), Throttle()).taken
        if not terms.known:
            return 0
        most = 1 if terms.once else limit
        return min([most, *(room(taken, rate, self._now) for rate in _whole(terms.rates))])

    def hold(self, lane_addresses: Iterable[tuple[str, str]]) -> None:
        """Look at what holds up addresses, each with its lane, before any of them is judged."""
        held: set[ThrottleKey] = set()
        looked_at: set[ThrottleKey] = set()
        for lane, address in set(lane_addresses):
            keys = held if _of_address(self._terms(lane).rates, address) else looked_at
            keys.add((lane, self._hidden(address)))
        self._hold(held)
        self._known |= self._work.throttles(looked_at - self._known.keys(), hold=False)

    def opening(self, lane: str, address: str) -> int:
        """Return the first moment, now or later, at which something may leave for an address."""
        if not address:
            return self._now
        key = (lane, self._hidden(address))
        kept = self._known.get(key, Throttle())
        rates = _of_address(self._terms(lane).rates, address)
        moment = opening(kept.taken, rates, max(kept.free_at, self._now))
        return moment if moment == self._now or not rates else self._behind(key, kept.taken, rates, moment)

    def _behind(self, key: ThrottleKey, taken: Taken, rates: Collection[Rate], moment: int) -> int:
        """Return the first moment from `moment` on that comes behind all that was put off; plan it."""
        plan = self.plans.get(key)
        before = () if plan is None else plan.moments
        if plan is not None:
            moment = opening(tuple(sorted((*taken, *before))), rates, max(moment, plan.last))
        counts = dict(before)
        counts[moment] = counts.get(moment, 0) + 1
        since = moment - max(rate.seconds for rate in rates) * _SECOND
        moments = tuple((at, count) for at, count in counts.items() if at > since)
        self.plans[key] = Plan(known_at=self._now, moments=moments)
        return moment

    def take(self, lane: str, address: str) -> None:
        """Count one that leaves now."""
        for key, rates in self._counted(lane, address).items():
            self._count(key, rates)

    def _count(self, key: ThrottleKey, rates: Collection[Rate]) -> None:
        kept, longest = self._known[key], max(rate.seconds for rate in rates) * _SECOND
        taken = counted((*kept.taken, (self._now, 1)), rates, self._now)
        free_at = max(kept.free_at, opening(taken, rates, self._now)) if not key[1] else kept.free_at
        stale_at = max(free_at, self._now + longest)
        self._change(key, replace(kept, free_at=free_at, taken=taken, stale_at=stale_at))

    def hold_taken(self, lane_addresses: Iterable[tuple[str, str]]) -> None:
        """Look at what was counted for lanes and addresses, before any of it is given back."""
        self._hold(key for lane, address in set(lane_addresses) for key in self._counted(lane, address))

    def give_back(self, lane: str, address: str, leased_at: int | None) -> None:
        """Count one that was to leave at a moment no more: it has not left."""
        if leased_at is None:
            return
        for key, rates in self._counted(lane, address).items():
            kept = self._known[key]
            taken = _without(kept.taken, leased_at)
            free_at = kept.free_at if key[1] else max(kept.paused_until, opening(taken, rates, self._now))
            self._change(key, replace(kept, free_at=free_at, taken=taken))

    def _counted(self, lane: str, address: str) -> dict[ThrottleKey, list[Rate]]:
        """Return under which keys one counts, each with its rates."""
        rates = self._terms(lane).rates
        found = {(lane, ""): _whole(rates)}
        if address:
            found[lane, self._hidden(address)] = _of_address(rates, address)
        return {key: own for key, own in found.items() if own}

    def pause(self, lane: str, address: str, until: int) -> None:
        """Let nothing leave before a moment: to an address; without one, by the whole lane."""
        key = (lane, self._hidden(address) if address else "")
        self._hold([key])
        kept = self._known[key]
        if until > kept.paused_until:
            free_at, stale_at = max(kept.free_at, until), max(kept.stale_at, until)
            self._change(key, replace(kept, free_at=free_at, paused_until=until, stale_at=stale_at))

    def save(self) -> None:
        """Write down what has changed."""
        if self._changed:
            self._work.put_throttles({key: self._known[key] for key in self._changed}, now=self._now)

    def _change(self, key: ThrottleKey, throttle: Throttle) -> None:
        self._known[key] = throttle
        self._changed.add(key)

    def _hold(self, keys: Iterable[ThrottleKey]) -> None:
        if missing := set(keys) - self._known.keys():
            self._known |= self._work.throttles(missing, hold=True)

    def _hidden(self, address: str) -> str:
        """Return what stands for an address, which is personal."""
        if self._secret is None:
            self._secret = self._work.secret(self._random)
        return hmac.new(self._secret, address.encode(), hashlib.sha256).hexdigest()[:32]


def _without(taken: Taken, leased_at: int) -> Taken:
    """Return what was taken without one of a moment; of what was put together since, the last moment stands for it."""
    place = next((place for place, (at, _) in enumerate(taken) if at >= leased_at), None)
    if place is None:
        return taken
    at, count = taken[place]
    return (*taken[:place], *([(at, count - 1)] if count > 1 else []), *taken[place + 1 :])


def _whole(rates: Iterable[Rate]) -> list[Rate]:
    return [rate for rate in rates if not rate.per_address]


def _of_address(rates: Iterable[Rate], address: str) -> list[Rate]:
    return [rate for rate in rates if rate.per_address and address.startswith(rate.prefix)]
