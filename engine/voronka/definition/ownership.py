"""The total cost of ownership: the costs of a buyer over years, with us and with each competitor."""

from __future__ import annotations

from voronka.expressions import Expression
from voronka.frozen import frozen

__all__ = ["CostOfOwnership"]


@frozen
class CostOfOwnership:
    """What a field set declares under ``tco``.

    `costs`: a collection of deals whose rows are costs: for what (the column `component`), paid to whom (the column
    `supplier`; missing: to us). `value`: what the first row of that collection is worth today, asked of one row at a
    time. `text`: that expression as it is written. `confirmed`: the collection whose rows are the components that the
    client has spoken about, by their key, and whether the client confirmed the first of them as important.
    """

    costs: str
    component: str
    supplier: str
    value: Expression
    text: str
    confirmed: tuple[str, Expression] | None = None
