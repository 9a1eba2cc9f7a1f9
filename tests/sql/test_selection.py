"""Deals as the engine stores them: the database selects those for which the condition is true in Python."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest
from sqlalchemy import Connection, Engine, create_engine, delete, insert, select, update

from tests.integration.sales_workspace import FILES, open_sales
from voronka.calendars import DAY
from voronka.expressions import Env
from voronka.process.state import StreamKind
from voronka.runtime.evaluation import DealEvaluation
from voronka.sql.bindings import Bindings
from voronka.sql.compiler import compile_sql
from voronka.sql.postgresql import PostgresqlBackend
from voronka.storage import DealFilter, Selection, selection_indexes
from voronka.storage import tables as stored
from voronka.storage.deal_columns import DealColumns
from voronka.storage.deals import by_score
from voronka.storage.dialects import index_names
from voronka.storage.selection import selected
from voronka.testing import TestWorkspace

FIELDS = """\
set: base
fields:
  amount: {type: money, label: Amount}
  passport: {type: text, pii: true}
  loss_reason: {type: choice, options: {price: Price, no_answer: No answer}}
  turnover: {of: accounts, type: money}
  urgent: {type: bool}
  share: {type: percent}
  weight: {type: number}
  sites: {type: integer}
  comment: {type: text}
  tender: {type: date}
  promised: {type: datetime}
  topics: {type: choices, options: {price: Price, service: Service}}
  fee: {type: money, formula: amount * 10%}
