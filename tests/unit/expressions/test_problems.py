"""What is refused, where, and with which remedy."""

from __future__ import annotations

import pytest

from tests.unit.expressions.deal import COLLECTIONS, NAMES, SCOPE, bad, good, name
from voronka.expressions import CODES, Kind, Scope, Severity, Type, compile_expression
from voronka.expressions.syntax import parse

CASES = [
    ("", "E1005", "", None),
    ("   ", "E1005", "   ", None),
    ("amount = 5", "E1002", "=", "=="),
    ("vip && replied", "E1002", "&&", "and"),
    ("vip AND replied", "E1002", "AND", "and"),
    ("vip или replied", "E1002", "или", "or"),
    ("!replied", "E1002", "!", "not"),
    ("amount ≥ 5", "E1002", "≥", ">="),
    ("amount <> 5", "E1002", "<>", "!="),
    ("amount – 5 > 1", "E1002", "–", "-"),
    ("True == vip", "E1002", "True", "true"),
    ("comment == “да”", "E1002", "“да”", None),
    ("comment == «да»", "E1002", "«да»", None),
    ("amount\u00a0> 5", "E1002", "\u00a0", None),
    ("amount > 5 # много", "E1002", "#", None),
    ("count_of_sites % 2 == 0", "E1002", "%", None),
    ("5%count_of_sites > 1", "E1002", "%", None),
    ("5 % > discount", "E1002", "%", None),
    ("2 ** 8 > amount", "E1002", "**", None),
    ("7 // 2 > score", "E1002", "//", None),
    ("amount > $5", "E1002", "$", None),
    ("comment == 'да", "E1002", "'", None),
    ("score > 1e5", "E1003", "1e5", None),
    ("score > 1_000", "E1003", "1_000", None),
    ("score > .5", "E1003", ".5", None),
    ("score > 5.", "E1003", "5.", None),
    ("comment == 0077", "E1003", "0077", None),
    ("score > 0x1F", "E1003", "0x1F", None),
    ("score > 2days", "E1003", "2days", None),
    ("score > 99999999999999999999", "E1003", "99999999999999999999", None),
    ("score > 99999999999999999999999999", "E1003", "99999999999999999999999999", None),
    ("amount > 0,5", "E1003", "amount > 0,5", None),
    ("comment == 'a\\nb'", "E1004", "'a\\nb'", None),
    ("comment == 'a\nb'", "E1004", "'a\nb'", None),
    ("comment == '\u202eb'", "E1004", "'\u202eb'", None),
    ("amount >", "E1005", ">", None),
    ("amount 5", "E1005", "5", None),
    ("(amount > 5", "E1005", "(", None),
    ("amount > 5)", "E1005", ")", None),
    ("comment == 'a' 'b'", "E1005", "'b'", None),
    ("amount > 5 vip", "E1005", "vip", None),
    ("comment is 'a'", "E1006", "comment is 'a'", None),
    ("comment[0] == 'a'", "E1006", "comment[0]", None),
    ("comment.upper() == 'A'", "E1102", "comment.upper", None),
    ("(vip).x", "E1101", "(vip).x", "vip"),
    ("(1)(2) > 1", "E1006", "(1)(2)", None),
    ("+amount > 5", "E1006", "+amount", None),
    ("[1, 2]", "E1006", "[1, 2]", None),
    ("vip, replied", "E1006", "vip, replied", None),
    ("stage in []", "E1006", "[]", None),
    ("stage in [loss_reason]", "E1006", "loss_reason", None),
    ("count(orders, count(components) > 1)", "E1006", "count(components)", None),
    ("coalesce(*topics)", "E1006", "coalesce(*topics)", None),
    ("amuont > 5", "E1101", "amuont", "amount"),
    ("аmount > 5", "E1101", "аmount", "amount"),
    ("ыефпу == 'needs'", "E1101", "ыефпу", "stage"),
    ("Amount > 5", "E1101", "Amount", "amount"),
    ("turnover > 5", "E1101", "turnover", "account.turnover"),
    ("account.turnovr > 5", "E1101", "account.turnovr", "account.turnover"),
    ("vip == None", "E1101", "None", "missing"),
    ("deal.amount > 5", "E1101", "deal.amount", "amount"),
    ("orders > 5", "E1101", "orders", None),
    ("today() > deadline", "E1102", "today", "today"),
    ("cuont(orders) > 5", "E1102", "cuont", "count"),
    ("upper(comment) == 'a'", "E1102", "upper", None),
    ("coalesce(amount)", "E1103", "coalesce(amount)", None),
    ("count()", "E1103", "count()", None),
    ("sum(orders)", "E1103", "sum(orders)", None),
    ("sum(orders, number)", "E1103", "sum(orders, number)", None),
    ("any(orders, amount)", "E1103", "any(orders, amount)", None),
    ("days(1.5)", "E1103", "days(1.5)", None),
    ("days(-2)", "E1103", "days(-2)", None),
    ("mod(score, 2)", "E1103", "mod(score, 2)", None),
    ("visits(stage)", "E1103", "visits(stage)", None),
    ("last_interaction_with(owner)", "E1103", "last_interaction_with(owner)", None),
    ("last_interaction_with('vera')", "E1103", "last_interaction_with('vera')", None),
    ("last_interaction_with()", "E1103", "last_interaction_with()", None),
    ("last_interaction_at(buyer)", "E1102", "last_interaction_at", "last_interaction_with"),
    ("changed(1)", "E1103", "changed(1)", None),
    ("changed(fee)", "E1103", "changed(fee)", None),
    ("count(orders, changed(paid))", "E1103", "changed(paid)", None),
    ("count(order)", "E1104", "order", "orders"),
    ("count(amount)", "E1104", "amount", None),
    ("count(orders, amuont > 1)", "E1105", "amuont", "amount"),
    ("count(orders, budget > 1)", "E1105", "budget", "deal.budget"),
    ("count(orders, deal.paid > 1)", "E1105", "deal.paid", "paid"),
    ("median(orders, amount)", "E1111", "median(orders, amount)", None),
    ("stddev(orders, amount)", "E1106", "stddev", None),
    ("scores.bant.total > 5", "E1101", "scores.bant.total", None),
    ("loss_reason == 'prise'", "E1107", "'prise'", "price"),
    ("loss_reason in ['price', 'prise']", "E1107", "'prise'", "price"),
    ("'prise' in topics", "E1107", "'prise'", "price"),
    ("owner == 'ana'", "E1107", "'ana'", "anna"),
    ("visits('neds') > 1", "E1107", "visits('neds')", "needs"),
    ("count(components, component == 'servise') > 1", "E1107", "'servise'", "service"),
    ("left > 1", "E1108", "left", None),
    ("broken > 1", "E1109", "broken", None),
    ("amount and vip", "E1201", "amount", None),
    ("not amount", "E1201", "amount", None),
    ("1 if amount else 2", "E1201", "amount", None),
    ("1 if vip else 'a'", "E1201", "1 if vip else 'a'", None),
    ("coalesce(deadline, created_at)", "E1201", "coalesce(deadline, created_at)", None),
    ("amount * budget", "E1201", "amount * budget", None),
    ("amount + 10%", "E1201", "amount + 10%", None),
    ("comment - 'a' == 'b'", "E1201", "comment - 'a'", None),
    ("length(amount) > 1", "E1103", "length(amount)", None),
    ("contains(comment) == true", "E1103", "contains(comment)", None),
    ("abs(comment) > 1", "E1103", "abs(comment)", None),
    ("round(amount, 7) > 1", "E1103", "7", None),
    ("round(amount, count_of_sites) > 1", "E1103", "round(amount, count_of_sites)", None),
    ("least(amount, discount) > 1", "E1201", "least(amount, discount)", None),
    ("greatest(comment, 'a') == 'a'", "E1103", "greatest(comment, 'a')", None),
    ("month(amount) == 1", "E1201", "amount", None),
    ("months(1.5) == lead_time", "E1103", "months(1.5)", None),
    ("comment + 1", "E1201", "comment + 1", None),
    ("deadline + 2", "E1201", "deadline + 2", None),
    ("now + created_at", "E1201", "now + created_at", None),
    ("now - lead_time + 2", "E1201", "now - lead_time + 2", None),
    ("days(1) + months(1)", "E1202", "days(1) + months(1)", None),
    ("deadline - 'soon'", "E1208", "'soon'", None),
    ("days(2) - deadline", "E1201", "days(2) - deadline", None),
    ("-comment", "E1201", "-comment", None),
    ("days_since(amount)", "E1201", "amount", None),
    ("'a' in comment", "E1201", "'a' in comment", None),
    ("amount == 'a'", "E1202", "amount == 'a'", None),
    ("amount > 10%", "E1202", "amount > 10%", None),
    ("vip > false", "E1202", "vip > false", None),
    ("loss_reason < 'price'", "E1202", "loss_reason < 'price'", None),
    ("loss_reason == stage", "E1202", "loss_reason == stage", None),
    ("owner == account", "E1202", "owner == account", None),
    ("topics == 'price'", "E1202", "topics == 'price'", None),
    ("lead_time > 2", "E1202", "lead_time > 2", None),
    ("lead_time in ['2 days']", "E1202", "'2 days'", None),
    ("lead_time > '2 dayz'", "E1208", "'2 dayz'", None),
    ("now - created_at > working_days(2)", "E1202", "now - created_at > working_days(2)", None),
    ("amount == missing", "E1203", "amount == missing", None),
    ("missing != amount", "E1203", "missing != amount", None),
    ("0 < amount < 5", "E1204", "0 < amount < 5", None),
    ("contact.email == 'a@b.c'", "E1206", "contact.email", None),
    ("previous(contact.email) is missing", "E1206", "previous(contact.email)", None),
    ("any(components, note == 'a')", "E1206", "note", None),
    ("amount > 0.005", "E1207", "0.005", None),
    ("amount > 99999999999999999.99", "E1207", "99999999999999999.99", None),
    ("deadline > '20.02.2026'", "E1208", "'20.02.2026'", None),
    ("created_at > '2026-02-20 25:00'", "E1208", "'2026-02-20 25:00'", None),
    ("created_at > '9999-12-31 23:59'", "E1208", "'9999-12-31 23:59'", None),
    ("deadline < '9999-12-31 12:00'", "E1208", "'9999-12-31 12:00'", '"9999-12-31"'),
    ("deadline < '2026-03-10 12:00'", "E1208", "'2026-03-10 12:00'", '"2026-03-10"'),
    ("days_since('2026-02-20T23:59')", "E1208", "'2026-02-20T23:59'", '"2026-02-20"'),
    ("amount - score > 0.005", "E1207", "0.005", None),
    ("days_since('yesterday')", "E1208", "'yesterday'", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "place", "suggestion"), CASES)
