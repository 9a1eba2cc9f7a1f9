"""Sentences about a definition in every language at once, so that two definitions can be compared by what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

from voronka.definition.comparison import Statement
from voronka.definition.fields import Subject
from voronka.definition.wording import Naming
from voronka.definition.workspace import Workspace
from voronka.documents.parts import Bullet, Line
from voronka.messages import LANGUAGES, Label, Sentence

__all__ = ["Namings", "Told", "named_by", "namings_of", "plain", "plain_bullet", "statements"]

Told: TypeAlias = tuple[str, Sentence | None, str]
"""A name of the statement, what it is about, and the statement in words of one language."""
Namings: TypeAlias = Mapping[str, Naming]
"""By language."""


def named_by(told: Workspace, old: Workspace, new: Workspace) -> Workspace:
    """Return the `old` or the `new` of two versions with the names that the new one has for what it names.

    What is called otherwise in the new one is then told once, and not wherever it is spoken of. What only the old one
    has keeps its name.
    """
    return replace(
        told,
        fields={of: {**old.fields.get(of, {}), **new.fields.get(of, {})} for of in Subject},
        collections={of: {**old.collections.get(of, {}), **new.collections.get(of, {})} for of in Subject},
        funnels={**old.funnels, **new.funnels},
        roles={**old.roles, **new.roles},
        teams={**old.teams, **new.teams},
        people={**old.people, **new.people},
        templates={**old.templates, **new.templates},
        terms={**old.terms, **new.terms},
        kpis={**old.kpis, **new.kpis},
        tables={**old.tables, **new.tables},
        scorecards={**old.scorecards, **new.scorecards},
        matrices={**old.matrices, **new.matrices},
        data_sources={**old.data_sources, **new.data_sources},
    )


def namings_of(told: Workspace, old: Workspace, new: Workspace) -> Namings:
    """Return the words to tell one of two versions in, by the names of the new one."""
    named = named_by(told, old, new)
    return {language: Naming(named, language) for language in LANGUAGES}


def statements(namings: Namings, tell: Callable[[Naming], Iterable[Told]]) -> dict[str, Statement]:
    """Return what `tell` tells, each statement in all languages, by its name."""
    told = {language: [*tell(naming)] for language, naming in namings.items()}
    return {
        name: Statement(about, Label({language: every[n][2] for language, every in told.items()}))
        for n, (name, about, _) in enumerate(told[LANGUAGES[0]])
    }


def plain(line: Line) -> str:
    """Return a line without its markup."""
    return "".join(part if isinstance(part, str) else part.text for part in line)


def plain_bullet(bullet: Bullet) -> str:
    """Return an item with what stands below it, on one line."""
    head, below = plain(bullet.line), "; ".join(map(plain_bullet, bullet.below))
    if not below:
        return head
    return f"{head} {below}" if head.endswith(":") else f"{head} — {below}"
