"""KPIs that take another one by its name, over each type of it: refused by what is read, or answered with a number."""

from __future__ import annotations

import pytest

from voronka.config import read_workspace
from voronka.metrics.kpi.examples import wrong_examples
from voronka.testing import TestWorkspace, write_files

FILES = {
    "voronka.yaml": "workspace: shop\nlocale: en\ntimezone: Europe/Moscow\ncurrency: RUB\n",
    "configs/people/team.yaml": (
        "roles: {head: {label: Head}}\npeople: {anna: {name: Anna, role: head}, oleg: {name: Oleg, role: head}}\n"
    ),
    "configs/fields/own.yaml": "set: own\nfields:\n  amount: {type: money}\n  size: {type: integer}\n",
    "configs/funnels/sales.yaml": (
        "funnel: sales\nfields: [own]\nstages:\n  talk: {why: analytics}\n  offer: {why: analytics}\n"
    ),
}
STAYS = "time_in_stage: {funnel: sales, stages: [%s], stat: [%s]}"
INNER = {
    "measure": 'measure: "sum(deals, amount, won)", time: closed_at, by: [owner]',
    "count": 'measure: "count(deals, won)", time: closed_at, by: [owner]',
    "ratio": 'ratio: {part: "count(deals, won)", whole: "count(deals, closed)"}, time: closed_at, by: [owner]',
    "derived": "derived: {formula: measure / count}",
    "cumulative": "cumulative: {kpi: measure, to_date: year}",
    "stock": 'stock: "count(deals, open)", by: [owner]',
    "conversion": "conversion: {from: created, to: won, basis: cohort}, by: [owner]",
    "per_success": "per_success: {activity: count(interactions), among: all}, by: [owner]",
    "spread": "spread: {kpi: measure, over: owner}",
    "decomposition": "decomposition: {kpi: measure, factors: [count, derived]}",
    "forecast": "forecast: {funnel: sales, value: amount}",
    "funnel": "funnel: {funnel: sales, mode: any, steps: [talk, offer]}, by: [owner]",
    "one_step": "funnel: {funnel: sales, mode: any, steps: [offer]}, by: [owner]",
    "all_stays": "time_in_stage: {funnel: sales}, by: [owner]",
    "stays": f"{STAYS % ('talk, offer', 'mean')}, by: [owner]",
    "two_stats": f"{STAYS % ('talk', 'mean, p80')}, by: [owner]",
    "one_stay": f"{STAYS % ('talk', 'mean')}, by: [owner]",
    "bottleneck": "bottleneck: {funnel: sales}, by: [owner]",
    "ends": "survival: {from: created, event: won, competing: [lost], at: [20 days]}, by: [owner]",
    "times": "survival: {from: created, event: won, at: [10 days, 20 days]}, by: [owner]",
    "one_time": "survival: {from: created, event: won, at: [20 days]}, by: [owner]",
    "hygiene": "hygiene: {fields: [amount, size]}, by: [owner]",
    "one_field": "hygiene: {fields: [amount]}, by: [owner]",
}
OUTER = {
    "twice": "derived: {formula: %s * 2}",
    "growth": "derived: {formula: %s - then, uses: {then: {kpi: %s, offset: 1 month}}}",
    "each": "derived: {formula: %s / count}",
    "so_far": "cumulative: {kpi: %s, to_date: year}",
    "of_parts": "decomposition: {kpi: %s, factors: [count, each_%s], by: shapley}",
    "as_part": "decomposition: {kpi: times_%s, factors: [count, %s], by: shapley}",
    "times": "derived: {formula: count * %s}",
    "among": "spread: {kpi: %s, over: owner}",
    "beside": "spread: {kpi: derived, over: owner, against: %s}",
}
SEVERAL = (
    *("decomposition", "funnel", "all_stays", "stays", "two_stats"),
    *("bottleneck", "ends", "times", "hygiene"),
)
ONE = {name: {"V5526"} for name in SEVERAL}
AHEAD = {"forecast": {"V5514"}}
OF_NOW = {"one_field": {"V5514"}, "hygiene": {"V5514", "V5526"}}
NOT_BY_OWNER = {"forecast": {"V5513"}, "spread": {"V5513"}, "decomposition": {"V5526"}}
REFUSED = {
    "twice": ONE,
    "growth": {**ONE, **OF_NOW},
    "each": ONE,
    "times": ONE,
    "so_far": {name: {"V5508"} for name in INNER if name not in ("measure", "count")},
    "of_parts": {**ONE, **OF_NOW, **AHEAD, "count": {"V5514"}},
    "as_part": {**ONE, **OF_NOW, **AHEAD, "count": {"V2018"}},
    "among": {**ONE, **NOT_BY_OWNER},
    "beside": {**ONE, **NOT_BY_OWNER, "derived": {"V5514"}},
    "target": {name: {"V5526"} for name in ("decomposition", "funnel", "two_stats", "all_stays", "ends", "times")},
    "example": ONE,
    "parameter": {**ONE, "forecast": {"V5520"}},
}
HEAD = "definition: d, owner: head, grain: month"


