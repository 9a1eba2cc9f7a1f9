"""What the builders of a run share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from voronka.config.expressions_check import Expressions
from voronka.config.finding import Place
from voronka.config.holders_check import Built
from voronka.config.names import Declared
from voronka.config.plugins import PluginUse
from voronka.config.report import Report
from voronka.config.routed_deals import Routed
from voronka.config.structure import Site
from voronka.definition.fields import Field
from voronka.definition.people import Role, Team, User
from voronka.definition.templates import Template
from voronka.definition.workspace import Channel, Currency
from voronka.expressions import Scope
from voronka.frozen import frozen

__all__ = ["Context", "FunnelContext"]


@frozen
class Context:
    """The workspace around a funnel or an import.

    `deal_fields`: of all sets; `funnel_fields`: those of each funnel. `party_fields`:
    fields of accounts and contacts, their names dotted. `columns`: of all collections, by their whole names
    (``account.competitors.share``). Filled while building: `routed`, the deals whose funnel the routing chooses, and
    `built`, the sound variants of funnels.
    """

    report: Report
    declared: Declared
    expressions: Expressions
    currency: Currency
    timezone: str
    roles: Mapping[str, Role]
    people: Mapping[str, User]
    teams: Mapping[str, Team]
    channels: Mapping[str, Channel]
    templates: Mapping[str, Template]
    deal_fields: Mapping[str, Field]
    funnel_fields: Mapping[str, Mapping[str, Field]]
    party_fields: Mapping[str, Field]
    columns: Mapping[str, Field]
    plugins: PluginUse
    routed: Routed
    built: list[Built] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class FunnelContext:
    """One funnel, and the case of it that is being built.

    `fields` and `collections`: those of deals that it may use. `stages`: of the present case; `timed`: the timed events
    of any case. `by_timer`: whether a timed event does what is being built; `each`: the collection for whose rows it
    does, `counted`: the field or column from which it counts. `places`: where the parts of the case are written,
    filled while building.
    """

    workspace: Context
    name: str
    scope: Scope
    fields: Mapping[str, Field]
    collections: Collection[str] = ()
    stages: Collection[str] = ()
    timed: Collection[str] = ()
    by_timer: bool = False
    each: str | None = None
    counted: str | None = None
    places: dict[Site, Place] = field(default_factory=dict)

    @property
    def report(self) -> Report:
        """Where findings go."""
        return self.workspace.report
