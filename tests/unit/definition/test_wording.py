"""Conditions and formulas in words of both languages."""

from pathlib import Path

import pytest

from voronka.calendars import DailyWindow, Duration
from voronka.config import read_workspace
from voronka.definition.actions import (
    AssignAction,
    CancelAction,
    Distribution,
    LogAction,
    MoveAction,
    NotifyAction,
    OpenDealAction,
    PersonalValue,
    PluginAction,
    SendAction,
    SetAction,
    TaskAction,
)
from voronka.definition.fields import Subject
from voronka.definition.scopes import scope_of
from voronka.definition.timed import Anchor, AnchorKind, OnMissed, Rhythm, TimedEvent, TimedSource, ZoneOf
from voronka.definition.wording import Naming, told_action, told_event, told_value
from voronka.expressions import compile_expression
from voronka.messages import Label

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def workspace():
    return read_workspace(ROOT).workspace


CASES = [
    ("amount >= 100000", "“Amount” is at least 100,000 RUB", "«Сумма» не меньше, чем 100 000 RUB"),
    ("amount == 5", "“Amount” equals 5 RUB", "«Сумма» составляет 5 RUB"),
    ("not (amount == 5)", "“Amount” does not equal 5 RUB", "«Сумма» не составляет 5 RUB"),
    ("offer_valid_until < today", "“Offer valid until” is before today", "«КП действует до» раньше, чем сегодня"),
    (
        "offer_valid_until >= today",
        "“Offer valid until” is not before today",
        "«КП действует до» не раньше, чем сегодня",
    ),
    ("need is missing", "“The need in the client's words” is empty", "«Потребность словами клиента» не заполнено"),
    ("need is not missing", "“The need in the client's words” is filled in", "«Потребность словами клиента» заполнено"),
    ('solution_type == "standard"', "“Kind of solution” is “Standard”", "«Тип решения» — «Серийное»"),
    (
        'solution_type not in ["standard", "special"]',
        "“Kind of solution” is none of (“Standard”, “Special”)",
        "«Тип решения» — ни одно из («Серийное», «Индивидуальное»)",
    ),
    (
        'any(interactions, outcome == "no_answer")',
        "“Interactions”: there is a row where “Outcome” is “no answer”",
        "«Взаимодействия»: есть строка, где «Результат» — «нет ответа»",
    ),
    ("replied and not won", "the client has answered and the deal is not won", "клиент ответил и сделка не выиграна"),
    (
        "not (replied or amount > 5)",
        "the client has not answered and “Amount” is at most 5 RUB",
        "клиент не ответил и «Сумма» не больше, чем 5 RUB",
    ),
    (
        "replied and (won or lost)",
        "the client has answered and (the deal is won or the deal is lost)",
        "клиент ответил и (сделка выиграна или сделка проиграна)",
    ),
    ("(amount - cost) / amount", "(“Amount” − “Cost”) ÷ “Amount”", "(«Сумма» − «Себестоимость») ÷ «Сумма»"),
    ("amount - cost - cost", "“Amount” − “Cost” − “Cost”", "«Сумма» − «Себестоимость» − «Себестоимость»"),
    ("amount - (cost - cost)", "“Amount” − (“Cost” − “Cost”)", "«Сумма» − («Себестоимость» − «Себестоимость»)"),
    ("sum(orders, amount)", "the sum of “Amount” over “Orders”", "сумма «Сумма» по строкам «Заказы»"),
    (
        'count(interactions, direction == "out") > 2',
        "the number of “Interactions” (where “Direction” is “Outgoing”) is more than 2",
        "число строк «Взаимодействия» (где «Направление» — «Исходящее») больше, чем 2",
    ),
    (
        "not any(orders, amount > 5)",
        "“Orders”: there is no row where “Amount” is more than 5 RUB",
        "«Заказы»: нет строки, где «Сумма» больше, чем 5 RUB",
    ),
    (
        "account.turnover > 1 and stale(account.turnover)",
        "“Yearly turnover” of the account is more than 1 RUB and “Yearly turnover” of the account is out of date",
        "«Годовой оборот» компании больше, чем 1 RUB и значение «Годовой оборот» компании устарело",
    ),
    (
        "workdays_since(last_interaction_at) > 5",
        "the number of working days since “Last contact” is more than 5",
        "число рабочих дней с момента «Последний контакт» больше, чем 5",
    ),
    ("coalesce(discount, 0%)", "“Discount” (if empty: 0%)", "«Скидка» (если пусто: 0 %)"),
    (
        'amount if solution_type == "standard" else cost',
        "“Amount” if “Kind of solution” is “Standard”, else “Cost”",
        "«Сумма», если «Тип решения» — «Серийное», иначе «Себестоимость»",
    ),
    (
        'starts_with(need, "а")',
        "“The need in the client's words” starts with “а”",
        "«Потребность словами клиента» начинается с «а»",
    ),
]


@pytest.mark.parametrize(("text", "english", "russian"), CASES, ids=[case[0] for case in CASES])
def test_an_expression_reads_as_a_sentence(workspace, text, english, russian):
    funnel = workspace.funnels["react"]
    scope = scope_of(
        Subject.DEALS,
        fields=workspace.fields,
        collections=workspace.collections,
        money_digits=workspace.currency.digits,
        funnels=workspace.funnels,
        stages=funnel.variant(None).stages,
    )
    expression = compile_expression(text, scope, expect=None)
    told = {language: told_value(expression, Naming(workspace, language)) for language in ("en", "ru")}
    assert {language: text.replace("\u00a0", " ") for language, text in told.items()} == {"en": english, "ru": russian}


