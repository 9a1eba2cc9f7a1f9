"""The questions about KPIs, by name; what answers them is imported when one is asked: other commands do not pay."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.mart.marts import Marts
from voronka.runtime.queries import Asked, Query, parameters
from voronka.runtime.words import Json

__all__ = ["kpi_questions", "kpi_reports"]

_KPI = ("kpi", "from", "to", "grain", "by")


def kpi_questions(marts: Marts) -> Mapping[str, Query]:
    """Return ``kpi`` and ``kpi.drill``."""

    @parameters(*_KPI)
    def kpi(asked: Asked) -> Json:
        from voronka.metrics.kpi.answers import answer_kpi

        return answer_kpi(asked, marts)

    @parameters(*_KPI, "keys", "period", "limit")
    def drill(asked: Asked) -> Json:
        from voronka.metrics.kpi.answers import answer_drill

        return answer_drill(asked, marts)

    return {"kpi": kpi, "kpi.drill": drill}


def kpi_reports(marts: Marts) -> Mapping[str, Query]:
    """Return the reports that are KPIs of a funnel: ``report.bottleneck`` and ``report.hygiene``."""

    @parameters("funnel", "from", "to")
    def bottleneck(asked: Asked) -> Json:
        from voronka.metrics.kpi.reports import answer_bottleneck

        return answer_bottleneck(asked, marts)

    @parameters("funnel")
    def hygiene(asked: Asked) -> Json:
        from voronka.metrics.kpi.reports import answer_hygiene

        return answer_hygiene(asked, marts)

    return {"report.bottleneck": bottleneck, "report.hygiene": hygiene}
