"""Which releases a comparison of strategies is about: those that are named, or the newest with another strategy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.people.staffed_workspace import FILES, open_staffed
from voronka.errors import UsageFault
from voronka.testing import TestWorkspace, write_files

SALES, SCOPE = "configs/funnels/sales.yaml", "configs/strategy/scope.yaml"
DEPTHS = (
    "scope:\n  depths: {none: None, kept: Kept}\n  areas: {sales: {label: Sales, now: none, then: {2027-Q1: kept}}}\n"
)
VERSIONS = (
    {},
    {SCOPE: DEPTHS},
    {SALES: FILES[SALES].replace("2 days", "3 days")},
    {SCOPE: DEPTHS.replace("2027-Q1", "2027-Q3")},
    {SALES: FILES[SALES]},
)


@pytest.fixture(scope="module")
def strategic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorkspace]:
    root = tmp_path_factory.mktemp("strategic")
    workspace = open_staffed(root)
    for files in VERSIONS[1:]:
        workspace.advance("1 day")
        write_files(root, files)
        assert workspace.work("reload")["changed"]
    yield workspace
    workspace.client.close()


@pytest.mark.parametrize(
    ("earlier", "later", "compared", "n"),
    [
        (None, None, (2, 4), 1),
        (None, 3, (2, 3), 1),
        (None, 2, (0, 2), 2),
        (None, 0, (0, 0), None),
        (1, 2, (1, 2), 0),
        (0, 4, (0, 4), 2),
        (4, 1, (4, 1), 1),
    ],
)
def test_releases_are_compared_that_are_named_or_say_something_else(
    strategic: TestWorkspace, earlier: int | None, later: int | None, compared: tuple[int, int], n: int | None
) -> None:
    releases = [each["release"] for each in strategic.query("release.list")][::-1]
    named = {name: releases[n][:10] for name, n in (("from", earlier), ("to", later)) if n is not None}
    if n is None:
        with pytest.raises(UsageFault, match="declares a strategy"):
            strategic.query("strategy.diff", **named)
        return
    found = strategic.query("strategy.diff", **named)
    assert found["of"]["en"] == " → ".join(releases[each][:8] for each in compared)
    assert found["badge"]["n"] == n
