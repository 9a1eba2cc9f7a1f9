"""Trees of all files into one `Workspace`: names first, then what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from voronka.calendars import WorkingCalendar
from voronka.config.addresses_check import check_addresses
from voronka.config.anchors_check import check_anchors
from voronka.config.blanks_check import check_blanks
from voronka.config.boundary_check import check_boundary
from voronka.config.build_calendars import STANDARD_CALENDAR, build_calendars
from voronka.config.build_channels import build_channels, build_sources
from voronka.config.build_decisions import Decisions, build_decisions
from voronka.config.build_definitions import Definitions, build_definitions
from voronka.config.build_fields import DeclaredFields, build_data_sources, build_fields, build_groups
from voronka.config.build_funnels import build_funnel, case_names, every_stage
from voronka.config.build_ownership import build_ownership
from voronka.config.build_people import build_people, build_roles, build_teams
from voronka.config.build_templates import TemplateFile, build_templates
from voronka.config.context import Context, FunnelContext
from voronka.config.currencies import read_currency
from voronka.config.deal_circles import check_deal_circles
from voronka.config.declarations import declare
from voronka.config.document import Document
from voronka.config.dotted_fields import columns_by_name, party_fields_of
from voronka.config.early_gates import check_early_gates
from voronka.config.expressions_check import Expressions
from voronka.config.holders_check import check_holders
from voronka.config.hours_check import check_hours
from voronka.config.labels import check_labels
from voronka.config.names import Declaration, Declared, NameKind, refer
from voronka.config.node import Node
from voronka.config.packs import warn_of_unused_packs
from voronka.config.plugins import PluginFunctions, PluginUse
from voronka.config.report import Doubt, Report
from voronka.config.routed_deals import Routed, routed_funnels
from voronka.config.scalars import label, many, window, zone_name
from voronka.config.skills_check import check_skills
from voronka.config.template_fields import said_in_templates
from voronka.config.template_uses import check_unsent
from voronka.config.way_to_won import check_ways_to_won
from voronka.definition.fields import Collection, Field, Subject
from voronka.definition.filled_fields import done_actions, every_action, set_fields
from voronka.definition.funnels import Funnel
from voronka.definition.people import Role, Team
from voronka.definition.playbooks import Playbooks
from voronka.definition.routing import RoutingEntry
from voronka.definition.rules import Rule
from voronka.definition.scopes import scope_of, type_of
from voronka.definition.segments import Segment
from voronka.definition.work import Work
from voronka.definition.workspace import Currency, Workspace
from voronka.expressions import Expression, Name, Scope, suggest

if TYPE_CHECKING:
    from voronka.config.build_kpis import Metrics
    from voronka.definition.catalogs import Catalog
    from voronka.definition.imports import Import, RowImport
    from voronka.definition.strategy import Strategy

__all__ = ["build_workspace"]


def build_workspace(
    documents: Mapping[str, tuple[str, Document]],
    templates: Mapping[str, TemplateFile],
    release: str,
    plugins: PluginUse,
    report: Report,
) -> Workspace | None:
    """Return the workspace; None if anything in it is wrong, all of which is then in `report`.

    `documents`: kind and document of each YAML file by path.
    """
    declared = declare(documents.values(), report)
    root = next(iter(_files_of("workspace", documents)), None)
    expressions = Expressions({path: each for path, (_, each) in documents.items()}, report)
    roles = build_roles(declared, report)
    teams = build_teams(declared, report)
    people = build_people(declared, report)
    calendars = build_calendars(declared, plugins, report)
    currency = read_currency(root, report)
    fields = build_fields(declared, currency, report)
    data_sources = build_data_sources(declared, roles, people, report)
    expressions.broken |= fields.broken
    definitions = build_definitions([each for kind, each in documents.values() if kind == "rules"], fields, report)
    functions = PluginFunctions(plugins, lambda: expressions.place)
    timezone = zone_name(root.get("timezone") if root is not None else None, report) or "UTC"
    scopes = _Scopes(fields, definitions, currency, timezone, roles, teams, declared, functions)
    decisions = Decisions(
        report=report,
        declared=declared,
        expressions=expressions,
        currency=currency,
        timezone=timezone,
        fields={**fields.fields[Subject.DEALS], **party_fields_of(fields)},
    )
    build_decisions(decisions, lambda: scopes.everywhere(Subject.DEALS), scopes.formulas_of_deals())
    scopes.decisions = decisions.names
    _compile_formulas(fields, scopes, expressions)
    expressions.broken |= fields.broken
    definitions.check(lambda subject: expressions.scope(scopes.everywhere(subject)), expressions)
    locale = _text(root, "locale") or "en"
    locale_known = (written := root.get("locale") if root else None) is None or not report.broken(written.place)
    stages = {name: every_stage(each.value) for name, each in declared.of(NameKind.FUNNEL).items()}
    context = Context(
        report=report,
        declared=declared,
        expressions=expressions,
        currency=currency,
        timezone=timezone,
        roles=roles,
        people=people,
        teams=teams,
        channels=build_channels(root, plugins, report),
        templates=build_templates(
            templates, said_in_templates(fields, stages), locale if locale_known else None, expressions.broken, report
        ),
        deal_fields=fields.fields[Subject.DEALS],
        funnel_fields={name: _fields_of(each, fields, report) for name, each in declared.of(NameKind.FUNNEL).items()},
        party_fields=party_fields_of(fields),
        columns=columns_by_name(fields),
        plugins=plugins,
        routed=Routed(funnels=routed_funnels(_files_of("people", documents), declared.of(NameKind.FUNNEL))),
    )
    funnels = {}
    for name, declaration in declared.of(NameKind.FUNNEL).items():
        funnel = build_funnel(declaration, _funnel_context(name, declaration, context, fields, scopes))
        if funnel is not None:
            funnels[name] = funnel
    rules = _rules(funnels, context, fields, scopes)
    if not report.failed:
        report.take(check_deal_circles(funnels, declared.of(NameKind.FUNNEL)))
    segments = _segments(funnels, context, scopes)
    work = _work(funnels, decisions, context, scopes)
    routing = _routing(documents, funnels, context, fields, scopes)
    context.routed.check(routing, funnels, context.funnel_fields, report)
    groups = build_groups(declared, {stage for each in stages.values() for stage in each}, report)
    imports, row_imports = _imports(declared.of(NameKind.IMPORT), stages, fields, context)
    actions = done_actions(funnels, rules)
    filled = {name: set_fields(each, actions, imports) for name, each in funnels.items()}
    if len(rules) == len(declared.of(NameKind.RULE)):
        check_holders(context.built, roles, people, rules.values(), filled, report)
    metrics = _metrics(documents, funnels, context, scopes)
    playbooks = _playbooks(stages, context)
    strategy = _strategy(documents, metrics, context)
    catalogs = _catalogs(declared.of(NameKind.CATALOG), roles, decisions)
    ownership = build_ownership(fields, funnels, lambda: expressions.scope(scopes.everywhere(Subject.DEALS)), context)
    calendar = _calendar(root, calendars, declared, report)
    sources = build_sources(root, plugins, report)
    quiet_hours = window(root.get("quiet_hours") if root is not None else None, report)
    for kind, document in documents.values() if locale_known else ():
        if document.root is not None:
            check_labels(kind, document.root, locale, plugins.additions, report)
    if not report.failed:
        definitions.warn_of_unused(expressions, report)
        _warn_of_unused_decisions(decisions, declared, funnels)
        warn_of_unused_packs(declared, report)
        check_early_gates(context.built, groups, filled, data_sources, report)
        check_ways_to_won(context.built, report)
        report.take(check_boundary(declared))
        places, users = declared.of(NameKind.FUNNEL), declared.of(NameKind.USER)
        report.take(check_hours(funnels, quiet_hours, places))
        report.take(check_anchors(funnels, actions, imports, row_imports.values(), fields, places))
        report.take(check_skills(every_action(funnels, rules), routing, decisions.fields, users))
        report.take(check_addresses(users, context.party_fields, context.channels, plugins.addresses))
        report.take(check_blanks(templates, context.templates, funnels, rules, imports))
        report.take(check_unsent(templates, context.templates, funnels, rules))
    settings = plugins.settings()
    if report.failed or root is None:
        return None
    name = _text(root, "workspace")
    return Workspace(
        name=name,
        title=label(root.get("title"), name),
        locale=locale,
        timezone=context.timezone,
        currency=currency,
        calendar=calendar,
        calendars={calendar.name: calendar, **calendars},
        sets=fields.sets,
        fields=fields.fields,
        collections=fields.collections,
        funnels=funnels,
        roles=roles,
        people=people,
        teams=teams,
        templates=context.templates,
        channels=context.channels,
        imports=imports,
        row_imports=row_imports,
        release=release,
        rules=rules,
        segments=segments,
        routing=routing,
        definitions=definitions.texts(),
        tables=decisions.tables,
        scorecards=decisions.scorecards,
        matrices=decisions.matrices,
        work=work,
        catalogs=catalogs,
        ownership=ownership,
        sources=sources,
        data_sources=data_sources,
        groups=groups,
        playbooks=playbooks,
        plugins=settings,
        allowed_hosts=plugins.allowed_hosts,
        quiet_hours=quiet_hours,
        terms={} if metrics is None else metrics.terms,
        kpis={} if metrics is None else metrics.kpis,
        profit_model=None if metrics is None else metrics.profit_model,
        reviews={} if metrics is None else metrics.reviews,
        strategy=strategy,
    )


def _playbooks(stages: Mapping[str, frozenset[str]], context: Context) -> Playbooks:
    kinds = (NameKind.SCRIPT, NameKind.ARTICLE, NameKind.OBJECTION)
    if not any(context.declared.of(kind) for kind in kinds):
        return Playbooks()
    from voronka.config.build_playbooks import build_playbooks  # most workspaces have none

    return build_playbooks(stages, context)


def _catalogs(
    declared: Mapping[str, Declaration], roles: Mapping[str, Role], decisions: Decisions
) -> dict[str, Catalog]:
    if not declared:
        return {}
    from voronka.config.build_catalogs import build_catalogs  # most workspaces price nothing

    return build_catalogs(declared, roles, decisions)


def _imports(
    declared: Mapping[str, Declaration],
    stages: Mapping[str, frozenset[str]],
    fields: DeclaredFields,
    context: Context,
) -> tuple[dict[str, Import], dict[str, RowImport]]:
    if not declared:
        return {}, {}
    from voronka.config.build_imports import build_import  # most workspaces import nothing
    from voronka.config.build_row_imports import build_row_import

    of_deals, of_rows = {}, {}
    for name, each in declared.items():
        if each.value.at("into", "funnel") is not None:
            if (deals := build_import(name, each, stages, context)) is not None:
                of_deals[name] = deals
        elif (rows := build_row_import(name, each, fields.collections, context)) is not None:
            of_rows[name] = rows
    return of_deals, of_rows


def _rules(funnels: Mapping[str, Funnel], context: Context, fields: DeclaredFields, scopes: _Scopes) -> dict[str, Rule]:
    if not context.declared.of(NameKind.RULE):
        return {}
    from voronka.config.build_rules import build_rules  # a small workspace has none

    declared = context.declared.of(NameKind.FUNNEL)
    return build_rules(
        funnels,
        lambda name: _funnel_context(name, declared[name], context, fields, scopes),
        context.expressions.scope(scopes.everywhere(Subject.DEALS)),
        context,
    )


def _metrics(
    documents: Mapping[str, tuple[str, Document]], funnels: Mapping[str, Funnel], context: Context, scopes: _Scopes
) -> Metrics | None:
    if not (roots := _files_of("kpis", documents)):
        return None
    from voronka.config.build_kpis import build_metrics  # a small workspace measures nothing

    return build_metrics(roots, funnels, lambda subject: context.expressions.scope(scopes.everywhere(subject)), context)


def _strategy(
    documents: Mapping[str, tuple[str, Document]], metrics: Metrics | None, context: Context
) -> Strategy | None:
    if not (roots := _files_of("strategy", documents)):
        return None
    from voronka.config.build_strategy import build_strategy  # most workspaces have none

    return build_strategy(roots, {} if metrics is None else metrics.kpis, context)


def _segments(funnels: Mapping[str, Funnel], context: Context, scopes: _Scopes) -> dict[str, Segment]:
    if not context.declared.of(NameKind.SEGMENT):
        return {}
    from voronka.config.build_segments import build_segments  # most workspaces have none

    return build_segments(funnels, lambda subject: context.expressions.scope(scopes.everywhere(subject)), context)


def _work(funnels: Mapping[str, Funnel], decisions: Decisions, context: Context, scopes: _Scopes) -> dict[str, Work]:
    if not context.declared.of(NameKind.WORK):
        return {}
    from voronka.config.build_work import build_work  # most workspaces have none

    scope = context.expressions.scope(scopes.everywhere(Subject.DEALS))
    return build_work(funnels, decisions.scorecards, scope, context)


def _warn_of_unused_decisions(decisions: Decisions, declared: Declared, funnels: Mapping[str, Funnel]) -> None:
    if decisions.names:
        from voronka.config.unused_decisions import warn_of_unused  # a small workspace decides nothing

        warn_of_unused(decisions, declared, funnels)


def _routing(
    documents: Mapping[str, tuple[str, Document]],
    funnels: Mapping[str, Funnel],
    context: Context,
    fields: DeclaredFields,
    scopes: _Scopes,
) -> tuple[RoutingEntry, ...]:
    if not (lists := [node for root in _files_of("people", documents) if (node := root.get("routing")) is not None]):
        return ()
    from voronka.config.build_routing import build_routing  # a small workspace has none

    declared = context.declared.of(NameKind.FUNNEL)
    return build_routing(
        lists, funnels, lambda name: _funnel_context(name, declared[name], context, fields, scopes), context
    )


def _files_of(kind: str, documents: Mapping[str, tuple[str, Document]]) -> list[Node]:
    return [each.root for of, each in documents.values() if of == kind and each.root is not None]


class _Scopes:
    """Scopes of the workspace: the same roles, teams, funnels and party fields in each."""

    def __init__(
        self,
        fields: DeclaredFields,
        definitions: Definitions,
        currency: Currency,
        zone: str,
        roles: Mapping[str, Role],
        teams: Mapping[str, Team],
        declared: Declared,
        functions: PluginFunctions,
    ) -> None:
        self._fields = fields
        self._definitions = definitions
        self._declared = declared.of(NameKind.FUNNEL)
        self._users = tuple(declared.of(NameKind.USER))
        self._digits = currency.digits
        self._zone = zone
        self._roles = tuple(roles)
        self._teams = tuple(teams)
        self._funnels = tuple(self._declared)
        self._functions = functions
        self.decisions: Mapping[str, Name] = {}
        self._everywhere: dict[Subject, tuple[Mapping[str, Name], Scope]] = {}

    def of(
        self,
        subject: Subject,
        deal_fields: Mapping[str, Field],
        deal_collections: Mapping[str, Collection],
        *,
        stages: Iterable[str] | None = None,
        cases: Iterable[str] = (),
    ) -> Scope:
        """Return a scope in which the deal has these fields and collections."""
        return scope_of(
            subject,
            fields={**self._fields.fields, Subject.DEALS: deal_fields},
            collections={**self._fields.collections, Subject.DEALS: deal_collections},
            formulas={key: node.text for key, node in self._fields.formulas.items() if self._reads(key, deal_fields)},
            defined=self._definitions.texts(),
            money_digits=self._digits,
            zone=self._zone,
            funnels=self._funnels,
            stages=stages,
            cases=cases,
            roles=self._roles,
            teams=self._teams,
            users=self._users,
            functions=self._functions,
            decisions=self.decisions,
        )

    def everywhere(self, subject: Subject) -> Scope:
        """Return a scope in which the deal has the fields, collections, stages and cases of all funnels.

        It is the same one each time, so that what it computes is worked out once, until there are other `decisions`.
        """
        decisions, found = self._everywhere.get(subject, (None, None))
        if found is None or decisions is not self.decisions:
            found = self.of(
                subject,
                self._fields.fields[Subject.DEALS],
                self._fields.collections[Subject.DEALS],
                stages=sorted({stage for each in self._declared.values() for stage in every_stage(each.value)}),
                cases=sorted({case for each in self._declared.values() for case in case_names(each.value)}),
            )
            self._everywhere[subject] = self.decisions, found
        return found

    def formulas_of_deals(self) -> Mapping[str, str]:
        """Return the texts of computed fields and named expressions about deals."""
        own = {name: node.text for (of, name), node in self._fields.formulas.items() if of is Subject.DEALS}
        return {**own, **self._definitions.texts().get(Subject.DEALS, {})}

    @staticmethod
    def _reads(key: tuple[Subject, str], deal_fields: Mapping[str, Field]) -> bool:
        return key[0] is not Subject.DEALS or key[1] in deal_fields


def _compile_formulas(fields: DeclaredFields, scopes: _Scopes, expressions: Expressions) -> None:
    by_subject = {
        subject: expressions.scope(scopes.of(subject, fields.fields[Subject.DEALS], fields.collections[Subject.DEALS]))
        for subject in {subject for subject, _ in fields.formulas}
    }

    def compile_formula(subject: Subject, field: Field, node: Node) -> Expression | None:
        return expressions.compile(node, by_subject[subject], expect=type_of(field))

    fields.with_formulas(compile_formula)


def _sets_of(declaration: Declaration, fields: DeclaredFields) -> list[str]:
    """Return the field sets that a funnel uses: those it names, or all."""
    named = declaration.value.get("fields")
    if named is None:
        return list(fields.sets)
    return [node.text for node in many(named) if node.text in fields.sets]


def _fields_of(declaration: Declaration, fields: DeclaredFields, report: Report) -> dict[str, Field]:
    named = declaration.value.get("fields")
    for node in many(named):
        if refer(NameKind.FIELD_SET, node, fields.sets, report) is None:
            _doubt_fields(suggest(node.text, fields.sets), declaration, fields, report)
    if named is not None and report.broken(named.place):
        _doubt_fields(None, declaration, fields, report)
    return {
        name: each
        for set_name in _sets_of(declaration, fields)
        for name, each in fields.sets[set_name].fields.items()
        if each.of is Subject.DEALS
    }


def _doubt_fields(meant: str | None, declaration: Declaration, fields: DeclaredFields, report: Report) -> None:
    """Doubt what a set holds that the funnel does not reach: the set `meant`, or one that nobody can tell."""
    meant_ones = [fields.sets[meant]] if meant in fields.sets else list(fields.sets.values())
    names = frozenset(name for each in meant_ones for name in (*each.fields, *each.collections))
    doubt = Doubt(names=names, unguessed=meant not in fields.sets)
    for kind in (NameKind.FIELD, NameKind.CASE_FIELD):
        report.doubt(kind, doubt, declaration.name.place.file)


def _funnel_context(
    name: str, declaration: Declaration, context: Context, fields: DeclaredFields, scopes: _Scopes
) -> FunnelContext:
    collections = {
        each: collection
        for set_name in _sets_of(declaration, fields)
        for each, collection in fields.sets[set_name].collections.items()
        if collection.of is Subject.DEALS
    }
    scope = scopes.of(
        Subject.DEALS,
        context.funnel_fields[name],
        collections,
        stages=every_stage(declaration.value),
        cases=case_names(declaration.value),
    )
    return FunnelContext(
        workspace=context,
        name=name,
        scope=context.expressions.scope(scope),
        fields=context.funnel_fields[name],
        collections=frozenset(collections),
    )


def _text(root: Node | None, key: str) -> str:
    node = root.get(key) if root is not None else None
    return node.text if node is not None else ""


def _calendar(
    root: Node | None, calendars: Mapping[str, WorkingCalendar], declared: Declared, report: Report
) -> WorkingCalendar:
    node = root.get("calendar") if root is not None else None
    name = refer(NameKind.CALENDAR, node, declared.of(NameKind.CALENDAR), report)
    return calendars.get(name, STANDARD_CALENDAR) if name is not None else STANDARD_CALENDAR
