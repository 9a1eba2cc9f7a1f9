"""Commands on deals, accounts, contacts and the workspace, and what is refused."""

import pytest

from tests.unit.process.builders import (
    ACCOUNT,
    CONTACT,
    DEAL,
    Story,
    field,
    funnel,
    item,
    outcomes,
    simple,
    stage,
    timed,
    variant,
    way,
    when,
    workspace,
)
from voronka.definition.fields import Subject
from voronka.definition.funnels import Trigger
from voronka.expressions import Kind
from voronka.process import commands as asked
from voronka.process import events as happened
from voronka.process.commands import Chain, Sealed
from voronka.process.decide import decide
from voronka.process.state import PartyState, Stream, StreamKind, VaultRef
from voronka.process.step import Facts, Moment, Need

BASIC = simple(
    stage("needs", leave={"checklist": {"seen": item("seen", evidence="text")}}), stage("proposal"), *outcomes()
)


def opened(definition=BASIC, **more):
    story = Story(definition)
    story.open(**more)
    return story


# Setting fields


@pytest.mark.parametrize(
    ("values", "gates"),
    [
        ({"amont": 5}, ["set.amont"]),
        ({"amount": "5"}, ["set.amount"]),
        ({"stage": "proposal"}, ["set.stage"]),
        ({"loss_reason": "weather"}, ["set.loss_reason"]),
        ({"owner": "nobody"}, ["set.owner"]),
        ({"note": "open"}, ["set.note"]),
        ({"need": Sealed(b"s", "r", "h")}, ["set.need"]),
        ({"deadline": "2026-02-30", "tags": ["red", "black"]}, ["set.deadline", "set.tags"]),
    ],
)
def test_values_that_cannot_stand_are_refused_together(values, gates):
    story = opened()
    step = story.do(asked.SetFields(values=values))
    assert (step.refusal.code, story.gates(), step.events) == ("value", gates, ())


def test_an_unknown_field_is_guessed():
    assert "amount" in opened().fields(amont=5).refusal.failures[0].unblock.render()


def test_a_computed_field_is_not_set_and_meets_requirements():
    fields = {
        Subject.DEALS: {
            **BASIC.fields[Subject.DEALS],
            "double": field("double", "money", formula=when("amount * 2", Kind.MONEY)),
        }
    }
    base = funnel(variant(stage("needs"), stage("proposal", enter={"require": "double"})))
    object.__setattr__(base, "fields", base.fields | {"double"})
    story = opened(workspace(base, fields=fields))
    assert "computed" in story.fields(double=5).refusal.failures[0].reason.render()
    assert story.move("proposal").refusal
    story.move("proposal", amount=5)
    assert story.deal.stage == "proposal"


def test_only_what_differs_is_an_event_and_none_clears():
    story = opened(fields={"amount": 5, "need": "x"})
    assert story.fields(amount=5).events == ()
    story.fields(amount=None, need="x")
    (changed,) = story.step.events
    assert (changed.new, changed.old) == ({"amount": None}, {"amount": 5})
    assert story.deal.fields == {"need": "x"}


def test_a_personal_value_stays_in_the_vault():
    story = opened()
    story.do(asked.SetFields(values={"note": Sealed(b"s" * 16, "7", "abcd")}))
    assert story.deal.fields["note"] == VaultRef(b"s" * 16, "7")
    assert story.do(asked.SetFields(values={"note": Sealed(b"s" * 16, "7", "abcd")})).events == ()


def test_owner_account_and_contact_are_fields():
    story = opened()
    story.fields(owner="oleg", account=ACCOUNT.id.hex(), contact=CONTACT.id.hex())
    assert (story.deal.owner, story.deal.account, story.deal.contact) == ("oleg", ACCOUNT.id, CONTACT.id)
    story.fields(contact=None)
    assert story.deal.contact is None


def test_a_closed_deal_still_takes_fields_contacts_rows_and_tasks():
    story = opened()
    story.move("lost")
    assert story.fields(need="x").events
    assert story.do(asked.LogInteraction(values={"kind": "call"})).events
    assert story.do(asked.PutRow(collection="remarks", values={"text": "x"})).events
    assert story.do(asked.TickItem(item="seen", evidence="x")).refusal.code == "closed_deal"


# Contacts


