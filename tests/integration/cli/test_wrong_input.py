"""What cannot be carried out is refused in a sentence with a remedy, under its exit code, and changes nothing."""

from __future__ import annotations

import shutil

import pytest

from tests.integration.cli.running import voronka

USAGE, BLOCKED, ENVIRONMENT = 2, 4, 5

LINE = [
    (("dela",), "There is no command dela.\nDid you mean `voronka deal`?"),
    (("вуфд",), "Did you mean `voronka deal`?"),
    (("frobnicate",), "`voronka --help` lists the commands."),
    (("deal",), "Usage: voronka deal"),
    (("deal", "shw", "1"), "show"),
    (("deal", "show"), "DEAL is missing."),
    (("deal", "show", "1", "--jsn"), "There is no option --jsn. Did you mean --json?"),
    (("deal", "list", "--limit", "many"), "--limit is a whole number from 1 to 1000."),
    (("deal", "list", "--limit", "0"), "--limit is a whole number from 1 to 1000."),
    (("deal", "list", "--limit"), "--limit"),
    (("report", "profit", "--goal", "much"), "--goal is a whole number."),
    (("check", "--format", "xml"), "--format is one of: text, json, github."),
    (("row", "put", "1", "lines", "--of", "funnel"), "--of is one of: deal, account, contact."),
    (("outbox", "list", "--status", "lost"), "--status is one of: pending, sent, dead, unknown, cancelled."),
    (("graph",), "FUNNEL is missing."),
    (("init",), "Name one: voronka init sales"),
    (("deal", "show", "1", "2"), "voronka deal show --help"),
    (("why", "1", "2", "3"), "Too much stands here: 2 3. A value with spaces stands in quotes."),
    (("--lang", "ru", "why", "1", "2"), "Здесь лишнее: 2. Значение с пробелами берут в кавычки."),
]

DEALS = [
    (("deal", "show", "99"), USAGE, "There is no deal 99.\n`voronka deal list` shows the deals with their numbers."),
    (("deal", "show", "one"), USAGE, "There is no deal one."),
    (("deal", "new", "raect"), USAGE, "react"),
    (("segment", "show", "quick_wnis"), USAGE, "There is no segment quick_wnis.\nDid you mean quick_wins?"),
    (("deal", "set", "1", "amuont=5"), USAGE, "There is no field amuont.\nDid you mean amount?"),
    (("deal", "set", "1", "как принимается решение=5"), USAGE, "Did you mean decision_process?"),
    (("deal", "set", "1", "amount"), USAGE, "amount is not a field with its value.\nWrite amount=…."),
    (("deal", "set", "1", "amount=5", "amount=6"), USAGE, "The field amount is given twice."),
    (("deal", "set", "1", "amount=five"), USAGE, "amount: “five” is not a number."),
    (("deal", "set", "1", "amount=1.234"), USAGE, "more decimal places than RUB"),
    (("deal", "set", "1", "offer_valid_until=2026-02-30"), USAGE, "offer_valid_until"),
    (("deal", "set", "1", "seller_role=integrater"), USAGE, "Did you mean integrator?"),
    (("deal", "set", "1", "tender=perhaps"), USAGE, "“perhaps” is neither true nor false."),
    (("deal", "set", "1", "stage=won"), USAGE, "“stage” is not set by hand.\nMove the deal, and it follows"),
    (("deal", "set", "1", "replied=yes"), USAGE, "Write down the call or letter"),
    (("deal", "set", "1", "owner=ana"), USAGE, "There is no user ana.\nKnown are: "),
    (("deal", "set", "1", "qqqqqq=1"), USAGE, " more; configs/fields declares them."),
    (("deal", "set", "1", "account=Akme"), USAGE, "There is no account Akme."),
    (("deal", "set", "1", "margin=10%"), USAGE, "The field is computed"),
    (("deal", "set", "1", "need=x", "--at", "tomorrow"), USAGE, "--at: “tomorrow” is not a date with a time."),
    (("deal", "set", "1", "need=x", "--at", "2999-01-01"), USAGE, "lies in the future"),
    (("deal", "set", "1", "need=x", "--as", "ana"), USAGE, "There is no user ana."),
    (("deal", "move", "1", "soluton"), USAGE, "Did you mean Choice of solution (solution)?"),
    (("deal", "move", "1", "Подбор решения"), USAGE, "Write solution."),
    (("deal", "move", "1", "solution", "--override", ""), USAGE, "override: The text is empty."),
    (("deal", "move", "1", "needs"), BLOCKED, "stands in “Needs” already"),
    (("deal", "move", "1", "contract"), BLOCKED, "Nothing leads from “Needs” to “Contract”"),
    (("deal", "move", "1", "solution", "--override", " "), BLOCKED, "the reason is empty"),
    (("deal", "list", "--funnel", "raect"), USAGE, "There is no funnel raect.\nDid you mean react?"),
    (("deal", "list", "--stage", "neds"), USAGE, "Did you mean needs?"),
    (("deal", "list", "--owner", "nobody"), USAGE, "There is no user nobody."),
    (("deal", "list", "--account", "Akme"), USAGE, "There is no account Akme."),
    (("deal", "log", "1", "kind=call", "direction=up"), USAGE, "direction"),
    (("deal", "log", "1"), USAGE, "No field is given.\nGive at least one, as NAME=VALUE: kind, channel, direction,"),
    (("deal", "log", "1", "at=2026-01-01"), USAGE, "“at” is not set by hand.\nGive the time around the fields: --at"),
    (("deal", "log", "1", "at="), USAGE, "--at TIME"),
    (("deal", "set", "1"), USAGE, "No field is given."),
    (("deal", "set", "1", "contact=1"), USAGE, "There is no contact 1.\n`voronka contact list --name TEXT` finds one"),
    (("deal", "set", "1", "need=x", "--at", "01.01.2999"), USAGE, "--at: What is recorded as having happened lies in"),
    (("deal", "set", "1", "need=x", "--at", "31.02.2026"), USAGE, "--at: There is no moment 2026-02-31."),
    (("why", "99"), USAGE, "There is no deal 99."),
    (("timers", "99"), USAGE, "There is no deal 99."),
]

