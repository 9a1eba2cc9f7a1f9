"""What commands are to do, in words."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.messages import Label, Sentence, Text

__all__ = ["purpose"]


def purpose(command: str) -> Sentence:
    """Return what a command was to do, by its kind; a kind that is not known any more stays as it is."""
    return _PURPOSES.get(command) or Label.plain(command)


_PURPOSES: Mapping[str, Sentence] = {
    "deal.create": Text("open the deal"),
    "deal.set": Text("change fields"),
    "deal.move": Text("move the deal"),
    "interaction.log": Text("write down an interaction"),
    "row.put": Text("write a row"),
    "row.import": Text("write a row that came in from a file"),
    "row.carry_over": Text("take over a row of a record that is the same"),
    "row.remove": Text("remove a row"),
    "checklist.tick": Text("tick the checklist"),
    "note.process": Text("turn a note into values"),
    "task.complete": Text("complete a task"),
    "deal.hand_over": Text("hand the deal over"),
    "timer.fire": Text("a timer came due"),
    "timer.fail": Text("a timer could not be carried out"),
    "facts.changed": Text("look at what has changed in the account or the contact"),
    "party.set": Text("change fields of the account or the contact"),
    "effect.record": Text("remember what became of a message or an action"),
    "effect.retry": Text("have a message or an action tried again"),
    "queue.record": Text("tell of a command that came to nothing"),
    "rule.run": Text("run a scheduled rule"),
    "release.apply": Text("go on under another configuration"),
    "import.history": Text("import history"),
    "merge.follow": Text("name the record that stays of two that were merged"),
    "import.hide": Text("undo an import"),
}
"""The kinds of commands that deals get, and those that they queue for others."""
