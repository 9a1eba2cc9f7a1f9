"""A small workspace in which all that a mart tells of happens."""

from __future__ import annotations

from collections.abc import Iterator

from voronka.testing import TestWorkspace

__all__ = ["FILES", "live"]

FILES = {
    "voronka.yaml": "workspace: shop\nlocale: en\ntimezone: Europe/Moscow\ncurrency: RUB\n"
    "channels: {email: {via: file}}\n",
    "configs/people/team.yaml": (
        "roles: {seller: {label: Seller}}\n"
        "people: {anna: {name: Anna, role: seller}, oleg: {name: Oleg, role: seller}}\n"
    ),
    "configs/fields/own.yaml": """\
set: own
fields:
  amount: {type: money}
  margin: {type: percent}
  weight: {type: number}
  size: {type: integer}
  due: {type: date}
  meeting: {type: datetime}
  hot: {type: bool}
  topics: {type: choices, options: [price, terms]}
  remark: {type: long_text}
  secret: {type: text, pii: true}
""",
    "configs/funnels/f.yaml": """\
funnel: f
fields: [own]
stages:
  first: {why: analytics, timed: {late: {after: 3 days, do: [{set: {hot: true}}, {log: {kind: reminder}}]}}}
  second: {why: analytics}
transitions:
  back: {from: second, to: first}
""",
}


def live(run: TestWorkspace) -> Iterator[str]:
    """Live a while; stop for a look after each step."""
    run.execute("account.create", fields={"name": 'Acme, "the" best', "region": "West"})
    run.execute("contact.create", fields={"name": "Olga Secretova", "email": "olga@secret.example"})
    known = {"account": 'Acme, "the" best', "contact": "Olga Secretova", "owner": "anna"}
    for _ in range(2):
        assert run.execute("deal.create", funnel="f", fields=known)["refusal"] is None
    yield "opened"
    values = {
        "amount": "1000.50",
        "margin": "12.5%",
        "weight": "0.1",
        "size": "3",
        "due": "2026-04-01",
        "topics": "price,terms",
    }
    run.execute("deal.set", deal=1, fields={**values, "remark": '=1+1, "quoted"\nand\rmore', "secret": "Secretov"})
    run.execute("row.put", deal=1, collection="lines", fields={"item": "Pump", "quantity": "2"})
    run.execute(
        "interaction.log", deal=1, fields={"kind": "call", "direction": "out", "note": "Secretova said"}, actor="anna"
    )
    run.advance("4 days")
    yield "late"
    run.execute("deal.move", deal=1, to="second", actor="anna")
    run.execute("deal.move", deal=1, to="first")
    run.execute("deal.set", deal=1, fields={"owner": "oleg", "amount": "", "meeting": "2026-03-09 12:30"})
    run.execute("deal.move", deal=1, to="won")
    run.execute("deal.move", deal=2, to="lost")
    yield "closed"
