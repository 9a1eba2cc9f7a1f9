"""Releases: a changed configuration comes into force whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.sales_workspace import FILES, open_sales, with_changes
from voronka.errors import EnvironmentFault
from voronka.messages import Text
from voronka.runtime.configuration import BrokenConfigurationError
from voronka.runtime.releases import ReleaseConflictError
from voronka.testing import TestWorkspace, write_files

FUNNEL = FILES["configs/funnels/sales.yaml"]


def change(sales: TestWorkspace, **texts: str) -> None:
    write_files(sales.root, with_changes(**texts))


def test_a_changed_file_is_in_force_at_the_next_command(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        before = sales.client.engine.workspace.release
        change(sales, funnel=FUNNEL.replace("  offer: {}", "  offer: {}\n  contract: {}"))
        made = sales.execute("deal.create", funnel="sales", fields={"amount": "5"})
        assert made["warnings"] == []
        assert sales.client.engine.workspace.release != before
        sales.execute("deal.move", deal=1, to="offer")
        assert sales.execute("deal.move", deal=1, to="contract")["stage"] == "contract"
        assert sales.verify().damages == ()


def test_an_unchanged_configuration_is_no_new_release(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.reopen()
        assert sales.work("reload") == {
            "release": sales.client.engine.workspace.release,
            "changed": False,
            "deals": 0,
        }


def test_open_deals_go_over_and_their_timers_move(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales")
        change(sales, funnel=FUNNEL.replace("{after: 1 day, do: [{task", "{after: 3 days, do: [{task"))
        assert sales.work("reload")["deals"] == 1
        days = {timer["event"]: timer["offset"] for timer in sales.query("timers")}
        assert days == {"call": "3 days", "materials": "2 days"}
        assert sales.query("deal.show", deal=1)["release"] == sales.client.engine.workspace.release
        assert sales.verify().damages == ()


def test_timers_by_the_clocks_of_an_owner_move_with_the_owners_time_zone(tmp_path: Path) -> None:
    by_owner = FUNNEL.replace("{after: 1 day, do: [{task", '{after: 2 days, at: "10:00", zone: owner, do: [{task')
    with open_sales(tmp_path, with_changes(funnel=by_owner)) as sales:
        for owner in ("anna", "petr"):
            sales.execute("deal.create", funnel="sales", fields={"owner": owner})

        def due() -> list[int]:
            return [
                timer["due"]
                for deal in (1, 2)
                for timer in sales.query("timers", deal=deal)
                if timer["event"] == "call"
            ]

        anna, petr = due()
        change(sales, funnel=by_owner, people=PEOPLE.replace("name: Anna,", "name: Anna, zone: Asia/Vladivostok,"))
        assert sales.work("reload")["deals"] == 1
        assert due() == [anna - 7 * 3_600_000_000, petr]
        change(sales, funnel=by_owner)
        assert sales.work("reload")["deals"] == 1
        assert due() == [anna, petr]
        change(sales, funnel=by_owner, people=PEOPLE.replace("name: Anna,", "name: Anna B,"))
        assert sales.work("reload")["deals"] == 0
        assert sales.verify().damages == ()


GATED = """\
funnel: sales
fields: [base]
stages:
  new: {timed: {push: {after: 1 day, do: [{move: offer}]}}}
  offer: {enter: {when: CONDITION}}
