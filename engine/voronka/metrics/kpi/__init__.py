"""KPIs computed over the mart: each version of one is one select, grouped by names and by periods."""

from voronka.metrics.kpi.computing import compute
from voronka.metrics.kpi.drill import drill
from voronka.metrics.kpi.request import Data, Freshness, KpiResult, KpiRow, Request

__all__ = ["Data", "Freshness", "KpiResult", "KpiRow", "Request", "compute", "drill"]
