"""Made-up values of fields: plausible ones, and ones that make a condition hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import islice, product
from random import Random

from voronka.calendars import date_of
from voronka.definition.fields import Field, FieldType
from voronka.definition.workspace import Workspace
from voronka.expressions import Env, Expression, RowsNotLoaded, Value
from voronka.expressions.ir import Compare, Const, Operator, Read, Within, walk
from voronka.simulation import names
from voronka.simulation.hours import WorkingHours

__all__ = ["Inventor", "constants", "equal_columns"]

# As many combinations of values are tried before a condition is given up.
_FEW = 4
_TRIES = 400

_WORDS = {
    "ru": ("уточнено с клиентом", "по итогам разговора", "как в прошлом заказе", "нужно к началу сезона"),
    "en": ("agreed with the client", "after the call", "as in the last order", "needed before the season"),
}


def constants(expression: Expression) -> list[Value]:
    """Return the constants an expression compares with, in the order of writing."""
    found: list[Value] = []
    for node in walk(expression.node):
        if isinstance(node, (Compare, Within)):
            found += [part.value for part in walk(node) if isinstance(part, Const) and part.value is not None]
    return list(dict.fromkeys(found))


def equal_columns(expression: Expression) -> dict[str, Value]:
    """Return what columns of rows are to equal by an expression, of one that is to equal several the last."""
    return {
        node.left.name: node.right.value
        for node in walk(expression.node)
        if isinstance(node, Compare) and node.operator is Operator.EQ
        if isinstance(node.left, Read) and node.left.of_row
        if isinstance(node.right, Const) and node.right.value is not None
    }


class Inventor:
    """Makes values up by the type of their field. `users`: who may be named; `random` decides."""

    def __init__(self, workspace: Workspace, hours: WorkingHours, users: Sequence[str], random: Random) -> None:
        self._workspace = workspace
        self._hours = hours
        self._users = users
        self._random = random
        self._number = 0
        self._companies = names.companies(workspace.locale, random)

    def value(
        self, field: Field, now: int, *, contacts: Sequence[str] = (), account: str | None = None, ahead: bool = False
    ) -> Value | None:
        """Return a value of `field`, None if nothing can be made up.

        Dates are of today, weeks ahead if `ahead`; moments within a week, or weeks ahead.
        """
        named: Value | None
        match field.type:
            case FieldType.DATE:
                days = self._random.randint(10, 45) if ahead else 0
                named = (date_of(now, self._workspace.timezone) + timedelta(days=days)).isoformat()
            case FieldType.DATETIME:
                named = self._hours.later(now, self._random.randint(80, 300) if ahead else self._random.randint(9, 50))
            case FieldType.USER:
                named = self._one_of(self._users)
            case FieldType.CONTACT:
                named = self._one_of(contacts)
            case FieldType.ACCOUNT:
                named = account
            case FieldType.CHOICE | FieldType.CHOICES:
                named = self._one_of(list(field.options))
                if named is not None and field.type is FieldType.CHOICES:
                    named = (str(named),)
            case _:
                named = self._quantity(field.type)
        return self._within(field, named)

    def line(self) -> dict[str, Value | None] | None:
        """Return a line of what the catalogues offer, None if there are none."""
        offered: list[dict[str, Value | None]] = []
        for catalog in self._workspace.catalogs.values():
            for item, *options in product(catalog.items, *catalog.axes.values()):
                line: dict[str, Value | None] = {"item": item, **dict(zip(catalog.axes, options, strict=True))}
                quote = catalog.quote(line | {"quantity": 1.0})
                if quote is not None and quote.price is not None:
                    offered.append(line)
        return self._random.choice(offered) | {"quantity": float(self._random.randint(4, 40))} if offered else None

    def _within(self, field: Field, value: Value | None) -> Value | None:
        """Return a whole number between the bounds of a field that has both; any other value as it is."""
        if field.type is not FieldType.INTEGER or field.least is None or field.most is None:
            return value
        return self._random.randint(int(field.least.value), int(field.most.value))

    def _one_of(self, names: Sequence[str]) -> str | None:
        return self._random.choice(names) if names else None

    def _quantity(self, kind: FieldType) -> Value | None:
        draw = self._random
        match kind:
            case FieldType.BOOL:
                return draw.random() < 0.5
            case FieldType.INTEGER:
                return draw.randint(1, 40)
            case FieldType.NUMBER:
                return float(draw.randint(1, 40))
            case FieldType.PERCENT:
                return draw.choice([0.0, 0.03, 0.05, 0.07, 0.1, 0.12])
            case FieldType.MONEY:
                major = int(round(min(draw.lognormvariate(13.2, 0.8), 2e7), -3))
                return int(major * 10**self._workspace.currency.digits)
            case FieldType.DURATION:
                return f"{draw.randint(2, 20)} days"
            case _:
                return self._text(kind)

    def company(self) -> str:
        """Return the name of a company that is nobody's client, another at each call."""
        return next(self._companies)

    def env(self, values: Mapping[str, Value | None], now: int) -> Env:
        """Return a record that holds these values as expressions see it at a moment, without rows."""
        return Env(values=values, now=now, zone=self._workspace.timezone, calendar=self._workspace.calendar)

    def address(self) -> str:
        """Return the electronic address of a person, another at each call."""
        self._number += 1
        return f"person{self._number}@client.example"

    def _text(self, kind: FieldType) -> str | None:
        self._number += 1
        match kind:
            case FieldType.URL:
                return f"https://files.example/{self._number}"
            case FieldType.EMAIL:
                return self.address()
            case FieldType.PHONE:
                return f"+7900{self._number % 10**7:07d}"
            case FieldType.TEXT:
                return f"26-{self._number}"
            case _:
                words = _WORDS.get(self._workspace.locale, _WORDS["en"])
                return self._random.choice(words)

    def satisfying(
        self, condition: Expression, fields: Mapping[str, Field], known: Mapping[str, Value | None], now: int
    ) -> dict[str, Value | None] | None:
        """Return values of some `fields` under which the condition holds beside what is `known`: none if it does.

        None: no tried combination makes it hold, or it depends on more than fields.
        """

        def holds(values: Mapping[str, Value | None]) -> bool:
            return condition.test(self.env({**known, **values}, now)) is True

        read = sorted(name for name in condition.reads.names if name in fields)
        try:
            if holds({}):
                return {}
            if len(read) > _FEW:  # many answers weighed together: no single one decides
                for _ in range(_TRIES):
                    values = {name: self.value(fields[name], now) for name in read}
                    if holds(values):
                        return values
            choices = [self._candidates(fields[name], condition, now) for name in read]
            for chosen in islice(product(*choices), _TRIES):
                values = dict(zip(read, chosen, strict=True))
                if holds(values):
                    return values
        except RowsNotLoaded:
            return None
        return None

    def _candidates(self, field: Field, condition: Expression, now: int) -> list[Value | None]:
        drawn = self.value(field, now)
        found: list[Value | None]
        match field.type:
            case FieldType.CHOICE:
                found = self._random.sample(list(field.options), k=len(field.options))
            case FieldType.BOOL:
                found = [True, False]
            case FieldType.NUMBER | FieldType.PERCENT:
                limits = [float(one) for one in constants(condition) if isinstance(one, (int, float))]
                found = [drawn, *(limit + step for limit in limits for step in (0.0, 0.01, -0.01))]
            case FieldType.INTEGER | FieldType.MONEY:
                whole = [one for one in constants(condition) if isinstance(one, int) and not isinstance(one, bool)]
                found = [drawn, *(limit + step for limit in whole for step in (0, 1, -1))]
            case FieldType.TEXT | FieldType.LONG_TEXT:
                found = [drawn, *(one for one in constants(condition) if isinstance(one, str))]
            case _:
                found = [drawn]
        return [*found, None]
