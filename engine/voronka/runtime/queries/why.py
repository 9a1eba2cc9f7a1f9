"""Why a deal stands where it stands: each entry with its cause, and the conditions as they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voronka.messages import Sentence, Text
from voronka.process.codec import encode
from voronka.process.events import CommandQueued, EffectRequested, Event, TimerArmed
from voronka.process.state import StreamKind
from voronka.runtime.plugin_reasons import PluginReasons
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.queries.authors import author
from voronka.runtime.queries.judgements import Releases, judged, told_results, unsealed
from voronka.runtime.queries.purposes import purpose
from voronka.runtime.queries.shown import Shown
from voronka.runtime.queries.telling import Telling
from voronka.runtime.queries.veil import Veil, veil_of
from voronka.runtime.words import Json, sentence, words
from voronka.storage import Recorded, Seen

__all__ = ["why"]

_PAGE = 200


@parameters("deal", "limit", "after")
def why(asked: Asked) -> Json:
    """Answer with a deal's entries in their order: parameters deal, after (an entry's number), limit.

    Each entry has its `events` (personal values looked up, `told` in a sentence) and its `links`: who or what did it,
    from which event on, and the conditions judged, each with the values it read and its explanation as a tree, in
    words, and in brief. A command that an entry queued has the `outcome` to which it came, and its `refusal`; so
    has the notice of one that came to nothing.
    """
    stream = asked.record(StreamKind.DEAL)
    deal = asked.reader.deals([stream.id])[stream.id]
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    telling = Telling(shown, deal.funnel, deal.case)
    releases = Releases(asked)
    entries = asked.reader.history(stream, after=asked.number("after"), limit=asked.limit(_PAGE))
    found = list(entries)
    queued = asked.reader.queued_answers(
        key for entry in found for event in entry.events if (key := _key(entry, event)) is not None
    )
    veil = veil_of(asked, deal)
    reasons = PluginReasons(asked.reader, releases.workspace)
    return [_entry(shown, telling, releases, queued, veil, reasons.open_entry(entry, veil.hidden)) for entry in found]


def _key(entry: Recorded, event: Event) -> str | None:
    """Return the key of the queued command of which an event tells; None if it tells of none."""
    match event:
        case CommandQueued():
            return f"{entry.stream.id.hex()}.{entry.seq}.{event.n}"
        case EffectRequested(notice={"key": key}):
            return key
    return None


def _kind(event: Event) -> str:
    return event.notice["command"] if isinstance(event, EffectRequested) and event.notice is not None else ""


def _event(
    shown: Shown, telling: Telling, queued: Mapping[str, Seen], veil: Veil, entry: Recorded, event: Event
) -> dict[str, Any]:
    open_ = veil.event(event)
    told: Sentence = Text("changed fields that are not shown to you") if open_ is None else telling.told(open_)
    if isinstance(event, TimerArmed) and veil.times(event.timer.key.event):
        told = Text("timer {name} waits for a time that is not shown to you", name=telling.timer(event.timer.key.event))
    data = unsealed(shown, veil.data(encode(event)))
    if (key := _key(entry, event)) is not None and (seen := queued.get(key)) is not None:
        refusal = None if seen.answer is None else seen.answer.get("refusal")
        if isinstance(event, EffectRequested) and veil.hidden:
            refusal = None  # it may speak of what the command was to set
        data |= {"outcome": seen.status, "refusal": refusal}
        if refusal is not None:
            reason = sentence(refusal["failures"][0]["reason"])
            told = (
                Text("{what}; it was refused: {reason}", what=told, reason=reason)
                if isinstance(event, CommandQueued)
                else Text("{what}: {command} was refused: {reason}", what=told, command=_kind(event), reason=reason)
            )
        elif isinstance(event, EffectRequested):
            told = Text("{what}: {command} came to nothing", what=told, command=_kind(event))
    return {**data, "told": words(told)}


def _entry(
    shown: Shown, telling: Telling, releases: Releases, queued: Mapping[str, Seen], veil: Veil, entry: Recorded
) -> dict[str, Any]:
    telling.former = lambda: releases.shown(entry.release)
    told, veil = told_results(entry.events), veil.under(releases.workspace(entry.release))
    return {
        "seq": entry.seq,
        "release": entry.release,
        "actor": entry.actor,
        "source": entry.source,
        "cause": dict(entry.cause),
        "told": words(
            Text("{what}: {more}", what=author(telling, entry.actor), more=purpose(str(entry.cause.get("command", ""))))
        ),
        "occurred_at": entry.occurred_at,
        "recorded_at": entry.recorded_at,
        "events": [_event(shown, telling, queued, veil, entry, event) for event in entry.events],
        "links": [
            {
                "by": link["by"],
                "told": words(author(telling, link["by"])),
                "first": link["first"],
                "judgements": [
                    judged(shown, telling, releases.conditions(entry.release), veil, judgement, told=told)
                    for judgement in link.get("judgements", ())
                ],
            }
            for link in entry.links
        ],
    }
