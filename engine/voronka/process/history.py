"""Importing the past of a deal: its own times, no gates, no actions. What the gates would have said is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from voronka.definition.funnels import Transition
from voronka.messages import Text
from voronka.process.commands import HistoryRow, ImportHistory, Origin
from voronka.process.creation import be_born
from voronka.process.draft import Draft
from voronka.process.events import Event, HistoryImported
from voronka.process.fields import change, check_deal, differs
from voronka.process.gates import judge_gates
from voronka.process.interactions import check_interaction, log
from voronka.process.plan import StagePlan
from voronka.process.provenance import Telling
from voronka.process.refusals import Refused, refused
from voronka.process.scores import rescore_past
from voronka.process.step import Failure, Refusal
from voronka.process.timers import Ending, arm_visit, follow_kept, follow_timers, reanchor_on, rearm, since_entry
from voronka.process.visits import enter, leave, relocated

__all__ = ["NO_WAY", "import_history"]

NO_WAY = "no_transition"
"""What stands for a gate where a deal came to a stage to which nothing leads."""


def import_history(draft: Draft, command: ImportHistory) -> None:
    """Take over rows in their order; `Refused` with all that is wrong if any of them cannot stand.

    The gate of each failure is that of the row after the row's key and a colon.
    """
    violations: Counter[str] = Counter()
    failures: list[Failure] = []
    if command.create is not None and draft.base is None:
        first = command.rows[0].at if command.rows else draft.at
        be_born(draft, command.create, at=min(first, draft.at))
        enter(draft, draft.variant.first, via=None, at=_opened(draft, command.rows), arm=False)
        rescore_past(draft, draft.events, draft.deal.entered_at)
    visit = draft.deal.visit if draft.base is not None else -1
    case = draft.deal.case
    seen = len(draft.events) if draft.base is not None else 0
    for row in command.rows:  # not sorted: what is refused would depend on which of them come together
        if draft.variant.keeps:
            _follow_keep(draft, draft.events[seen:])
            seen = len(draft.events)
        try:
            _take(draft, row, violations, command.origin)
        except Refused as refusal:
            failures += [replace(each, gate=f"{row.key}:{each.gate}") for each in refusal.refusal.failures]
    if failures:
        raise Refused(Refusal(code="rows", failures=tuple(failures)))
    _set_timers(draft, visit, case)
    draft.add(HistoryImported(import_id=command.import_id, rows=len(command.rows), violations=dict(violations)))


def _opened(draft: Draft, rows: Sequence[HistoryRow]) -> int:
    """Return since when a new deal stands in its first stage: as the row that opens it says, else since it is."""
    created = draft.deal.created_at
    names_it = bool(rows) and rows[0].stage == draft.variant.first.name
    return max(created, rows[0].at) if names_it else created


def _take(draft: Draft, row: HistoryRow, violations: Counter[str], origin: Origin) -> None:
    """Apply one row, or raise `Refused` before anything of it is applied."""
    deal = draft.deal
    values = check_deal(draft, row.set) if row.set else {}
    contact = None if row.interaction is None else check_interaction(row.interaction)
    by = draft.funnel.funnel.variant_by
    case = draft.funnel.case_of(values[by]) if by is not None and by in values else deal.case
    to = relocated(draft, case, deal.stage) if row.stage is None else row.stage
    if to not in draft.funnel.variant(case).stages:
        raise refused(
            "unknown_stage",
            "stage",
            Text("The deal's variant of the funnel has no stage {stage}.", stage=to),
            Text(
                "Map the row to a stage that its variant has: {stages}.",
                stages=", ".join(draft.funnel.variant(case).stages),
            ),
        )
    if row.at < deal.entered_at and (to != deal.stage or differs(draft, values)):
        raise refused(
            "out_of_order",
            "stage",
            Text("The row is older than the stage in which the deal stands."),
            Text("Import the rows of a deal in the order of their times."),
        )
    source, start = draft.stage, len(draft.events)
    draft.moving = True
    change(draft, values, when=Telling(row.at), origin=origin)
    draft.moving = False
    if contact is not None:
        if row.user is not None:
            contact.setdefault("user", row.user)
        log(draft, contact, at=row.at, past=True)
    if to != deal.stage:
        _move(draft, source, to, row.at, violations, by_row=row.stage is not None)
    rescore_past(draft, draft.events[start:], max(row.at, draft.deal.entered_at))


def _move(draft: Draft, source: StagePlan, to: str, at: int, violations: Counter[str], *, by_row: bool) -> None:
    target = draft.variant.stages[to]
    way = source.ways.get(to)
    if by_row:
        with draft.at_time(at):
            _count(draft, source, way, target, violations)
    leave(draft, at=at)
    enter(draft, target, via=None if way is None else way.name, at=at, arm=False)


def _count(
    draft: Draft, source: StagePlan, way: Transition | None, target: StagePlan, violations: Counter[str]
) -> None:
    if way is None:
        violations[NO_WAY] += 1
    verdict = judge_gates(draft, source.route(way, target).gates)
    violations.update(verdict.gates)


def _follow_keep(draft: Draft, news: Sequence[Event]) -> None:
    """Bring what outlives its visit up to the row before, which brought the `news`: the next one may end the visit."""
    own = [plan for plan in draft.stage.timed.values() if plan.keep] if draft.stage.outcome is None else []
    for plan in own:
        if not plan.from_event:
            follow_timers(draft, plan, Ending.BEFORE_IMPORT)
    follow_kept(draft, Ending.BEFORE_IMPORT)
    reanchor_on(draft, since_entry(news), Ending.BEFORE_IMPORT, [plan for plan in own if plan.from_event])


def _set_timers(draft: Draft, visit: int, case: str | None) -> None:
    """Arm what lies in the future of a deal that is still open; what would be due already is skipped.

    What is kept goes on in a closed deal, too. `visit` and `case`: those before the rows; another case has timed events
    of its own.
    """
    stage, stayed = draft.stage, draft.deal.visit == visit
    ended = not stayed and stage.outcome is not None
    if stayed and draft.deal.case == case:
        for plan in stage.by_name:
            follow_timers(draft, plan)
    elif not stayed and not ended:
        arm_visit(draft, stage, Ending.BEFORE_IMPORT)
    if draft.deal.case != case and not ended:
        rearm(draft, Ending.CASE, Ending.BEFORE_IMPORT)
    follow_kept(draft, Ending.BEFORE_IMPORT)
    if stage.by_event or draft.variant.keeps:
        reanchor_on(draft, since_entry(draft.events), Ending.BEFORE_IMPORT, () if ended else None)
