"""A small sales workspace that the tests of the runtime share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from voronka.storage import Attempt, Delivery, UnitOfWork
from voronka.testing import TestWorkspace, write_files

DATABASE: str | None = None
"""The address of the database that workspaces are kept in; None: each in a file of its own."""

START = "2026-03-02 09:00"
ZONE = "Europe/Moscow"

FILES: Mapping[str, str] = {
    "voronka.yaml": """\
workspace: acme
title: Acme
locale: en
timezone: Europe/Moscow
currency: RUB
calendar: office
channels: {email: {via: file}}
""",
    "configs/calendars/office.yaml": 'calendar: office\ncountry: RU\nhours: {mon-fri: "09:00-18:00"}\n',
    "configs/people/people.yaml": """\
roles: {manager: {label: Manager}, head: {label: Head}}
people: {anna: {name: Anna, role: manager, reports_to: petr}, petr: {name: Petr, role: head}}
""",
    "configs/fields/base.yaml": """\
set: base
fields:
  amount: {type: money, label: Amount}
  passport: {type: text, pii: true}
  loss_reason: {type: choice, options: {price: Price, no_answer: No answer}}
  turnover: {of: accounts, type: money}
""",
    "configs/templates/hello.en.md": """\
---
subject: Offer {{ deal.number }}
---
Dear {{ contact.name }}, {{ timed.offset }} have passed. The offer is {{ amount }}.
""",
    "configs/funnels/sales.yaml": """\
funnel: sales
fields: [base]
stages:
  new:
    leave: {require: [amount]}
    timed:
      materials: {after: 2 days, do: [{send: {channel: email, to: contact, template: hello}}]}
      call: {after: 1 day, do: [{task: {title: Call, due: 1 day}}]}
  offer: {}
transitions:
  key: {from: offer, to: won, auto: true, when: account.turnover > 1000000}
""",
}


ENDLESS = """\
funnel: sales
fields: [base]
stages:
  new: {}
  offer: {enter: {do: [{open_deal: {funnel: sales}}]}}
transitions:
  go_on: {from: new, to: offer, auto: true, when: amount is missing}
"""
"""A funnel whose deals open one another until the limit of a chain refuses the next: no check sees that."""


def with_changes(**texts: str) -> dict[str, str]:
    """Return the files with some replaced: ``funnel=…`` for the funnel, ``root=…`` for voronka.yaml."""
    names = {
        "funnel": "configs/funnels/sales.yaml",
        "root": "voronka.yaml",
        "fields": "configs/fields/base.yaml",
        "people": "configs/people/people.yaml",
    }
    return {**FILES, **{names[name]: text for name, text in texts.items()}}


def open_sales(root: Path, files: Mapping[str, str] = FILES, *, start: str = START) -> TestWorkspace:
    """Write the files and open the workspace at `start`, Moscow time."""
    write_files(root, files)
    return TestWorkspace(root, start=start, zone=ZONE, database=DATABASE)


def leave_unknown(sales: TestWorkspace) -> None:
    """Let attempts of what may leave end so that nobody knows whether it left."""

    def end(work: UnitOfWork) -> None:
        now = sales.clock.now()
        leased = work.lease_effects(now=now, limit=9, until=now + 1, shares={"email": 9}, unordered=frozenset())
        ends = [Attempt(key=each.key, token=each.token, result=Delivery.UNKNOWN) for each in leased]
        work.settle_effects(ends, now=now)

    sales.client.engine.write(end)