def written(refused=()):
    """Return the lines of the file, by pair; `refused` ones are left out."""
    lines = {("", name): f"  {name}: {{{HEAD}, {text}}}" for name, text in INNER.items()}
    for outer, text in OUTER.items():
        for name in INNER:
            told = text.replace("%s", name)
            lines[outer, name] = f"  {outer}_{name}: {{{HEAD}, {told}}}"
    example = "examples: [{rows: {deals: [{stage: talk, amount: 5}]}, value: 7, at: 2026-01-31}]"
    for outer, more in (("target", "good: up, target: {always: 0.5}"), ("example", example)):
        for name, text in INNER.items():
            lines[outer, name] = f"  {outer}_{name}: {{{HEAD}, {more}, {text}}}"
    named = [name for name in INNER if ("parameter", name) not in refused]
    model = {("parameter", name): f"    {name}: {{kpi: {name}}}" for name in named}
    lines = {pair: line for pair, line in lines.items() if pair not in refused}
    tail = f"    total: {{formula: {' + '.join(named)}}}"
    head = {"kpis": "kpis:"}
    return {**head, **lines, "m": "profit_model:", "r": "  result: total", "p": "  parameters:", **model, "t": tail}


def text_of(lines):
    return "\n".join(lines.values()) + "\n"


def reading_of(lines):
    files = {**FILES, "configs/kpis/k.yaml": text_of(lines)}
    return read_workspace({path: text.encode() for path, text in files.items()})


@pytest.fixture(scope="module")
def refused():
    """The findings of each pair."""
    lines = written()
    pairs = [*lines]
    found = {}
    for each in reading_of(lines).findings:
        if each.place.file == "configs/kpis/k.yaml":
            found.setdefault(pairs[each.place.line - 1], []).append(each)
    return found


@pytest.fixture(scope="module")
def run(refused, tmp_path_factory):
    """A spring of sales in a workspace with all pairs that are not refused."""
    folder = tmp_path_factory.mktemp("others") / "w"
    write_files(folder, {**FILES, "configs/kpis/k.yaml": text_of(written(refused))})
    with TestWorkspace(folder, start="2026-01-05 10:00", zone="Europe/Moscow") as made:
        for number in range(1, 17):
            month, place = divmod(number - 1, 4)
            values = {"owner": "anna" if place < 2 else "oleg", "amount": str(1000 + 100 * number * (place + 1))}
            assert made.execute("deal.create", funnel="sales", fields=values)["refusal"] is None
            for _ in range(place + month):
                made.execute("interaction.log", deal=number, fields={"kind": "call"})
            made.advance(f"{place + 1} days")
            made.execute("deal.move", deal=number, to="offer")
            made.advance("1 day")
            if place < 3:
                assert made.execute("deal.move", deal=number, to="lost" if place == 1 else "won")["refusal"] is None
            elif month < 3:  # each month ends with one that goes on, the last one does at the end
                made.advance_to(f"2026-0{month + 2}-05 10:00")
                made.execute("deal.move", deal=number, to="won")
        made.advance_to("2026-04-29 10:00")
        yield made


def test_several_numbers_are_refused_where_they_are_named(refused):
    lines = [*written().values()]
    found = [(each, inner) for (_, inner), all_ in refused.items() for each in all_ if each.code == "V5526"]
    assert len(found) > 50
    for each, inner in found:
        words = str(each.reason)
        if "here" in words:
            assert lines[each.place.line - 1][each.place.column - 1 :].startswith(inner), each
            assert words.startswith(f"{inner} tells several numbers (by ")
            assert each.place.length == len(inner)


@pytest.fixture(scope="module")
def wrong(run):
    """What examples give that say 7, by KPI."""
    return {each.kpi: each.got for each in wrong_examples(run.client.engine.workspace)}


@pytest.mark.parametrize("outer", REFUSED)
@pytest.mark.parametrize("inner", INNER)
def test_each_pair_is_refused_or_gives_a_number(refused, run, wrong, outer, inner):
    codes = {each.code for each in refused.get((outer, inner), ())}
    assert codes == REFUSED[outer].get(inner, set())
    if codes:
        return
    if outer == "parameter":
        (told,) = [each for each in run.query("report.profit", to="2026-04-28")["parameters"] if each["name"] == inner]
        assert (told["source"], told["value"] is not None) == ("kpi", True)
    elif outer == "example":
        assert f"example_{inner}" in wrong
    else:
        rows = run.query("kpi", kpi=f"{outer}_{inner}", to="2026-06-30", **{"from": "2026-01-01"})["rows"]
        assert any(row["value" if outer != "target" else "light"] is not None for row in rows), rows
