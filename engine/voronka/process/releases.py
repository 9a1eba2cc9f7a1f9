"""A deal going on under another release: its timers follow the definition, and nothing of the past is fired.

A move that waits for a gate is judged by the new gates. An open deal is told the scores that the new cards give, which
triggers nothing: it is no change of the deal.
"""

from __future__ import annotations

from voronka.process.anchors import dates_moved
from voronka.process.automatic import retry_stopped
from voronka.process.draft import Draft
from voronka.process.events import CaseChanged, ReleaseApplied, TransitionResumed
from voronka.process.scores import rescore
from voronka.process.timers import Ending, rearm
from voronka.process.visits import relocate, relocated

__all__ = ["apply_release"]


def apply_release(draft: Draft, former_zone: str | None = None) -> None:
    """Take the deal over; `Refused` if the release has no place for the stage where it stands.

    `former_zone`: the workspace's before, if it was another: what has fired by a date has fired by it in any zone.
    A closed deal stays where it is, even if the stage is gone: then nothing waits there any more.
    """
    deal = draft.deal
    draft.because(draft.by_itself("release"))
    funnel = draft.funnel.funnel
    case = draft.funnel.case_of(deal.fields.get(funnel.variant_by)) if funnel.variant_by else None
    to = deal.stage if deal.outcome is not None else relocated(draft, case, deal.stage)
    anchors = {} if former_zone is None else dates_moved(draft, former_zone)
    draft.add(ReleaseApplied(release=draft.workspace.release, anchors=anchors))
    if case != deal.case:
        draft.add(CaseChanged(case=case))
    if to != deal.stage:
        relocate(draft, to, Ending.RELEASE, Ending.BEFORE_RELEASE)
        _rescore(draft)
        return
    known = draft.variant.variant.transitions
    for name in tuple(deal.stopped):
        if name not in known:
            draft.add(TransitionResumed(transition=name))
    rearm(draft, Ending.RELEASE, Ending.BEFORE_RELEASE)
    _rescore(draft)
    retry_stopped(draft)


def _rescore(draft: Draft) -> None:
    if draft.deal.outcome is None:
        rescore(draft, frozenset(), entered=True)
