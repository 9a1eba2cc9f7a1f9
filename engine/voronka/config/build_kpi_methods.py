"""How KPIs are computed: what each type asks for, and which rows and moments it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from voronka.calendars import Duration, Unit
from voronka.config.build_rules import stage_of_funnel, stages_of
from voronka.config.context import Context
from voronka.config.kpi_promises import check_ends, check_maturity, check_way
from voronka.config.kpi_scopes import KpiScopes, numbers
from voronka.config.kpi_units import unit_of
from voronka.config.names import NameKind, refer
from voronka.config.node import Node
from voronka.config.scalars import duration, fraction, many, one_of, whole
from voronka.config.standing import standing
from voronka.definition.fields import Field, Subject
from voronka.definition.funnels import Funnel
from voronka.definition.kpis import Counted, methods
from voronka.definition.kpis.methods import Mark, Method
from voronka.definition.vocabulary import BUILT_IN_FIELDS, NOT_KEPT
from voronka.expressions import Expression, Kind, Possibility, Type, suggest
from voronka.expressions.ir import Aggregate, Both, Function, Not, Read, children, walk
from voronka.expressions.ir import Node as Part
from voronka.messages import Text
from voronka.sql import untranslatable

__all__ = ["METHODS", "Methods"]

_NUMERIC = frozenset({Kind.NUMBER, Kind.INTEGER, Kind.MONEY, Kind.PERCENT})
_WORKING = frozenset({Unit.WORKING_DAYS, Unit.WORKING_HOURS})
_EVENTS = ("created", "won", "lost")
_UNREADABLE = NOT_KEPT | {"owner.absent"}
_MONTHS, _LEAST, _QUANTILES = 3, 20, (0.1, 0.5, 0.9)
M = TypeVar("M")


class Methods:
    """Builds the ways of computing KPIs. `kpis`: the names of all that are declared."""

    def __init__(self, context: Context, scopes: KpiScopes, funnels: Mapping[str, Funnel], kpis: Sequence[str]) -> None:
        self.context = context
        self.report = context.report
        self.scopes = scopes
        self.funnels = funnels
        self.kpis = kpis

    def build(self, name: str, node: Node, counted: Counted) -> Method | None:
        """Return the way of computing that stands under its `name`; None if something in it is wrong."""
        return METHODS[name](self, node, counted)

    def where(self, node: Node | None, counted: Counted) -> Expression | None:
        """Return the condition on a row of what is counted."""
        scope, collection = self.scopes.row(counted)
        found = self.context.expressions.compile(node, scope, collection=collection)
        if node is None or found is None or not self._kept(node, [found.node], counted):
            return None
        return found

    def number(self, node: Node | None, counted: Counted) -> Expression | None:
        """Return the number over all rows of what is counted at `node`."""
        found = self.context.expressions.compile(node, self.scopes.measure(counted), expect=None)
        if node is None or found is None:
            return None
        tops = list(_tops(found.node))
        if not tops or found.type.kind not in _NUMERIC:
            self.report.error(
                "V5514",
                node.place,
                Text("“{text}” is no number over the rows that are counted.", text=node.text),
                Text("Write count({counted}, …), sum({counted}, …) or another aggregate.", counted=counted.value),
            )
            return None
        return found if self._kept(node, [part for top in tops for part in children(top)], counted) else None

    def value(self, node: Node | None) -> Expression | None:
        """Return the number of one deal at `node`."""
        scope, _ = self.scopes.row(Counted.DEALS)
        found = self.context.expressions.compile(node, scope, expect=None)
        if node is None or found is None:
            return None
        if found.type.kind not in _NUMERIC:
            self.report.error(
                "V5514",
                node.place,
                Text("“{text}” is not a number of a deal.", text=node.text),
                Text("Name a field of numbers or money, such as {example}.", example="amount"),
            )
            return None
        return found if self._kept(node, [found.node], Counted.DEALS) else None

    def _kept(self, node: Node, parts: Sequence[Part], counted: Counted) -> bool:
        """Tell whether the mart has what the parts of the expression at `node` read, and a database can judge them."""
        expressions = self.context.expressions
        for part in parts:
            for read in walk(part):
                if isinstance(read, Read) and read.pii:
                    self.report.error(
                        "V5512",
                        expressions.part(node, read.text),
                        Text("{field} is personal, and no KPI is computed from personal data.", field=read.text),
                        Text("Leave it out, or add a field that says what of it is to be counted."),
                    )
                    return False
                if isinstance(read, Read) and read.of_row and f"{counted.value}.{read.name}" in NOT_KEPT:
                    self.report.error(
                        "V5511",
                        expressions.part(node, read.text),
                        Text("{text} is not kept in the database as one value.", text=read.text),
                        Text("Leave it out of this condition."),
                    )
                    return False
            refusals = dict.fromkeys(untranslatable(part, unreadable=_UNREADABLE))
            for refusal in refusals:
                self.report.error(
                    "V5511",
                    expressions.part(node, refusal.text),
                    Text("A KPI is computed in the database. {reason}", reason=refusal.reason),
                    refusal.remedy,
                )
            if refusals:
                return False
        return True

    def kpi(self, node: Node | None) -> str | None:
        """Return the KPI that is named."""
        return refer(NameKind.KPI, node, self.kpis, self.report)

    def each(self, nodes: Node | None, build: Callable[[Node], M | None]) -> tuple[M, ...] | None:
        """Return what is built of each member of a list; None if one of them is wrong."""
        found = [build(node) for node in many(nodes)]
        good = tuple(each for each in found if each is not None)
        return good if len(good) == len(found) else None

    def funnel(self, node: Node | None) -> Funnel | None:
        """Return the funnel that is named; None also for one that could not be built."""
        name = refer(NameKind.FUNNEL, node, self.context.declared.of(NameKind.FUNNEL), self.report)
        return self.funnels.get(name) if name is not None else None

    def stage(self, node: Node, funnel: Funnel) -> str | None:
        """Return the stage of a funnel that is named."""
        return refer(NameKind.STAGE, node, stages_of(funnel), self.report)

    def mark(self, node: Node | None) -> Mark | None:
        """Return the moment of a deal's life: ``created``, ``won``, ``lost`` or a stage as FUNNEL.STAGE."""
        if node is None or self.report.broken(node.place):
            return None
        if node.text in _EVENTS:
            return Mark(event=node.text)
        if "." not in node.text and (meant := suggest(node.text, _EVENTS)) is not None:
            self.report.error(
                "V3110",
                node.place,
                Text("“{name}” is no moment in the life of a deal.", name=node.text),
                Text("Write created, won, lost, or a stage as FUNNEL.STAGE."),
                suggestion=meant,
            )
            return None
        found = stage_of_funnel(node, self.funnels, self.context)
        return None if found is None else Mark(event="entered", funnel=found.funnel, stage=found.name)

    def length(self, node: Node | None) -> Duration | None:
        """Return the length of time at `node`, which no calendar may change."""
        found = duration(node, self.report) if node is not None and not self.report.broken(node.place) else None
        if node is not None and found is not None and found.unit in _WORKING:
            self.report.error(
                "V5510",
                node.place,
                Text("Working time rests on a calendar, and this length names none."),
                Text("Write it in days: working time is measured by “time_in_stage” with its “calendar”."),
                suggestion=str(Duration(found.count, Unit.DAYS)) if found.unit is Unit.WORKING_DAYS else None,
            )
            return None
        return found

    def span(self, node: Node | None) -> Duration | None:
        """Return the length of time at `node`, in which something can happen."""
        found = self.length(node)
        if node is not None and found is not None and found.count == 0:
            self.report.error(
                "V5514",
                node.place,
                Text("Nothing happens within no time: {length}.", length=found.sentence()),
                Text("Write how long it may take, such as {example}, or leave it out.", example="30 days"),
            )
            return None
        return found

    def is_share(self, part: Expression, all_of: Expression) -> bool:
        """Tell whether `part` counts some of what `all_of` counts, so that their ratio is a proportion."""
        some, every = part.node, all_of.node
        if not (isinstance(some, Aggregate) and isinstance(every, Aggregate)):
            return False
        if (some.function, every.function) != (Function.COUNT, Function.COUNT):
            return False
        if every.filter is None:
            return True
        if some.filter is None:
            return False
        bool_ = Type(Kind.BOOL)
        beyond = Not(type=bool_, text="", operand=every.filter)
        outside = Possibility(Both(type=bool_, text="", operands=(some.filter, beyond)))
        places = (
            standing(funnel, variant, stage)
            for funnel in self.funnels.values()
            for variant in funnel.variants.values()
            for stage in variant.stages.values()
        )
        return not any(outside.can_hold(place) for place in places)


