"""Who or what made an entry, and what it was to do: in words, with the labels of the configuration."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.messages import Label, Sentence, Text
from voronka.runtime.queries.telling import Telling

__all__ = ["author", "purpose"]


def author(telling: Telling, actor: str) -> Sentence:
    """Return who acted: a person by name, else the timed event, automatic move, rule, import or part of the engine."""
    kind, named, name = actor.partition("@")[0].partition(":")
    match kind:
        case "timer" if named:
            return Text("the timed event ({what})", what=telling.timer(name))
        case "auto" if named:
            return Text("the automatic move to “{stage}”", stage=telling.target(name))
        case "rule" if named:
            return Text("the rule {rule}", rule=telling.rule(name))
        case "plugin" if named:
            return Text("the plugin {plugin}", plugin=name)
        case "import" if named:
            return Text("the import {name}", name=name)
        case "release":
            return Text("the new configuration")
        case "outbox":
            return Text("the dispatch of messages")
        case "queue":
            return Text("the queue of commands")
    return telling.user(actor)


def purpose(command: str) -> Sentence:
    """Return what a command was to do, by its kind; a kind that is not known any more stays as it is."""
    return _PURPOSES.get(command) or Label.plain(command)


_PURPOSES: Mapping[str, Sentence] = {
    "deal.create": Text("open the deal"),
    "deal.set": Text("change fields"),
    "deal.move": Text("move the deal"),
    "interaction.log": Text("write down an interaction"),
    "row.put": Text("write a row"),
    "row.remove": Text("remove a row"),
    "checklist.tick": Text("tick the checklist"),
    "task.complete": Text("complete a task"),
    "timer.fire": Text("a timer came due"),
    "timer.fail": Text("a timer could not be carried out"),
    "facts.changed": Text("an account or a contact has changed"),
    "effect.record": Text("remember what became of a message or an action"),
    "effect.retry": Text("have a message or an action tried again"),
    "queue.record": Text("tell of a command that came to nothing"),
    "rule.run": Text("run a scheduled rule"),
    "release.apply": Text("go on under another configuration"),
    "import.history": Text("import history"),
    "import.hide": Text("undo an import"),
}
"""The kinds of commands that deals get."""
