"""What a KPI promises and cannot keep: a cohort judged too early, a point nobody comes to, a product that is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from voronka.calendars import Duration, Unit
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.config.scalars import many
from voronka.definition.kpis import Kpi, Method, methods
from voronka.definition.kpis.methods import Basis, Entity, Mark
from voronka.expressions.ir import Aggregate, Arithmetic, Computed, Const, Convert, Function, Negate, Operator, Read
from voronka.expressions.ir import Node as Part
from voronka.messages import Text

__all__ = ["check_ends", "check_interval", "check_maturity", "check_product", "check_way"]

_GROWING = frozenset({Function.COUNT, Function.COUNT_DISTINCT, Function.SUM})
_MINUTES = {Unit.MINUTES: 1, Unit.HOURS: 60, Unit.DAYS: 1_440, Unit.WEEKS: 10_080}


def check_maturity(node: Node, method: methods.Conversion, report: Report) -> None:
    """Report a cohort that is judged before it had all the time that it has."""
    within, maturity = method.within, method.maturity
    if within is None or maturity is None or (within.unit is maturity.unit and maturity.count >= within.count):
        return
    if within.unit is maturity.unit or _bounds(maturity)[0] < _bounds(within)[1]:
        report.error(
            "V5514",
            (node.get("maturity") or node).place,
            Text(
                "A cohort is judged after {maturity} and has {within} to get there, so those under way count as lost.",
                maturity=maturity.sentence(),
                within=within.sentence(),
            ),
            Text("Write a “maturity” that is no shorter than “within”, or leave it out."),
        )


def check_way(node: Node, start: Mark, ends: Sequence[Mark], entity: Entity, report: Report) -> None:
    """Report a point to which no deal comes from `start`: it stays in its funnel, and is created before all else."""
    if entity is not Entity.DEAL:
        return
    for end in ends:
        apart = bool(start.funnel and end.funnel and start.funnel != end.funnel)
        if not apart and end.event != "created":
            continue
        report.error(
            "V5514",
            (node.get("to") or node.get("event") or node).place,
            Text("A deal stays in its funnel, so none gets from {start} to {end}.", start=start.funnel, end=end.funnel)
            if apart
            else Text("A deal is created before all else, so nothing leads there."),
            Text("Name stages of one funnel, won or lost; what becomes of a client is told with “entity: account”."),
        )
        return


def check_ends(node: Node, start: Mark, event: Mark, competing: Sequence[Mark], report: Report) -> None:
    """Report an event that is where it begins, and a competing end that is either: it competes with nothing."""
    written = [node.get("event"), *many(node.get("competing"))]
    for mark, place in zip((event, *competing), written, strict=True):
        if mark == start:
            reason = Text("It begins there, so this is reached at once by all.")
        elif mark is not event and mark == event:
            reason = Text("An end cannot compete with itself: it is the event that is waited for.")
        else:
            continue
        report.error(
            "V5514",
            (place or node).place,
            reason,
            Text("Write another stage, won or lost."),
        )
        return


def check_product(kpi: Kpi, known: Mapping[str, Kpi], node: Node, report: Report) -> None:
    """Report a decomposition whose factors do not multiply to the KPI: by how they grow, and what they count."""
    method = kpi.current.method
    if not isinstance(method, methods.Decomposition) or any(
        name not in known for name in (method.kpi, *method.factors)
    ):
        return
    whole, factors = known[method.kpi], [known[name] for name in method.factors]
    sizes = [_growth(each.current.method, known) for each in (whole, *factors)]
    grows = None not in sizes and sizes[0] != sum(size for size in sizes[1:] if size is not None)
    plain = not any(isinstance(each.current.method, methods.Derived) for each in (whole, *factors))
    amounts = sum(each.unit == "money" for each in factors) != (whole.unit == "money")
    if grows or (plain and amounts):
        report.error(
            "V5514",
            (node.at("decomposition", "factors") or node).place,
            Text(
                "{name} is no product of {factors}: what they contribute would say nothing of it.",
                name=method.kpi,
                factors=", ".join(method.factors),
            ),
            Text("Name factors whose product it is: a count and means or shares, as wins × average cheque."),
        )


def check_interval(key: str, method: Method, node: Node, report: Report) -> None:
    """Report an interval that is asked of what is no share, which has none."""
    written = node.get("interval")
    asked = written if written is None or written.is_scalar else written.get("method") or written.get("level")
    if written is None or asked is None or asked.text == "none" or report.broken(written.place) or _is_share(method):
        return
    report.error(
        "V5516",
        asked.place,
        Text("An interval is that of a share, and “{key}” gives none here.", key=key),
        Text("Keep “min_n” alone, or write a “ratio” whose part lies within its whole."),
    )


def _is_share(method: Method) -> bool:
    match method:
        case methods.Ratio(share=share):
            return share
        case methods.Conversion(basis=basis):
            return basis is Basis.COHORT
    return isinstance(method, (methods.FunnelSteps, methods.Hygiene))


def _growth(method: Method, known: Mapping[str, Kpi]) -> int | None:
    """Return how a number grows with the rows: 1 as they do, 0 not at all, 2 as their square; None: unknown."""
    match method:
        case methods.Measure(value=value) | methods.Stock(value=value):
            return _growth_of(value.node, {})
        case methods.Ratio(part=part, whole=whole):
            one, other = _growth_of(part.node, {}), _growth_of(whole.node, {})
            return None if one is None or other is None else one - other
        case methods.Derived(formula=formula, uses=uses):
            grown = {name: _growth(known[used.kpi].current.method, known) for name, used in uses.items()}
            return _growth_of(formula.node, grown)
        case methods.Cumulative(kpi=name):
            return _growth(known[name].current.method, known)
        case methods.Conversion() | methods.PerSuccess():
            return 0
    return None


def _growth_of(node: Part, names: Mapping[str, int | None]) -> int | None:
    match node:
        case Aggregate(function=function):
            return int(function in _GROWING)
        case Const():
            return 0
        case Read(name=name):
            return names.get(name)
        case Convert(operand=operand) | Negate(operand=operand) | Computed(body=operand):
            return _growth_of(operand, names)
        case Arithmetic(operator=operator, left=left, right=right):
            one, other = _growth_of(left, names), _growth_of(right, names)
            if one is None or other is None:
                return None
            match operator:
                case Operator.MUL:
                    return one + other
                case Operator.DIV:
                    return one - other
            return one if one == other else None
    return None


def _bounds(length: Duration) -> tuple[int, int]:
    """Return how many minutes a length is at least and at most: months differ, and so do days where clocks change."""
    if length.unit is not Unit.MONTHS:
        minutes = length.count * _MINUTES[length.unit]
        return minutes, minutes
    spans = [
        (
            date(year + (month + length.count - 1) // 12, (month + length.count - 1) % 12 + 1, 1) - date(year, month, 1)
        ).days
        for year in range(2023, 2028)
        for month in range(1, 13)
    ]
    return min(spans) * 1_440, max(spans) * 1_440
