"""Two engines are asked the same. One lives in peace; the other, on a file, dies amid its transactions, is opened anew
and loses leases to others. Both answer alike and hold the same in the end, and each one's history replays to it.

The peaceful one stands on PostgreSQL where a server can be started. ``VORONKA_DEEP=1`` tries many more lives.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from tests.contract.postgresql import emptied
from tests.property.disturbance import Crash, Crashing, Receiver
from tests.property.test_replay import held
from voronka.calendars import HOUR
from voronka.runtime import outbox
from voronka.runtime.settling import settle
from voronka.simulation.clock import VirtualClock
from voronka.storage import EffectKey
from voronka.storage.tables import deals, timers
from voronka.storage.tables import outbox as effects
from voronka.testing import TestWorkspace, write_files

DEEP = bool(os.environ.get("VORONKA_DEEP"))
START = "2026-03-28 12:00"  # the night after, clocks in Berlin jump from 02:00 to 03:00
PLACES = ("append.begun", "append.records", "append.history", "append.ended", "inbox.recorded", "commit.before")
KNOWN = ("commit.after",)
STAGES = ("new", "offer", "contract", "won")

FILES = {
    "voronka.yaml": "workspace: any\nlocale: en\ntimezone: Europe/Berlin\ncurrency: EUR\n",
    "configs/people/team.yaml": "roles: {seller: {}}\npeople: {anna: {role: seller}}\n",
    "configs/fields/own.yaml": "set: own\nfields:\n  amount: {type: money}\n  passport: {type: text, pii: true}\n",
    "configs/funnels/sales.yaml": """\
funnel: sales
fields: [own]
stages:
  new:
    timed:
      night: {after: 1 day, at: "02:30", do: [{task: {title: Night}}]}
      soon: {after: OFFSET, do: [{erp.tell: {n: 1}}]}
  offer:
    enter: {do: [{erp.tell: {n: 2}}]}
    leave: {require: [amount]}
  contract: {enter: {do: [{open_deal: {funnel: delivery}}]}}
transitions:
  back: {from: offer, to: new}
