"""Couriers: parcels of one lane go out one after the other, those of different lanes at the same time.

So a channel or an action that is slow or hangs delays its own lane and no other. What a courier brings back is
settled by whoever sent it out, in the order in which the parcels were leased.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from voronka.hooks.actions import ActionResult
from voronka.hooks.channels import DeliveryError
from voronka.runtime.outbox import Parcel

__all__ = ["Couriers", "Outcome", "Settled", "WayOut"]

_LOOK = 1.0
Outcome = ActionResult | DeliveryError | None
"""What an action answered, why something did not leave, or None: it left."""


class WayOut(Protocol):
    """What couriers hand parcels over to (see `voronka.runtime.outside.Outside`)."""

    def limit(self, lane: str) -> float:
        """Return the seconds that one parcel of a lane may take."""
        ...

    def carry(self, parcel: Parcel) -> Outcome:
        """Hand a parcel over; raise nothing."""
        ...

    def silent(self, parcel: Parcel) -> DeliveryError:
        """Return the fault of a parcel whose handing over has not ended in time."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


class Settled(NamedTuple):
    """A parcel that has come to an end. `tried`: False if it was given back unopened."""

    parcel: Parcel
    outcome: Outcome
    tried: bool = True


class _Courier:
    """Carries parcels of one lane. `outcomes` has one for each parcel that is over, in their order."""

    def __init__(
        self,
        outside: WayOut,
        parcels: Sequence[Parcel],
        may_begin: Callable[[Parcel], bool],
        ring: Callable[[], None],
    ) -> None:
        self.outside = outside
        self.parcels = parcels
        self.outcomes: list[Settled] = []
        self.began: float | None = None
        self.given_up = False
        self.told = threading.Condition()
        self._may_begin = may_begin
        self._ring = ring
        self._thread = threading.Thread(target=self._carry, name="courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_out(self) -> bool:
        """Whether it has not come back: it works, or hangs."""
        return self._thread.is_alive()

    def _carry(self) -> None:
        for parcel in self.parcels:
            with self.told:
                if self.given_up:
                    return
                began = self.began = time.monotonic() if self._may_begin(parcel) else None
            outcome = None if began is None else self.outside.carry(parcel)
            with self.told:
                if self.given_up:
                    return
                self.began = None
                self.outcomes.append(Settled(parcel, outcome, tried=began is not None))
                self.told.notify_all()
            self._ring()

    def wait(self, place: int, until: float) -> Settled | None:
        """Return what became of the parcel at `place`; None if that is not known at the moment `until`."""
        with self.told:
            while len(self.outcomes) <= place:
                now = time.monotonic()
                if self.began is not None and now - self.began >= self._limit():
                    self._give_up()
                elif now >= until:
                    return None
                else:
                    limit = until if self.began is None else min(until, self.began + self._limit())
                    self.told.wait(min(max(limit - now, 0.0), _LOOK))
            return self.outcomes[place]

    def _limit(self) -> float:
        return self.outside.limit(self.parcels[0].effect.channel)

    def _give_up(self) -> None:
        """Leave the thread behind: the parcel at hand has failed, those after it were not touched."""
        self.given_up = True
        first, *rest = self.parcels[len(self.outcomes) :]
        self.outcomes.append(Settled(first, self.outside.silent(first)))
        self.outcomes += [Settled(parcel, None, tried=False) for parcel in rest]


class Couriers:
    """Sends parcels out and collects what became of them. Used by one thread at a time.

    `ring` is called whenever one has something to collect.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._waiting: deque[tuple[_Courier, int]] = deque()
        self._lanes: dict[str, _Courier] = {}

    @property
    def lanes(self) -> frozenset[str]:
        """The lanes whose couriers are out and have not been given up: nothing more of theirs is leased."""
        return frozenset(courier.parcels[0].effect.channel for courier, _ in self._waiting)

    @property
    def waiting(self) -> bool:
        """Whether something is out that has not been collected."""
        return bool(self._waiting)

    def send(self, outside: WayOut, parcels: Iterable[Parcel], may_begin: Callable[[Parcel], bool]) -> None:
        """Send parcels out. `may_begin` is asked of each before it is opened; one that may not is given back."""
        lanes: dict[str, list[Parcel]] = {}
        order: list[tuple[str, int]] = []
        for parcel in parcels:
            lane = lanes.setdefault(parcel.effect.channel, [])
            order.append((parcel.effect.channel, len(lane)))
            lane.append(parcel)
        couriers = {}
        for name, own in lanes.items():
            courier = _Courier(outside, own, may_begin, self._ring)
            hanging = self._lanes.get(name)
            if hanging is not None and hanging.is_out:
                courier.outcomes = [Settled(parcel, outside.silent(parcel)) for parcel in own]
            else:
                self._lanes[name] = courier
                courier.start()
            couriers[name] = courier
        self._waiting.extend((couriers[name], place) for name, place in order)

    def collect(self, settle: Callable[[Settled], None], patience: float | None = None) -> int:
        """Settle what has come to an end, in the order of sending; return how many parcels had been tried.

        What has not is waited for so many seconds of `patience` (None: until it has, for each has its limit), then left
        for the next time; so is what `settle` raises for.
        """
        until = math.inf if patience is None else time.monotonic() + patience
        tried = 0
        late: list[tuple[_Courier, int]] = []
        try:
            while self._waiting:
                courier, place = self._waiting[0]
                settled = courier.wait(place, until)
                if settled is None:
                    late.append((courier, place))
                else:
                    settle(settled)
                    tried += settled.tried
                self._waiting.popleft()
        finally:
            self._waiting.extendleft(reversed(late))
        return tried
