"""What actions do, as sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from voronka.calendars import Duration
from voronka.definition.actions import (
    Action,
    Argument,
    AssignAction,
    Assigned,
    CancelAction,
    Distribution,
    LogAction,
    MoveAction,
    NotifyAction,
    OpenDealAction,
    PersonalValue,
    PluginAction,
    SendAction,
    SetAction,
    TaskAction,
)
from voronka.definition.code_words import in_words
from voronka.definition.fields import FieldType
from voronka.definition.scopes import type_of
from voronka.definition.wording.conditions import told_value
from voronka.definition.wording.naming import Naming
from voronka.expressions import Expression
from voronka.messages import Text

__all__ = ["told_action", "told_values", "told_who"]

_PLACE = re.compile(r"\{\{-?\s*([\w.]+)[^}]*\}\}")
_LOGIC = re.compile(r"\{%.*?%\}|\{#.*?#\}|\{\{.*?\}\}", re.DOTALL)


def told_action(action: Action, naming: Naming) -> str:  # noqa: C901 - one case for each kind of action
    """Return what an action does, as a sentence without its full stop."""
    say = naming.say
    match action:
        case SetAction(values=values):
            return say(Text("set {values}", values=told_values(values, naming)))
        case TaskAction(title=title):
            told = say(
                Text("task for {who}: {title}", who=told_who(action.assignee, naming), title=naming.quoted(title))
            )
            return ", ".join([told, *_due(action, naming)])
        case SendAction(channel=channel, to=to, template=template):
            who, subject = told_who(to, naming), _subject(template, naming)
            by = in_words(channel)
            return say(Text("message by {channel} to {who}: {subject}", channel=by, who=who, subject=subject))
        case NotifyAction(to=to, template=template):
            who, subject = told_who(to, naming), _subject(template, naming)
            return say(Text("notice to {who}: {subject}", who=who, subject=subject))
        case MoveAction(to=to, set=values):
            told = say(Text("move to the stage {stage}", stage=naming.stage(to)))
            return _with_values(told, values, naming)
        case OpenDealAction():
            return _opened(action, naming)
        case LogAction(values=values):
            return say(
                Text("write into the interactions: {values}", values=told_values(values, naming, "interactions"))
            )
        case CancelAction(event=event):
            return say(Text("call off {event}", event=naming.quoted(event)))
        case AssignAction():
            return _assigned(action, naming)
        case PluginAction(name=name, arguments=arguments):
            told = "; ".join(f"{key}: {_argument(value, naming)}" for key, value in arguments.items())
            called = name if action.label is None else naming.quoted(action.label)
            return say(Text("action {name} ({arguments})", name=called, arguments=told)) if told else called


def told_values(values: Mapping[str, Assigned], naming: Naming, collection: str = "") -> str:
    """Return which fields get which values."""
    return naming.listed(
        f"{naming.called(name, collection)} = {_assigned_value(name, value, naming, collection)}"
        for name, value in values.items()
    )


def told_who(name: str, naming: Naming) -> str:
    """Return whom an action is about: the contact, the owner, the owner's superior, a role; of a user the role."""
    match name:
        case "contact":
            return naming.say(Text("the client's contact"))
        case "owner":
            return naming.say(Text("whoever owns the deal"))
        case "owner.reports_to":
            return naming.say(Text("the owner's superior"))
    return naming.quoted(naming.role(name))


def _assigned_value(name: str, value: Assigned, naming: Naming, collection: str) -> str:
    if isinstance(value, Expression):
        return told_value(value, naming)
    if value is None:
        return naming.say(Text("empty"))
    if isinstance(value, bool):
        return naming.say(Text("yes") if value else Text("no"))
    if isinstance(value, tuple):
        return naming.listed(naming.option(name, each, collection) for each in value)
    field = naming.field_of(name, collection)
    if field is None or field.options or field.type is FieldType.USER:
        return naming.option(name, str(value), collection)
    return naming.value(value, type_of(field))


def _due(action: TaskAction, naming: Naming) -> Iterator[str]:
    if isinstance(action.due, Duration):
        yield naming.say(Text("within {duration}", duration=action.due.sentence()))
    elif action.due is not None:
        yield naming.say(Text("the same day"))


def _subject(name: str, naming: Naming) -> str:
    """Return the subject of a template, or its first line, with what is filled in by its label in brackets."""
    template = naming.workspace.templates.get(name)
    if template is None:
        return naming.quoted(name)
    texts = template.texts
    text = next((texts[each] for each in (naming.language, "", "en") if each in texts), next(iter(texts.values())))
    lines = [text.subject, *text.body.splitlines()]
    plain = (_LOGIC.sub("", _PLACE.sub(lambda found: f"[{_filled(found[1], naming)}]", line)).strip() for line in lines)
    return naming.quoted(next((line for line in plain if line), name))


def _filled(name: str, naming: Naming) -> str:
    return naming.say(_OF_TIMED[name]) if name in _OF_TIMED else naming.label(name.removeprefix("deal."))


_OF_TIMED = {
    "timed.due": Text("When it is due"),
    "timed.name": Text("Name of the timed event"),
    "timed.offset": Text("How long"),
}


def _with_values(told: str, values: Mapping[str, Assigned], naming: Naming) -> str:
    return f"{told}; {told_values(values, naming)}" if values else told


def _opened(action: OpenDealAction, naming: Naming) -> str:
    funnel = naming.workspace.funnels.get(action.funnel)
    if funnel is None:
        told = naming.say(Text("open a deal in the funnel that the routing names"))
    else:
        told = naming.say(Text("open a deal in the funnel {funnel}", funnel=naming.quoted(funnel.label)))
    if segment := naming.workspace.segments.get(action.each):
        each = naming.say(Text("for each of the segment {segment}", segment=naming.quoted(segment.label)))
        told = f"{told} {each}"
    if action.copy:
        copied = naming.listed(naming.called(name) for name in action.copy)
        taken = naming.say(Text("it takes over {fields}", fields=copied))
        told = f"{told}; {taken}"
    if action.follow:
        listed = naming.listed(naming.called(name) for name in action.follow)
        followed = naming.say(Text("and follows changes of {fields}", fields=listed))
        told = f"{told}; {followed}"
    return _with_values(told, action.set, naming)


def _assigned(action: AssignAction, naming: Naming) -> str:
    kind, _, name = action.pool.partition(":")
    labels = {"team": naming.workspace.teams, "role": naming.workspace.roles}.get(kind, {})
    pool = naming.quoted(labels[name].label) if name in labels else naming.quoted(name or kind)  # type: ignore[attr-defined] # teams and roles have labels
    field = naming.called(action.field) if action.field else ""
    match action.by:
        case Distribution.ROUND_ROBIN:
            return naming.say(Text("give the deal to one of {pool}, in turn", pool=pool))
        case Distribution.LEAST_LOADED:
            return naming.say(Text("give the deal to the one of {pool} with the fewest open deals", pool=pool))
        case Distribution.SKILL:
            return naming.say(Text("give the deal to one of {pool} skilled in its {field}", pool=pool, field=field))
    return naming.say(Text("give the deal to the one of {pool} responsible for its {field}", pool=pool, field=field))


def _argument(value: Argument, naming: Naming) -> str:
    match value:
        case Expression():
            return told_value(value, naming)
        case PersonalValue(name=name):
            return naming.called(name)
        case tuple():
            return naming.listed(_argument(each, naming) for each in value)
        case Mapping():
            return naming.listed(f"{key}: {_argument(each, naming)}" for key, each in value.items())
        case None:
            return naming.say(Text("empty"))
    return str(value)
