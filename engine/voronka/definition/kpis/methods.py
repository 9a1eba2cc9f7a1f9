"""How a KPI is computed: one class for each type; what each gives is told in docs/kpis.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from voronka.calendars import Duration
from voronka.expressions import Expression
from voronka.frozen import frozen

__all__ = [
    "Basis",
    "Bottleneck",
    "Conversion",
    "Cumulative",
    "Decomposition",
    "Derived",
    "Entity",
    "Forecast",
    "ForecastBy",
    "FunnelMode",
    "FunnelSteps",
    "Grain",
    "Hygiene",
    "Mark",
    "Measure",
    "Method",
    "OpenVisits",
    "PerSuccess",
    "RankBy",
    "Ratio",
    "Shares",
    "Spread",
    "Stat",
    "Stock",
    "SuccessOn",
    "Survival",
    "TimeInStage",
    "Used",
]


class Grain(StrEnum):
    """The length of a period, in the calendar of the KPI's zone; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Entity(StrEnum):
    """What a conversion counts once."""

    DEAL = "deal"
    ACCOUNT = "account"
    CONTACT = "contact"


class Basis(StrEnum):
    """Where a conversion stands in time: in the period in which it began, or in that in which it was completed."""

    COHORT = "cohort"
    EVENT = "event"


class FunnelMode(StrEnum):
    """Which deals passed a step: strict, every step in order; any, this step at any time; imputed, this or a later."""

    STRICT = "strict"
    ANY = "any"
    IMPUTED = "imputed"


class OpenVisits(StrEnum):
    """What is made of a stay that lasts: censored (Kaplan–Meier), taken as long as it is so far, or left out."""

    CENSOR = "censor"
    SO_FAR = "so_far"
    EXCLUDE = "exclude"


class Stat(StrEnum):
    """What is told of lengths of time; a percentile is the value of the nearest rank, under censoring the time by
    which the Kaplan–Meier curve has fallen so far.
    """

    MEAN = "mean"
    P50 = "p50"
    P80 = "p80"
    P95 = "p95"


class RankBy(StrEnum):
    """What makes a stage the bottleneck: expected gain in money, time of a stay, waiting, or share lost."""

    GAIN = "gain"
    TIME = "time"
    WAIT = "wait"
    LEAK = "leak"


class SuccessOn(StrEnum):
    """Whose activity is divided by the won deals: that on the won ones, or that on all which closed."""

    WON = "won"
    ALL = "all"


class Shares(StrEnum):
    """How a change is divided among factors: logarithmic mean Divisia index, or Shapley values."""

    LMDI = "lmdi"
    SHAPLEY = "shapley"


class ForecastBy(StrEnum):
    """What says when and how probably an open deal is won: rates by stage, or survival since its creation."""

    WEIGHTED = "weighted"
    SURVIVAL = "survival"


@frozen
class Mark:
    """A moment in the life of a deal: it was created, won or lost, or it first entered a stage.

    `event`: ``created``, ``won``, ``lost`` or ``entered``; `funnel` and `stage` say which stage was entered.
    """

    event: str
    funnel: str = ""
    stage: str = ""


@frozen
class Measure:
    """The value of an expression over the rows that are counted, as ``sum(deals, amount, won)``.

    Every name in it stands inside an `Aggregate` whose collection is what is counted, so that it becomes an aggregate
    of one select; the values and conditions within are about one row. Money is in minor units where its type says so.
    """

    value: Expression


@frozen
class Ratio:
    """`part` divided by `whole`, both over the rows that are counted. `share`: `part` counts some of `whole`, so that
    the ratio is a proportion and has an interval.
    """

    part: Expression
    whole: Expression
    share: bool


@frozen
class Used:
    """Another KPI as a formula reads it: at the same period, or so many periods (of the grain asked for) earlier.

    `offset`: a calendar duration, as one month; None: the same period.
    """

    kpi: str
    offset: Duration | None = None


@frozen
class Derived:
    """A formula over other KPIs. `uses` tells what its names stand for."""

    formula: Expression
    uses: Mapping[str, Used]


@frozen
class Cumulative:
    """Another KPI, a measure that can be added up, over the last `window`, or since the beginning of `to_date`."""

    kpi: str
    window: Duration | None = None
    to_date: Grain | None = None


@frozen
class Stock:
    """A measure over what stood at the end of a period. It is never added over time."""

    value: Expression


@frozen
class Conversion:
    """The share of those that reached `start` which reached `end`, `within` so long if given.

    `maturity`: a cohort younger than this is not judged; None: as old as `within`.
    """

    start: Mark
    end: Mark
    entity: Entity
    basis: Basis
    within: Duration | None = None
    maturity: Duration | None = None


@frozen
class FunnelSteps:
    """How many passed each step of a funnel, or how much. `steps`: stages in their order; `windows`: how long a step
    may take, by stage. `value`: what is added up instead of counting deals.
    """

    funnel: str
    mode: FunnelMode
    steps: tuple[str, ...]
    windows: Mapping[str, Duration] = field(default_factory=dict)
    value: Expression | None = None


@frozen
class TimeInStage:
    """How long stays in stages last. `stages` None: all open ones. `calendar`: of working days; None: by the clock."""

    funnel: str
    stats: tuple[Stat, ...]
    open: OpenVisits
    stages: tuple[str, ...] | None = None
    calendar: str | None = None


@frozen
class Bottleneck:
    """Which stage holds a funnel up. Stages with fewer than `least` finished stays are told of and not ranked."""

    funnel: str
    rank_by: RankBy
    least: int


@frozen
class PerSuccess:
    """Activity for each won deal. `activity`: a measure over interactions; `funnel`: whose deals."""

    activity: Expression
    on: SuccessOn
    funnel: str | None = None


@frozen
class Survival:
    """The share that has reached `event` by each of the times `at` since `start`, with `competing` ends apart
    (Aalen–Johansen); what is open is censored.
    """

    start: Mark
    event: Mark
    at: tuple[Duration, ...]
    competing: tuple[Mark, ...] = ()


@frozen
class Decomposition:
    """What each factor contributed to the change of a KPI from one period to the next. Their product is the KPI."""

    kpi: str
    factors: tuple[str, ...]
    by: Shares


@frozen
class Hygiene:
    """How complete, valid and fresh fields are. `fresh`: of a deal that is open, a value last set longer ago
    is stale; None: none is.

    `placeholders`: texts that stand for nothing, as ``-`` or ``n/a``, beside the usual ones.
    """

    fields: tuple[str, ...]
    fresh: Duration | None = None
    placeholders: tuple[str, ...] = ()


@frozen
class Spread:
    """How much a KPI differs among the members of a dimension: mean, standard deviation, and rank correlation `against`
    another KPI.
    """

    kpi: str
    over: str
    against: str | None = None


@frozen
class Forecast:
    """What open deals will bring, by month. `value`: of a deal; `months`: how many ahead; `quantiles`: 0 to 1."""

    funnel: str
    value: Expression
    by: ForecastBy
    months: int
    quantiles: tuple[float, ...]


Method = (
    Measure
    | Ratio
    | Derived
    | Cumulative
    | Stock
    | Conversion
    | FunnelSteps
    | TimeInStage
    | Bottleneck
    | PerSuccess
    | Survival
    | Decomposition
    | Hygiene
    | Spread
    | Forecast
)