def test_a_wrong_expression_has_one_problem_at_its_place(text, code, place, suggestion):
    (problem,) = bad(text)
    assert problem.code == code
    assert text[problem.start : problem.end] == place
    assert problem.suggestion == suggestion
    for language in ("en", "ru"):
        assert problem.reason.render(language)
        assert problem.remedy.render(language)


@pytest.mark.parametrize(
    ("text", "wanted", "place"),
    [
        ("amount", Kind.BOOL, "amount"),
        ("vip", Kind.MONEY, "vip"),
        ("10%", Kind.MONEY, "10%"),
        ("score", Kind.INTEGER, "score"),
        ("amount", Kind.NUMBER, "amount"),
        ("comment", Type(Kind.CHOICE, ("a",)), "comment"),
        ("deadline", Kind.DATETIME, "deadline"),
        ("account", Type(Kind.REFERENCE, reference="user"), "account"),
    ],
)
def test_a_result_of_another_type_than_its_place_asks_for_is_refused(text, wanted, place):
    (problem,) = bad(text, wanted)
    assert (problem.code, text[problem.start : problem.end]) == ("E1205", place)


def test_an_option_that_its_place_does_not_have_is_refused():
    (problem,) = bad("'prise' if vip else 'price'", Type(Kind.CHOICE, ("price",)))
    assert (problem.code, problem.suggestion) == ("E1107", "price")


