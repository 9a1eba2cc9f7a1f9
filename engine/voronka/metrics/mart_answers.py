"""Reports over the mart as questions: each sees the mart as it is when it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from voronka.mart.marts import Marts
from voronka.metrics.parameters import funnel_of, period_of
from voronka.metrics.slices import Slice
from voronka.runtime.queries import Asked, Query, parameters
from voronka.runtime.words import Json

if TYPE_CHECKING:
    from voronka.metrics.kpi.request import Data

__all__ = ["mart_answers"]

_OF_FUNNEL, _PERIOD = ("funnel",), ("from", "to")
_REPORTS: Mapping[str, tuple[str, ...]] = {
    "managers": (*_OF_FUNNEL, *_PERIOD, "mix", "stage", "within", "fewer", "least", "amount"),
    "winloss": (*_OF_FUNNEL, *_PERIOD, "least"),
    "forecast": (*_OF_FUNNEL, "months", "least", "amount"),
    "profit": (*_PERIOD, "values", "names", "goal", "share", "amount"),
    "contacts": (*_OF_FUNNEL, *_PERIOD, "failed", "in_a_row", "least"),
}
"""What each reads. The forecast is told as of now, and the profit model is of the whole workspace."""


def mart_answers(marts: Marts) -> Mapping[str, Query]:
    """Return the questions by name. Each tells how fresh its numbers are, and under which release they were counted."""
    return {f"report.{name}": _over(marts, name) for name in _REPORTS}


def _over(marts: Marts, name: str) -> Query:
    @parameters(*_REPORTS[name])
    def query(asked: Asked) -> Json:
        from voronka.metrics.kpi.request import Data, Freshness

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
            data = Data(
                workspace=asked.workspace,
                schema=mart.schema,
                backend=mart.backend,
                connection=connection,
                freshness=Freshness(refreshed_at=mart.state.refreshed_at, release=mart.state.release),
            )
            told = _answers()[name](asked, part, data)
        return {**told, "fresh_at": mart.state.refreshed_at, "release": mart.state.release}

    return query


def _answers() -> Mapping[str, Callable[[Asked, Slice, Data], Json]]:
    """Return what answers each question; imported when one is asked: other commands do not pay for it."""
    from voronka.metrics.contacts.answer import answer_contacts
    from voronka.metrics.forecast.answer import answer_forecast
    from voronka.metrics.managers.answer import answer_managers
    from voronka.metrics.profit.answer import answer_profit
    from voronka.metrics.winloss.answer import answer_winloss

    return {
        "managers": lambda asked, part, _: answer_managers(asked, part),
        "winloss": lambda asked, part, _: answer_winloss(asked, part),
        "forecast": lambda asked, part, _: answer_forecast(asked, part),
        "profit": answer_profit,
        "contacts": lambda asked, part, _: answer_contacts(asked, part),
    }
