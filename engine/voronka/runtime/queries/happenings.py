"""Whether something came about on a record since a moment and before another: looked up, not gone through."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping
from itertools import accumulate

from voronka.process import events as happened
from voronka.process.codec import canonical, encode
from voronka.process.events import Event
from voronka.storage import Recorded

__all__ = ["Happenings", "Place", "of_deal", "of_party", "written"]


Place = tuple[int, int]
"""Where an event stands among those of its record: by which number its entry goes, and its own within that."""


class _Times:
    """Events in their order: `places` by which that goes, when each `occurred`, and the `keys` of their commands."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.occurred: list[int] = []
        self.keys: list[str] = []
        self._soonest: list[int] = []

    def between(self, since: Place, until: int, but: Container[Place], key: str) -> bool:
        """Tell whether one from the place `since` on occurred before `until`, but for those at some places, and those
        of the command of a `key`."""
        if len(self._soonest) != len(self.occurred):
            self._soonest = list(accumulate(reversed(self.occurred), min))[::-1]
        at = bisect_left(self.places, since)
        while at < len(self.places) and self._soonest[at] < until:
            if self.occurred[at] < until and (not key or self.keys[at] != key) and self.places[at] not in but:
                return True
            at += 1
        return False


class Happenings:
    """What came about in the `entries` of a record, by what `names` an event: the first names its kind, the second,
    if there is one, which of that kind. `number`: by which the entries go up."""

    def __init__(
        self,
        entries: Iterable[Recorded],
        names: Callable[[Event], Iterator[tuple[Hashable, Hashable | None]]],
        number: Callable[[Recorded], int],
    ) -> None:
        self._times: dict[tuple[Hashable, Hashable | None], _Times] = {}
        for entry in entries:
            key = str(entry.cause.get("key", ""))
            for n, event in enumerate(entry.events):
                found = set(names(event))
                for name in found | {(kind, None) for kind, _ in found}:
                    times = self._times.setdefault(name, _Times())
                    times.places.append((number(entry), n))
                    times.occurred.append(entry.occurred_at)
                    times.keys.append(key)

    def came(
        self,
        kind: Hashable,
        which: Hashable | None = None,
        *,
        since: Place,
        until: int,
        but: Container[Place] = (),
        key: str = "",
    ) -> bool:
        """Tell whether something of a kind, or the one thing `which` of it, came about from the place `since` on and
        before `until`, but for what stands at some places, and for what the command of a `key` did."""
        times = self._times.get((kind, which))
        return times is not None and times.between(since, until, but, key)


def written(value: object) -> str:
    """Return a value, in the form in which events are kept, as a name of which of its kind it is."""
    return canonical(value)


def of_deal(event: Event) -> Iterator[tuple[Hashable, Hashable | None]]:
    """Yield what an event of a deal is, as a rule's doing is compared with it."""
    match event:
        case happened.FieldsChanged():
            yield from ((("set", name), written(value)) for name, value in encode(event)["new"].items())
        case happened.TaskOpened():
            yield "task", written(event.title)
        case happened.EffectRequested():
            yield "message", event.template
        case happened.StageEntered():
            yield "stage", event.stage
            yield "course", event.outcome or "moved"
        case happened.InteractionLogged(own=False):
            yield "course", "contact"
            for parts in (("kind", "direction"), ("kind",), ("direction",), ()):
                yield "interaction", written({name: event.values.get(name) for name in parts})
        case happened.ActionRequested():
            yield ("action", event.action), event.destination
        case happened.CommandQueued(command={"kind": "deal.create"}):
            yield "deal", str(event.command.get("funnel", ""))


def of_party(event: Event) -> Iterator[tuple[Hashable, Hashable | None]]:
    """Yield the fields that an event of an account or a contact has set, each with its value."""
    if isinstance(event, happened.PartyChanged):
        new: Mapping[str, object] = encode(event)["new"]
        yield from ((("set", name), written(value)) for name, value in new.items())
