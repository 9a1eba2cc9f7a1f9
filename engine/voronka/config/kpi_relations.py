"""What KPIs make of one another: circles, periods that do not fit, words with two meanings, one-sided targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from voronka.calendars import Duration, Unit
from voronka.config.kpi_promises import check_product
from voronka.config.names import Declaration
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.config.rings import drawn, rings
from voronka.config.scalars import many
from voronka.definition.kpis import Grain, Kpi, KpiKind, KpiStatus, Method, Term, methods
from voronka.definition.kpis.relations import adds_up, used_by
from voronka.messages import Text

__all__ = ["check_circles", "check_roles", "check_words", "related_kpis"]

_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}
_DAYS = {Grain.DAY: 1, Grain.WEEK: 7}
_ORDER = tuple(Grain)


def check_circles(
    uses: Mapping[str, frozenset[str]], declared: Mapping[str, Declaration], report: Report
) -> tuple[str, ...]:
    """Report KPIs that are computed from themselves; return the names of the others, each after those it uses."""
    circular: set[str] = set()
    for ring in rings(uses, uses):
        circular |= set(ring)
        report.error(
            "V5504",
            declared[ring[0]].name.place,
            Text("{name} is computed from itself: {path}.", name=ring[0], path=drawn(ring)),
            Text("Break the circle: one of them must not read the next."),
        )
    order: dict[str, None] = {}

    def place(name: str) -> None:
        if name not in order and name not in circular and name in uses:
            for other in sorted(uses[name]):
                place(other)
            order[name] = None

    for name in uses:
        place(name)
    return tuple(order)


def related_kpis(kpi: Kpi, known: Mapping[str, Kpi], declaration: Declaration, report: Report) -> Kpi:
    """Check a KPI against those that it uses, and return it with the grains and names that follow from them."""
    used = [known[name] for each in kpi.versions for name in used_by(each.method) if name in known]
    if not used:
        _check_lengths(kpi, declaration, report)
        return kpi
    node = declaration.value
    lengths = [length for version in kpi.versions for _, length in _lengths(version.method)]
    grains = tuple(
        grain
        for grain in _ORDER
        if all(grain in each.grains for each in used) and all(_fits(length, grain) for length in lengths)
    )
    if node.get("grain") is None:
        kpi = replace(kpi, grains=grains or kpi.grains)
    for grain in kpi.grains:
        other = next((each for each in used if grain not in each.grains), None)
        if other is not None:
            report.error(
                "V5505",
                (node.get("grain") or declaration.name).place,
                Text(
                    "{name} is told by {grain}, and {other}, which it uses, is not.",
                    name=kpi.name,
                    grain=grain.value,
                    other=other.name,
                ),
                Text(
                    "Add {grain} to the “grain” of {other}, or take it from this one.",
                    grain=grain.value,
                    other=other.name,
                ),
            )
            break
    over = kpi.current.method.over if isinstance(kpi.current.method, methods.Spread) else None
    if node.get("by") is None:
        shared = (name for name in used[0].by if all(name in each.by for each in used))
        kpi = replace(kpi, by=tuple(name for name in shared if name != over))
    for written in many(node.get("by")):
        other = next((each for each in used if written.text not in each.by), None)
        if other is not None:
            report.error(
                "V5513",
                written.place,
                Text(
                    "{other}, which {name} uses, is not told by {by}.", other=other.name, name=kpi.name, by=written.text
                ),
                Text("Add it to “by” of {other}, or leave it out here.", other=other.name),
            )
        elif written.text == over:
            report.error(
                "V5513",
                written.place,
                Text("Told by {by}, each number would be of one alone, who differs from nobody.", by=over),
                Text("Leave it out of “by”."),
            )
    _check_use(kpi, known, declaration, report)
    check_product(kpi, known, node, report)
    _check_lengths(kpi, declaration, report)
    return kpi


def _check_use(kpi: Kpi, known: Mapping[str, Kpi], declaration: Declaration, report: Report) -> None:
    if kpi.status is KpiStatus.APPROVED:
        for name in sorted({name for each in kpi.versions[-1:] for name in used_by(each.method)}):
            if name in known and known[name].status is KpiStatus.DEPRECATED:
                report.error(
                    "V5503",
                    declaration.name.place,
                    Text("The approved KPI {name} rests on {other}, which is deprecated.", name=kpi.name, other=name),
                    Text("Use the KPI that took its place, or approve {other} again.", other=name),
                )
    for version in kpi.versions:
        match version.method:
            case methods.Cumulative(kpi=name) if name in known and not adds_up(known[name].current.method):
                report.error(
                    "V5508",
                    (declaration.value.at("cumulative", "kpi") or declaration.name).place,
                    Text("{name} does not add up over time: it is no count and no sum.", name=name),
                    Text("Accumulate a KPI of counts or sums; a stock is looked at, not added up."),
                )
            case methods.Spread(kpi=of, over=over, against=against):
                named = [name for name in (of, against) if name is not None and name in known]
                without = next((name for name in named if over not in known[name].by), None)
                if without is not None:
                    report.error(
                        "V5513",
                        (declaration.value.at("spread", "over") or declaration.name).place,
                        Text("{other}, which {name} uses, is not told by {by}.", other=without, name=kpi.name, by=over),
                        Text("Add it to “by” of {other}, or leave it out here.", other=without),
                    )
            case methods.Decomposition(kpi=name, factors=factors) if name in factors or len(factors) < 2:
                report.error(
                    "V5514",
                    (declaration.value.at("decomposition", "factors") or declaration.name).place,
                    Text("A change is divided among two or more factors, none of them the KPI itself."),
                    Text("Name the KPIs whose product {name} is.", name=name),
                )


def _check_lengths(kpi: Kpi, declaration: Declaration, report: Report) -> None:
    """Report windows, offsets and periods of any version that do not fit the grains."""
    written = [*many(declaration.value.get("former")), declaration.value]
    # A version that could not be read is left out: then no place but that of the KPI is sure.
    nodes = written if len(written) == len(kpi.versions) else [declaration.value] * len(kpi.versions)
    for version, node in zip(kpi.versions, nodes, strict=True):
        _check_version(kpi, version.method, node, declaration, report)


def _check_version(kpi: Kpi, method: Method, node: Node, declaration: Declaration, report: Report) -> None:
    for what, length in _lengths(method):
        wrong = next((grain for grain in kpi.grains if not _fits(length, grain)), None)
        if wrong is not None:
            at = node.at("derived", "uses", what, "offset") if what else node.at("cumulative", "window")
            report.error(
                "V5505",
                (at or declaration.name).place,
                Text("{length} are no whole number of periods of a {grain}.", length=_told(length), grain=wrong.value),
                Text("Write a length that fits, or take {grain} from “grain”.", grain=wrong.value),
            )
    match method:
        case methods.Cumulative(to_date=Grain() as until):
            if any(_ORDER.index(grain) > _ORDER.index(until) for grain in kpi.grains):
                report.error(
                    "V5505",
                    (node.at("cumulative", "to_date") or declaration.name).place,
                    Text(
                        "A period of {name} is longer than the {until} in which it accumulates.",
                        name=kpi.name,
                        until=until.value,
                    ),
                    Text("Write a shorter “grain”, or a longer “to_date”."),
                )
        case methods.Forecast() if kpi.grains != (Grain.MONTH,) and method is kpi.current.method:
            report.error(
                "V5505",
                (declaration.value.get("grain") or declaration.name).place,
                Text("A forecast is told by month."),
                Text("Write “grain: month”."),
            )


def _lengths(method: Method) -> Iterator[tuple[str, Duration]]:
    match method:
        case methods.Derived(uses=uses):
            yield from ((name, each.offset) for name, each in uses.items() if each.offset is not None)
        case methods.Cumulative(window=Duration() as window):
            yield "", window


def _fits(length: Duration, grain: Grain) -> bool:
    if length.count == 0:
        return False
    if length.unit is Unit.MONTHS:
        return grain in _MONTHS and length.count % _MONTHS[grain] == 0
    days = {Unit.DAYS: 1, Unit.WEEKS: 7}.get(length.unit, 0) * length.count
    return grain in _DAYS and days > 0 and days % _DAYS[grain] == 0


def _told(length: Duration) -> str:
    return str(length)


def check_words(kpis: Iterable[Kpi], terms: Iterable[Term], places: Mapping[str, Declaration], report: Report) -> None:
    """Report words that stand for two things: of approved KPIs and of terms."""
    taken: dict[str, str] = {}
    named: list[Kpi | Term] = [*terms, *(kpi for kpi in kpis if kpi.status is KpiStatus.APPROVED)]
    for each in named:
        words = {" ".join(text.casefold().split()): text for text in (*each.label.texts.values(), *each.aliases)}
        for folded, text in words.items():
            other = taken.setdefault(folded, each.name)
            if other != each.name:
                report.error(
                    "V5502",
                    places[each.name].name.place,
                    Text(
                        "“{word}” means {other} and {name}: one word, two meanings.",
                        word=text,
                        other=other,
                        name=each.name,
                    ),
                    Text(
                        "Call one of them otherwise, or say in “not_same_as” how they differ and drop the shared word."
                    ),
                    related=places[other].name.place,
                )
                break


def check_roles(kpis: Iterable[Kpi], declared: Mapping[str, Declaration], report: Report) -> None:
    """Warn of owners whose KPIs count activity alone: what comes of it is nobody's."""
    by_owner: dict[str, list[Kpi]] = {}
    for kpi in kpis:
        if kpi.status is not KpiStatus.DEPRECATED:
            by_owner.setdefault(kpi.owner, []).append(kpi)
    for owner, own in by_owner.items():
        if all(kpi.kind is KpiKind.ACTIVITY for kpi in own):
            report.warning(
                "V5518",
                declared[own[0].name].name.place,
                Text("All KPIs of {owner} count activity: more calls are no better sale.", owner=owner),
                Text("Give {owner} a KPI of what comes of it, as a share of won deals.", owner=owner),
            )
