"""What waits for its time or its delivery: timers and messages; and the imports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from voronka.definition.fields import Subject
from voronka.definition.guarded import counts_from
from voronka.messages import Label, Sentence, Text
from voronka.process.events import TimerEnded
from voronka.process.state import WORKSPACE, DealState, Stream, StreamKind, TimerKey
from voronka.process.timers import Ending
from voronka.runtime.lane_names import check_lane
from voronka.runtime.plugin_reasons import PluginReasons
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.queries.judgements import Releases, explained, rendered
from voronka.runtime.queries.shown import Shown
from voronka.runtime.queries.telling import ending, kept_reason
from voronka.runtime.queries.veil import veil_of
from voronka.runtime.records import NO_DEAL
from voronka.runtime.sending_hours import WAITS
from voronka.runtime.viewer import check_everybodys, hidden_names, hidden_of_some
from voronka.runtime.words import Json, words
from voronka.storage import HELD, Delivery, Effect, EffectKey, TimerRow

__all__ = ["list_effects", "list_imports", "list_timers"]


@parameters("deal", "all", "limit", "skip")
def list_timers(asked: Asked) -> Json:
    """Answer with timers by due time: parameters deal, all (ended ones too), limit, skip.

    Of one deal, one that ended because a condition did not let it fire tells what decided that: `because`.
    """
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
    because = {} if deal is None else _because(asked, deals.get(deal.id), found)
    veiled = _veiled(asked, deals, found)
    told = [
        {
            "deal": deals[timer.deal].number,
            "event": timer.key.event,
            "label": shown.timed_event(deals[timer.deal].funnel, deals[timer.deal].case, timer.key.event)["label"],
            "occurrence": timer.key.occurrence,
            "visit": timer.key.visit,
            "offset": timer.offset,
            "state": timer.state,
            "row": shown.timer_row(deals[timer.deal].funnel, deals[timer.deal].case, timer.key.event, timer.key.row)
            or None,
            "planned": None if (timer.deal, timer.key.event) in veiled else timer.planned,
            "due": None if (timer.deal, timer.key.event) in veiled else timer.due,
            "ended_at": timer.ended_at,
            "reason": timer.reason or None,
            "told": words(ending(timer.reason, timer.reasons)) if timer.reason else None,
            "because": because.get(timer.key),
        }
        for timer in found
    ]
    return sorted(told, key=lambda timer: timer["due"] is None)


def _veiled(asked: Asked, deals: Mapping[bytes, DealState], timers: Sequence[TimerRow]) -> set[tuple[bytes, str]]:
    """Return the deals and timed events of which the times are not for whoever asks: they count from a hidden field."""
    rights = asked.viewer.rights
    some = hidden_of_some(asked.workspace, rights, Subject.DEALS)
    found = set()
    for deal, event in {(timer.deal, timer.key.event) for timer in timers}:
        if counts_from(asked.workspace, deals[deal].funnel, event, some):
            hidden = hidden_names(asked.reader, asked.workspace, rights, deals[deal])
            if counts_from(asked.workspace, deals[deal].funnel, event, hidden):
                found.add((deal, event))
    return found


def _because(asked: Asked, deal: DealState | None, timers: Sequence[TimerRow]) -> dict[TimerKey, dict[str, str] | None]:
    """Return what decided that timers of a deal did not fire, by their keys."""
    sought = {timer.key for timer in timers if timer.reason in (Ending.WHEN, Ending.UNTIL)}
    if deal is None or not sought:
        return {}
    veil, releases = veil_of(asked, deal), Releases(asked)
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    found: dict[TimerKey, dict[str, str] | None] = {}
    for entry in asked.reader.history(Stream(StreamKind.DEAL, deal.id)):
        ended = {event.key for event in entry.events if isinstance(event, TimerEnded) and event.key in sought}
        for key in ended:
            conditions = {f"{key.event}.when", f"{key.event}.until"}
            judgements = [each for link in entry.links for each in link.get("judgements", ())]
            told = next((each for each in reversed(judgements) if each["name"] in conditions), None)
            if told is not None:
                explanation = explained(releases.conditions(entry.release), veil, told, told=True)
                found[key] = None if explanation is None else rendered(explanation.brief(), shown)
    return found


@parameters()
def list_imports(asked: Asked) -> Json:
    """Answer with imports, the newest first, to who may change everybody's records."""
    check_everybodys(asked.viewer)
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