""",
    "configs/funnels/delivery.yaml": "funnel: delivery\nstages: {packed: {}, sent: {}}\n",
}


def files(offset: str) -> dict[str, str]:
    return {name: text.replace("OFFSET", offset) for name, text in FILES.items()}


class Lives(RuleBasedStateMachine):
    """What both are asked. `folder`: for their files; `address`: of the database of the peaceful one."""

    folder: Path
    address: str | None
    count = 0

    @initialize()
    def begin(self) -> None:
        type(self).count += 1
        root = self.folder / str(self.count)
        self.receivers = Receiver(), Receiver()
        for name in ("disturbed", "peaceful"):
            write_files(root / name, files("2 hours"))
        given: dict[str, Any] = {"start": START, "zone": "Europe/Berlin"}
        self.disturbed = TestWorkspace(root / "disturbed", plugins=[self.receivers[0]], **given)
        if self.address is not None:
            emptied(self.address)
        self.peaceful = TestWorkspace(root / "peaceful", plugins=[self.receivers[1]], database=self.address, **given)
        self.root = root
        self.deals = 0
        self.commands = 0
        self.said: dict[str, tuple[dict[str, Any], Any]] = {}

    @property
    def both(self) -> tuple[TestWorkspace, TestWorkspace]:
        return self.disturbed, self.peaceful

    def ask(self, request: dict[str, Any], crash: str | None) -> Any:
        """Ask both, and the disturbed one again if it dies of it; return what both have answered."""
        self.commands += 1
        request = {"idempotency_key": f"k{self.commands}", **request}
        mine = self.crashing(request, crash)
        theirs = alike(self.peaceful.client.execute(request))
        assert mine == theirs, request
        self.said[request["idempotency_key"]] = request, mine
        return mine

    def crashing(self, request: dict[str, Any], crash: str | None) -> Any:
        if crash is not None:
            with Crashing(crash):
                try:
                    return alike(self.disturbed.client.execute(request))
                except Crash:
                    pass
            self.die()
        return alike(self.disturbed.client.execute(request))

    def die(self) -> None:
        """Leave the process's memory behind; what it had open is closed, as the system does that."""
        self.disturbed.client.engine.database.close()
        self.disturbed.client = self.disturbed._open()

    @rule(crash=st.sampled_from([None, *PLACES, *KNOWN]))
    def create(self, crash: str | None) -> None:
        fields = {"owner": "anna", "passport": "4509"}
        answer = self.ask({"command": "deal.create", "funnel": "sales", "fields": fields}, crash)
        self.deals = max(self.deals, answer["number"])

    @precondition(lambda self: self.deals)
    @rule(
        data=st.data(), to=st.sampled_from(["new", "offer", "contract", "won"]), crash=st.sampled_from([None, *PLACES])
    )
    def move(self, data: st.DataObject, to: str, crash: str | None) -> None:
        self.ask({"command": "deal.move", "deal": self.deal(data), "to": to}, crash)

    @precondition(lambda self: self.deals)
    @rule(data=st.data(), amount=st.integers(1, 99), crash=st.sampled_from([None, *PLACES, *KNOWN]))
    def change(self, data: st.DataObject, amount: int, crash: str | None) -> None:
        self.ask({"command": "deal.set", "deal": self.deal(data), "fields": {"amount": amount}}, crash)

    @precondition(lambda self: self.deals)
    @rule(data=st.data())
    def stale(self, data: st.DataObject) -> None:
        request = {"command": "deal.set", "deal": self.deal(data), "fields": {"amount": 5}, "expected_seq": 0}
        assert self.ask(request, None)["refusal"] == "stale"

    @precondition(lambda self: self.said)
    @rule(data=st.data(), other=st.booleans())
    def duplicate(self, data: st.DataObject, other: bool) -> None:
        request, answer = self.said[data.draw(st.sampled_from(sorted(self.said)))]
        for each in self.both:
            again = each.client.execute({**request, "actor": "anna"} if other else request)
            if other:
                assert again["refusal"]["code"] == "key_conflict"
            else:
                assert (alike(again), again["replay"]) == (answer, True)

    @rule(span=st.sampled_from(["1 hour", "14 hours", "3 days"]))
    def pass_time(self, span: str) -> None:
        for each in self.both:
            each.advance(span)

    @rule(hours=st.integers(1, 30))
    def set_clock_back(self, hours: int) -> None:
        for each in self.both:
            each.clock = VirtualClock(each.clock.now() - hours * HOUR)
            each.reopen()

    @rule(crash=st.sampled_from(["timers.claimed", "timers.fired", "append.history", "commit.before", "commit.after"]))
    def die_as_time_passes(self, crash: str) -> None:
        with Crashing(crash):
            try:
                self.disturbed.advance("5 hours")
                moment = self.disturbed.clock.now()
            except Crash:
                moment = None
        if moment is None:
            self.die()
            moment = self.peaceful.clock.now() + 5 * HOUR
        self.disturbed.advance_to(moment)
        self.peaceful.advance_to(moment)

    @rule(fails=st.booleans())
    def break_receiver(self, fails: bool) -> None:
        for receiver in self.receivers:
            receiver.fails = fails

    @rule()
    def lose_leases(self) -> None:
        """Another worker takes what is due, and comes back with it when nobody waits for it any more."""
        engine = self.disturbed.client.engine
        now = engine.clock.now()
        terms = engine.outside.terms
        taken = engine.write(
            lambda work: outbox.lease(work, engine.workspace, now=now, limit=9, random=engine.random, terms=terms)
        ).parcels
        for each in self.both:
            each.advance("2 minutes")
        late = [outbox.Carried(parcel, None) for parcel in taken]
        given = {"now": engine.clock.now(), "random": engine.random, "terms": engine.outside.terms}
        settled = engine.write(lambda work: settle(work, late, **given))
        assert settled == []

    @rule(offset=st.sampled_from(["2 hours", "3 hours"]))
    def reload(self, offset: str) -> None:
        for each in self.both:
            write_files(each.root, files(offset))
            each.work("reload")

    @rule()
    def redrive(self) -> None:
        for each in self.both:
            engine = each.client.engine
            with engine.read() as reader:
                dead = [
                    EffectKey(*row)
                    for row in reader.execute(
                        select(effects.c.deal, effects.c.seq, effects.c.n).where(effects.c.status == "dead")
                    )
                ]
            for key in dead:
                with engine.database.write() as work:
                    assert work.retry_effect(key, now=engine.clock.now())

    @precondition(lambda self: self.deals)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        number = self.deal(data)
        for each in self.both:
            engine = each.client.engine
            with engine.read() as reader:
                [id_] = reader.execute(select(deals.c.id).where(deals.c.number == number)).scalars()
            engine.write(lambda work, id_=id_: work.erase_subject(id_))

    def deal(self, data: st.DataObject) -> int:
        return data.draw(st.integers(1, self.deals), label="deal")

    @invariant()
    def clocks_agree(self) -> None:
        assert self.disturbed.clock.now() == self.peaceful.clock.now()

    def teardown(self) -> None:
        if not hasattr(self, "peaceful"):
            return
        try:
            for receiver in self.receivers:
                receiver.fails = False
            for each in self.both:
                each.advance("3 days")
                held(each.client.engine)
            assert stored(self.disturbed) == stored(self.peaceful)
            mine, theirs = (sorted(set(receiver.done)) for receiver in self.receivers)
            assert len(mine) == len(theirs)
        finally:
            for each in self.both:
                each.close()
            shutil.rmtree(self.root)


def alike(answer: dict[str, Any]) -> dict[str, Any]:
    """Return of an answer what does not depend on chance or on how often it was given."""
    refusal = answer["refusal"]
    kept = {name: answer.get(name) for name in ("number", "funnel", "stage", "owner", "outcome")}
    return kept | {"events": answer["events"], "refusal": None if refusal is None else refusal["code"]}


def stored(workspace: TestWorkspace) -> dict[str, Any]:
    """Return what stands in the database, ids and what attempts were made aside."""
    with workspace.client.engine.read() as reader:
        states = {state.id: state for state in reader.list_deals()}
        number = {id_: state.number for id_, state in states.items()}
        waiting = reader.execute(
            select(timers.c.deal, timers.c.visit, timers.c.event, timers.c.generation, timers.c.state, timers.c.due_at)
        )
        left = reader.execute(select(effects.c.deal, effects.c.channel, effects.c.status))
        return {
            "deals": sorted(
                (state.number, state.funnel, state.stage, state.outcome, state.fields.get("amount"), len(state.tasks))
                for state in states.values()
            ),
            "timers": sorted((number[deal], *row) for deal, *row in waiting),
            "effects": sorted((number[deal], *row) for deal, *row in left),
        }


@pytest.fixture
def address(request: pytest.FixtureRequest) -> str | None:
    try:
        found: str = request.getfixturevalue("postgresql")
    except pytest.skip.Exception:
        return None
    return found


def test_crashes_lost_leases_and_another_database_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, address: str | None
) -> None:
    given = {"folder": tmp_path_factory.mktemp("lives"), "address": address, "count": 0}
    machine = type("Lives", (Lives,), given)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=200 if DEEP else 4,
            stateful_step_count=40 if DEEP else 15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