def test_all_problems_of_a_text_are_told_at_once_in_their_order():
    text = "amuont = 5 and loss_reason == 'prise' or count(order) > 'x' && vip > 1"
    assert [(p.code, text[p.start : p.end]) for p in bad(text)] == [
        ("E1101", "amuont"),
        ("E1002", "="),
        ("E1107", "'prise'"),
        ("E1104", "order"),
        ("E1002", "&&"),
        ("E1202", "vip > 1"),
    ]


def test_columns_count_characters_not_bytes_also_on_several_lines():
    text = "comment == 'жёлтый 🚚'\n  and вип"
    (problem,) = bad(text)
    assert text[problem.start : problem.end] == "вип"


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("not vip", "W1301", "not vip"),
        ("replied and not vip", "W1301", "not vip"),
        ("not big", "W1301", "not big"),
        ("not previous(replied)", "W1301", "not previous(replied)"),
        ("count(components, not confirmed) > 0", "W1301", "not confirmed"),
        ("discount > 10", "W1302", "discount > 10"),
        ("count_of_sites > 50%", "W1308", "count_of_sites > 50%"),
        ("vip and 5% <= round(score)", "W1308", "5% <= round(score)"),
    ],
)
def test_a_trap_is_a_warning_and_leaves_the_expression(text, code, place):
    (warning,) = good(text).warnings
    assert (warning.code, text[warning.start : warning.end]) == (code, place)
    assert warning.severity is Severity.WARNING


