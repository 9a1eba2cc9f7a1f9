"""What named a record that was merged into another, and names from then on the one that stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from voronka.definition.fields import Collection
from voronka.process.commands import FollowMerge
from voronka.process.draft import Draft
from voronka.process.events import RowPut, RowRemoved, ValuesObserved
from voronka.process.events.values import Observed
from voronka.process.state import Held, Observation, progress_of
from voronka.process.step import Row

__all__ = ["followed", "following", "following_rows", "following_words"]


def following(command: FollowMerge, held: Callable[[str], Held | None]) -> dict[str, Held | None]:
    """Return those fields of a record, as they are `held`, that are to name another from now on."""
    return {name: value for name in command.fields if (value := held(name)) == command.gone.hex()}


def following_words(
    command: FollowMerge, observed: Mapping[str, Sequence[Observation]], known_at: Mapping[str, int]
) -> Iterator[ValuesObserved]:
    """Yield what the sources of these fields have said, as they would say it now: of one who told of the other record.

    When they said it, who told it and what proves it stay; so does which of them is believed.
    """
    for name in command.fields:
        for one in observed.get(name, ()):
            if one.value == command.gone.hex():
                word = Observed(one.source, command.stays.hex(), known_at.get(name), one.evidence)
                yield ValuesObserved(values={name: word}, at=one.at, by=one.by)


def following_rows(
    command: FollowMerge, collections: Mapping[str, Collection], rows: Callable[[str], Mapping[str, Row]]
) -> Iterator[RowPut | RowRemoved]:
    """Yield what becomes of the rows of a record; of two under one key, the one that is there is filled up."""
    for name, columns in command.rows.items():
        key_column, known = collections[name].key, rows(name)
        for key, row in known.items():
            named = {column: command.stays.hex() for column in columns if row.get(column) == command.gone.hex()}
            if not named:
                continue
            new, there = key, {}
            if key_column in named:
                yield RowRemoved(collection=name, key=key)
                new = named[key_column]
                there = _filled(known.get(new, {}))
            yield RowPut(collection=name, key=new, values={**_filled(row), **named, **there})


def followed(draft: Draft, rows: Sequence[RowPut | RowRemoved]) -> dict[str, str]:
    """Return the names of how far the timed events of a deal have come with those of its rows that have another key by
    `following_rows`, each with that under the new key; also those of variants that the deal does not run now, but may
    run again.
    """
    renamed = {
        (gone.collection, gone.key): put.key
        for gone, put in pairwise(rows)
        if isinstance(gone, RowRemoved) and isinstance(put, RowPut)
    }
    moved: dict[str, str] = {}
    for variant in draft.funnel.funnel.variants.values() if renamed else ():
        for event, timed in variant.timed.items():
            for (collection, key), new in renamed.items():
                name = progress_of(event, key)
                if timed.each == collection and name in draft.deal.progress:
                    moved[name] = progress_of(event, new)
    return moved


def _filled(row: Row) -> dict[str, Held]:
    return {name: value for name, value in row.items() if value is not None}
