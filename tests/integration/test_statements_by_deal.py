"""Every statement of the hot path names the deal whose rows it touches, so that deals may lie on several servers.

What does not is on a list, each with the reason why it need not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.integration.sales_workspace import FILES, open_sales
from voronka.frozen import frozen
from voronka.storage.tables import metadata
from voronka.testing import TestWorkspace

KEYS: Mapping[str, str] = {
    **dict.fromkeys(
        ("firings", "hint_uses", "imported", "interactions", "keys", "orders", "outbox", "tasks", "timers", "visits"),
        "deal",
    ),
    "deals": "id",
    "accounts": "id",
    "contacts": "id",
    "history": "stream",
    "records": "owner",
    "vault": "subject",
    "mart_dirty": "stream",
    "inbox": "origin",
}
"""Where the tables of a record keep its id. An account or a contact has a place of its own, as a deal has."""

OF_THE_WORKSPACE: Mapping[str, str] = {
    "absences": "few rows, written by hand: each server has them all",
    "assignments": "whose turn it is: one row a pool, read only where a person is chosen by turns",
    "audit": "numbered by itself; refusals alone",
    "counters": "numbers and moments: of each server; numbers of deals come from one of them",
    "marks": "whose database it is, and how far a source has been read",
    "imports": "how far an import has come: one row each",
    "releases": "the configuration: each server has it",
    "reviews": "what an analysis told on its day: a row each time",
    "schedules": "how far a rule with a schedule has come on this server",
    "throttles": "what a receiver bears: a server's share of it",
    "users": "people whom an import has met: each server has them all",
}


@frozen
class Nameless:
    """Statements that name no deal, told by what stands in their text, and why they need not."""

    text: str
    reason: str


NAMELESS = (
    Nameless(
        text=r"^SELECT timers\.deal FROM timers WHERE timers\.state = 'waiting' AND timers\.due_at <=",
        reason="which deals have something due: a worker asks the server that it works for",
    ),
    Nameless(
        text=r"FROM outbox WHERE outbox\.channel = .* ORDER BY outbox\.next_at",
        reason="which effects may leave: likewise; what is written of them names their deals",
    ),
    Nameless(
        text=r"^WITH RECURSIVE lane\(channel\) AS",
        reason="in which channels something waits, and when the next work is due: likewise",
    ),
    Nameless(
        text=r"FROM inbox WHERE inbox\.status = 'pending'",
        reason="which commands for other records wait, and behind which a new one comes: likewise",
    ),
    Nameless(
        text=r"^(SELECT|UPDATE) .*inbox.* WHERE inbox\.source = \S+ AND inbox\.key (=|IN)",
        reason="a key is known before its deal; a request goes to the server of its deal, where its key lies",
    ),
    Nameless(
        text=r"FROM deals WHERE deals\.number IN",
        reason="people say numbers: asked once, at the edge; a request that gives the id spares it",
    ),
    Nameless(
        text=r"FROM (accounts|vault) WHERE (accounts\.name_key|vault\.folded) IN",
        reason="people say names: likewise",
    ),
    Nameless(
        text=r"^SELECT deals\.id FROM deals WHERE deals\.(account|contact) =",
        reason="which deals a changed account or contact concerns: each server is asked for its own",
    ),
    Nameless(
        text=r"^SELECT deals\.owner, count\(\*\)",
        reason="who has how many deals, read only where a person is chosen by load: added up over the servers",
    ),
)

UNTABLED = re.compile(r"^(BEGIN|SAVEPOINT|RELEASE SAVEPOINT|NOTIFY)\b|pg_(try_)?advisory_")
"""What concerns no table: transactions, notices, locks under names that hold for one server."""

_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|,) ([a-z_]+)(?: AS ([a-z_]+))?")


def plain(statement: str) -> str:
    """Return a statement in one line, without the quotes of its names."""
    return re.sub(r'"([a-z_]+)"', r"\1", " ".join(statement.split()))


def nameless_tables(statement: str) -> set[str]:
    """Return the tables of records that a plain statement touches without saying of which records."""
    into = re.match(r"INSERT INTO ([a-z_]+) \(([^)]*)\)", statement)
    if into:
        table, columns = into.groups()
        return {table} if table in KEYS and KEYS[table] not in columns.split(", ") else set()
    found = set()
    for table, alias in _TABLE.findall(statement):
        if table not in KEYS:
            continue
        key = re.escape(f"{alias or table}.{KEYS[table]}")
        if not re.search(rf"(?<![\w.]){key} (=|IN) |\((?:[^()]*, )?{key}(?:, [^()]*)?\) IN ", statement):
            found.add(table)
    return found


def is_carried(statement: str) -> bool:
    """Return whether a plain statement names the records that it is about, or is about none."""
    if UNTABLED.search(statement):
        return True
    tables = {table for table, _ in _TABLE.findall(statement)} & {*metadata.tables}
    if not tables:
        return False
    return not nameless_tables(statement)


@pytest.mark.parametrize(
    ("statement", "carried"),
    [
        ("UPDATE timers SET state=? WHERE timers.deal = ? AND timers.visit = ?", True),
        ("UPDATE timers SET state=? WHERE timers.event = ?", False),
        ("UPDATE timers SET deal=? WHERE timers.event = ?", False),
        ("UPDATE timers SET state = rows.g0 FROM unnest(%b::UUID[]) AS rows(k0) WHERE timers.deal = rows.k0", True),
        ('SELECT timers."row" FROM timers WHERE timers."deal" IN (?, ?)', True),
        ("SELECT timers.deal FROM timers WHERE timers.due_at <= ?", False),
        ("SELECT outbox.n FROM outbox WHERE (outbox.deal, outbox.seq, outbox.n) IN (VALUES (?, ?, ?))", True),
        ("SELECT outbox.n FROM outbox WHERE (outbox.seq, outbox.n) IN (VALUES (?, ?))", False),
        ("SELECT outbox.n FROM outbox WHERE (SELECT 1 FROM outbox AS e WHERE e.deal = outbox.deal)", False),
        ("SELECT tasks.n FROM tasks JOIN deals ON deals.id = tasks.deal WHERE tasks.deal = ?", True),
        ("SELECT tasks.n FROM tasks JOIN deals ON deals.number = tasks.n WHERE tasks.deal = ?", False),
        ("INSERT INTO tasks (deal, seq, n) VALUES (?, ?, ?)", True),
        ("INSERT INTO tasks (seq, n) VALUES (?, ?)", False),
        ("DELETE FROM records WHERE records.owner = ?", True),
        ("DELETE FROM records WHERE records.key = ?", False),
        ("SELECT counters.value FROM counters WHERE counters.name = ?", True),
        ("SELECT other.value FROM other", False),
        ("SELECT pg_advisory_xact_lock(hashtext('voronka'), 6)", True),
    ],
)
def test_a_statement_that_names_no_deal_is_told_from_one_that_does(statement: str, carried: bool) -> None:
    assert is_carried(plain(statement)) is carried


def test_every_table_is_of_a_record_or_of_the_workspace() -> None:
    assert {*KEYS, *OF_THE_WORKSPACE} == {*metadata.tables}
    for table, key in KEYS.items():
        assert key in metadata.tables[table].columns


FUNNEL = """\
funnel: sales
fields: [base, goods]
stages:
  new:
    leave: {require: [amount], checklist: {called: {label: Called}}}
    timed:
      materials: {after: 2 days, do: [{send: {channel: email, to: contact, template: hello}}]}
      call: {after: 1 day, do: [{task: {title: Call, due: 1 day}}]}
      check: {after: 3 days, when: count(goods) > 0, do: [{task: {title: Check}}]}
  offer: {enter: {do: [{open_deal: {funnel: sales}}]}}
