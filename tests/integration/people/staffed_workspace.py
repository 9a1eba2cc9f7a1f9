"""A workspace with a role for each reach, people on three teams, and fields that not everybody sees or sets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from voronka.testing import TestWorkspace, write_files

START = "2026-03-02 09:00"

FILES: Mapping[str, str] = {
    "voronka.yaml": "workspace: acme\nlocale: en\ntimezone: Europe/Moscow\ncurrency: RUB\n",
    "configs/people/people.yaml": """\
roles:
  seller: {label: Seller, sees: own}
  leader: {label: Leader, sees: team}
  director: {label: Director}
  auditor: {label: Auditor, changes: none}
  colleague: {label: Colleague, sees: all, changes: own}
teams:
  north: {label: North}
  south: {label: South, lead: tom}
people:
  sam: {name: Sam, role: seller, team: north, reports_to: lea, deputy: sid}
  sid: {name: Sid, role: seller, team: north, reports_to: lea}
  sol: {name: Sol, role: seller, team: south, reports_to: lou, deputy: sid}
  lea: {name: Lea, role: leader, team: north, reports_to: dan, deputy: tom}
  lou: {name: Lou, role: leader, reports_to: dan}
  tom: {name: Tom, role: leader, deputy: lou}
  dan: {name: Dan, role: director}
  ada: {name: Ada, role: auditor}
  cal: {name: Cal, role: colleague}
""",
    "configs/fields/base.yaml": """\
set: base
fields:
  amount: {type: money, label: Amount}
  margin: {type: money, label: Margin, visible_to: [owner, leader]}
  limit: {type: money, label: Limit, set_by: [leader]}
  turnover: {of: accounts, type: money, label: Turnover, visible_to: [leader]}
  birthday: {of: contacts, type: date, label: Birthday, visible_to: [owner]}
""",
    "configs/templates/note.en.md": "---\nsubject: Note\n---\nMargin {{ margin }}, turnover {{ account.turnover }}.\n",
    "configs/funnels/sales.yaml": """\
funnel: sales
label: Sales
owner: director
fields: [base]
stages:
  new:
    why: analytics
    enter: {do: [{task: {title: Call, due: 1 day}}]}
    leave: {checklist: {seen: {label: Seen}}}
    timed: {remind: {after: 2 days, do: [{notify: {to: owner, template: note}}]}}
  offer: {why: analytics, enter: {when: "coalesce(margin, 0) >= 0"}}
transitions:
  free: {from: new, to: lost, by: [leader]}
""",
}


def open_staffed(root: Path, files: Mapping[str, str] = FILES) -> TestWorkspace:
    """Write the files and open the workspace."""
    write_files(root, files)
    return TestWorkspace(root, start=START, zone="Europe/Moscow")
