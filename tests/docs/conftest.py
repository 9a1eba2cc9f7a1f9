"""Files that several commands of a page read are read once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.readings import read_once


@pytest.fixture(scope="module", autouse=True)
def _read_once() -> Iterator[None]:
    with read_once():
        yield
