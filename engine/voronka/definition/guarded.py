"""Fields and columns that not everybody sees, by the names that expressions have for them."""

from __future__ import annotations

from collections.abc import Mapping, Set

from voronka.definition.derived import once_per_release
from voronka.definition.fields import Collection, Field, Subject
from voronka.definition.workspace import Workspace

__all__ = ["columns_of", "guarded", "guarded_names", "resting_on"]

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
