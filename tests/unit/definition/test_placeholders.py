"""What is written where a key is due, and says nothing."""

from __future__ import annotations

import pytest

from voronka.definition.placeholders import names_nothing


@pytest.mark.parametrize(
    "text", ["", " ", "-", "—", "- - -", "...", "?", "нет", " Нет  данных", "Н/Д", "N/A", "xxx", "ХХХ"]
)
def test_a_sign_and_a_word_for_nothing_name_nothing(text: str) -> None:
    assert names_nothing(text)


@pytest.mark.parametrize("text", ["0", "123", "7701", "+7 900 000-00-00", "Нетто", "ООО «Нет»", "ААА", "X", "XX"])
def test_digits_and_names_are_keys(text: str) -> None:
    assert not names_nothing(text)
