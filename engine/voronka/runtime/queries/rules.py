"""What rules do, and in shadow mode would do, beside what really happened afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from voronka.calendars import DAY
from voronka.definition.rules import Rule
from voronka.messages import Label, Sentence, Text
from voronka.process import events as happened
from voronka.process.codec import encode
from voronka.process.state import Stream, StreamKind
from voronka.runtime.queries.asked import Asked
from voronka.runtime.queries.shown import Shown
from voronka.runtime.queries.telling import Telling
from voronka.runtime.scheduled_rules import trouble_of
from voronka.runtime.words import Json, words
from voronka.storage import FAILED, FIRED, SHADOW, FiringRow, Recorded

__all__ = ["list_rules", "report_rules"]

_MOST = 10_000
_WITHIN = 5
_SHOWN = 10
_RESULTS = (FIRED, SHADOW, FAILED)
_DONE = {
    happened.FieldsChanged,
    happened.TaskOpened,
    happened.EffectRequested,
    happened.ActionRequested,
    happened.CommandQueued,
    happened.InteractionLogged,
    happened.StageEntered,
}


def list_rules(asked: Asked) -> Json:
    """Answer with the rules in the order of writing, and how often each has fired: parameters limit, skip.

    `waits`: why one that is scheduled does not come about until the next start, reload or release; None if it does.
    """
    counts = asked.reader.firing_counts(asked.owners)
    schedules, troubles = asked.reader.schedules(), asked.plugins.troubles
    return [
        {
            "rule": rule.name,
            "label": words(rule.label),
            "trigger": rule.trigger.text,
            "mode": rule.mode.value,
            "funnels": list(rule.places),
            **{result: counts.get((rule.name, result), (0, 0))[0] for result in _RESULTS},
            "last": max((counts[key][1] for key in counts if key[0] == rule.name), default=None),
            "next": schedules[rule.name].due_at if rule.name in schedules else None,
            "waits": None if (why := troubles.get(trouble_of(rule.name))) is None else words(why),
        }
        for rule in list(asked.workspace.rules.values())[asked.number("skip") :][: asked.limit()]
    ]


def report_rules(asked: Asked) -> Json:
    """Answer with a report of each rule, or of one: parameters rule, last (microseconds; all time without it), days.

    For each thing that a rule did or would have done: how often, and how often within so many `days` afterwards the
    same, another, or nothing of the kind came about. `afterwards`: what became of the deals in that time. Only the
    newest firings are looked at for that, `looked_at` says how many.
    """
    name = asked.known("rule", asked.workspace.rules)
    last, until = asked.number("last"), asked.now + 1
    since = asked.now - last if last else 0
    days = asked.number("days") or _WITHIN
    chosen = [rule for rule in asked.workspace.rules.values() if name in (None, rule.name)]
    return [_report(asked, rule, since=since, until=until, days=days) for rule in chosen]


def _report(asked: Asked, rule: Rule, *, since: int, until: int, days: int) -> dict[str, Any]:
    counts = asked.reader.firings_between(rule.name, since=since, until=until, owners=asked.owners)
    found = asked.reader.firings(rule.name, since=since, until=until, limit=_MOST, owners=asked.owners)
    shown = Shown(asked.reader, asked.workspace, asked.viewer.rights)
    deals = asked.reader.deals(dict.fromkeys(row.deal for row in found))
    by_deal: dict[bytes, list[FiringRow]] = {}
    for row in found:
        by_deal.setdefault(row.deal, []).append(row)
    things: dict[tuple[str, str], Counter[str]] = {}
    told: dict[tuple[str, str], Sentence] = {}
    afterwards: Counter[str] = Counter()
    for deal, rows in by_deal.items():
        telling = Telling(shown, deals[deal].funnel, deals[deal].case)
        history = list(asked.reader.history(Stream(StreamKind.DEAL, deal), after=rows[0].seq - 1))
        for row in rows:
            later = [entry for entry in history if entry.seq > row.seq and entry.occurred_at < row.at + days * DAY]
            events = [event for entry in later for event in entry.events]
            afterwards.update(_course(events))
            for what in _done(history, row):
                for kind, key, sentence, outcome in _compared(what, events, telling):
                    told[kind, key] = sentence
                    things.setdefault((kind, key), Counter()).update([outcome])
    return {
        "rule": rule.name,
        "label": words(rule.label),
        "mode": rule.mode.value,
        "since": since,
        "until": until,
        "days": days,
        **{result: counts.by_result.get(result, 0) for result in _RESULTS},
        "deals": counts.deals,
        "looked_at": len(found),
        "examples": [deals[deal].number for deal in list(by_deal)[:_SHOWN]],
        "actions": [
            {
                "kind": kind,
                "what": key,
                "told": words(told[kind, key]),
                "times": outcomes.total(),
                **{outcome: outcomes[outcome] for outcome in ("same", "other", "nothing")},
            }
            for (kind, key), outcomes in sorted(things.items(), key=lambda item: -item[1].total())
        ],
        "afterwards": {name: afterwards[name] for name in ("contact", "moved", "won", "lost", "nothing")},
    }


def _done(history: Sequence[Recorded], row: FiringRow) -> Iterator[Mapping[str, Any]]:
    """Yield what a firing did, or would have done, each as an event in its encoded form or a move."""
    entry = next((each for each in history if each.seq == row.seq), None)
    if entry is None:
        return
    place = next(
        (n for n, event in enumerate(entry.events) if isinstance(event, happened.RuleFired) and event.n == row.n), None
    )
    if place is None:
        return
    fired = entry.events[place]
    if isinstance(fired, happened.RuleFired) and fired.shadow:
        yield from fired.would
        return
    end = min((link["first"] for link in entry.links if link["first"] > place), default=len(entry.events))
    for event in entry.events[place + 1 : end]:
        if type(event) in _DONE:
            yield encode(event)


def _compared(
    what: Mapping[str, Any], later: Sequence[happened.Event], telling: Telling
) -> Iterator[tuple[str, str, Sentence, str]]:
    """Yield kind and key of what was or would have been done, its name, and whether the same came about later."""
    kind = str(what["kind"])
    match what:
        case {"kind": "field.changed", "new": new}:
            for name, value in new.items():
                changes = [encode(e)["new"].get(name) for e in later if _sets(e, name)]
                yield kind, name, Text("sets {field}", field=telling.name(name)), _outcome(changes, value)
        case {"kind": "task.opened", "title": title}:
            opened = [event.title for event in later if isinstance(event, happened.TaskOpened)]
            label = Label(title)
            yield (
                kind,
                label.render("en"),
                Text("task “{title}”", title=label),
                _outcome(opened, title),
            )
        case {"kind": "effect.requested", "template": template}:
            sent = [event.template for event in later if isinstance(event, happened.EffectRequested)]
            sentence = Text("message {template}", template=template)
            yield kind, template, sentence, "same" if template in sent else "nothing"
        case {"kind": "move" | "stage.entered"}:
            stage = str(what.get("to", what.get("stage")))
            entered: list[Any] = [event.stage for event in later if isinstance(event, happened.StageEntered)]
            yield "move", stage, Text("move to {stage}", stage=telling.stage(stage)), _outcome(entered, stage)
        case {"kind": "owner.assigned", "user": user}:
            owners = [encode(event)["new"]["owner"] for event in later if _sets(event, "owner")]
            yield kind, user, Text("gives the deal to {user}", user=telling.user(user)), _outcome(owners, user)
        case {"kind": "rule.failed", "reason": reason}:
            yield kind, reason, Text("fails: {reason}", reason=reason), "nothing"
        case _:
            same = any(event.kind == kind for event in later)
            yield kind, kind, Label.plain(kind), "same" if same else "nothing"


def _sets(event: happened.Event, name: str) -> bool:
    return isinstance(event, happened.FieldsChanged) and name in event.new


def _outcome(later: Sequence[Any], wanted: object) -> str:
    if not later:
        return "nothing"
    return "same" if wanted in later else "other"


def _course(later: Iterable[happened.Event]) -> set[str]:
    """Return what became of a deal."""
    found = set()
    for event in later:
        match event:
            case happened.InteractionLogged(own=False):
                found.add("contact")
            case happened.StageEntered(outcome=None):
                found.add("moved")
            case happened.StageEntered(outcome=str(outcome)):
                found.add(outcome)
    return found or {"nothing"}
