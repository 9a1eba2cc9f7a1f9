"""Fields and columns that not everybody sees, by the names that expressions have for them, and what tells of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from voronka.definition.actions import Argument, PersonalValue, PluginAction
from voronka.definition.derived import once_per_release
from voronka.definition.fields import Collection, Field, Subject
from voronka.definition.timed import AnchorKind
from voronka.definition.workspace import Workspace
from voronka.expressions import Expression

__all__ = [
    "columns_of",
    "counts_from",
    "given_hidden",
    "guarded",
    "guarded_names",
    "open_arguments",
    "open_timed",
    "resting_on",
    "timed_by",
]

_REACHED: Mapping[Subject, Mapping[str, Subject]] = {
    Subject.DEALS: {"account": Subject.ACCOUNTS, "contact": Subject.CONTACTS},
    Subject.ACCOUNTS: {},
    Subject.CONTACTS: {"account": Subject.ACCOUNTS},
}


def columns_of(collections: Mapping[str, Collection]) -> dict[str, Field]:
    """Return the columns of collections by their whole names: ``competitors.share``."""
    return {f"{each.name}.{name}": field for each in collections.values() for name, field in each.fields.items()}


@once_per_release
def guarded(workspace: Workspace) -> Mapping[Subject, Mapping[str, Field]]:
    """Return what of a deal, an account or a contact has `visible_to`: fields, and columns by their whole names."""
    return {
        subject: {
            name: field
            for name, field in {
                **workspace.fields.get(subject, {}),
                **columns_of(workspace.collections.get(subject, {})),
            }.items()
            if field.visible_to
        }
        for subject in Subject
    }


def guarded_names(workspace: Workspace, of: Subject) -> Mapping[str, Field]:
    """Return all of that by the names of an expression about `of`: ``account.competitors.share`` of a deal."""
    declared = guarded(workspace)
    linked = {
        f"{word}.{name}": field for word, reached in _REACHED[of].items() for name, field in declared[reached].items()
    }
    return {**declared[of], **linked}


def resting_on(workspace: Workspace, of: Subject, hidden: Set[str]) -> frozenset[str]:
    """Return the computed fields whose value would tell something of what is `hidden`, all by the names of an
    expression about `of`."""
    if not hidden:
        return frozenset()
    return frozenset(name for name, reads in _computed(workspace)[of].items() if not hidden.isdisjoint(reads))


@once_per_release
def _computed(workspace: Workspace) -> Mapping[Subject, Mapping[str, frozenset[str]]]:
    """Return by subject the names of computed fields, each with what it reads, formulas behind formulas included."""
    own = {
        subject: {
            name: field.formula.reads.values
            for name, field in workspace.fields.get(subject, {}).items()
            if field.formula is not None
        }
        for subject in Subject
    }
    return {
        of: {
            **own[of],
            **{
                f"{word}.{name}": frozenset(f"{word}.{each}" for each in reads)
                for word, reached in _REACHED[of].items()
                for name, reads in own[reached].items()
            },
        }
        for of in Subject
    }


@once_per_release
def _anchors(workspace: Workspace) -> Mapping[tuple[str, str], frozenset[str]]:
    """Return by funnel and timed event the fields and columns that it counts from in any variant."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for funnel in workspace.funnels.values():
        for event in (event for variant in funnel.variants.values() for event in variant.timed.values()):
            anchor, key = event.anchor, (funnel.name, event.name)
            name = f"{event.each}.{anchor.name}" if anchor.of_row else anchor.name
            own = frozenset({name}) if anchor.kind is AnchorKind.FIELD else frozenset()
            found[key] = found.get(key, frozenset()) | own
    return found


def timed_by(workspace: Workspace, hidden: Set[str]) -> frozenset[str]:
    """Return the names of the timed events that count from something `hidden`, in any funnel."""
    return frozenset(event for (_, event), names in _anchors(workspace).items() if not names.isdisjoint(hidden))


def open_timed(workspace: Workspace, hidden: Set[str]) -> frozenset[tuple[str, str]]:
    """Return the timed events, each after its funnel, of which the times tell nothing of what is `hidden`."""
    return frozenset(key for key, names in _anchors(workspace).items() if names.isdisjoint(hidden))


def counts_from(workspace: Workspace | None, funnel: str, event: str, hidden: Set[str]) -> bool:
    """Tell whether the times of a timed event tell something of what is `hidden`, as do those of one not known."""
    if not hidden:
        return False
    names = None if workspace is None else _anchors(workspace).get((funnel, event))
    return names is None or not names.isdisjoint(hidden)


@once_per_release
def _arguments(workspace: Workspace) -> Mapping[str, Sequence[Mapping[str, Argument]]]:
    """Return by the names of plugins' actions what they are given, wherever they stand."""
    actions = [action for rule in workspace.rules.values() for action in rule.actions]
    for funnel in workspace.funnels.values():
        actions += [action for variant in funnel.variants.values() for action in variant.actions]
    found: dict[str, list[Mapping[str, Argument]]] = {}
    for action in actions:
        if isinstance(action, PluginAction):
            found.setdefault(action.name, []).append(action.arguments)
    return found


def open_arguments(
    workspace: Workspace | None, action: str, arguments: Mapping[str, Any], hidden: Set[str]
) -> Mapping[str, Any]:
    """Return the arguments that a plugin's action was given, but for those that are made of something `hidden`.

    Where the action stands more than once, an argument must be open in each place; of one that is not declared,
    nobody knows what it was made of.
    """
    if not hidden:
        return arguments
    declared = () if workspace is None else _arguments(workspace).get(action, ())
    return _open_parts(declared, arguments, hidden)


def given_hidden(workspace: Workspace, action: str, hidden: Set[str]) -> bool:
    """Tell whether a plugin's action is given something `hidden` anywhere, as may be one that is not declared."""
    declared = _arguments(workspace).get(action)
    return bool(hidden) and (declared is None or any(_made_of(each, hidden) for each in declared))


def _made_of(argument: Argument, hidden: Set[str]) -> bool:
    if isinstance(argument, Mapping):
        return any(_made_of(each, hidden) for each in argument.values())
    if isinstance(argument, tuple):
        return any(_made_of(each, hidden) for each in argument)
    return _tells(argument, hidden)


_COVERED = object()


def _open_parts(
    declared: Sequence[Mapping[str, Argument]], value: Mapping[str, Any], hidden: Set[str]
) -> dict[str, Any]:
    parts = {
        name: _open([each[name] for each in declared if name in each], part, hidden) for name, part in value.items()
    }
    return {name: part for name, part in parts.items() if part is not _COVERED}


def _open(declared: Sequence[Argument], value: Any, hidden: Set[str]) -> Any:  # noqa: ANN401 - an argument of any shape
    if not declared or any(_tells(each, hidden) for each in declared):
        return _COVERED
    if isinstance(value, Mapping) and (groups := [each for each in declared if isinstance(each, Mapping)]):
        return _open_parts(groups, value, hidden)
    if isinstance(value, (list, tuple)) and (lists := [each for each in declared if isinstance(each, tuple)]):
        parts = [_open([each[n] for each in lists if n < len(each)], part, hidden) for n, part in enumerate(value)]
        return type(value)(part for part in parts if part is not _COVERED)
    return value


def _tells(argument: Argument, hidden: Set[str]) -> bool:
    if isinstance(argument, Expression):
        return not argument.reads.values.isdisjoint(hidden)
    return isinstance(argument, PersonalValue) and argument.name in hidden
