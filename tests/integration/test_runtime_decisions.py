"""Decisions of one batch: each sees what those before it have done, though nothing is written yet."""

from __future__ import annotations

from pathlib import Path

from tests.integration.sales_workspace import open_sales, with_changes
from voronka.process.commands import Envelope, LogInteraction, MoveDeal, SetFields
from voronka.process.state import Stream, StreamKind


def test_timers_due_together_see_the_rows_that_earlier_ones_made(tmp_path: Path) -> None:
    funnel = """\
funnel: sales
fields: [base]
stages:
  new:
    timed:
      a: {after: 1 day, do: [{task: {title: A}}]}
      b: {after: 1 day, when: count(tasks) == 0, do: [{task: {title: B}}]}
  offer: {}
"""
    with open_sales(tmp_path, with_changes(funnel=funnel)) as sales:
        for _ in range(2):
            sales.execute("deal.create", funnel="sales")
        sales.advance("2 days")
        assert [task["title"] for task in sales.query("tasks")] == [{"": "A"}] * 2
        assert sales.verify().damages == ()


def test_commands_of_one_call_see_the_rows_that_earlier_ones_wrote(tmp_path: Path) -> None:
    funnel = """\
funnel: sales
fields: [base]
stages: {new: {}, offer: {enter: {when: count(interactions) >= 1}}}
"""
    with open_sales(tmp_path, with_changes(funnel=funnel)) as sales:
        stream = Stream(StreamKind.DEAL, bytes.fromhex(sales.execute("deal.create", funnel="sales")["id"]))
        envelopes = [
            Envelope(command=command, stream=stream, actor="anna", source="t")
            for command in (LogInteraction(values={"kind": "call"}), MoveDeal(to="offer"))
        ]
        _, moved = sales.client.engine.execute_many(envelopes)
        assert moved.refusal is None
        assert sales.query("deal.show", deal=1)["stage"]["name"] == "offer"


def test_every_command_of_a_call_may_ask_for_another_record(tmp_path: Path) -> None:
    funnel = """\
funnel: sales
fields: [base]
stages:
  new:
    timed:
      a: {after: 1 day, zone: contact, do: [{task: {title: A}}]}
  offer: {}
"""
    with open_sales(tmp_path, with_changes(funnel=funnel)) as sales:
        deal = Stream(StreamKind.DEAL, bytes.fromhex(sales.execute("deal.create", funnel="sales")["id"]))
        contacts = [sales.execute("contact.create", fields={"name": f"c{n}"})["id"] for n in range(20)]
        envelopes = [
            Envelope(command=SetFields(values={"contact": contact}), stream=deal, actor="anna", source="t")
            for contact in contacts
        ]
        answers = sales.client.engine.execute_many(envelopes)
        assert [answer.refusal for answer in answers] == [None] * len(contacts)
