"""Deals that a deal opens: one, or one for each member of a segment; and what they go on taking over from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from voronka.definition.actions import OpenDealAction
from voronka.definition.fields import Subject
from voronka.process.codec import decode_command
from voronka.process.commands import CreateDeal, Given, SetFields
from voronka.process.draft import Draft
from voronka.process.events import CommandQueued, Event
from voronka.process.fields import assigned
from voronka.process.queueing import queue
from voronka.process.state import Held, Stream, StreamKind, same
from voronka.process.step import Child, ChildrenKey, Member

__all__ = ["NotListed", "children_queued", "open_deals", "tell_followers"]

_FOLLOW = "follow"
_NOTHING: Mapping[str, frozenset[str]] = {}


class NotListed(Exception):  # noqa: N818 - a request for facts, not an error
    """Who is in a segment is not known, or which deals another has opened."""

    def __init__(self, *, segment: str = "", children: ChildrenKey | None = None) -> None:
        super().__init__(segment)
        self.segment = segment
        self.children = children


def child_id(deal: bytes, seq: int, n: int) -> bytes:
    """Return the id of a deal that another opens: a UUID (version 8) of the parent's id, entry and child number."""
    digest = bytearray(hashlib.sha256(deal + seq.to_bytes(8, "big") + n.to_bytes(4, "big")).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return bytes(digest)


def open_deals(draft: Draft, action: OpenDealAction) -> None:
    """Open a deal, or one for each member of a segment who has none of this deal in the funnel yet."""
    command = _command(draft, action)
    if not action.each:
        _open(draft, command)
        return
    for member in _uninvited(draft, action):
        _open(draft, command, member)


def _open(draft: Draft, command: CreateDeal, member: Member | None = None) -> None:
    n = draft.child()
    if member is not None:
        command = replace(command, account=member.account, contact=member.contact)
    child = Stream(StreamKind.DEAL, child_id(draft.deal.id, draft.seq, n))
    draft.opened[child.id] = draft.deal.fields
    queue(draft, child, command, f"open_deal:{command.funnel}" if command.funnel else "open_deal", n)


def _uninvited(draft: Draft, action: OpenDealAction) -> Iterator[Member]:
    members = draft.facts.segments.get(action.each)
    if members is None:
        raise NotListed(segment=action.each)
    of_contacts = draft.workspace.segments[action.each].of is Subject.CONTACTS
    children = [*_known(draft, action.funnel), *_opened_now(draft, action.funnel)]
    known = {child.contact if of_contacts else child.account for child in children}
    for member in members:
        if (member.contact if of_contacts else member.account) not in known:
            yield member


def _command(draft: Draft, action: OpenDealAction) -> CreateDeal:
    deal = draft.deal
    copied = {name: draft.value(name) for name in action.copy if name not in ("owner", "account", "contact")}
    fields: dict[str, Given] = {name: value for name, value in copied.items() if value is not None}
    owner = deal.owner if "owner" in action.copy else None
    account = deal.account if "account" in action.copy else None
    contact = deal.contact if "contact" in action.copy else None
    for name, value in assigned(draft, action.set).items():
        match name, value:
            case "owner", str() | None:
                owner = value
            case "account", str() | None:
                account = None if value is None else bytes.fromhex(value)
            case "contact", str() | None:
                contact = None if value is None else bytes.fromhex(value)
            case _:
                fields[name] = value
    return CreateDeal(
        funnel=action.funnel, fields=fields, owner=owner, account=account, contact=contact, parent=deal.id
    )


def tell_followers(draft: Draft) -> None:
    """Let the deals that this one has opened take over what has changed of the fields that they follow.

    It has changed since the step before, or since the deal was opened if that was in this step.
    """
    base = draft.base
    for funnel, names in draft.plan.followed.get(draft.deal.funnel, _NOTHING).items():
        news = {} if base is None else _changed(draft, names, base.fields)
        told = [(child, news) for child in _known(draft, funnel)] if news else []
        told += [(child, _changed(draft, names, draft.opened[child.id])) for child in _opened_now(draft, funnel)]
        for child, changed in told:
            if changed:
                queue(draft, Stream(StreamKind.DEAL, child.id), SetFields(values=changed), _FOLLOW)


def _changed(draft: Draft, names: Iterable[str], before: Mapping[str, Held]) -> dict[str, Given]:
    now = draft.deal.fields
    return {name: now.get(name) for name in sorted(names) if not same(now.get(name), before.get(name))}


def _known(draft: Draft, funnel: str) -> Iterable[Child]:
    """Return what the deal has opened in a funnel before this step."""
    if draft.base is None:
        return ()
    key = (draft.deal.id, funnel)
    known = draft.facts.children.get(key)
    if known is None:
        raise NotListed(children=key)
    return known.values()


def _opened_now(draft: Draft, funnel: str) -> list[Child]:
    return [child for where, child in children_queued(draft.events) if where == funnel]


def children_queued(events: Iterable[Event]) -> Iterator[tuple[str, Child]]:
    """Yield the deals that a deal asks to be opened, each with the funnel; without those that the routing places."""
    for event in events:
        if isinstance(event, CommandQueued):
            command = decode_command(event.command) if event.command["kind"] == CreateDeal.kind else None
            if isinstance(command, CreateDeal) and command.funnel:
                id_ = bytes.fromhex(event.target.partition(":")[2])
                yield command.funnel, Child(id_, command.account, command.contact)
