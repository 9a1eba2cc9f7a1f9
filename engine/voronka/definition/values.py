"""The values of fields: read from text, checked, and shown.

How each type is kept. text, url, file: text of one line. long_text: text. phone: ``+`` and digits (E.164). email:
text in small letters, at least from the “@” on. number: float. integer: int of 64 bits. money: int of
minor units. percent: float fraction (10% is 0.1). bool. date: ISO text. datetime: int of UTC microseconds. duration:
its canonical text. choice: the option's id; choices: a tuple of them in the order of declaration. user: the user's
name. account, contact: the record's id in hexadecimal. What a file field holds is where the file is kept: a web address
or a path.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from voronka.calendars import (
    EARLIEST,
    LATEST,
    Duration,
    in_iso,
    parse_date,
    parse_datetime,
    show_date,
    show_moment,
    zone,
)
from voronka.definition.addresses import email, file, phone, read_email, read_phone, url
from voronka.definition.amounts import (
    finite,
    int64,
    read_integer,
    read_minutes,
    read_money,
    read_number,
    read_percent,
)
from voronka.definition.code_words import in_words
from voronka.definition.faults import ValueFault, brief, out_of_range
from voronka.definition.fields import Field, FieldType, Form
from voronka.definition.workspace import Currency
from voronka.errors import VoronkaError
from voronka.expressions import Value
from voronka.expressions.suggestion import suggest
from voronka.messages import Text

__all__ = [
    "ValueFault",
    "as_text",
    "check_bounds",
    "check_value",
    "from_text",
    "read_value",
    "show_value",
    "still_fits",
    "take_value",
]

LONGEST = 1_000
LONGEST_TEXT = 100_000


def read_value(field: Field, text: str, *, currency: Currency, timezone: str, day_first: bool = False) -> Value | None:
    """Return the value of `field` that a person or a file wrote as `text`; None for a blank one: it is missing.

    Datetimes without an offset are of `timezone`. `day_first`: a date may be written as 01.09.2026 as well. Raises
    `ValueFault`.
    """
    try:
        _refuse_formula(field)
        written = unicodedata.normalize("NFC", text).strip()
        if not written:
            return None
        if day_first and field.type in (FieldType.DATE, FieldType.DATETIME):
            written = in_iso(written)
        reader = _READERS.get(field.type)
        value = reader(field, written, currency, timezone) if reader else _CHECKS[field.type](field, written)
        check_bounds(field, value)
        return value
    except VoronkaError as fault:
        raise _of(field, fault) from None


def check_value(field: Field, value: object) -> Value:
    """Return `value`, as decoded from JSON, if it is one of `field` in the form it is kept in; else `ValueFault`.

    Nothing is converted, save that a list becomes a tuple and a whole number a float where floats are kept.
    """
    try:
        _refuse_formula(field)
        checked = _CHECKS[field.type](field, value)
        check_bounds(field, checked)
        return checked
    except VoronkaError as fault:
        raise _of(field, fault) from None


def take_value(field: Field, value: object) -> Value:
    """Return `value`, that an expression or a program gives `field`, in the form it is kept in; else `ValueFault`.

    A text becomes what reading the same text from a cell would give; anything else is checked as `check_value` does.
    """
    try:
        _refuse_formula(field)
        if field.type in _WRITTEN and isinstance(value, str) and value.strip():
            written = unicodedata.normalize("NFC", value).strip()
            value = _WRITTEN[field.type](written)
        checked = _CHECKS[field.type](field, value)
        check_bounds(field, checked)
        return checked
    except VoronkaError as fault:
        raise _of(field, fault) from None


def still_fits(field: Field, value: object) -> bool:
    """Tell whether a value that is held, no personal one, is one of `field` by its declaration of now.

    What a release takes from no value counts for nothing: bounds that became narrower, and the order of the options.
    """
    try:
        kept = check_value(field.unbounded, value)
    except ValueFault:
        return False
    return kept == value or field.type is FieldType.CHOICES


def check_bounds(field: Field, value: Value) -> None:
    """Raise `ValueFault` if `value` is less than the least of `field`, or greater than its greatest."""
    if not isinstance(value, (int, float)):
        return
    if field.least is not None and value < field.least.value:
        raise ValueFault(Text("The value is less than {least}.", least=field.least.text), _allowed(field))
    if field.most is not None and value > field.most.value:
        raise ValueFault(Text("The value is greater than {most}.", most=field.most.text), _allowed(field))


def _allowed(field: Field) -> Text:
    if field.least is None or field.most is None:
        return (
            Text("Give {least} or more.", least=field.least.text)
            if field.least is not None
            else Text("Give {most} or less.", most=field.most.text if field.most is not None else "")
        )
    return Text("Give a value from {least} to {most}.", least=field.least.text, most=field.most.text)


def as_text(value: Value) -> str:
    """Return a value as it is written where only texts are kept: a text is itself, anything else its JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def from_text(field: Field, text: str) -> Value:
    """Return the value of `field` that `as_text` wrote. Raises `ValueFault` if it is none."""
    try:
        value = json.loads(text) if field.type in _NO_TEXT else text
    except ValueError:  # written when the field had another type
        value = text
    return check_value(field, value)


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
            return show_date(value, language)
        case FieldType.DATETIME, int():
            return show_moment(value, timezone, language)
        case FieldType.DURATION, str():
            length = Duration.parse(value.removeprefix("-")).sentence().render(language)
            return f"−{length}" if value.startswith("-") else length
        case FieldType.CHOICE | FieldType.CHOICES, str() | tuple():
            chosen = (value,) if isinstance(value, str) else value
            return ", ".join(field.options[each].render(language) if each in field.options else each for each in chosen)
        case _:
            return in_words(str(value)).render(language) if field.form is Form.CODE else str(value)


