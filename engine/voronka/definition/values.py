"""The values of fields: read from text, checked, and shown.

How each type is kept. text, long_text, url, file: text without outer blanks. phone: ``+`` and digits (E.164). email:
text, its domain in small letters. number: float. integer: int of 64 bits. money: int of minor units. percent: float
fraction (10% is 0.1). bool. date: ISO text. datetime: int of UTC microseconds. duration: its canonical text. choice:
the option's id; choices: a tuple of them in the order of declaration. user: the user's name. account, contact: the
record's id in hexadecimal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from math import isfinite
from urllib.parse import urlsplit

from voronka.calendars import EARLIEST, LATEST, Duration, local, parse_date, parse_datetime
from voronka.definition.fields import Field, FieldType
from voronka.definition.workspace import Currency
from voronka.errors import UsageFault, VoronkaError
from voronka.expressions import Value
from voronka.expressions.suggestion import suggest
from voronka.messages import Text

__all__ = ["ValueFault", "check_value", "read_value", "show_value"]

LONGEST = 1_000
LONGEST_TEXT = 100_000
_INT64 = 2**63


class ValueFault(UsageFault):
    """A text or a value that a field cannot hold. `place` is the field's name."""


class _Fault(Exception):
    """What is wrong with a value, before the field's name is put to it."""

    def __init__(self, reason: Text, remedy: Text) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


def read_value(field: Field, text: str, *, currency: Currency, timezone: str) -> Value | None:
    """Return the value of `field` that a person or a file wrote as `text`; None for a blank one: it is missing.

    Datetimes without an offset are of `timezone`. Raises `ValueFault`.
    """
    try:
        _refuse_formula(field)
        written = unicodedata.normalize("NFC", text).strip()
        if not written:
            return None
        return _read(field, written, currency, timezone)
    except (_Fault, VoronkaError) as fault:
        raise ValueFault(fault.reason, fault.remedy, place=field.name) from None


def check_value(field: Field, value: object) -> Value:
    """Return `value`, as decoded from JSON, if it is one of `field` in the form it is kept in; else `ValueFault`.

    Nothing is converted, save that a list becomes a tuple and a whole number a float where floats are kept.
    """
    try:
        _refuse_formula(field)
        return _CHECKS[field.type](field, value)
    except (_Fault, VoronkaError) as fault:
        raise ValueFault(fault.reason, fault.remedy, place=field.name) from None


def show_value(field: Field, value: Value | None, *, language: str, currency: Currency, timezone: str) -> str:
    """Return a value of `field` as a person reads it; a missing one is a dash."""
    if value is None:
        return "—"
    match field.type, value:
        case FieldType.BOOL, _:
            return (Text("yes") if value else Text("no")).render(language)
        case FieldType.MONEY, int():
            return f"{_grouped(Decimal(value).scaleb(-currency.digits), language)} {currency.code}"
        case FieldType.PERCENT, int() | float():
            percent = _grouped(Decimal(f"{value * 100:.12g}"), language)
            return f"{percent}\u00a0%" if language == "ru" else f"{percent}%"
        case FieldType.NUMBER | FieldType.INTEGER, int() | float():
            return _grouped(Decimal(value if isinstance(value, int) else f"{value:.15g}"), language)
        case FieldType.DATE, str():
            return _shown_date(value, language)
        case FieldType.DATETIME, int():
            moment = local(value, timezone)
            return f"{_shown_date(moment.date().isoformat(), language)} {moment:%H:%M}"
        case FieldType.DURATION, str():
            return Duration.parse(value).sentence().render(language)
        case FieldType.CHOICE | FieldType.CHOICES, str() | tuple():
            chosen = (value,) if isinstance(value, str) else value
            return ", ".join(field.options[each].render(language) if each in field.options else each for each in chosen)
        case _:
            return str(value)


def _grouped(number: Decimal, language: str) -> str:
    text = f"{number:,f}"
    return text.replace(",", "\u00a0").replace(".", ",") if language == "ru" else text


def _shown_date(iso: str, language: str) -> str:
    return ".".join(reversed(iso.split("-"))) if language == "ru" else iso


def _refuse_formula(field: Field) -> None:
    if field.formula is not None:
        raise _Fault(
            Text("The field is computed: {formula}.", formula=field.formula.text),
            Text("Set the fields that its formula reads."),
        )