"""
PEOPLE = FILES["configs/people/people.yaml"]


@pytest.mark.parametrize(
    ("condition", "people"),
    [
        ('owner.name == "Anna B"', PEOPLE.replace("name: Anna,", "name: Anna B,")),
        ('owner.role == "head"', PEOPLE.replace("Anna, role: manager", "Anna, role: head")),
    ],
)
def test_a_stopped_move_is_tried_again_when_people_change(tmp_path: Path, condition: str, people: str) -> None:
    with open_sales(tmp_path, with_changes(funnel=GATED.replace("CONDITION", f"'{condition}'"))) as sales:
        sales.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        sales.advance("2 days")
        sales.execute("deal.create", funnel="sales", fields={"owner": "anna"})  # nothing of it waits for a gate
        assert sales.query("deal.show", deal=1)["stage"]["name"] == "new"
        write_files(tmp_path, {"configs/people/people.yaml": people})
        assert sales.work("reload")["deals"] == 1
        assert sales.query("deal.show", deal=1)["stage"]["name"] == "offer"
        assert sales.verify().damages == ()


def test_a_release_never_fires_the_past(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales")
        sales.advance("12 hours")
        change(sales, funnel=FUNNEL.replace("after: 1 day,", "after: 1 hour,"))
        sales.work("reload")
        sales.client.engine.settle()
        ended = [timer for timer in sales.query("timers", all=True) if timer["state"] != "waiting"]
        assert {timer["event"] for timer in ended} == {"call"}
        assert {timer["state"] for timer in ended} <= {"cancelled", "skipped"}
        assert sales.query("tasks") == []


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (
            {"funnel": FUNNEL.replace("  new:", "  fresh:")},
            "2 open deals stand in the stage new of the funnel sales",
        ),
        (
            {
                "fields": "set: base\nfields: {amount: {type: money}, loss_reason: {type: text}, "
                "turnover: {of: accounts, type: money}}\n"
            },
            "1 open deal of the funnel sales has a value in the field passport",
        ),
    ],
)
def test_taking_away_what_open_deals_use_is_refused_with_the_count(
    tmp_path: Path, texts: dict[str, str], told: str
) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales", fields={"passport": "1"})
        sales.execute("deal.create", funnel="sales")
        before = sales.client.engine.workspace.release
        change(sales, **texts)
        with pytest.raises(ReleaseConflictError) as caught:
            sales.work("reload")
        assert told in caught.value.render()
        assert caught.value.exit_code == 4
        assert sales.client.engine.workspace.release == before
        warnings = sales.execute("deal.set", deal=1, fields={"amount": "5"})["warnings"]
        assert told in warnings[0]["reason"]["en"]
        sales.reopen()
        assert sales.client.engine.workspace.release == before
        assert sales.verify().damages == ()


def test_a_broken_configuration_keeps_the_old_one_running_and_says_so(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("deal.create", funnel="sales", fields={"amount": "5"})
        change(sales, funnel=FUNNEL.replace("amount]", "amuont]"))
        moved = sales.execute("deal.move", deal=1, to="offer")
        assert moved["stage"] == "offer"
        assert moved["warnings"][0]["place"].startswith("configs/funnels/sales.yaml:")
        with pytest.raises(BrokenConfigurationError):
            sales.work("reload")
        sales.reopen()
        assert sales.execute("deal.move", deal=1, to="new")["stage"] == "new"
        change(sales, funnel=FUNNEL)
        assert sales.execute("deal.move", deal=1, to="offer")["warnings"] == []


def test_a_workspace_that_was_never_sound_does_not_open(tmp_path: Path) -> None:
    write_files(tmp_path, with_changes(funnel=FUNNEL.replace("amount]", "amuont]")))
    with pytest.raises(BrokenConfigurationError, match="The configuration has 1 error"):
        TestWorkspace(tmp_path, start=0)


def test_why_reads_conditions_of_releases_that_are_past(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        sales.execute("account.create", fields={"name": "Acme", "turnover": "1000001"})
        sales.execute("deal.create", funnel="sales", fields={"account": "Acme", "amount": "5"})
        sales.execute("deal.move", deal=1, to="offer")
        change(sales, funnel=FUNNEL.replace("> 1000000", "> 2000000"))
        sales.work("reload")
        trees = [
            judgement["tree"]
            for entry in sales.query("why", deal=1)
            for link in entry["links"]
            for judgement in link["judgements"]
            if judgement["text"] == "account.turnover > 1000000"
        ]
        assert trees
        assert all(tree is not None for tree in trees)


CLOSED = """\
funnel: sales
fields: [base]
stages:
  new: {timed: {nudge: {after: 3 days, do: [{task: {title: Nudge}}]}}}
  signed:
    outcome: won
    enter: {do: [{send: {channel: email, to: owner, template: hello}}]}
    timed: {survey: {after: 3 days, do: [{task: {title: Survey}}]}}