_NO_TEXT = frozenset(
    {
        FieldType.NUMBER,
        FieldType.INTEGER,
        FieldType.MONEY,
        FieldType.PERCENT,
        FieldType.BOOL,
        FieldType.DATETIME,
        FieldType.CHOICES,
    }
)


def _grouped(number: Decimal, language: str) -> str:
    text = f"{number:,f}"
    return text.replace(",", "\u00a0").replace(".", ",") if language == "ru" else text


def _of(field: Field, fault: VoronkaError) -> ValueFault:
    """Put the field's name to `fault`; a personal value is not repeated, for refusals are kept in reports."""
    personal = Text("The value does not fit; it is personal and is not repeated here.")
    return ValueFault(personal if field.pii else fault.reason, fault.remedy, place=field.name)


def _refuse_formula(field: Field) -> None:
    if field.formula is not None:
        raise ValueFault(
            Text("The field is computed: {formula}.", formula=field.formula.text),
            Text("Set the fields that its formula reads."),
        )


_SEPARATED = re.compile(r"[^,;\s](?:[^,;]*[^,;\s])?")
# Control characters but tab and the ends of lines, and halves of surrogate pairs: not every database keeps them.
_CONTROL = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff]")
_BREAKS = re.compile("[\\t\\n\\r\\u2028\\u2029]")
_WORDS = {"true": True, "yes": True, "да": True, "false": False, "no": False, "нет": False}


def _read_bool(text: str) -> bool:
    found = _WORDS.get(text.casefold())
    if found is None:
        raise ValueFault(Text("“{text}” is neither true nor false.", text=brief(text)), Text("Write true or false."))
    return found


def _read_number(field: Field, text: str) -> float:
    return read_number(text) if field.form is not Form.MINUTES else read_minutes(text)


_LOCALE = re.compile("[a-z]{2}(-[A-Z]{2})?")
# A letter in it, so that it is no telephone number.
_CODE = re.compile(r"(?=[\w-]*[^\W\d_])[\w-]{1,40}")


def _text(field: Field, value: object) -> str:
    if field.form is None:
        return _line(value)
    text = _text_within(value, LONGEST) if field.form is Form.CODE else _line(value)
    if field.form is Form.ZONE:
        zone(text)
    elif field.form is Form.LOCALE and _LOCALE.fullmatch(text) is None:
        raise ValueFault(
            Text("“{text}” is not a language.", text=brief(text)),
            Text("Write its two letters, such as ru, or with the country, such as pt-BR."),
        )
    elif field.form is Form.CODE and _CODE.fullmatch(text) is None:
        # It is not repeated: whoever writes sentences here may have named a person.
        raise ValueFault(
            Text("This is no short code."),
            Text(
                "Write one word of at most 40 letters, digits, _ and -, such as price. Free text belongs into the note."
            ),
        )
    return text


def _line(value: object) -> str:
    """Return a text of one line: what stands in lists and forms has no breaks in it."""
    text = _text_within(value, LONGEST)
    if _BREAKS.search(text):
        raise ValueFault(
            Text("The text holds a line break or a tab."),
            Text("Write it in one line; a field of the type long_text holds several."),
        )
    return text


def _long_text(_field: Field, value: object) -> str:
    return _text_within(value, LONGEST_TEXT)


