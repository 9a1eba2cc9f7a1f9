"""What the expressions of each place may name: built-in and declared names with their types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from voronka.calendars import Duration
from voronka.definition.fields import Collection, Field, FieldType, Subject
from voronka.definition.sources import KNOWN_AT, STALE
from voronka.definition.vocabulary import (
    BUILT_IN_COLLECTIONS,
    BUILT_IN_FIELDS,
    COMPUTED_NAMES,
    OF_EVERY_DEAL,
    USER_NAMES,
)
from voronka.expressions import Kind, Name, Scope, Type
from voronka.expressions.function import NO_FUNCTIONS, Functions

__all__ = ["import_scope", "scope_of", "type_of"]

_KINDS = {
    FieldType.TEXT: Kind.TEXT,
    FieldType.LONG_TEXT: Kind.TEXT,
    FieldType.NUMBER: Kind.NUMBER,
    FieldType.INTEGER: Kind.INTEGER,
    FieldType.MONEY: Kind.MONEY,
    FieldType.PERCENT: Kind.PERCENT,
    FieldType.BOOL: Kind.BOOL,
    FieldType.DATE: Kind.DATE,
    FieldType.DATETIME: Kind.DATETIME,
    FieldType.DURATION: Kind.DURATION,
    FieldType.CHOICE: Kind.CHOICE,
    FieldType.CHOICES: Kind.CHOICES,
    FieldType.PHONE: Kind.TEXT,
    FieldType.EMAIL: Kind.TEXT,
    FieldType.URL: Kind.TEXT,
    FieldType.USER: Kind.REFERENCE,
    FieldType.ACCOUNT: Kind.REFERENCE,
    FieldType.CONTACT: Kind.REFERENCE,
    FieldType.FILE: Kind.TEXT,
}


_REACHED: Mapping[Subject, Mapping[str, Subject | None]] = {
    Subject.DEALS: {"account": Subject.ACCOUNTS, "contact": Subject.CONTACTS, "owner": None},
    Subject.ACCOUNTS: {"owner": None},
    Subject.CONTACTS: {"account": Subject.ACCOUNTS},
}


_DECIDED = ("tables", "scores", "matrices")


def type_of(field: Field) -> Type:
    """Return the type of a field's values in expressions."""
    kind = _KINDS[field.type]
    reference = field.type.value if kind is Kind.REFERENCE else None
    return Type(kind, tuple(field.options), reference)


def _names(fields: Mapping[str, Field], formulas: Mapping[str, str]) -> dict[str, Name]:
    """Return the fields as names; of those that are followed, also since when they are known and if they are stale."""
    names = _own_names(fields, formulas)
    for name, field in fields.items():
        if field.followed:
            names[f"{name}.{KNOWN_AT}"] = Name(Type(Kind.DATETIME))
        if field.ttl is not None:
            names[f"{name}.{STALE}"] = Name(Type(Kind.BOOL), formula=_stale(name, field.ttl))
    return names


def _stale(name: str, ttl: Duration) -> str:
    """Return the condition that a value is older than it may be; one of unknown age is."""
    known, length = f"{name}.{KNOWN_AT}", f"{ttl.unit.value}({ttl.count})"
    return f"{name} is not missing and ({known} is missing or {known} < now - {length})"


def _own_names(fields: Mapping[str, Field], formulas: Mapping[str, str]) -> dict[str, Name]:
    return {
        name: Name(
            type_of(field),
            pii=field.pii,
            formula=formulas.get(name, field.formula.text if field.formula else None),
            least=None if field.least is None else field.least.value,
            most=None if field.most is None else field.most.value,
        )
        for name, field in fields.items()
    }


