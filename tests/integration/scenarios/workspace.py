"""A small workspace with a gate, timers, a hand-off and a personal field, and scenarios to run on it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from voronka.config import read_workspace
from voronka.testing import ScenarioRunner

FILES = {
    "voronka.yaml": """\
workspace: acme
locale: en
timezone: Europe/Moscow
currency: RUB
calendar: office
channels: {email: {via: file}}
""",
    "configs/calendars/office.yaml": 'calendar: office\ncountry: RU\nhours: {mon-fri: "09:00-18:00"}\n',
    "configs/people/people.yaml": """\
roles: {manager: {label: Manager}, head: {label: {en: Head of sales, ru: Руководитель}}}
people: {anna: {name: Anna, role: manager, reports_to: petr}, petr: {name: Petr, role: head}}
""",
    "configs/fields/base.yaml": """\
set: base
fields:
  amount: {type: money, label: {en: Amount, ru: Сумма}}
  half: {type: money, formula: amount / 2}
  discount: {type: percent}
  passport: {type: text, pii: true}
  decision_maker: {type: contact}
  loss_reason: {type: choice, options: [price, no_answer]}
  turnover: {of: accounts, type: money}
collections:
  costs: {key: what, fields: {what: {type: text}, sum: {type: money}, confirmed: {type: bool}}}
  rivals: {of: accounts, key: name, fields: {name: {type: text}}}
""",
    "configs/templates/materials.en.md": "---\nsubject: More\n---\nDear {{ contact.name }}, {{ amount }}.\n",
    "configs/templates/silent.en.md": "---\nsubject: Silence\n---\n{{ deal.number }}\n",
    "configs/funnels/sales.yaml": """\
funnel: sales
fields: [base]
stages:
  talk: {why: sales_model, leave: {checklist: {asked: {label: Asked about money, evidence: link}}}}
  offer:
    why: sales_model
    enter:
      require: [amount]
      when: coalesce(discount, 0%) <= 10%
      message: {en: A discount above 10% needs the head, ru: Скидку больше 10 % согласует руководитель}
      override: {by: [head]}
      do: [{task: {title: {en: Approve, ru: Согласовать}, due: 1 working day}}]
    timed:
      materials:
        after: 2 days
        at: "10:00"
        when: not replied
        do: [{send: {channel: email, to: contact, template: materials}}]
      warn: {after: [1 working day, 2 working days], do: [{notify: {to: owner.reports_to, template: silent}}]}
  deal: {why: sales_model}
  won: {from: "*", enter: {do: [{open_deal: {funnel: service, copy: [account]}}]}}
transitions:
  big: {from: deal, to: won, auto: true, when: account.turnover > 1000000, require: [decision_maker]}
  reopen: {from: lost, to: talk, by: [head]}
""",
    "configs/imports/calls.yaml": """\
import: calls
rows: {format: csv.gz, delimiter: ";"}
mode: live
into: {funnel: sales}
case: number
at: time
events:
  - {when: what == "call", interaction: {kind: call, direction: in}}
  - {when: what == "offer", stage: offer, set: {amount: {column: sum}}}
""",
    "configs/funnels/service.yaml": "funnel: service\nfields: [base]\nstages: {start: {why: analytics}}\n",
}


def files(**scenarios: str) -> dict[str, bytes]:
    """Return the files of the workspace with scenarios of these names."""
    named = {f"configs/scenarios/{name}.yaml": text for name, text in scenarios.items()}
    return {path: text.encode() for path, text in {**FILES, **named}.items()}


def run(text: str, name: str = "it", more: Mapping[str, str] = MappingProxyType({})):
    """Run the scenarios of one file, over `more` files of the workspace; return what came of them by id."""
    added = {path: content.encode() for path, content in more.items()}
    reading = read_workspace({**files(**{name: text}), **added}, scenarios=True)
    assert reading.findings == ()
    with ScenarioRunner(reading) as runner:
        return {outcome.scenario.id: outcome for outcome in runner.run_all(reading.scenarios)}


def fault(text: str, more: Mapping[str, str] = MappingProxyType({})):
    """Return the fault of the one scenario of a file, over `more` files of the workspace."""
    (outcome,) = run(text, more=more).values()
    return outcome.fault
