"""Who may do what: every role × whose record × every command and question × a hidden field, against a small oracle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.integration.people.oracle import ACTORS, OWNERS, Oracle
from tests.integration.people.staffed_workspace import FILES, open_staffed
from voronka.errors import UsageFault, VoronkaError
from voronka.runtime.commanding import COMMANDS
from voronka.runtime.viewer import Forbidden, Unseen
from voronka.testing import TestWorkspace

RULES = """\
scorecards:
  fit: {factors: {limit: {field: limit, weight: 1, scale: {0: "< 5", 1: ">= 5"}}}, bands: {all: 0}}
  profit: {factors: {margin: {field: margin, weight: 1, scale: {0: "< 5", 1: ">= 5"}}}, bands: {all: 0}}
work:
  first: {where: amount > 0, value: amount}
  gainful: {where: margin > 0, value: margin}
rules:
  rich:
    trigger: {field: amount}
    where: margin > 0
    do: [{set: {margin: 777, limit: 4}}]
    again_after: 12 months
    mode: shadow
  rivalled:
    trigger: {field: amount}
    where: sum(rivals, bid, bid > 5) > 0 and sum(account.sites, rent) > 0
    do: [{task: {title: Rivalled}}]
    again_after: 12 months
    mode: shadow
"""
SEGMENTS = """\
segments:
  known: {where: amount > 0}
  profitable: {where: margin > 0}
  rivalled: {where: "any(rivals, bid > 5)"}
"""
KPIS = """\
kpis:
  opened: {label: Opened, definition: Deals opened, owner: dan, kind: activity, measure: count(deals), time: created_at}
  margins: {label: Sum, definition: All, owner: dan, kind: value, measure: "sum(deals, margin)", time: created_at}
"""
RIVALS = """\
set: rivals
fields: {outbid: {type: money, formula: "sum(rivals, bid) - 1"}}
collections:
  rivals: {key: name, fields: {name: {type: text}, bid: {type: money, visible_to: [owner, leader]}}}
  sites: {of: accounts, fields: {town: {type: text}, rent: {type: money, visible_to: [leader]}}}
tco: {costs: rivals, component: name, supplier: name, value: bid}
"""
PLAYBOOKS = """\
scripts:
  worth: {label: Worth, say: Ask, questions: {much: {field: amount, ask: How much}, gain: {field: margin, ask: Gain}}}