"""


def close_one_of_two(sales: TestWorkspace) -> None:
    for _ in range(2):
        sales.execute("deal.create", funnel="sales", fields={"amount": "5", "owner": "anna"})
    sales.execute("deal.move", deal=1, to="signed")


def timers(sales: TestWorkspace) -> dict[str, tuple[str, str]]:
    found = sales.query("timers", all=True)
    return {f"{timer['deal']} {timer['event']}": (timer["state"], timer["reason"]) for timer in found}


def test_a_closed_deal_goes_over_while_a_timer_of_it_waits(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_changes(funnel=CLOSED)) as sales:
        close_one_of_two(sales)
        change(sales, funnel=CLOSED.replace("{survey: {after: 3 days", "{survey: {after: 30 days"))
        assert sales.work("reload")["deals"] == 2
        sales.advance("4 days")
        assert [task["title"] for task in sales.query("tasks")] == [{"": "Nudge"}]
        assert sales.verify().damages == ()


@pytest.mark.parametrize("gone", ["stage", "funnel"])
def test_timers_and_messages_of_a_closed_deal_end_where_its_stage_is_gone(tmp_path: Path, gone: str) -> None:
    with open_sales(tmp_path, with_changes(funnel=CLOSED)) as sales:
        close_one_of_two(sales)
        if gone == "stage":
            change(sales, funnel=CLOSED.replace("signed:", "contracted:"))
        else:
            sales.execute("deal.move", deal=2, to="signed")
            (tmp_path / "configs/funnels/sales.yaml").unlink()
            other = "funnel: other\nfields: [base]\nstages: {a: {}}\n"
            write_files(tmp_path, {"configs/funnels/other.yaml": other})
        assert sales.work("reload")["deals"] == 2
        sales.advance("4 days")
        assert timers(sales)["1 survey"] == ("cancelled", "release")
        assert timers(sales)["2 nudge"][0] == ("fired" if gone == "stage" else "cancelled")
        assert {(effect["status"], effect["attempts"]) for effect in sales.query("outbox")} == {("sent", 1)}
        kinds = [event["kind"] for entry in sales.query("why", deal=1) for event in entry["events"]]
        assert kinds.count("message.sent") == 1
        assert sales.query("deal.show", deal=1)["stage"]["name"] == "signed"
        assert sales.verify().damages == ()


PLAIN = "funnel: sales\nfields: [base]\nstages:\n  new: {}\n  offer: {}\n"
ROLE = FILES["configs/fields/base.yaml"].replace(
    "fields:\n", "fields:\n  role: {type: choice, options: {a: A, b: B}}\n", 1
)


def test_a_deal_that_cannot_go_over_keeps_the_whole_release_out(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_changes(funnel=PLAIN, fields=ROLE)) as sales:
        for _ in range(2):
            sales.execute("deal.create", funnel="sales", fields={"role": "a"})
        before = sales.client.engine.workspace.release
        change(sales, funnel=PLAIN + "variants: {by: role, cases: {a: {stages: {new: null}}}}\n", fields=ROLE)
        with pytest.raises(ReleaseConflictError, match="2 deals cannot go over: “a” has no stage new"):
            sales.work("reload")
        assert sales.client.engine.workspace.release == before
        assert {deal["seq"] for deal in sales.query("deal.list")} == {1}


def test_a_stage_may_go_where_moves_says_where_its_deals_go(tmp_path: Path) -> None:
    case = "variants:\n  by: role\n  cases:\n    a: {stages: {new: {}}}\n"
    with open_sales(tmp_path, with_changes(funnel=PLAIN + case, fields=ROLE)) as sales:
        sales.execute("deal.create", funnel="sales", fields={"role": "a"})
        moved = case.replace("{stages: {new: {}}}", "{stages: {new: null}, moves: {new: offer}}")
        change(sales, funnel=PLAIN + moved, fields=ROLE)
        assert sales.work("reload")["deals"] == 1
        assert sales.query("deal.show", deal=1)["stage"]["name"] == "offer"
        assert sales.verify().damages == ()


KEPT = """\
set: base
fields:
  amount: {type: money}
  note: {type: text}
  passport: {type: text, pii: true}
  turnover: {of: accounts, type: money}
  birthday: {of: contacts, type: date}
collections:
  parts: {key: name, fields: {name: {type: text}, price: {type: text}}}
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "note: {type: text}",
            "note: {type: duration}",
            "1 open deal of the funnel sales has a value in the field note that no longer fits it",
        ),
        (
            "note: {type: text}",
            "note: {type: text, pii: true}",
            "1 open deal of the funnel sales has a value in the field note that no longer fits it",
        ),
        (
            "passport: {type: text, pii: true}",
            "passport: {type: text}",
            "1 open deal of the funnel sales has a value in the field passport that no longer fits it",
        ),
        ("turnover: {of: accounts, type: money}", "x: {type: text}", "1 account has a value in the field turnover"),
        (
            "birthday: {of: contacts, type: date}",
            "birthday: {of: contacts, type: money}",
            "1 contact has a value in the field birthday that no longer fits it",
        ),
        ("  parts:", "  pieces:", "2 rows are in the collection parts"),
        (
            "price: {type: text}",
            "price: {type: money}",
            "2 rows have a value in the column parts.price that no longer fits it",
        ),
    ],
)
def test_a_value_in_use_keeps_its_declaration(tmp_path: Path, old: str, new: str, told: str) -> None:
    with open_sales(tmp_path, with_changes(funnel=PLAIN, fields=KEPT)) as sales:
        sales.execute("account.create", fields={"name": "Acme", "turnover": "5"})
        sales.execute("contact.create", fields={"name": "Ivan", "birthday": "1980-02-03"})
        sales.execute("deal.create", funnel="sales", fields={"note": "soon", "passport": "1"})
        sales.execute("deal.create", funnel="sales")
        for name in ("saw", "axe"):
            sales.execute("row.put", deal=1, collection="parts", fields={"name": name, "price": "dear"})
        change(sales, funnel=PLAIN, fields=KEPT.replace(old, new))
        with pytest.raises(ReleaseConflictError) as caught:
            sales.work("reload")
        assert told in [conflict.render() for conflict in caught.value.conflicts]


