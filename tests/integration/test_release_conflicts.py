"""What a release may not take away: what waits for a gate or in the queue, rows under their key, a currency."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.sales_workspace import FILES, open_sales, with_changes
from voronka.config import read_workspace
from voronka.hooks.host import Host
from voronka.runtime.conflicts import conflicts
from voronka.runtime.release_check import release_conflicts
from voronka.runtime.releases import ReleaseConflictError
from voronka.runtime.state import database_at_hand
from voronka.testing import TestWorkspace, write_files

BASE = """\
set: base
fields:
  amount: {type: money}
  grade: {type: text}
  loss_reason: {type: choice, options: {price: Price}}
  turnover: {of: accounts, type: money}
collections:
  parts: {key: code, fields: {code: {type: text}, name: {type: text}}}
"""
STOPPED = """\
funnel: sales
fields: [base]
stages:
  new: {timed: {push: {after: 1 day, do: [{move: {to: offer, set: {SET}}}]}}}
  offer: {enter: {require: [loss_reason]}}
"""
PLAIN = "funnel: sales\nfields: [base]\nstages: {new: {}, offer: {}}\n"
AFTER = "funnel: after\nfields: [base]\nstages: {start: {}}\n"
OPENING = """\
funnel: sales
fields: [base]
stages:
  new: {}
  offer: {enter: {do: [{open_deal: {funnel: after, set: {grade: five, amount: 10}}}, {set: {account.turnover: 5}}]}}
