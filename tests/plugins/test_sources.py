"""Sources: what comes in becomes commands, each once, acknowledged after the commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.plugin_workspace import FUNNEL, codes, findings, open_with, plugin_code
from tests.plugins.test_actions import module_of
from voronka.bootstrap import restore
from voronka.errors import EnvironmentFault, UsageFault
from voronka.messages import Label, Text
from voronka.process.commands import Envelope
from voronka.runtime import inflow
from voronka.runtime.command_service import CommandService
from voronka.runtime.service import Service
from voronka.storage import UnitOfWork

SOURCE = """
def item(number):
    fields = {{"erp_no": str(number)}}
    return Item(id=str(number), request={{"command": "deal.create", "funnel": "sales", "fields": fields}})

def fetch(call):
    SEEN.append(("fetch", call.cursor, dict(call.settings)))
    {body}

def acknowledge(call, fetched):
    SEEN.append(("acknowledge", len(fetched.items)))

@hookimpl
def voronka_sources():
    yield SourceType(name="erp", label=LABEL, fetch=fetch, acknowledge=acknowledge, time_limit=0.5, settings={{
        "type": "object",
        "additionalProperties": False,
        "properties": {{"list": {{"type": "string", "default": "new"}}}},
    }})
"""
ALSO = "sources: {site: {via: erp, every: 5 minutes}}\n"
TWO = "return Fetched(items=[item(1), item(2)], cursor='after 2')"


def erp(body: str = TWO) -> dict[str, str]:
    return {"erp": plugin_code(SOURCE.format(body=body))}


def test_what_comes_in_becomes_deals_and_is_acknowledged(tmp_path: Path) -> None:
    with open_with(tmp_path, also=ALSO, plugins=erp()) as workspace:
        taken = workspace.ask("site")
        assert (taken.items, taken.known, taken.refused, taken.fault) == (2, 0, 0, None)
        seen = module_of(workspace).SEEN
        assert seen == [("fetch", None, {"list": "new"}), ("acknowledge", 2)]
        entries = workspace.query("why", deal=1)
        assert (entries[0]["source"], entries[0]["actor"]) == ("source:site", "plugin:erp")
        assert workspace.verify().sound


def test_what_comes_again_is_taken_once_and_the_cursor_goes_on(tmp_path: Path) -> None:
    with open_with(tmp_path, also=ALSO, plugins=erp()) as workspace:
        workspace.ask("site")
        workspace.reopen()
        taken = workspace.ask("site")
        assert (taken.items, taken.known) == (0, 2)
        assert module_of(workspace).SEEN[2][1] == "after 2"
        assert workspace.query("deal.show", deal=2)["number"] == 2


def test_a_restored_database_goes_on_from_its_own_cursor(tmp_path: Path) -> None:
    body = "n = int(call.cursor or 0); return Fetched(items=[item(n)], cursor=str(n + 1))"
    with open_with(tmp_path / "site", also=ALSO, plugins=erp(body)) as workspace:
        workspace.ask("site")
        workspace.work("backup", file=str(tmp_path / "backup"))
        workspace.ask("site")
        workspace.client.close()
        restore(workspace.root, tmp_path / "backup", replace=True)
        workspace.client = workspace._open()
        assert workspace.ask("site").items == 1
        assert [deal["number"] for deal in workspace.query("deal.list")] == [1, 2]


def test_a_source_that_has_more_is_asked_again_at_once(tmp_path: Path) -> None:
    body = "n = int(call.cursor or 0); return Fetched(items=[item(n)], cursor=str(n + 1), more=n < 4)"
    with open_with(tmp_path, also=ALSO, plugins=erp(body)) as workspace:
        assert workspace.ask("site").items == 5


STEPS = "n = len([each for each in SEEN if each[0] == 'fetch']); return "


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ("[Fetched(items=[item(1)], cursor='a'), Fetched(items=[]), Fetched(items=[])]", [None, "a", "a"]),
        ("[Fetched(items=[item(1)], cursor='a'), Fetched(items=[item(2)]), Fetched(items=[])]", [None, "a", "a"]),
        ("[Fetched(items=[], cursor='a'), Fetched(items=[], cursor=''), Fetched(items=[])]", [None, "a", ""]),
    ],
)
@pytest.mark.parametrize("acknowledged", [True, False])
def test_a_cursor_stays_until_another_is_given(
    tmp_path: Path, answers: str, asked: list[str | None], acknowledged: bool
) -> None:
    code = erp(f"{STEPS}{answers}[n - 1]")["erp"]
    plugins = {"erp": code if acknowledged else code.replace("acknowledge=acknowledge, ", "")}
    with open_with(tmp_path, also=ALSO, plugins=plugins) as workspace:
        assert [workspace.ask("site").fault for _ in asked] == [None] * len(asked)
        assert [each[1] for each in module_of(workspace).SEEN if each[0] == "fetch"] == asked


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ("Fetched(items=[item(3)] if n == 3 else [], cursor=str(n), more=n < 3)", 3),
        ("Fetched(items=[], cursor='end', more=True)", 2),
        ("Fetched(items=[], more=True)", 1),
    ],
)
def test_an_empty_page_is_not_the_end_while_the_cursor_moves(tmp_path: Path, answer: str, asked: int) -> None:
    with open_with(tmp_path, also=ALSO, plugins=erp(STEPS + answer)) as workspace:
        assert workspace.ask("site").items == (1 if asked == 3 else 0)
        assert sum(each[0] == "fetch" for each in module_of(workspace).SEEN) == asked


def test_what_cannot_be_taken_is_named_and_holds_up_nothing(tmp_path: Path, caplog) -> None:
    bad = 'Item(id="x", request={"command": "deal.create", "funnel": "nowhere"})'
    body = f"return Fetched(items=[item(1), {bad}, item(2)], cursor='3')"
    with open_with(tmp_path, also=ALSO, plugins=erp(body)) as workspace:
        taken = workspace.ask("site")
        assert (taken.items, taken.refused) == (3, 1)
        assert "site: x is refused" in caplog.text


@pytest.mark.parametrize(
    "bad",
    [
        r'Item(id="x", request={"command": "deal.create", "funnel": "sales", "fields": {"erp_no": "A\0B"}})',
        r'Item(id="x\0", request=item(7).request)',
        r'Item(id="x\ud800", request=item(7).request)',
        r'Item(id="x" * 501, request=item(7).request)',
        r'Item(id="x7", request=item(7).request)',
    ],
)
def test_one_bad_item_holds_up_none_of_the_others(
    tmp_path: Path, bad: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = CommandService.carry_out

    def carry_out(service: CommandService, work: UnitOfWork, envelopes: Sequence[Envelope]) -> Any:
        outcomes = real(service, work, envelopes)
        if envelopes[0].key == "x7":
            raise ZeroDivisionError
        return outcomes

    monkeypatch.setattr(CommandService, "carry_out", carry_out)
    body = f"return Fetched(items=[item(1), {bad}, item(2)], cursor='3')"
    with open_with(tmp_path, also=ALSO, plugins=erp(body)) as workspace:
        taken = workspace.ask("site")
        assert (taken.items, taken.refused, taken.fault) == (3, 1, None)
        assert [deal["number"] for deal in workspace.query("deal.list")] == [1, 2]
        assert "site: x" in caplog.text
        assert workspace.verify().sound


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("float('nan')", "not JSON"),
        ("float('-inf')", "not JSON"),
        ("object()", "not JSON"),
        ("(loop := [], loop.append(loop))[0]", "not JSON"),
        ("'x' * 9_000_000", "larger than"),
    ],
)
def test_an_item_that_is_no_request_is_refused_alone(tmp_path: Path, caplog, value: str, told: str) -> None:
    bad = f'Item(id="x", request={{"command": "deal.create", "funnel": "sales", "fields": {{"amount": {value}}}}})'
    body = f"return Fetched(items=[item(1), {bad}, item(2)], cursor='3')"
    with open_with(tmp_path, also=ALSO, plugins=erp(body)) as workspace:
        taken = workspace.ask("site")
        assert (taken.items, taken.refused, taken.fault) == (3, 1, None)
        assert "site: x is refused" in caplog.text
        assert told in caplog.text
        assert [deal["number"] for deal in workspace.query("deal.list")] == [1, 2]


@pytest.mark.parametrize(
    ("bad", "name", "told"),
    [
        ("Item(id=7, request=item(7).request)", "7", "Its id must be a text that is not empty, and is int."),
        ("Item(id='', request=item(7).request)", "''", "Its id must be a text that is not empty, and is str."),
        ("Item(id='x', request=[7])", "x", "Its request must be a mapping, and is list."),
        ("{'id': 'x', 'request': {}}", "dict", "It is dict, not Item."),
    ],
)
def test_what_is_no_item_is_named_and_neither_taken_nor_acknowledged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, bad: str, name: str, told: str
) -> None:
    with open_with(
        tmp_path, also=ALSO, plugins=erp(f"return Fetched(items=[item(1), {bad}, item(2)], cursor='3')")
    ) as workspace:
        taken = workspace.ask("site")
        assert (taken.items, taken.refused, taken.fault) == (3, 1, None)
        assert [deal["number"] for deal in workspace.query("deal.list")] == [1, 2]
        assert f"site: {name} is refused: {told}" in caplog.text
        (kept,) = workspace.query("sources.refused")
        assert (kept["item"], Label(kept["reason"]).render()) == (name, told)
        assert module_of(workspace).SEEN[1:] == [("acknowledge", 2)]
        assert workspace.verify().sound


BUSY = """GO or BUSY()
    return Fetched(items=[item(1)])