def _tops(node: Part) -> Iterator[Aggregate]:
    if isinstance(node, Aggregate):
        yield node
        return
    for child in children(node):
        yield from _tops(child)


def _measure(of: Methods, node: Node, counted: Counted) -> Method | None:
    value = of.number(node, counted)
    return None if value is None else methods.Measure(value=value)


def _stock(of: Methods, node: Node, counted: Counted) -> Method | None:
    value = of.number(node, counted)
    return None if value is None else methods.Stock(value=value)


def _ratio(of: Methods, node: Node, counted: Counted) -> Method | None:
    part, all_of = of.number(node.get("part"), counted), of.number(node.get("whole"), counted)
    if part is None or all_of is None:
        return None
    units = unit_of(part.node), unit_of(all_of.node)
    if units[0] is not None and units[1] is not None and units[0] != units[1]:
        of.report.error(
            "V5509",
            node.place,
            Text("The part and the whole of a ratio are counted in different units, so it is no share."),
            Text("Write one per the other as a measure: {example}.", example=f"measure: {part.text} / {all_of.text}"),
        )
        return None
    return methods.Ratio(part=part, whole=all_of, share=of.is_share(part, all_of))


def _derived(of: Methods, node: Node, counted: Counted) -> Method | None:
    written = node.get("uses")
    uses = {}
    for entry in written.items() if written is not None else ():
        kpi = of.kpi(entry.value.get("kpi"))
        offset = of.length(entry.value.get("offset"))
        if kpi is None or (offset is None and entry.value.get("offset") is not None):
            return None
        uses[entry.key.text] = methods.Used(kpi=kpi, offset=offset)
    scope = of.context.expressions.scope(numbers({*of.kpis, *uses}, "kpi"))
    formula = of.context.expressions.compile(node.get("formula"), scope, expect=Kind.NUMBER)
    if formula is None:
        return None
    read = {name: uses.get(name) or methods.Used(kpi=name) for name in sorted(formula.reads.names)}
    return methods.Derived(formula=formula, uses=read)


