"""Who or what made an entry, in words, with the labels of the configuration."""

from __future__ import annotations

from voronka.messages import Sentence, Text
from voronka.runtime.queries.telling import Telling

__all__ = ["author"]


def author(telling: Telling, actor: str) -> Sentence:
    """Return who acted: a person by name, else the timed event, automatic move, rule, import, change of the account or
    the contact, or part of the engine."""
    kind, named, name = actor.partition("@")[0].partition(":")
    match kind:
        case "timer" if named:
            return Text("the timed event ({what})", what=telling.timer(name))
        case "auto" if named:
            return Text("the automatic move to “{stage}”", stage=telling.target(name))
        case "rule" if named:
            return Text("the rule {rule}", rule=telling.rule(name))
        case "routing" if named:
            return Text("entry {number} of the routing", number=name)
        case "plugin" if named:
            return Text("the plugin {plugin}", plugin=name)
        case "import" if named:
            return Text("the import {name}", name=name)
    party, change, _ = kind.partition(" ")
    return _PARTS.get(kind) or (_PARTIES.get(party) if change else None) or telling.user(actor)


# A deal is told of a change as "account turnover, city": which fields, not everybody may see.
_PARTIES = {"account": Text("a change of the account"), "contact": Text("a change of the contact")}
_PARTS = {
    "follow": Text("the deal that opened this one"),
    "outbox": Text("the dispatch of messages"),
    "queue": Text("the queue of commands"),
    "release": Text("the new configuration"),
}
