"""Files of KPIs into the glossary, the KPIs, the profit model and the reviews."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from voronka.config.build_kpi_examples import Examples
from voronka.config.build_kpi_methods import METHODS, Methods
from voronka.config.build_kpi_targets import build_targets
from voronka.config.build_profit import build_profit_model
from voronka.config.build_reviews import build_reviews
from voronka.config.build_terms import build_terms, formulas_of_terms, owner_at, related
from voronka.config.context import Context
from voronka.config.kpi_mixtures import check_mixtures
from voronka.config.kpi_promises import check_interval
from voronka.config.kpi_relations import check_circles, check_roles, check_words, related_kpis
from voronka.config.kpi_rows import check_own, check_used
from voronka.config.kpi_scopes import KpiScopes
from voronka.config.kpi_units import MONEY, unit_of_method
from voronka.config.kpi_versions import are_alike
from voronka.config.names import Declaration, NameKind, refer, twice
from voronka.config.node import Node
from voronka.config.scalars import day, fraction, label, many, one_of, whole
from voronka.definition.fields import Subject
from voronka.definition.funnels import Funnel
from voronka.definition.kpis import (
    Counted,
    Good,
    Grain,
    IntervalBy,
    Kpi,
    KpiKind,
    KpiLevel,
    KpiStatus,
    ProfitModel,
    Review,
    Term,
    Version,
)
from voronka.definition.kpis.relations import adds_up, own_names, used_by
from voronka.expressions import Kind, Scope, suggest
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["Metrics", "build_metrics"]

_OF_ROWS = frozenset({"measure", "ratio", "stock", "hygiene"})
_OF_KPIS = frozenset({"derived", "cumulative", "decomposition", "spread"})
_OF_ALL = frozenset({"forecast"})
_TIMED = frozenset({"measure", "ratio"})
_TIMES = {
    Counted.VISITS: "entered_at",
    Counted.INTERACTIONS: "at",
    Counted.ORDERS: "at",
    Counted.TASKS: "due",
    Counted.ACCOUNTS: "created_at",
    Counted.CONTACTS: "created_at",
}
_MOMENTS = {Counted.DEALS: "closed_at", **_TIMES}
_RECORDS = frozenset({Counted.DEALS, Counted.ACCOUNTS, Counted.CONTACTS})
_ACTIVITY = frozenset({Counted.INTERACTIONS, Counted.TASKS, Counted.VISITS})
_BOUNDED = frozenset({Kind.CHOICE, Kind.BOOL, Kind.REFERENCE, Kind.INTEGER})


@frozen
class Metrics:
    """What files of KPIs declare."""

    terms: Mapping[str, Term]
    kpis: Mapping[str, Kpi]
    profit_model: ProfitModel | None
    reviews: Mapping[str, Review]


def build_metrics(
    roots: Iterable[Node],
    funnels: Mapping[str, Funnel],
    everywhere: Callable[[Subject], Scope],
    context: Context,
) -> Metrics:
    """Return what the files with these `roots` declare; what is wrong is left out and reported.

    `everywhere` gives what an expression about a kind of record may name.
    """
    declared = {kind: context.declared.of(kind) for kind in (NameKind.TERM, NameKind.KPI, NameKind.REVIEW)}
    for name, declaration in declared[NameKind.KPI].items():
        if name in declared[NameKind.TERM]:
            twice(name, declaration.name.place, declared[NameKind.TERM][name].name.place, context.report)
    formulas = formulas_of_terms(declared[NameKind.TERM], everywhere, context)
    scopes = KpiScopes(everywhere, context.expressions.scope, formulas)
    terms = build_terms(declared[NameKind.TERM], lambda of: scopes.row(Counted(of.value))[0], context)
    builder = _Builder(context, scopes, funnels)
    built = {name: builder.kpi(name, each) for name, each in declared[NameKind.KPI].items()}
    kpis = _related({name: kpi for name, kpi in built.items() if kpi is not None}, context)
    places = {**declared[NameKind.TERM], **declared[NameKind.KPI]}
    check_words(kpis.values(), terms.values(), places, context.report)
    check_roles(kpis.values(), declared[NameKind.KPI], context.report)
    check_mixtures(kpis, terms, places, context.report)
    return Metrics(
        terms=terms,
        kpis=kpis,
        profit_model=_profit_model(roots, kpis, context),
        reviews=build_reviews(declared[NameKind.REVIEW], context),
    )


def _profit_model(roots: Iterable[Node], kpis: Mapping[str, Kpi], context: Context) -> ProfitModel | None:
    written = [root for root in roots if root.get("profit_model") is not None]
    for other in written[1:]:
        key, first = other.key("profit_model"), written[0].key("profit_model")
        if key is not None and first is not None:
            twice(key.text, key.place, first.place, context.report)
    node = written[0].get("profit_model") if written else None
    return None if node is None else build_profit_model(node, kpis, context)


def _related(built: Mapping[str, Kpi], context: Context) -> dict[str, Kpi]:
    """Return the KPIs in the order in which they can be computed, checked against one another."""
    declared = context.declared.of(NameKind.KPI)
    uses = {
        name: frozenset(other for each in kpi.versions for other in used_by(each.method) if other in built)
        for name, kpi in built.items()
    }
    found: dict[str, Kpi] = {}
    units: dict[str, str] = {}
    for name in check_circles(uses, declared, context.report):
        check_used(built[name], found, declared[name], context)
        check_own(built[name], declared[name].value, context.report)
        kpi = related_kpis(built[name], found, declared[name], context.report)
        if not kpi.unit:
            kpi = replace(kpi, unit=unit_of_method(kpi.current.method, units))
        if kpi.unit == MONEY and declared[name].value.get("kind") is None:
            kpi = replace(kpi, kind=KpiKind.VALUE)
        found[name], units[name] = kpi, kpi.unit
    return found


class _Builder:
    """Builds KPIs."""

    def __init__(self, context: Context, scopes: KpiScopes, funnels: Mapping[str, Funnel]) -> None:
        self._context = context
        self._report = context.report
        self._scopes = scopes
        self._methods = Methods(context, scopes, funnels, tuple(context.declared.of(NameKind.KPI)))
        self._examples = Examples(context, scopes)
        self._known = {*context.declared.of(NameKind.TERM), *context.declared.of(NameKind.KPI)}

    def kpi(self, name: str, declaration: Declaration) -> Kpi | None:
        """Return one KPI; None if something in it is wrong."""
        node = declaration.value
        keys = [key for key in METHODS if node.get(key) is not None]
        owner = owner_at(node, declaration.name, self._context)
        if len(keys) != 1 or self._report.broken(node.place):
            return None
        key = keys[0]
        counted = self._counted(node, key)
        versions = tuple(self._versions(node, counted))
        good = one_of(Good, node.get("good"))
        current = versions[-1] if versions else None
        targets = build_targets(
            node.get("target"), good, current is not None and adds_up(current.method), self._context
        )
        if key in _OF_ALL and (unread := node.get("by")) is not None:
            self._report.error(
                "V5516",
                (node.key("by") or unread).place,
                Text("“{other}” means nothing beside “{key}”.", other="by", key=key),
                Text("Remove it: a forecast is of all open deals of its funnel."),
            )
        by = tuple(self._dimensions(node.get("by"), counted, () if current is None else own_names(current.method)))
        if current is not None:
            check_interval(key, current.method, node, self._report)
        level, least, method = self._interval(node.get("interval"))
        examples = self._examples.build(node.get("examples"))
        review = refer(NameKind.REVIEW, node.get("review"), self._context.declared.of(NameKind.REVIEW), self._report)
        not_same_as = related(node, self._known, self._context)
        if current is None or owner is None:
            return None
        unit = node.get("unit")
        return Kpi(
            name=name,
            label=label(node.get("label"), name),
            definition=label(node.get("definition"), ""),
            owner=owner,
            level=one_of(KpiLevel, node.get("level")) or KpiLevel.ALL,
            kind=one_of(KpiKind, node.get("kind")) or _kind_of(counted, current),
            of=counted,
            versions=versions,
            status=one_of(KpiStatus, node.get("status")) or KpiStatus.DRAFT,
            aliases=tuple(each.text for each in many(node.get("aliases"))),
            not_same_as=not_same_as,
            by=by,
            grains=tuple(grain for each in many(node.get("grain")) if (grain := one_of(Grain, each)) is not None)
            or (Grain.MONTH,),
            nulls=None if node.get("nulls") is None else label(node.get("nulls"), ""),
            interval=method,
            confidence=level,
            least=least,
            good=good,
            targets=targets,
            review=review,
            examples=examples,
            unit="" if unit is None else unit.text,
        )

    def _counted(self, node: Node, key: str) -> Counted:
        written = node.get("of")
        default = Counted.INTERACTIONS if key == "per_success" else Counted.DEALS
        counted = one_of(Counted, written) or default
        if written is None or self._report.broken(written.place) or counted is default:
            return counted
        fits = counted in _RECORDS if key == "hygiene" else key in _OF_ROWS and key != "stock"
        if not fits:
            self._report.error(
                "V5516",
                written.place,
                Text(
                    "“{key}” counts {default}; it cannot count {counted}.",
                    key=key,
                    default=default.value,
                    counted=counted.value,
                ),
                Text("Remove “of”."),
            )
            return default
        return counted

    def _versions(self, node: Node, counted: Counted) -> Iterator[Version]:
        """Yield the meanings of a KPI, the newest last; they are numbered and dated in their order."""
        number, since = 0, None
        before: Version | None = None
        written = [*many(node.get("former")), node]
        for each in written:
            stated = each.get("version")
            own = whole(stated)
            if own is not None and own <= number:
                self._out_of_order(stated or each, Text("The versions of a KPI are numbered upwards, the newest last."))
            number = own if own is not None and own > number else number + 1
            start, day_written = None, each.get("effective_from")
            if day_written is not None and not self._report.broken(day_written.place):
                start = day(day_written, self._report)
            if each is not written[0] and day_written is None:
                self._out_of_order(
                    each, Text("A version takes the place of a former one, and does not say since when.")
                )
            elif start is not None and since is not None and start <= since:
                self._out_of_order(day_written or each, Text("A version begins before the one whose place it takes."))
            since = start or since
            version = self._version(each, counted, number, start)
            if version is not None:
                if before is not None and not are_alike(before.method, version.method):
                    self._report.error(
                        "V5524",
                        each.place if each is not node else (self._key_of(node) or node).place,
                        Text("This version gives something else than the one before: a number of another kind."),
                        Text(
                            "Give it a name and a KPI of its own, and mark the former one as deprecated; a version may"
                            " count otherwise, not another thing."
                        ),
                    )
                before = version
                yield version

    def _key_of(self, node: Node) -> Node | None:
        return next((key for each in METHODS if (key := node.key(each)) is not None), None)

    def _out_of_order(self, node: Node, reason: Text) -> None:
        self._report.error(
            "V5515",
            node.place,
            reason,
            Text("Write “version” and “effective_from” of each in the order in which they came into force."),
        )

    def _version(self, node: Node, counted: Counted, number: int, since: date | None) -> Version | None:
        keys = [key for key in METHODS if node.get(key) is not None]
        if len(keys) != 1 or self._report.broken(node.place):
            return None
        key = keys[0]
        written = node.get(key)
        if written is None or self._report.broken(written.place):
            return None
        for other, knows in (("where", key not in _OF_KPIS | _OF_ALL), ("time", key in _TIMED)):
            unread = node.get(other)
            if unread is not None and not knows:
                self._report.error(
                    "V5516",
                    (node.key(other) or unread).place,
                    Text("“{other}” means nothing beside “{key}”.", other=other, key=key),
                    Text("Remove it; write it in the KPIs that this one rests on.")
                    if key in _OF_KPIS
                    else Text("Remove it: this way of computing knows its moments by itself.")
                    if other == "time"
                    else Text("Remove it: a forecast is of all open deals of its funnel."),
                )
        method = self._methods.build(key, written, counted)
        of_where = counted if key in _OF_ROWS else Counted.DEALS
        where = self._methods.where(node.get("where"), of_where) if key not in _OF_KPIS else None
        time = self._time(node, written, counted) if key in _TIMED else None
        if method is None or (where is None and node.get("where") is not None) or (key in _TIMED and time is None):
            return None
        return Version(number=number, method=method, since=since, where=where, time=time)

    def _time(self, node: Node, method: Node, counted: Counted) -> str | None:
        written = node.get("time")
        if written is None:
            if counted in _TIMES:
                return _TIMES[counted]
            self._report.error(
                "V5517",
                method.place,
                Text("Nothing says into which period a deal falls."),
                Text("Write “time: closed_at” for what came to an end in it, “time: created_at” for what began."),
            )
            return None
        names = self._scopes.names(counted)
        name = names.get(written.text)
        if name is not None and name.type.kind in (Kind.DATETIME, Kind.DATE) and not name.pii:
            return written.text
        if not self._report.broken(written.place) and written.text not in self._context.expressions.broken:
            moments = [each for each, name in names.items() if name.type.kind in (Kind.DATETIME, Kind.DATE)]
            self._report.error(
                "V5517",
                written.place,
                Text("“{name}” is no moment of {counted}.", name=written.text, counted=counted.value),
                Text("Name a date or a moment of them, such as {example}.", example=_MOMENTS[counted]),
                suggestion=suggest(written.text, moments),
            )
        return None

    def _dimensions(self, node: Node | None, counted: Counted, own: Sequence[str]) -> Iterator[str]:
        """Yield the names by which a KPI is told; `own`: those by which it is told of itself."""
        names = self._scopes.names(counted)
        for each in many(node):
            if self._report.broken(each.place) or each.text in self._context.expressions.broken:
                continue
            name = names.get(each.text)
            if name is None:
                self._report.error(
                    "V5513",
                    each.place,
                    Text("{counted} have no name “{name}”.", counted=counted.value, name=each.text),
                    Text("Name a field of theirs, of the account or of the owner, such as owner.team."),
                    suggestion=suggest(each.text, names),
                )
            elif each.text in own:
                self._report.error(
                    "V5513",
                    each.place,
                    Text("This way of computing tells of each {name} by itself.", name=each.text),
                    Text("Leave it out of “by”."),
                )
            elif name.pii:
                self._report.error(
                    "V5512",
                    each.place,
                    Text("{field} is personal, and no KPI is computed from personal data.", field=each.text),
                    Text("Leave it out, or add a field that says what of it is to be counted."),
                )
            else:
                self._check_dimension(each, name.type.kind)
                yield each.text

    def _check_dimension(self, node: Node, kind: Kind) -> None:
        if kind is Kind.TEXT:
            self._report.warning(
                "V5513",
                node.place,
                Text("{name} is free text: every spelling would be a row of its own.", name=node.text),
                Text("Make it a choice, or leave it out of “by”."),
            )
        elif kind not in _BOUNDED and kind is not Kind.MISSING:
            self._report.error(
                "V5513",
                node.place,
                Text("{name} is measured, not a thing to tell apart by.", name=node.text),
                Text("Name a choice, a person, or yes or no."),
            )

    def _interval(self, node: Node | None) -> tuple[float, int, IntervalBy]:
        """Return the confidence, the least number of rows and the method."""
        if node is None or node.is_scalar:
            return 0.95, 1, one_of(IntervalBy, node) or IntervalBy.WILSON
        level = fraction(node.get("level"), self._report)
        if level is not None and not 0 < level < 1:
            self._report.error(
                "V3901",
                (node.get("level") or node).place,
                Text("No interval has this confidence."),
                Text("Write a percentage between 50% and 99.9%, such as 95%."),
            )
        return level or 0.95, whole(node.get("min_n")) or 1, one_of(IntervalBy, node.get("method")) or IntervalBy.WILSON


def _kind_of(counted: Counted, version: Version) -> KpiKind:
    """Return what a KPI tells that does not say it itself."""
    return KpiKind.ACTIVITY if counted in _ACTIVITY and adds_up(version.method) else KpiKind.OUTCOME
