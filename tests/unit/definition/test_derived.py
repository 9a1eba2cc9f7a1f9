"""What is worked out from a release is worked out once, as long as it is asked for."""

from __future__ import annotations

from dataclasses import replace

from tests.integration.sales_workspace import FILES
from voronka.config import read_workspace
from voronka.definition.derived import once_per_release
from voronka.definition.workspace import Workspace


def test_each_release_is_asked_once_and_an_equal_one_read_anew_is_another() -> None:
    asked: list[Workspace] = []

    @once_per_release
    def title(workspace: Workspace) -> str:
        asked.append(workspace)
        return workspace.name

    first = read_workspace({name: text.encode() for name, text in FILES.items()}).workspace
    assert first is not None
    second = replace(first)
    assert [title(each) for each in (first, second, first, second)] == ["acme"] * 4
    assert [id(each) for each in asked] == [id(first), id(second)]


def test_only_the_latest_few_are_kept() -> None:
    asked = 0

    @once_per_release
    def count(workspace: Workspace) -> int:
        nonlocal asked
        asked += 1
        return asked

    first = read_workspace({name: text.encode() for name, text in FILES.items()}).workspace
    assert first is not None
    releases = [first, *(replace(first) for _ in range(8))]
    assert [count(each) for each in releases] == list(range(1, 10))
    assert (count(releases[-1]), count(first)) == (9, 10)