def scope_of(
    subject: Subject,
    *,
    fields: Mapping[Subject, Mapping[str, Field]],
    collections: Mapping[Subject, Mapping[str, Collection]],
    money_digits: int,
    zone: str = "",
    formulas: Mapping[tuple[Subject, str], str] = MappingProxyType({}),
    defined: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    funnels: Iterable[str] = (),
    stages: Iterable[str] | None = None,
    cases: Iterable[str] = (),
    roles: Iterable[str] = (),
    teams: Iterable[str] = (),
    users: Iterable[str] = (),
    functions: Functions = NO_FUNCTIONS,
    decisions: Mapping[str, Name] = MappingProxyType({}),
) -> Scope:
    """Return what an expression about a deal, an account or a contact may name.

    `fields` and `collections`: the declared ones by subject; for the deals of a funnel only those it uses.
    `formulas`: texts of formulas that the fields do not hold yet. `stages` and `cases`: of the funnel; None: any
    stage. A deal's expressions also reach its account, contact and owner (``account.turnover``), an account's its
    owner, a contact's its account; collections likewise (``account.competitors``). Computed fields and
    named expressions of these read what belongs to the same record. `defined`: named expressions by
    what they are about, ``deals`` or a collection. `users`: all that a user can be compared with; none: anybody.
    `zone`: in which moments are told.
    `functions`: those of plugins. `decisions`: what tables, scorecards and matrices give of a deal.
    """

    def named(what: str) -> dict[str, Name]:
        return {name: Name.defined(text) for name, text in defined.get(what, {}).items()}

    def own(of: Subject) -> dict[str, Name]:
        texts = {name: text for (about, name), text in formulas.items() if about is of}
        return {
            **COMPUTED_NAMES[of],
            **_names(BUILT_IN_FIELDS[of], {}),
            **_names(fields.get(of, {}), texts),
            **named(of),
        }

    def columns(of: Subject) -> dict[str, Mapping[str, Name]]:
        built_in = BUILT_IN_COLLECTIONS if of is Subject.DEALS else {}
        return {
            name: {**_names(each.fields, {}), **named(name)}
            for name, each in {**built_in, **collections.get(of, {})}.items()
        }

    names, rows = own(subject), columns(subject)
    if "tasks" in rows:
        rows["tasks"] = {**rows["tasks"], "done": replace(rows["tasks"]["done"], present=True)}
    for word, reached in _REACHED[subject].items():
        if reached is None:
            linked = {**USER_NAMES, "role": _option(roles), "team": _option(teams)}
        else:
            linked = own(reached)
            rows |= {f"{word}.{name}": each for name, each in columns(reached).items()}
        names |= {
            # Never surely present: the link may be missing.
            f"{word}.{name}": replace(each, present=False, within="" if each.formula is None else word)
            for name, each in linked.items()
        }
    known = None if stages is None else tuple(dict.fromkeys(stages))
    of_deals: set[str] = set()
    if subject is Subject.DEALS:
        names["funnel"] = _option(funnels, present=True)
        names["stage"] = _option(known or (), present=True)
        names["variant"] = _option(cases)
        names |= decisions
        rows["visits"] = {**rows["visits"], "stage": _option(known or (), present=True)}
    else:
        of_deals = {*OF_EVERY_DEAL, *fields.get(Subject.DEALS, {}), *_DECIDED} - names.keys() - {subject.value[:-1]}
    people = tuple(users)
    return Scope(
        _of_people(names, people),
        {name: _of_people(columns, people) for name, columns in rows.items()},
        money_digits,
        stages=None if known is None else frozenset(known),
        subject=subject.value.removesuffix("s"),
        functions=functions,
        zone=zone,
        of_deals=frozenset(of_deals),
    )


def _of_people(names: Mapping[str, Name], users: tuple[str, ...]) -> Mapping[str, Name]:
    """Return the names, those that hold a user as one of `users`."""
    held = {name: each for name, each in names.items() if each.type.reference == FieldType.USER}
    return {**names, **{name: replace(each, type=replace(each.type, options=users)) for name, each in held.items()}}


def _option(options: Iterable[str], *, present: bool = False) -> Name:
    return Name(Type(Kind.CHOICE, tuple(options)), present=present)


def import_scope(columns: Iterable[str], money_digits: int = 2) -> Scope:
    """Return what the conditions of an import may name: the columns of the file, all of them texts."""
    return Scope({column: Name(Type(Kind.TEXT)) for column in columns}, money_digits=money_digits, subject="row")
