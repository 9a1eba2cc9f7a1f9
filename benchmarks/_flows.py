"""Funnels and the bottleneck over the generated mart of `_kpis`, as somebody would write them for DuckDB by hand.

By hand means for this funnel, these months and this year alone, in one pass wherever one is enough.
"""

from __future__ import annotations

from math import isclose

from sqlalchemy import Connection, text

from voronka.definition.kpis.methods import FunnelMode
from voronka.metrics.kpi import KpiResult

__all__ = ["bottleneck", "differing", "funnel"]

_MINUTE = 60_000_000


def funnel(mode: FunnelMode, steps: tuple[str, ...], first: int, last: int) -> str:
    """Return the statement of a funnel by month: deals, then for each step passed, both and back."""
    numbers = range(len(steps))
    places = " ".join(f"WHEN '{step}' THEN {n}" for n, step in enumerate(steps))
    counted = ", ".join(
        f"min(moment) FILTER (WHERE step = {n}) AS a{n}, count(*) FILTER (WHERE step = {n} AND following < {n}) AS b{n}"
        for n in numbers
    )
    told, lists = "SELECT * FROM firsts", ""
    if mode is FunnelMode.IMPUTED:
        later = ", ".join(
            f"least({', '.join(f'a{k}' for k in numbers[n:])}) AS a{n}" if n + 1 < len(steps) else f"a{n}"
            for n in numbers
        )
        told = f"SELECT came, {later}, {', '.join(f'b{n}' for n in numbers)} FROM firsts"
    if mode is FunnelMode.STRICT:
        # Deals that came to a step before the one ahead of it are few: of these alone all entries are looked through.
        straight = [" AND ".join(f"a{k} >= a{k - 1}" for k in range(1, n + 1)) or "TRUE" for n in numbers]
        turned = " OR ".join(f"({straight[n - 1]} AND a{n} < a{n - 1})" for n in numbers[1:])
        plain = ", ".join(f"CASE WHEN {straight[n]} THEN a{n} END AS a{n}" for n in numbers)
        backs = ", ".join(f"b{n}" for n in numbers)
        entries = ", ".join(f"list(moment) FILTER (WHERE step = {n}) AS l{n}" for n in numbers)
        steps_of = ["SELECT deal, came, a0, " + ", ".join(f"l{n}" for n in numbers) + f", {backs} FROM entries"]
        for n in numbers[1:]:
            met = f"list_min(list_filter(l{n}, lambda x : x >= a{n - 1})) AS a{n}"
            steps_of.append(f"SELECT *, {met} FROM ({steps_of[-1]})")
        names = ", ".join(f"a{n}" for n in numbers)
        lists = f""", marked AS MATERIALIZED (SELECT *, coalesce({turned}, FALSE) AS turned FROM firsts),
            entries AS (SELECT m.deal, any_value(came) AS came, any_value(a0) AS a0, {entries},
            {", ".join(f"any_value(b{n}) AS b{n}" for n in numbers)}
            FROM placed JOIN marked AS m ON placed.deal = m.deal WHERE turned GROUP BY m.deal)"""
        told = f"""SELECT came, {plain}, {backs} FROM marked WHERE NOT turned
            UNION ALL SELECT came, {names}, {backs} FROM ({steps_of[-1]})"""
    shown = ", ".join(
        f"count(a{n}), count(*) FILTER (WHERE a{n} IS NOT NULL AND a{max(n - 1, 0)} IS NOT NULL), sum(b{n})"
        for n in numbers
    )
    return f"""WITH placed AS (SELECT deal, entered_at AS moment, CASE stage {places} END AS step,
            CASE next_stage {places} END AS following FROM fact_visit WHERE funnel = 'sales'),
        firsts AS (SELECT deal, min(moment) AS came, {counted} FROM placed GROUP BY deal
            HAVING min(moment) >= {first} AND min(moment) < {last}){lists}
        SELECT date_trunc('month', make_timestamp(came + {3 * 3600 * 1_000_000})), count(*), {shown}
        FROM ({told}) GROUP BY 1"""