@pytest.mark.parametrize(
    ("values", "own", "last", "replied", "contacted"),
    [
        ({"direction": "in"}, False, True, True, False),
        ({"direction": "out"}, False, False, False, True),
        ({"direction": "out", "outcome": "connected"}, False, True, False, True),
        ({}, False, False, False, False),
    ],
)
def test_what_a_contact_means(values, own, last, replied, contacted):
    story = opened()
    story.do(asked.LogInteraction(values={"kind": "call", **values}), at="2026-03-03 10:00")
    assert (story.deal.last_interaction_at == story.now) is last
    assert (story.deal.replied, story.deal.contacted) == (replied, contacted)


def test_replied_and_contacted_are_about_the_present_stage():
    story = opened()
    story.do(asked.LogInteraction(values={"kind": "call", "direction": "in"}))
    story.now += 1
    story.move("lost")
    assert (story.deal.replied, story.deal.last_interaction_at) == (False, story.now - 1)


def test_a_delivered_message_is_the_engines_own_contact():
    story = opened()
    recipient = f"contact:{CONTACT.id.hex()}"
    story.do(asked.RecordDelivery(effect="1.1", sent=True, channel="email", recipient=recipient))
    (logged,) = story.of(happened.InteractionLogged)
    assert (logged.own, logged.values["channel"]) == (True, "email")
    assert (story.deal.contacted, story.deal.last_interaction_at) == (False, None)
    story.do(asked.RecordDelivery(effect="1.1", sent=False, reason="refused"))
    assert story.of(happened.MessageFailed)[0].reason == "refused"


# Rows, ticks, tasks


def test_a_row_is_made_changed_and_removed_by_its_key():
    story = opened()
    story.do(asked.PutRow(collection="tco", values={"component": "service", "ours": 5}))
    story.do(asked.PutRow(collection="tco", key="service", values={"confirmed": True, "ours": None}))
    assert story.of(happened.RowPut)[0].values == {"component": "service", "confirmed": True}
    assert story.do(asked.PutRow(collection="tco", key="service", values={"confirmed": True})).events == ()
    story.do(asked.RemoveRow(collection="tco", key="service"))
    assert story.of(happened.RowRemoved)
    assert story.do(asked.RemoveRow(collection="tco", key="service")).refusal.code == "unknown_row"


def test_a_collection_without_a_key_numbers_its_rows():
    story = opened()
    story.do(asked.PutRow(collection="remarks", values={"text": "a"}))
    story.do(asked.PutRow(collection="remarks", values={"text": "b"}))
    rows = story.facts.rows[DEAL, "remarks"]
    assert [row["text"] for row in rows.values()] == ["a", "b"]
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (asked.PutRow(collection="toc", values={}), "unknown_collection"),
        (asked.PutRow(collection="tco", values={"ours": 5}), "value"),
        (asked.PutRow(collection="tco", key="magic", values={"ours": 5}), "unknown_row"),
        (asked.PutRow(collection="remarks", key="9.9", values={"text": "a"}), "unknown_row"),
        (asked.RemoveRow(collection="remarks", key="9.9"), "unknown_row"),
        (asked.PutRow(collection="tco", key="service", values={"component": "delivery"}), "value"),
        (asked.PutRow(collection="visits", values={}), "unknown_collection"),
        (asked.TickItem(item="sen"), "unknown_item"),
        (asked.TickItem(item="seen"), "evidence"),
        (asked.CompleteTask(task="9.9"), "unknown_task"),
        (asked.CreateDeal(funnel="react"), "exists"),
        (asked.HideDeal(import_id="i"), "changed_since_import"),
    ],
)
def test_what_cannot_apply_is_refused_without_an_event(command, code):
    story = opened()
    step = story.do(command)
    assert (step.refusal.code, step.events) == (code, ())
    assert all(failure.unblock.render() for failure in step.refusal.failures)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (asked.SetFields(values={}), "unknown_deal"),
        (asked.CreateDeal(funnel="nowhere"), "unknown_funnel"),
        (asked.CreateDeal(funnel="react", owner="nobody", fields={"amount": "x"}), "value"),
    ],
)
def test_before_a_deal_is_there(command, code):
    assert Story(BASIC).do(command).refusal.code == code


