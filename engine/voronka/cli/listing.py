"""Lists: a table page by page, with the command that shows the rest, or what to do where there is nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer

from voronka.cli.output import quoted
from voronka.cli.session import Session, opened
from voronka.messages import Sentence, Text

__all__ = ["Columns", "Row", "list_page", "tell_page", "tell_rest", "tell_table"]

Row = Mapping[str, Any]
Columns = Sequence[tuple[Sentence, Callable[[Any], str]]]
"""What stands over each column, and what a row says in it."""


def list_page(
    ctx: typer.Context,
    query: str,
    params: Mapping[str, Any],
    *,
    columns: Callable[[Session], Columns],
    numbers: Sequence[int] = (),
    nothing: Text,
    begin: Sequence[str],
    onward: Callable[[Sequence[Any]], Sequence[str]],
    last: Callable[[Any], object] | None = None,
) -> None:
    """Carry out a command that lists what `query` finds, with the options --limit, --json and --after or --skip.

    `nothing` and the commands `begin` are told where nothing is found, `onward` what to type next where all is shown.
    `last`: what of the last row --after takes to go on; without it the command counts with --skip.
    """
    with opened(ctx) as session:
        tell_page(
            ctx,
            session,
            query,
            params,
            columns=columns(session),
            numbers=numbers,
            nothing=nothing,
            begin=begin,
            onward=onward,
            last=last,
        )


def tell_page(
    ctx: typer.Context,
    session: Session,
    query: str,
    params: Mapping[str, Any],
    *,
    columns: Columns,
    numbers: Sequence[int] = (),
    nothing: Text | Callable[[], Text],
    begin: Sequence[str],
    onward: Callable[[Sequence[Any]], Sequence[str]],
    last: Callable[[Any], object] | None = None,
) -> None:
    """Do what `list_page` does, within a session that is open; `nothing` may be asked for once nothing is found."""
    limit, as_json = ctx.params["limit"], ctx.params["as_json"]
    start = {name: ctx.params[name] for name in ("after", "skip") if name in ctx.params}
    found = session.ask(query, **params, **start, limit=limit + 1)
    page = found[:limit]
    if as_json:
        session.out.json(page)
    elif page:
        tell_table(session, page, columns, numbers)
    else:
        session.out.note(nothing() if callable(nothing) else nothing)
        session.out.hint(*begin)
    if len(found) > limit:
        step = {"skip": ctx.params["skip"] + limit} if last is None else {"after": last(page[-1])}
        tell_rest(ctx, session, step)
    elif page and not as_json:
        session.out.hint(*onward(page))


def tell_table(session: Session, found: Sequence[Any], columns: Columns, numbers: Sequence[int] = ()) -> None:
    """Write rows as a table; `numbers`: the columns that are set to the right."""
    cells = ([cell(row) for _, cell in columns] for row in found)
    session.out.table([heading for heading, _ in columns], cells, numbers=numbers)


def tell_rest(ctx: typer.Context, session: Session, step: Mapping[str, object]) -> None:
    """Say that there is more, and with which command it is shown: the one given, with the options of `step` instead."""
    session.out.note(Text("There is more:"))
    session.out.hint(_again(ctx, step))


def _again(ctx: typer.Context, step: Mapping[str, object]) -> str:
    words = ctx.command_path.split()[1:]
    for parameter in ctx.command.params:
        value = step.get(parameter.name or "", ctx.params.get(parameter.name or ""))
        if parameter.param_type_name == "argument":
            words += [] if value is None else [str(value)]
        elif value is True:
            words.append(parameter.opts[0])
        elif value not in (None, False, parameter.default):
            words += [parameter.opts[0], str(value)]
    return " ".join(map(quoted, words))
