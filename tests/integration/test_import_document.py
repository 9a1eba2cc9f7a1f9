"""The mappings that docs/imports.md shows are mappings."""

from __future__ import annotations

import re
from pathlib import Path

from voronka.config import read_workspace

PAGE = Path(__file__).resolve().parents[2] / "docs" / "imports.md"
FILES = {
    "voronka.yaml": "workspace: w\ntitle: W\nlocale: en\ntimezone: UTC\ncurrency: EUR\ncalendar: office\n",
    "configs/calendars/office.yaml": 'calendar: office\ncountry: NL\nhours: {mon-fri: "09:00-17:00"}\n',
    "configs/fields/base.yaml": "set: base\nfields: {amount: {type: money}}\n",
    "configs/funnels/react.yaml": "funnel: react\nfields: [base]\nstages: {needs: {}, proposal: {}}\n",
    "configs/funnels/loans.yaml": "funnel: loans\nfields: [base]\nstages: {submitted: {}, sent: {}}\n",
}


def test_each_mapping_of_the_page_checks_clean() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    mappings = {f"configs/imports/{block.split()[1]}.yaml": block for block in blocks}
    assert len(mappings) == 2
    reading = read_workspace({name: text.encode() for name, text in {**FILES, **mappings}.items()})
    assert [finding for finding in reading.findings if finding.place.file in mappings] == []
    assert reading.workspace is not None
    assert set(reading.workspace.imports) == {"crm_deals", "loan_log"}
