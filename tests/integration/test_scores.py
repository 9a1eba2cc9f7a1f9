"""Scores in the running engine: told with the change they follow from, kept in the history, read by gates and rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.decisions.workspaces import FILES
from voronka.process.events import ScoreChanged, TaskOpened
from voronka.process.state import Stream, StreamKind
from voronka.testing import TestWorkspace, write_files

RULES = """
scorecards:
  fit:
    label: {en: Fit}
    factors:
      budget: {field: budget, weight: 25, scale: {0: unknown, 1: hinted, 2: stated, 3: approved}}
      turnover: {field: account.turnover, weight: 75, scale: {0: "< 1000", 1: ">= 1000"}}
    bands: {hot: 75, cold: 0}
rules:
  hot: {trigger: {event: score.changed}, where: scores.fit.band == "hot", do: [{task: {title: Call today}}]}
"""
GATED = FILES | {
    "configs/rules/rules.yaml": RULES,
    "configs/funnels/sales.yaml": (
        "funnel: sales\nowner: manager\n"
        "stages: {talk: {why: sales_model}, offer: {why: sales_model, enter: {when: scores.fit.total >= 75}}}\n"
    ),
}


def opened(folder: Path, files: Mapping[str, str] = GATED) -> TestWorkspace:
    write_files(folder, files)
    return TestWorkspace(folder, start="2026-03-02 09:00", zone="Europe/Moscow")


def happened(sales: TestWorkspace) -> list[tuple[int, str, object]]:
    """Return the scores told of deal 1 and the tasks opened for it, each with the number of its entry."""
    with sales.client.engine.read() as reader:
        stream = Stream(StreamKind.DEAL, reader.deals_by_number([1])[1])
        told: list[tuple[int, str, object]] = []
        for entry in reader.history(stream):
            for event in entry.events:
                if isinstance(event, ScoreChanged):
                    told.append((entry.seq, event.band, (event.total_before, event.total)))
                elif isinstance(event, TaskOpened):
                    told.append((entry.seq, "task", None))
        return told


def test_a_score_is_told_in_the_entry_that_changes_it_and_not_where_it_stays(tmp_path: Path) -> None:
    with opened(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.execute("deal.set", deal=1, fields={"city": "Tver"})
        sales.execute("deal.set", deal=1, fields={"budget": "unknown"})
        sales.execute("deal.set", deal=1, fields={"budget": "approved"})
        sales.execute("deal.set", deal=1, fields={"budget": "hinted"})

        assert happened(sales) == [(4, "cold", (0.0, 25.0)), (5, "cold", (25.0, 100 * 25 / 300))]


def test_what_a_deal_is_opened_with_scores_at_once(tmp_path: Path) -> None:
    with opened(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales", fields={"budget": "approved"})

        assert happened(sales) == [(1, "cold", (0.0, 25.0))]


def test_a_score_follows_the_account_and_triggers_rules_that_read_it(tmp_path: Path) -> None:
    with opened(tmp_path) as sales:
        account = sales.execute("account.create", fields={"name": "Acme"})["id"]
        sales.execute("deal.create", funnel="sales", fields={"account": account})
        sales.execute("account.set", account=account, fields={"turnover": "5000"})
        sales.settle()

        assert happened(sales) == [(2, "hot", (0.0, 75.0)), (2, "task", None)]


def test_a_gate_reads_the_present_score(tmp_path: Path) -> None:
    with opened(tmp_path) as sales:
        account = sales.execute("account.create", fields={"name": "Acme", "turnover": "5000"})["id"]
        sales.execute("deal.create", funnel="sales")
        refused = sales.client.execute({"command": "deal.move", "deal": 1, "to": "offer"})
        sales.execute("deal.set", deal=1, fields={"account": account})
        sales.execute("deal.move", deal=1, to="offer")

        assert [each["gate"] for each in refused["refusal"]["failures"]] == ["offer.enter.when"]


def test_a_deal_is_shown_with_its_scores_what_is_unknown_and_what_to_ask(tmp_path: Path) -> None:
    with opened(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales")
        assert sales.query("deal.show", deal=1)["scores"] == []

        sales.execute("deal.set", deal=1, fields={"budget": "stated"})
        (card,) = sales.query("deal.show", deal=1)["scores"]

        assert card["shown"] == {"en": "16.7", "ru": "16,7"}
        assert card["band"]["name"] == "cold"
        assert [gap["name"] for gap in card["gaps"]] == ["turnover"]
        assert card["next"]["name"] == "turnover"


MATRIX = f"""{RULES}matrices:
  key:
    label: {{en: Key accounts}}
    axes:
      fit: {{score: fit, label: {{en: Fit}}}}
      size: {{value: amount, bands: {{large: 1000, small: 0}}, label: {{en: Size}}}}
    cells:
      partner: {{label: {{en: Partner}}, at: {{fit: hot, size: large}}}}
      target: {{label: {{en: Target}}, at: {{fit: cold, size: large}}}}
      other: {{at: {{size: small}}}}
