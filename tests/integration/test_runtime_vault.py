"""The vault holds what the history refers to and nothing else: a command that is refused leaves no personal value."""

from __future__ import annotations

import dataclasses
import sqlite3
import typing
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.import_workspace import deal_row, open_importing, write_table
from tests.integration.sales_workspace import FILES, open_sales
from voronka.process import commands as asked
from voronka.process.commands import Command, Envelope, HistoryRow
from voronka.process.state import Stream, StreamKind
from voronka.testing import TestWorkspace

SECRET = "a secret value"
FIELDS = """\
set: base
fields:
  amount: {type: money, label: Amount}
  passport: {type: text, pii: true}
collections:
  guests: {of: deals, fields: {who: {type: text, pii: true}}}
  kin: {of: contacts, fields: {who: {type: text, pii: true}}}
"""
FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new: {leave: {checklist: {met: {label: Met, evidence: text}}}}
  offer: {enter: {when: amount > 100, message: Too small, override: {by: [head]}}}
"""
PERSONAL = {"passport": SECRET}


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[TestWorkspace]:
    files = {**FILES, "configs/fields/base.yaml": FIELDS, "configs/funnels/sales.yaml": FUNNEL}
    with open_sales(tmp_path, files) as workspace:
        workspace.execute("deal.create", funnel="sales")
        workspace.execute("contact.create", fields={"name": "Zoe"})
        yield workspace


COMMANDS: dict[str, tuple[StreamKind, Command]] = {
    "create a deal": (StreamKind.DEAL, asked.CreateDeal(funnel="sales", fields=PERSONAL)),
    "set": (StreamKind.DEAL, asked.SetFields(values=PERSONAL)),
    "move": (StreamKind.DEAL, asked.MoveDeal(to="offer", set=PERSONAL)),
    "move over a gate": (StreamKind.DEAL, asked.MoveDeal(to="offer", override=SECRET)),
    "log": (StreamKind.DEAL, asked.LogInteraction(values={"kind": "call", "note": SECRET})),
    "put a row": (StreamKind.DEAL, asked.PutRow(collection="guests", values={"who": SECRET})),
    "import a row": (StreamKind.DEAL, asked.ImportRow(collection="guests", values={"who": SECRET})),
    "process a note": (StreamKind.DEAL, asked.ProcessNote(note="1.1", values=PERSONAL)),
    "tick": (StreamKind.DEAL, asked.TickItem(item="met", evidence=SECRET)),
    "create a contact": (StreamKind.CONTACT, asked.CreateParty(fields={"name": SECRET})),
    "set a contact": (StreamKind.CONTACT, asked.SetParty(values={"name": SECRET})),
    "carry over to a contact": (StreamKind.CONTACT, asked.CarryOver(values={"name": SECRET})),
    "carry over a row": (StreamKind.CONTACT, asked.CarryRowOver(collection="kin", values={"who": SECRET})),
    "import a past": (
        StreamKind.DEAL,
        asked.ImportHistory(
            import_id="list-1", rows=(HistoryRow(key="1", at=1, set=PERSONAL, interaction={"note": SECRET}),)
        ),
    ),
}


def test_every_command_that_may_bring_a_personal_value_is_tried() -> None:
    every = {kind for kind in vars(asked).values() if isinstance(kind, type) and issubclass(kind, Command)}
    # Facts that have changed were in the vault before: an entry queues them, nobody gives them.
    brings = {kind for kind in every - {Command, asked.FactsChanged} if _brings(kind)}
    assert brings == {type(command) for _, command in COMMANDS.values()}


def _brings(kind: type) -> bool:
    """Tell whether a command, or a row in it, may hold a value that somebody gave."""
    hints = "".join(str(hint) for hint in typing.get_type_hints(kind).values())
    parts = [part for part in (asked.HistoryRow, asked.CreateDeal) if part.__name__ in hints and part is not kind]
    return "Sealed" in hints or any(_brings(part) for part in parts)


def _kept(workspace: TestWorkspace) -> list[str]:
    with closing(sqlite3.connect(workspace.root / ".voronka" / "voronka.db")) as database:
        found = database.execute("SELECT value FROM vault WHERE ref <> 'key'")
        return [value for (value,) in found if SECRET in value]


def _stream(sales: TestWorkspace, kind: StreamKind, command: Command, *, known: bool) -> Stream:
    new = isinstance(command, (asked.CreateDeal, asked.CreateParty))
    if known is new:
        return Stream(kind, sales.client.engine.new_id())
    query = "deal.show" if kind is StreamKind.DEAL else "contact.show"
    name = "deal" if kind is StreamKind.DEAL else "contact"
    return Stream(kind, bytes.fromhex(sales.query(query, **{name: 1 if name == "deal" else "Zoe"})["id"]))


def _fields(command: Command) -> str | None:
    return next((part for part in ("fields", "values", "set") if getattr(command, part, None)), None)


REFUSALS = ("of another state", "of a record that is not fit", "with no such field", "at the end of a chain")


@pytest.mark.parametrize(
    ("name", "refusal"),
    [(name, why) for name in COMMANDS for why in REFUSALS if why != REFUSALS[2] or _fields(COMMANDS[name][1])],
)
def test_a_refused_command_leaves_nothing_in_the_vault(sales: TestWorkspace, name: str, refusal: str) -> None:
    kind, command = COMMANDS[name]
    known = refusal != "of a record that is not fit"
    envelope = Envelope(command=command, stream=_stream(sales, kind, command, known=known), actor="local", source="t")
    if refusal == "of another state":
        envelope = dataclasses.replace(envelope, expected_seq=99)
    elif refusal == "with no such field":
        part = _fields(command) or ""
        wrong = {**getattr(command, part), "nothing": "1"}
        envelope = dataclasses.replace(envelope, command=dataclasses.replace(command, **{part: wrong}))
    elif refusal == "at the end of a chain":
        envelope = dataclasses.replace(envelope, chain=asked.Chain(origin="t", step=99, links=("x",)))
    answer = sales.client.engine.execute(envelope)
    assert answer.refusal is not None
    assert _kept(sales) == []
    assert sales.verify().sound


def test_a_move_that_a_gate_stops_leaves_no_value_but_its_refusal(sales: TestWorkspace) -> None:
    answer = sales.execute("deal.move", deal=1, to="offer", fields=PERSONAL, override=SECRET)
    assert answer["events"] == ["transition.refused"]
    assert _kept(sales) == []


def test_a_refused_command_keeps_nothing_of_those_beside_it_back(sales: TestWorkspace) -> None:
    deal = _stream(sales, StreamKind.DEAL, asked.SetFields(values=PERSONAL), known=True)
    good = Envelope(command=asked.SetFields(values=PERSONAL), stream=deal, actor="local", source="t")
    sales.client.engine.execute_many([dataclasses.replace(good, expected_seq=99), good])
    assert _kept(sales) == [SECRET]
    assert sales.verify().sound


@pytest.mark.parametrize("mapping", ["list", "live"])
def test_rows_of_an_import_that_are_refused_leave_nothing(tmp_path: Path, mapping: str) -> None:
    with open_importing(tmp_path / "sales") as workspace:
        first = [deal_row(1, stage="N", since="", passport="4500", person="Zoe")]
        workspace.work("import", mapping=mapping, file=str(write_table(tmp_path / "a.csv", first)))
        again = [deal_row(2, stage="nowhere", since="", passport=SECRET, person=SECRET)]
        workspace.work("import", mapping=mapping, file=str(write_table(tmp_path / "b.csv", again)))
        assert _kept(workspace) == []
        assert workspace.verify().sound


def test_a_dry_run_leaves_nothing(tmp_path: Path) -> None:
    with open_importing(tmp_path / "sales") as workspace:
        file = write_table(tmp_path / "a.csv", [deal_row(1, stage="N", since="", passport=SECRET, person=SECRET)])
        workspace.work("import", mapping="list", file=str(file), dry_run=True)
        assert _kept(workspace) == []
