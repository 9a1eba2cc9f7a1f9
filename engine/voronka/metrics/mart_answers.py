"""Reports over the mart as questions: each sees the mart as it is when it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voronka.mart.marts import Marts
from voronka.metrics.parameters import funnel_of, period_of
from voronka.metrics.slices import Slice
from voronka.runtime.queries import Asked, Query
from voronka.runtime.words import Json

__all__ = ["mart_answers"]

_REPORTS = ("managers", "winloss", "forecast")


def mart_answers(marts: Marts) -> Mapping[str, Query]:
    """Return the questions by name. Each tells how fresh its numbers are, and under which release they were counted."""
    return {f"report.{name}": _over(marts, name) for name in _REPORTS}


def _over(marts: Marts, name: str) -> Query:
    def query(asked: Asked) -> Json:
        funnel = None if asked.text("funnel") is None else funnel_of(asked).name
        start, end = period_of(asked)
        mart = marts.fresh(asked.workspace)
        with mart.connect() as connection:
            part = Slice(
                connection=connection,
                tables=mart.schema.tables,
                funnel=funnel,
                start=start,
                end=end,
                owners=asked.owners,
            )
            told = _answers()[name](asked, part)
        return {**told, "fresh_at": mart.state.refreshed_at, "release": mart.state.release}

    return query


def _answers() -> Mapping[str, Callable[[Asked, Slice], Json]]:
    """Return what answers each question; imported when one is asked: other commands do not pay for it."""
    from voronka.metrics.forecast.answer import answer_forecast
    from voronka.metrics.managers.answer import answer_managers
    from voronka.metrics.winloss.answer import answer_winloss

    return {"managers": answer_managers, "winloss": answer_winloss, "forecast": answer_forecast}