def _text_within(value: object, longest: int) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _wrong(value, Text("a text that is not blank"))
    if len(value) > longest:
        raise ValueFault(
            Text("The text is {length} characters long.", length=len(value)),
            Text("Write at most {longest} characters.", longest=longest),
        )
    if found := _CONTROL.search(value):
        raise ValueFault(
            Text("The text holds the control character {code}.", code=f"U+{ord(found[0]):04X}"),
            Text("Remove it."),
        )
    return value


def _record(_field: Field, value: object) -> str:
    if not isinstance(value, str) or re.fullmatch("[0-9a-f]{32}", value) is None:
        raise ValueFault(
            Text("“{text}” is not the id of a record.", text=brief(value)),
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
    if not chosen:
        raise _wrong("", Text("a list of options"))
    if len(set(chosen)) < len(chosen):
        raise ValueFault(
            Text("An option stands twice: {options}.", options=", ".join(chosen)), Text("Name each option once.")
        )
    return tuple(option for option in field.options if option in chosen)


def _no_option(field: Field, value: str) -> ValueFault:
    by_label = {text: name for name, label in field.options.items() for text in label.texts.values()}
    meant = by_label.get(value) or suggest(value, [*field.options, *by_label])
    meant = by_label.get(meant, meant) if meant else None
    options = ", ".join(list(field.options)[:20]) + (", …" if len(field.options) > 20 else "")
    reason = Text("There is no option “{text}”.", text=brief(value))
    if meant:
        return ValueFault(reason, Text("Did you mean {meant}? The options: {options}.", meant=meant, options=options))
    return ValueFault(reason, Text("Use one of {options}.", options=options))


def _check_choices(field: Field, value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise _wrong(value, Text("a list of options"))
    return _choices(field, value)


def _check_float(_field: Field, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(value, Text("a number"))
    if isinstance(value, int) and abs(value) > 2**53:
        raise out_of_range(value)
    return finite(float(value), value)


def _check_int(_field: Field, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(value, Text("a whole number"))
    return int64(value, value)


def _check_bool(_field: Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise _wrong(value, Text("true or false"))
    return value


def _check_datetime(_field: Field, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(value, Text("a number of microseconds since 1970 in UTC"))
    if not EARLIEST <= value <= LATEST:
        raise out_of_range(value)
    return value


def _shaped(shape: Callable[[str], str]) -> Callable[[Field, object], str]:
    return lambda _field, value: shape(_line(value))


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
    FieldType.PHONE: _shaped(phone),
    FieldType.EMAIL: _shaped(email),
    FieldType.URL: _shaped(url),
    FieldType.USER: _text,
    FieldType.ACCOUNT: _record,
    FieldType.CONTACT: _record,
    FieldType.FILE: _shaped(file),
}


_READERS: dict[FieldType, Callable[[Field, str, Currency, str], Value]] = {
    FieldType.MONEY: lambda field, text, currency, zone: read_money(text, currency),
    FieldType.PERCENT: lambda field, text, currency, zone: read_percent(text),
    FieldType.NUMBER: lambda field, text, currency, zone: _read_number(field, text),
    FieldType.INTEGER: lambda field, text, currency, zone: read_integer(text),
    FieldType.BOOL: lambda field, text, currency, zone: _read_bool(text),
    FieldType.DATE: lambda field, text, currency, zone: parse_date(text).isoformat(),
    FieldType.DATETIME: lambda field, text, currency, zone: parse_datetime(text, zone),
    FieldType.DURATION: lambda field, text, currency, zone: str(Duration.parse(text)),
    FieldType.CHOICES: lambda field, text, currency, zone: _choices(field, _SEPARATED.findall(text)),
    FieldType.PHONE: lambda field, text, currency, zone: read_phone(text),
    FieldType.EMAIL: lambda field, text, currency, zone: read_email(text),
    FieldType.ACCOUNT: lambda field, text, currency, zone: _record(field, text.replace("-", "").lower()),
    FieldType.CONTACT: lambda field, text, currency, zone: _record(field, text.replace("-", "").lower()),
}
"""How the types are read whose kept form is not the text itself."""

_WRITTEN: dict[FieldType, Callable[[str], str]] = {
    FieldType.TEXT: str,
    FieldType.LONG_TEXT: str,
    FieldType.URL: str,
    FieldType.FILE: str,
    FieldType.PHONE: read_phone,
    FieldType.EMAIL: read_email,
}
"""How the types are taken that any text may be meant for; those of the other types have their form by then."""


def _wrong(value: object, wanted: Text) -> ValueFault:
    return ValueFault(
        Text("“{value}” is not what the field keeps.", value=brief(value)),
        Text("Give {wanted}.", wanted=wanted),
    )
