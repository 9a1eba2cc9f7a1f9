"""Setting fields of a deal: what may be set, what it changes, and the variant that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from voronka.definition.actions import Assigned
from voronka.definition.faults import brief
from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.rights import owners_of_deal
from voronka.definition.values import ValueFault, still_fits, take_value
from voronka.definition.vocabulary import BUILT_IN_FIELDS, COMPUTED_NAMES
from voronka.expressions import Expression
from voronka.expressions.suggestion import suggest
from voronka.frozen import maker
from voronka.messages import Label, Sentence, Text, listed
from voronka.process.commands import BY_HAND, Given, Origin, Sealed
from voronka.process.draft import Draft
from voronka.process.events import CaseChanged, FieldsChanged, Kept
from voronka.process.evolve import held
from voronka.process.permissions import forbidden_fields
from voronka.process.provenance import (
    Telling,
    check_newer,
    check_origin,
    check_sums,
    fresh_since,
    observed,
    telling,
)
from voronka.process.refusals import Refused
from voronka.process.state import Held, VaultRef, same
from voronka.process.step import Failure, Refusal
from voronka.process.successors import has_left, left
from voronka.process.timers import Ending, rearm
from voronka.process.visits import relocate, relocated

__all__ = [
    "assigned",
    "change",
    "check",
    "check_again",
    "check_deal",
    "check_given",
    "differences",
    "differs",
    "label_of",
    "observe",
    "outdated",
    "present",
    "refuse_failures",
]

_changed = maker(FieldsChanged)
_BUILT_IN, _COMPUTED = BUILT_IN_FIELDS[Subject.DEALS], COMPUTED_NAMES[Subject.DEALS]


def label_of(fields: Mapping[str, Field], name: str) -> Sentence:
    """Return what people call a field; its name for one that is not among `fields`."""
    found = fields.get(name)
    return listed([name]) if found is None else found.label


def check(
    fields: Mapping[str, Field], values: Mapping[str, Given], *, place: str = "set", computed: Iterable[str] = ()
) -> tuple[dict[str, Kept], list[Failure]]:
    """Return what may be set of `values` in the form in which it is kept, and every failure.

    A personal value must have gone to the vault; one that does not fit its field is left out of it, to be refused here.
    `computed`: built-in names that nobody sets.
    """
    kept: dict[str, Kept] = {}
    failures: list[Failure] = []
    for name, value in values.items():
        field = fields.get(name)
        gate = f"{place}.{name}"
        if field is None:
            failures.append(_unknown(gate, name, fields, computed))
        elif field.formula is not None:
            failures.append(
                Failure(
                    gate=gate,
                    reason=Text("“{field}” is computed.", field=field.label),
                    unblock=Text("Set what it is computed from: {formula}.", formula=field.formula.text),
                )
            )
        elif value is None or (isinstance(value, Sealed) and field.pii):
            kept[name] = value
        elif isinstance(value, Sealed):
            failures.append(
                _missealed(gate, Text("“{field}” is no personal field, but its value came sealed.", field=field.label))
            )
        else:
            try:
                taken = take_value(field, value)
            except ValueFault as fault:
                failures.append(_misfit(gate, field, fault))
                continue
            if field.pii:
                failures.append(
                    _missealed(
                        gate, Text("The value of “{field}” is personal and came without its seal.", field=field.label)
                    )
                )
            else:
                kept[name] = taken
    return kept, failures


def _missealed(gate: str, reason: Text) -> Failure:
    return Failure(
        gate=gate, reason=reason, unblock=Text("Personal values, and only they, go to the vault before the decision.")
    )


def _unknown(gate: str, name: str, fields: Mapping[str, Field], computed: Iterable[str]) -> Failure:
    if name in computed:
        return Failure(
            gate=gate,
            reason=Text("“{field}” is not set by hand.", field=name),
            unblock=Text("It follows from what happens: move the deal, log a contact, complete a task."),
        )
    meant = suggest(name, fields)
    return Failure(
        gate=gate,
        reason=Text("There is no field {field} here.", field=name),
        unblock=Text("Did you mean {meant}?", meant=meant)
        if meant
        else Text("Declare it in a field set that the funnel names under “fields”."),
    )


def check_deal(
    draft: Draft, values: Mapping[str, Given], *, place: str = "set", unowned: bool = False
) -> dict[str, Kept]:
    """Return the values given for the deal in the form in which they are kept; `Refused` with all that is wrong.

    `unowned`: whose the deal will be is not known yet, so what the actor may set is told by `check_given`.
    """
    funnel = draft.funnel
    fields = funnel.fields
    kept, failures = check(fields, values, place=place, computed=_COMPUTED)
    if not funnel.users.isdisjoint(kept):
        for name, value in kept.items():
            if name in funnel.users and isinstance(value, str) and draft.names.user(value) is None:
                failures.append(_nobody(f"{place}.{name}", value, draft))
    owner = kept.get("owner")
    if isinstance(owner, str) and _newly_given(draft, owner) and has_left(draft, owner):
        failures.append(left(draft.workspace, draft.facts.absences, owner, draft.now, gate=f"{place}.owner"))
    if not unowned and not funnel.guarded.isdisjoint(kept):
        failures += forbidden_fields(draft.workspace, fields, kept, draft.moment.rights, _owners(draft, values), place)
    if failures:
        refuse_failures(failures)
    return kept


def check_given(draft: Draft, names: Iterable[str]) -> None:
    """Raise `Refused` unless the actor may set the fields `names` with which the deal is opened: it has its owner."""
    workspace, rights = draft.workspace, draft.moment.rights
    failures = forbidden_fields(
        workspace, draft.funnel.fields, names, rights, owners_of_deal(draft.deal.owner), "create"
    )
    owner = draft.names.user(draft.deal.owner) if draft.deal.owner is not None else None
    if owner is not None and owner.name not in rights.users:
        failures = [
            replace(
                failure,
                reason=Text(
                    "{reason} The routing gives this deal to {owner}.", reason=failure.reason, owner=owner.label
                ),
            )
            for failure in failures
        ]
    refuse_failures(failures)


def _owners(draft: Draft, values: Mapping[str, Given]) -> frozenset[str]:
    """Return whose the deal is as the command finds it, or is opened with."""
    given = values.get("owner") if draft.base is None else draft.base.owner
    return owners_of_deal(given if isinstance(given, str) else None)


def _nobody(gate: str, name: str, draft: Draft) -> Failure:
    meant = suggest(name, draft.workspace.people)
    return Failure(
        gate=gate,
        reason=Text("There is no user {name}.", name=name),
        unblock=Text("Did you mean {meant}?", meant=meant)
        if meant
        else Text("Name somebody who is declared under “people”."),
    )


def _newly_given(draft: Draft, owner: str) -> bool:
    """Tell whether somebody gives the deal to a declared user who does not have it yet.

    An import tells what is so already, and what follows from another change goes to who takes over.
    """
    held_by = None if draft.base is None else draft.base.owner
    by_hand = draft.moment.import_id is None and not draft.moment.chain.step
    return by_hand and owner != held_by and owner in draft.workspace.people


def outdated(draft: Draft) -> dict[str, Failure]:
    """Return, by field, the values that the deal holds from an earlier declaration and the present one does not know.

    Releases leave closed deals alone. Of a personal value only the place is known here: it is taken as it is.
    """
    found: dict[str, Failure] = {}
    for name, value in draft.deal.fields.items():
        field = draft.funnel.fields.get(name)
        if field is None or field.formula is not None or (field.pii and isinstance(value, VaultRef)):
            continue
        if not isinstance(value, VaultRef) and not field.pii and still_fits(field, value):
            continue
        said = Text("a personal value") if isinstance(value, VaultRef) or field.pii else Label.plain(brief(value))
        found[name] = Failure(
            gate=f"reopen.{name}",
            reason=Text(
                "“{field}” still holds {value} of an earlier declaration; it is of the type {type} by now.",
                field=field.label,
                value=said,
                type=field.type.value,
            ),
            unblock=Text("Give “{field}” a new value with the move, or clear it first.", field=field.label),
        )
    return found


def refuse_failures(failures: Iterable[Failure]) -> None:
    """Raise `Refused` if there are any failures of values, or of rights to them."""
    if found := tuple(failures):
        code = "not_allowed" if all(failure.forbidden for failure in found) else "value"
        raise Refused(Refusal(code=code, failures=found))


def assigned(
    draft: Draft, values: Mapping[str, Assigned], fields: Mapping[str, Field] | None = None
) -> dict[str, Kept]:
    """Return what an action or a transition sets: constants as they are, expressions by their value now.

    A blank text is a missing value; another is taken as if it were typed. `fields`: those that are set, by default the
    deal's; what belongs to an account or a contact is taken and checked there. Raises `Refused` where an expression
    gives a field what it does not let in.
    """
    kept: dict[str, Kept] = {}
    failures: list[Failure] = []
    known = draft.funnel.fields if fields is None else fields
    for name, value in values.items():
        if not isinstance(value, Expression):
            kept[name] = value
            continue
        result = value.evaluate(draft.env(value))
        if isinstance(result, str) and not result.strip():
            result = None
        if (field := known.get(name)) is not None and result is not None:
            kept[name], faults = _taken(draft, field, result, f"set.{name}")
            failures += faults
        else:
            kept[name] = result
    refuse_failures(failures)
    return kept


def check_again(draft: Draft, values: Mapping[str, Held | None]) -> None:
    """Raise `Refused` if what a move was to set under an earlier release does not fit the fields of this one."""
    failures: list[Failure] = []
    for name, value in values.items():
        party, dot, own = name.partition(".")
        fields = _fields_of(draft, Subject(f"{party}s")) if dot else draft.funnel.fields
        field = fields.get(own if dot else name)
        gate = f"set.{name}"
        if field is None:
            failures.append(_unknown(gate, own if dot else name, fields, ()))
        elif value is not None and not isinstance(value, VaultRef):
            failures += _taken(draft, field, value, gate)[1]
    refuse_failures(failures)


def _fields_of(draft: Draft, subject: Subject) -> Mapping[str, Field]:
    return {**BUILT_IN_FIELDS[subject], **draft.workspace.fields.get(subject, {})}


def _taken(draft: Draft, field: Field, value: Held, gate: str) -> tuple[Held, list[Failure]]:
    """Return a value as the field keeps it, and what is wrong with it."""
    try:
        taken = take_value(field, value)
    except ValueFault as fault:
        return value, [_misfit(gate, field, fault)]
    if field.type is FieldType.USER and isinstance(taken, str) and draft.names.user(taken) is None:
        return taken, [_nobody(gate, taken, draft)]
    return taken, []


def _misfit(gate: str, field: Field, fault: ValueFault) -> Failure:
    reason = Text("“{field}”: {reason}", field=field.label, reason=fault.reason)
    return Failure(gate=gate, reason=reason, unblock=fault.remedy)


def present(draft: Draft, name: str) -> Held | None:
    """Return what a field of the deal holds now, built-in or declared."""
    return draft.names.get(name) if name in _BUILT_IN else draft.deal.fields.get(name)


def differences(values: Mapping[str, Kept], old: Mapping[str, Held | None]) -> dict[str, Kept]:
    """Return those of `values` that are another than before; of personal values the references are compared."""
    return {name: value for name, value in values.items() if not same(held(value), old[name])}


def differs(draft: Draft, values: Mapping[str, Kept]) -> bool:
    """Tell whether setting `values` would change the deal."""
    return bool(differences(values, {name: present(draft, name) for name in values}))


def change(
    draft: Draft,
    values: Mapping[str, Kept],
    *,
    when: Telling | None = None,
    origin: Origin = BY_HAND,
    place: str = "set",
) -> None:
    """Set fields that were checked. What stays the same leaves nothing; a changed `by` field changes the variant.

    Of values from several sources the field's merge rule makes one; `Refused` where it comes to what cannot stand.
    `when` they are told, by default as the command is.
    """
    if draft.deal.observed or origin is not BY_HAND or not draft.funnel.unfollowed.issuperset(values):
        values = observe(draft, values, when=when or telling(draft.moment), origin=origin, place=place)
    new: dict[str, Kept] = {}
    old: dict[str, Held | None] = {}
    for name, value in values.items():
        before = present(draft, name)
        if not same(held(value), before):
            new[name], old[name] = value, before
    if not new:
        return
    draft.add(_changed(new=new, old=old, at=draft.at if when is None else when.at))
    funnel = draft.funnel.funnel
    if funnel.variant_by in new:
        case = draft.funnel.case_of(draft.deal.fields.get(funnel.variant_by))
        if case != draft.deal.case:
            _change_case(draft, case)


def observe(
    draft: Draft, values: Mapping[str, Kept], *, when: Telling, origin: Origin, place: str = "set"
) -> Mapping[str, Kept]:
    """Remember where values come from, as far as somebody wants to know, and return what the fields hold by it."""
    fields = draft.funnel.fields
    if origin == BY_HAND and draft.funnel.unfollowed.issuperset(values) and not draft.deal.observed:
        return values
    workspace = draft.workspace
    known = {name: value for name, value in values.items() if name in fields}
    refuse_failures(check_origin(workspace, fields, known, origin, place))
    refuse_failures(check_newer(workspace, fields, known, draft.deal.observed, origin, when, place))
    told, after = observed(
        known,
        fields,
        draft.deal.observed,
        origin,
        when=when,
        by=draft.cause,
        since=lambda field: fresh_since(field, workspace, draft.now),
    )
    refuse_failures(check_sums(fields, after, place))
    for word in told:
        draft.add(word)
    return {name: value for name, value in values.items() if name not in known} | after


def _change_case(draft: Draft, case: str | None) -> None:
    stage = draft.deal.stage
    if draft.moving:  # the stage that the deal is about to enter is looked up in the new variant
        draft.add(CaseChanged(case=case))
        return
    to = relocated(draft, case, stage)
    draft.add(CaseChanged(case=case))
    if to == stage:
        rearm(draft, Ending.CASE)
    else:
        relocate(draft, to, Ending.CASE)
