"""Whatever text a record has comes into the mart as it is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.metrics.kpi.workspaces import WORKSPACE
from voronka.mart.loading import FileLoader
from voronka.mart.memory import memory_mart

ODD = ["first\rsecond", "\r", "\n", "\r\n", "a\0b", '"', '""', ",", "\\", "\ufeffmark", " ", "\x1a", "\u2028", "NULL"]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Loads texts into an empty mart and returns what is there then."""
    file = tmp_path_factory.mktemp("loading") / "rows.csv"
    with memory_mart(WORKSPACE, {}) as (schema, connection):
        table = schema.tables["dim_account"]

        def load(texts):
            rows = [{"account": text, "created_at": number} for number, text in enumerate(texts)]
            FileLoader(connection, file).load(table, [[row.get(column.name) for column in table.c] for row in rows])
            found = connection.execute(select(table.c.account).order_by(table.c.created_at)).scalars().all()
            connection.execute(table.delete())
            return found

        yield load


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(st.text(min_size=1, max_size=6) | st.sampled_from(ODD), max_size=5))
def test_a_text_is_loaded_as_it_is(filled, texts):
    assert filled(texts) == texts


def test_odd_texts_are_loaded_as_they_are(filled):
    assert filled(ODD) == ODD