def _cumulative(of: Methods, node: Node, counted: Counted) -> Method | None:
    kpi, window = of.kpi(node.get("kpi")), of.span(node.get("window"))
    to_date = one_of(methods.Grain, node.get("to_date"))
    if kpi is None or (window is None and to_date is None):
        return None
    return methods.Cumulative(kpi=kpi, window=window, to_date=to_date)


def _conversion(of: Methods, node: Node, counted: Counted) -> Method | None:
    start, end = of.mark(node.get("from")), of.mark(node.get("to"))
    basis = one_of(methods.Basis, node.get("basis"))
    if start is None or end is None or basis is None:
        return None
    if start == end:
        of.report.error(
            "V5514",
            (node.get("to") or node).place,
            Text("A conversion leads from one point to another, not to the same."),
            Text("Write another stage, won or lost under “to”."),
        )
        return None
    entity = one_of(methods.Entity, node.get("entity")) or methods.Entity.DEAL
    check_way(node, start, (end,), entity, of.report)
    found = methods.Conversion(
        start=start,
        end=end,
        entity=entity,
        basis=basis,
        within=of.span(node.get("within")),
        maturity=of.length(node.get("maturity")),
    )
    check_maturity(node, found, of.report)
    return found


def _funnel(of: Methods, node: Node, counted: Counted) -> Method | None:
    funnel, mode = of.funnel(node.get("funnel")), one_of(methods.FunnelMode, node.get("mode"))
    if funnel is None:
        return None
    steps = of.each(node.get("steps"), lambda each: of.stage(each, funnel))
    if steps is None or mode is None:
        return None
    steps = steps or tuple(
        name for name, stage in stages_of(funnel).items() if stage.outcome is None or stage.outcome.value == "won"
    )
    written, windows = node.get("windows"), {}
    for entry in written.items() if written is not None else ():
        stage, length = refer(NameKind.STAGE, entry.key, steps, of.report), of.span(entry.value)
        if stage is not None and length is not None:
            windows[stage] = length
    value = of.value(node.get("value"))
    if value is None and node.get("value") is not None:
        return None
    return methods.FunnelSteps(funnel=funnel.name, mode=mode, steps=steps, windows=windows, value=value)


