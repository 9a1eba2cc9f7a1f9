"""The words of plugins about actions, and from whom they are kept."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from tests.unit.definition.test_guarded import HIDDEN, NEED, SCORE, giving
from voronka.process.events import ActionFailed, ActionRequested, EffectUnknown, Event
from voronka.process.state import Stream, StreamKind
from voronka.runtime.plugin_reasons import UNSAID, PluginReasons
from voronka.storage import Reader, Recorded

DEAL = Stream(StreamKind.DEAL, b"d")
NOW_IN_FORCE = giving({"a": NEED})
THEN = giving({"a": SCORE})
REQUESTED = ActionRequested(n=2, action="erp", arguments={"a": 3}, at=0)
FAILED = ActionFailed(effect="1.2", action="erp", reason="No 3", at=0)
UNKNOWN = EffectUnknown(effect="1.2", channel="", action="erp", reason="No 3", at=0)
MESSAGE = EffectUnknown(effect="1.2", channel="email", action="", reason="No 3", at=0)


def entry(seq: int, release: str, event: Event) -> Recorded:
    given: dict[str, Any] = dict.fromkeys(("actor", "source", "cause", "occurred_at", "recorded_at", "links", "hash"))
    return Recorded(stream=DEAL, seq=seq, release=release, events=(event,), **given)


@dataclass
class Histories:
    entries: list[Recorded]

    def history(self, stream: Stream, *, after: int, limit: int) -> Iterator[Recorded]:
        assert stream == DEAL
        yield from [each for each in self.entries if each.seq > after][:limit]


@pytest.mark.parametrize(
    ("event", "release", "hidden", "said"),
    [
        (FAILED, "then", HIDDEN, UNSAID.render()),
        (UNKNOWN, "then", HIDDEN, UNSAID.render()),
        (FAILED, "unreadable", HIDDEN, UNSAID.render()),
        (replace(FAILED, effect="1.3"), "now", HIDDEN, UNSAID.render()),
        (FAILED, "now", HIDDEN, "No 3"),
        (FAILED, "then", frozenset(), "No 3"),
        (MESSAGE, "then", HIDDEN, "No 3"),
    ],
)
def test_the_release_in_which_an_action_was_asked_for_tells_whether_its_reason_is_open(event, release, hidden, said):
    reader = cast("Reader", Histories([entry(1, release, REQUESTED)]))
    reasons = PluginReasons(reader, {"then": THEN, "now": NOW_IN_FORCE}.get)
    (told,) = reasons.open_entry(entry(2, "now", event), hidden).events
    assert isinstance(told, (ActionFailed, EffectUnknown))
    assert told.reason == said
    assert bool(told.reasons) == (said == UNSAID.render())