HEADS = ("leads_1", "leads_2")
ACTIONS = [
    (SetAction(values={"loss_reason": "price", "amount": 500}), "set “Reason of loss” = “Price”, “Amount” = 5 RUB"),
    (SetAction(values={"need": None}), "set “The need in the client's words” = empty"),
    (SetAction(values={"owner": "leads_1"}), "set “Owner” = “Lead specialist”"),
    (
        TaskAction(title=Label.plain("Call"), due="today", assignee="head"),
        "task for “Head of sales”: “Call”, the same day",
    ),
    (
        SendAction(channel="email", to="contact", template="additional_materials"),
        "message by email to the client's contact: “More about our offer [Number]”",
    ),
    (NotifyAction(to="owner.reports_to", template="gone"), "notice to the owner's superior: “gone”"),
    (
        MoveAction(to="needs", set={"return_reason": "budget_cut"}),
        "move to the stage “Needs”; “Reason of return” = “The budget was cut”",
    ),
    (
        OpenDealAction(funnel="", copy=("amount",), set={}),
        "open a deal in the funnel that the routing names; it takes over “Amount”",
    ),
    (
        OpenDealAction(funnel="reach", copy=("amount",), set={}, each="event_guests", follow=("amount",)),
        (
            "open a deal in the funnel “Leads” for each of the segment “Guests of events”; it takes over “Amount”;"
            " and follows changes of “Amount”"
        ),
    ),
    (LogAction(values={"direction": "out"}), "write into the interactions: “Direction” = “Outgoing”"),
    (CancelAction(event="nudge"), "call off “nudge”"),
    (AssignAction(pool="team:leads", users=HEADS), "give the deal to one of “Leads desk”, in turn"),
    (
        AssignAction(pool="role:manager", users=HEADS, by=Distribution.SKILL, field="product_line"),
        "give the deal to one of “Sales manager” skilled in its “Product line”",
    ),
    (
        PluginAction(name="crm.push", arguments={"phone": PersonalValue(name="contact.phone"), "tags": ("a", "b")}),
        "action crm.push (phone: “Phone” of the contact; tags: a, b)",
    ),
    (
        PluginAction(name="crm.push", arguments={"sum": 5}, label=Label({"en": "Push to the CRM", "ru": "В CRM"})),
        "action “Push to the CRM” (sum: 5)",
    ),
]


@pytest.mark.parametrize(("action", "told"), ACTIONS, ids=[type(action).__name__ for action, _ in ACTIONS])
def test_an_action_reads_as_a_sentence(workspace, action, told):
    assert told_action(action, Naming(workspace, "en")).replace("\u00a0", " ") == told


def timed(**more):
    known = {
        "name": "e",
        "stages": frozenset({"needs"}),
        "source": TimedSource.TIMED,
        "anchor": Anchor(kind=AnchorKind.STAGE),
    }
    return TimedEvent(**{**known, "rhythm": Rhythm.AFTER, "offsets": (Duration.parse("1 day"),), **more})


EVENTS = [
    (timed(at=600), "1 day after the stage was entered, at 10:00"),
    (timed(rhythm=Rhythm.EVERY, at_most=3), "every 1 day while the deal stands here, at most 3 times in one stay"),
    (
        timed(rhythm=Rhythm.BEFORE, anchor=Anchor(kind=AnchorKind.FIELD, name="offer_valid_until", dated=True)),
        "1 day before “Offer valid until”",
    ),
    (
        timed(anchor=Anchor(kind=AnchorKind.EVENT, name="task.done"), zone=ZoneOf.CONTACT, keep=True),
        "1 day after “a task is done”, by the contact's clock, also after the stage is left",
    ),
    (
        timed(window=DailyWindow(540, 1080), on_missed=OnMissed(limit=Duration.parse("0 minutes"))),
        "1 day after the stage was entered, between 09:00 and 18:00, dropped if it could not be done in time",
    ),
    (
        timed(anchor=Anchor(kind=AnchorKind.FIELD, name="due", of_row=True), each="progresses", backfill=True),
        (
            "1 day after “Due”, for each row of “Progresses”"
            ", what is due already when this comes into force is made up for"
        ),
    ),
]


@pytest.mark.parametrize(("event", "told"), EVENTS, ids=[told for _, told in EVENTS])
def test_a_timed_event_reads_as_a_sentence(workspace, event, told):
    assert told_event(event, Naming(workspace, "en")) == told


@pytest.mark.parametrize(
    ("name", "value", "called", "option"),
    [
        ("scores.bant.band", "hot", "ступень («BANT»)", "«Горячая»"),
        ("matrices.key_accounts.cell", "key", "клетка («Матрица ключевых клиентов»)", "«Ключевой»"),
        ("matrices.key_accounts.relation", "weak", "«Отношения» по таблице «Матрица ключевых клиентов»", "«Слабые»"),
        (
            "matrices.key_accounts.strategy",
            "win",
            "«Стратегия» по таблице «Матрица ключевых клиентов»",
            "«Завоёвывать»",
        ),
        ("matrices.key_accounts.cell", "other", "клетка («Матрица ключевых клиентов»)", "«other»"),
    ],
)
def test_what_a_scorecard_or_a_matrix_gives_is_called_as_they_call_it(workspace, name, value, called, option):
    naming = Naming(workspace, "ru")
    assert (naming.called(name), naming.option(name, value)) == (called, option)