@parameters("deal", "status", "channel", "limit", "skip")
def list_effects(asked: Asked) -> Json:
    """Answer with messages, the newest first: parameters deal (``-``: about none), status (pending, sent, dead,
    unknown, cancelled), channel (an action's name too), limit, skip. `goes_on_at`: when one that waits goes on, if that
    lies ahead and is known; `told` says what for.
    """
    about_none = asked.params.get("deal") == NO_DEAL
    stream = WORKSPACE if about_none else asked.record_if_given(StreamKind.DEAL)
    status = asked.known("status", [each.value for each in Delivery])
    check_lane(asked.reader, asked.workspace, asked.text("channel"))
    found = asked.reader.effects(
        status=None if status is None else Delivery(status),
        deal=None if stream is None else stream.id,
        channel=asked.text("channel"),
        owners=asked.owners,
        limit=asked.limit(),
        skip=asked.number("skip"),
    )
    found = _open_reasons(asked, found)
    numbers = asked.reader.numbers(effect.key.deal for effect in found)
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    first = asked.reader.foremost_effects(found, asked.workspace.unordered)
    lanes = {lane: free_at for lane, free_at in asked.reader.effect_lanes().items() if free_at > asked.now}
    held = bool(asked.reader.counter(HELD))
    told = {effect.key: _Waiting(effect, first.get(effect.key), lanes.get(effect.channel), held) for effect in found}
    return [_effect(shown, numbers.get(effect.key.deal), effect, told[effect.key], asked.now) for effect in found]


def _open_reasons(asked: Asked, effects: Sequence[Effect]) -> list[Effect]:
    """Return effects without what plugins said of actions for which they were given what is hidden."""
    rights = asked.viewer.rights
    if not hidden_of_some(asked.workspace, rights, Subject.DEALS):
        return list(effects)
    deals = asked.reader.deals({effect.key.deal for effect in effects if effect.action and effect.reason})
    hidden = {id_: hidden_names(asked.reader, asked.workspace, rights, deal) for id_, deal in deals.items()}
    reasons = PluginReasons(asked.reader, Releases(asked).workspace)
    return [reasons.open_effect(effect, hidden.get(effect.key.deal, frozenset())) for effect in effects]


class _Waiting(NamedTuple):
    """What keeps an effect that has not left; `first`: the one that must leave or be given up before it in its lane.

    `free_at`: when its lane goes on, if that is held up; `held`: whether nothing leaves.
    """

    effect: Effect
    first: EffectKey | None
    free_at: int | None
    held: bool

    @property
    def behind(self) -> str | None:
        return None if self.first is None or self.first == self.effect.key else self.first.child

    @property
    def next_at(self) -> int:
        return self.effect.next_at if self.free_at is None else max(self.effect.next_at, self.free_at)

    def told(self, now: int) -> Sentence | None:
        """Return why it has not left, or how it ended."""
        effect = self.effect
        if effect.status is not Delivery.PENDING:
            return kept_reason(effect.reason, effect.reasons) if effect.reason else None
        if self.held:
            return Text("is held back until `voronka effects release`")
        if self.behind:
            return Text("waits behind {effect}", effect=self.behind)
        if effect.reason:
            return kept_reason(effect.reason, effect.reasons)
        if self.free_at is not None:
            return Text("waits until its channel may go on")
        return WAITS if effect.next_at > now else None


def _effect(shown: Shown, number: int | None, effect: Effect, waiting: _Waiting, now: int) -> dict[str, Any]:
    pending, told = effect.status is Delivery.PENDING, waiting.told(now)
    goes_on = pending and not waiting.held and not waiting.behind and waiting.next_at > now
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
        "next_at": waiting.next_at if pending else effect.next_at,
        "goes_on_at": waiting.next_at if goes_on else None,
        "reason": effect.reason,
        "behind": waiting.behind,
        "told": None if told is None else words(told),
    }