def _brief(value: object) -> str:
    """Return what a sentence quotes of a value."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _read(field: Field, text: str, currency: Currency, timezone: str) -> Value:
    match field.type:
        case FieldType.MONEY:
            return _money(text, currency)
        case FieldType.PERCENT:
            return _percent(text)
        case FieldType.NUMBER:
            return _finite(float(_decimal(text)), text)
        case FieldType.INTEGER:
            return _integer(text)
        case FieldType.BOOL:
            return _bool(text)
        case FieldType.DATE:
            return parse_date(text).isoformat()
        case FieldType.DATETIME:
            return parse_datetime(text, timezone)
        case FieldType.DURATION:
            return str(Duration.parse(text))
        case FieldType.CHOICES:
            return _choices(field, [part.strip() for part in re.split("[,;]", text) if part.strip()])
        case FieldType.PHONE:
            return _phone(text)
        case FieldType.EMAIL:
            name, _, domain = text.rpartition("@")
            return _email(field, f"{name}@{domain.lower()}")
        case FieldType.ACCOUNT | FieldType.CONTACT:
            return _record(field, text.replace("-", "").lower())
        case _:
            return _CHECKS[field.type](field, text)


_NUMBER = re.compile(r"[-−]?(\d+|\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+)(?:([.,])(\d+))?", re.ASCII)


def _decimal(text: str) -> Decimal:
    """Return the number that `text` tells exactly: ``1234.5``, ``1 234,5``."""
    written = _NUMBER.fullmatch(text) if len(text) <= 40 else None
    if written is None:
        raise _Fault(Text("“{text}” is not a number.", text=_brief(text)), Text("Write digits, such as 1234.5 or -20."))
    whole, separator, part = written.groups()
    if separator == "," and len(part) == 3:
        raise _Fault(
            Text("“{text}” may mean thousands or thousandths.", text=text),
            Text("Write thousands without a comma, and a fraction after a point."),
        )
    sign = "" if text[0].isdigit() else "-"
    return Decimal(f"{sign}{''.join(filter(str.isdigit, whole))}.{part or '0'}")


def _money(text: str, currency: Currency) -> int:
    amount = _decimal(text)
    written = re.split("[.,]", text)
    if len(written) == 2 and len(written[1]) > currency.digits:
        raise _Fault(
            Text("“{text}” has more decimal places than {currency}.", text=text, currency=currency.code),
            Text("Write at most {digits} digits after the point.", digits=currency.digits),
        )
    return _int64(int(amount.scaleb(currency.digits)), text)


def _percent(text: str) -> float:
    if not text.endswith("%"):
        raise _Fault(
            Text("“{text}” is not a percentage.", text=_brief(text)),
            Text("Write it with its sign: {example}.", example="10%"),
        )
    return _finite(float(_decimal(text[:-1].rstrip()) / 100), text)


def _integer(text: str) -> int:
    number = _decimal(text)
    if number != number.to_integral_value():
        raise _Fault(
            Text("“{text}” is not a whole number.", text=text), Text("Write it without a fraction, such as 12.")
        )
    return _int64(int(number), text)


_WORDS = {"true": True, "yes": True, "да": True, "false": False, "no": False, "нет": False}


def _bool(text: str) -> bool:
    found = _WORDS.get(text.casefold())
    if found is None:
        raise _Fault(Text("“{text}” is neither true nor false.", text=_brief(text)), Text("Write true or false."))
    return found


_PHONE_SIGNS = re.compile(r"[\s().\-–\u2010\u2011]+")
_PHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


def _phone(text: str) -> str:
    """Return a number in its international form (E.164). ``8 …`` and ``7 …`` of eleven digits are Russian."""
    number = _PHONE_SIGNS.sub("", text)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    elif len(number) == 11 and number[0] in "78":
        number = f"+7{number[1:]}"
    return _check_phone(number, text)


def _check_phone(number: str, text: str) -> str:
    if _PHONE.fullmatch(number) is None:
        raise _Fault(
            Text("“{text}” is not a phone number.", text=_brief(text)),
            Text("Write it with the code of the country and nothing else: {example}.", example="+79161234567"),
        )
    return number


_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@(?:[^\s@<>()\[\],;:\"\\./]+\.)+[^\s@<>()\[\],;:\"\\./]{2,63}")


def _email(_field: Field, value: object) -> str:
    text = _text_within(value, 254)
    name, _, domain = text.rpartition("@")
    bad_dots = name.startswith(".") or name.endswith(".") or ".." in name
    if _EMAIL.fullmatch(text) is None or bad_dots or domain != domain.lower():
        raise _Fault(
            Text("“{text}” is not an email address.", text=_brief(text)),
            Text("Write one address, such as {example}.", example="anna@acme.example"),
        )
    return text


def _url(_field: Field, value: object) -> str:
    text = _text_within(value, 2_048)
    try:
        parts = urlsplit(text)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or any(character.isspace() for character in text):
        raise _Fault(
            Text("“{text}” is not a web address.", text=_brief(text)),
            Text("Write it whole, such as {example}.", example="https://acme.example/offer"),
        )
    return text


def _text(_field: Field, value: object) -> str:
    return _text_within(value, LONGEST)


def _long_text(_field: Field, value: object) -> str:
    return _text_within(value, LONGEST_TEXT)


def _text_within(value: object, longest: int) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _wrong(value, Text("a text that is not blank"))
    if len(value) > longest:
        raise _Fault(
            Text("The text is {length} characters long.", length=len(value)),
            Text("Write at most {longest} characters.", longest=longest),
        )
    # NUL and other control characters, and halves of surrogate pairs, cannot be stored everywhere.
    for character in value:
        if character not in "\n\r\t" and unicodedata.category(character) in {"Cc", "Cs"}:
            raise _Fault(
                Text("The text holds the control character {code}.", code=f"U+{ord(character):04X}"),
                Text("Remove it."),
            )
    return value


def _record(_field: Field, value: object) -> str:
    if not isinstance(value, str) or re.fullmatch("[0-9a-f]{32}", value) is None:
        raise _Fault(
            Text("“{text}” is not the id of a record.", text=_brief(value)),
            Text("Give its 32 hexadecimal digits."),
        )
    return value


def _choice(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise _wrong(value, Text("the id of an option"))
    if value not in field.options:
        raise _no_option(field, value)
    return value


def _choices(field: Field, values: Iterable[str]) -> tuple[str, ...]:
    chosen = [_choice(field, value) for value in values]
    if len(set(chosen)) < len(chosen):
        raise _Fault(
            Text("An option stands twice: {options}.", options=", ".join(chosen)), Text("Name each option once.")
        )
    return tuple(option for option in field.options if option in chosen)


def _no_option(field: Field, value: str) -> _Fault:
    by_label = {text: name for name, label in field.options.items() for text in label.texts.values()}
    meant = by_label.get(value) or suggest(value, [*field.options, *by_label])
    meant = by_label.get(meant, meant) if meant else None
    options = ", ".join(list(field.options)[:20]) + (", …" if len(field.options) > 20 else "")
    reason = Text("There is no option “{text}”.", text=_brief(value))
    if meant:
        return _Fault(reason, Text("Did you mean {meant}? The options: {options}.", meant=meant, options=options))
    return _Fault(reason, Text("Use one of {options}.", options=options))


def _check_choices(field: Field, value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not value:
        raise _wrong(value, Text("a list of options"))
    return _choices(field, value)


def _check_float(_field: Field, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(value, Text("a number"))
    if isinstance(value, int) and abs(value) > 2**53:
        raise _too_large(value)
    return _finite(float(value), value)


def _check_int(_field: Field, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(value, Text("a whole number"))
    return _int64(value, value)


def _check_bool(_field: Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(value, Text("true or false"))
    return value


def _check_datetime(_field: Field, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(value, Text("a number of microseconds since 1970 in UTC"))
    if not EARLIEST <= value <= LATEST:
        raise _too_large(value)
    return value


def _canonical(read: Callable[[str], str], wanted: Callable[[], Text]) -> Callable[[Field, object], str]:
    def check(_field: Field, value: object) -> str:
        if not isinstance(value, str) or read(value) != value:
            raise _wrong(value, wanted())
        return value

    return check


_CHECKS: dict[FieldType, Callable[[Field, object], Value]] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _long_text,
    FieldType.NUMBER: _check_float,
    FieldType.INTEGER: _check_int,
    FieldType.MONEY: _check_int,
    FieldType.PERCENT: _check_float,
    FieldType.BOOL: _check_bool,
    FieldType.DATE: _canonical(
        lambda text: date.isoformat(parse_date(text)), lambda: Text("a date such as 2026-02-20")
    ),
    FieldType.DATETIME: _check_datetime,
    FieldType.DURATION: _canonical(
        lambda text: str(Duration.parse(text)), lambda: Text("a duration such as 2 working days")
    ),
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _check_choices,
    FieldType.PHONE: _canonical(
        lambda text: _check_phone(text, text), lambda: Text("a phone number such as +79161234567")
    ),
    FieldType.EMAIL: _email,
    FieldType.URL: _url,
    FieldType.USER: _text,
    FieldType.ACCOUNT: _record,
    FieldType.CONTACT: _record,
    FieldType.FILE: _text,
}


def _finite(number: float, written: object) -> float:
    if not isfinite(number):
        raise _too_large(written)
    return number


def _int64(number: int, written: object) -> int:
    if not -_INT64 <= number < _INT64:
        raise _too_large(written)
    return number


def _too_large(value: object) -> _Fault:
    return _Fault(Text("{value} is out of range.", value=_brief(value)), Text("Write a smaller value."))


def _wrong(value: object, wanted: Text) -> _Fault:
    return _Fault(
        Text("“{value}” is not {wanted}.", value=_brief(value), wanted=wanted),
        Text("Give {wanted}.", wanted=wanted),
    )
