"""Large workspaces, made up from the reference one: the files by path, as `read_workspace` takes them."""

from __future__ import annotations

from voronka.bootstrap import reference_workspace
from voronka.config.files import collect
from voronka.config.report import Report

__all__ = ["Files"]

Files = dict[str, bytes]

_RULES = (
    """
  silence_{n}:
    trigger: {{schedule: {{days: working, at: "09:{minute:02}"}}}}
    where: >-
      funnel == "react" and stage in ["proposal", "negotiation"] and amount > 1{n}
      and workdays_since(last_interaction_at) > {n}
    do: [{{task: {{title: {{ru: Позвонить, en: Call}}, due: today}}}}]
    again_after: 5 working days
""",
    """
  attempts_{n}:
    trigger: {{event: interaction.logged}}
    where: funnel == "react" and not replied and count(interactions, direction == "out" and days_since(at) <= {n}) >= 3
    do: [{{send: {{channel: email, to: contact, template: how_to_choose}}}}]
    again_after: 1 week
    mode: shadow
""",
    """
  price_{n}:
    trigger: {{field: amount}}
    where: >-
      funnel == "react" and amount >= 1{n}000 and amount < 1{n}999 and coalesce(discount, 0%) <= 10%
      and not (tender or stage == "needs")
    do:
      - set: {{offer_valid_until: "=today + working_days({days})"}}
      - task: {{title: {{ru: "Проверить цену, {n}", en: "Check the price, {n}"}}, due: 1 working day}}
""",
    """
  won_{n}:
    trigger: {{stage: react.won}}
    where: count(interactions) <= {n} and amount < 1{n}01000 and (solution_type == "standard" or prepayment > 1{n})
    closed: true
    do: [{{task: {{title: {{ru: Разобрать, en: Go through it}}, assignee: head_of_sales, due: 2 working days}}}}]
""",
    """
  offer_{n}:
    trigger: {{field: offer_valid_until}}
    where: funnel == "react" and offer_valid_until is missing and amount > 1{n}
    do: [{{task: {{title: {{ru: Назначить срок, en: Name a date}}, due: 1 working day}}}}]
    again_after: 1 month
""",
)


def reference() -> Files:
    """Return the files of the reference workspace, without its scenarios."""
    return dict(collect(reference_workspace(), Report()))


def with_rules(count: int) -> Files:
    """Return the reference workspace with so many rules more: five patterns, no two alike."""
    written = [_RULES[n % len(_RULES)].format(n=n, minute=n % 60, days=n % 20 + 1).strip("\n") for n in range(count)]
    return reference() | {"configs/rules/many.yaml": "\n".join(["rules:", *written, ""]).encode()}