"""


def refusal(sales: TestWorkspace) -> ReleaseConflictError:
    before = sales.client.engine.workspace.release
    with pytest.raises(ReleaseConflictError) as caught:
        sales.work("reload")
    assert sales.client.engine.workspace.release == before
    return caught.value


def refused(sales: TestWorkspace) -> list[str]:
    return [conflict.render() for conflict in refusal(sales).conflicts]


def stopped(root: Path, values: str) -> TestWorkspace:
    sales = open_sales(root, with_changes(funnel=STOPPED.replace("SET", values), fields=BASE))
    sales.execute("account.create", fields={"name": "Acme"})
    sales.execute("deal.create", funnel="sales", fields={"account": "Acme"})
    sales.advance("2 days")
    return sales


@pytest.mark.parametrize(
    ("values", "old", "new", "name"),
    [
        ("grade: five", "grade: {type: text}", "grade: {type: integer}", "grade"),
        ("grade: five", "  grade: {type: text}\n", "", "grade"),
        ("account.turnover: 5", "accounts, type: money", "accounts, type: text", "account.turnover"),
    ],
)
def test_what_a_stopped_move_is_to_set_keeps_its_field(
    tmp_path: Path, values: str, old: str, new: str, name: str
) -> None:
    with stopped(tmp_path, values) as sales:
        write_files(tmp_path, with_changes(funnel=PLAIN, fields=BASE.replace(old, new)))
        told = (
            f"1 move in the funnel sales that waits for a gate sets the field {name}, which no longer takes its value"
        )
        assert refused(sales) == [told]
        sales.execute("deal.move", deal=1, to="lost", fields={"loss_reason": "price"})
        assert sales.work("reload")["changed"]


def opening(root: Path) -> TestWorkspace:
    files = {**with_changes(funnel=OPENING, fields=BASE), "configs/funnels/after.yaml": AFTER}
    sales = open_sales(root, files)
    sales.execute("account.create", fields={"name": "Acme"})
    sales.execute("deal.create", funnel="sales", fields={"account": "Acme"})
    answer = sales.client.engine.submit({"command": "deal.move", "deal": 1, "to": "offer"})  # the queue has not run
    assert answer.refusal is None
    return sales


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", "1 command that waits in the queue is to open a deal in the funnel after"),
        (
            "grade: {type: text}",
            "grade: {type: integer}",
            "1 command that waits in the queue sets the field grade, which no longer takes its value",
        ),
        (
            "accounts, type: money",
            "accounts, type: percent",
            "1 command that waits in the queue sets the field turnover, which no longer takes its value",
        ),
    ],
)
def test_what_queued_commands_need_stays_until_they_have_run(tmp_path: Path, old: str, new: str, told: str) -> None:
    with opening(tmp_path) as sales:
        write_files(tmp_path, with_changes(funnel=PLAIN, fields=BASE.replace(old, new) if old else BASE))
        if not old:
            (tmp_path / "configs/funnels/after.yaml").unlink()
        assert refused(sales) == [told]
        sales.client.engine.settle()
        assert len(sales.query("deal.list")) == 2
        assert sales.verify().damages == ()


def test_a_funnel_keeps_a_set_of_fields_while_a_queued_command_needs_it(tmp_path: Path) -> None:
    with opening(tmp_path) as sales:
        other = "set: other\nfields: {comment: {type: text}}\n"
        write_files(tmp_path, {"configs/fields/other.yaml": other})
        (tmp_path / "configs/funnels/after.yaml").write_text(AFTER.replace("base", "other"), encoding="utf-8")
        (tmp_path / "configs/funnels/sales.yaml").write_text(PLAIN, encoding="utf-8")
        told = "1 command that waits in the queue sets the field {}, which no longer takes its value"
        assert refused(sales) == [told.format("amount"), told.format("grade")]
        sales.client.engine.settle()
        assert len(sales.query("deal.list")) == 2


def test_the_key_of_a_collection_stays_while_it_has_rows(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_changes(funnel=PLAIN, fields=BASE)) as sales:
        sales.execute("deal.create", funnel="sales")
        for code in ("A1", "A2"):
            sales.execute("row.put", deal=1, collection="parts", fields={"code": code, "name": "bolt"})
        write_files(tmp_path, with_changes(funnel=PLAIN, fields=BASE.replace("key: code", "key: name")))
        assert refused(sales) == ["2 rows are in the collection parts, whose `key` is another now"]
        for code in ("A1", "A2"):
            sales.execute("row.remove", deal=1, collection="parts", key=code)
        assert sales.work("reload")["changed"]


@pytest.mark.parametrize(
    ("before", "after"),
    [("{}", "{outcome: won}"), ("{outcome: lost}", "{}"), ("{outcome: lost}", "{outcome: won}")],
)
def test_a_stage_goes_on_meaning_the_outcome_of_the_deals_that_stand_in_it(
    tmp_path: Path, before: str, after: str
) -> None:
    funnel = "funnel: sales\nfields: [base]\nstages: {new: {}, end: OUTCOME}\n"
    with open_sales(tmp_path, with_changes(funnel=funnel.replace("OUTCOME", before))) as sales:
        for number in (1, 2, 3):
            sales.execute("deal.create", funnel="sales")
            if number < 3:
                assert sales.execute("deal.move", deal=number, to="end")["refusal"] is None
        write_files(tmp_path, with_changes(funnel=funnel.replace("OUTCOME", after)))
        assert refused(sales) == ["2 deals stand in the stage end of the funnel sales, which ends deals otherwise now"]
        beside = funnel.replace("end: OUTCOME", f"finish: {after}, end: {before}")
        write_files(tmp_path, with_changes(funnel=beside))
        assert sales.work("reload")["changed"]


def test_a_stage_in_which_no_deal_stands_may_mean_another_outcome(tmp_path: Path) -> None:
    funnel = "funnel: sales\nfields: [base]\nstages: {new: {}, offer: {}, end: {}}\n"
    with open_sales(tmp_path, with_changes(funnel=funnel)) as sales:
        sales.execute("deal.create", funnel="sales")
        write_files(tmp_path, with_changes(funnel=funnel.replace("end: {}", "end: {outcome: won}")))
        assert sales.work("reload")["changed"]


CASES = """\
funnel: sales
fields: [base, kinds]
stages: {new: {}, %s}
variants: {by: kind, cases: {big: {%s}}}
"""
KINDS = {"configs/fields/kinds.yaml": "set: kinds\nfields: {kind: {type: choice, options: [big, small]}}\n"}


def test_a_stage_that_goes_does_not_lead_the_deals_in_it_into_an_outcome(tmp_path: Path) -> None:
    plain = CASES % ("end: {}", "stages: {new: {why: analytics}}")
    with open_sales(tmp_path, {**with_changes(funnel=plain), **KINDS}) as sales:
        for _ in range(2):
            sales.execute("deal.create", funnel="sales", fields={"kind": "big"})
        assert sales.execute("deal.move", deal=1, to="end")["refusal"] is None
        closing = CASES % ("end: {outcome: lost}", "stages: {end: null}, moves: {end: lost}")
        write_files(tmp_path, with_changes(funnel=closing))
        assert refused(sales) == ["1 deal stands in the stage end of the funnel sales, which ends deals otherwise now"]
        write_files(
            tmp_path, with_changes(funnel=CASES % ("end: {outcome: lost}", "stages: {end: null}, moves: {end: new}"))
        )
        assert sales.work("reload")["changed"]
        assert sales.query("deal.show", deal=1)["stage"]["name"] == "new"


YEN = FILES["voronka.yaml"].replace("RUB", "JPY")


def test_the_currency_stays_while_a_line_of_a_deal_has_a_price(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_changes(funnel=PLAIN)) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.execute("row.put", deal=1, collection="lines", fields={"price": "10"})
        write_files(tmp_path, with_changes(funnel=PLAIN, root=YEN))
        assert refused(sales) == ["1 amount of money is kept in RUB"]


def test_the_currency_stays_while_a_stopped_move_is_to_set_money(tmp_path: Path) -> None:
    with stopped(tmp_path, "amount: 1000, account.turnover: 5") as sales:
        write_files(tmp_path, with_changes(funnel=PLAIN, fields=BASE, root=YEN))
        assert refused(sales) == ["2 amounts of money are kept in RUB"]


def test_the_currency_stays_while_a_queued_command_is_to_set_money(tmp_path: Path) -> None:
    with opening(tmp_path) as sales:
        write_files(
            tmp_path, {**with_changes(funnel=PLAIN, fields=BASE, root=YEN), "configs/funnels/after.yaml": AFTER}
        )
        assert refused(sales) == ["2 amounts of money are kept in RUB"]


GONE = PLAIN.replace("new: {}, ", "")


@pytest.mark.parametrize(
    ("texts", "steps"),
    [
        ({"funnel": GONE, "fields": BASE}, ["move or close those deals"]),
        ({"funnel": PLAIN, "fields": BASE.replace("  grade: {type: text}\n", "")}, ["clear those values"]),
        (
            {"funnel": GONE, "fields": BASE.replace("  grade: {type: text}\n", "")},
            ["clear those values", "move or close those deals"],
        ),
        ({"funnel": PLAIN, "fields": BASE, "root": YEN}, ["clear those amounts"]),
    ],
)
def test_the_remedy_names_what_would_let_this_release_in_and_nothing_else(
    tmp_path: Path, texts: dict[str, str], steps: list[str]
) -> None:
    with open_sales(tmp_path, with_changes(funnel=PLAIN, fields=BASE)) as sales:
        for _ in range(2):
            sales.execute("deal.create", funnel="sales", fields={"grade": "five", "amount": "10"})
        write_files(tmp_path, with_changes(**texts))
        found = refusal(sales)
        assert [each.remedy.render() for each in (found, *found.others)] == [
            f"Put it back, or first {step}. Until then the old configuration runs on." for step in steps
        ]
        assert "{" not in found.render("ru")


GRADED = BASE.replace("name: {type: text}", "name: {type: text}, size: {type: text}")
WITHOUT_GRADE = GRADED.replace("  grade: {type: text}\n", "")


def closed_deal(root: Path) -> TestWorkspace:
    """Return a workspace with one closed deal, of which a field and a row's column hold a text."""
    sales = open_sales(root, with_changes(funnel=PLAIN, fields=GRADED))
    sales.execute("deal.create", funnel="sales", fields={"grade": "five"})
    sales.execute("row.put", deal=1, collection="parts", fields={"code": "A1", "size": "big"})
    sales.execute("deal.move", deal=1, to="lost", fields={"loss_reason": "price"})
    return sales


