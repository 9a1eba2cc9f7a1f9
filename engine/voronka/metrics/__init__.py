"""Numbers about processes, computed in SQL, each with its n and its definition."""

from voronka.metrics.funnel import FunnelReport, OwnerResult, StageFlow, funnel_report
from voronka.metrics.statistics.rates import Interval, wilson

__all__ = ["FunnelReport", "Interval", "OwnerResult", "StageFlow", "funnel_report", "wilson"]
