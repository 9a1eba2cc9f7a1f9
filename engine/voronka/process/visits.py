"""Visits: the stays of a deal in its stages. A visit is closed with its timers, and opened with new ones."""

from __future__ import annotations

from voronka.frozen import maker
from voronka.messages import Text
from voronka.process.draft import Draft
from voronka.process.events import DealReopened, StageEntered, StageLeft, TransitionResumed
from voronka.process.plan import StagePlan
from voronka.process.refusals import refused
from voronka.process.timers import Ending, arm_visit, leave_timers, rearm, replace_kept

__all__ = ["CASE_WITHOUT_STAGE", "enter", "leave", "relocate", "relocated"]

CASE_WITHOUT_STAGE = "case_without_stage"
"""The code of a refusal: the deal would go over to a case that has no stage for it."""

_left, _entered = maker(StageLeft), maker(StageEntered)


def leave(draft: Draft, *, at: int | None = None) -> None:
    """Close the present visit: its timers are cancelled, and no stopped move of it is waited for any more."""
    deal = draft.deal
    moment = max(draft.at, deal.entered_at) if at is None else at
    draft.add(_left(stage=deal.stage, visit=deal.visit, at=moment))
    if deal.timers:
        leave_timers(draft)
    if deal.stopped:
        for name in tuple(deal.stopped):
            draft.add(TransitionResumed(transition=name))
    draft.moving = True


def enter(draft: Draft, stage: StagePlan, *, via: str | None, at: int | None = None, arm: bool = True) -> None:
    """Open a visit to a stage of the deal's variant and arm its timers."""
    deal = draft.deal
    moment = max(draft.at, deal.entered_at) if at is None else at
    if deal.outcome is not None and stage.outcome is None:
        draft.add(DealReopened(at=moment))
    if deal.timers:
        replace_kept(draft, stage)
    forget = tuple(item for item in stage.forget if item in deal.ticks) if deal.ticks else ()
    draft.add(
        _entered(stage=stage.name, visit=deal.visit + 1, at=moment, via=via, outcome=stage.outcome, forget=forget)
    )
    draft.moving = False
    if arm and stage.timed:
        arm_visit(draft, stage)


def relocated(draft: Draft, case: str | None, stage: str) -> str:
    """Return where a deal of `stage` stands in the variant of `case`; `Refused` if the variant has no place for it."""
    variant = draft.funnel.variant(case).variant
    if stage in variant.stages:
        return stage
    to = variant.moves.get(stage)
    if to is None:
        raise refused(
            CASE_WITHOUT_STAGE,
            f"variants.{case}" if case else "variants",
            Text(
                "“{case}” has no stage {stage}, where the deal stands.",
                case=case or draft.funnel.funnel.label,
                stage=stage,
            ),
            Text("Move the deal to another stage first, or write under “moves” of the case where to."),
        )
    return to


def relocate(draft: Draft, to: str, reason: str, late: str = Ending.ALREADY_DUE) -> None:
    """Put the deal where another variant or release has it: no gates, no actions. What is kept is as that has it: else
    it ends because of `reason`, and what would be due already is skipped because of `late`.
    """
    leave(draft)
    enter(draft, draft.variant.stages[to], via=None)
    if draft.deal.timers:
        rearm(draft, reason, late)
