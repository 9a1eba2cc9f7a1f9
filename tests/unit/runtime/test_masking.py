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
