"""The queue: open deals by a score, with what is not known of each, what to ask next, and what is due first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from voronka.definition.absence import stood_in_for
from voronka.definition.scorecards import Scorecard
from voronka.errors import UsageFault
from voronka.messages import Text
from voronka.process.plan import plan_of
from voronka.process.state import DealState
from voronka.runtime.evaluation import DealEvaluation
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.queries.deals import head, parties_of, shown_timers
from voronka.runtime.queries.scores import shown_score
from voronka.runtime.queries.shown import Shown
from voronka.runtime.queries.tasks import open_tasks
from voronka.runtime.viewer import hidden_names
from voronka.runtime.words import Json
from voronka.storage import DealFilter

__all__ = ["says_nothing", "show_queue", "wanted_owners"]

_CHUNK = 100


@parameters("score", "owner", "minutes", "limit", "skip")
def show_queue(asked: Asked) -> Json:
    """Answer with open deals by a score: parameters owner, score (a scorecard), minutes, limit, skip.

    An owner's are also the deals of those for whom the owner stands in. `minutes` holds as many deals as the card's
    own minutes allow. Deals whose score whoever asks may not see are left out.
    """
    card, limit, skip = _card(asked), asked.limit(), asked.number("skip")
    if minutes := asked.number("minutes"):
        limit = min(limit, minutes // card.minutes - skip)
    deals = list(islice(_ranked(asked, card), skip, skip + max(limit, 0)))
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    shown.load(party for deal in deals for party in parties_of(deal))
    return [_entry(asked, shown, card, deal) for deal in deals]


def _card(asked: Asked) -> Scorecard:
    cards = asked.workspace.scorecards
    if not cards:
        raise UsageFault(
            Text("No scorecard is declared, and a queue goes by a score."),
            Text("Declare one under “scorecards” in a file of configs/rules."),
        )
    return cards[asked.known("score", cards) or next(iter(cards))]


def _ranked(asked: Asked, card: Scorecard) -> Iterator[DealState]:
    """Yield the deals that the card is about and whose score may be seen, in their order."""
    plan = plan_of(asked.workspace)
    without = frozenset(
        name
        for name in asked.workspace.funnels
        if (funnel := plan.funnel(name)) is None or all(each.card.name != card.name for each in funnel.scores)
    )
    ids = asked.reader.deals_by_score(DealFilter(open=True, outside=without, owners=wanted_owners(asked)), card.name)
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        deals = asked.reader.deals(chunk)
        for deal in (deals[id_] for id_ in chunk):
            if says_nothing(card, deal):
                continue
            if hidden_names(asked.reader, asked.workspace, asked.viewer.rights, deal).isdisjoint(card.reads):
                yield deal


def says_nothing(card: Scorecard, deal: DealState) -> bool:
    """Tell whether a card rests on an account, a contact or an owner alone that the deal has not got."""
    rests_on = {name.partition(".")[0] if "." in name else "" for name in card.reads}
    links = {"account": deal.account, "contact": deal.contact, "owner": deal.owner}
    return rests_on <= {name for name, link in links.items() if link is None}


def wanted_owners(asked: Asked) -> frozenset[str] | None:
    """Return whose deals are asked for and may be seen; None: everybody's."""
    owner = asked.person("owner")
    if owner is None:
        return asked.owners
    wanted = frozenset({owner, *stood_in_for(asked.workspace, asked.reader.absences(), owner, asked.now)})
    return wanted if asked.owners is None else wanted & asked.owners


def _entry(asked: Asked, shown: Shown, card: Scorecard, deal: DealState) -> dict[str, Any]:
    found = DealEvaluation(asked.reader, asked.workspace, deal, asked.now).scores().get(card.name)
    hidden = hidden_names(asked.reader, asked.workspace, asked.viewer.rights, deal)
    return {
        **head(shown, deal),
        **shown.presence(deal.owner, asked.now),
        "score": None if found is None else shown_score(card, found),
        "minutes": card.minutes,
        "task": next(iter(open_tasks(asked, shown, deal.id)), None),
        "timer": next((each for each in shown_timers(shown, deal, hidden) if each["due"] is not None), None),
    }
