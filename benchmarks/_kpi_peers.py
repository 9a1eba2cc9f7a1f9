"""Runs in the environment of the peers: thirty KPIs by owner and month with pandas, over frames in memory.

The frames hold the month of each moment and, for interactions, what is asked of their deals: made before the clock
starts, as one would who asks more than once. Each KPI then takes its year, groups it and counts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import pandas as pd

Frames = dict[str, Any]
_ZONE = 3 * 3600 * 1_000_000


def frames(folder: Path) -> Frames:
    """Return the deals and the interactions, with months and what is told of the deals of these."""
    deals, acts = (pd.read_parquet(folder / f"{name}.parquet") for name in ("deals", "acts"))
    for frame in (deals, acts):
        for name in {"owner", "user", "kind", "outcome", "f_grade"} & set(frame):
            frame[name] = frame[name].astype("category")
    for frame, times in ((deals, ("created_at", "closed_at")), (acts, ("at",))):
        for time in times:
            wall = pd.to_datetime(frame[time] + _ZONE, unit="us")
            frame[f"month_{time}"] = wall.dt.year * 12 + wall.dt.month
    told = deals[["deal", "owner", "outcome"]]
    return {"deals": deals, "acts": acts.merge(told, on="deal")}


def _counted(holds: Callable[[Any], Any]) -> Callable[[Any, list[str]], Any]:
    return lambda frame, keys: holds(frame).groupby([frame[key] for key in keys], observed=True).sum()


def _told(how: str, holds: Callable[[Any], Any] | None = None, share: float = 1.0) -> Callable[[Any, list[str]], Any]:
    def found(frame: Any, keys: list[str]) -> Any:
        part = frame if holds is None else frame[holds(frame)]
        return getattr(part.groupby(keys, observed=True)["f_amount"], how)() * share

    return found


def _size(frame: Any, keys: list[str]) -> Any:
    return frame.groupby(keys, observed=True).size()


def _ratio(frame: Any, keys: list[str]) -> Any:
    groups = [frame[key] for key in keys]
    won = (frame["outcome"] == "won").groupby(groups, observed=True).sum()
    return won / frame["outcome"].notna().groupby(groups, observed=True).sum()


OVER_DEALS = (
    _size,
    _counted(lambda deals: deals["outcome"] == "won"),
    _counted(lambda deals: deals["outcome"] == "lost"),
    _counted(lambda deals: deals["f_grade"] == "a"),
    _told("sum"),
    _told("sum", lambda deals: deals["outcome"] == "won"),
    _told("mean", lambda deals: deals["outcome"] == "won", 0.01),
    _told("max"),
    _told("median", None, 0.01),
    _counted(lambda deals: (deals["f_amount"] >= 500_000) & deals["outcome"].isna()),
    _ratio,
)
OVER_ACTS = (
    _size,
    _counted(lambda acts: acts["kind"] == "call"),
    _counted(lambda acts: acts["kind"] != "meeting"),
    _counted(lambda acts: (acts["kind"] == "mail") & (acts["outcome"] == "won")),
)
"""In the order of those of `_kpis`."""


def kpis(first: int, last: int) -> list[Callable[[Frames], Any]]:
    """Return what computes each KPI of the moments from `first` to before `last`."""

    def made(of: str, time: str, person: str, found: Callable[[Any, list[str]], Any]) -> Callable[[Frames], Any]:
        def computed(known: Frames) -> Any:
            frame = known[of]
            return found(frame[(frame[time] >= first) & (frame[time] < last)], [person, f"month_{time}"])

        return computed

    over_deals = [made("deals", time, "owner", each) for time in ("created_at", "closed_at") for each in OVER_DEALS]
    return over_deals + [made("acts", "at", person, each) for each in OVER_ACTS for person in ("owner", "user")]


def main() -> None:
    """Tell the seconds of all of them, those of making the frames, and the sum of each over its groups."""
    work = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    start = perf_counter()
    known = frames(Path(work["folder"]))
    made = perf_counter() - start
    asked = kpis(work["first"], work["last"])
    totals = [float(each(known).sum()) for each in asked]
    times = []
    for _ in range(work["rounds"]):
        start = perf_counter()
        for each in asked:
            each(known)
        times.append(perf_counter() - start)
    print(json.dumps({"peer": "pandas", "seconds": median(times), "frames": made, "totals": totals}))


main()
