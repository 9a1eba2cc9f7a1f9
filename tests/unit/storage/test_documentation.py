from __future__ import annotations

import re
from pathlib import Path

from voronka.storage.tables import metadata

DOCUMENT = Path(__file__).parents[3] / "docs" / "storage.md"


def test_every_table_is_documented_with_its_key() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE))
    assert told == {
        name: ", ".join(column.name for column in table.primary_key.columns) for name, table in metadata.tables.items()
    }
