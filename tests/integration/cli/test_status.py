"""What `voronka status` tells of what came to nothing."""

from __future__ import annotations

from tests.integration.cli.running import voronka
from tests.integration.sales_workspace import ENDLESS, with_changes


def test_a_queued_command_that_was_refused_is_told_with_its_deal_and_its_reason(tmp_path):
    for name, content in with_changes(funnel=ENDLESS).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    assert voronka("deal", "new", "sales", "-C", tmp_path).code == 0
    told = voronka("status", "-C", tmp_path).out
    assert "Newest commands that came to nothing" in told
    (unmet,) = voronka("status", "--json", "-C", tmp_path).json["unmet"]
    assert unmet["reason"]["en"] in told.replace("\n", " ")
