"""Built-in names and the scopes of expressions."""

import pytest

from voronka.definition.fields import Collection, Field, FieldType, Subject
from voronka.definition.scopes import import_scope, scope_of
from voronka.definition.vocabulary import (
    BUILT_IN_COLLECTIONS,
    BUILT_IN_FIELDS,
    BUILT_IN_NAMES,
    JOURNEY,
    WRITABLE_COLLECTIONS,
)
from voronka.expressions import Expression, Kind, compile_expression
from voronka.messages import Label


def field(name, kind, of=Subject.DEALS, options=(), **more):
    labels = {option: Label.plain(option) for option in options}
    return Field(name=name, type=kind, label=Label.plain(name), of=of, options=labels, **more)


def by_name(*members):
    return {member.name: member for member in members}


FIELDS = {
    Subject.DEALS: by_name(
        field("amount", FieldType.MONEY),
        field("cost", FieldType.MONEY),
        field("margin", FieldType.PERCENT),
        field("loss_reason", FieldType.CHOICE, options=("price", "timing")),
        field("economic_buyer", FieldType.CONTACT),
        field("passport", FieldType.TEXT, pii=True),
    ),
    Subject.ACCOUNTS: by_name(
        field("turnover", FieldType.MONEY, of=Subject.ACCOUNTS),
        field("share", FieldType.PERCENT, of=Subject.ACCOUNTS),
    ),
    Subject.CONTACTS: by_name(field("hobby", FieldType.TEXT, of=Subject.CONTACTS)),
}
COLLECTIONS = {
    Subject.DEALS: by_name(
        Collection(
            name="tco_components",
            of=Subject.DEALS,
            label=Label.plain("TCO"),
            fields=by_name(field("ours", FieldType.MONEY), field("confirmed", FieldType.BOOL)),
        )
    ),
    Subject.ACCOUNTS: by_name(
        Collection(
            name="competitors",
            of=Subject.ACCOUNTS,
            label=Label.plain("Competitors"),
            fields=by_name(field("share", FieldType.PERCENT)),
        )
    ),
}


def scope(subject=Subject.DEALS):
    return scope_of(
        subject,
        fields=FIELDS,
        collections=COLLECTIONS,
        money_digits=2,
        formulas={(Subject.DEALS, "margin"): "(amount - cost) / amount"},
        funnels=["reach", "react"],
        stages=["needs", "proposal", "won", "lost"],
        cases=["integrator"],
        roles=["manager", "head_of_sales"],
        teams=["b2b"],
    )


def codes(text, of=None, expect=Kind.BOOL):
    outcome = compile_expression(text, of or scope(), expect=expect)
    problems = outcome.warnings if isinstance(outcome, Expression) else outcome
    return [problem.code for problem in problems]


@pytest.mark.parametrize(
    "text",
    [
        "amount > 100",
        "margin < 10%",
        'funnel == "react" and stage == "proposal"',
        'variant == "integrator"',
        "won or lost or open or closed",
        'outcome == "won"',
        "not replied and contacted",
        "days_since(last_interaction_at) > 5",
        "days_in_stage > 3 and number > 0",
        "next_step_at is missing",
        "closed_at > created_at and entered_at >= created_at",
        'buyer_step == "problem"',
        'owner == "anna"',
        'owner.role == "manager" and owner.team == "b2b"',
        "owner.reports_to is missing and owner.deputy is missing and owner.name is not missing",
        'account.turnover > 1000 and account.segment == "key" and account.region is not missing',
        "account.owner == owner",
        'contact.status == "client" and contact.hobby == "chess"',
        "contact.email is missing or contact.phone is not missing",
        "passport is missing",
        'count(interactions, kind == "call" and outcome == "connected" and direction == "in") > 0',
        "any(interactions, contact == deal.economic_buyer and days_since(at) <= 30)",
        "sum(orders, paid) >= amount",
        "count(tco_components, confirmed) >= 3",
        "sum(tco_components, ours) > 0",
        'count(visits, stage == "needs") > 1 and visits("proposal") == 0',
        "count(tasks, not done and due < now) == 0",
        'any(participants, role == "economic_buyer")',
        "sum(lines, quantity) > 1 and max(lines, price) > 5",
        'loss_reason == "price"',
    ],
)
def test_what_a_condition_of_a_deal_may_say(text):
    assert [code for code in codes(text) if not code.startswith("W")] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("amout > 100", "E1101"),
        ("account.amount > 5", "E1101"),
        ("owner.salary > 5", "E1101"),
        ('stage == "proposel"', "E1107"),
        ('funnel == "reengage"', "E1107"),
        ('visits("proposel") > 0', "E1107"),
        ('loss_reason == "cost"', "E1107"),
        ('owner.role == "managr"', "E1107"),
        ('buyer_step == "want"', "E1107"),
        ('contact.status == "prospect"', "E1107"),
        ('count(interactions, direction == "inbound") > 0', "E1107"),
        ('contact.name == "Anna"', "E1206"),
        ('contact.email == "a@b.example"', "E1206"),
        ('passport == "1"', "E1206"),
        ('any(interactions, note == "x")', "E1206"),
        ("count(calls) > 0", "E1104"),
        ("count(interactions, kinds == 1) > 0", "E1105"),
        ('amount == "a"', "E1202"),
    ],
)
def test_what_it_may_not_say(text, code):
    assert code in codes(text)