GUARDED = ["vip is missing or not vip", "vip is not missing and not vip", "vip is missing or replied and not vip"]


@pytest.mark.parametrize("text", ["replied or not vip", "big is missing or not vip"])
def test_only_the_question_that_lets_a_missing_value_pass_takes_the_warning_back(text):
    assert [each.code for each in good(text).warnings] == ["W1301"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("replied and (1 if vip else 2)", "(1 if vip else 2) is not missing"),
        ("(vip or replied) == missing", "Write (vip or replied) is missing"),
        ("amount > 5;", "Delete it"),
        ("amount > 100 тыс", "Write 100000."),
        ("amount > 1.5 млн and vip", "Write 1500000."),
        ("amount > 5 руб.", "Write 5."),
        ("amount больше 5", "Write >."),
    ],
)
def test_the_remedy_is_what_is_meant(text, told):
    (problem, *_) = bad(text)
    assert told in str(problem.remedy)


SHARES = ["count_of_sites / 3 > 50%", "budget / amount >= 50%", "count_of_sites > 0%", "score >= 50%"]


@pytest.mark.parametrize(
    "text", ["not replied", "not coalesce(vip, false)", "not (vip is missing)", "discount > 10%", *SHARES]
)
def test_what_is_safe_is_not_warned_of(text):
    assert good(text).warnings == ()


def test_a_field_may_be_called_by_a_word_of_python():
    scope = Scope(names={"class": name(Kind.INTEGER), "lambda": name(Kind.INTEGER), "from": name(Kind.INTEGER)})
    assert good("class + lambda > from", scope=scope).reads.names == {"class", "lambda", "from"}


def test_a_formula_must_give_the_type_of_its_field():
    scope = Scope(names={"a": name(Kind.TEXT, formula="1 + 1")})
    (problem,) = bad("a == 'x'", scope=scope)
    assert problem.code == "E1109"


def test_formulas_that_multiply_are_refused_before_they_fill_the_memory():
    names = {"f0": name(Kind.NUMBER)} | {
        f"f{n}": name(Kind.NUMBER, formula=f"f{n - 1} + f{n - 1}") for n in range(1, 60)
    }
    assert {p.code for p in bad("f59 > 1", scope=Scope(names=names))} == {"E1110"}


def test_a_chain_of_formulas_is_refused_when_it_is_too_deep():
    names = {"f0": name(Kind.NUMBER)} | {f"f{n}": name(Kind.NUMBER, formula=f"f{n - 1} + 1") for n in range(1, 3000)}
    (problem,) = bad("f2999 > 1", scope=Scope(names=names))
    assert problem.code == "E1110"
    assert "100 levels" in problem.remedy.render()


def test_of_formulas_that_read_a_wrong_one_each_names_that_one_alone():
    names = {f"f{n}": name(Kind.NUMBER, formula=f"f{n - 1} + 1") for n in range(1, 50)}
    (problem,) = bad("f49 > 1", scope=Scope(names=names))
    assert problem.reason.render().startswith("The formula of f1 is wrong: There is no")


def test_every_code_that_is_given_is_declared_and_every_declared_one_is_given():
    # E1112 is given where rows are counted: see test_counting.
    given = {code for _, code, _, _ in CASES} | {"E1001", "E1110", "E1112", "E1205", *(f"W130{n}" for n in range(1, 9))}
    assert given == set(CODES)


def test_a_currency_without_minor_units_has_whole_amounts():
    scope = Scope(names=NAMES, collections=COLLECTIONS, money_digits=0)
    assert bad("amount > 0.5", scope=scope)[0].code == "E1207"
    assert not isinstance(compile_expression("amount > 5", scope), tuple)
    assert SCOPE.money_digits == 2


def test_a_remedy_with_a_signature_names_what_was_meant():
    assert [problem.remedy.args["meant"] for problem in bad("cuont(orders) > 5")] == ["count"]


def test_letters_that_only_look_latin_are_named():
    (problem,) = bad("аmоunt > 5")

    assert "«ао»" in problem.reason.render("en")
    assert "«ао»" in problem.reason.render("ru")
    assert problem.suggestion == "amount"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("amount between 5 and 10", "5 <= amount <= 10"),
        ("vip and amount between 5 and 10", "5 <= amount <= 10"),
        ("if vip then 1 else 2", "y if x else z"),
    ],
)
def test_a_form_of_another_language_is_told_as_it_is_written_here(text, meant):
    _, problems = parse(text)

    assert [each.code for each in problems] == ["E1005"]
    assert meant in problems[0].remedy.render("en")