"""
WHERE = [
    "amount >= 1000",
    "amount > 1000.50 and not coalesce(urgent, false)",
    "fee * 3 > sites + 2",
    "share in [10%, 12.5%]",
    "weight * 2 > 1",
    "loss_reason is missing and passport is not missing",
    "contact.phone is not missing",
    '"service" in topics',
    'contains(lower(comment), "срочно")',
    "tender - days(3) <= today",
    "tender + months(1) > today",
    "promised + hours(5) < now",
    "promised < now - working_days(2)",
    'promised <= "2026-03-01"',
    "days_since(last_interaction_at) >= 2",
    "workdays_since(created_at) >= 1",
    "days_in_stage > 1",
    "days_in_stage == 3",
    "next_step_at < now",
    'visits("offer") == 1',
    'visits("new") > 1',
    'stage == "offer" and open',
    'owner == "anna" and owner.role == "manager"',
    "owner.absent",
    'owner.reports_to == "petr"',
    "owner is missing",
    "account.turnover > 1000",
    'account.region == "north"',
    "account is missing",
    "number > 2 and not replied",
    'funnel == "sales" and not won and variant is missing',
    'count(interactions, kind == "call" and direction == "in") > 0',
    "last(interactions, at) < now - days(1)",
    'any(visits, stage == "offer" and left_at is missing)',
    "count(tasks, done) == 0 and count(tasks) > 0",
    "min(tasks, due, not done) < now + days(2)",
    "sum(lines, price) > 100",
    'first(lines, item) == "gate"',
    'last(lines, item) == "bolt"',
    "sum(orders, amount) == 0",
    "last_interaction_with(contact) >= now - days(9)",
    "last_interaction_with(contact) is missing",
    "count(participants, last_interaction_with(contact) >= now - days(9)) == 1",
    'all(participants, days_since(last_interaction_with(contact)) <= 9, role == "boss")',
    "any(interactions, at < last_interaction_with(contact))",
]


def files() -> Mapping[str, str]:
    schedule = 'schedule: {days: working, at: "09:00"}'
    score = (
        "scorecards:\n  fit:\n    factors:\n"
        "      sites: {field: sites, weight: 1, scale: {0: '< 2', 1: '>= 2'}}\n"
        "      amount: {field: amount, weight: 2, scale: {0: '< 1000', 1: '>= 1000'}}\n"
        "    bands: {hot: 50, cold: 0}\n"
    )
    rules = "".join(
        f"  rule_{n}: {{trigger: {{{schedule}}}, mode: shadow, closed: true, do: [{{task: {{title: Call}}}}],\n"
        f"    where: '{where}'}}\n"
        for n, where in enumerate(WHERE)
    )
    return {**FILES, "configs/fields/base.yaml": FIELDS, "configs/rules/rules.yaml": f"{score}rules:\n{rules}"}


OWNERS = {
    "owner.role": {"anna": "manager", "petr": "head"},
    "owner.absent": {"anna": False, "petr": False},
    "owner.reports_to": {"anna": "petr"},
}
HIDDEN = json.dumps(dict.fromkeys(("amount", "weight", "sites", "tender", "promised", "urgent", "share"), "as agreed"))
DEALS = [
    {},
    {"amount": "1000.00", "urgent": "true", "share": "10%", "weight": "0.75", "sites": "3", "comment": "Очень СРОЧНО"},
    {"amount": "1500.50", "urgent": "false", "share": "12.5%", "weight": "-1.5", "tender": "2026-03-08"},
    {"amount": "0.01", "promised": "2026-03-01 23:59", "topics": "price, service", "loss_reason": "price"},
    {"promised": "2026-03-05 10:00", "topics": "price", "tender": "2026-01-31", "sites": "9223372036854775807"},
    {"amount": "92233720368547758.07", "sites": "-2", "comment": "", "passport": "4500 123456"},
]


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    with open_sales(tmp_path_factory.mktemp("sales"), files(), start="2026-02-27 09:30") as sales:
        account = sales.execute("account.create", fields={"name": "Acme", "turnover": "5000", "region": "north"})
        contact = sales.execute("contact.create", fields={"name": "Ivan", "phone": "+79160000001"})
        for n, values in enumerate(DEALS):
            links = {"account": account["id"], "contact": contact["id"], "owner": "anna"} if n % 2 else {}
            sales.execute("deal.create", funnel="sales", fields={**values, **links})
            sales.advance("1 day")
        sales.execute("interaction.log", deal=2, fields={"kind": "call", "direction": "in"})
        boss = sales.execute("contact.create", fields={"name": "Vera"})["id"]
        for deal in (2, 3, 5):
            sales.execute("row.put", deal=deal, collection="participants", fields={"contact": boss, "role": "boss"})
            sales.execute("row.put", deal=deal, collection="participants", fields={"contact": contact["id"]})
        for deal, said in ((3, {"direction": "out"}), (5, {"outcome": "connected"}), (5, {"direction": "in"})):
            sales.execute("interaction.log", deal=deal, fields={"contact": boss, **said})
            sales.advance("1 hour")
        sales.execute("row.put", deal=3, collection="lines", fields={"item": "gate", "price": "250"})
        sales.execute("row.put", deal=3, collection="lines", fields={"item": "bolt", "price": "1"})
        sales.execute("deal.move", deal=3, to="offer")
        sales.advance("2 days")
        sales.execute("deal.move", deal=3, to="new")
        sales.execute("deal.move", deal=4, to="lost")
        sales.execute("deal.move", deal=6, to="offer")
        yield sales


@pytest.fixture(scope="module")
def databases(sales: TestWorkspace, engines: dict[str, Engine]) -> dict[str, Engine]:
    """Give the database of the workspace, and a copy of it on PostgreSQL where there is one."""
    found = {"sqlite": sales.client.engine.database._readers}
    if "postgresql" in engines:
        copy = found["postgresql"] = create_engine(engines["postgresql"].url, json_deserializer=str)
        names = ("deals", "accounts", "contacts", "records", "interactions", "tasks", "orders", "visits", "firings")
        tables = [getattr(stored, name) for name in names]
        stored.metadata.create_all(copy, tables=tables)
        with found["sqlite"].connect() as source, copy.begin() as target:
            for table in reversed(tables):
                target.execute(delete(table))
            for table in tables:
                rows = [row._asdict() for row in source.execute(select(table))]
                if rows:
                    target.execute(insert(table), rows)
    return found


@pytest.mark.parametrize("number", range(len(WHERE)), ids=WHERE)
def test_the_database_selects_the_deals_for_which_the_condition_is_true(
    sales: TestWorkspace, databases: dict[str, Engine], number: int
) -> None:
    engine = sales.client.engine
    workspace = engine.workspace
    where = workspace.rules[f"rule_{number}"].where
    assert where is not None
    moments = [engine.clock.now() + days * DAY for days in (0, 1, -3, 9, 400)]
    expected = {}
    with engine.read() as reader:
        for now in moments:
            expected[now] = [
                deal.number
                for deal in reader.list_deals(DealFilter())
                if where.explain(DealEvaluation(reader, workspace, deal, now).leaves(where)).result is True
            ]
    selection = Selection(
        which=DealFilter(), where=where, acted="none", zone=workspace.timezone, calendar=workspace.calendar
    )
    for name, database in databases.items():
        with database.connect() as connection:
            for now in moments:
                found = [deal for deal, _ in selected(connection, selection, now, owners=OWNERS, limit=100, after=0)]
                assert found == expected[now], (name, now)


def made(connection: Connection) -> set[str]:
    return {name for name in index_names(connection, stored.deals) if name.startswith("ix_deals_where_")}


def test_postgresql_makes_the_indexes_for_conditions_uses_them_and_takes_them_away(
    sales: TestWorkspace, databases: dict[str, Engine]
) -> None:
    if "postgresql" not in databases:
        pytest.skip("no PostgreSQL server")
    workspace = sales.client.engine.workspace
    conditions = [rule.where for rule in workspace.rules.values() if rule.where is not None]
    with databases["sqlite"].connect() as connection:
        by_release = len(made(connection))
    env = Env(values={}, now=sales.client.engine.clock.now(), zone=workspace.timezone, calendar=workspace.calendar)
    backend = PostgresqlBackend()
    where = compile_sql(conditions[0].node, DealColumns(backend, {}), backend, env, Bindings())
    with databases["postgresql"].connect() as connection:
        selection_indexes.settle(connection, [(StreamKind.DEAL, each) for each in conditions])
        names = made(connection)
        selection_indexes.settle(connection, [(StreamKind.DEAL, each) for each in conditions])
        shown = stored.deals.c.hidden.is_(False)
        asked = select(stored.deals.c.number).where(where, shown).compile(dialect=connection.dialect)
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = connection.exec_driver_sql(f"EXPLAIN {asked}", dict(asked.params)).scalars().all()
        settled = made(connection)
        selection_indexes.settle(connection, [])
        left = made(connection)
        connection.rollback()
    assert names == settled
    assert len(names) == by_release > 10
    assert any("ix_deals_where_" in line for line in plan), plan
    assert left == set()


def test_what_hidden_deals_hold_need_not_be_of_the_types_of_the_release(
    sales: TestWorkspace, databases: dict[str, Engine]
) -> None:
    if "postgresql" not in databases:
        pytest.skip("no PostgreSQL server")  # SQLite reads any text as a number
    workspace = sales.client.engine.workspace
    conditions = [rule.where for rule in workspace.rules.values() if rule.where is not None]
    now, hidden = sales.client.engine.clock.now(), len(DEALS)
    with databases["postgresql"].connect() as connection:
        connection.execute(
            update(stored.deals).where(stored.deals.c.number == hidden).values(hidden=True, fields=HIDDEN)
        )
        selection_indexes.settle(connection, [])
        selection_indexes.settle(connection, [(StreamKind.DEAL, each) for each in conditions])
        for where in conditions:
            selection = Selection(which=DealFilter(), where=where, zone=workspace.timezone, calendar=workspace.calendar)
            found = selected(connection, selection, now, owners=OWNERS, limit=100, after=0)
            assert hidden not in {number for number, _ in found}
        connection.rollback()


def test_the_queue_goes_by_score_in_every_database(sales: TestWorkspace, databases: dict[str, Engine]) -> None:
    ranked = {}
    for name, database in databases.items():
        with database.connect() as connection:
            ids = by_score(connection, DealFilter(), "fit")
            ranked[name] = [bytes(id_) for id_ in ids]
    assert len(ranked["sqlite"]) == len(DEALS)
    assert len({tuple(each) for each in ranked.values()}) == 1
