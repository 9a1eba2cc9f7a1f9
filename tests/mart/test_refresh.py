"""Whatever is done in whatever process: a mart refreshed in pieces is what a rebuild makes, and what histories tell.

``VORONKA_DEEP=1`` tries many more lives.
"""

import json
from collections import defaultdict

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.property.conftest import empty  # noqa: F401 - a fixture
from tests.property.life import EXAMPLES, Life
from tests.property.processes import doings, funnels, rules
from voronka.errors import VoronkaError
from voronka.mart.marts import Marts
from voronka.process import events as happened
from voronka.process.evolve import evolve_entry
from voronka.process.state import Stream, StreamKind, VaultRef
from voronka.runtime.state import state_folder


def rows_of(mart):
    """Everything a mart holds but when it was refreshed, in no order."""
    with mart.connect() as connection:
        found = {
            name: sorted(map(repr, connection.execute(table.select()))) for name, table in mart.schema.tables.items()
        }
        found["deals"] = sorted(map(repr, connection.exec_driver_sql("SELECT * FROM deals")))
    return found


def named(mart, table):
    with mart.connect() as connection:
        return [dict(row) for row in connection.execute(mart.schema.tables[table].select()).mappings()]


def told(engine):
    """What the histories tell, replayed entry by entry: visits, versions, transitions and interactions of deals."""
    visits, versions, moves, contacts, scores = [], [], [], [], []
    with engine.read() as reader:
        for deal in reader.list_deals():
            state, number, mine, since = None, deal.number, [], 0
            of_deal = {}
            for entry in reader.history(Stream(StreamKind.DEAL, deal.id)):
                for event in entry.events:
                    state = evolve_entry(state, [event], seq=entry.seq, release=entry.release)
                    at = getattr(event, "at", entry.occurred_at)
                    if isinstance(event, happened.StageLeft):
                        of_deal[event.visit]["left_at"] = event.at
                    elif isinstance(event, happened.StageEntered):
                        if before := of_deal.get(event.visit - 1):
                            before["next_stage"] = event.stage
                            moves.append((number, event.at, before["stage"], event.stage, event.via, entry.actor))
                        again = event.stage in [stay["stage"] for stay in of_deal.values()]
                        own = {"stage": event.stage, "via": event.via, "entered_at": event.at, "again": again}
                        of_deal[event.visit] = own
                    elif isinstance(event, happened.InteractionLogged):
                        contacts.append((number, entry.seq, event.n, event.at, event.own))
                    elif isinstance(event, happened.ScoreChanged):
                        scores.append((number, entry.seq, event.card, event.band))
                    now = as_version(state)
                    if state.stage and (not mine or mine[-1][1] != now):
                        since = max(since, at)
                        mine.append((since, now))
            ends = [start for start, _ in mine[1:]] + [None]
            versions += [
                (number, start, end, now) for (start, now), end in zip(mine, ends, strict=True) if start != end
            ]
            visits += [(number, visit, kept) for visit, kept in of_deal.items()]
    return visits, versions, moves, contacts, scores


def as_version(state):
    fields = {name: value for name, value in state.fields.items() if not isinstance(value, VaultRef)}
    return {
        "funnel": state.funnel,
        "variant": state.case,
        "stage": state.stage,
        "outcome": state.outcome,
        "owner": state.owner,
        "account": state.account and state.account.hex(),
        "contact": state.contact and state.contact.hex(),
        "closed_at": state.closed_at,
        **{f"f_{name}": fields.get(name) for name in ("amount", "due", "meeting", "role", "flag", "limit")},
    }


def check(mart, engine):
    visits, versions, moves, contacts, scores = told(engine)
    kept = [
        (
            row["deal"],
            row["visit"],
            {name: row[name] for name in ("stage", "via", "entered_at", "left_at", "next_stage", "again")},
        )
        for row in named(mart, "fact_visit")
    ]
    expected = [(deal, visit, {"left_at": None, "next_stage": None, **stay}) for deal, visit, stay in visits]
    assert by_key(kept) == by_key(expected)
    found = [
        (row["deal"], row["since"], row["until"], {name: row[name] for name in versions[0][3]})
        for row in named(mart, "dim_deal_version")
    ]
    assert sorted(found, key=repr) == sorted(versions, key=repr)
    columns = ("deal", "at", "from_stage", "to_stage", "via", "actor")
    assert sorted(tuple(row[name] for name in columns) for row in named(mart, "fact_transition")) == sorted(moves)
    columns = ("deal", "seq", "n", "at", "own")
    assert sorted(tuple(row[name] for name in columns) for row in named(mart, "fact_interaction")) == sorted(contacts)
    columns = ("deal", "seq", "card", "band")
    assert sorted(tuple(row[name] for name in columns) for row in named(mart, "fact_score")) == sorted(scores)
    latest = {deal: now for deal, _, until, now in versions if until is None}
    for row in named(mart, "dim_deal"):
        assert {name: row[name] for name in latest[row["deal"]]} == latest[row["deal"]]
        (last,) = (stay for deal, visit, stay in visits if deal == row["deal"] and "left_at" not in stay)
        assert (row["stage"], row["entered_at"]) == (last["stage"], last["entered_at"])


def by_key(rows):
    found = defaultdict(list)
    for deal, visit, kept in rows:
        found[deal, visit].append(kept)
    return dict(found)


@given(funnel=funnels(), rules=rules(), doings=doings, pieces=st.integers(1, 12))
@settings(
    max_examples=EXAMPLES if EXAMPLES > 100 else 3,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
def test_a_refresh_in_pieces_is_a_rebuild_and_what_histories_tell(
    funnel,
    rules,
    doings,
    pieces,
    empty,  # noqa: F811
    tmp_path_factory,
):
    note(json.dumps({"funnel": funnel, "rules": rules}, indent=1))
    life = Life(tmp_path_factory.mktemp("life") / "w", funnel, rules, empty)
    with life.run:
        for count, doing in enumerate(doings):
            if count % pieces == 0:
                life.run.work("mart.refresh")
            try:
                life.do(*doing)
            except VoronkaError as fault:
                note(f"{doing}: {fault}")
        life.run.advance("1 week")
        life.run.work("mart.refresh")
        life.run.work("mart.refresh")
        assert life.run.work("mart.status")["changed"] == 0
        life.run.reopen()
        engine = life.run.client.engine
        marts = Marts(engine.database, state_folder(life.run.root), life.run.clock)
        try:
            refreshed = marts.fresh(engine.workspace)
            rows = rows_of(refreshed)
            check(refreshed, engine)
            assert rows == rows_of(marts.rebuild(engine.workspace))
        finally:
            marts.close()
