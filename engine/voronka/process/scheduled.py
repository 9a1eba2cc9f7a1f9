"""A rule whose schedule has come: judged on one deal."""

from __future__ import annotations

from voronka.process.automatic import settle
from voronka.process.commands import RunRule
from voronka.process.draft import Draft
from voronka.process.refusals import Refused
from voronka.process.rules import fail, judge

__all__ = ["run_rule"]


def run_rule(draft: Draft, command: RunRule) -> None:
    """Judge the rule, with all that follows. One that the definition does not have for this deal is left alone.

    Nobody asked, so there is nobody to refuse it to: what cannot be done is remembered as a failure of the rule.
    """
    plan = draft.funnel.rules.scheduled.get(command.rule)
    if plan is None:
        return
    checkpoint = draft.checkpoint()
    try:
        judge(draft, plan)
        settle(draft)
    except Refused as fault:
        draft.restore(checkpoint)
        fail(draft, plan, fault)
