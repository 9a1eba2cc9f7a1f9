"""Phrases: what plugins say is one line of bounded length that every file and screen takes."""

from __future__ import annotations

import pytest

from voronka.hooks.phrases import LONGEST_PHRASE, error_phrase, phrase, sentence
from voronka.messages import Label, Text


class MuteError(Exception):
    def __str__(self) -> str:
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("well", "well"),
        ("  two\n lines\t", "two lines"),
        ("a\x1b[31mred\x00", "a [31mred"),
        ("a\u202egnp.exe", "a gnp.exe"),
        ("half \ud800", "half \ufffd"),
        (5, "5"),
        (MuteError(), "MuteError"),
        ("x" * 1_000_000, "x" * (LONGEST_PHRASE - 1) + "…"),
    ],
)
def test_a_phrase_is_one_line_that_can_be_shown(said: object, told: str) -> None:
    assert phrase(said) == told


def test_a_secret_is_masked_before_the_phrase_is_cut() -> None:
    said = "x" * (LONGEST_PHRASE - 5) + "secret-of-mine"
    assert "secret" not in phrase(said, lambda text: text.replace("secret-of-mine", "***"))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("no"), "ValueError: no"),
        (ValueError(), "ValueError"),
        (MuteError(), "MuteError"),
        (SystemExit(3), "SystemExit: 3"),
    ],
)
def test_an_error_is_told_by_its_class_and_what_it_says(error: BaseException, told: str) -> None:
    assert error_phrase(error) == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("no\nluck", {"": "no luck"}),
        (Label({"en": "no\nluck", "ru": "мимо\ud800"}), {"en": "no luck", "ru": "мимо\ufffd"}),
        (Text("{n} of it", n=MuteError()), None),
        (Label({}), None),
        (Label({"en": 5}), None),  # type: ignore[dict-item]  # what a plugin may give
        (ValueError("boo"), {"": "ValueError: boo"}),
        (None, None),
        ("", None),
        (7, None),
    ],
)
def test_a_sentence_is_told_in_each_of_its_languages(said: object, told: dict[str, str] | None) -> None:
    found = sentence(said)
    assert (None if found is None else dict(found.texts)) == told
