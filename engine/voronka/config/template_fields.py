"""What templates may say: the fields of the deal and of what stands beside it, and those of the row that is told of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from voronka.config.build_fields import DeclaredFields
from voronka.definition.fields import Field, Subject
from voronka.definition.templates import said_of
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS
from voronka.messages import Label

__all__ = ["said_in_templates"]


def said_in_templates(fields: DeclaredFields, stages: Mapping[str, Iterable[str]]) -> dict[str, Field]:
    """Return what a template may say of a deal; `stages` of each funnel."""
    said = {**said_of(fields.fields), **_said_of_rows(fields)}
    options = {"funnel": list(stages), "stage": sorted({each for names in stages.values() for each in names})}
    for name, known in options.items():
        said[name] = replace(said[name], options={each: Label.plain(each) for each in known})
    return said


def _said_of_rows(fields: DeclaredFields) -> dict[str, Field]:
    """Return what a template may say of a row; a name that collections give different types is of the first one's."""
    collections = [*fields.collections[Subject.DEALS].values(), *BUILT_IN_COLLECTIONS.values()]
    return {f"row.{name}": field for each in reversed(collections) for name, field in each.fields.items()}