def bottleneck(stages: tuple[str, ...], first: int, last: int, now: int) -> str:
    """Return the statement of the bottleneck of a year that is over: by stage came, gone, standing and so on."""
    path = (*stages, "won", "lost")
    places = " ".join(f"WHEN '{stage}' THEN {n}" for n, stage in enumerate(path))
    names = ", ".join(f"'{stage}'" for stage in stages)
    touched = (
        f"funnel = 'sales' AND stage IN ({names}) AND entered_at < {last} AND coalesce(left_at, {last}) >= {first}"
    )
    ended = f"least(coalesce(left_at, {last}), {last})"
    handled = f"least(coalesce(first_own_at, {last}), {ended})"
    forward = f"(CASE next_stage {places} END) > (CASE stage {places} END)"
    backward = f"(CASE next_stage {places} END) < (CASE stage {places} END)"
    gone = "FILTER (WHERE NOT stands)"
    return f"""WITH kinds AS (SELECT stage, next_stage, entered_at >= {first} AS came,
            left_at IS NULL OR left_at >= {last} AS stands, again, automatic, count(*) AS n,
            count(first_own_at) AS known,
            sum(CAST({ended} - greatest(entered_at, {first}) AS DOUBLE)) AS stood,
            sum(CAST({handled} - entered_at AS DOUBLE)) AS wait, sum(CAST({ended} - {handled} AS DOUBLE)) AS handling,
            min(entered_at) AS oldest FROM fact_visit WHERE {touched} GROUP BY ALL),
        flow AS (SELECT stage, sum(n) FILTER (WHERE came) AS entries, sum(n) {gone} AS exits,
            sum(n) FILTER (WHERE stands) AS wip, sum(n) FILTER (WHERE came AND again) AS again,
            sum(n) FILTER (WHERE NOT stands AND next_stage <> 'lost' AND {forward}) AS onward,
            sum(n) FILTER (WHERE NOT stands AND {backward}) AS back,
            sum(n) FILTER (WHERE NOT stands AND next_stage = 'lost') AS lost,
            sum(n) FILTER (WHERE NOT stands AND automatic) AS automatic, sum(stood) AS stood,
            sum(wait) {gone} / sum(n) {gone} AS wait, sum(handling) {gone} / sum(n) {gone} AS handling,
            sum(known) {gone} AS known, {last} - min(oldest) FILTER (WHERE stands) AS oldest
            FROM kinds GROUP BY stage),
        ages AS (SELECT stage, quantile_disc({last} - entered_at, 0.5) AS age FROM fact_visit
            WHERE {touched} AND (left_at IS NULL OR left_at >= {last}) GROUP BY stage),
        lives AS (SELECT stage, greatest(coalesce(left_at, {now}) - entered_at, 0) // {_MINUTE} AS length,
            count(*) AS n, count(left_at) AS ended FROM fact_visit WHERE {touched} AND entered_at >= {first}
            GROUP BY ALL),
        risks AS (SELECT *, CAST(sum(n) OVER (PARTITION BY stage ORDER BY length DESC) AS DOUBLE) AS risk FROM lives),
        curve AS (SELECT stage, length, ended / risk AS share,
            exp(coalesce(sum(CASE WHEN ended >= risk THEN -1e4 ELSE ln(1 - ended / risk) END) OVER earlier, 0))
            AS before,
            coalesce(lag(length) OVER (PARTITION BY stage ORDER BY length), 0) AS previous FROM risks
            WINDOW earlier AS (PARTITION BY stage ORDER BY length ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
        reach AS (SELECT stage, ({last} - min(entered_at)) // {_MINUTE} AS reach FROM fact_visit
            WHERE funnel = 'sales' AND stage IN ({names}) GROUP BY stage),
        lengths AS (SELECT stage, min(length) FILTER (WHERE before * (1 - share) <= 0.5 + 1e-9) AS p50,
            min(length) FILTER (WHERE before * (1 - share) <= 0.2 + 1e-9) AS p80,
            min(length) FILTER (WHERE before * (1 - share) <= 0.05 + 1e-9) AS p95,
            sum(before * (greatest(least(length, reach), previous) - previous)) AS mean
            FROM curve JOIN reach USING (stage) GROUP BY stage)
        SELECT stage, entries, exits, wip, mean / 1440, age / 86400000000, * EXCLUDE (stage, entries, exits, wip)
        FROM flow LEFT JOIN ages USING (stage) LEFT JOIN lengths USING (stage)"""


def differing(connection: Connection, statement: str, result: KpiResult, steps: tuple[str, ...]) -> int:
    """Return how many sums of a funnel's numbers by step, or of a bottleneck's by stage, are not those by hand."""
    rows = [tuple(row) for row in connection.execute(text(statement))]
    ours: list[float] = []
    by_hand: list[float] = []
    for n, stage in enumerate(steps):
        told = [row for row in result.rows if row.keys["stage"].value == stage]
        if any("wip" in row.details for row in told):
            (hand,) = (row for row in rows if row[0] == stage)
            by_hand += [float(number) for number in hand[1:6]]
            details = told[0].details
            ours += [float(details[name] or 0) for name in ("entries", "exits", "wip", "mean", "queue_age")]
        else:
            by_hand += [float(sum(row[2 + 3 * n + k] for row in rows)) for k in range(3)]
            ours += [float(sum(found)) for found in zip(*((r.n, r.part, r.details["back"]) for r in told), strict=True)]
    return sum(not isclose(one, other, rel_tol=1e-9) for one, other in zip(ours, by_hand, strict=True))
