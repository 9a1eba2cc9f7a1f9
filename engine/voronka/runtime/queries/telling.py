"""What happened, one sentence an event, with labels, values and times as people read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from voronka.definition.code_words import in_words
from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.row_keys import key_field
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS
from voronka.messages import Label, Sentence, Text
from voronka.process import events as happened
from voronka.process.automatic import NO_WAY
from voronka.process.codec import decode_event
from voronka.process.commands import Sealed
from voronka.process.events.values import Observed
from voronka.process.state import StreamKind, VaultRef
from voronka.process.successors import GONE
from voronka.process.timers import Ending
from voronka.runtime.queries.purposes import purpose
from voronka.runtime.queries.shown import Shown

__all__ = ["Telling", "ending", "kept_reason"]

_MOMENT = Field(name="at", type=FieldType.DATETIME, label=Label.plain("at"))
_DAY = Field(name="day", type=FieldType.DATE, label=Label.plain("day"))
_SCORE = Field(name="score", type=FieldType.NUMBER, label=Label.plain("score"))
_NOTHING = Label.plain("-")
_NAMED = frozenset({FieldType.ACCOUNT, FieldType.CONTACT, FieldType.USER})


_ENDINGS: Mapping[str, Sentence] = {
    Ending.AGAIN: Text("a later visit armed it anew"),
    Ending.ALREADY_DUE: Text("its time had passed already"),
    Ending.ANCHOR: Text("what it counted from has changed"),
    Ending.BEFORE_IMPORT: Text("its time was before the import"),
    Ending.BEFORE_RELEASE: Text("its time was before the release"),
    Ending.CANCELLED: Text("an action cancelled it"),
    Ending.CASE: Text("the deal runs another variant"),
    Ending.GATE: Text("a gate stopped the move"),
    Ending.LEFT: Text("the stage was left"),
    Ending.MISSED: Text("its time fell into an outage"),
    Ending.MOVED: Text("it has moved to another time"),
    Ending.RELEASE: Text("the release no longer has it"),
    Ending.ROW: Text("its row was removed"),
    Ending.TOO_LATE: Text("it would have come too late"),
    Ending.UNDONE: Text("the import was undone"),
    Ending.UNTIL: Text("the recurrence is over"),
    Ending.WHEN: Text("its condition did not hold"),
}


def ending(reason: str, reasons: Mapping[str, str]) -> Sentence:
    """Return why a timer ended otherwise than by firing: words for the engine's own codes, else the reason itself."""
    return _ENDINGS.get(reason) or kept_reason(reason, reasons)


def kept_reason(reason: str, reasons: Mapping[str, str]) -> Sentence:
    """Return a reason as the sentence that it was, `reasons`, or as the one text that was kept of it."""
    return Label(reasons) if reasons else Label.plain(reason)