REST = [
    (("row", "put", "1", "tco_component", "component=price"), USAGE, "Did you mean tco_components?"),
    (("row", "put", "1", "tco_components", "confirmed=yes"), BLOCKED, "component"),
    (("row", "put", "1", "tco_components", "component=prise"), USAGE, "Did you mean price?"),
    (("row", "put", "1", "tco_components", "componnt=price"), USAGE, "Did you mean component?"),
    (("row", "put", "Akme", "competitors", "name=X", "--of", "account"), USAGE, "There is no account Akme."),
    (("row", "put", "1", "tasks", "title=X"), USAGE, "tasks"),
    (("row", "rm", "1", "tco_components", "price"), USAGE, "price"),
    (("row", "rm", "1", "nothing", "price"), USAGE, "There is no collection nothing."),
    (("row", "put", "1", "nothing", "x=1"), USAGE, "lines, notes, participants,"),
    (("check-item", "1", "buying_unit"), USAGE, "buying_unit"),
    (("check-item", "1", "buying_unit_mapped"), BLOCKED, "evidence"),
    (("check-item", "99", "buying_unit_mapped"), USAGE, "There is no deal 99."),
    (("account", "new", "title=Acme"), USAGE, "There is no field title."),
    (("account", "set", "Akme", "region=X"), USAGE, "There is no account Akme."),
    (("account", "show", "Akme"), USAGE, "`voronka account new name=NAME` makes one."),
    (("account", "new", "name=  "), USAGE, "The value of name is blank."),
    (("contact", "new", "email=nowhere"), USAGE, "email"),
    (("contact", "new", "phone=12"), USAGE, "phone"),
    (("contact", "set", "Nobody", "phone=+79161234567"), USAGE, "There is no contact Nobody."),
    (("task", "done", "1", "9.9"), USAGE, "9.9"),
    (("task", "done", "99", "1.0"), USAGE, "There is no deal 99."),
    (("task", "list", "--assignee", "ana"), USAGE, "There is no user ana."),
    (("outbox", "retry", "1", "x"), USAGE, "x is not the key of a message."),
    (("outbox", "retry", "1", "1.0"), USAGE, "The deal has no message 1.0."),
    (("funnel", "raect"), USAGE, "There is no funnel raect.\nDid you mean react?"),
    (("funnel", "react", "--from", "2026-13-01"), USAGE, "There is no date 2026-13-01."),
    (("funnel", "react", "--from", "01.13.2026"), USAGE, "--from: There is no date 2026-13-01."),
    (
        ("funnel", "react", "--from", "2026-05-02", "--to", "01.05.2026"),
        USAGE,
        "The period ends before it begins: from 2026-05-02 to 01.05.2026.",
    ),
    (("funnel", "react", "--to", "9999-12-31"), USAGE, "--to: Numbers are told of the years 1900 to 2199"),
    (("kpi", "won_sales", "--to", "0001-01-05"), USAGE, "--to: Numbers are told of the years 1900 to 2199"),
    (("account", "new"), USAGE, "No field is given."),
    (("contact", "set", "Maria Petrova"), USAGE, "No field is given."),
    (("contact", "list", "--after", "x"), USAGE, "x is not the id of a record."),
    (("graph", "raect"), USAGE, "Did you mean react?"),
    (("graph", "react", "--case", "integrater"), USAGE, "Did you mean integrator?"),
    (
        ("graph", "react", "-o", "no/such/folder/x.svg"),
        ENVIRONMENT,
        "x.svg: There is no such file or folder",
    ),
]


