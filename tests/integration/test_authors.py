"""Each entry of a deal is told by who or what made it, with the labels of the configuration, in every language."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.sales_workspace import FILES, open_sales
from voronka.process import commands
from voronka.runtime.queries.purposes import purpose
from voronka.testing import write_files

OF_DEALS = [
    kind
    for each in vars(commands).values()
    if isinstance(kind := getattr(each, "kind", None), str) and kind.partition(".")[0] not in ("party", "user")
]


def test_what_a_timed_event_did_is_told_by_its_first_action(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.advance("1 day")
        opened, fired = sales.query("why", deal=1)[:2]
        assert opened["told"]["en"].endswith(": open the deal")
        assert opened["told"]["ru"].endswith(": открыть сделку")
        assert fired["actor"].startswith("timer:call@")
        assert "Call" in fired["told"]["en"]
        assert fired["told"]["ru"].startswith("событие по времени (")
        assert all(fired["actor"] not in told for told in fired["told"].values())
        assert all("Call" in link["told"]["ru"] for link in fired["links"])


@pytest.mark.parametrize(
    "kind",
    sorted(
        {*OF_DEALS}
        - {
            "release.activate",
            "release.read",
            "import.start",
            "import.finish",
            "import.undo",
            "review.make",
            "review.mark",
        }
    ),
)
def test_what_a_command_is_for_is_told_in_words(kind: str) -> None:
    assert purpose(kind).render("ru") != purpose(kind).render("en") != kind


def test_what_a_release_did_is_told_as_the_work_of_the_configuration(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales")
        funnel = FILES["configs/funnels/sales.yaml"].replace("after: 1 day", "after: 5 days")
        write_files(sales.root, {"configs/funnels/sales.yaml": funnel})
        assert sales.work("reload")["changed"]
        entry = sales.query("why", deal=1)[-1]
        assert entry["told"]["en"] == "the new configuration: go on under another configuration"
        assert {link["told"]["en"] for link in entry["links"]} == {"the new configuration"}


def test_what_came_of_a_change_of_the_account_is_told_as_that(tmp_path: Path) -> None:
    files = dict(FILES)
    files["configs/fields/account.yaml"] = "set: account\nfields: {debt: {of: accounts, type: integer}}\n"
    stages = "stages:\n  lead: {}\n  stopped: {}\n"
    files["configs/funnels/sales.yaml"] = (
        "funnel: sales\n"
        + stages
        + "transitions: {stop: {from: lead, to: stopped, auto: true, when: account.debt > 5}}\n"
    )
    with open_sales(tmp_path, files) as sales:
        sales.execute("account.create", fields={"name": "Acme"})
        sales.execute("deal.create", funnel="sales", fields={"account": "Acme"})
        sales.execute("account.set", account="Acme", fields={"debt": "7"})
        entry = sales.query("why", deal=1)[-1]
        assert entry["told"]["en"] == "a change of the account: look at what has changed in the account or the contact"
        assert entry["told"]["ru"].startswith("изменение компании: ")