def test_a_tick_can_be_taken_back():
    story = opened()
    story.do(asked.TickItem(item="seen", evidence="in the file"))
    assert story.do(asked.TickItem(item="needs.leave.checklist.seen", done=False)).events
    assert story.deal.ticks == frozenset()
    assert story.do(asked.TickItem(item="seen", done=False)).events == ()


# Needs


def test_one_request_names_everything_the_command_may_read():
    gate = {"condition": "count(tco, confirmed) >= 1 and account.turnover > 5 and count(account.competitors) >= 0"}
    story = opened(simple(stage("needs"), stage("proposal", enter=gate)))
    story.fields(account=ACCOUNT.id.hex())
    story.asked.clear()
    story.move("proposal")
    assert story.asked == [
        Need(parties=frozenset({ACCOUNT}), rows=frozenset({(DEAL, "tco"), (ACCOUNT, "competitors")}))
    ]


def test_a_draft_sees_its_own_rows():
    seen = way("needs", "proposal", "x", trigger=Trigger.AUTO, when=when("any(remarks, text is not missing)"))
    story = opened(simple(stage("needs"), stage("proposal"), ways=(seen,)))
    story.do(asked.PutRow(collection="remarks", values={"text": "a"}))
    assert story.deal.stage == "proposal"


# Imports


def ask(definition, command, stream, facts, now=100):
    moment = Moment(now=now, actor="anna", source="test", occurred_at=now, stream=stream, chain=Chain("t"))
    return decide(definition, facts, command, moment)


def test_an_account_is_made_changed_and_its_deals_are_told():
    definition = simple(stage("needs"), stage("proposal", enter={"condition": "account.turnover > 5"}))
    assert ask(definition, asked.CreateParty(fields={}), ACCOUNT, Facts()) == Need(parties=frozenset({ACCOUNT}))
    made = ask(
        definition, asked.CreateParty(fields={"name": "Acme", "turnover": 5}), ACCOUNT, Facts(parties={ACCOUNT: None})
    )
    party = made.state
    assert (party.seq, party.fields) == (1, {"name": "Acme", "turnover": 5})
    facts = Facts(parties={ACCOUNT: party})
    changed = ask(definition, asked.SetParty(values={"turnover": 9}), ACCOUNT, facts)
    told = changed.events[-1]
    assert isinstance(told, happened.DealsConcerned)
    assert (told.funnels, told.names, told.old) == (("react",), ("account.turnover",), {"account.turnover": 5})
    assert told.chain.step == 1
    quiet = ask(definition, asked.SetParty(values={"name": "Acme 2"}), ACCOUNT, facts)
    assert [type(event) for event in quiet.events] == [happened.PartyChanged]
    assert ask(definition, asked.SetParty(values={"turnover": 5}), ACCOUNT, facts).events == ()
    assert ask(definition, asked.SetParty(values={"nam": "x"}), ACCOUNT, facts).refusal.code == "value"


ENDS = (stage("needs"), *outcomes())


@pytest.mark.parametrize(
    ("closed", "definition"),
    [
        pytest.param(
            (("react", "won"),),
            simple(*ENDS, timers=(timed("x", stages="won", before="10 days", anchor="account.contract_until"),)),
            id="anchor",
        ),
        pytest.param(
            (("react", "lost"),),
            simple(
                *ENDS,
                ways=(
                    way(
                        "lost",
                        "needs",
                        "back",
                        trigger=Trigger.AUTO,
                        when=when("account.contract_until is not missing"),
                    ),
                ),
            ),
            id="automatic",
        ),
        pytest.param(
            (("react", "lost"),),
            simple(
                *ENDS, ways=(way("lost", "needs", "back", trigger=Trigger.AFTER, require="account.contract_until"),)
            ),
            id="gate",
        ),
        pytest.param(
            (), simple(*ENDS, ways=(way("lost", "needs", "back", require="account.contract_until"),)), id="by hand"
        ),
        pytest.param(
            (),
            simple(*ENDS, timers=(timed("x", stages="needs", before="10 days", anchor="account.contract_until"),)),
            id="open",
        ),
    ],
)
def test_closed_deals_are_told_of_what_may_move_them_or_their_timers(closed, definition):
    facts = Facts(parties={ACCOUNT: PartyState(stream=ACCOUNT, seq=1, release="", created_at=0)})
    step = ask(definition, asked.SetParty(values={"contract_until": "2026-09-01"}), ACCOUNT, facts)
    told = step.events[-1]
    assert isinstance(told, happened.DealsConcerned)
    assert (told.funnels, told.closed) == (("react",), closed)