transitions:
  key: {from: offer, to: won, auto: true, when: account.turnover > 1000000}
"""
GOODS = """\
set: goods
collections:
  goods:
    of: deals
    key: name
    fields:
      name: {type: text}
      price: {type: money}
"""
RULES = """\
rules:
  large: {trigger: {field: amount}, where: amount > 5, do: [{assign: {role: manager, by: least_loaded}}]}
  talks: {trigger: {event: interaction.logged}, where: not replied, do: [{assign: {role: manager, by: round_robin}}]}
"""
HELD: Mapping[str, str] = {
    **FILES,
    "configs/funnels/sales.yaml": FUNNEL,
    "configs/fields/goods.yaml": GOODS,
    "configs/rules/rules.yaml": RULES,
}


@contextmanager
def heard(sales: TestWorkspace, statements: set[str]) -> Iterator[None]:
    """Add the plain statements that the engine sends within the block."""

    def hear(*said: object) -> None:
        statements.add(plain(str(said[2])))

    database = sales.client.engine.database
    engines = (database._writer, database._readers)
    for each in engines:
        event.listen(each, "before_cursor_execute", hear)
    try:
        yield
    finally:
        for each in engines:
            event.remove(each, "before_cursor_execute", hear)


def commands(sales: TestWorkspace) -> None:
    """Give a command of each kind, and carry out what follows for other records."""
    sales.execute("account.create", fields={"name": "Acme"})
    sales.execute("contact.create", fields={"name": "Ivan", "email": "ivan@example.org"})
    given = {"contact": "Ivan", "account": "Acme", "passport": "4509"}
    deal = sales.execute("deal.create", funnel="sales", fields=given)["id"]
    sales.execute("deal.set", deal=1, fields={"amount": "10"}, idempotency_key="x")
    sales.execute("deal.set", deal=deal, fields={"amount": "10"}, idempotency_key="x")
    sales.execute("interaction.log", deal=deal, fields={"channel": "email", "direction": "out"})
    sales.execute("row.put", deal=deal, collection="goods", fields={"name": "paper", "price": "2"})
    sales.execute("row.put", deal=deal, collection="goods", fields={"name": "glue", "price": "3"})
    sales.execute("row.remove", deal=deal, collection="goods", key="glue")
    sales.execute("checklist.tick", deal=deal, item="called")
    sales.execute("account.set", account="Acme", fields={"turnover": "5"})
    sales.execute("deal.create", funnel="sales", fields={"amount": "7"})
    sales.execute("deal.move", deal=2, to="offer")
    sales.client.engine.run_queued()


def timers(sales: TestWorkspace) -> None:
    """Fire the timers of some deals."""
    sales.clock.advance(6 * 24 * 3_600_000_000)
    while sales.client.engine.fire_due():
        pass


def outbox(sales: TestWorkspace) -> None:
    """Deliver what the timers asked for: messages that leave, and some that nobody can be sent."""
    while sales.client.engine.deliver():
        pass
    assert sales.messages()
    sales.client.engine.next_due()


@pytest.mark.parametrize("_kept_in", ["sqlite", "postgresql"], indirect=True)
def test_every_statement_of_the_hot_path_names_its_deal(tmp_path: Path) -> None:
    statements: set[str] = set()
    with open_sales(tmp_path, HELD) as sales:
        for life in (commands, timers, outbox):
            with heard(sales, statements):
                life(sales)
        task = sales.query("tasks")[0]
        with heard(sales, statements):
            sales.execute("task.complete", deal=task["deal"], task=task["task"])
        assert sales.verify().damages == ()
    nameless = {each for each in statements if not is_carried(each)}
    allowed = {each.text: {said for said in nameless if re.search(each.text, said)} for each in NAMELESS}
    assert nameless - set().union(*allowed.values()) == set()
    assert [text for text, met in allowed.items() if not met] == []  # an exception that nothing needs is none