def test_a_declaration_that_holds_every_value_may_change(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_changes(funnel=PLAIN, fields=KEPT)) as sales:
        sales.execute("deal.create", funnel="sales", fields={"note": "2 days"})
        sales.execute("deal.create", funnel="sales")
        change(sales, funnel=PLAIN, fields=KEPT.replace("note: {type: text}", "note: {type: duration, label: Term}"))
        assert sales.work("reload")["deals"] == 2


@pytest.mark.parametrize(("before", "after"), [("integer", "money"), ("integer", "percent"), ("integer", "datetime")])
def test_a_number_kept_in_one_unit_is_not_read_in_another(tmp_path: Path, before: str, after: str) -> None:
    fields = KEPT.replace("note: {type: text}", f"note: {{type: {before}}}")
    with open_sales(tmp_path, with_changes(funnel=PLAIN, fields=fields)) as sales:
        sales.execute("deal.create", funnel="sales", fields={"note": "20"})
        change(sales, funnel=PLAIN, fields=fields.replace(f"note: {{type: {before}}}", f"note: {{type: {after}}}"))
        with pytest.raises(ReleaseConflictError, match="has a value in the field note that no longer fits it"):
            sales.work("reload")


def test_a_change_that_could_not_be_stored_is_tried_again_at_the_next_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise EnvironmentFault(Text("no room"), Text("free some"))

    with open_sales(tmp_path) as sales:
        before = sales.client.engine.workspace.release
        change(sales, funnel=FUNNEL.replace("  offer: {}", "  offer: {}\n  contract: {}"))
        with monkeypatch.context() as disk:
            disk.setattr("voronka.storage.UnitOfWork.put_release", full)
            with pytest.raises(EnvironmentFault):
                sales.execute("deal.create", funnel="sales")
            with pytest.raises(EnvironmentFault):
                sales.work("reload")
        assert sales.client.engine.workspace.release == before
        sales.execute("deal.create", funnel="sales")
        assert sales.client.engine.workspace.release != before


def test_what_a_closed_deal_keeps_of_an_earlier_declaration_is_shown_as_it_is(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_changes(funnel=PLAIN, fields=KEPT)) as sales:
        sales.execute("deal.create", funnel="sales", fields={"note": "soon", "passport": "No. 4510"})
        sales.execute("deal.move", deal=1, to="lost")
        fields = KEPT.replace("note: {type: text}", "note: {type: choice, options: [late]}")
        change(sales, funnel=PLAIN, fields=fields.replace("{type: text, pii: true}", "{type: money, pii: true}"))
        assert sales.work("reload")["changed"]
        shown = {field["name"]: field["shown"] for field in sales.query("deal.show", deal=1)["fields"]}
        assert (shown["note"]["en"], shown["passport"]) == ("soon", {"": "No. 4510"})
        assert "soon" in sales.query("why", deal=1)[0]["events"][0]["told"]["en"]


REOPENING = """\
funnel: sales
fields: [base]
stages:
  new: {}
  offer: {enter: {when: note is missing or note == "late"}}
transitions:
  again: {from: lost, to: offer}
"""


