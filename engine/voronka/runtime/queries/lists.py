"""What waits for its time or its delivery: timers and messages; and the imports."""

from __future__ import annotations

from typing import Any

from voronka.messages import Label, Text
from voronka.process.state import StreamKind
from voronka.runtime.queries.asked import Asked
from voronka.runtime.queries.shown import Shown
from voronka.runtime.queries.telling import ending, kept_reason
from voronka.runtime.words import Json, words
from voronka.storage import Delivery, Effect, EffectKey

__all__ = ["list_effects", "list_imports", "list_timers"]


def list_timers(asked: Asked) -> Json:
    """Answer with timers by due time: parameters deal, all (ended ones too), limit, skip."""
    deal = asked.record_if_given(StreamKind.DEAL)
    found = asked.reader.timers(
        deal=deal.id if deal else None,
        owners=asked.owners,
        waiting=not asked.flag("all"),
        limit=asked.limit(),
        skip=asked.number("skip"),
    )
    deals = asked.reader.deals(dict.fromkeys(timer.deal for timer in found))
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    return [
        {
            "deal": deals[timer.deal].number,
            "event": timer.key.event,
            "label": shown.timed_event(deals[timer.deal].funnel, deals[timer.deal].case, timer.key.event)["label"],
            "occurrence": timer.key.occurrence,
            "visit": timer.key.visit,
            "offset": timer.offset,
            "state": timer.state,
            "row": timer.key.row or None,
            "planned": timer.planned,
            "due": timer.due,
            "ended_at": timer.ended_at,
            "reason": timer.reason or None,
            "told": words(ending(timer.reason, timer.reasons)) if timer.reason else None,
        }
        for timer in found
    ]


def list_imports(asked: Asked) -> Json:
    """Answer with imports, the newest first."""
    return [
        {
            "import": run.id,
            "mapping": run.mapping,
            "file": run.file,
            "state": run.state,
            "position": run.position,
            "counts": dict(run.counts),
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "undone_at": run.undone_at,
        }
        for run in asked.reader.imports()
    ]


def list_effects(asked: Asked) -> Json:
    """Answer with messages, the newest first: parameters deal, status (pending, sent, dead, cancelled), limit, skip."""
    deal = asked.record_if_given(StreamKind.DEAL)
    status = asked.known("status", [each.value for each in Delivery])
    found = asked.reader.effects(
        status=None if status is None else Delivery(status),
        deal=deal.id if deal else None,
        owners=asked.owners,
        limit=asked.limit(),
        skip=asked.number("skip"),
    )
    numbers = asked.reader.numbers(effect.key.deal for effect in found)
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    first = asked.reader.foremost_effects(found)
    return [_effect(shown, numbers[effect.key.deal], effect, first.get(effect.key)) for effect in found]


def _effect(shown: Shown, number: int, effect: Effect, first: EffectKey | None) -> dict[str, Any]:
    """Return an effect as JSON; `first`: the one that must leave or be given up before those behind it in its lane."""
    behind = None if first is None or first == effect.key else first.child
    told = Text("waits behind {effect}", effect=behind) if behind else kept_reason(effect.reason, effect.reasons)
    return {
        "deal": number,
        "effect": effect.key.child,
        "channel": effect.channel,
        "action": effect.action,
        "destination": effect.destination,
        "recipient": effect.recipient,
        "to": shown.recipient(effect.recipient) if effect.action is None else words(Label.plain(effect.destination)),
        "template": effect.template,
        "status": effect.status.value,
        "attempts": effect.attempts,
        "at": effect.at,
        "next_at": effect.next_at,
        "reason": effect.reason,
        "behind": behind,
        "told": words(told) if effect.reason or behind else None,
    }
