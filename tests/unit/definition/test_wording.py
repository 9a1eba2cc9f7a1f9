"""Conditions and formulas in words of both languages."""

from pathlib import Path

import pytest

from voronka.config import read_workspace
from voronka.definition.fields import Subject
from voronka.definition.scopes import scope_of
from voronka.definition.wording import Naming, told_value
from voronka.expressions import compile_expression

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
        "число рабочих дней после «Последний контакт» больше, чем 5",
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