def test_a_closed_deal_reopens_only_with_values_that_fit_the_fields_of_today(tmp_path: Path) -> None:
    with open_sales(tmp_path, with_changes(funnel=PLAIN, fields=KEPT)) as sales:
        sales.execute("deal.create", funnel="sales", fields={"note": "soon"})
        sales.execute("deal.move", deal=1, to="lost")
        retyped = KEPT.replace("note: {type: text}", "note: {type: choice, label: Note, options: [late]}")
        change(sales, funnel=REOPENING, fields=retyped)
        answer = sales.execute("deal.move", deal=1, to="offer")
        assert answer["warnings"] == []
        told = {failure["gate"]: failure["reason"]["en"] for failure in answer["refusal"]["failures"]}
        assert told == {
            "reopen.note": "“Note” still holds soon of an earlier declaration; it is of the type choice by now."
        }
        assert sales.execute("deal.move", deal=1, to="offer", fields={"note": "late"})["stage"] == "offer"
        assert sales.verify().damages == ()


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ("template", "2 messages of the template hello wait to be sent"),
        ("channel", "2 messages wait to be sent over the channel email"),
    ],
)
def test_what_waiting_messages_need_stays_until_they_have_left(tmp_path: Path, gone: str, told: str) -> None:
    sends = PLAIN.replace("new: {}", "new: {enter: {do: [{send: {channel: email, to: owner, template: hello}}]}}")
    with open_sales(tmp_path, with_changes(funnel=sends)) as sales:
        for _ in range(2):
            sales.execute("deal.create", funnel="sales", fields={"owner": "anna"})
        change(sales, funnel=PLAIN)
        if gone == "template":
            (tmp_path / "configs/templates/hello.en.md").unlink()
        else:
            change(sales, funnel=PLAIN, root=FILES["voronka.yaml"].replace("{email: {via: file}}", "{}"))
        with pytest.raises(ReleaseConflictError) as caught:
            sales.work("reload")
        assert [conflict.render() for conflict in caught.value.conflicts] == [told]
        sales.client.engine.settle()
        assert sales.work("reload")["changed"]
        assert {effect["status"] for effect in sales.query("outbox")} == {"sent"}


@pytest.mark.parametrize("code", ["JPY", "USD"])
def test_the_currency_stays_while_money_is_kept_in_it(tmp_path: Path, code: str) -> None:
    parts = "  parts: {key: name, fields: {name: {type: text}, price: {type: money}}}\n"
    kept = KEPT.replace("  parts: {key: name, fields: {name: {type: text}, price: {type: text}}}\n", parts)
    other = FILES["voronka.yaml"].replace("currency: RUB", f"currency: {code}")
    with open_sales(tmp_path, with_changes(funnel=PLAIN, fields=kept)) as sales:
        sales.execute("account.create", fields={"name": "Acme", "turnover": "5"})
        for _ in range(2):
            sales.execute("deal.create", funnel="sales", fields={"amount": "12.00"})
        sales.execute("row.put", deal=1, collection="parts", fields={"name": "saw", "price": "7"})
        sales.execute("deal.move", deal=1, to="lost")
        change(sales, funnel=PLAIN, fields=kept, root=other)
        with pytest.raises(ReleaseConflictError, match="4 amounts of money are kept in RUB") as caught:
            sales.work("reload")
        assert len(caught.value.conflicts) == 1
        assert sales.client.engine.workspace.currency.code == "RUB"


def test_the_currency_may_change_before_money_is_kept(tmp_path: Path) -> None:
    other = FILES["voronka.yaml"].replace("currency: RUB", "currency: JPY")
    with open_sales(tmp_path, with_changes(funnel=PLAIN)) as sales:
        sales.execute("account.create", fields={"name": "Acme"})
        sales.execute("deal.create", funnel="sales")
        change(sales, funnel=PLAIN, root=other)
        sales.work("reload")
        assert sales.client.engine.workspace.currency.code == "JPY"


def test_a_user_who_owns_open_deals_stays_until_they_are_handed_over(tmp_path: Path) -> None:
    people = FILES["configs/people/people.yaml"]
    gone = "roles: {manager: {label: Manager}, head: {label: Head}}\npeople: {petr: {name: Petr, role: head}}\n"
    with open_sales(tmp_path, with_changes(funnel=PLAIN)) as sales:
        assert "anna" in people
        for _ in range(3):
            sales.execute("deal.create", funnel="sales", fields={"amount": "5", "owner": "anna"})
        sales.execute("deal.move", deal=1, to="lost")
        write_files(sales.root, {"configs/people/people.yaml": gone})
        with pytest.raises(ReleaseConflictError, match="2 open deals belong to the user anna") as caught:
            sales.work("reload")
        assert "hand those deals over" in caught.value.render()
        for deal in (2, 3):
            sales.execute("deal.set", deal=deal, fields={"owner": "petr"})
        assert sales.work("reload")["changed"] is True
        assert "anna" not in sales.client.engine.workspace.people
        assert sales.verify().damages == ()
