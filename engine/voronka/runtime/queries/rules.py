"""What rules do, and in shadow mode would do, beside what really happened afterwards."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

from voronka.calendars import DAY
from voronka.definition.rules import Rule
from voronka.messages import Sentence
from voronka.process.state import Stream, StreamKind
from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.queries.firings import Afterwards, doing
from voronka.runtime.queries.happenings import Happenings, of_deal, of_party
from voronka.runtime.queries.shown import Shown
from voronka.runtime.queries.telling import Telling
from voronka.runtime.queries.veil import veil_of
from voronka.runtime.scheduled_rules import trouble_of
from voronka.runtime.words import Json, words
from voronka.storage import FAILED, FIRED, SHADOW, FiringRow

__all__ = ["list_rules", "report_rules"]

_MOST = 10_000
_WITHIN = 5
_SHOWN = 10
_RESULTS = (FIRED, SHADOW, FAILED)


@parameters("limit", "skip")
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


@parameters("rule", "last", "days")
def report_rules(asked: Asked) -> Json:
    """Answer with a report of each rule, or of one: parameters rule, last (microseconds; all time without it), days.

    For each thing that a rule did or would have done: how often, and how often within so many `days` afterwards the
    same, another, or nothing of the kind came about; `open` is that nothing has so far and the days are not over,
    `unfinished` how many firings these are not over for. `afterwards`: what became of the deals in that time.
    `failed_deals`: on which it failed, ten at most. Only the newest firings are looked at for that, `looked_at` says
    how many. Fields that are hidden from whoever asks are left out.
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
    failing = list(dict.fromkeys(row.deal for row in found if row.result == FAILED))
    things: dict[tuple[str, str], Counter[str]] = {}
    told: dict[tuple[str, str], Sentence] = {}
    afterwards: Counter[str] = Counter()
    unfinished = 0

    @cache
    def party_of(party: Stream) -> Happenings:
        return Happenings(asked.reader.history(party), of_party, lambda entry: entry.recorded_at)

    for deal, rows in by_deal.items():
        telling = Telling(shown, deals[deal].funnel, deals[deal].case)
        veil = veil_of(asked, deals[deal])
        history = {
            each.seq: each for each in asked.reader.history(Stream(StreamKind.DEAL, deal), after=rows[0].seq - 1)
        }
        happenings = Happenings(history.values(), of_deal, lambda entry: entry.seq)
        for row in rows:
            end = row.at + days * DAY
            is_open = end > asked.now
            unfinished += is_open
            did = doing(history.get(row.seq), row)
            later = Afterwards(happenings, row, did, until=end, of_party=party_of)
            became = later.course
            afterwards.update({"open"} if is_open and became == {"nothing"} else became)
            for what in did.what:
                for thing in later.compared(veil.would(what), telling):
                    told[thing.kind, thing.key] = thing.told
                    outcome = "open" if is_open and thing.outcome == "nothing" and thing.can_come else thing.outcome
                    things.setdefault((thing.kind, thing.key), Counter()).update([outcome])
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
        "unfinished": unfinished,
        "examples": [deals[deal].number for deal in list(by_deal)[:_SHOWN]],
        "failed_deals": [deals[deal].number for deal in failing[:_SHOWN]],
        "actions": [
            {
                "kind": kind,
                "what": key,
                "told": words(told[kind, key]),
                "times": outcomes.total(),
                **{outcome: outcomes[outcome] for outcome in ("same", "other", "nothing", "open")},
            }
            for (kind, key), outcomes in sorted(things.items(), key=lambda item: -item[1].total())
        ],
        "afterwards": {name: afterwards[name] for name in ("contact", "moved", "won", "lost", "nothing", "open")},
    }