def _time_in_stage(of: Methods, node: Node, counted: Counted) -> Method | None:
    funnel = of.funnel(node.get("funnel"))
    calendar = refer(NameKind.CALENDAR, node.get("calendar"), of.context.declared.of(NameKind.CALENDAR), of.report)
    if funnel is None or (calendar is None and node.get("calendar") is not None):
        return None
    stages = of.each(node.get("stages"), lambda each: of.stage(each, funnel))
    stats = of.each(node.get("stat"), lambda each: one_of(methods.Stat, each))
    if stages is None or stats is None:
        return None
    for each in many(node.get("stages")):
        if (outcome := stages_of(funnel)[each.text].outcome) is not None:
            of.report.error(
                "V5514",
                each.place,
                Text("{stage} is an outcome: deals do not leave it, so no stay there ends.", stage=each.text),
                Text(
                    "Name stages in which deals are open; how long it takes to be {outcome} is told by survival.",
                    outcome=outcome.value,
                ),
            )
            return None
    return methods.TimeInStage(
        funnel=funnel.name,
        stats=stats or (methods.Stat.P50, methods.Stat.P80),
        open=one_of(methods.OpenVisits, node.get("open")) or methods.OpenVisits.CENSOR,
        stages=stages or None,
        calendar=calendar,
    )


def _bottleneck(of: Methods, node: Node, counted: Counted) -> Method | None:
    funnel = of.funnel(node.get("funnel"))
    if funnel is None:
        return None
    rank_by = one_of(methods.RankBy, node.get("rank_by")) or methods.RankBy.TIME
    return methods.Bottleneck(funnel=funnel.name, rank_by=rank_by, least=whole(node.get("min_n")) or _LEAST)


def _per_success(of: Methods, node: Node, counted: Counted) -> Method | None:
    activity = of.number(node.get("activity"), Counted.INTERACTIONS)
    on, funnel = one_of(methods.SuccessOn, node.get("among")), of.funnel(node.get("funnel"))
    if activity is None or on is None or (funnel is None and node.get("funnel") is not None):
        return None
    return methods.PerSuccess(activity=activity, on=on, funnel=None if funnel is None else funnel.name)


def _survival(of: Methods, node: Node, counted: Counted) -> Method | None:
    start, event = of.mark(node.get("from")), of.mark(node.get("event"))
    competing, at = of.each(node.get("competing"), of.mark), of.each(node.get("at"), of.span)
    if start is None or event is None or competing is None or not at:
        return None
    check_way(node, start, (event, *competing), methods.Entity.DEAL, of.report)
    check_ends(node, start, event, competing, of.report)
    return methods.Survival(start=start, event=event, competing=competing, at=at)