def given(root: Path, fields: str) -> None:
    write_files(root, with_changes(funnel=PLAIN, fields=fields))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "grade: {type: text}",
            "grade: {type: integer}",
            "1 closed deal keeps in the field grade a value of another type",
        ),
        (
            "grade: {type: text}",
            "grade: {type: choices, options: [five]}",
            "1 closed deal keeps in the field grade a value of another type",
        ),
        (
            "grade: {type: text}",
            "grade: {type: text, pii: true}",
            "1 closed deal keeps in the field grade a value of another type",
        ),
        (
            "size: {type: text}",
            "size: {type: date}",
            "1 row of a closed deal keeps in the column parts.size a value of another type",
        ),
    ],
)
def test_a_field_stays_of_a_type_of_which_closed_deals_hold_values(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    with closed_deal(tmp_path) as sales:
        given(tmp_path, GRADED.replace(old, new))
        refused_release = refusal(sales)
        assert [conflict.render() for conflict in refused_release.conflicts] == [told]
        assert "declare the new type under another name" in refused_release.remedy.render()


def test_values_of_closed_deals_are_cleared_to_give_a_field_another_type(tmp_path: Path) -> None:
    with closed_deal(tmp_path) as sales:
        sales.execute("deal.set", deal=1, fields={"grade": None})
        given(tmp_path, GRADED.replace("grade: {type: text}", "grade: {type: integer}"))
        assert sales.work("reload")["changed"]


@pytest.mark.parametrize(
    "new",
    [
        "grade: {type: choice, options: {two: Two}}",
        "grade: {type: long_text}",
        'grade: {type: number, formula: "1 + 1"}',
    ],
)
def test_closed_deals_do_not_keep_a_field_from_a_form_in_which_their_values_can_be_read(
    tmp_path: Path, new: str
) -> None:
    with closed_deal(tmp_path) as sales:
        given(tmp_path, GRADED.replace("grade: {type: text}", new))
        assert sales.work("reload")["changed"]


def test_a_field_that_comes_back_is_of_a_type_of_which_its_values_are(tmp_path: Path) -> None:
    with closed_deal(tmp_path) as sales:
        given(tmp_path, WITHOUT_GRADE)
        assert sales.work("reload")["changed"]
        given(tmp_path, GRADED.replace("grade: {type: text}", "grade: {type: integer}"))
        assert refused(sales) == [
            "1 record keeps in the field grade a value of another type from an earlier configuration"
        ]
        given(tmp_path, GRADED)
        assert sales.work("reload")["changed"]


def test_a_collection_that_comes_back_has_columns_of_the_types_of_its_rows(tmp_path: Path) -> None:
    with closed_deal(tmp_path) as sales:
        given(tmp_path, GRADED[: GRADED.index("collections:")])
        assert sales.work("reload")["changed"]
        given(tmp_path, GRADED.replace("size: {type: text}", "size: {type: bool}"))
        assert refused(sales) == [
            "1 row keeps in the column parts.size a value of another type from an earlier configuration"
        ]


SIZED = BASE.replace("grade: {type: text}", "grade: {type: text}\n  size: {type: text}")
ROLES = "variants: {by: loss_reason, cases: {price: {stages: {new: null}}}}\n"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            {"funnel": PLAIN + ROLES},
            {"funnel": PLAIN.replace("offer: {}", "other: {}")},
            ["runs the case price of the funnel sales", "stands in the stage offer of the funnel sales"],
        ),
        (
            {"funnel": PLAIN, "fields": SIZED},
            {"funnel": PLAIN, "fields": SIZED.replace("type: text", "type: integer")},
            ["a value in the field grade that no longer fits it", "a value in the field size that no longer fits it"],
        ),
    ],
)
def test_all_that_is_taken_away_is_told_each_with_its_remedy_and_its_file(
    tmp_path: Path, before: dict[str, str], after: dict[str, str], told: list[str]
) -> None:
    with open_sales(tmp_path, with_changes(**{"fields": BASE, **before})) as sales:
        sized = {"size": "big"} if "fields" in before else {}
        sales.execute("deal.create", funnel="sales", fields={"grade": "high", "loss_reason": "price", **sized})
        write_files(tmp_path, with_changes(**{"fields": BASE, **after}))
        found = refusal(sales)
        assert [part in each.render() for part, each in zip(told, found.conflicts, strict=True)] == [True, True]
        assert [line.startswith("Put it back, or first ") for line in found.render().splitlines()] == [False, True] * 2
        reading = read_workspace(tmp_path)
        assert reading.workspace is not None
        path = database_at_hand(tmp_path)
        assert path is not None
        findings = release_conflicts(path, reading.workspace, reading.files, Host.of(tmp_path))
        changed = "configs/fields/base.yaml" if "fields" in after else "configs/funnels/sales.yaml"
        assert {finding.place.file for finding in findings} == {changed}
        assert len(findings) == len(told)


