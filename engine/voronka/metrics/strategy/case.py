"""The business case as a document: flows by quarter, net present value, payback and what each assumption decides."""

from __future__ import annotations

from decimal import Decimal

from voronka.definition.strategy import Assumption, BusinessCase, Line, Swing, value_of
from voronka.definition.strategy.case import Value
from voronka.definition.workspace import Workspace
from voronka.messages import Sentence, Text
from voronka.metrics.reports.document import (
    Badge,
    Cell,
    Column,
    Document,
    Picture,
    PictureForm,
    Row,
    Series,
    Table,
    Unit,
)
from voronka.metrics.strategy.telling import Amounts, kpi_of, payback_of, quarter

__all__ = ["case_document"]


def case_document(workspace: Workspace) -> Document | None:
    """Return the business case; None if there is none."""
    case = None if workspace.strategy is None else workspace.strategy.case
    if case is None:
        return None
    value = value_of(case)
    told = Amounts(workspace)
    return Document(
        name="case",
        title=Text("Business case"),
        of=case.label,
        definition=Text(
            "What the strategy costs and brings by quarter, and what that is worth today: "
            "NPV = Σ (benefits − costs) / (1 + r)^(q/4)."
        ),
        badge=Badge(n=len(case.costs) + len(case.benefits)),
        basis=(
            Text(
                "The formula is the standard one (Brealey, Myers and Allen, Principles of Corporate Finance): "
                "r is the rate a year, q counts the quarters from 1, and sums count at the end of theirs."
            ),
            Text("Payback: the quarter from whose end on all that was spent is back for good."),
            Text("Sensitivity: one assumption at a time takes its least and its greatest value, the others stay."),
        ),
        said=tuple(_said(case, value, told)),
        pictures=(_picture(value, told),),
        tables=(
            _flows(value, told),
            _lines(case, workspace, told),
            _sensitivity(value, told),
            *([_arguments(case)] if case.arguments else []),
        ),
        currency=workspace.currency.code,
        digits=workspace.currency.digits,
        timezone=workspace.timezone,
    )


def _said(case: BusinessCase, value: Value, told: Amounts) -> list[Sentence]:
    said: list[Sentence] = [
        Text(
            "The net present value is {npv} at {rate} a year.",
            npv=told.money(value.npv),
            rate=told.assumed(case.rate.value),
        ),
        payback_of(value),
    ]
    risky = [swing for swing in value.swings if min(swing.low, swing.high) < 0 <= value.npv]
    return said + [_below_nought(swing, told) for swing in risky]


def _below_nought(swing: Swing, told: Amounts) -> Text:
    """Say on which side of what value of an assumption the case is worth less than nothing."""
    assumption = swing.assumption.label
    if swing.breaks_even is None:
        return Text(
            "The value falls below nought within what is thought possible of: {assumption}.", assumption=assumption
        )
    value = told.assumed(swing.breaks_even)
    if swing.low < 0:
        return Text(
            "The value is below nought where this is less than {value}: {assumption}.",
            assumption=assumption,
            value=value,
        )
    return Text(
        "The value is below nought where this is more than {value}: {assumption}.", assumption=assumption, value=value
    )


def _picture(value: Value, told: Amounts) -> Picture:
    total, plain, present, discounted = Decimal(0), [], Decimal(0), []
    for flow in value.flows:
        total, present = total + flow.net, present + flow.present
        plain.append(told.minor(total))
        discounted.append(told.minor(present))
    return Picture(
        name="running",
        title=Text("Benefits less costs so far"),
        form=PictureForm.LINES,
        unit=Unit.MONEY,
        categories=tuple(quarter(flow.quarter) for flow in value.flows),
        series=(
            Series(label=Text("As it comes"), values=tuple(plain)),
            Series(label=Text("At its value today"), values=tuple(discounted)),
        ),
        target=0,
    )


def _flows(value: Value, told: Amounts) -> Table:
    rows, total = [], Decimal(0)
    for flow in value.flows:
        total += flow.net
        amounts = (flow.costs, flow.benefits, flow.net, total, flow.present)
        rows.append(Row(cells=(quarter(flow.quarter), *map(told.minor, amounts))))
    sums = (
        sum((flow.costs for flow in value.flows), Decimal(0)),
        sum((flow.benefits for flow in value.flows), Decimal(0)),
    )
    rows.append(Row(cells=(Text("Total"), *map(told.minor, sums), told.minor(total), None, told.minor(value.npv))))
    return Table(
        name="flows",
        title=Text("By quarter"),
        columns=(
            Column(name="quarter", label=Text("Quarter")),
            Column(name="costs", label=Text("Costs"), unit=Unit.MONEY),
            Column(name="benefits", label=Text("Benefits"), unit=Unit.MONEY),
            Column(name="net", label=Text("Benefits less costs"), unit=Unit.MONEY),
            Column(name="running", label=Text("So far"), unit=Unit.MONEY),
            Column(name="present", label=Text("Worth today"), unit=Unit.MONEY),
        ),
        rows=tuple(rows),
        note=Text("Rounded to the coin each; the net present value is rounded once."),
        total=True,
    )


def _lines(case: BusinessCase, workspace: Workspace, told: Amounts) -> Table:
    goals = {} if workspace.strategy is None or workspace.strategy.roadmap is None else workspace.strategy.roadmap.goals

    def row(kind: Text, line: Line) -> Row:
        factor = Decimal(1)
        for name in line.scales:
            factor *= case.assumptions[name].value
        kpi: Cell = None if line.kpi is None else kpi_of(workspace, line.kpi)
        goal: Cell = goals[line.goal][0].label if line.goal in goals else None
        return Row(cells=(kind, line.label, told.minor(sum(line.amounts.values(), Decimal(0)) * factor), kpi, goal))

    return Table(
        name="lines",
        title=Text("What it is made of"),
        columns=(
            Column(name="kind", label=Text("Kind")),
            Column(name="line", label=Text("What")),
            Column(name="sum", label=Text("Sum"), unit=Unit.MONEY),
            Column(name="kpi", label=Text("Seen by the KPI")),
            Column(name="goal", label=Text("Brought by the goal")),
        ),
        rows=(
            *(row(Text("Cost"), line) for line in case.costs),
            *(row(Text("Benefit"), line) for line in case.benefits),
        ),
    )


def _sensitivity(value: Value, told: Amounts) -> Table:
    def row(swing: Swing) -> Row:
        given: Assumption = swing.assumption
        even = None if swing.breaks_even is None else told.assumed(swing.breaks_even)
        ends = (told.minor(swing.low), told.minor(swing.high))
        return Row(
            cells=(
                given.label,
                told.assumed(given.low),
                told.assumed(given.value),
                told.assumed(given.high),
                *ends,
                even,
            )
        )

    return Table(
        name="sensitivity",
        title=Text("Sensitivity"),
        columns=(
            Column(name="assumption", label=Text("Assumption")),
            Column(name="low", label=Text("Least")),
            Column(name="value", label=Text("Expected")),
            Column(name="high", label=Text("Greatest")),
            Column(name="npv_low", label=Text("NPV at the least"), unit=Unit.MONEY),
            Column(name="npv_high", label=Text("NPV at the greatest"), unit=Unit.MONEY),
            Column(name="breaks_even", label=Text("NPV is nought at")),
        ),
        rows=tuple(map(row, value.swings)),
    )


def _arguments(case: BusinessCase) -> Table:
    return Table(
        name="arguments",
        title=Text("Beside money"),
        columns=(Column(name="argument", label=Text("Argument")),),
        rows=tuple(Row(cells=(each,)) for each in case.arguments),
    )
