"""Small workspaces of frozen values, and a deal to live through them in virtual time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from voronka.calendars import DailyWindow, Duration, TimeSpan, WorkingCalendar, instant
from voronka.definition.actions import NotifyAction
from voronka.definition.fields import Collection, Field, FieldType, Subject
from voronka.definition.funnels import Check, ChecklistItem, Funnel, Gate, Outcome, Stage, Transition, Trigger, Variant
from voronka.definition.people import Role, User
from voronka.definition.rights import rights_of
from voronka.definition.scopes import scope_of
from voronka.definition.timed import Anchor, AnchorKind, OnMissed, Rhythm, TimedEvent, TimedSource, ZoneOf
from voronka.definition.workspace import Currency, Workspace
from voronka.expressions import Expression, Kind, compile_expression
from voronka.messages import Label
from voronka.process import events as happened
from voronka.process.codec import canonical, decode_deal, decode_event, encode
from voronka.process.commands import Chain, CreateDeal, FireTimer, LogInteraction, MoveDeal, SetFields
from voronka.process.decide import decide
from voronka.process.evolve import evolve, evolve_entry
from voronka.process.rows import evolve_rows
from voronka.process.state import PartyState, Stream, StreamKind
from voronka.process.step import Facts, Moment, Need, Step

ZONE = "Europe/Moscow"
CALENDAR = WorkingCalendar(name="ru", week=((TimeSpan(540, 1080),),) * 5 + ((), ()), country="RU")
DEAL = Stream(StreamKind.DEAL, b"d" * 16)
ACCOUNT = Stream(StreamKind.ACCOUNT, b"a" * 16)
OTHER_ACCOUNT = Stream(StreamKind.ACCOUNT, b"b" * 16)
CONTACT = Stream(StreamKind.CONTACT, b"c" * 16)


def moscow(text: str) -> int:
    """Return the moment of a wall clock in Moscow: ``2026-02-20 18:30``."""
    return instant(datetime.fromisoformat(text), ZONE)


def hours(text: str) -> DailyWindow:
    """Return hours of the day: ``09:00-20:00``."""
    return DailyWindow(*(60 * int(part[:2]) + int(part[3:]) for part in text.split("-")))


def field(name: str, kind: str, *, of: Subject = Subject.DEALS, options: str = "", pii: bool = False, formula=None):
    labels = {option: Label.plain(option) for option in options.split()}
    return Field(
        name=name, type=FieldType(kind), label=Label.plain(name), of=of, options=labels, pii=pii, formula=formula
    )


def _named(*fields):
    return {each.name: each for each in fields}


DEAL_FIELDS = _named(
    field("amount", "money"),
    field("need", "text"),
    field("note", "text", pii=True),
    field("score", "integer"),
    field("agreed", "bool"),
    field("loss_reason", "choice", options="price timing no_answer"),
    field("seller_role", "choice", options="component solution"),
    field("deadline", "date"),
    field("meeting_at", "datetime"),
    field("tags", "choices", options="red blue green"),
)
ACCOUNT_FIELDS = _named(
    field("turnover", "money", of=Subject.ACCOUNTS), field("contract_until", "date", of=Subject.ACCOUNTS)
)
CONTACT_FIELDS = _named(field("mood", "text", of=Subject.CONTACTS))
COLLECTIONS = {
    Subject.DEALS: {
        "tco": Collection(
            name="tco",
            of=Subject.DEALS,
            label=Label.plain("tco"),
            key="component",
            fields=_named(
                field("component", "choice", options="service warranty delivery"),
                field("ours", "money"),
                field("confirmed", "bool"),
            ),
        ),
        "lessons": Collection(
            name="lessons",
            of=Subject.DEALS,
            label=Label.plain("lessons"),
            fields=_named(field("topic", "text"), field("starts_at", "datetime"), field("held", "bool")),
        ),
        "remarks": Collection(
            name="remarks", of=Subject.DEALS, label=Label.plain("remarks"), fields=_named(field("text", "text"))
        ),
    },
    Subject.ACCOUNTS: {
        "competitors": Collection(
            name="competitors",
            of=Subject.ACCOUNTS,
            label=Label.plain("competitors"),
            key="name",
            fields=_named(field("name", "text"), field("share", "percent")),
        )
    },
}
PEOPLE = {
    "anna": User(name="anna", label=Label.plain("Анна"), role="manager", reports_to="petr"),
    "oleg": User(name="oleg", label=Label.plain("Олег"), role="manager"),
    "petr": User(name="petr", label=Label.plain("Пётр"), role="head"),
}
ROLES = {name: Role(name=name, label=Label.plain(name)) for name in ("manager", "head")}
_FIELDS = {Subject.DEALS: DEAL_FIELDS, Subject.ACCOUNTS: ACCOUNT_FIELDS, Subject.CONTACTS: CONTACT_FIELDS}


@lru_cache(maxsize=1)
def _scope():
    return scope_of(Subject.DEALS, fields=_FIELDS, collections=COLLECTIONS, money_digits=2)


@lru_cache(maxsize=1000)
def when(text: str, expect: Kind | None = Kind.BOOL, *, each: str | None = None) -> Expression:
    """Return a checked expression about a deal, or about the deal and a row of `each`."""
    found = compile_expression(text, _scope(), expect=expect, row=each)
    assert isinstance(found, Expression), found
    return found


def gate(
    name: str,
    *,
    require: str = "",
    condition: str | None = None,
    override: str = "",
    checks: Mapping[str, str] | None = None,
    checklist: Mapping[str, ChecklistItem] | None = None,
    always: bool = False,
    do: tuple = (),
) -> Gate:
    conditions = {f"{name}.when": condition} if condition else {}
    conditions |= {f"{name}.checks.{n}": text for n, text in (checks or {}).items()}
    return Gate(
        name=name,
        require=tuple(require.split()),
        checks=tuple(
            Check(name=place, when=when(text), override_by=tuple(override.split()))
            for place, text in conditions.items()
        ),
        checklist=checklist or {},
        always=always,
        actions=do,
    )


def item(name: str, *, evidence: str | None = None, per_visit: bool = False) -> ChecklistItem:
    return ChecklistItem(name=name, label=Label.plain(name), evidence=evidence, per_visit=per_visit)


def stage(name: str, *, enter: Mapping | None = None, leave: Mapping | None = None, **more) -> Stage:
    return Stage(
        name=name,
        label=Label.plain(name),
        enter=gate(f"{name}.enter", **(enter or {})),
        leave=gate(f"{name}.leave", **(leave or {})),
        **more,
    )


def outcomes(won: Mapping | None = None, lost: Mapping | None = None) -> tuple[Stage, Stage]:
    return (
        stage("won", enter=won, outcome=Outcome.WON),
        stage("lost", enter=lost, outcome=Outcome.LOST),
    )


def way(source: str, target: str, name: str = "", *, trigger: Trigger = Trigger.MANUAL, **more) -> Transition:
    own = {key: more.pop(key) for key in ("require", "condition", "override", "do", "checklist") if key in more}
    name = name or f"{source}-{target}"
    return Transition(
        name=name, source=source, target=target, trigger=trigger, gate=gate(name, **own), declared=True, **more
    )


def timed(
    name: str,
    *,
    stages: str,
    after: str = "",
    before: str = "",
    every: str = "",
    anchor: str = "stage",
    at: str | None = None,
    condition: str | None = None,
    until: str | None = None,
    at_most: int | None = None,
    on_missed: str | None = None,
    do: tuple = (),
    source: TimedSource = TimedSource.TIMED,
    transition: str | None = None,
    zone: str = "workspace",
    window: str | None = None,
    each: str | None = None,
    keep: bool = False,
    backfill: bool = False,
) -> TimedEvent:
    rhythm = Rhythm.AFTER if after else Rhythm.BEFORE if before else Rhythm.EVERY
    kind = {
        "stage": AnchorKind.STAGE,
        "last_interaction_at": AnchorKind.LAST_INTERACTION,
    }.get(anchor, AnchorKind.EVENT if anchor.startswith("event ") else AnchorKind.FIELD)
    columns = COLLECTIONS[Subject.DEALS][each].fields if each else {}
    named = {**DEAL_FIELDS, **columns}
    bare = "" if kind in (AnchorKind.STAGE, AnchorKind.LAST_INTERACTION) else anchor.removeprefix("event ")
    return TimedEvent(
        name=name,
        stages=frozenset(stages.split()),
        source=source,
        anchor=Anchor(
            kind=kind,
            name=bare,
            dated=bare in named and named[bare].type is FieldType.DATE,
            of_row=bare in columns,
        ),
        rhythm=rhythm,
        offsets=tuple(Duration.parse(text) for text in (after or before or every).split(", ")),
        at=None if at is None else 60 * int(at[:2]) + int(at[3:]),
        zone=ZoneOf(zone),
        window=None if window is None else hours(window),
        each=each,
        keep=keep,
        backfill=backfill,
        when=None if condition is None else when(condition, each=each),
        until=None if until is None else when(until),
        at_most=at_most,
        on_missed=OnMissed(limit=None if on_missed is None else Duration.parse(on_missed)),
        actions=do,
        transition=transition,
    )


def variant(*stages: Stage, ways: tuple = (), timers: tuple = (), case: str | None = None, moves=None) -> Variant:
    """Return a variant with the ordinary ways between its stages and `ways` beside or instead of them."""
    named = {each.name: each for each in stages}
    if not any(each.outcome for each in stages):
        named |= {each.name: each for each in outcomes()}
    path = [name for name, each in named.items() if each.outcome is None]
    ordinary = [*pairwise(path)]
    ordinary += [(source, target) for i, source in enumerate(path) for target in path[:i]]
    ordinary += [(source, name) for source in path for name, each in named.items() if each.outcome]
    by_hand = {(each.source, each.target) for each in ways if each.trigger is Trigger.MANUAL}
    transitions = [
        Transition(
            name=f"{source}-{target}",
            source=source,
            target=target,
            trigger=Trigger.MANUAL,
            gate=gate(f"{source}-{target}"),
        )
        for source, target in ordinary
        if (source, target) not in by_hand
    ]
    after = [
        timed(each.name, stages=each.source, after="60 days", source=TimedSource.TRANSITION, transition=each.name)
        for each in ways
        if each.trigger is Trigger.AFTER and each.name not in {event.name for event in timers}
    ]
    return Variant(
        case=case,
        stages=named,
        transitions={each.name: each for each in (*ways, *transitions)},
        timed={event.name: event for event in (*timers, *after)},
        moves=moves or {},
    )


def funnel(base: Variant, *cases: Variant, name: str = "react", by: str | None = None) -> Funnel:
    return Funnel(
        name=name,
        label=Label.plain(name),
        variants={None: base, **{case.case: case for case in cases}},
        fields=frozenset(DEAL_FIELDS),
        collections=frozenset(COLLECTIONS[Subject.DEALS]),
        variant_by=by,
        owner="head",
    )


def workspace(
    *funnels: Funnel, release: str = "0123456789abcdef", fields: Mapping | None = None, quiet: str | None = None
) -> Workspace:
    return Workspace(
        name="acme",
        title=Label.plain("Acme"),
        locale="ru",
        timezone=ZONE,
        currency=Currency(code="RUB", digits=2),
        calendar=CALENDAR,
        calendars={"ru": CALENDAR},
        sets={},
        fields={**_FIELDS, **(fields or {})},
        collections=COLLECTIONS,
        funnels={each.name: each for each in funnels},
        roles=ROLES,
        people=PEOPLE,
        templates={},
        channels={},
        imports={},
        release=release,
        quiet_hours=None if quiet is None else hours(quiet),
    )


def simple(*stages: Stage, **more) -> Workspace:
    """Return a workspace with one funnel of one variant."""
    return workspace(funnel(variant(*stages, **more)))


def again(event):
    """Return an event as it comes back from the history."""
    return decode_event(json.loads(canonical(encode(event))))


class Story:
    """One deal, decided command by command. Every step is checked against the replay of its encoded events."""

    def __init__(self, definition: Workspace, *, at: str = "2026-03-02 10:00", parties: tuple[PartyState, ...] = ()):
        self.workspace = definition
        self.now = moscow(at)
        self.facts = Facts(parties={party.stream: party for party in parties})
        self.rows: dict = {}
        self.step: Step | None = None
        self.happened: list = []
        self.asked: list[Need] = []
        self.replayed = None

    @property
    def deal(self):
        return self.facts.deal

    def open(self, funnel: str = "react", *, actor: str = "anna", **more) -> Step:
        return self.do(CreateDeal(funnel=funnel, owner=more.pop("owner", "anna"), **more), actor=actor)

    def do(
        self,
        command,
        *,
        actor: str = "anna",
        at: str | None = None,
        occurred: str | None = None,
        chain=None,
        import_id: str | None = None,
    ) -> Step:
        if at is not None:
            self.now = moscow(at)
        moment = Moment(
            now=self.now,
            actor=actor,
            source="test",
            occurred_at=self.now if occurred is None else moscow(occurred),
            stream=DEAL,
            chain=chain or Chain("test"),
            rights=rights_of(self.workspace, self.facts.absences, actor, self.now),
            number=1,
            import_id=import_id,
        )
        step = decide(self.workspace, self.facts, command, moment)
        for _ in range(3):
            if isinstance(step, Step):
                break
            self.asked.append(step)
            self._load(step)
            step = decide(self.workspace, self.facts, command, moment)
        assert isinstance(step, Step), step
        assert decide(self.workspace, self.facts, command, moment) == step
        self._check(step)
        seq = self.deal.seq + 1 if self.deal else 1
        self.facts = self._facts_after(step, seq)
        self.happened += step.events
        self.step = step
        return step

    def _facts_after(self, step: Step, seq: int) -> Facts:
        rows = dict(self.facts.rows)
        own = {collection: found for (owner, collection), found in rows.items() if owner == DEAL}
        for event in step.events:
            own = dict(evolve_rows(own, event, seq))
        rows.update({(DEAL, collection): found for collection, found in own.items()})
        return replace(self.facts, deal=step.state, rows=rows)

    def _load(self, need: Need) -> None:
        parties = {stream: self.facts.parties.get(stream) for stream in need.parties}
        rows = {key: self.rows.get(key, {}) for key in need.rows}
        self.facts = replace(self.facts, parties={**self.facts.parties, **parties}, rows={**self.facts.rows, **rows})

    def _check(self, step: Step) -> None:
        if not step.events:
            assert step.state == self.deal
            return
        events = [again(event) for event in step.events]
        assert events == list(step.events)
        seq = self.deal.seq + 1 if self.deal else 1
        entry = evolve_entry(self.deal, events, seq=seq, release=self.workspace.release)
        assert entry == step.state
        assert decode_deal(json.loads(canonical(encode(entry)))) == entry
        folded = self.deal
        for event in events:
            folded = evolve(folded, event)
        assert replace(folded, seq=seq, release=entry.release, touched=entry.touched) == entry

    def advance(self, to: str, *, down: tuple[int, int] | None = None) -> list[str]:
        """Let time pass and fire what comes due, in due order; return the names of what fired."""
        end = moscow(to)
        fired = []
        while waiting := [timer for timer in self.deal.timers.values() if timer.due <= end]:
            timer = min(waiting, key=lambda timer: (timer.due, timer.key))
            self.now = max(self.now, timer.due) if down is None else end
            self.do(FireTimer(timer=timer.key, down=down), actor="timer")
            fired += [e.key.event for e in self.step.events if type(e) is happened.TimerEnded and e.result == "fired"]
        self.now = end
        return fired

    def advance_to(self, moment: int) -> None:
        """Fire what comes due up to a moment."""
        for timer in sorted(self.deal.timers.values(), key=lambda timer: (timer.due, timer.key)):
            if timer.due <= moment:
                self.now = max(self.now, timer.due)
                self.do(FireTimer(timer=timer.key), actor="timer")

    def fields(self, **values) -> Step:
        return self.do(SetFields(values=values))

    def move(self, to: str, *, actor: str = "anna", override: str | None = None, **values) -> Step:
        return self.do(MoveDeal(to=to, set=values, override=override), actor=actor)

    def of(self, kind) -> list:
        """Return the events of a kind in the latest step."""
        return [event for event in self.step.events if type(event) is kind]

    def gates(self) -> list[str]:
        """Return the names of what was in the way."""
        return [failure.gate for failure in self.step.refusal.failures] if self.step.refusal else []

    def waiting(self) -> dict[str, int]:
        """Return the due moments of what waits, by name and offset."""
        return {f"{timer.key.event} {timer.offset}": timer.due for timer in self.deal.timers.values()}


PLAIN = (stage("needs"), stage("proposal"))
TELL = (NotifyAction(to="owner", template="tell"),)
CALL = LogInteraction(values={"kind": "call", "direction": "out", "outcome": "connected"})


def timed_story(*events, at="2026-03-02 10:00", stages=PLAIN, parties=(), **more) -> Story:
    """Return the story of a deal in a funnel with these timed events."""
    lived = Story(simple(*stages, timers=events, **more), at=at, parties=parties)
    lived.open()
    return lived


def timers_ended(lived: Story, *, result: str | None = None) -> list:
    """Return how timers ended: event, result, reason, offset."""
    found = [event for event in lived.happened if type(event) is happened.TimerEnded]
    return [
        (event.key.event, event.result, event.reason, event.offset)
        for event in found
        if result is None or event.result == result
    ]
