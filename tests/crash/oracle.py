"""What must have become of the deals: a model of its own, small enough to be right by reading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

__all__ = ["ORDER", "Deal", "Oracle"]

ORDER = ("new", "offer", "contract", "won")
_OPEN = ORDER[:-1]
# To the next stage, to any earlier one, from any open one to the outcome.
_WAYS = {
    *pairwise(_OPEN),
    *((later, earlier) for earlier, later in combinations(_OPEN, 2)),
    *((stage, "won") for stage in _OPEN),
}


@dataclass
class Deal:
    """A deal as whoever commands it knows it. `contracts`: how often it came to a contract, each opening a delivery."""

    number: int
    id: str
    stage: str = "new"
    amount: int | None = None
    steps: float | None = None
    calls: int = 0
    contracts: int = 0


class Oracle:
    """The deals of one client, who alone commands them: what is acknowledged to him is all that happens to them."""

    def __init__(self) -> None:
        self.deals: dict[int, Deal] = {}

    def refusal(self, request: Mapping[str, Any]) -> str | None:
        """Return with which code a request must be refused; None: it must be carried out."""
        if request.get("expected_seq") == 0:
            return "stale"
        if request["command"] != "deal.move":
            return None
        deal, to = self.deals[request["deal"]], request["to"]
        if to == deal.stage:
            return "already_there"
        if deal.stage == "won":
            return "closed_deal"
        if (deal.stage, to) not in _WAYS:
            return "no_transition"
        return "gate" if deal.stage == "offer" and to != "new" and deal.amount is None else None

    def learn(self, request: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Take in that a request was carried out."""
        if request["command"] == "deal.create":
            deal = self.deals[answer["number"]] = Deal(number=answer["number"], id=answer["id"])
        else:
            deal = self.deals[request["deal"]]
        if request["command"] == "interaction.log":
            deal.calls += 1
            return
        fields = request.get("fields", {})
        deal.amount = fields.get("amount", deal.amount)
        deal.steps = fields.get("steps", deal.steps)
        if request["command"] == "deal.move":
            deal.stage = request["to"]
            deal.contracts += deal.stage == "contract"
