"""Large workspaces, made up from the reference one: the files by path, as `read_workspace` takes them."""

from __future__ import annotations

from voronka.bootstrap import reference_workspace
from voronka.config.files import TESTS, collect
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


def with_funnels(count: int, stages: int, timed: int) -> Files:
    """Return the reference workspace with funnels of so many stages, each of which has so many timed events."""
    return reference() | {f"configs/funnels/many_{n}.yaml": _funnel(n, stages, timed).encode() for n in range(count)}


def _funnel(number: int, stages: int, timed: int) -> str:
    lines = [f"funnel: many_{number}", "fields: [common, deal_base]", "stages:"]
    for stage in range(stages):
        lines += [
            f"  stage_{stage}:",
            f"    label: {{ru: Стадия {stage}, en: Stage {stage}}}",
            "    why: sales_model",
        ]
        if stage:
            lines.append(f"    enter: {{require: [amount], when: amount > 1{number}{stage} or need is not missing}}")
        lines.append("    timed:")
        for event in range(timed):
            lines += [
                f"      event_{stage}_{event}:",
                f"        after: {event + 1} days",
                '        at: "10:00"',
                f"        when: not replied and amount > 1{stage}{event}",
                "        do: [{task: {title: {ru: Позвонить, en: Call}, due: today}}]",
            ]
    return "\n".join([*lines, "  won: {}", "  lost: {}", ""])


def with_fields(count: int) -> Files:
    """Return the reference workspace with so many fields more, in sets of a hundred."""
    types = ("text", "money", "date", "integer", "bool")
    files = reference()
    for start in range(0, count, 100):
        lines = [f"set: many_{start}", "fields:"]
        lines += [
            f"  field_{n}: {{type: {types[n % len(types)]}, label: {{ru: Поле {n}, en: Field {n}}}, group: need}}"
            for n in range(start, min(start + 100, count))
        ]
        files[f"configs/fields/many_{start}.yaml"] = "\n".join([*lines, ""]).encode()
    return files


def with_templates(count: int) -> Files:
    """Return the reference workspace with so many templates more, each sent by a rule."""
    files = reference()
    rules = ["rules:"]
    for n in range(count):
        text = f"---\nsubject: Deal {{{{ deal.number }}}}\n---\n{{{{ owner.name }}}}, {{{{ amount }}}}: {n}.\n"
        files[f"configs/templates/many_{n}.ru.md"] = text.encode()
        rules += [
            f"  letter_{n}:",
            "    trigger: {field: amount}",
            f'    where: funnel == "react" and amount > 1{n}',
            f"    do: [{{notify: {{to: owner, template: many_{n}}}}}]",
        ]
    return files | {"configs/rules/many.yaml": "\n".join([*rules, ""]).encode()}


def with_scenarios(count: int) -> Files:
    """Return the reference workspace with so many scenarios: its own over and over."""
    everything = collect(reference_workspace(), Report(), scenarios=True)
    own = [(path, text) for path, text in everything.items() if path.startswith(TESTS)]
    copies = {}
    for n in range(count):
        path, text = own[n % len(own)]
        copies[path.replace(".yaml", f"_{n}.yaml")] = text
    return reference() | copies


def with_lines(least: int) -> Files:
    """Return the reference workspace with its sales funnel over again until its YAML has so many lines."""
    files = reference()
    funnel = files["configs/funnels/react.yaml"]
    number = 0
    while sum(text.count(b"\n") for path, text in files.items() if path.endswith(".yaml")) < least:
        number += 1
        renamed = funnel.replace(b"funnel: react", b"funnel: react_%d" % number, 1)
        files[f"configs/funnels/react_{number}.yaml"] = renamed
    return files
