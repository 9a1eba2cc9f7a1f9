"""Users and the roles they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from voronka.messages import Label

__all__ = ["Role", "User"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """A role, as `by`, `override` and `owner` of a funnel name it."""

    name: str
    label: Label


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """Somebody on our side. `reports_to` and `deputy` are user names. `addresses`: where channels reach them, by kind
    (``email``)."""

    name: str
    label: Label
    role: str
    team: str | None = None
    reports_to: str | None = None
    deputy: str | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)
