"""A command at work: the workspace asked through one client, its answers told in its own time zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import typer

from voronka.cli.context import Context
from voronka.cli.output import Output
from voronka.cli.refusal import tell_refusal
from voronka.errors import UsageFault
from voronka.messages import Label, Sentence, Text
from voronka.runtime.client import Client, Progress

__all__ = ["BLOCKED", "Session", "opened"]

USAGE = 2
"""The exit code of a command that names what is not there."""
BLOCKED = 4
"""The exit code of a command that was understood and refused."""
_AROUND = {"occurred_at": "--at", "idempotency_key": "--key", "actor": "--as"}
"""What stands around a command, as it is typed."""
_OPTIONS = {"from": "--from", "to": "--to", "drop_before": "--drop-before", "names": "--names", "goal": "--goal"}
"""Parameters of questions, as they are typed."""
UNKNOWN = "unknown_"
"""How the codes of refusals begin that are due to a name of which there is nothing."""


class Session:
    """One command's connection to its workspace. Refusals are told in full and end the command."""

    def __init__(self, client: Client, context: Context) -> None:
        self.client = client
        self.out = Output(context)
        self._actor = context.actor
        self._warned = False

    @property
    def acting(self) -> dict[str, str]:
        """Who acts, as questions and long pieces of work want to be told; empty if nobody in particular does."""
        return {} if self._actor is None else {"actor": self._actor}

    def work(self, name: str, params: Mapping[str, Any], progress: Progress | None = None) -> Any:
        """Return the result of a long piece of work."""
        with _as_typed(_OPTIONS | _AROUND):
            return self.client.work(name, {**params, **self.acting}, progress)

    def ask(self, query: str, **params: Any) -> Any:
        """Return what the query finds; a parameter that is None is left out."""
        self._warn(self.client.warnings())
        with _as_typed(_OPTIONS | _AROUND):
            given = {name: value for name, value in params.items() if value is not None}
            return self.client.query(query, given | self.acting)

    def send(
        self, name: str, request: Mapping[str, Any], *, at: str | None, key: str | None, as_json: bool
    ) -> dict[str, Any]:
        """Carry out a command and return its answer; a refused one is told and ends with the code for it.

        Parts of the request that are None are left out. With `as_json` the answer itself is written.
        """
        around = {"actor": self._actor, "source": "cli", "occurred_at": at, "idempotency_key": key}
        whole = {"command": name, **around, **request}
        with _as_typed(_AROUND):
            answer = self.client.execute({part: value for part, value in whole.items() if value is not None})
        return self.tell(answer, request, as_json=as_json)

    def tell(self, answer: dict[str, Any], request: Mapping[str, Any], *, as_json: bool) -> dict[str, Any]:
        """Tell what is wrong with a command, by its answer, and return that; a refused one ends as `send` has it."""
        self._warn(answer["warnings"])
        if as_json:
            self.out.json(answer)
        if (refusal := answer["refusal"]) is not None:
            unknown = refusal["code"].startswith(UNKNOWN)
            if as_json:
                raise typer.Exit(USAGE if unknown else BLOCKED)
            if unknown:
                failure = refusal["failures"][0]
                raise UsageFault(Label(failure["reason"]), Label(failure["unblock"]))
            tell_refusal(self.out, refusal, request, self._because(answer))
            raise typer.Exit(BLOCKED)
        if answer["replay"] and not as_json:
            self.out.note(Text("This was done before under the same key; nothing was done again."))
        return answer

    def onward(self, answer: Mapping[str, Any], *commands: str) -> None:
        """Point at what to do next with the record of an answer; who no longer sees it is told who has it."""
        if answer["seen"]:
            self.out.hint(*commands)
        elif (holder := answer["holder"]) is not None:
            owner = self.out.words(holder)
            self.out.note(
                Text("{owner} has it now, and you do not see the deals of {owner}.", owner=owner)
                if answer["stream"] == "deal"
                else Text("{owner} has it now, and you do not see the accounts of {owner}.", owner=owner)
            )
        else:
            self.out.note(Text("You do not see it: your role sees no such records."))

    def _because(self, answer: Mapping[str, Any]) -> dict[str, dict[str, str]]:
        """Return what decided about the conditions that have refused a move, by their names."""
        if answer["refusal"]["code"] != "gate" or answer["stream"] != "deal" or answer["replay"]:
            return {}
        entries = self.ask("why", deal=answer["number"], after=answer["seq"] - 1, limit=1)
        judged = [each for entry in entries for link in entry["links"] for each in link["judgements"]]
        return {each["name"]: each["brief"] for each in judged if each["brief"] and each["result"] is not True}

    def _warn(self, warnings: list[dict[str, Any]]) -> None:
        """Tell once what is wrong with the files of the configuration."""
        for warning in [] if self._warned else warnings:
            self.out.note(_with_place(warning))
            self.out.note(warning["remedy"])
        self._warned = self._warned or bool(warnings)

    @cached_property
    def about(self) -> dict[str, Any]:
        """The workspace's own data: title, time zone, currency."""
        found: dict[str, Any] = self.ask("workspace")
        return found

    def moment(self, at: int | None) -> str:
        """Return a moment in the workspace's zone; a dash for None."""
        if at is None:
            return "-"
        from voronka.calendars import show_moment

        return show_moment(at, self.about["timezone"], self.out.language)

    def named(self, what: Mapping[str, Any] | None) -> str:
        """Return the label of a funnel, stage or user, the name of a record; a dash for None."""
        if what is None:
            return "-"
        return self.out.words(what["label"]) if "label" in what else str(what["name"])

    def present(self, user: Mapping[str, Any] | None, presence: Mapping[str, Any]) -> str:
        """Return a user's label, of somebody who is away with that of whoever stands in; for None that it is nobody."""
        name = self.out.words(Text("nobody")) if user is None else self.named(user)
        deputy = presence["stand_in"]
        if not presence["away"]:
            return name
        return self.out.words(
            Text("{user} (away)", user=name)
            if deputy is None
            else Text("{user} (away; {deputy} stands in)", user=name, deputy=self.named(deputy))
        )

    def called(self, name: str, label: Mapping[str, str]) -> str:
        """Return a label with the name by which a command calls the thing, unless they are the same."""
        words = self.out.words(label)
        return words if words == name else f"{words} ({name})"

    def fields(self, fields: list[Mapping[str, Any]]) -> list[tuple[Sentence, str]]:
        """Return fields as rows of label with name, and value."""
        return [(self._title(field), self.shown(field)) for field in fields]

    def _title(self, field: Mapping[str, Any]) -> Sentence:
        called = Label.plain(self.called(field["name"], field["label"]))
        return Text("{field}, computed", field=called) if field.get("computed") else called

    def shown(self, field: Mapping[str, Any]) -> str:
        """Return a field's value as people read it, and whether it is out of date."""
        shown = self.out.words(field["shown"])
        if field.get("provenance", {}).get("stale"):
            return self.out.words(Text("{value} — out of date", value=shown))
        return shown

    def rows(self, record: Mapping[str, Any]) -> None:
        """Write the rows of each collection of a record that has any: by their keys, as commands name them."""
        for name, found in record["rows"].items():
            if found:
                called = self.called(name, record["collections"][name])
                self.out.heading(Text("Rows of {collection}", collection=called))
            for row in found:
                cells = "; ".join(f"{self.out.words(cell['label'])}: {self.shown(cell)}" for cell in row["fields"])
                self.out.data(f"  {row['key']} — {cells}")

    def due(self, task: Mapping[str, Any]) -> str:
        """Return when a task is due: the day alone where a day was meant; and whether that is past."""
        from voronka.calendars import show_date

        due = self.moment(task["due"]) if task["day"] is None else show_date(task["day"], self.out.language)
        overdue = self.out.words(Text("overdue"))
        return f"{due} ({overdue})" if task["overdue"] else due


def _with_place(warning: Mapping[str, Any]) -> Sentence:
    reason = Label(warning["reason"])
    return reason if warning["place"] is None else Text("{place}: {reason}", place=warning["place"], reason=reason)


@contextmanager
def _as_typed(names: Mapping[str, str]) -> Iterator[None]:
    """Let a refusal name its place as it was typed."""
    try:
        yield
    except UsageFault as fault:
        fault.place = names.get(fault.place or "", fault.place)
        raise


@contextmanager
def opened(ctx: typer.Context, *, patience: float | None = None, renamed: bool = False) -> Iterator[Session]:
    """Open the workspace for one command: through its service if one runs, else in this process.

    `patience`: seconds that plugins have to be loaded there; by default each has its own time. `renamed`: a shared
    database may be that of a workspace of another name.
    """
    from voronka.bootstrap import connect

    context: Context = ctx.obj
    client = connect(context.root, patience=patience, renamed=renamed)
    try:
        yield Session(client, context)
    finally:
        client.close()
