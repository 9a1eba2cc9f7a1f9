"""The whole configuration as one value: a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from voronka.calendars import DailyWindow, WorkingCalendar
from voronka.definition.fields import Collection, Field, FieldGroup, FieldSet, Subject
from voronka.definition.funnels import Funnel
from voronka.definition.people import Role, Team, User
from voronka.definition.playbooks import Playbooks
from voronka.definition.rates import ATTEMPTS, Rate
from voronka.definition.routing import RoutingEntry
from voronka.definition.rules import Rule
from voronka.definition.segments import Segment
from voronka.definition.sources import DataSource
from voronka.definition.templates import Template
from voronka.frozen import frozen
from voronka.messages import Label

if TYPE_CHECKING:
    from voronka.definition.catalogs import Catalog
    from voronka.definition.imports import Import, RowImport
    from voronka.definition.kpis import Kpi, ProfitModel, Review, Term
    from voronka.definition.matrices import Matrix
    from voronka.definition.ownership import CostOfOwnership
    from voronka.definition.scorecards import Scorecard
    from voronka.definition.strategy import Strategy
    from voronka.definition.tables import DecisionTable
    from voronka.definition.work import Work

__all__ = ["Channel", "Currency", "Source", "Workspace", "release_of"]


@frozen
class Currency:
    """ISO 4217 code and its number of minor digits: money is kept as an integer of minor units."""

    code: str
    digits: int


@frozen
class Channel:
    """A way out for messages. `via` names the type that delivers them: ``file``, or one that a plugin declares.

    `address`: the contact's field, and the key among a user's addresses, that says where a message goes; None: nobody
    needs an address. `html`: its messages carry an HTML form. `settings`: those of the type, secrets as references.
    `rates`: all of them bind. `attempts`: after so many failures a message is given up. `ordered`: those of a deal
    leave one after the other. `at_most_once`: none is tried twice.
    """

    name: str
    via: str
    address: str | None = None
    html: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    rates: tuple[Rate, ...] = ()
    attempts: int = ATTEMPTS
    ordered: bool = True
    at_most_once: bool = False


@frozen
class Source:
    """Where commands come in by themselves. `via` names the type; `every`: how often it is asked, in seconds."""

    name: str
    via: str
    every: int
    settings: Mapping[str, Any] = field(default_factory=dict)


@frozen
class Workspace:
    """Everything declared, checked and resolved. `release` is the content hash of the files it was read from.

    `fields` and `collections` are keyed by subject, then by name. `definitions`: the texts of named expressions, by
    what they are about (a subject or a collection), then by name. `plugins`: their settings, secrets as references.
    `allowed_hosts`: to which plugins may connect although their addresses are not public.
    `imports`: of deals and what happened to them; `row_imports`: of other records. `quiet_hours`: when no message
    leaves for a contact. `kpis`: each after those that it is computed from.
    `ownership`: by the field set that declares it.
    """

    name: str
    title: Label
    locale: str
    timezone: str
    currency: Currency
    calendar: WorkingCalendar
    calendars: Mapping[str, WorkingCalendar]
    sets: Mapping[str, FieldSet]
    fields: Mapping[Subject, Mapping[str, Field]]
    collections: Mapping[Subject, Mapping[str, Collection]]
    funnels: Mapping[str, Funnel]
    roles: Mapping[str, Role]
    people: Mapping[str, User]
    templates: Mapping[str, Template]
    channels: Mapping[str, Channel]
    imports: Mapping[str, Import]
    release: str
    row_imports: Mapping[str, RowImport] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    routing: tuple[RoutingEntry, ...] = ()
    definitions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tables: Mapping[str, DecisionTable] = field(default_factory=dict)
    scorecards: Mapping[str, Scorecard] = field(default_factory=dict)
    matrices: Mapping[str, Matrix] = field(default_factory=dict)
    work: Mapping[str, Work] = field(default_factory=dict)
    catalogs: Mapping[str, Catalog] = field(default_factory=dict)
    ownership: Mapping[str, CostOfOwnership] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    plugins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    allowed_hosts: frozenset[str] = frozenset()
    quiet_hours: DailyWindow | None = None
    terms: Mapping[str, Term] = field(default_factory=dict)
    kpis: Mapping[str, Kpi] = field(default_factory=dict)
    profit_model: ProfitModel | None = None
    reviews: Mapping[str, Review] = field(default_factory=dict)
    data_sources: Mapping[str, DataSource] = field(default_factory=dict)
    groups: Mapping[str, FieldGroup] = field(default_factory=dict)
    playbooks: Playbooks = field(default_factory=Playbooks)
    strategy: Strategy | None = None

    @property
    def unordered(self) -> frozenset[str]:
        """The channels whose messages wait for no earlier one of their deal."""
        return frozenset(name for name, channel in self.channels.items() if not channel.ordered)


def release_of(files: Mapping[str, bytes]) -> str:
    """Return the content hash of the files: SHA-256 over each path, the length of its content and the content."""
    digest = sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode())
        digest.update(files[path])
    return digest.hexdigest()