class Telling:
    """Tells the events of one deal. `funnel` and `case`: those under which its stages are named.

    `former`: gives the records under the release of the entry that is told, None if it is the one in force.
    """

    def __init__(
        self, shown: Shown, funnel: str, case: str | None, former: Callable[[], Shown | None] = lambda: None
    ) -> None:
        self._shown = shown
        self._funnel = funnel
        self._case = case
        self.former = former

    def told(self, event: happened.Event) -> Sentence:
        """Return the sentence for an event; its kind where there is nothing more to say.

        Events are told in their order: what follows a change of the variant is named as that variant has it.
        """
        if isinstance(event, (happened.DealCreated, happened.CaseChanged)):
            self._case = event.case
        return self._of_deal(event) or self._of_work(event) or self._of_rows(event) or self._of_others(event)

    def _of_others(self, event: happened.Event) -> Sentence:
        return self._of_clock(event) or self._of_rules(event) or self._of_outside(event) or Label.plain(event.kind)

    def condition(self, name: str) -> Sentence | None:
        """Return what a condition that the engine makes by itself asks for; None for one that somebody wrote."""
        _, required, field = name.partition(".require.")
        if required:
            return Text("“{field}” is filled in", field=self.name(field))
        if name.startswith(GONE):
            user, _, heir = name.removeprefix(GONE).partition(".")
            return Text("{user} has left: {heir} gets what would be theirs", user=self.user(user), heir=self.user(heir))
        gate, listed, item = name.partition(".checklist.")
        return Text("“{item}” is ticked", item=self._item(gate.split(".")[0], item)) if listed else None

    def _of_deal(self, event: happened.Event) -> Sentence | None:  # noqa: C901 - one case an event
        match event:
            case happened.DealCreated():
                opened = Text("opened in the funnel {funnel}", funnel=self.funnel(event.funnel))
                return self._with(opened, self._values({**_people(event), **event.fields}))
            case happened.FieldsChanged():
                return _joined(
                    Text("{value}, before: {old}", value=value, old=self._value(name, event.old.get(name)))
                    if event.old.get(name) is not None
                    else value
                    for name, value in zip(event.new, self._values(event.new), strict=True)
                )
            case happened.ValuesObserved():
                return _joined(self._observed(name, one) for name, one in event.values.items())
            case happened.CaseChanged(case=None):
                return Text("runs the funnel without a variant")
            case happened.CaseChanged():
                return Text("runs the variant {case}", case=event.case)
            case happened.StageLeft():
                return Text("left {stage}", stage=self.stage(event.stage))
            case happened.StageEntered():
                return Text("entered {stage}", stage=self.stage(event.stage))
            case happened.DealReopened():
                return Text("is open again")
            case happened.TransitionRefused():
                return Text(
                    "the move to {stage} was refused: {gates}",
                    stage=self.stage(event.target),
                    gates=", ".join(event.gates),
                )
            case happened.TransitionStopped(gates=(gate,)) if gate == NO_WAY:
                return Text(
                    "was to move by itself, but the funnel has no such way: {way}", way=self.target(event.transition)
                )
            case happened.TransitionStopped():
                return Text(
                    "the automatic move to {stage} waits: {gates}",
                    stage=self.target(event.transition),
                    gates=", ".join(event.gates),
                )
            case happened.TransitionResumed():
                return Text("the automatic move to {stage} waits no longer", stage=self.target(event.transition))
            case happened.GateOverridden():
                reason = self._value("override", event.reason)
                return Text("lifted {gates}, because: {reason}", gates=", ".join(event.gates), reason=reason)
            case happened.ReleaseApplied():
                return Text("goes on under release {release}", release=event.release[:8])
            case happened.HistoryImported():
                return Text("{rows} rows of the import {name}", rows=event.rows, name=event.import_id)
            case happened.DealHidden():
                return Text("hidden, because the import {name} was undone", name=event.import_id)
        return None

    def _of_rows(self, event: happened.Event) -> Sentence | None:
        match event:
            case happened.RowPut():
                wrote = Text("wrote the row {key} of “{collection}”", **self._row_of(event.collection, event.key))
                return self._with(wrote, self._row(event.collection, event.values))
            case happened.OrderImported():
                told = Text("the order {key} came in", key=event.key)
                told = told if event.new else Text("the order {key} came in otherwise", key=event.key)
                return self._with(told, self._row("orders", event.values))
            case happened.RowRemoved():
                return Text("removed the row {key} of “{collection}”", **self._row_of(event.collection, event.key))
            case happened.RowsFollowed():
                names = sorted({name.partition("[")[0] for name in event.progress})
                return _joined(
                    Text("timer {name} goes on with a row under its new key", name=self.timer(name)) for name in names
                )
        return None

    def _row_of(self, collection: str, key: str) -> dict[str, Sentence]:
        """Return what people call a row and its collection: a party or a user by name, others by their written key."""
        known = self._then.workspace.collections.get(Subject.DEALS, {}).get(collection)
        known = known or BUILT_IN_COLLECTIONS.get(collection)
        field = None if known is None else key_field(known)
        if field is not None and field.type in _NAMED:
            called = self._told(field, key)
        else:
            called = Label.plain(self._then.row_key(collection, key))
        return {"key": called, "collection": Label.plain(collection) if known is None else known.label}

    def _of_work(self, event: happened.Event) -> Sentence | None:
        match event:
            case happened.ChecklistTicked(done=True):
                return Text("ticked {item}", item=self._ticked(event.item))
            case happened.ChecklistTicked():
                return Text("took back the tick of {item}", item=self._ticked(event.item))
            case happened.InteractionLogged():
                return self._with(Text("wrote an interaction"), self._row("interactions", event.values))
            case happened.TaskOpened():
                title = Label(event.title)
                due = self._moment(event.due) if event.day is None else self._told(_DAY, event.day)
                if event.assignee is None:
                    return Text("task {title} for nobody, due {due}", title=title, due=due)
                user = self._label(self._shown.user(event.assignee))
                return Text("task {title} for {user}, due {due}", title=title, user=user, due=due)
            case happened.TaskAssigned():
                heir = self._label(self._shown.user(event.assignee))
                return Text("task {task} went to {user}", task=event.task, user=heir)
            case happened.TaskDone():
                return Text("task {task} was done", task=event.task)
            case happened.CommandQueued():
                target = event.target.partition(":")[0]
                wanted = purpose(str(event.command.get("kind", "")))
                return Text("queued for {target}: {command}", command=wanted, target=_TARGETS.get(target, target))
            case happened.SettingSkipped(names=names):
                return _without_party(names)
        return None

    def rule(self, name: str) -> Sentence:
        """Return what people call a rule, by the release of the entry if the present one has it no longer."""
        found = self._shown.workspace.rules.get(name)
        if found is None and (former := self.former()) is not None:
            found = former.workspace.rules.get(name)
        return Label.plain(name) if found is None else found.called

    def _of_rules(self, event: happened.Event) -> Sentence | None:
        match event:
            case happened.OwnerAssigned(fallback=True):
                return Text(
                    "nobody of {pool} fits or is there, so {user}, who heads the funnel, gets the deal",
                    pool=event.pool,
                    user=self._label(self._shown.user(event.user)),
                )
            case happened.OwnerAssigned():
                return Text(
                    "{user} of {pool} gets the deal ({by})",
                    user=self._label(self._shown.user(event.user)),
                    pool=event.pool,
                    by=in_words(event.by),
                )
            case happened.RuleFired(shadow=True):
                told = Text("the rule {rule} would have acted", rule=self.rule(event.rule))
                return self._with(told, [self._would(each) for each in event.would])
            case happened.RuleFired():
                return Text("the rule {rule} acted", rule=self.rule(event.rule))
            case happened.RuleFailed():
                return Text(
                    "the rule {rule} could not act: {reason}",
                    rule=self.rule(event.rule),
                    reason=kept_reason(event.reason, event.reasons),
                )
            case happened.RuleReset():
                return Text("the condition of the rule {rule} holds no longer", rule=self.rule(event.rule))
            case happened.ScoreChanged():
                return self._scored(event)
        return None

    def _scored(self, event: happened.ScoreChanged) -> Sentence:
        card = self._shown.workspace.scorecards.get(event.card)
        bands = {} if card is None else {band.name: band.label for band in card.bands}
        return Text(
            "score {card}: {total} ({band}), before {total_before} ({band_before})",
            card=Label.plain(event.card) if card is None else card.label,
            total=self._told(_SCORE, round(event.total, 1)),
            band=bands.get(event.band, Label.plain(event.band)),
            total_before=self._told(_SCORE, round(event.total_before, 1)),
            band_before=bands.get(event.band_before, Label.plain(event.band_before)),
        )

    def _would(self, what: Mapping[str, Any]) -> Sentence:
        """Return what a rule in shadow mode would have done: an event in its encoded form, or a move."""
        match what:
            case {"kind": "move", "to": str(stage), "gates": []}:
                return Text("move to {stage}", stage=self.stage(stage))
            case {"kind": "move", "to": str(stage), "gates": gates}:
                return Text("move to {stage}, stopped by {gates}", stage=self.stage(stage), gates=", ".join(gates))
            case {"kind": "rule.failed", "reason": str(reason)}:
                return kept_reason(reason, what.get("reasons", {}))
        return self.told(decode_event(what))

    def _of_clock(self, event: happened.Event) -> Sentence | None:
        match event:
            case happened.TimerArmed():
                timer = event.timer
                return Text(
                    "timer {name} waits until {due}", name=self.timer(timer.key.event), due=self._moment(timer.due)
                )
            case happened.TimerEnded(reason=""):
                return Text("timer {name} {result}", name=self.timer(event.key.event), result=_RESULTS[event.result])
            case happened.TimerEnded():
                return Text(
                    "timer {name} {result}: {reason}",
                    name=self.timer(event.key.event),
                    result=_RESULTS[event.result],
                    reason=ending(event.reason, event.reasons),
                )
            case happened.SlaBreached():
                return Text("stays in {stage} longer than agreed", stage=self.stage(event.stage))
        return None

    def _of_outside(self, event: happened.Event) -> Sentence | None:
        match event:
            case happened.EffectRequested():
                return Text(
                    "message {template} to {recipient} by {channel}",
                    template=event.template,
                    recipient=Label(self._shown.recipient(event.recipient)),
                    channel=in_words(event.channel),
                )
            case happened.EffectSkipped():
                return Text(
                    "message {template} to {recipient} by {channel} was left out: by the time at which it may leave it"
                    " would come too late",
                    template=event.template,
                    recipient=Label(self._shown.recipient(event.recipient)),
                    channel=in_words(event.channel),
                )
            case happened.ActionRequested():
                return Text("action {action} is to be done", action=event.action)
            case happened.ActionDone():
                return Text("action {action} {effect} was done", action=event.action, effect=event.effect)
            case happened.ActionFailed():
                return Text(
                    "action {action} {effect} was given up: {reason}",
                    action=event.action,
                    effect=event.effect,
                    reason=kept_reason(event.reason, event.reasons),
                )
            case happened.EffectUnknown():
                return Text(
                    "whether {way} {effect} was carried out is not known: {reason}",
                    way=event.action or event.channel,
                    effect=event.effect,
                    reason=kept_reason(event.reason, event.reasons),
                )
            case happened.EffectRetried():
                return Text("{effect} is to be tried again", effect=event.effect)
            case happened.MessageSent():
                return Text("message {effect} was sent", effect=event.effect)
            case happened.MessageFailed():
                return Text(
                    "message {effect} was given up: {reason}",
                    effect=event.effect,
                    reason=kept_reason(event.reason, event.reasons),
                )
        return None

    def stage(self, name: str) -> Sentence:
        """Return the label of a stage of the deal's funnel."""
        return self._known(lambda shown: shown.stage(self._funnel, self._case, name))

    def _item(self, stage: str, item: str) -> Sentence:
        return self._known(lambda shown: shown.checklist_item(self._funnel, self._case, stage, item))

    def _ticked(self, place: str) -> Sentence:
        return self._item(place.partition(".")[0], place.rpartition(".")[2])

    def timer(self, name: str) -> Sentence:
        """Return what a timed event does, as its label or its first action says."""
        return self._known(lambda shown: shown.timed_event(self._funnel, self._case, name))

    def target(self, transition: str) -> Sentence:
        """Return the stage to which a transition leads."""
        return self._known(lambda shown: shown.way(self._funnel, self._case, transition))

    def _known(self, named: Callable[[Shown], Mapping[str, Any]]) -> Sentence:
        """Return a label out of the release in force; of the entry's own if that alone has one."""
        found = named(self._shown)
        if found["label"] == {"": found["name"]} and (former := self.former()) is not None:
            found = named(former)
        return self._label(found)

    def funnel(self, name: str) -> Sentence:
        """Return the label of a funnel."""
        return self._label(self._shown.funnel(name))

    def row(self, collection: str, values: Mapping[str, happened.Kept]) -> Sentence:
        """Return the values of a row in one sentence."""
        return _joined(self._row(collection, values))

    def user(self, name: str) -> Sentence:
        """Return a user's name as people write it."""
        return self._label(self._shown.user(name))

    @staticmethod
    def _label(named: Mapping[str, Mapping[str, str]]) -> Sentence:
        return Label(named["label"])

    def _observed(self, name: str, one: Observed) -> Sentence:
        source = self._then.workspace.data_sources.get(one.source)
        label = Label.plain(one.source) if source is None else source.label
        if one.value is None:
            if one.all or not one.source:
                return Text("what was known of {label} is taken back", label=self.name(name))
            return Text("{source} takes back {label}", source=label, label=self.name(name))
        told = Text("{label} = {value}", label=self.name(name), value=self._value(name, one.value))
        told = Text("{source}: {what}", source=label, what=told) if one.source else Text("by hand: {what}", what=told)
        if one.evidence is None:
            return told
        return Text("{what} (evidence: {evidence})", what=told, evidence=self._value("evidence", one.evidence))

    def _moment(self, at: int | None) -> Sentence:
        return _NOTHING if at is None else self._told(_MOMENT, at)

    def _values(self, values: Mapping[str, happened.Kept]) -> list[Sentence]:
        return [
            Text("{label} = {value}", label=self.name(name), value=self._value(name, value))
            for name, value in values.items()
        ]

    def name(self, name: str) -> Sentence:
        """Return the label of a field; a dotted name (``account.turnover``) is one of the account or the contact."""
        party, dot, field = name.rpartition(".")
        if not dot:
            return self._field(name).label
        subject = Subject(f"{party}s")
        known = {**BUILT_IN_FIELDS[subject], **self._then.workspace.fields.get(subject, {})}
        return known[field].label if field in known else Label.plain(name)

    def _value(self, name: str, value: happened.Kept) -> Sentence:
        return self._told(self._field(name), value)

    def _field(self, name: str) -> Field:
        """Return a field of the deal as the release of the entry declares it."""
        plain = Field(name=name, type=FieldType.TEXT, label=Label.plain(name))
        built_in = BUILT_IN_FIELDS[Subject.DEALS].get(name, plain)
        return self._then.workspace.fields.get(Subject.DEALS, {}).get(name, built_in)

    @property
    def _then(self) -> Shown:
        """The records under the release of the entry: its types and currency tell what its values are."""
        return self.former() or self._shown

    def _told(self, field: Field, value: happened.Kept) -> Sentence:
        held = VaultRef(value.subject, value.ref) if isinstance(value, Sealed) else value
        texts = self._then.field(field, held)["shown"]
        return _NOTHING if texts is None else Label(texts)

    def _row(self, collection: str, values: Mapping[str, happened.Kept]) -> list[Sentence]:
        held = {
            name: VaultRef(value.subject, value.ref) if isinstance(value, Sealed) else value
            for name, value in values.items()
        }
        return [
            Text(
                "{label} = {value}",
                label=Label(cell["label"]),
                value=_NOTHING if cell["shown"] is None else Label(cell["shown"]),
            )
            for cell in self._then.row(collection, held)
        ]

    @staticmethod
    def _with(sentence: Sentence, more: list[Sentence]) -> Sentence:
        return Text("{what}: {more}", what=sentence, more=_joined(more)) if more else sentence