def _decomposition(of: Methods, node: Node, counted: Counted) -> Method | None:
    kpi, factors = of.kpi(node.get("kpi")), of.each(node.get("factors"), of.kpi)
    if kpi is None or not factors:
        return None
    return methods.Decomposition(
        kpi=kpi, factors=factors, by=one_of(methods.Shares, node.get("by")) or methods.Shares.LMDI
    )


def _hygiene(of: Methods, node: Node, counted: Counted) -> Method | None:
    subject = Subject(counted.value)
    declared = of.context.deal_fields if subject is Subject.DEALS else _of_party(of.context, subject)
    known = {**BUILT_IN_FIELDS[subject], **declared}
    fields = of.each(node.get("fields"), lambda each: refer(NameKind.FIELD, each, known, of.report))
    if not fields:
        return None
    for each in many(node.get("fields")):
        if known[each.text].pii:
            of.report.error(
                "V5512",
                each.place,
                Text("{field} is personal, and no KPI is computed from personal data.", field=each.text),
                Text("Leave it out, or add a field that says what of it is to be counted."),
            )
            return None
    return methods.Hygiene(
        fields=fields,
        fresh=of.span(node.get("fresh")),
        placeholders=tuple(each.text for each in many(node.get("placeholders"))),
    )


def _of_party(context: Context, subject: Subject) -> dict[str, Field]:
    head = f"{subject.value.removesuffix('s')}."
    return {name.removeprefix(head): each for name, each in context.party_fields.items() if name.startswith(head)}


def _spread(of: Methods, node: Node, counted: Counted) -> Method | None:
    kpi, over, against = of.kpi(node.get("kpi")), node.get("over"), of.kpi(node.get("against"))
    if kpi is None or over is None or (against is None and node.get("against") is not None):
        return None
    if kpi == against:
        of.report.error(
            "V5514",
            (node.get("against") or node).place,
            Text("{kpi} is set against itself: the correlation would always be 1.", kpi=kpi),
            Text("Name another KPI under “against”, or leave it out."),
        )
        return None
    return methods.Spread(kpi=kpi, over=over.text, against=against)


def _forecast(of: Methods, node: Node, counted: Counted) -> Method | None:
    funnel, value = of.funnel(node.get("funnel")), of.value(node.get("value"))
    quantiles = of.each(node.get("quantiles"), lambda each: fraction(each, of.report))
    if funnel is None or value is None or quantiles is None:
        return None
    field = of.context.deal_fields.get(value.node.name) if isinstance(value.node, Read) else None
    if field is None or field.formula is not None:
        of.report.error(
            "V5514",
            (node.get("value") or node).place,
            Text("A forecast adds up one field that people or systems fill in, and “{text}” is none.", text=value.text),
            Text("Name a field of the deal of numbers or money, such as {example}.", example="amount"),
        )
        return None
    return methods.Forecast(
        funnel=funnel.name,
        value=value,
        by=one_of(methods.ForecastBy, node.get("by")) or methods.ForecastBy.WEIGHTED,
        months=whole(node.get("months")) or _MONTHS,
        quantiles=tuple(sorted(quantiles)) or _QUANTILES,
    )


METHODS: Mapping[str, Callable[[Methods, Node, Counted], Method | None]] = {
    "measure": _measure,
    "ratio": _ratio,
    "derived": _derived,
    "cumulative": _cumulative,
    "stock": _stock,
    "conversion": _conversion,
    "funnel": _funnel,
    "time_in_stage": _time_in_stage,
    "bottleneck": _bottleneck,
    "per_success": _per_success,
    "survival": _survival,
    "decomposition": _decomposition,
    "hygiene": _hygiene,
    "spread": _spread,
    "forecast": _forecast,
}
"""By the key under which each stands."""
