"""Why a request means no command: names that are not there, values that are not given."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NoReturn

from voronka.calendars import TimeError, in_iso, parse_date
from voronka.definition.fields import Field, Subject
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.errors import UsageFault
from voronka.expressions.suggestion import by_label
from voronka.messages import Text
from voronka.runtime.viewer import Unseen

__all__ = ["check_clock", "check_texts", "not_set", "say_blank", "say_nothing", "together", "unknown", "unknown_field"]

_HALVES = re.compile("[\\ud800-\\udfff]")
_NAMED = 20
"""How many known names a refusal lists."""
_FOLDERS = {"user": "configs/people", "field": "configs/fields", "collection": "configs/fields"}
"""Where names of a kind are declared."""


def together(faults: Sequence[UsageFault]) -> UsageFault:
    """Return all faults of one request as one; that of a record which the actor may not see first, for the audit."""
    first = next((fault for fault in faults if isinstance(fault, Unseen)), faults[0])
    first.others = tuple(fault for fault in faults if fault is not first)
    return first


def check_texts(data: object) -> None:
    """Refuse NUL and halves of surrogate pairs in any text of a request: PostgreSQL could not even look for them."""
    rest = [data]
    while rest:
        each = rest.pop()
        if isinstance(each, str):
            if "\0" in each or (not each.isascii() and _HALVES.search(each)):
                raise UsageFault(
                    Text("A text of the request holds NUL or half a character, which cannot be kept."),
                    Text("Take it out: programs put it there, nobody can type it."),
                )
        elif isinstance(each, Mapping):
            rest += [*each, *each.values()]
        elif isinstance(each, (list, tuple)):
            rest += each


def check_clock(field: Field, written: str) -> None:
    """Refuse a date alone where a moment is asked for: nobody who leaves the time out means midnight for sure."""
    try:
        day = parse_date(in_iso(written.strip()))
    except TimeError:
        return
    raise UsageFault(
        Text("The time of day is missing."),
        Text("Write it after the date: {example}; midnight is {midnight}.", example=f"{day} 10:00", midnight="00:00"),
        place=field.name,
    )


def unknown(kind: str, name: str, known: Iterable[str]) -> UsageFault:
    """Return the refusal of a name that nothing of this `kind` has.

    The kinds: command, key (of a command), parameter (of a question), field, collection, user.
    """
    sentences = {
        "command": Text("There is no command {name}.", name=name),
        "parameter": Text("The question knows no parameter {name}.", name=name),
        "key": Text("The command knows no key {name}.", name=name),
        "field": Text("There is no field {name}.", name=name),
        "collection": Text("There is no collection {name}.", name=name),
        "user": Text("There is no user {name}.", name=name),
    }
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return UsageFault(sentences[kind], Text("Did you mean {near}?", near=near[0]))
    if not names and kind in _FOLDERS:
        return UsageFault(sentences[kind], Text("None are declared. They stand in {folder}.", folder=_FOLDERS[kind]))
    if not names:
        return UsageFault(sentences[kind], Text("None are declared."))
    shown, more = ", ".join(names[:_NAMED]), len(names) - _NAMED
    if more > 0 and kind in _FOLDERS:
        return UsageFault(
            sentences[kind],
            Text(
                "Known are: {names} and {more} more; {folder} declares them.",
                names=shown,
                more=more,
                folder=_FOLDERS[kind],
            ),
        )
    return UsageFault(sentences[kind], Text("Known are: {names}.", names=shown))


def unknown_field(name: str, fields: Mapping[str, Field]) -> UsageFault:
    """Return the refusal of a field that is not there; who wrote what a field is called is told its name."""
    meant = by_label(name, ((field.label, known) for known, field in fields.items()))
    if meant is None:
        return unknown("field", name, fields)
    return UsageFault(Text("There is no field {name}.", name=name), Text("Did you mean {near}?", near=meant))


def say_nothing(fields: Iterable[str]) -> NoReturn:
    """Refuse a command that is about fields and gives none."""
    names = list(fields)
    if not names:
        raise UsageFault(
            Text("No field is given, and none is declared here."),
            Text("Declare fields in a file of the folder {folder}.", folder="configs/fields"),
        )
    shown = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    remedy = Text("Give at least one, as NAME=VALUE: {names}.", names=shown)
    if BUILT_IN_FIELDS[Subject.DEALS].keys() >= set(names):
        remedy = Text("{remedy} Fields of your own are declared in {folder}.", remedy=remedy, folder="configs/fields")
    raise UsageFault(Text("No field is given."), remedy)


def say_blank(names: Iterable[str]) -> NoReturn:
    """Refuse a command that gives fields and nothing in them."""
    raise UsageFault(
        Text("The value of {names} is blank.", names=", ".join(names)), Text("Write at least one value that is not.")
    )


def not_set(name: str) -> UsageFault:
    """Return the refusal of a name that follows from what happens, with the way in which it comes to change."""
    match name:
        case "stage" | "entered_at" | "open" | "closed" | "closed_at" | "won" | "lost" | "outcome" | "days_in_stage":
            remedy = Text("Move the deal, and it follows: voronka deal move DEAL STAGE.")
        case "last_interaction_at" | "replied" | "contacted":
            remedy = Text("Write down the call or letter, and it follows: voronka deal log DEAL NAME=VALUE.")
        case "next_step_at":
            remedy = Text("It is when the next open task is due: voronka task list.")
        case "variant":
            remedy = Text("Set the field that the funnel names under `variants: by`.")
        case _:
            remedy = Text("It was fixed when the record was made.")
    return UsageFault(Text("“{field}” is not set by hand.", field=name), remedy)
