"""What is done: actions of stages, transitions and timed events."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voronka.calendars import Duration
from voronka.config.build_arguments import build_plugin_action
from voronka.config.build_people import WORDS_FOR_PEOPLE
from voronka.config.build_values import assigned, assignments
from voronka.config.context import FunnelContext
from voronka.config.names import NameKind, refer
from voronka.config.node import Node
from voronka.config.report import Report
from voronka.config.scalars import duration, label, many, one_of
from voronka.config.template_uses import template_at
from voronka.definition.actions import (
    Action,
    AssignAction,
    CancelAction,
    Distribution,
    LogAction,
    MoveAction,
    NotifyAction,
    OpenDealAction,
    SendAction,
    SetAction,
    TaskAction,
)
from voronka.definition.fields import Field, FieldType, Subject
from voronka.definition.people import Reach, User
from voronka.definition.rights import reached
from voronka.definition.templates import Template
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS
from voronka.definition.workspace import Channel
from voronka.expressions import suggest
from voronka.messages import Text

__all__ = ["NOTICE", "build_actions", "build_assign"]

NOTICE = "notice"
"""The channel that carries `notify`; every workspace has it."""

_MATCHED = (FieldType.TEXT, FieldType.CHOICE, FieldType.CHOICES)
_LEDGER = BUILT_IN_COLLECTIONS["interactions"].fields


def build_actions(node: Node | None, funnel: FunnelContext) -> tuple[Action, ...]:
    """Return the actions of a list; one that is wrong is left out and reported."""
    built = []
    for item in many(node):
        for entry in item.items():
            build = _BUILDERS.get(entry.key.text)
            action = build(entry.value, funnel) if build else build_plugin_action(entry.key, entry.value, funnel)
            if action is not None:
                built.append(action)
    return tuple(built)


def _set(node: Node, funnel: FunnelContext) -> Action:
    return SetAction(values=assignments(node, funnel))


def _task(node: Node, funnel: FunnelContext) -> Action:
    title = node.get("title")
    due_node = node.get("due")
    due: Duration | str | None = None
    if due_node is not None:
        due = "today" if due_node.text == "today" else duration(due_node, funnel.report)
    assignee = node.get("assignee")
    if assignee is not None and assignee.is_scalar:
        _check_sees(assignee, funnel)
    return TaskAction(
        title=label(title, ""),
        due=due,
        assignee=_recipient(assignee, funnel) if assignee else "owner",
    )


def _check_sees(node: Node, funnel: FunnelContext) -> None:
    """Warn of a user, or of a role none of whose holders, sees the deals of everybody who may have one."""
    people, roles = funnel.workspace.people, funnel.workspace.roles
    holders = [user for user in people.values() if node.text in (user.name, user.role)]
    if not holders or not all(user.role in roles for user in people.values()):
        return
    seen: set[str] = {user.name for user in holders}
    for user in holders:
        reach = reached(people, funnel.workspace.teams, user, roles[user.role].sees)
        if reach is None:
            return
        seen |= reach
    others = [user.name for user in people.values() if roles[user.role].changes is not Reach.NONE]
    if unseen := [name for name in others if name not in seen]:
        funnel.report.warning(
            "V5310",
            node.place,
            Text(
                "{who} does not see the deals of {others}, and so not the tasks about them either.",
                who=node.text,
                others=", ".join(unseen),
            ),
            Text("Give the task to the owner or to somebody who sees these deals, or let the role see more (“sees”)."),
        )


def _recipient(node: Node | None, funnel: FunnelContext, *, contact: bool = False) -> str:
    """Return who is meant at `node`: owner, owner.reports_to, a user, a role, or (for messages) the contact."""
    if node is None or not node.is_scalar:
        return "owner"
    words = tuple(each for each in WORDS_FOR_PEOPLE if contact or each != "contact")
    known = {*words, *funnel.workspace.people, *funnel.workspace.roles}
    if node.text in known:
        return node.text
    labelled = (funnel.report.labelled(kind, node.text, known) for kind in (NameKind.USER, NameKind.ROLE))
    meant = next((name for name in labelled if name is not None), None) or suggest(node.text, sorted(known))
    doubtful = any(
        funnel.report.doubtful(kind, node.place.file, node.text, meant) for kind in (NameKind.USER, NameKind.ROLE)
    )
    if not doubtful:
        if node.text == "contact":
            reason = Text("A task or a notice is for us; it cannot go to the contact.")
            remedy = Text("Use “send” for a message to the contact, or name somebody of us.")
        else:
            reason = Text("“{name}” is neither a user nor a role.", name=node.text)
            remedy = Text("Use one of {words}, a user or a role.", words=", ".join(words))
        funnel.report.error("V3115", node.place, reason, remedy, suggestion=meant)
    return node.text


def _send(node: Node, funnel: FunnelContext) -> Action:
    to = _recipient(node.get("to"), funnel, contact=True)
    written = node.get("channel")
    channel = refer(NameKind.CHANNEL, written, funnel.workspace.channels, funnel.report) or ""
    if to == "contact" and written is not None and channel:
        _check_address(written, funnel.workspace.channels[channel], funnel)
    template = template_at(node.get("template"), to, funnel)
    if channel and template:
        _check_subject(node.get("template"), funnel.workspace.templates[template], channel, funnel)
    return SendAction(channel=channel, to=to, template=template)


def _check_subject(node: Node | None, template: Template, name: str, funnel: FunnelContext) -> None:
    """Warn of a letter without a subject: an e-mail that says nothing of itself is taken for junk."""
    channel = funnel.workspace.channels[name]
    bare = sorted(language for language, text in template.texts.items() if not text.subject.strip())
    if node is not None and bare and (channel.html or channel.address == "email"):
        funnel.report.warning(
            "V3611",
            node.place,
            Text(
                "The template {template} has no subject ({languages}), and the channel {channel} sends e-mail.",
                template=template.name,
                languages=", ".join(bare),
                channel=name,
            ),
            Text("Write the subject at the top of the file: a line ---, then “subject: …”, then a line ---."),
        )


_ADDRESSES = frozenset({FieldType.TEXT, FieldType.PHONE, FieldType.EMAIL, FieldType.URL, FieldType.INTEGER})


def _check_address(node: Node, channel: Channel, funnel: FunnelContext) -> None:
    """Warn of a channel that finds no address of a contact: each of its messages would be given up."""
    if channel.address is None or funnel.report.failed:
        return
    field = funnel.workspace.party_fields.get(f"contact.{channel.address}")
    if field is None:
        funnel.report.warning(
            "V3128",
            node.place,
            Text(
                "The channel {channel} finds no address of the contact: contacts have no field {field}.",
                channel=channel.name,
                field=channel.address,
            ),
            Text(
                "Declare it in configs/fields, as `{field}: {{of: contacts, type: text, pii: true}}`, or name another"
                " field under “address” of the channel in voronka.yaml.",
                field=channel.address,
            ),
        )
    elif field.type not in _ADDRESSES:
        funnel.report.warning(
            "V3128",
            node.place,
            Text(
                "The channel {channel} finds no address of the contact: the field {field} is of the type {type}.",
                channel=channel.name,
                field=channel.address,
                type=field.type.value,
            ),
            Text("Let it be of the type text, phone or email, or name another field under “address” of the channel."),
        )


def _notify(node: Node, funnel: FunnelContext) -> Action:
    to = _recipient(node.get("to"), funnel)
    return NotifyAction(to=to, template=template_at(node.get("template"), to, funnel))


def _move(node: Node, funnel: FunnelContext) -> Action | None:
    target = node.get("to") if node.is_mapping else node
    to = refer(NameKind.STAGE, target, funnel.stages, funnel.report)
    values = node.get("set")
    assigned = assignments(values, funnel) if values else {}
    return MoveAction(to=to, set=assigned) if to else None


def _open_deal(node: Node, funnel: FunnelContext) -> Action | None:
    workspace = funnel.workspace
    written = node.get("funnel")
    if written is None:
        names = workspace.routed.funnels
    else:
        name = refer(NameKind.FUNNEL, written, workspace.declared.of(NameKind.FUNNEL), funnel.report)
        if name is None:
            return None
        names = (name,)
    targets = [workspace.funnel_fields[name] for name in names]
    target = {each: field for each, field in next(iter(targets), {}).items() if all(each in other for other in targets)}
    common = {*BUILT_IN_FIELDS[Subject.DEALS], *(each for each in funnel.fields if each in target)}
    files = {workspace.declared.of(NameKind.FUNNEL)[each].name.place.file for each in (*names, funnel.name)}
    copied = []
    for each in many(node.get("copy")):
        meant = suggest(each.text, sorted(common))
        if each.text in common or any(funnel.report.doubtful(NameKind.FIELD, file, each.text, meant) for file in files):
            copied.append(each.text)
        elif each.text in funnel.fields or any(each.text in other for other in targets):
            funnel.report.error(
                "V3116",
                each.place,
                Text("The field {field} cannot be copied: only one of the two funnels has it.", field=each.text)
                if written is not None
                else Text(
                    "The field {field} cannot be copied: not all of the funnels that the routing may choose have it.",
                    field=each.text,
                ),
                Text("Name its field set under “fields” of both funnels, or do not copy it.")
                if written is not None
                else Text("Name its field set under “fields” of them all, do not copy it, or name the funnel."),
            )
        else:
            refer(NameKind.FIELD, each, common, funnel.report)
    follow = [each.text for each in many(node.get("follow")) if _is_followed(each, target, funnel)]
    values = node.get("set")
    segment = node.get("each")
    action = OpenDealAction(
        funnel="" if written is None else names[0],
        copy=tuple(dict.fromkeys([*copied, *follow])),
        set=assignments(values, funnel, target) if values else {},
        each="" if segment is None else _segment(segment, node, funnel),
        follow=tuple(follow),
    )
    if written is None and (needing := segment or node.get("follow")) is not None:
        funnel.report.error(
            "V3116",
            needing.place,
            Text("Deals for each of a segment, and deals that follow another, need a funnel that is named."),
            Text("Name the funnel under “funnel” of `open_deal`."),
        )
    if written is None:
        workspace.routed.asked[node.place] = action
    return action


def _segment(segment: Node, node: Node, funnel: FunnelContext) -> str:
    """Return the segment for whose members deals are opened, empty for none; report one that cannot have them."""
    report = funnel.report
    declared = funnel.workspace.declared.of(NameKind.SEGMENT)
    name = refer(NameKind.SEGMENT, segment, declared, report)
    if name is None:
        return ""
    of = declared[name].value.get("of")
    if of is None or of.text == Subject.DEALS.value:
        report.error(
            "V3154",
            segment.place,
            Text("The segment {segment} is of deals; a deal is opened for accounts or contacts.", segment=name),
            Text("Name a segment with “of: contacts” or “of: accounts” in configs/segments."),
        )
    values = node.get("set")
    given = [*many(node.get("copy")), *(entry.key for entry in (values.items() if values else ()))]
    for each in given:
        if each.text in ("account", "contact"):
            report.error(
                "V3154",
                each.place,
                Text("With “each” the {field} of a new deal is that of the member.", field=each.text),
                Text("Leave {field} out, or leave “each” out.", field=each.text),
            )
    return name


def _is_followed(node: Node, target: Mapping[str, Field], funnel: FunnelContext) -> bool:
    """Tell whether a field can be followed by the deals of another funnel; report it if it cannot."""
    name = node.text
    both = {each for each in funnel.fields if each in target}
    if name not in both:
        if name in funnel.fields or name in target:
            funnel.report.error(
                "V3116",
                node.place,
                Text("The field {field} cannot be followed: only one of the two funnels has it.", field=name),
                Text("Name its field set under “fields” of both funnels, or do not follow it."),
            )
        else:
            refer(NameKind.FIELD, node, both, funnel.report)
        return False
    field = funnel.fields[name]
    if field.formula is not None or field.pii:
        funnel.report.error(
            "V3155",
            node.place,
            Text("The field {field} is computed: each deal computes its own.", field=name)
            if field.formula is not None
            else Text("The field {field} is personal, and its changes do not go over to other deals.", field=name),
            Text("Follow the fields that it is computed from.")
            if field.formula is not None
            else Text("Take it over once, with “copy”."),
        )
        return False
    return True


def _log(node: Node, funnel: FunnelContext) -> Action:
    values = {}
    for entry in node.items():
        name = refer(NameKind.INTERACTION, entry.key, _LEDGER, funnel.report)
        if name is not None:
            values[name] = assigned(_LEDGER[name], entry.value, funnel)
    return LogAction(values=values)


def _cancel(node: Node, funnel: FunnelContext) -> Action | None:
    event = refer(NameKind.TIMED, node, funnel.timed, funnel.report)
    return CancelAction(event=event) if event else None


def build_assign(node: Node, funnel: FunnelContext) -> AssignAction | None:
    """Return who gets deals; None if nobody can, which is reported."""
    workspace, report = funnel.workspace, funnel.report
    people = workspace.people.values()
    by = one_of(Distribution, node.get("by")) or Distribution.ROUND_ROBIN
    pool, users = "", []
    if (team := node.get("team")) is not None:
        name = refer(NameKind.TEAM, team, workspace.declared.of(NameKind.TEAM), report)
        pool, users = f"team:{name}", [user.name for user in people if user.team == name]
    elif (role := node.get("role")) is not None:
        name = refer(NameKind.ROLE, role, workspace.roles, report)
        pool, users = f"role:{name}", [user.name for user in people if user.role == name]
    else:
        given = [refer(NameKind.USER, each, workspace.people, report) for each in many(node.get("users"))]
        users = [name for name in given if name is not None]
        pool = f"users:{','.join(users)}"
    written = node.get("field")
    matched = by in (Distribution.SKILL, Distribution.TERRITORY)
    field = None
    if written is not None and written.text not in workspace.expressions.broken:
        field = refer(NameKind.FIELD, written, {**funnel.fields, **workspace.party_fields}, report)
        if field is not None:
            _check_matched(written, {**funnel.fields, **workspace.party_fields}[field], report)
    if matched is (written is None):
        report.error(
            "V5702",
            (written or node.get("by") or node).place,
            Text("“field” goes with `skill` and `territory`, and with them alone."),
            Text("Add “field: NAME” to a choice by skill or territory, or leave it out of any other."),
        )
        return None
    if not users and not report.failed:
        report.error(
            "V5703",
            node.place,
            Text("There is nobody to assign deals to."),
            Text("Put people into the team or role, or name others."),
        )
        return None
    if matched and not report.failed and not any(_known_for(workspace.people[name], by) for name in users):
        report.error(
            "V5707",
            (node.get("by") or node).place,
            Text("Nobody of this group has “skills”, so no deal finds anybody by its skill.")
            if by is Distribution.SKILL
            else Text("Nobody of this group has “territories”, so no deal finds anybody by its territory."),
            Text("Write them with the people of configs/people, or choose by another key."),
        )
        return None
    return AssignAction(pool=pool, users=tuple(users), by=by, field=field or "")


def _check_matched(node: Node, field: Field, report: Report) -> None:
    """Report a field whose values are no skills or territories that a person could have."""
    name = node.text
    if field.pii:
        report.error(
            "E1206",
            node.place,
            Text("{name} is personal: its value never enters a decision.", name=name),
            Text("Name a field that is not personal."),
        )
    elif field.type not in _MATCHED:
        report.error(
            "V5715",
            node.place,
            Text("The field {field} holds no words, so it matches nobody's skills or territories.", field=name),
            Text("Name a field of the type {types}.", types=", ".join(_MATCHED)),
        )
    elif field.formula is not None and "." in name:
        report.error(
            "V5715",
            node.place,
            Text("The field {field} is computed: only computed fields of the deal itself are matched.", field=name),
            Text("Compute it among the fields of deals, with “formula: {field}”, and name that one.", field=name),
        )


def _known_for(user: User, by: Distribution) -> tuple[str, ...]:
    return user.skills if by is Distribution.SKILL else user.territories


_BUILDERS: Mapping[str, Callable[[Node, FunnelContext], Action | None]] = {
    "assign": build_assign,
    "cancel": _cancel,
    "log": _log,
    "move": _move,
    "notify": _notify,
    "open_deal": _open_deal,
    "send": _send,
    "set": _set,
    "task": _task,
}