SEALED = Sealed(b"x", "1", "h")


@pytest.mark.parametrize(
    ("stream", "fields", "refused"),
    [
        (ACCOUNT, {"turnover": 5}, True),
        (ACCOUNT, {"name": None, "turnover": 5}, True),
        (ACCOUNT, {"name": "Acme"}, False),
        (CONTACT, {"status": "lead"}, True),
        (CONTACT, {"phone": SEALED}, False),
        (CONTACT, {"email": SEALED}, False),
        (CONTACT, {"name": SEALED}, False),
    ],
)
def test_nobody_makes_a_record_that_people_could_not_know(stream, fields, refused):
    step = ask(BASIC, asked.CreateParty(fields=fields), stream, Facts(parties={stream: None}))
    assert [each.gate for each in (step.refusal.failures if step.refusal else ())] == ["create.name"] * refused


@pytest.mark.parametrize(
    ("stream", "known", "refused"),
    [
        (ACCOUNT, {"name": "Acme"}, True),
        (CONTACT, {"name": SEALED, "phone": SEALED}, True),
        (CONTACT, {"phone": SEALED}, False),
    ],
)
def test_a_record_does_not_lose_its_name(stream, known, refused):
    made = ask(BASIC, asked.CreateParty(fields=known), stream, Facts(parties={stream: None}))
    step = ask(BASIC, asked.SetParty(values={"name": None}), stream, Facts(parties={stream: made.state}))
    assert [each.gate for each in (step.refusal.failures if step.refusal else ())] == ["set.name"] * refused


def test_a_contacts_name_is_personal():
    refused = ask(BASIC, asked.CreateParty(fields={"name": "Ivan"}), CONTACT, Facts(parties={CONTACT: None}))
    assert refused.refusal.code == "value"
    made = ask(
        BASIC, asked.CreateParty(fields={"name": Sealed(b"x", "1", "h")}), CONTACT, Facts(parties={CONTACT: None})
    )
    assert made.state.fields == {"name": VaultRef(b"x", "1")}


def test_rows_hang_on_accounts_too():
    party = PartyState(stream=ACCOUNT, seq=1, release="", created_at=0)
    command = asked.PutRow(collection="competitors", values={"name": "Rival", "share": 0.5})
    assert ask(BASIC, command, ACCOUNT, Facts(parties={ACCOUNT: party})) == Need(
        rows=frozenset({(ACCOUNT, "competitors")})
    )
    step = ask(BASIC, command, ACCOUNT, Facts(parties={ACCOUNT: party}, rows={(ACCOUNT, "competitors"): {}}))
    assert step.events[0].key == "Rival"


@pytest.mark.parametrize(
    ("import_id", "touched", "hidden"), [("i", False, True), ("other", False, False), ("i", True, False)]
)
def test_an_imported_party_is_hidden_unless_changed(import_id, touched, hidden):
    party = PartyState(stream=ACCOUNT, seq=1, release="", created_at=0, import_id=import_id, touched=touched)
    step = ask(BASIC, asked.HideParty(import_id="i"), ACCOUNT, Facts(parties={ACCOUNT: party}))
    assert bool(step.events) is hidden


def test_the_workspace_remembers_releases_imports_and_users():
    stream = Stream(StreamKind.WORKSPACE, bytes(16))
    state = None
    for command in (
        asked.ActivateRelease(),
        asked.ActivateRelease(),
        asked.StartImport(import_id="i", mapping="crm"),
        asked.AddUser(name="ghost", label="Ghost", import_id="i"),
        asked.FinishImport(import_id="i", counts={"rows": 3}),
        asked.UndoImport(import_id="i"),
    ):
        state = ask(BASIC, command, stream, Facts(workspace=state)).state
    assert (state.seq, state.release, state.users) == (5, BASIC.release, {"ghost": "Ghost"})
    assert state.imports["i"].undone_at == 100
    assert ask(BASIC, asked.UndoImport(import_id="j"), stream, Facts(workspace=state)).refusal.code == "unknown_import"
