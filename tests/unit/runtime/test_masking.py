"""Personal texts in what others say."""

import json
from html import escape

import pytest

from voronka.runtime.masking import without

NAME = 'Ivan "Vanya" <Petrov> & Ёлкин\nof Acme'


@pytest.mark.parametrize(
    "said",
    [NAME, repr(NAME)[1:-1], json.dumps(NAME)[1:-1], json.dumps(NAME, ensure_ascii=False)[1:-1], escape(NAME),
     " ".join(NAME.split())],
)  # fmt: skip
def test_a_personal_text_is_left_out_however_it_is_written(said):
    assert without(f"550 no mailbox for [{said}]", {NAME, "", "Ivan"}) == "550 no mailbox for […]"


@pytest.mark.parametrize(
    ("personal", "said", "expected"),
    [
        ("Ivan@X.example", "550 <ivan@x.EXAMPLE> is unknown", "550 <…> is unknown"),
        ("+7 999 123-45-67", "550 79991234567 is no number", "550 … is no number"),
        (
            "+79991234567",
            "no: +7 (999) 123-45-67.",
            "no: ….",
        ),
        ("+79991234567", "no 8 (999) 123 45 67, no 999-123-45-67", "no …, no …"),
        ("4510 123456", "550 no 4510123456", "550 no …"),
        ("+79991234567", "550 of 79991234568", "550 of 79991234568"),
        ("no", "No, 550", "No, 550"),
        ("550-12", "5501 and 55012", "5501 and 55012"),
    ],
)
def test_an_address_is_left_out_in_any_case_and_a_long_number_by_its_digits(personal, said, expected):
    assert without(said, {personal}) == expected
