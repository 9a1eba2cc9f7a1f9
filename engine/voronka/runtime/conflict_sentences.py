"""What is told of each kind of conflict of a new configuration with what is kept, and what ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voronka.messages import Plural, Text

__all__ = ["REMEDIES", "SENTENCES"]

SENTENCES: Mapping[str, Callable[[str, str, int], Text]] = {
    "funnel": lambda where, name, n: Plural(
        "{n} open deal is in the funnel {name}", "{n} open deals are in the funnel {name}", n=n, name=name
    ),
    "case": lambda where, name, n: Plural(
        "{n} open deal runs the case {name} of the funnel {funnel}",
        "{n} open deals run the case {name} of the funnel {funnel}",
        n=n,
        name=name,
        funnel=where,
    ),
    "stage": lambda where, name, n: Plural(
        "{n} open deal stands in the stage {name} of the funnel {funnel}",
        "{n} open deals stand in the stage {name} of the funnel {funnel}",
        n=n,
        name=name,
        funnel=where,
    ),
    "outcome": lambda where, name, n: Plural(
        "{n} deal stands in the stage {name} of the funnel {funnel}, which ends deals otherwise now",
        "{n} deals stand in the stage {name} of the funnel {funnel}, which ends deals otherwise now",
        n=n,
        name=name,
        funnel=where,
    ),
    "field": lambda where, name, n: Plural(
        "{n} open deal of the funnel {funnel} has a value in the field {name}",
        "{n} open deals of the funnel {funnel} have a value in the field {name}",
        n=n,
        name=name,
        funnel=where,
    ),
    "value": lambda where, name, n: Plural(
        "{n} open deal of the funnel {funnel} has a value in the field {name} that no longer fits it",
        "{n} open deals of the funnel {funnel} have a value in the field {name} that no longer fits it",
        n=n,
        name=name,
        funnel=where,
    ),
    "accounts.field": lambda where, name, n: Plural(
        "{n} account has a value in the field {name}", "{n} accounts have a value in the field {name}", n=n, name=name
    ),
    "accounts.value": lambda where, name, n: Plural(
        "{n} account has a value in the field {name} that no longer fits it",
        "{n} accounts have a value in the field {name} that no longer fits it",
        n=n,
        name=name,
    ),
    "contacts.field": lambda where, name, n: Plural(
        "{n} contact has a value in the field {name}", "{n} contacts have a value in the field {name}", n=n, name=name
    ),
    "contacts.value": lambda where, name, n: Plural(
        "{n} contact has a value in the field {name} that no longer fits it",
        "{n} contacts have a value in the field {name} that no longer fits it",
        n=n,
        name=name,
    ),
    "collection": lambda where, name, n: Plural(
        "{n} row is in the collection {name}", "{n} rows are in the collection {name}", n=n, name=name
    ),
    "key": lambda where, name, n: Plural(
        "{n} row is in the collection {name}, whose `key` is another now",
        "{n} rows are in the collection {name}, whose `key` is another now",
        n=n,
        name=name,
    ),
    "column": lambda where, name, n: Plural(
        "{n} row has a value in the column {name} that no longer fits it",
        "{n} rows have a value in the column {name} that no longer fits it",
        n=n,
        name=name,
    ),
    "closed.value": lambda where, name, n: Plural(
        "{n} closed deal keeps in the field {name} a value of another type",
        "{n} closed deals keep in the field {name} values of another type",
        n=n,
        name=name,
    ),
    "former.value": lambda where, name, n: Plural(
        "{n} record keeps in the field {name} a value of another type from an earlier configuration",
        "{n} records keep in the field {name} values of another type from an earlier configuration",
        n=n,
        name=name,
    ),
    "closed.column": lambda where, name, n: Plural(
        "{n} row of a closed deal keeps in the column {name} a value of another type",
        "{n} rows of closed deals keep in the column {name} values of another type",
        n=n,
        name=name,
    ),
    "former.column": lambda where, name, n: Plural(
        "{n} row keeps in the column {name} a value of another type from an earlier configuration",
        "{n} rows keep in the column {name} values of another type from an earlier configuration",
        n=n,
        name=name,
    ),
    "stopped": lambda where, name, n: Plural(
        "{n} move in the funnel {funnel} that waits for a gate sets the field {name}, which no longer takes its value",
        "{n} moves in the funnel {funnel} that wait for a gate set the field {name}, which no longer takes the values",
        n=n,
        name=name,
        funnel=where,
    ),
    "queued": lambda where, name, n: Plural(
        "{n} command that waits in the queue is to open a deal in the funnel {name}",
        "{n} commands that wait in the queue are to open deals in the funnel {name}",
        n=n,
        name=name,
    ),
    "queued.routed": lambda where, name, n: Plural(
        "{n} command that waits in the queue is to open a deal for which “routing” chooses the funnel",
        "{n} commands that wait in the queue are to open deals for which “routing” chooses the funnel",
        n=n,
    ),
    "queued.field": lambda where, name, n: Plural(
        "{n} command that waits in the queue sets the field {name}, which no longer takes its value",
        "{n} commands that wait in the queue set the field {name}, which no longer takes the values",
        n=n,
        name=name,
    ),
    "queued.stage": lambda where, name, n: Plural(
        "{n} command that waits in the queue moves a deal to the stage {name} of the funnel {funnel}",
        "{n} commands that wait in the queue move deals to the stage {name} of the funnel {funnel}",
        n=n,
        name=name,
        funnel=where,
    ),
    "user": lambda where, name, n: Plural(
        "{n} open deal belongs to the user {name}", "{n} open deals belong to the user {name}", n=n, name=name
    ),
    "template": lambda where, name, n: Plural(
        "{n} message of the template {name} waits to be sent",
        "{n} messages of the template {name} wait to be sent",
        n=n,
        name=name,
    ),
    "channel": lambda where, name, n: Plural(
        "{n} message waits to be sent over the channel {name}",
        "{n} messages wait to be sent over the channel {name}",
        n=n,
        name=name,
    ),
    "currency": lambda where, name, n: Plural(
        "{n} amount of money is kept in {currency}", "{n} amounts of money are kept in {currency}", n=n, currency=name
    ),
}

_MOVE = Text("move or close those deals")
_CLEAR = Text("clear those values")
_REMOVE = Text("remove those rows")
_SETTLE = Text("move those deals by hand, so that the move no longer waits")
_RUN = Text("let those commands run")
_CLEAR_OR_RENAME = Text("clear those values or declare the new type under another name")
_RENAME = Text("declare the new type under another name")
_LEAVE = Text("let those messages leave")
REMEDIES: Mapping[str, Text] = {
    "funnel": Text("close those deals"),
    "case": Text("close those deals or give them another case"),
    "stage": _MOVE,
    "outcome": Text("leave those stages as they were and write new ones under other names"),
    "field": _CLEAR,
    "value": _CLEAR,
    "accounts.field": _CLEAR,
    "accounts.value": _CLEAR,
    "contacts.field": _CLEAR,
    "contacts.value": _CLEAR,
    "collection": _REMOVE,
    "key": _REMOVE,
    "column": _CLEAR,
    "closed.value": _CLEAR_OR_RENAME,
    "former.value": _RENAME,
    "closed.column": _RENAME,
    "former.column": _RENAME,
    "stopped": _SETTLE,
    "queued": _RUN,
    "queued.field": _RUN,
    "queued.routed": _RUN,
    "queued.stage": _RUN,
    "user": Text("hand those deals over to somebody else"),
    "template": _LEAVE,
    "channel": _LEAVE,
    "currency": Text("clear those amounts"),
}
