"""An agenda: pieces of work in the order of what a minute of each is worth, as many as there is time for."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from voronka.frozen import frozen

__all__ = ["Piece", "agenda"]


@frozen
class Piece:
    """A piece of work on a deal.

    `work`: the kind, and `place` where it stands among the kinds. `minutes`: how long it takes, at least one. `value`:
    what it is worth, in minor units; None: nobody knows. `due`: when it is due. `task`: which task of the deal it is.
    """

    work: str
    place: int
    deal: int
    minutes: int
    value: int | None
    due: int | None = None
    task: str = ""

    @property
    def rank(self) -> tuple[object, ...]:
        """By which pieces are sorted: the worth of a minute, what is known before what is not; then what is due first,
        then the kinds in their order, then the deals by number."""
        worth = Fraction(0) if self.value is None else Fraction(self.value, self.minutes)
        return (
            (self.value is None, -worth),
            (self.due is None, self.due or 0),
            (self.place, self.deal, self.task),
        )


def agenda(pieces: Iterable[Piece], minutes: int | None = None) -> list[Piece]:
    """Return the pieces by their rank; of those, if there are only so many `minutes`, each that still fits."""
    ordered = sorted(pieces, key=lambda piece: piece.rank)
    if minutes is None:
        return ordered
    found = []
    for piece in ordered:
        if piece.minutes <= minutes:
            minutes -= piece.minutes
            found.append(piece)
    return found