"""
BID, RENT = ("864321", "8643.21", "8,643", "864320"), ("975312", "9,753")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    """One deal an owner, each with an account of its own and two contacts, one of them the deal's, a row, a task and a
    timer."""
    workspace = open_staffed(
        tmp_path_factory.mktemp("office"),
        {
            **FILES,
            "configs/fields/rivals.yaml": RIVALS,
            "configs/funnels/sales.yaml": FILES["configs/funnels/sales.yaml"].replace("[base]", "[base, rivals]"),
            "configs/rules/rules.yaml": RULES,
            "configs/segments/segments.yaml": SEGMENTS,
            "configs/kpis/kpis.yaml": KPIS,
            "configs/playbooks/playbooks.yaml": PLAYBOOKS,
        },
    )
    for number, owner in enumerate(OWNERS, start=1):
        account = workspace.execute("account.create", fields={"name": f"Account {number}", "turnover": "5"})["id"]
        fields = {"name": f"Contact {number}", "birthday": "1990-01-01"}
        contact = workspace.execute("contact.create", fields=fields)["id"]
        workspace.execute("contact.create", fields={"name": f"Adviser {number}", "account": account})
        fields = {"account": account, "contact": contact, "margin": "777", "limit": "3"}
        deal = workspace.execute("deal.create", funnel="sales", fields=fields | ({"owner": owner} if owner else {}))
        assert deal["number"] == number
        workspace.execute("row.put", deal=number, collection="lines", fields={"item": "fan"}, key="a")
        workspace.execute("row.put", deal=number, collection="rivals", fields={"name": "Other", "bid": "8643.21"})
        workspace.execute("row.put", account=account, collection="sites", fields={"town": "Omsk", "rent": "9753.12"})
        workspace.execute("deal.set", deal=number, fields={"amount": str(number)})
    yield workspace
    workspace.client.close()


def refusals(workspace: TestWorkspace) -> int:
    with workspace.client.engine.read() as reader:
        return reader.audit_count()


# What is done to a deal of a number, or to its account or contact, by command.
DONE: Mapping[str, Any] = {
    "deal.set": lambda n: {"deal": n, "fields": {"amount": "10"}},
    "deal.move": lambda n: {"deal": n, "to": "offer"},
    "interaction.log": lambda n: {"deal": n, "fields": {"kind": "call"}},
    "row.put": lambda n: {"deal": n, "collection": "lines", "fields": {"item": "fan"}, "key": "a"},
    "row.remove": lambda n: {"deal": n, "collection": "lines", "key": "none"},
    "checklist.tick": lambda n: {"deal": n, "item": "seen"},
    "task.complete": lambda n: {"deal": n, "task": "none"},
    "note.process": lambda n: {"deal": n, "note": "1.1"},
    "account.set": lambda n: {"account": f"Account {n}", "fields": {"region": "x"}},
    "contact.set": lambda n: {"contact": f"Contact {n}", "fields": {"zone": "UTC"}},
}
MADE = {"deal.create", "account.create", "contact.create"}

ASKED: Mapping[str, Any] = {
    "deal.show": lambda n: {"deal": n},
    "why": lambda n: {"deal": n},
    "timers": lambda n: {"deal": n},
    "tasks": lambda n: {"deal": n},
    "interactions": lambda n: {"deal": n},
    "outbox": lambda n: {"deal": n},
    "account.show": lambda n: {"account": f"Account {n}"},
    "contact.show": lambda n: {"contact": f"Contact {n}"},
    "deal.list": lambda n: {"account": f"Account {n}"},
    "record": lambda n: {"deal": n},
    "segment.why": lambda n: {"segment": "profitable", "deal": n},
    "report.tco": lambda n: {"deal": n},
}
LISTED = {
    "account.duplicates",
    "account.list",
    "fields",
    "contact.duplicates",
    "notes",
    "interactions",
    "contact.list",
    "deal.list",
    "timers",
    "tasks",
    "outbox",
    "queue",
    "work",
    "funnel",
    "status",
    "audit",
    "rules",
    "rules.report",
    "segments",
    "segment.show",
    "kpi",
    "kpi.drill",
    "report",
}
# Each is what ``report`` makes a document of.
REPORTS = {
    f"report.{name}"
    for name in (
        "funnel",
        "bottleneck",
        "managers",
        "hygiene",
        "forecast",
        "profit",
        "winloss",
        "contacts",
        "coverage",
        "hints",
    )
}
FOR_THOSE_WHO_CHANGE_ALL = {"imports", "sources.refused"}
OF_NO_RECORD = {
    "workspace",
    "sources",
    "plugins",
    "people.list",
    "people.show",
    "reviews",
    "review.show",
    "release.list",
    "strategy.diff",
}
# Told by tests of their own, beside this one: they are about people.
OF_PEOPLE = {"release.notes", "release.unread"}


def test_every_command_and_question_is_in_the_matrix(office: TestWorkspace) -> None:
    assert DONE.keys() | MADE == set(COMMANDS)
    known = set(office.client._queries)
    assert known == ASKED.keys() | LISTED | REPORTS | FOR_THOSE_WHO_CHANGE_ALL | OF_NO_RECORD | OF_PEOPLE


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("command", DONE)
def test_a_command_reaches_the_records_of_those_whom_the_role_reaches(
    office: TestWorkspace, command: str, actor: str
) -> None:
    for number, owner in enumerate(OWNERS, start=1):
        before = refusals(office)
        request = DONE[command](number)
        if not Oracle.sees(actor, owner):
            with pytest.raises(UsageFault) as hidden:
                office.execute(command, actor=actor, **request)
            with pytest.raises(UsageFault) as absent:
                office.execute(command, actor=actor, **DONE[command](99))
            told = str(hidden.value).replace(f"{number}", "99")
            assert (told, hidden.value.exit_code) == (str(absent.value), absent.value.exit_code)
            assert refusals(office) == before + 1
            continue
        refusal = office.execute(command, actor=actor, **request)["refusal"]
        code = None if refusal is None else refusal["code"]
        if Oracle.changes(actor, owner):
            assert code not in ("not_allowed", "unknown_deal", "unknown_party"), (owner, refusal)
            assert refusals(office) == before
        else:
            assert code == "not_allowed", owner
            assert refusals(office) == before + 1


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("question", ASKED)
def test_a_question_reaches_the_records_of_those_whom_the_role_reaches(
    office: TestWorkspace, question: str, actor: str
) -> None:
    for number, owner in enumerate(OWNERS, start=1):
        before = refusals(office)
        try:
            answer = office.query(question, actor=actor, **ASKED[question](number))
        except VoronkaError as fault:
            if Oracle.sees(actor, owner):
                shows = {"record": Oracle.shows_all, "report.tco": Oracle.shows_margin}[question]
                assert not shows(actor, owner)
            else:
                with pytest.raises(UsageFault) as absent:
                    office.query(question, actor=actor, **ASKED[question](99))
                assert str(fault).replace(f"{number}", "99") == str(absent.value)  # noqa: PT017 - one branch of two
            assert refusals(office) == before + 1
        else:
            assert Oracle.sees(actor, owner), owner
            assert question != "record" or Oracle.shows_all(actor, owner), owner
            assert refusals(office) == before
            # 777 roubles, in kopecks and in words.
            told = any(margin in str(answer) for margin in ("77700", "777"))
            bid, rent = (any(number in str(answer) for number in numbers) for numbers in (BID, RENT))
            assert bid is (
                question in ("deal.show", "why", "record", "report.tco") and Oracle.shows_margin(actor, owner)
            ), owner
            assert rent is (question in ("account.show", "why") and Oracle.shows_turnover(actor, owner)), owner
            if question in ("deal.show", "why", "segment.why"):
                assert told is Oracle.shows_margin(actor, owner), owner
            elif question == "account.show":
                assert ("turnover" in str(answer)) is Oracle.shows_turnover(actor, owner), owner
            elif question == "contact.show":
                assert ("birthday" in str(answer)) is (actor == owner), owner


@pytest.mark.parametrize("actor", ACTORS)
def test_lists_reports_and_counts_hold_what_the_role_reaches(office: TestWorkspace, actor: str) -> None:
    seen = [number for number, owner in enumerate(OWNERS, start=1) if Oracle.sees(actor, owner)]

    def ask(name: str, **params: Any) -> Any:
        return office.query(name, actor=actor, **params)

    assert [row["number"] for row in ask("deal.list")] == seen
    assert [row["number"] for row in ask("queue")] == seen
    assert [row["number"] for row in ask("queue", score="profit")] == [
        number for number in seen if Oracle.shows_margin(actor, OWNERS[number - 1])
    ]
    assert sorted(row["number"] for row in ask("work", work="first")) == seen
    assert sorted(row["number"] for row in ask("work", work="gainful")) == [
        number for number in seen if Oracle.shows_margin(actor, OWNERS[number - 1])
    ]
    accounts = [row["name"] for row in ask("account.list")]
    assert sorted(accounts) == [f"Account {number}" for number in seen]
    assert [row["name"] for row in ask("account.list", limit=1)] == accounts[:1]
    for kind in ("account", "contact"):
        paired = {pair[each]["name"] for pair in ask(f"{kind}.duplicates") for each in ("keep", "drop")}
        names = (kind.capitalize(), "Adviser")
        assert paired <= {f"{name} {number}" for name in names for number in seen}
    contacts = [f"{name} {number}" for name in ("Adviser", "Contact") for number in seen]
    assert sorted(row["name"] for row in ask("contact.list")) == contacts
    assert {row["deal"] for row in ask("timers", all=True)} == set(seen)
    assert {row["deal"] for row in ask("tasks", all=True)} == set(seen)
    assert {row["deal"] for row in ask("outbox")} <= set(seen)
    assert [row["shadow"] for row in ask("rules")] == [len(seen)] * 2
    (report,) = ask("rules.report", rule="rich")
    assert (report["shadow"], report["deals"], report["examples"]) == (len(seen), len(seen), seen)
    profitable = [number for number in seen if Oracle.shows_margin(actor, OWNERS[number - 1])]
    assert [row["number"] for row in ask("segment.show", segment="known")] == seen
    assert [row["number"] for row in ask("segment.show", segment="profitable")] == profitable
    assert {row["segment"]: row["count"] for row in ask("segments")} == {
        "known": len(seen),
        "profitable": len(profitable),
        "rivalled": len(profitable),
    }
    assert [row["number"] for row in ask("segment.show", segment="rivalled")] == profitable
    assert ask("funnel", funnel="sales")["deals"] == len(seen)
    assert sorted(ask("kpi.drill", kpi="opened")["deals"]) == seen
    assert sum(row["value"] or 0 for row in ask("kpi", kpi="opened")["rows"]) == len(seen)
    assert ask("report.forecast", funnel="sales")["n"] == len(seen)
    if any(not Oracle.shows_margin(actor, OWNERS[number - 1]) for number in seen):
        with pytest.raises(UsageFault, match="not shown to you"):
            ask("kpi", kpi="margins")
    status = ask("status")
    assert sum(stage["deals"] for stage in status["open"]) == len(seen)
    waiting = [row for row in ask("timers") if row["state"] == "waiting"]
    assert status["timers"] == {"waiting": len(waiting), "overdue": 0, "next": min(row["due"] for row in waiting)}
    assert sum(status["outbox"].values()) == len(ask("outbox"))
    own = ask("audit", limit=1000) if Oracle.CHANGES[actor] == "all" else ask("audit", user=actor, limit=1000)
    assert status["audit"] == len(own)
    for question in FOR_THOSE_WHO_CHANGE_ALL:
        if Oracle.CHANGES[actor] == "all":
            assert ask(question) == []
        else:
            with pytest.raises(Forbidden):
                ask(question)


@pytest.mark.parametrize("actor", ACTORS)
def test_a_protected_field_is_set_by_those_who_are_named(office: TestWorkspace, actor: str) -> None:
    for number, owner in enumerate(OWNERS, start=1):
        if not Oracle.changes(actor, owner):
            continue
        for field, allowed in (
            ("limit", Oracle.SEES[actor] == "team"),
            ("margin", Oracle.shows_margin(actor, owner)),
        ):
            before = refusals(office)
            answer = office.execute("deal.set", actor=actor, deal=number, fields={field: "777"})
            assert (answer["refusal"] is None) is allowed, (field, owner)
            assert refusals(office) == before + (not allowed)
            if not allowed:
                (failure,) = answer["refusal"]["failures"]
                assert failure["gate"] == f"set.{field}"
                assert "Leader" in failure["unblock"]["en"]


@pytest.mark.parametrize("actor", ACTORS)
def test_a_hidden_column_is_set_by_those_who_see_it_and_the_rest_of_the_row_by_others(
    office: TestWorkspace, actor: str
) -> None:
    for number, owner in enumerate(OWNERS, start=1):
        if not Oracle.changes(actor, owner):
            continue
        for collection, record, column, allowed in (
            ("rivals", {"deal": number}, {"name": "New", "bid": "1"}, Oracle.shows_margin(actor, owner)),
            ("sites", {"account": f"Account {number}"}, {"rent": "1"}, Oracle.shows_turnover(actor, owner)),
        ):
            answer = office.execute("row.put", actor=actor, collection=collection, fields=column, **record)
            assert (answer["refusal"] is None) is allowed, (collection, owner)
            if not allowed:
                assert answer["refusal"]["failures"][0]["gate"] == f"{collection}.{[*column][-1]}"
        put = {"deal": number, "collection": "rivals", "fields": {"name": "Other"}, "key": "Other"}
        assert office.execute("row.put", actor=actor, **put)["refusal"] is None
    rows = [office.query("deal.show", deal=number)["rows"]["rivals"] for number in range(1, 6)]
    assert all(row["fields"][1]["value"] == 864321 for each in rows for row in each if row["key"] == "Other")


# What concerns everybody: refused to those whose role does not change all.
WORKED: Mapping[str, Any] = {
    "reload": {},
    "verify": {},
    "import": {"mapping": "none", "file": "/none"},
    "import.undo": {"import": "none"},
    "account.merge": {"keep": "none", "drop": "none"},
    "contact.merge": {"keep": "none", "drop": "none"},
    "people.absent": {"user": "dan"},
    "people.present": {"user": "dan"},
    "people.leave": {"user": "dan"},
    "backup": {"file": "/none/none"},
    "doctor": {},
    "effects.hold": {},
    "effects.release": {},
    "person.erase": {"contact": "none"},
    "source.retry": {"source": "none"},
    "mart.refresh": {},
    "mart.rebuild": {},
    "mart.status": {},
    "mart.export": {"folder": "none"},
    # Of a message that is about no deal.
    "outbox.retry": {"deal": "-", "effect": "1.1"},
    "outbox.resolve": {"deal": "-", "effect": "1.1"},
}
OF_THOSE_WHOM_IT_CONCERNS = {"review.mark", "release.read"}
HINTING = {"hint.ask", "hint.open", "hint.answer"}
OF_A_RECORD = dict.fromkeys(("outbox.retry", "outbox.resolve"), lambda n: {"deal": n, "effect": "1.1"})


def test_every_work_is_in_the_matrix(office: TestWorkspace) -> None:
    assert set(office.client._works) == WORKED.keys() | OF_A_RECORD.keys() | OF_THOSE_WHOM_IT_CONCERNS | HINTING


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("work", WORKED)
def test_work_on_everybodys_records_is_for_who_may_change_all(office: TestWorkspace, work: str, actor: str) -> None:
    before = refusals(office)
    try:
        office.work(work, actor=actor, **WORKED[work])
    except VoronkaError as fault:
        forbidden = isinstance(fault, Forbidden)
    else:
        forbidden = False
    allowed = Oracle.CHANGES[actor] == "all"
    assert forbidden is not allowed
    assert refusals(office) == before + (not allowed)


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("work", OF_A_RECORD)
def test_work_on_a_record_is_for_who_may_change_it(office: TestWorkspace, work: str, actor: str) -> None:
    for number, owner in enumerate(OWNERS, start=1):
        before = refusals(office)
        with pytest.raises(VoronkaError) as raised:  # there is no such message
            office.work(work, actor=actor, **OF_A_RECORD[work](number))
        allowed = Oracle.changes(actor, owner)
        assert isinstance(raised.value, (Forbidden, Unseen)) is not allowed
        assert refusals(office) == before + (not allowed)


@pytest.mark.parametrize("actor", ACTORS)
def test_hints_of_a_deal_are_for_who_sees_it_and_its_answers_for_who_changes_it(
    office: TestWorkspace, actor: str
) -> None:
    for number, owner in enumerate(OWNERS, start=1):
        for work, more, allowed in (
            ("hint.ask", {}, Oracle.sees(actor, owner)),
            ("hint.open", {"hint": "worth"}, Oracle.sees(actor, owner)),
            ("hint.answer", {"hint": "worth", "answers": {"much": "5"}}, Oracle.changes(actor, owner)),
            ("hint.answer", {"hint": "worth", "answers": {"gain": "777"}}, Oracle.shows_margin(actor, owner)),
        ):
            before = refusals(office)
            try:
                answer = office.work(work, actor=actor, deal=number, **more)
            except (Forbidden, Unseen):
                done = False
            else:
                done = answer.get("refusal") is None
            assert done is (allowed and (work != "hint.answer" or Oracle.changes(actor, owner))), (work, owner)
            assert refusals(office) == before + (not done), (work, owner)


@pytest.mark.parametrize("actor", ACTORS)
def test_the_other_people_of_an_account_are_of_all_whose_it_is(office: TestWorkspace, actor: str) -> None:
    for number, owner in enumerate(OWNERS, start=1):
        name = f"Adviser {number}"
        if not Oracle.sees(actor, owner):
            with pytest.raises(UsageFault, match="There is no contact"):
                office.query("contact.show", actor=actor, contact=name)
            continue
        assert office.query("contact.show", actor=actor, contact=name)["name"] == name
        set_ = office.execute("contact.set", actor=actor, contact=name, fields={"zone": "UTC"})
        assert (set_["refusal"] is None) is Oracle.changes(actor, owner), owner


def test_a_move_is_for_the_roles_that_it_names(office: TestWorkspace) -> None:
    number = office.execute("deal.create", actor="dan", funnel="sales", fields={"owner": "lea"})["number"]
    before = refusals(office)
    refused = office.execute("deal.move", actor="dan", deal=number, to="lost")["refusal"]
    assert (refused["code"], refused["failures"][0]["gate"]) == ("not_allowed", "free.by")
    assert office.query("audit", limit=1000)[-1]["gates"] == ["free.by"]
    assert refusals(office) == before + 1
    assert office.execute("deal.move", actor="lea", deal=number, to="lost")["refusal"] is None


def test_the_operator_at_this_machine_may_do_everything_with_records(office: TestWorkspace) -> None:
    before = refusals(office)
    for number in range(1, len(OWNERS) + 1):
        assert office.execute("deal.set", deal=number, fields={"limit": "3", "margin": "777"})["refusal"] is None
        assert "margin" in str(office.query("deal.show", deal=number))
    assert refusals(office) == before
