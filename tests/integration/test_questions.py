"""How often the engine asks the database: not at all for what it knows, and little for a rule that finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from tests.integration.sales_workspace import FILES, open_sales
from voronka.runtime.scheduled_rules import selections

RULES = """\
rules:
  silent: {trigger: {schedule: {days: working, at: "09:00"}}, where: amount > 5 and days_since(last_interaction_at) > 3,
    do: [{task: {title: Call}}]}
  weekly: {trigger: {schedule: {days: mon, at: "10:00"}}, where: amount > 7, do: [{task: {title: Write}}]}
"""
WITH_RULES = {**FILES, "configs/rules/rules.yaml": RULES}


@contextmanager
def statements() -> Iterator[list[str]]:
    """Give the list of the statements that are executed within the block, those that begin and end parts left out."""
    found: list[str] = []

    def note(*told: Any) -> None:
        if told[2].partition(" ")[0] not in ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK"):
            found.append(told[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_as_long_as_nothing_is_written_what_waits_is_asked_once(tmp_path: Path) -> None:
    with open_sales(tmp_path, WITH_RULES) as sales:
        engine = sales.client.engine
        engine.settle()
        first = engine.next_due()
        with statements() as asked:
            done = engine.settle() + engine.fire_due() + engine.run_rules() + engine.run_queued() + engine.deliver()
            assert (done, engine.next_due(), engine.next_timer(), engine.next_message()) == (0, first, first, None)
        assert asked == []
        engine.submit({"command": "deal.create", "funnel": "sales", "fields": {"amount": "6"}})
        with statements() as asked:
            assert engine.next_due() is not None
            engine.settle()
        assert len(asked) == 1


def test_what_another_hand_has_written_is_seen(tmp_path: Path) -> None:
    with open_sales(tmp_path, WITH_RULES) as sales:
        engine = sales.client.engine
        before = engine.next_due()
        assert before is not None
        with engine.database.write() as work:
            work.put_schedule(work.schedules()["weekly"]._replace(due_at=before - 1))
        assert engine.next_due() == before - 1


def test_a_round_of_a_rule_that_finds_nothing_takes_three_statements(tmp_path: Path) -> None:
    with open_sales(tmp_path, WITH_RULES) as sales:
        engine = sales.client.engine
        sales.advance("1 week")
        due = engine.next_due()
        assert due is not None
        sales.clock.move_to(due)
        with statements() as asked:
            assert engine.run_rules() == 1
        assert [statement.split()[0] for statement in asked] == ["SELECT", "SELECT", "UPDATE"]


def test_a_condition_is_compiled_once_a_release_whatever_the_moment(tmp_path: Path) -> None:
    with open_sales(tmp_path, WITH_RULES) as sales:
        engine = sales.client.engine
        statements = {}
        for _ in range(3):
            sales.advance("1 day")
            with engine.read() as reader:
                for selection in selections(engine.workspace):
                    query, values = selection.statement(reader.connection, engine.clock.now(), {})
                    statements.setdefault(selection.acted, set()).add((id(query), *values.values()))
    assert [len({query for query, *_ in found}) for found in statements.values()] == [1, 1]
    assert len(statements["silent"]) == 3  # the day is another each time