"""


def test_a_deal_is_shown_with_its_cell_of_a_matrix_and_the_bands_on_its_axes(tmp_path: Path) -> None:
    with opened(tmp_path, GATED | {"configs/rules/rules.yaml": MATRIX}) as sales:
        sales.execute("deal.create", funnel="sales", fields={"budget": "stated"})
        assert sales.query("deal.show", deal=1)["matrices"] == []

        sales.execute("deal.set", deal=1, fields={"amount": "5000"})
        (matrix,) = sales.query("deal.show", deal=1)["matrices"]

        assert matrix["cell"] == {"name": "target", "label": {"en": "Target"}}
        assert [(axis["name"], axis["band"]["name"]) for axis in matrix["axes"]] == [("fit", "cold"), ("size", "large")]


def test_replaying_the_history_gives_the_scores_that_were_told(tmp_path: Path) -> None:
    with opened(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales", fields={"budget": "approved"})
        sales.execute("deal.set", deal=1, fields={"budget": "hinted"})

        assert sales.verify().damages == ()


def test_a_scheduled_rule_finds_its_deals_by_their_scores_in_the_database(tmp_path: Path) -> None:
    asked = (
        'ask: {trigger: {schedule: {days: working, at: "10:00"}}, where: scores.fit.band == "cold",'
        " do: [{task: {title: Ask}}]}"
    )
    with opened(tmp_path, GATED | {"configs/rules/rules.yaml": f"{RULES}  {asked}\n"}) as sales:
        account = sales.execute("account.create", fields={"name": "Acme", "turnover": "5000"})["id"]
        sales.execute("deal.create", funnel="sales", fields={"budget": "approved"})
        sales.execute("deal.create", funnel="sales", fields={"account": account})
        sales.advance("2 hours")

        with sales.client.engine.read() as reader:
            deals = reader.deals(list(reader.deals_by_number([1, 2]).values()))

        assert {deal.number: len(deal.tasks) for deal in deals.values()} == {1: 1, 2: 1}
        assert {deal.number: list(deal.rules) for deal in deals.values()} == {1: ["ask"], 2: []}


HALVED = RULES.replace("weight: 25, scale", "weight: 75, scale")


def test_a_release_tells_open_deals_the_scores_of_its_cards_and_triggers_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as sales:
        for _ in range(2):
            sales.execute("deal.create", funnel="sales", fields={"budget": "approved"})
        sales.execute("deal.move", deal=2, to="lost")
        write_files(tmp_path, {"configs/rules/rules.yaml": HALVED.replace("hot: 75", "hot: 50")})
        sales.work("reload")
        sales.settle()

        assert happened(sales) == [(1, "cold", (0.0, 25.0)), (2, "hot", (25.0, 50.0))]
        assert [each["deal"] for each in sales.query("tasks")] == []
        assert stored(sales) == {1: 50.0, 2: 25.0}
        assert "50" in str(sales.query("why", deal=1)[-1]["events"])
        assert sales.verify().damages == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "tables: {t: {inputs: [budget], outputs: [n], rows: [[approved, 3], [not approved, 0]]}}\n",
            "tables: {t: {inputs: [budget], outputs: [n], rows: [[approved, 1], [not approved, 0]]}}\n",
        ),
        ("define: {deals: {n: fit * 1}}\n", "define: {deals: {n: fit * 0}}\n"),
    ],
    ids=["table", "define"],
)
def test_a_score_follows_what_its_factors_name(tmp_path: Path, before: str, after: str) -> None:
    read = "tables.t.n" if before.startswith("tables") else "n"
    card = f"scorecards: {{c: {{factors: {{f: {{value: {read}, weight: 1, scale: 0..3}}}}, bands: {{all: 0}}}}}}\n"
    with opened(tmp_path, FILES | {"configs/rules/rules.yaml": before + card}) as sales:
        sales.execute("deal.create", funnel="sales", fields={"budget": "approved", "fit": "3"})
        assert stored(sales, "c") == {1: 100.0}

        write_files(tmp_path, {"configs/rules/rules.yaml": after + card})
        sales.work("reload")

        assert stored(sales, "c")[1] < 50


def stored(sales: TestWorkspace, card: str = "fit") -> dict[int, float]:
    """Return the scores kept of the deals, by number."""
    with sales.client.engine.read() as reader:
        return {deal.number: deal.scores[card].total for deal in reader.list_deals()}
