"""Values as written, as kept, as shown."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.scopes import type_of
from voronka.definition.values import ValueFault, check_value, read_value, show_value
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS
from voronka.definition.workspace import Currency
from voronka.definition.writing import written_value
from voronka.expressions import Expression, Kind, Name, Scope, Type, compile_expression
from voronka.messages import Label

RUB = Currency(code="RUB", digits=2)
YEN = Currency(code="JPY", digits=0)
MOSCOW = "Europe/Moscow"
OPTIONS = {
    "price": Label({"en": "Price", "ru": "Цена"}),
    "timing": Label({"en": "Delivery time", "ru": "Сроки"}),
    "no_answer": Label({"en": "No answer", "ru": "Не отвечает"}),
}
RECORD = "0198c0ffee7a7bcd8123456789abcdef"

LENGTH = BUILT_IN_COLLECTIONS["interactions"].fields["duration"]


def field(kind, **more):
    options = OPTIONS if kind in {FieldType.CHOICE, FieldType.CHOICES} else {}
    return Field(name="x", type=kind, label=Label.plain("x"), options=options, **more)


def read(kind, text, currency=RUB):
    return read_value(field(kind), text, currency=currency, timezone=MOSCOW)


READ = [
    (FieldType.TEXT, "  Акме  ", "Акме"),
    (FieldType.TEXT, "и\u0306", "й"),
    (FieldType.TEXT, "0123", "0123"),
    (FieldType.LONG_TEXT, "two\nlines", "two\nlines"),
    (FieldType.NUMBER, "12", 12.0),
    (FieldType.NUMBER, "-0.5", -0.5),
    (FieldType.NUMBER, "0,5", 0.5),
    (FieldType.NUMBER, "−3", -3.0),
    (FieldType.NUMBER, "1 234 567.8912", 1234567.8912),
    (FieldType.NUMBER, "-1.234.567,891", -1234567.891),
    (FieldType.NUMBER, "1,234,567.891", 1234567.891),
    (FieldType.NUMBER, "12 345,678", 12345.678),
    (FieldType.INTEGER, "42", 42),
    (FieldType.INTEGER, "-9223372036854775808", -(2**63)),
    (FieldType.INTEGER, "1\u00a0000", 1000),
    (FieldType.MONEY, "100000.50", 10000050),
    (FieldType.MONEY, "100 000,5", 10000050),
    (FieldType.MONEY, "1.250.000,50", 125000050),
    (FieldType.MONEY, "1,000.00", 100000),
    (FieldType.MONEY, "1\u202f234", 123400),
    (FieldType.MONEY, "-0.01", -1),
    (FieldType.MONEY, "92233720368547758.07", 2**63 - 1),
    (FieldType.PERCENT, "10%", 0.1),
    (FieldType.PERCENT, "7,5 %", 0.075),
    (FieldType.PERCENT, "-3%", -0.03),
    (FieldType.BOOL, "true", True),
    (FieldType.BOOL, "Нет", False),
    (FieldType.BOOL, "yes", True),
    (FieldType.BOOL, "ДА", True),
    (FieldType.BOOL, "FALSE", False),
    (FieldType.DATE, "2026-02-20", "2026-02-20"),
    (FieldType.DATETIME, "2026-02-20 18:30", 1771601400000000),
    (FieldType.DATETIME, "2026-02-20T18:30:00+03:00", 1771601400000000),
    (FieldType.DATETIME, "2026-02-20T15:30Z", 1771601400000000),
    (FieldType.DURATION, "1 days", "1 day"),
    (FieldType.DURATION, "2  working days", "2 working days"),
    (FieldType.CHOICE, "price", "price"),
    (FieldType.CHOICES, "timing, price", ("price", "timing")),
    (FieldType.CHOICES, "no_answer", ("no_answer",)),
    (FieldType.PHONE, "+7 (916) 123-45-67", "+79161234567"),
    (FieldType.PHONE, "8 916 123 45 67", "+79161234567"),
    (FieldType.PHONE, "79161234567", "+79161234567"),
    (FieldType.PHONE, "00 44 20 7946 0958", "+442079460958"),
    (FieldType.EMAIL, "Anna.K+b2b@Acme.Example", "anna.k+b2b@acme.example"),
    (FieldType.EMAIL, "анна@почта.рф", "анна@почта.рф"),
    (FieldType.URL, "https://acme.example/a?b=c#d", "https://acme.example/a?b=c#d"),
    (FieldType.USER, "anna", "anna"),
    (FieldType.ACCOUNT, "0198C0FF-EE7A-7BCD-8123-456789ABCDEF", RECORD),
    (FieldType.CONTACT, RECORD, RECORD),
    (FieldType.FILE, "offers/12.pdf", "offers/12.pdf"),
    (FieldType.FILE, "Предложение № 5.docx", "Предложение № 5.docx"),
    (FieldType.FILE, "C:\\offers\\12.pdf", "C:\\offers\\12.pdf"),
    (FieldType.FILE, "https://acme.example/files/12", "https://acme.example/files/12"),
]


@pytest.mark.parametrize(("kind", "text", "value"), READ)
def test_what_is_read(kind, text, value):
    found = read(kind, text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(("kind", "text", "value"), READ)
def test_what_is_read_is_a_value_as_it_is_kept(kind, text, value):
    assert check_value(field(kind), json.loads(json.dumps(value))) == value


def test_every_type_is_read():
    assert {kind for kind, _, _ in READ} == set(FieldType)


@pytest.mark.parametrize("kind", list(FieldType))
@pytest.mark.parametrize("text", ["", "  ", "\u00a0\t"])
def test_a_blank_text_is_a_missing_value(kind, text):
    assert read(kind, text) is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (FieldType.TEXT, "x" * 1001),
        (FieldType.TEXT, "a\x00b"),
        (FieldType.TEXT, "a\x1bb"),
        (FieldType.TEXT, "two\nlines"),
        (FieldType.TEXT, "a\tb"),
        (FieldType.TEXT, "a\u2028b"),
        (FieldType.URL, "https://acme.example/\na"),
        (FieldType.FILE, "the offer"),
        (FieldType.FILE, "offers/"),
        (FieldType.FILE, "a.pdf\nb.pdf"),
        (FieldType.FILE, "ftp://acme.example/a.pdf"),
        (FieldType.LONG_TEXT, "half \ud800 a pair"),
        (FieldType.LONG_TEXT, "x" * 100_001),
        (FieldType.NUMBER, "twelve"),
        (FieldType.NUMBER, "nan"),
        (FieldType.NUMBER, "inf"),
        (FieldType.NUMBER, "1e5"),
        (FieldType.NUMBER, "1,234"),
        (FieldType.NUMBER, "1,23.5"),
        (FieldType.NUMBER, "1.234.567"),
        (FieldType.NUMBER, "12 34"),
        (FieldType.NUMBER, "٣"),
        (FieldType.NUMBER, "9" * 4000),
        (FieldType.NUMBER, "--1"),
        (FieldType.INTEGER, "1.5"),
        (FieldType.INTEGER, "9223372036854775808"),
        (FieldType.INTEGER, "0x10"),
        (FieldType.MONEY, "100.505"),
        (FieldType.MONEY, "100.500"),
        (FieldType.MONEY, "100 RUB"),
        (FieldType.MONEY, "92233720368547758.08"),
        (FieldType.MONEY, "1,234"),
        (FieldType.PERCENT, "10"),
        (FieldType.PERCENT, "0.1"),
        (FieldType.PERCENT, "%"),
        (FieldType.BOOL, "1"),
        (FieldType.BOOL, "maybe"),
        (FieldType.DATE, "20.02.2026"),
        (FieldType.DATE, "2026-02-30"),
        (FieldType.DATETIME, "tomorrow"),
        (FieldType.DURATION, "2 years"),
        (FieldType.DURATION, "soon"),
        (FieldType.CHOICE, "Price"),
        (FieldType.CHOICE, "cost"),
        (FieldType.CHOICES, "price, cost"),
        (FieldType.CHOICES, "price; price"),
        (FieldType.CHOICES, ","),
        (FieldType.PHONE, "123"),
        (FieldType.PHONE, "9161234567"),
        (FieldType.PHONE, "+7 916 123-45-67 доб. 12"),
        (FieldType.PHONE, "+0123456789"),
        (FieldType.EMAIL, "anna"),
        (FieldType.EMAIL, "anna@acme"),
        (FieldType.EMAIL, "Anna <anna@acme.example>"),
        (FieldType.EMAIL, "a@b.example, c@d.example"),
        (FieldType.EMAIL, "a..b@acme.example"),
        (FieldType.EMAIL, "a@acme.example\nBcc: x@y.example"),
        (FieldType.EMAIL, "a@" + "b." * 200 + "example"),
        (FieldType.URL, "acme.example"),
        (FieldType.URL, "javascript:alert(1)"),
        (FieldType.URL, "https://"),
        (FieldType.URL, "https://[::1"),
        (FieldType.URL, "https://acme.example/a b"),
        (FieldType.ACCOUNT, "Acme"),
        (FieldType.CONTACT, "12"),
    ],
)
def test_what_is_refused_tells_place_reason_and_remedy(kind, text):
    with pytest.raises(ValueFault) as refusal:
        read(kind, text)
    assert refusal.value.place == "x"
    for language in ("en", "ru"):
        assert refusal.value.reason.render(language)
        assert refusal.value.remedy.render(language)


@pytest.mark.parametrize("text", ["-", "доб. 12", "8 916"])
def test_a_telephone_that_is_none_is_told_as_it_is_written(text):
    with pytest.raises(ValueFault) as refusal:
        read(FieldType.PHONE, text)
    assert text in refusal.value.reason.render("en")


def test_money_has_the_digits_of_its_currency():
    assert read(FieldType.MONEY, "1500", YEN) == 1500
    with pytest.raises(ValueFault):
        read(FieldType.MONEY, "1500.0", YEN)


@pytest.mark.parametrize(
    ("text", "meant"), [("prise", "price"), ("Цена", "price"), ("no-answer", "no_answer"), ("Delivery time", "timing")]
)
def test_an_option_that_is_not_declared_is_told_what_was_likely_meant(text, meant):
    with pytest.raises(ValueFault) as refusal:
        read(FieldType.CHOICE, text)
    assert f"Did you mean {meant}?" in refusal.value.remedy.render("en")


def test_a_computed_field_takes_no_value():
    formula = compile_expression("y * 2", Scope({"y": Name(Type(Kind.NUMBER))}), expect=Kind.NUMBER)
    assert isinstance(formula, Expression)
    computed = field(FieldType.NUMBER, formula=formula)
    with pytest.raises(ValueFault, match=r"y \* 2"):
        read_value(computed, "5", currency=RUB, timezone=MOSCOW)
    with pytest.raises(ValueFault):
        check_value(computed, 5.0)


def test_a_refusal_does_not_repeat_a_personal_value():
    with pytest.raises(ValueFault) as refusal:
        read_value(field(FieldType.PHONE, pii=True), "916-CANARY", currency=RUB, timezone=MOSCOW)
    assert "CANARY" not in refusal.value.render("en") + refusal.value.render("ru")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FieldType.TEXT, 5),
        (FieldType.TEXT, ""),
        (FieldType.TEXT, "   "),
        (FieldType.TEXT, None),
        (FieldType.TEXT, "a\x00"),
        (FieldType.NUMBER, "5"),
        (FieldType.NUMBER, True),
        (FieldType.NUMBER, float("nan")),
        (FieldType.NUMBER, float("inf")),
        (FieldType.NUMBER, 2**53 + 1),
        (FieldType.NUMBER, 10**400),
        (FieldType.INTEGER, 5.0),
        (FieldType.INTEGER, True),
        (FieldType.INTEGER, 2**63),
        (FieldType.MONEY, 100.5),
        (FieldType.MONEY, "100"),
        (FieldType.MONEY, -(2**63) - 1),
        (FieldType.PERCENT, "10%"),
        (FieldType.BOOL, 1),
        (FieldType.BOOL, "true"),
        (FieldType.DATE, "2026-02-30"),
        (FieldType.DATE, " 2026-02-20"),
        (FieldType.DATE, 20260220),
        (FieldType.DATETIME, "2026-02-20 18:30"),
        (FieldType.DATETIME, 1.5),
        (FieldType.DATETIME, 2**63),
        (FieldType.DURATION, "1 days"),
        (FieldType.DURATION, 5),
        (FieldType.CHOICE, "cost"),
        (FieldType.CHOICE, ["price"]),
        (FieldType.CHOICES, "price"),
        (FieldType.CHOICES, []),
        (FieldType.CHOICES, ["price", "price"]),
        (FieldType.CHOICES, ["price", 5]),
        (FieldType.CHOICES, ["price", ["timing"]]),
        (FieldType.PHONE, "8 916 123 45 67"),
        (FieldType.PHONE, 79161234567),
        (FieldType.EMAIL, "anna@Acme.example"),
        (FieldType.URL, "acme.example"),
        (FieldType.USER, {"name": "anna"}),
        (FieldType.ACCOUNT, RECORD.upper()),
        (FieldType.CONTACT, b"0123456789abcdef"),
    ],
)
def test_a_value_of_another_type_or_form_is_never_converted(kind, value):
    with pytest.raises(ValueFault) as refusal:
        check_value(field(kind), value)
    assert refusal.value.remedy.render("ru")


def test_whole_numbers_and_lists_of_json_are_kept_as_floats_and_tuples():
    kept = check_value(field(FieldType.NUMBER), 5)
    assert (kept, type(kept)) == (5.0, float)
    assert str(check_value(field(FieldType.NUMBER), -0.0)) == "0.0"
    assert check_value(field(FieldType.CHOICES), ["timing", "price"]) == ("price", "timing")


@given(st.sampled_from(FieldType), st.text(max_size=40))
def test_any_text_is_read_or_refused_and_what_is_read_checks(kind, text):
    with suppress(ValueFault):
        value = read(kind, text)
        assert value is None or check_value(field(kind), value) == value


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(FieldType), ANY_JSON)
def test_any_json_is_a_value_or_refused(kind, value):
    with suppress(ValueFault):
        assert check_value(field(kind), value) is not None


@given(st.integers(-(2**63), 2**63 - 1))
def test_money_that_is_shown_reads_back_to_the_last_unit(amount):
    for language in ("en", "ru"):
        text = show_value(field(FieldType.MONEY), amount, language=language, currency=RUB, timezone=MOSCOW)
        number = text.removesuffix(" RUB")
        assert read(FieldType.MONEY, number.replace(",", "") if language == "en" else number) == amount


@pytest.mark.parametrize(
    ("kind", "value", "english", "russian"),
    [
        (FieldType.MONEY, 123456750, "1,234,567.50 RUB", "1\u00a0234\u00a0567,50 RUB"),
        (FieldType.MONEY, -5, "-0.05 RUB", "-0,05 RUB"),
        (FieldType.NUMBER, 1234.5, "1,234.5", "1\u00a0234,5"),
        (FieldType.NUMBER, 0.1 + 0.2, "0.3", "0,3"),
        (FieldType.INTEGER, 1000000, "1,000,000", "1\u00a0000\u00a0000"),
        (FieldType.PERCENT, 0.1, "10%", "10\u00a0%"),
        (FieldType.PERCENT, 0.075, "7.5%", "7,5\u00a0%"),
        (FieldType.BOOL, True, "yes", "да"),
        (FieldType.DATE, "2026-02-20", "2026-02-20", "20.02.2026"),
        (FieldType.DATETIME, 1771601400000000, "2026-02-20 18:30", "20.02.2026 18:30"),
        (FieldType.DURATION, "2 working days", "2 working days", "2 рабочих дня"),
        (FieldType.CHOICE, "price", "Price", "Цена"),
        (FieldType.CHOICE, "gone", "gone", "gone"),
        (FieldType.CHOICES, ("price", "timing"), "Price, Delivery time", "Цена, Сроки"),
        (FieldType.TEXT, "Акме", "Акме", "Акме"),
        (FieldType.MONEY, None, "—", "—"),
    ],
)
def test_what_a_person_sees(kind, value, english, russian):
    def shown(language):
        return show_value(field(kind), value, language=language, currency=RUB, timezone=MOSCOW)

    assert shown("en") == english
    assert shown("ru") == russian


def test_a_currency_without_minor_units_is_shown_whole():
    assert show_value(field(FieldType.MONEY), 1500, language="en", currency=YEN, timezone=MOSCOW) == "1,500 JPY"


def test_expressions_know_a_field_by_the_type_it_is_kept_in():
    assert type_of(field(FieldType.MONEY)) == Type(Kind.MONEY)
    assert type_of(field(FieldType.CHOICE)) == Type(Kind.CHOICE, tuple(OPTIONS))
    assert type_of(field(FieldType.USER)) == Type(Kind.REFERENCE, reference="user")
    for kind in FieldType:
        assert type_of(field(kind)).kind in Kind


@pytest.mark.parametrize(
    ("name", "text", "sound"),
    [
        ("zone", "Europe/Moscow", True),
        ("zone", "UTC", True),
        ("zone", "Mars/Phobos", False),
        ("zone", "../etc/passwd", False),
        ("locale", "ru", True),
        ("locale", "pt-BR", True),
        ("locale", "Russian", False),
        ("locale", "RU", False),
    ],
)
def test_a_contacts_zone_and_language_are_ones_that_can_be_used(name, text, sound):
    kept = BUILT_IN_FIELDS[Subject.CONTACTS][name]
    if sound:
        assert read_value(kept, text, currency=RUB, timezone=MOSCOW) == check_value(kept, text) == text
        return
    for refusing in (lambda: read_value(kept, text, currency=RUB, timezone=MOSCOW), lambda: check_value(kept, text)):
        with pytest.raises(ValueFault) as caught:
            refusing()
        assert caught.value.place == name


@pytest.mark.parametrize("name", ["kind", "channel", "reason", "outcome"])
def test_what_an_interaction_was_is_told_in_short_codes(name):
    field = BUILT_IN_COLLECTIONS["interactions"].fields[name]
    for code in ("connected", "follow_up", "не-дозвонились", "e5", "W_Call"):
        assert check_value(field, code) == code
    for text in ("Ivan will call", "a@example.com", "+79161234567", "79161234567", "x" * 41, "two\nlines"):
        with pytest.raises(ValueFault) as caught:
            check_value(field, text)
        assert text not in caught.value.reason.render()
        assert "note" in caught.value.remedy.render()


@pytest.mark.parametrize(("text", "minutes"), [("10", 10.0), ("10 minutes", 10.0), ("2 hours", 120.0), ("0", 0.0)])
def test_the_length_of_a_contact_is_minutes_or_a_duration(text, minutes):
    assert read_value(LENGTH, text, currency=RUB, timezone="UTC") == minutes


@pytest.mark.parametrize("text", ["-20", "1 day", "long", "10 working hours"])
def test_no_other_length_is_taken(text):
    with pytest.raises(ValueFault) as refusal:
        read_value(LENGTH, text, currency=RUB, timezone="UTC")
    assert "-20" not in refusal.value.remedy.render("ru")


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (FieldType.NUMBER, 5e-05, "0.00005"),
        (FieldType.NUMBER, -2.5e-7, "-0.00000025"),
        (FieldType.NUMBER, 1e22, "10000000000000000000000"),
        (FieldType.NUMBER, 0.1, "0.1"),
        (FieldType.PERCENT, 5e-09, "0.0000005%"),
    ],
)
def test_a_number_is_written_without_an_exponent_so_that_it_is_read_again(kind, value, text):
    assert written_value(field(kind), value, currency=RUB, timezone=MOSCOW) == text
    assert read(kind, text) == value
