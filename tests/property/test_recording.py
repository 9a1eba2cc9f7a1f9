"""Whatever has happened to a deal: the scenario recorded of it holds, and nobody is named in it.

``VORONKA_DEEP=1`` tries many more processes.
"""

import json

from hypothesis import HealthCheck, given, note, settings

from tests.property.life import EXAMPLES, Life
from tests.property.processes import doings, funnels, rules
from voronka.config import read_workspace
from voronka.errors import VoronkaError
from voronka.testing.recording import record

# A recording is made under the configuration in force: what went another way under an older one is told, not retold.
LEFT_OUT = {"release", "outage", "back", "undo"}


@given(funnel=funnels(), rules=rules(), doings=doings)
@settings(
    max_examples=EXAMPLES // 2,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
def test_what_is_recorded_holds_and_names_nobody(funnel, rules, doings, empty, tmp_path_factory):
    note(json.dumps({"funnel": funnel, "rules": rules}, indent=1))
    life = Life(tmp_path_factory.mktemp("life") / "w", funnel, rules, empty)
    with life.run:
        for each in (one for one in doings if one[0] not in LEFT_OUT):
            try:
                life.do(*each)
            except VoronkaError as fault:
                note(f"{each}: {fault}")
        life.run.advance("1 week")
        reading = read_workspace(life.run.root)
        for deal in life.run.query("deal.list"):
            course = life.run.query("record", deal=str(deal["number"]))
            note(json.dumps(course, indent=1, default=str))
            found = record(course, reading, "what happened")
            for personal in ("Acme", "Olga", "olga@"):
                assert personal not in found.text
