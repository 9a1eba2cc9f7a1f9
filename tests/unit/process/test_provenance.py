"""What several sources said of a field becomes one value, and it is remembered who said what."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voronka.calendars import Duration
from voronka.definition.fields import Bound, Field, FieldType
from voronka.definition.sources import Merge
from voronka.messages import Label
from voronka.process.codec import decode_event, encode
from voronka.process.commands import BY_HAND, Origin
from voronka.process.evolve import evolve
from voronka.process.provenance import Telling, merged, observed
from voronka.process.state import Held, Observation, PartyState, Stream, StreamKind, VaultRef

B_AND_A = {name: Label.plain(name) for name in ("b", "a")}
TURNOVER = Field(
    name="turnover", type=FieldType.MONEY, label=Label.plain("turnover"), sources=("erp", "book", "interview")
)
PARTY = PartyState(stream=Stream(StreamKind.ACCOUNT, b"a" * 16), seq=1, release="", created_at=0)


def said(*parts: tuple[str, int, int]) -> list[Observation]:
    return [Observation(source, at, "anna", value) for source, at, value in parts]


@pytest.mark.parametrize(
    ("rule", "since", "value", "known_at"),
    [
        (Merge.PRIORITY, None, 5, 10),
        (Merge.LATEST, None, 7, 30),
        (Merge.MAX, None, 9, 20),
        (Merge.SUM, None, 21, 10),
        (Merge.PRIORITY, 15, 9, 20),  # the books are out of date, the sales book is not
        (Merge.SUM, 15, 16, 20),
        (Merge.PRIORITY, 40, 5, 10),  # all of it is out of date: as if none were
    ],
)
def test_the_merge_rule_decides_what_stands(rule: Merge, since: int | None, value: int, known_at: int) -> None:
    parts = said(("erp", 10, 5), ("book", 20, 9), ("interview", 30, 7))
    for order in permutations(parts):
        standing = merged(order, replace(TURNOVER, merge=rule), since)
        assert (standing.value, standing.known_at) == (value, known_at)


@pytest.mark.parametrize(
    ("field", "words", "standing"),
    [
        (replace(TURNOVER, type=FieldType.CHOICE, options={"a": Label.plain("a")}), ("b", "a"), ("a", 2)),
        (replace(TURNOVER, type=FieldType.CHOICE, options={"a": Label.plain("a")}), ("b",), (None, None)),
        (replace(TURNOVER, type=FieldType.DATE, merge=Merge.LATEST), ("2026-03-01", "spring"), ("2026-03-01", 1)),
        (replace(TURNOVER, type=FieldType.CHOICES, options=B_AND_A), (("a", "b"), ("c",)), (("a", "b"), 1)),
        (replace(TURNOVER, type=FieldType.INTEGER, merge=Merge.SUM), (2, "many", 3), (5, 1)),
        (replace(TURNOVER, pii=True, type=FieldType.TEXT), ("open", VaultRef(b"a", "1")), (VaultRef(b"a", "1"), 2)),
        (replace(TURNOVER, type=FieldType.TEXT), (VaultRef(b"a", "1"), "open"), ("open", 2)),
        (replace(TURNOVER, type=FieldType.INTEGER, most=Bound(value=4, text="4"), merge=Merge.SUM), (5, 6), (11, 1)),
    ],
    ids=[
        "no option",
        "nothing left",
        "no date",
        "another order of options",
        "no number",
        "not sealed",
        "sealed",
        "narrower bounds take nothing",
    ],
)
def test_what_the_field_does_not_take_any_more_is_left_out(
    field: Field, words: tuple[Held, ...], standing: tuple[Held | None, int | None]
) -> None:
    parts = [
        Observation(source, n, "anna", word)
        for n, (source, word) in enumerate(zip(TURNOVER.sources, words, strict=False), 1)
    ]
    found = merged(parts, field)
    assert (found.value, found.known_at) == standing


_SAID = st.lists(
    st.builds(
        Observation,
        st.sampled_from(["erp", "book", "interview", ""]),
        st.integers(0, 100),
        st.just("anna"),
        st.integers(-50, 50),
        st.none(),
    ),
    max_size=4,
    unique_by=lambda one: one.source,
)


@given(_SAID, st.sampled_from(Merge), st.none() | st.integers(0, 100))
def test_the_order_in_which_sources_spoke_does_not_matter(
    parts: list[Observation], rule: Merge, since: int | None
) -> None:
    field = replace(TURNOVER, merge=rule)
    standing = merged(parts, field, since)
    assert merged(parts[::-1], field, since) == standing
    assert (standing.value is None) == (not parts)
    if parts and rule is not Merge.SUM:
        assert (standing.value, standing.known_at) in {(one.value, one.at) for one in parts}


def lives(field: Field, *told: tuple[str, int, int | None]) -> tuple[PartyState, int | None]:
    """Return what is remembered and what stands after sources spoke; replayed from the stored form of the events."""
    state, value = PARTY, None
    for source, at, given_value in told:
        known = state.observed
        events, after = observed(
            {"turnover": given_value},
            {"turnover": field},
            known,
            Origin(source),
            when=Telling(at),
            by="anna",
            since=lambda _: None,
        )
        value = after.get("turnover", value)
        for event in events:
            state = evolve(state, decode_event(encode(event)))
    return state, value


def test_a_source_of_less_standing_is_remembered_and_does_not_overwrite() -> None:
    state, value = lives(TURNOVER, ("erp", 10, 5), ("interview", 20, 7), ("", 30, 9))
    assert value == 5
    assert {one.source: one.value for one in state.observed["turnover"]} == {"erp": 5, "interview": 7, "": 9}
    assert state.known_at == {"turnover": 10}


def test_a_source_that_takes_back_its_value_leaves_the_next() -> None:
    state, value = lives(TURNOVER, ("erp", 10, 5), ("interview", 20, 7), ("erp", 30, None))
    assert (value, state.known_at) == (7, {"turnover": 20})


def test_clearing_without_a_source_forgets_them_all() -> None:
    state, value = lives(TURNOVER, ("erp", 10, 5), ("interview", 20, 7), ("", 30, None))
    assert (value, state.observed, state.known_at) == (None, {}, {})


def test_what_is_older_than_what_the_source_said_since_changes_nothing() -> None:
    state, value = lives(TURNOVER, ("erp", 20, 5), ("erp", 10, 4))
    assert (value, state.known_at) == (5, {"turnover": 20})


def test_a_confirmed_value_is_known_since_its_confirmation() -> None:
    field = replace(TURNOVER, sources=(), ttl=Duration.parse("180 days"))
    state, _ = lives(field, ("", 10, 5), ("", 30, 5))
    assert state.known_at == {"turnover": 30}


def test_nothing_is_remembered_of_a_field_that_nobody_follows() -> None:
    plain = {"turnover": replace(TURNOVER, sources=())}
    given_values = {"turnover": 5}
    told = observed(given_values, plain, {}, BY_HAND, when=Telling(1), by="anna", since=lambda _: None)
    assert told == ([], given_values)
