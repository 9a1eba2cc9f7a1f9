"""Couriers: parcels of one lane go out one after the other, those of different lanes at the same time.

So a channel or an action that is slow or hangs delays its own lane and no other. What couriers bring back is settled by
whoever sent them out, many parcels at once, in the order in which they were leased.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from voronka.failpoints import failpoint
from voronka.hooks.channels import DeliveryError, Pause
from voronka.messages import Text
from voronka.runtime.lanes import LaneTerms
from voronka.runtime.outbox import Carried, NotBegun, Outcome, Parcel

__all__ = ["Couriers", "WayOut"]

_LOOK = 1.0
_PAUSE = 60.0
"""Seconds after which a lane is looked at again whose last call has not come back."""


class WayOut(Protocol):
    """What couriers hand parcels over to (see `voronka.runtime.outside.Outside`)."""

    def terms(self, lane: str) -> LaneTerms:
        """Return on which terms the effects of a lane leave; it never takes long."""
        ...

    def learn(self, known: Callable[[], None] | None = None) -> int:
        """Get to know the terms of lanes that are not known yet, however long it takes; return of how many.

        With `known` it is done aside, and that is called when it is over.
        """
        ...

    def limit(self, lane: str) -> float:
        """Return the seconds that one parcel of a lane may take."""
        ...

    def carry(self, parcel: Parcel) -> Outcome:
        """Hand a parcel over; raise nothing."""
        ...

    def silent(self, parcel: Parcel) -> DeliveryError:
        """Return the fault of a parcel whose handing over has not ended in time."""
        ...

    def retire(self) -> None:
        """Close what is open as soon as nothing is being handed over."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


class _Courier:
    """Carries parcels of one lane. `back` has what came back, in their order; `told` guards it."""

    def __init__(
        self,
        outside: WayOut,
        parcels: Sequence[Parcel],
        may_begin: Callable[[Parcel], bool],
        told: threading.Condition,
        ring: Callable[[], None],
    ) -> None:
        self.outside = outside
        self.parcels = parcels
        self.back: list[Carried] = []
        self._began: float | None = None
        self._given_up = False
        self._told = told
        self._may_begin = may_begin
        self._ring = ring
        self._thread = threading.Thread(target=self._carry, name="courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def hangs(self) -> bool:
        """Whether its thread has not come back."""
        return self._thread.is_alive()

    @property
    def is_back(self) -> bool:
        """Whether something is known of every parcel."""
        return len(self.back) == len(self.parcels)

    def _carry(self) -> None:
        waits: NotBegun | None = None  # and so does what is behind it
        for parcel in self.parcels:
            may_begin = waits is None and not self._is_closed(parcel) and self._may_begin(parcel)
            with self._told:
                if self._given_up:
                    return
                began = self._began = time.monotonic() if may_begin else None
            failpoint("courier.before")
            outcome = waits if began is None else self.outside.carry(parcel)
            waits = outcome if isinstance(outcome, NotBegun) else None
            failpoint("courier.after")
            with self._told:
                if self._given_up:
                    return
                self._began = None
                self.back.append(Carried(parcel, outcome, tried=began is not None and waits is None))
                if self.is_back:
                    self._told.notify_all()
            self._ring()

    def _is_closed(self, parcel: Parcel) -> bool:
        """Whether the other side wants a pause that a parcel would break; it waits for it in the outbox."""
        return any(
            back.pauses is Pause.LANE or (back.pauses is Pause.ADDRESS and back.parcel.address == parcel.address)
            for back in self.back
        )

    def look_after(self, now: float) -> float:
        """Give it up if the parcel at hand takes too long; return the moment at which to look again."""
        if self.is_back or self._began is None:
            return math.inf
        end = self._began + self.outside.limit(self.parcels[0].effect.channel)
        if now < end:
            return end
        self._give_up()
        return math.inf

    def _give_up(self) -> None:
        """Leave the thread behind: the parcel at hand has failed, those after it were not touched."""
        self._given_up = True
        first, *rest = self.parcels[len(self.back) :]
        self.back.append(Carried(first, self.outside.silent(first)))
        self.back += [Carried(parcel, None, tried=False) for parcel in rest]


def _waits(parcel: Parcel) -> DeliveryError:
    """Return why a parcel is not tried: a call of its lane that did not end in time has not ended yet."""
    reason = Text(
        "an earlier call of {host} has not come back; until it does, or Voronka is started anew, none is made",
        host=parcel.effect.action or parcel.effect.channel,
    )
    return DeliveryError(reason, counts=False, retry_after=_PAUSE)


class Couriers:
    """Sends parcels out and collects what became of them. Used by one thread at a time.

    `ring` is called whenever one has something to collect and nobody is waiting for it.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._told = threading.Condition()
        self._awaited = False
        self._ending = False
        self._out: list[tuple[_Courier, int]] = []
        self._lanes: dict[str, _Courier] = {}

    @property
    def lanes(self) -> frozenset[str]:
        """The lanes of which something is out that has not been settled: nothing more of theirs is leased."""
        return frozenset(courier.parcels[0].effect.channel for courier, _ in self._out)

    def send(self, outside: WayOut, parcels: Iterable[Parcel], may_begin: Callable[[Parcel], bool]) -> None:
        """Send parcels out. `may_begin` is asked of each before it is opened; one that may not comes back unopened."""
        lanes: dict[str, list[Parcel]] = {}
        order: list[tuple[str, int]] = []
        for parcel in parcels:
            lane = lanes.setdefault(parcel.effect.channel, [])
            order.append((parcel.effect.channel, len(lane)))
            lane.append(parcel)
        couriers = {}
        for name, own in lanes.items():
            courier = _Courier(outside, own, lambda each: not self._ending and may_begin(each), self._told, self._tell)
            before = self._lanes.get(name)
            if before is not None and before.hangs:
                courier.back = [Carried(parcel, _waits(parcel), tried=False) for parcel in own]
            else:
                self._lanes[name] = courier
                courier.start()
            couriers[name] = courier
        self._out.extend((couriers[name], place) for name, place in order)

    def end(self) -> None:
        """Let no parcel begin any more: those at hand come to their end, the others come back unopened."""
        self._ending = True

    @property
    def ending(self) -> bool:
        """Whether none begins any more."""
        return self._ending

    def _tell(self) -> None:
        if not self._awaited:
            self._ring()

    def collect(self, settle: Callable[[Sequence[Carried]], int], patience: float | None = None) -> int:
        """Wait until all are back, for so many seconds of `patience` (None: each parcel has its limit), and settle what
        is, in the order of sending; return how many parcels had been tried.

        `settle` returns how many of those before it, from the first on, it has settled. What is not back, or what it
        raises for, is left for the next time.
        """
        if not self._out:
            return 0
        self._wait(math.inf if patience is None else time.monotonic() + patience)
        with self._told:
            back = [place for place in self._out if place[1] < len(place[0].back)]
        carried = [courier.back[place] for courier, place in back]
        done = 0
        try:
            while done < len(carried):
                done += settle(carried[done:])
        finally:
            settled = set(back[:done])
            self._out = [place for place in self._out if place not in settled]
        return sum(each.tried for each in carried)

    def _wait(self, until: float) -> None:
        with self._told:
            self._awaited = True
            try:
                while True:
                    now = time.monotonic()
                    away = [courier for courier in {courier for courier, _ in self._out} if not courier.is_back]
                    look = min((courier.look_after(now) for courier in away), default=-math.inf)
                    if now >= until or all(courier.is_back for courier in away):
                        return
                    self._told.wait(min(look - now, until - now, _LOOK))
            finally:
                self._awaited = False
