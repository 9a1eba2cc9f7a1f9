"""Fields by the dotted names under which expressions and imports know them."""

from __future__ import annotations

from voronka.config.build_fields import DeclaredFields
from voronka.definition.fields import Field, Subject
from voronka.definition.guarded import columns_of
from voronka.definition.vocabulary import BUILT_IN_FIELDS

__all__ = ["columns_by_name", "party_fields_of"]


def party_fields_of(fields: DeclaredFields) -> dict[str, Field]:
    """Return the fields of accounts and contacts, such as ``account.region``."""
    return {
        f"{subject.value[:-1]}.{name}": each
        for subject in (Subject.ACCOUNTS, Subject.CONTACTS)
        for name, each in {**BUILT_IN_FIELDS[subject], **fields.fields[subject]}.items()
    }


def columns_by_name(fields: DeclaredFields) -> dict[str, Field]:
    """Return the columns of all collections, such as ``account.competitors.share``; those of deals have no head."""
    return {
        f"{head}{name}": each
        for subject, head in ((Subject.DEALS, ""), (Subject.ACCOUNTS, "account."), (Subject.CONTACTS, "contact."))
        for name, each in columns_of(fields.collections[subject]).items()
    }
