"""Effects settled many at once: what a crash, a failure or a lost lease amid them means for each."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.plugins.plugin_workspace import open_with, plugin_code
from tests.plugins.test_actions import module_of
from voronka.runtime import outbox
from voronka.testing import TestWorkspace

DEALS = 6
ACTION = """
import os, signal
from pathlib import Path

def run(call):
    SEEN.append((call.deal.number, call.arguments["n"], call.key, call.attempt))
    {body}

@hookimpl
def voronka_actions():
    yield ActionType(name="erp.tell", label=LABEL, run=run, at_most_once={once}, arguments={{
        "type": "object", "properties": {{"n": {{"type": "integer"}}}},
    }})
"""
ONE = "{erp.tell: {n: 1}}"
TWO = "{erp.tell: {n: 1}}, {erp.tell: {n: 2}}"


def erp(body: str = "pass", *, once: bool = False) -> dict[str, str]:
    return {"erp": plugin_code(ACTION.format(body=body, once=once))}


def open_deals(workspace: TestWorkspace, count: int = DEALS) -> None:
    for _ in range(count):
        workspace.execute("deal.create", funnel="sales", fields={"owner": "anna"})


def statuses(workspace: TestWorkspace) -> dict[str, int]:
    return Counter(effect["status"] for effect in workspace.query("outbox"))


DELIVER = """
import sys
from pathlib import Path
from voronka.testing import TestWorkspace
TestWorkspace(Path(sys.argv[1]), start="2026-03-02 09:00").client.engine.deliver()
"""


@pytest.mark.parametrize("sent", [1, 4, DEALS])
def test_what_was_sent_before_a_kill_and_not_settled_is_sent_again_under_the_same_keys(
    tmp_path: Path, sent: int
) -> None:
    log, alive = tmp_path / "sent.log", tmp_path / "alive"
    body = (
        f"Path({str(log)!r}).open('a').write(call.key + '\\n');"
        f" len(SEEN) == {sent} and not Path({str(alive)!r}).exists() and os.kill(os.getpid(), signal.SIGKILL)"
    )
    with open_with(tmp_path, actions=ONE, plugins=erp(body)) as workspace:
        open_deals(workspace)
    ended = subprocess.run([sys.executable, "-c", DELIVER, str(tmp_path)], check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    first = log.read_text().split()
    assert len(first) == sent
    alive.touch()
    with TestWorkspace(tmp_path, start="2026-03-02 09:00") as workspace:
        assert statuses(workspace) == {"pending": DEALS}
        workspace.advance("1 minute")
        assert statuses(workspace) == {"sent": DEALS}
        assert workspace.verify().sound
    times = Counter(log.read_text().split())
    assert times == Counter(dict.fromkeys(times, 1) | dict.fromkeys(first, 2))
    assert len(times) == DEALS


def test_a_failure_amid_many_holds_up_its_own_deal_alone_and_in_order(tmp_path: Path) -> None:
    body = "if call.deal.number == 2 and call.attempt == 1: raise DeliveryError('busy')"
    with open_with(tmp_path, actions=TWO, plugins=erp(body)) as workspace:
        open_deals(workspace)
        workspace.settle()
        assert statuses(workspace) == {"sent": 2 * DEALS - 2, "pending": 2}
        # The second of the deal fails too at its first attempt.
        workspace.advance("10 minutes")
        assert statuses(workspace) == {"sent": 2 * DEALS}
        seen = module_of(workspace).SEEN
        assert [(n, attempt) for deal, n, _, attempt in seen if deal == 2] == [(1, 1), (1, 2), (2, 1), (2, 2)]
        assert all([n for deal, n, *_ in seen if deal == other] == [1, 2] for other in (1, 3, 4, 5, 6))
        assert workspace.verify().sound


def test_a_dead_letter_amid_many_frees_its_lane(tmp_path: Path) -> None:
    body = "if (call.deal.number, call.arguments['n']) == (2, 1): raise DeliveryError('gone', lasting=True)"
    with open_with(tmp_path, actions=TWO, plugins=erp(body)) as workspace:
        open_deals(workspace)
        workspace.settle()
        ends = {
            (each["deal"], each["status"]) for each in workspace.query("outbox") if each["channel"] == "action:erp.tell"
        }
        assert ends == {(2, "dead"), *((deal, "sent") for deal in range(1, DEALS + 1))}
        assert [n for deal, n, *_ in module_of(workspace).SEEN if deal == 2] == [1, 2]


def test_a_lease_lost_amid_many_is_settled_by_whoever_holds_the_newer_one(tmp_path: Path) -> None:
    with open_with(tmp_path, actions=ONE, plugins=erp()) as workspace:
        open_deals(workspace, 3)
        engine = workspace.client.engine

        def lease(limit: int) -> list[outbox.Parcel]:
            return engine.write(
                lambda work: outbox.lease(
                    work,
                    engine.workspace,
                    now=engine.clock.now(),
                    limit=limit,
                    random=engine.random,
                    terms=engine.outside.terms,
                )
            ).parcels

        (late,) = lease(1)
        workspace.clock.advance(outbox.LEASE)
        held = lease(9)
        assert len(held) == 3
        carried = [outbox.Carried(late, None), *(outbox.Carried(parcel, None) for parcel in held[1:])]
        assert engine._settle(carried) == 3
        told = [workspace.query("why", deal=deal)[-1]["events"][0]["kind"] for deal in (1, 2, 3)]
        assert sorted(told) == ["action.done", "action.done", "deal.created"]
        assert statuses(workspace) == {"sent": 2, "pending": 1}
        assert engine._settle([outbox.Carried(held[0], None)]) == 1
        assert statuses(workspace) == {"sent": 3}
        assert workspace.verify().sound


def test_where_once_is_all_a_crash_costs_no_effect_but_the_one_under_way(tmp_path: Path) -> None:
    with open_with(tmp_path, actions=ONE, plugins=erp(once=True)) as workspace:
        open_deals(workspace)
        engine = workspace.client.engine
        engine.write(
            lambda work: outbox.lease(
                work,
                engine.workspace,
                now=engine.clock.now(),
                limit=50,
                random=engine.random,
                terms=engine.outside.terms,
            )
        )
        workspace.advance("1 minute")
        ends = Counter(each["status"] for each in workspace.query("outbox") if each["channel"] != "notice")
        assert ends == {"sent": DEALS - 1, "unknown": 1}
        assert len(module_of(workspace).SEEN) == DEALS - 1


def test_one_deal_that_cannot_be_told_keeps_no_other_from_being_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from voronka.process.draft import Draft

    add = Draft.add

    def fails(draft: Draft, event: object) -> None:
        if draft.deal.number == 2:
            raise LookupError("this cannot be")
        add(draft, event)

    with open_with(tmp_path, actions=ONE, plugins=erp()) as workspace:
        open_deals(workspace)
        monkeypatch.setattr(Draft, "add", fails)  # a defect of the engine, planted
        workspace.settle()
        assert statuses(workspace) == {"sent": DEALS}
        told = [workspace.query("why", deal=deal)[-1]["events"][0]["kind"] for deal in range(1, DEALS + 1)]
        assert told == ["action.done", "deal.created", *["action.done"] * (DEALS - 2)]
    assert caplog.text.count("could not be told") == 1