@pytest.mark.parametrize(("words", "told"), LINE, ids=lambda each: " ".join(each) if isinstance(each, tuple) else "")
def test_a_line_that_is_no_command(words, told):
    ran = voronka(*words)
    assert (ran.code, ran.out) == (USAGE, "")
    assert told in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("words", "code", "told"), [*DEALS, *REST], ids=lambda each: " ".join(each) if isinstance(each, tuple) else ""
)
def test_a_command_that_cannot_be_carried_out(ask, words, code, told):
    ran = ask(*words)
    assert told in ran.err
    assert (ran.code, ran.out) == (code, "")


def test_wrong_input_changed_nothing(ask):
    deal = ask("deal", "show", 1, "--json").json
    kept = [field for field in deal["fields"] if not field.get("computed")]
    assert (deal["stage"]["name"], len(kept)) == ("needs", 1)
    assert [each["number"] for each in ask("deal", "list", "--all", "--json").json] == [1]


def test_without_a_workspace_the_remedy_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = voronka("status")
    assert ran.code == USAGE
    assert "voronka init DIR" in ran.err
    named = voronka("status", "-C", tmp_path / "absent")
    assert named.code == USAGE
    assert "is not a workspace" in named.err


def test_check_of_no_folder_is_a_slip_of_the_line(tmp_path):
    ran = voronka("check", tmp_path / "absent")
    assert (ran.code, ran.out) == (USAGE, "")
    assert "There is no folder" in ran.err


def test_check_of_a_file_tells_how_its_workspace_is_checked(tmp_path):
    (tmp_path / "voronka.yaml").write_text("workspace: acme\n", encoding="utf-8")
    ran = voronka("check", tmp_path / "voronka.yaml")
    assert (ran.code, ran.out) == (USAGE, "")
    assert "is a file; a workspace is checked as a whole." in ran.err
    assert f"Type: voronka check {tmp_path}\n" in ran.err


def test_check_of_a_folder_without_a_workspace_is_a_finding(tmp_path):
    ran = voronka("check", tmp_path)
    assert ran.code == 1
    assert "voronka.yaml" in ran.out


def test_init_leaves_a_workspace_alone(root):
    ran = voronka("init", root)
    assert ran.code == USAGE
    assert "There is a workspace already." in ran.err


def test_a_state_folder_that_cannot_be_made_is_told(root):
    shutil.rmtree(root / ".voronka")
    (root / ".voronka").write_text("", encoding="utf-8")
    ran = voronka("deal", "list", "-C", root)
    assert ran.code == ENVIRONMENT
    assert "The state of the workspace cannot be kept" in ran.err
    assert "Check the rights" in ran.err


def test_a_database_that_is_none_is_told(root):
    for file in (root / ".voronka").glob("voronka.db*"):
        file.write_bytes(b"not a database at all" * 100)
    ran = voronka("deal", "list", "-C", root)
    assert ran.code == ENVIRONMENT
    assert "The database cannot be read" in ran.err


def test_files_that_make_no_configuration_stop_the_first_command(made, tmp_path):
    root = tmp_path / "fresh"
    assert voronka("init", root).code == 0
    (root / "voronka.yaml").write_text("workspace: [", encoding="utf-8")
    ran = voronka("deal", "list", "-C", root)
    assert ran.code == 1
    assert "No configuration has ever been in force here." in ran.err
    assert "Run `voronka check`" in ran.err
    served = voronka("run", "-C", root)
    assert served.code == 1
    assert "Serving" not in served.err
    assert voronka("graph", "react", "-C", root).code == 1


def test_what_keeps_the_old_configuration_is_told_once(root):
    (root / "voronka.yaml").write_text("workspace: [", encoding="utf-8")
    for words in (["reload"], ["deal", "list"], ["deal", "set", 1, "need=x"]):
        ran = voronka(*words, "-C", root)
        assert ran.err.count("The configuration has") == 1, words
        assert "runs on:" not in ran.err
