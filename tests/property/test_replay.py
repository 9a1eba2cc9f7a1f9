"""Whatever process is written and whatever is done in it: its history replays to what is stored, and times end once.

``VORONKA_DEEP=1`` tries many more processes.
"""

import json
from collections import Counter

from hypothesis import HealthCheck, given, note, settings

from tests.property.life import EXAMPLES, Life
from tests.property.processes import doings, funnels, rules
from voronka.errors import VoronkaError
from voronka.process.events import TimerArmed, TimerEnded
from voronka.process.evolve import evolve_entry
from voronka.process.state import Stream, StreamKind
from voronka.storage import verify


def held(engine):
    """Compare every deal's stored state with its history told again, and its timers with their ends."""
    with engine.read() as reader:
        for stored in reader.list_deals():
            stream = Stream(StreamKind.DEAL, stored.id)
            state, armed, ended = None, set(), Counter()
            for entry in reader.history(stream):
                state = evolve_entry(state, entry.events, seq=entry.seq, release=entry.release)
                for event in entry.events:
                    if isinstance(event, TimerArmed):
                        armed.add(event.timer.key)
                    elif isinstance(event, TimerEnded):
                        ended[event.key] += 1
                        assert event.result != "fired" or event.at >= event.due
            assert state == stored
            assert all(times == 1 for times in ended.values())
            waiting = {row.key for row in reader.timers(deal=stored.id, waiting=True)}
            assert waiting == set(stored.timers) == armed - set(ended)
    assert verify(engine.database).damages == ()


@given(funnel=funnels(), rules=rules(), doings=doings)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
def test_a_history_replays_and_a_timer_ends_once(funnel, rules, doings, empty, tmp_path_factory):
    note(json.dumps({"funnel": funnel, "rules": rules}, indent=1))
    life = Life(tmp_path_factory.mktemp("life") / "w", funnel, rules, empty)
    with life.run:
        for doing in doings:
            try:
                life.do(*doing)
            except VoronkaError as fault:
                note(f"{doing}: {fault}")
        life.run.advance("1 week")
        held(life.run.client.engine)
        assert life.run.client.engine.next_due() is None or life.run.client.engine.next_due() > life.run.clock.now()
