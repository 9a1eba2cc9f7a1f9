"""What a value of a certain form looks like, in words: the schemas name the form as `x-form`."""

from __future__ import annotations

from voronka.messages import Label, Text

__all__ = ["FORMS", "KINDS", "example", "no_text"]

FORMS: dict[str, tuple[Text, str]] = {
    "id": (Text("a name of Latin lower-case letters, digits and `_`"), "head_of_sales"),
    "name": (Text("a name"), "manager"),
    "text": (Text("a text"), "Acme"),
    "label": (Text("a text, or texts by language"), "{en: Needs, ru: Потребность}"),
    "language": (Text("a language code"), "ru"),
    "expression": (Text("a condition or formula"), "amount > 1000"),
    "duration": (
        Text("a duration: a number and minutes, hours, days, weeks, months, working days or working hours"),
        "2 days",
    ),
    "rate": (Text("a rate: a number of at most nine digits per second, minute, hour or day"), "30 per second"),
    "due": (Text("`today`, or a duration"), "1 working day"),
    "percent": (Text("a percentage"), "25%"),
    "time": (Text("a time of day: two digits of hours, two of minutes, in quotes"), '"09:30"'),
    "bound": (Text("a number, an amount or a percentage, as the field has it"), "0"),
    "date": (Text("a date: year, month, day"), "2026-12-31"),
    "timezone": (Text("a time zone of the IANA database"), "Europe/Moscow"),
    "currency": (Text("a currency code of ISO 4217"), "RUB"),
    "country": (Text("a country code of ISO 3166"), "RU"),
    "weekdays": (Text("a day of the week or a range of them: mon, tue, wed, thu, fri, sat, sun"), "mon-thu"),
    "schedule_days": (Text("`working`, a day of the week, a range of days, or a list"), "mon-fri"),
    "hours": (Text("working hours: from and to, in quotes"), '"09:00-18:00"'),
    "window": (Text("hours of the day: from and to, in quotes"), '"09:00-20:00"'),
    "anchor": (Text("an anchor: `stage`, a field, `last_interaction_at` or `event NAME`"), "stage"),
    "stages": (Text("a stage, a list of stages, or `*`"), "proposal"),
    "on_missed": (Text("`run`, `skip` or `{{skip_if_later_than: …}}`"), "skip"),
    "move": (Text("a stage, or `{{to: …, set: …}}`"), "lost"),
    "assigned": (Text("a value"), "no_answer"),
    "assignments": (Text("fields with their values"), "{loss_reason: no_answer}"),
    "options": (Text("a list of names, or names with labels"), "[price, timing]"),
    "columns": (Text("a column, or a list of columns"), "opportunity_id"),
    "column_value": (Text("a value, or `{{column: …}}`"), "{column: sales_agent}"),
    "deal_values": (Text("fields, each with a value or `{{column: …}}`"), "{amount: {column: close_value}}"),
    "moment": (Text("a date with a time"), "2026-03-02 09:00"),
    "things": (Text("a list; `[]` for nothing"), "[first, second]"),
    "thing": (Text("a name, or `{{…}}` with more about it"), "first_message"),
    "absence": (Text("a user, or `{{user: …, from: …, to: …}}`"), "{user: anna, to: 2026-07-14}"),
    "completing": (Text("the title of a task, or `{{task: …, as: …}}`"), "{task: Call, as: petr}"),
    "ticking": (Text("checklist items, or `{{item: …, as: …}}`"), "{item: budget, as: petr}"),
    "step": (Text("a step"), "{advance: 2 days}"),
    "party": (Text("a name, fields with their values, or `null`"), "{name: Acme}"),
    "rows": (Text("a list of rows"), "[{component: energy}]"),
    "collections": (Text("collections, each with a list of rows"), "{tco_components: [{component: energy}]}"),
    "timers": (Text("timed events, each with a moment"), "{nudge: 2026-03-05 10:00}"),
    "ending": (Text("`fired`, `skipped`, `cancelled` or `failed`, or a list of them"), "fired"),
    "endings": (Text("timed events, each with how it ended"), "{nudge: fired}"),
    "encoding": (Text("the name of an encoding"), "utf-8"),
    "delimiter": (Text("one character, in quotes"), '";"'),
    "interval": (Text("minutes or hours"), "5 minutes"),
    "cell": (Text("a condition or a result of a table, or a list of values"), '">= 90%"'),
    "outputs": (Text("a list of names, or names with types"), "{limit: {type: percent}}"),
    "band": (Text("a least value, or `{{from: …, label: …}}`"), "75"),
    "scale": (Text("points with answers, or the least and the greatest points"), "{0: unknown, 3: approved}"),
    "amount": (Text("a number or a percentage"), "30%"),
    "period": (Text("a year, a quarter, a month, a week, a day or `always`"), "2026-Q4"),
    "quarter": (Text("a quarter of a year"), "2027-Q1"),
    "sum": (Text("a sum of money, not below zero"), "900000"),
    "grains": (Text("`day`, `week`, `month`, `quarter` or `year`, or a list of them"), "month"),
    "stats": (Text("`mean`, `p50`, `p80` or `p95`, or a list of them"), "p50"),
    "confidence": (Text("`wilson` or `none`, or `{{level: …, min_n: …}}`"), "{level: 95%, min_n: 30}"),
    "reference": (Text("a reference to where a secret is kept"), "${env:VORONKA_DATABASE_URL}"),
    "host": (Text("the name or the address of a host"), "crm.local"),
}
"""By form: what is expected, and an example as it is written in YAML."""

KINDS: dict[str, tuple[Text, str]] = {
    "object": (Text("keys with values"), "key: value"),
    "array": (Text("a list"), "[first, second]"),
    "string": (Text("a text"), "text"),
    "integer": (Text("a whole number"), "3"),
    "number": (Text("a number"), "2.5"),
    "boolean": (Text("`true` or `false`"), "true"),
}
"""By JSON type, for places whose schema names no form."""


def example(written: str | Label) -> Text:
    """Return the remedy that shows how the value is written."""
    return Text("Write it like this: `{example}`.", example=written)


def no_text(written: str) -> tuple[str, Text, Text]:
    """Return the code of a finding about what is worked out in the place of words that people read, its reason, and
    the remedy."""
    remedy = Text("Write what people are to read: it is shown as it is written.")
    if written.startswith("="):
        return "V3902", Text("`{text}` is an expression, and only a text can stand here.", text=written), remedy
    return (
        "V3801",
        Text("`{text}` holds names in {braces}; only templates fill them in.", text=written, braces="{{ }}"),
        remedy,
    )
