"""The glossary: words with one meaning each."""

from __future__ import annotations

from voronka.definition.fields import Subject
from voronka.expressions import Expression
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["Term"]


@frozen
class Term:
    """A word that people of several departments use. `formula`: of which records it is true; None: it is only told."""

    name: str
    label: Label
    definition: Label
    owner: str
    of: Subject = Subject.DEALS
    formula: Expression | None = None
    aliases: tuple[str, ...] = ()
    not_same_as: tuple[str, ...] = ()
