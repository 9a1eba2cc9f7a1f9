"""What may fail is named in the language of the reader."""

from __future__ import annotations

import pytest

from voronka.runtime.parts import part_of


@pytest.mark.parametrize(
    ("trouble", "english", "russian"),
    [
        ("channel mail", "channel mail", "канал mail"),
        ("action erp.tell → crm", "action erp.tell → crm", "действие erp.tell → crm"),
        ("process erp", "process of the plugin erp", "процесс плагина erp"),
        ("source site", "source site", "источник site"),
        ("function erp.sum", "function erp.sum", "функция erp.sum"),
        ("calendar erp", "calendar erp", "календарь erp"),
        ("format erp", "format erp", "формат erp"),
        ("rule big", "rule big", "правило big"),
        ("nothing", "nothing", "nothing"),
    ],
)
def test_a_trouble_is_named_in_words(trouble: str, english: str, russian: str) -> None:
    assert (part_of(trouble).render(), part_of(trouble).render("ru")) == (english, russian)