_TARGETS: Mapping[str, Sentence] = {
    StreamKind.DEAL.value: Text("another deal"),
    StreamKind.ACCOUNT.value: Text("the account"),
    StreamKind.CONTACT.value: Text("the contact"),
}
_RESULTS = {
    "fired": Text("fired"),
    "cancelled": Text("cancelled"),
    "skipped": Text("skipped"),
    "failed": Text("failed"),
}


def _without_party(names: Sequence[str]) -> Sentence:
    """Return that fields of the deal's account or contact were not set, for it has none."""
    fields = ", ".join(names)
    if names[0].startswith("account."):
        return Text("{fields} was not set: the deal has no account", fields=fields)
    return Text("{fields} was not set: the deal has no contact", fields=fields)


def _people(event: happened.DealCreated) -> dict[str, happened.Kept]:
    """Return whose the opened deal is and whom it is with."""
    found: dict[str, happened.Kept] = {} if event.owner is None else {"owner": event.owner}
    parties = {"account": event.account, "contact": event.contact}
    return found | {name: id_.hex() for name, id_ in parties.items() if id_ is not None}


def _joined(parts: Iterable[Sentence]) -> Sentence:
    whole: Sentence | None = None
    for part in parts:
        whole = part if whole is None else Text("{first}; {rest}", first=whole, rest=part)
    return whole or _NOTHING
