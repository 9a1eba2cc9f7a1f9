"""What helps where a deal stands: by stage, then role, then the missing fields that answers fill."""

from __future__ import annotations

from datetime import date

import pytest

from voronka.definition.playbooks import Article, Binding, Question, Script
from voronka.messages import Label
from voronka.process.hints import Situation, ranked


def script(name: str, *fills: str, say: str = "Say it", **binding: object) -> Script:
    return Script(
        name=name,
        label=Label({"en": name}),
        binding=Binding(**binding),  # type: ignore[arg-type]  # parts of several types by name
        say=Label({"en": say, "ru": "Стоимость владения"}),
        questions={each: Question(name=each, ask=Label({"en": f"About {each}?"}), fills=each) for each in fills},
    )


ARTICLE = Article(
    name="guide",
    label=Label({"en": "Guide"}),
    binding=Binding(),
    text=Label({"en": "All about discounts"}),
    owner="head",
    review_on=date(2026, 6, 1),
)
EVERY = [
    ARTICLE,
    script("anywhere", "need"),
    script("two_gaps", "budget", "date"),
    script("of_stage", stages=("needs",)),
    script("of_stage_and_role", stages=("needs",), roles=("manager",)),
    script("fills_required", "need", stages=("needs",)),
    script("elsewhere", stages=("offer",)),
    script("of_others", stages=("needs",), roles=("engineer",)),
    script("of_another_funnel", funnel="reach"),
    script("against", "budget", objections=("dear",)),
]
HERE = {
    "funnel": "react",
    "stage": "needs",
    "roles": frozenset({"manager"}),
    "missing": frozenset({"need", "budget", "date"}),
    "required": frozenset({"need"}),
}


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({}, ["of_stage_and_role", "fills_required", "of_stage", "anywhere", "two_gaps", "guide"]),
        (
            {"required": frozenset()},
            ["of_stage_and_role", "fills_required", "of_stage", "two_gaps", "anywhere", "guide"],
        ),
        (
            {"missing": frozenset()},
            ["of_stage_and_role", "of_stage", "fills_required", "guide", "anywhere", "two_gaps"],
        ),
        (
            {"roles": frozenset()},
            ["fills_required", "of_stage", "of_stage_and_role", "of_others", "anywhere", "two_gaps", "guide"],
        ),
        ({"stage": "offer"}, ["elsewhere", "anywhere", "two_gaps", "guide"]),
        ({"objection": "dear"}, ["against"]),
        ({"objection": "another"}, []),
        ({"words": "DISCOUNTS"}, ["guide"]),
        ({"words": "about need"}, ["fills_required", "anywhere"]),
        ({"words": "стоимости владением elsewhere"}, ["elsewhere"]),
        ({"words": "too dear"}, ["against"]),
        ({"words": "no such thing"}, []),
        ({"words": "%"}, []),
    ],
)
def test_hints_are_ranked_by_stage_role_and_missing_fields(changed: dict[str, object], names: list[str]) -> None:
    situation = Situation(**{**HERE, **changed})  # type: ignore[arg-type]  # parts of several types by name
    found = ranked(EVERY, situation, {"dear": Label({"en": "Too dear"})})
    assert [hint.of.name for hint in found] == names


def test_a_hint_tells_what_it_would_fill_the_required_first() -> None:
    (hint,) = ranked([script("s", "budget", "need", "known")], Situation(**HERE))  # type: ignore[arg-type]  # parts of several types by name
    assert (hint.gaps, hint.required, hint.here, hint.mine) == (("need", "budget"), 1, False, False)


@pytest.mark.parametrize(("day", "stale"), [(date(2026, 6, 1), False), (date(2026, 6, 2), True)])
def test_an_article_is_out_of_date_after_its_day(day: date, stale: bool) -> None:
    assert ARTICLE.stale(day) is stale
