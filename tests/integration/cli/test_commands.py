"""Every command does what its help says, and tells what to type next."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from tests.integration.cli.running import voronka
from voronka.testing import write_files

READY = (
    ("deal", "set", 1, "need=Fans for a hall", "decision_maker=Maria Petrova", "seller_role=integrator"),
    ("check-item", 1, "buying_unit_mapped", "--evidence", "https://acme.example/map"),
)


def test_init_makes_a_workspace_that_checks_clean(tmp_path):
    made = voronka("init", tmp_path / "new")
    assert made.code == 0
    assert f"voronka -C {tmp_path / 'new'} check" in made.err
    checked = voronka("check", tmp_path / "new")
    assert (checked.code, checked.out) == (0, "")
    assert "No faults found." in checked.err


def test_init_makes_the_workspace_of_a_template(tmp_path):
    made = voronka("init", tmp_path / "new", "--template", "simple")
    assert made.code == 0
    assert f"voronka -C {tmp_path / 'new'} deal new sales" in made.err
    assert (tmp_path / "new" / "configs" / "funnels" / "sales.yaml").is_file()
    assert not (tmp_path / "new" / "template.yaml").exists()


def test_init_with_an_unknown_template_makes_nothing(tmp_path):
    made = voronka("init", tmp_path / "new", "-t", "simpel")
    assert made.code == 2
    assert "Did you mean simple?" in made.err
    assert not (tmp_path / "new").exists()


def test_init_without_a_folder_says_how_to_name_one():
    told = voronka("init", "--template", "simple")
    assert told.code == 2
    assert "voronka init sales --template simple" in told.err


@pytest.mark.parametrize(("language", "word"), [("en", "A funnel of ten lines"), ("ru", "Воронка из десяти строк")])
def test_init_lists_the_templates_and_needs_no_folder_for_it(language, word):
    told = voronka("--lang", language, "init", "--list")
    assert told.code == 0
    assert word in told.out


def test_check_tells_every_fault_and_ends_with_1(root):
    (root / "configs" / "funnels" / "react.yaml").write_text(
        "funnel: react\nstagse: {}\nlabel: [1]\n", encoding="utf-8"
    )
    text = voronka("check", root)
    assert text.code == 1
    assert "configs/funnels/react.yaml:2:1: error" in text.out
    assert "Did you mean `stages`?" in text.out
    told = voronka("check", root, "--format", "json")
    assert told.code == 1
    assert told.json["errors"] == len([each for each in told.json["findings"] if each["severity"] == "error"]) >= 2
    assert told.err == ""
    github = voronka("check", root, "--format", "github")
    assert github.code == 1
    assert github.out.startswith("::error file=configs/funnels/react.yaml,line=")


def test_warnings_alone_are_no_reason_to_stop(root):
    (root / "configs" / "templates" / "how_to_choose.ru.md").unlink()
    checked = voronka("check", root, "--format", "json")
    severities = {finding["severity"] for finding in checked.json["findings"]}
    assert (checked.code, severities) == (0, {"warning"})


MINIMAL = {
    "voronka.yaml": "workspace: w\ntimezone: UTC\ncurrency: RUB\n",
    "configs/funnels/sales.yaml": "funnel: sales\nstages: {new: {}, offer: {}}\n",
}


@pytest.fixture
def minimal(tmp_path):
    """A workspace with a deal in its first stage, which the files no longer have."""
    write_files(tmp_path / "w", MINIMAL)
    assert voronka("deal", "new", "sales", "-C", tmp_path / "w").code == 0
    write_files(tmp_path / "w", {"configs/funnels/sales.yaml": "funnel: sales\nstages: {fresh: {}, offer: {}}\n"})
    return tmp_path / "w"


def test_check_warns_of_what_the_deals_at_hand_would_refuse(minimal):
    before = sorted(path.name for path in (minimal / ".voronka").iterdir())
    checked = voronka("check", minimal)
    assert checked.code == 0
    assert "1 open deal stands in the stage new of the funnel sales" in checked.out
    assert "Put it back, or first move or close those deals." in checked.out
    assert "3 warnings" in checked.err
    assert "voronka run" not in checked.err
    told = voronka("check", minimal, "--format", "json").json["findings"][0]
    assert (told["code"], told["severity"], told["file"]) == ("V6001", "warning", "configs/funnels/sales.yaml")
    assert "1 open deal stands in the stage new of the funnel sales" in told["reason"]
    github = voronka("check", minimal, "--format", "github").out
    assert github.startswith("::warning file=configs/funnels/sales.yaml,line=1,")
    assert "1 open deal stands in the stage new" in github
    assert sorted(path.name for path in (minimal / ".voronka").iterdir()) == before


@pytest.mark.parametrize("spoilt", ["gone", "empty", "no_database", "newer"])
def test_check_says_nothing_of_a_database_that_it_cannot_read(minimal, spoilt):
    path = minimal / ".voronka" / "voronka.db"
    if spoilt == "newer":
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
    else:
        path.unlink()
    if spoilt in ("empty", "no_database"):
        path.write_bytes(b"" if spoilt == "empty" else b"not a database" * 100)
    before = sorted(each.name for each in path.parent.iterdir())
    checked = voronka("check", minimal)
    assert checked.code == 0
    assert "V6001" not in checked.out
    assert sorted(each.name for each in path.parent.iterdir()) == before


def test_a_deal_is_opened_shown_and_listed(run):
    opened = run("deal", "new", "reach", "source=site", "contact=Maria Petrova")
    assert (opened.code, opened.out) == (0, "Deal 2 is open.\n")
    shown = run("deal", "show", 1)
    assert "Deal 1: Sales, Needs" in shown.out
    assert "1,500.50 RUB" in shown.out
    assert "Maria Petrova" in shown.out
    assert "deal move 1 solution" in shown.err
    listed = run("deal", "list")
    assert [line.split()[0] for line in listed.out.splitlines()[1:]] == ["1", "2"]
    assert [deal["number"] for deal in run("deal", "list", "--funnel", "reach", "--json").json] == [2]
    page = run("deal", "list", "--limit", 1)
    assert "deal list --limit 1 --after 1" in page.err


def test_a_refused_move_tells_everything_in_the_way_and_what_to_type(run):
    refused = run("deal", "move", 1, "solution")
    assert (refused.code, refused.out) == (4, "")
    for gate in ("require.need", "require.decision_maker", "require.seller_role", "checklist.buying_unit_mapped"):
        assert f"[needs.leave.{gate}]" in refused.err
    assert "deal move 1 solution need=… decision_maker=… seller_role=…" in refused.err
    assert "check-item 1 buying_unit_mapped --evidence https://…\n" in refused.err


def test_a_refused_move_is_an_answer_in_json_too(run):
    refused = run("deal", "move", 1, "solution", "--json")
    assert refused.code == 4
    assert refused.err == ""
    assert len(refused.json["refusal"]["failures"]) == 4


def test_a_deal_moves_once_nothing_is_in_the_way(run):
    for words in READY:
        assert run(*words).code == 0
    moved = run("deal", "move", 1, "solution", "--as", "builders_1")
    assert (moved.code, moved.out) == (0, "Deal 1 stands in Choice of solution.\n")
    tasks = run("task", "list")
    assert "Find suitable solutions" in tasks.out
    task = run("task", "list", "--json").json[0]
    assert run("task", "done", 1, task["task"]).out == f"Task {task['task']} is done.\n"
    assert "No open tasks." in run("task", "list").err
    assert run("task", "list", "--all", "--json").json[0]["done_at"] is not None


def test_who_may_lifts_a_condition_with_a_reason(run):
    for words in READY:
        run(*words)
    run("deal", "move", 1, "solution")
    fields = ("solution_type=standard", "offer_valid_until=2027-03-01")
    refused = run("deal", "move", 1, "proposal", *fields, "--override", "an old client", "--as", "builders_1")
    assert refused.code == 4
    assert "Head of sales" in refused.err
    lifted = run("deal", "move", 1, "proposal", *fields, "--override", "an old client", "--as", "head")
    assert lifted.code == 0
    assert "because: an old client" in run("why", 1).out


def test_fields_are_set_and_cleared(run):
    assert run("deal", "set", 1, "amount=2 000", "tender=yes").out == "Deal 1 is changed.\n"
    assert run("deal", "set", 1, "amount=2 000").out == "Deal 1 is as it was: nothing was new.\n"
    assert "kept with its source" in run("deal", "set", 1, "tender=yes").out  # said once more, it is confirmed
    assert run("deal", "set", 1, "amount=").code == 0
    names = {field["name"] for field in run("deal", "show", 1, "--json").json["fields"] if field["value"] is not None}
    assert "amount" not in names
    assert "tender" in names


def test_the_same_key_is_carried_out_once(run):
    first = run("deal", "new", "reach", "--key", "site-17", "--json")
    again = run("deal", "new", "reach", "--key", "site-17")
    assert first.json["number"] == 2
    assert again.out == "Deal 2 is open.\n"
    assert "done before" in again.err
    assert [deal["number"] for deal in run("deal", "list", "--json").json] == [1, 2]


def test_what_happened_earlier_is_logged_at_its_own_time(run):
    assert run("deal", "log", 1, "kind=call", "direction=in", "note=They called back").code == 0
    told = run("why", 1)
    assert "Note = They called back" in told.out
    past = run("deal", "log", 1, "kind=call", "direction=out", "--at", "2026-01-15 10:00")
    assert past.code in (0, 4)


def test_rows_are_put_and_removed(run):
    assert run("row", "put", 1, "tco_components", "component=energy", "confirmed=yes").code == 0
    assert "energy — Component: Energy; Confirmed by the client as important: yes" in run("deal", "show", 1).out
    assert run("row", "rm", 1, "tco_components", "energy").code == 0
    assert "energy" not in run("deal", "show", 1).out
    assert run("row", "put", "Acme", "competitors", "name=Other", "share=30%", "--of", "account").code == 0
    assert "Other — Competitor: Other; Share of purchases: 30%" in run("account", "show", "Acme").out


def test_an_item_is_ticked_and_unticked(run):
    assert run(*READY[1]).out == "The buying unit is mapped (buying_unit_mapped) is ticked.\n"
    assert "[x] The buying unit is mapped" in run("deal", "show", 1).out
    assert run("check-item", 1, "buying_unit_mapped", "--undo").code == 0
    assert "[ ] The buying unit is mapped" in run("deal", "show", 1).out


def test_parties_are_made_changed_shown_and_listed(run):
    id_ = run("account", "new", "name=Beta", "--json").json["id"]
    assert run("account", "set", "Beta", "segment=key").out == "Beta is changed.\n"
    assert run("account", "show", id_, "--json").json["name"] == "Beta"
    assert [each["name"] for each in run("account", "list", "--json").json] == ["Acme", "Beta"]
    assert run("contact", "set", "maria@acme.example", "phone=8 916 123 45 67").code == 0
    shown = run("contact", "show", "Maria Petrova")
    assert "+79161234567" in shown.out
    assert "Needs" in shown.out
    assert "Maria Petrova" in run("contact", "list").out


def test_timers_wait_and_end(run):
    assert {timer["event"] for timer in run("timers", 1, "--json").json} == {"acceptance", "needs.sla", "expire"}
    assert "timers 1 --all\n" in run("timers", 1).err
    run("deal", "move", 1, "lost", "loss_reason=price")
    assert "Nothing waits for its time." in run("timers", 1).err
    assert {timer["state"] for timer in run("timers", 1, "--all", "--json").json} == {"cancelled"}
    assert "cancelled" in run("timers", "--all").out


def test_messages_wait_in_the_outbox(run):
    run("deal", "new", "reach", "source=site", "contact=Maria Petrova", "owner=leads_1")
    assert "No messages." in run("outbox", "list").err
    assert run("outbox", "list", "--status", "dead", "--json").json == []


def test_why_tells_conditions_with_the_values_they_read(run):
    run("deal", "move", 1, "solution")
    told = run("why", 1)
    assert "opened in the funnel Sales" in told.out
    assert "? needs.leave.require.need, does not hold: “The need in the client's words” is filled in" in told.out
    assert "? needs.leave.checklist.buying_unit_mapped, does not hold: “The buying unit is mapped” is" in told.out
    assert "the move to Choice of solution was refused" in told.out
    later = run("why", 1, "--after", 1, "--json").json
    assert [entry["seq"] for entry in later] == [2]


def test_funnel_reports_stages_owners_and_definitions(run):
    told = run("funnel", "react")
    assert "Sales: 1 deal, 1 open, 0 won, 0 lost" in told.out
    assert "Needs" in told.out
    assert "Deals that entered the stage at least once." in told.out
    assert run("funnel", "react", "--to", "2020-01-01", "--json").json["deals"] == 0


def test_graph_is_drawn_from_the_files(ask, tmp_path):
    assert ask("graph", "react").out.startswith('---\ntitle: "Sales"\n---\nflowchart TD\n')
    file = tmp_path / "react.svg"
    assert ask("graph", "react", "--case", "integrator", "--format", "svg", "-o", file).code == 0
    assert file.read_text(encoding="utf-8").startswith("<svg ")


def test_status_counts_and_verify_replays(run):
    told = run("status")
    assert "Ventilation equipment (reference)" in told.out
    assert "Service            does not run" in told.out
    assert run("status", "--json").json["timers"]["waiting"] == 3
    verified = run("verify")
    assert (verified.code, verified.out) == (0, "4 histories, 4 entries: all of it replays to what is stored\n")
    assert run("verify", "--json").json["damages"] == []


def test_verify_ends_with_1_where_something_was_changed_behind_its_back(run, root):
    import sqlite3

    with sqlite3.connect(root / ".voronka" / "voronka.db") as database:
        database.execute("UPDATE deals SET stage = 'won'")
    verified = run("verify")
    assert verified.code == 1
    assert "deal 1" in verified.out
    assert "Restore a backup" in verified.err


def test_reload_puts_a_changed_configuration_in_force(run, root):
    before = run("status", "--json").json["release"]
    assert run("reload", "--json").json == {"release": before, "changed": False, "deals": 0}
    path = root / "configs" / "funnels" / "react.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("60 days", "50 days"), encoding="utf-8")
    reloaded = run("reload", "--json").json
    assert reloaded["release"] != before


def test_a_broken_configuration_is_told_and_the_old_one_runs_on(run, root):
    path = root / "configs" / "funnels" / "react.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\nnonsense: 1\n", encoding="utf-8")
    done = run("deal", "set", 1, "amount=10")
    assert (done.code, done.out) == (0, "Deal 1 is changed.\n")
    assert "voronka check" in done.err
    refused = run("reload")
    assert refused.code == 1
    assert "configs/funnels/react.yaml" in refused.err


@pytest.mark.parametrize(
    "words",
    [
        ("deal", "list"),
        ("deal", "show", 1),
        ("account", "list"),
        ("timers",),
        ("task", "list"),
        ("status",),
        ("why", 1),
    ],
)
def test_json_is_the_only_thing_on_stdout(ask, words):
    ran = ask(*words, "--json")
    assert ran.code == 0
    assert ran.err == ""
    json.loads(ran.out)


def test_what_a_terminal_would_obey_is_shown_as_a_sign(run):
    run("account", "set", "Acme", "region=\x1b[31mred")
    assert "\x1b" not in run("account", "show", "Acme").out


def test_a_timer_that_waits_has_no_reason(ask):
    waiting = ask("timers", "--json").json
    assert waiting
    assert {(timer["reason"], timer["told"]) for timer in waiting} == {(None, None)}


def test_durations_and_required_fields_are_told_in_the_language_of_the_answer(run):
    assert "working day" not in run("--lang", "ru", "timers").out
    run("deal", "move", 1, "solution")
    told = run("--lang", "ru", "why", 1).out
    assert "заполнено" in told
    assert "is not missing" not in told


def test_the_database_is_its_owners_alone(made):
    assert (made / ".voronka" / "voronka.db").stat().st_mode & 0o077 == 0


def test_a_second_record_of_a_name_is_told(run):
    made = run("account", "new", "name= aCME ", "--another")
    assert made.code == 0
    assert "Another is called aCME, too" in made.err