GO = []
def BUSY():
    raise Busy(Text("all its 4 processes are at work"), 1.0)
from voronka.messages import Text
from voronka.runtime.plugin_process.faults import Busy"""


def test_a_source_for_which_no_process_is_free_is_asked_again_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    moment = 0.0
    monkeypatch.setattr(inflow.time, "monotonic", lambda: moment)
    with open_with(tmp_path, also=ALSO, plugins=erp(BUSY)) as workspace:
        asking = inflow.Inflow(workspace.client.engine, workspace.client.plugins)
        taken = asking.ask("site")
        assert (taken.again, taken.fault) == (1.0, None)
        assert "failed" not in caplog.text
        moment = 300.0
        taken = asking.ask("site")
        assert (taken.again, str(taken.fault)) == (1.0, "all its 4 processes are at work")
        module_of(workspace).GO.append(True)
        taken = asking.ask("site")
        assert (taken.items, taken.again, taken.fault) == (1, None, None)
        assert workspace.query("plugins")["troubles"] == {}


def test_the_service_asks_a_source_again_as_soon_as_it_is_told(tmp_path: Path) -> None:
    with open_with(tmp_path, also=ALSO, plugins=erp(BUSY)) as workspace:
        service = Service(workspace.client, None)
        service._scheduler.start(paused=True)
        service._schedule_sources()
        (job,) = service._scheduler.get_jobs()
        job.modify(next_run_time=datetime.now(UTC) + timedelta(minutes=5))
        service._ask("site")
        (job,) = service._scheduler.get_jobs()
        assert job.next_run_time <= datetime.now(UTC) + timedelta(seconds=1)
        service._scheduler.shutdown()


GATE = FUNNEL.format(actions="{task: {title: Call}}").replace("solutions}", "solutions, enter: {require: [amount]}}")
WANTING = """return Fetched(cursor='3', items=[
    Item(id="set", request={"command": "deal.set", "deal": 1, "fields": {"amount": 5, "erp_no": "a@b.example"}}),
    Item(id="move", request={"command": "deal.move", "deal": 2, "to": "talk"}),
    Item(id="no\\0id", request={"command": "deal.set", "deal": 1, "fields": {"erp_no": "7"}}),
])""".replace("\n", "\n    ")


def test_what_was_refused_is_kept_with_its_reason_until_it_is_taken_in(tmp_path: Path) -> None:
    files = {"configs/funnels/sales.yaml": GATE}
    with open_with(tmp_path, also=ALSO, plugins=erp(WANTING), files=files) as sales:
        assert sales.ask("site").refused == 3
        assert sales.query("status")["refused_items"] == 3
        kept = {each["item"]: each for each in sales.query("sources.refused")}
        assert kept.keys() == {"set", "move", "no id"}
        assert all("deal" in Label(kept[name]["reason"]).render() for name in ("set", "move"))
        for _ in range(2):
            sales.execute("deal.create", funnel="sales")
        assert sales.work("source.retry", source="site") == {"taken": 1, "refused": 2}
        assert "amount" in str({each["item"]: each for each in sales.query("sources.refused")}["move"]["reason"])
        sales.execute("deal.set", deal=2, fields={"amount": 7})
        assert sales.work("source.retry", source="site", item="move") == {"taken": 1, "refused": 0}
        assert sales.query("deal.show", deal=2)["stage"]["name"] == "talk"
        assert [each["item"] for each in sales.query("sources.refused", source="site")] == ["no id"]
        taken = sales.ask("site")
        assert (taken.known, taken.refused) == (2, 1)
        assert sales.verify().sound
        for params in ({"source": "sit"}, {"source": "site", "item": "move"}, {"source": "site", "item": "no id"}):
            with pytest.raises(UsageFault):
                sales.work("source.retry", **params)


def test_an_item_that_comes_again_and_is_taken_in_is_refused_no_more(tmp_path: Path) -> None:
    with open_with(tmp_path, also=ALSO, plugins=erp(WANTING)) as sales:
        sales.ask("site")
        for _ in range(2):
            sales.execute("deal.create", funnel="sales")
        sales.ask("site")
        assert [each["item"] for each in sales.query("sources.refused")] == ["no id"]


def test_what_is_kept_of_a_refused_item_goes_with_the_person_it_tells_of(tmp_path: Path) -> None:
    with open_with(tmp_path, also=ALSO, plugins=erp(WANTING)) as sales:
        sales.execute("contact.create", fields={"name": "Maria", "email": "a@b.example"})
        sales.ask("site")
        sales.work("person.erase", contact="Maria")
        with sales.client.engine.read() as reader:
            (item,) = reader.refused_items("source:site", key="set", limit=1)
        assert item.request is not None
        assert item.request["fields"] == {"amount": 5, "erp_no": "…"}


def test_refused_items_are_kept_for_a_month(tmp_path: Path) -> None:
    with open_with(
        tmp_path, also=ALSO, plugins=erp("return Fetched(items=[Item(id=str(len(SEEN)), request={})])")
    ) as sales:
        sales.ask("site")
        sales.advance("31 days")
        sales.ask("site")
        assert len(sales.query("sources.refused")) == 1


def test_what_could_not_be_acknowledged_is_acknowledged_the_next_time(tmp_path: Path) -> None:
    code = erp()["erp"].replace('SEEN.append(("ack', 'FAIL and FAIL.pop()()\n    SEEN.append(("ack')
    plugins = {"erp": code + "def fail():\n    raise RuntimeError('no luck')\nFAIL = [fail]\n"}
    with open_with(tmp_path, also=ALSO, plugins=plugins) as workspace:
        taken = workspace.ask("site")
        assert (taken.items, str(taken.fault)) == (2, "RuntimeError: no luck")
        taken = workspace.ask("site")
        assert (taken.items, taken.known, taken.fault) == (0, 2, None)
        workspace.ask("site")
        seen = [each[:2] for each in module_of(workspace).SEEN]
        assert seen[:4] == [("fetch", None), ("fetch", None), ("acknowledge", 2), ("fetch", "after 2")]


def test_nothing_is_acknowledged_that_was_not_committed(tmp_path: Path, monkeypatch) -> None:
    with open_with(tmp_path, also=ALSO, plugins=erp()) as workspace:
        engine = workspace.client.engine

        def full(*_: object, **__: object) -> None:
            raise EnvironmentFault(Text("The disk is full."), Text("Make room."))

        with monkeypatch.context() as disk:
            disk.setattr(engine, "take_in", full)
            assert "disk is full" in str(workspace.ask("site").fault)
        seen = module_of(workspace).SEEN
        assert [what for what, *_ in seen] == ["fetch"]
        assert workspace.ask("site").items == 2
        assert seen[1][1] is None


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise RuntimeError('no luck')", "no luck"),
        ("raise SystemExit", "SystemExit"),
        ("return None", "returned NoneType, not Fetched"),
        ("return Fetched(items=7)", "no list"),
        ("return Fetched(items=[], cursor=7)", "cursor"),
        ("import threading; threading.Event().wait()", "no answer within 0.5 s"),
    ],
)
def test_a_source_that_fails_is_named_and_takes_nothing(tmp_path: Path, caplog, body: str, told: str) -> None:
    with open_with(tmp_path, also=ALSO, plugins=erp(body)) as workspace:
        assert told in str(workspace.ask("site").fault)
        assert "The source site failed" in caplog.text
        assert told in Label(workspace.query("plugins")["troubles"]["source site"]).render()
        workspace.execute("deal.create", funnel="sales")


def test_a_source_that_hangs_is_not_asked_again_before_it_has_come_back(tmp_path: Path) -> None:
    body = "GO.wait(); return Fetched(items=[item(1)])"
    plugins = {
        "erp": erp(body)["erp"].replace("time_limit=0.5", "time_limit=0.05")
        + "import threading\nGO = threading.Event()\n"
    }
    with open_with(tmp_path, also=ALSO, plugins=plugins) as workspace:
        told = [str(workspace.ask("site").fault) for _ in range(6)]
        assert told[0] == "no answer within 0.05 s"
        assert all("has not come back" in each for each in told[1:])
        module = module_of(workspace)
        assert len(module.SEEN) == 1
        assert "has not come back" in Label(workspace.query("plugins")["troubles"]["source site"]).render()
        module.GO.set()
        while workspace.ask("site").fault is not None:  # it returns at once, and in a moment its thread has said so
            pass
        assert workspace.query("deal.show", deal=1)["number"] == 1
        assert workspace.query("plugins")["troubles"] == {}


@pytest.mark.parametrize(
    ("also", "expected"),
    [
        ("sources: {site: {via: erp}}\n", ["V2004"]),
        ("sources: {site: {via: erp, every: 5 days}}\n", ["V2006"]),
        ("sources: {site: {via: erp, every: 5 minutes, list: old}}\n", []),
        ("sources: {site: {via: erp, every: 5 minutes, color: red}}\n", ["V2002"]),
        ("sources: {site: {via: form, every: 5 minutes}}\n", ["V3124"]),
    ],
)
def test_a_source_is_checked_by_the_schema_of_its_type(tmp_path: Path, also: str, expected: list[str]) -> None:
    assert [code for code, _, _ in codes(findings(tmp_path, also=also, plugins=erp()))] == expected