ROUTED = OPENING.replace("{funnel: after, set: {grade: five, amount: 10}}", "{copy: [grade]}")


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ({"configs/funnels/after.yaml": AFTER.replace("start", "begin")}, []),
        (
            {"configs/people/people.yaml": FILES["configs/people/people.yaml"]},
            ["1 command that waits in the queue is to open a deal for which “routing” chooses the funnel"],
        ),
    ],
)
def test_a_queued_deal_that_the_routing_places_waits_for_the_routing_alone(
    tmp_path: Path, after: dict[str, str], told: list[str]
) -> None:
    routing = {"configs/people/people.yaml": FILES["configs/people/people.yaml"] + "routing: [{funnel: after}]\n"}
    files = {**with_changes(funnel=ROUTED, fields=BASE), "configs/funnels/after.yaml": AFTER, **routing}
    with open_sales(tmp_path, files) as sales:
        sales.execute("account.create", fields={"name": "Acme"})
        sales.execute("deal.create", funnel="sales", fields={"account": "Acme", "grade": "five"})
        sales.client.engine.submit({"command": "deal.move", "deal": 1, "to": "offer"})  # the queue has not run
        new = read_workspace(
            {path: text.encode() for path, text in {**files, **after, "configs/funnels/sales.yaml": PLAIN}.items()}
        )
        assert new.workspace is not None
        with sales.client.engine.read() as reader:
            found = conflicts(reader, sales.client.engine.workspace, new.workspace)
        assert [conflict.told.render() for conflict in found] == told
