"""Whether something came about on a record since a moment and before another: looked up, not gone through."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from itertools import accumulate

from voronka.process import events as happened
from voronka.process.codec import canonical, encode
from voronka.process.events import Event
from voronka.storage import Recorded

__all__ = ["Happenings", "of_deal", "of_party", "written"]


class _Times:
    """Entries in their order: `places` by which that goes, when each `occurred`, and the `keys` of their commands."""

    def __init__(self) -> None:
        self.places: list[int] = []
        self.occurred: list[int] = []
        self.keys: list[str] = []
        self._soonest: list[int] = []

    def between(self, since: int, until: int, but: str) -> bool:
        """Tell whether one from the place `since` on occurred before `until`, but for that of the key `but`."""
        if len(self._soonest) != len(self.occurred):
            self._soonest = list(accumulate(reversed(self.occurred), min))[::-1]
        at = bisect_left(self.places, since)
        while at < len(self.places) and self._soonest[at] < until:
            if self.occurred[at] < until and (not but or self.keys[at] != but):
                return True
            at += 1
        return False


class Happenings:
    """What came about in the `entries` of a record, by what `names` an event: the first names its kind, the second,
    if there is one, which of that kind. `place`: by which number the entries go up."""

    def __init__(
        self,
        entries: Iterable[Recorded],
        names: Callable[[Event], Iterator[tuple[Hashable, Hashable | None]]],
        place: Callable[[Recorded], int],
    ) -> None:
        self._times: dict[tuple[Hashable, Hashable | None], _Times] = {}
        for entry in entries:
            for kind, which in {name for event in entry.events for name in names(event)}:
                for name in {(kind, None), (kind, which)}:
                    times = self._times.setdefault(name, _Times())
                    times.places.append(place(entry))
                    times.occurred.append(entry.occurred_at)
                    times.keys.append(str(entry.cause.get("key", "")))

    def came(self, kind: Hashable, which: Hashable | None = None, *, since: int, until: int, but: str = "") -> bool:
        """Tell whether something of a kind, or the one thing `which` of it, came about; `but` for what the command of
        this key did."""
        times = self._times.get((kind, which))
        return times is not None and times.between(since, until, but)


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
