"""Incentives: by which KPI, kept honest by which, and never a sum."""

from __future__ import annotations

import re
from collections.abc import Mapping

from voronka.config.context import Context
from voronka.config.names import NameKind, refer
from voronka.config.node import Entry, Node
from voronka.config.report import Report
from voronka.config.scalars import label
from voronka.definition.kpis import Kpi, KpiKind
from voronka.definition.kpis.methods import Hygiene
from voronka.definition.strategy import Incentive
from voronka.messages import Text

__all__ = ["build_incentives"]

_NUMBER = r"\d[\d\s.,]*"
_MANY = r"(?:тыс\w*|млн|миллион\w*|thousand|million|[кk]\b)"
_CURRENCY = r"(?:₽|руб|\$|€|доллар|евро\b|(?:rub|usd|eur|dollars?|euros?|r(?:o)?ubles?)\b)"
_WAGES = (
    r"\b(?:salar(?:y|ies)|wages?|payroll|commissions?|bonus(?:es)?|оклад\w*|зарплат\w*|заработн\w* плат\w*"
    rf"|комиссионн\w*|бонус\w*|преми(?:я|и|ю|е|ей|й|ям|ями|ях))\b|{_NUMBER}(?:{_MANY}[\s.]*)?{_CURRENCY}|[$€₽]\s*\d"
)
_PAY = {
    "label": re.compile(_WAGES, re.IGNORECASE),
    # What is measured may be a share or a number; what is given for it may not.
    "reward": re.compile(rf"{_WAGES}|\d\s*%|\d(?:[кk]\b|\s*(?:тыс|млн|thousand|million))", re.IGNORECASE),
}
"""Words and sums that pay is told in, by the key."""


def build_incentives(node: Node, kpis: Mapping[str, Kpi], context: Context) -> tuple[Incentive, ...]:
    """Return the incentives at `node`; a wrong one is left out and reported. `kpis`: those that could be built."""
    found = (_incentive(entry, kpis, context) for entry in node.items())
    return tuple(incentive for incentive in found if incentive is not None)


def _incentive(entry: Entry, kpis: Mapping[str, Kpi], context: Context) -> Incentive | None:
    node, name, report = entry.value, entry.key.text, context.report
    declared = context.declared.of(NameKind.KPI)
    role = refer(NameKind.ROLE, node.get("role"), context.roles, report)
    kpi = refer(NameKind.KPI, node.get("kpi"), declared, report)
    written = node.get("counterweight")
    counterweight = refer(NameKind.KPI, written, declared, report)
    for key, pay in _PAY.items():
        _check_pay(node.get(key), pay, report)
    if role is None or kpi is None:
        return None
    if written is None:
        report.warning(
            "V5960",
            entry.key.place,
            Text("Nothing keeps {kpi} honest: whoever is praised for one number alone bends the others.", kpi=kpi),
            Text("Write “counterweight:” with a KPI of quality{such}.", such=_such(kpi, kpis)),
        )
    elif counterweight is not None:
        _check_counterweight(written, kpi, counterweight, kpis, report)
    return Incentive(
        name=name,
        label=label(node.get("label"), name),
        role=role,
        kpi=kpi,
        counterweight=counterweight,
        reward=label(node.get("reward"), ""),
    )


def _check_counterweight(written: Node, kpi: str, other: str, kpis: Mapping[str, Kpi], report: Report) -> None:
    if other == kpi:
        reason = Text("{kpi} cannot be the counterweight of itself.", kpi=kpi)
    elif other in kpis and kpis[other].kind is KpiKind.ACTIVITY:
        reason = Text("{kpi} counts activity: it shows no quality.", kpi=other)
    else:
        return
    report.warning("V5960", written.place, reason, Text("Name a KPI of quality{such}.", such=_such(kpi, kpis)))


def _such(kpi: str, kpis: Mapping[str, Kpi]) -> Text:
    """Return which KPIs of hygiene there are, as an example; nothing if there are none."""
    known = [name for name, each in kpis.items() if isinstance(each.current.method, Hygiene) and name != kpi]
    return Text(", such as {names}", names=", ".join(known[:2])) if known else Text(" of the data or of the outcome")


def _check_pay(node: Node | None, pay: re.Pattern[str], report: Report) -> None:
    if node is None:
        return
    texts = [each.value for each in node.items()] if node.is_mapping else [node]
    for text in texts:
        found = pay.search(text.text)
        if found is not None:
            report.warning(
                "V5961",
                text.place,
                Text("“{words}” reads like pay, and pay is agreed elsewhere.", words=found[0].strip()),
                Text("Write how it is recognised in words: a choice, a praise, a training, a day."),
            )
            return