def test_collections_of_the_account_are_reached_from_its_deals():
    assert "account.competitors" in scope().collections


def test_an_account_knows_its_own_names_and_its_owner():
    account = scope(Subject.ACCOUNTS)
    assert codes('turnover > 5 and segment == "key" and owner.team == "b2b"', account) == []
    assert codes("count(competitors, share > 10%) > 0", account) == []
    assert codes("any(competitors, share > account.share)", account) == []
    assert codes("amount > 5", account) == ["E1101"]


def test_a_contact_reaches_its_account():
    contact = scope(Subject.CONTACTS)
    assert codes('status == "lead" and account.turnover > 5 and hobby is missing', contact) == []
    assert codes('name == "Anna"', contact) == ["E1206"]


def test_a_stage_may_be_any_where_no_funnel_is_given():
    free = scope_of(Subject.DEALS, fields=FIELDS, collections={}, money_digits=2)
    assert codes('stage == "anything" and visits("anything") > 0 and variant is missing', free) == []


def test_an_import_knows_the_columns_of_its_file_as_texts():
    rows = import_scope(["activity", "lifecycle"])
    assert codes('activity == "O_SENT" and lifecycle == "COMPLETE"', rows) == []
    assert codes('activty == "O_SENT"', rows) == ["E1101"]
    assert codes("activity > 5", rows) == ["E1202"]
    assert codes("amount > 5", rows) == ["E1101"]


def test_built_in_names_cannot_be_declared_again():
    for subject, words in {
        Subject.DEALS: {"stage", "owner", "open", "number", "buyer_step", "and", "missing", "deal", "scores"},
        Subject.ACCOUNTS: {"name", "owner", "id", "now"},
        Subject.CONTACTS: {"email", "phone", "zone", "locale", "status", "account"},
    }.items():
        assert words <= BUILT_IN_NAMES[subject]


def test_only_the_names_of_a_person_are_personal():
    personal = {
        (subject.value, name)
        for subject, fields in BUILT_IN_FIELDS.items()
        for name, each in fields.items()
        if each.pii
    }
    assert personal == {("contacts", "name"), ("contacts", "email"), ("contacts", "phone")}
    assert [
        (collection.name, name)
        for collection in BUILT_IN_COLLECTIONS.values()
        for name, each in collection.fields.items()
        if each.pii
    ] == [("interactions", "note")]


def test_every_built_in_is_labelled_in_both_languages():
    labels = [each.label for fields in BUILT_IN_FIELDS.values() for each in fields.values()]
    for collection in BUILT_IN_COLLECTIONS.values():
        labels += [collection.label, *(each.label for each in collection.fields.values())]
    for label in labels:
        assert label.render("en") != label.render("ru")


def test_the_keys_of_collections_are_among_their_fields():
    for collection in BUILT_IN_COLLECTIONS.values():
        assert collection.key is None or collection.key in collection.fields
    assert set(BUILT_IN_COLLECTIONS) > WRITABLE_COLLECTIONS


def test_the_buyers_step_is_one_of_the_journey():
    assert tuple(BUILT_IN_FIELDS[Subject.DEALS]["buyer_step"].options) == JOURNEY
