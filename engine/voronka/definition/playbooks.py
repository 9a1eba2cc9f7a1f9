"""Playbooks: what to say and to ask where a deal stands, and what there is to read about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import date

from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["Article", "Binding", "Playbooks", "Question", "Script"]


@frozen
class Binding:
    """Where a script or an article helps: in which stages of which funnel, whom by role, against which objections.

    What is empty (of `funnel`: None) binds nothing.
    """

    funnel: str | None = None
    stages: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()


@frozen
class Question:
    """A question whose answer is the value of the field that it `fills`. `answers`: by option, how a client says it."""

    name: str
    ask: Label
    fills: str
    answers: Mapping[str, Label] = field(default_factory=dict)


@frozen
class Script:
    """What to say, and what to ask. `source`: from which source of data its answers come; empty: none is named."""

    name: str
    label: Label
    binding: Binding
    say: Label
    questions: Mapping[str, Question] = field(default_factory=dict)
    source: str = ""


@frozen
class Article:
    """What there is to know. `owner`, a role or a user, answers for it and looks through it again by `review_on`."""

    name: str
    label: Label
    binding: Binding
    text: Label
    owner: str
    review_on: date

    def stale(self, today: date) -> bool:
        """Tell whether it should have been looked through before `today`."""
        return self.review_on < today


@frozen
class Playbooks:
    """Those of a workspace, each by name."""

    objections: Mapping[str, Label] = field(default_factory=dict)
    scripts: Mapping[str, Script] = field(default_factory=dict)
    articles: Mapping[str, Article] = field(default_factory=dict)

    @property
    def all(self) -> Iterator[Script | Article]:
        """Every script, then every article."""
        yield from self.scripts.values()
        yield from self.articles.values()
