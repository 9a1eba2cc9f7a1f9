from __future__ import annotations

import pytest

from voronka.runtime import precedence
from voronka.runtime.precedence import Precedence


@pytest.mark.parametrize(("seconds", "lately"), [(0.0, True), (0.9, True), (1.1, False)])
def test_background_work_hears_of_commands_that_came_lately(
    monkeypatch: pytest.MonkeyPatch, seconds: float, lately: bool
) -> None:
    now = [100.0]
    monkeypatch.setattr(precedence.time, "monotonic", lambda: now[0])
    turns = Precedence()
    assert turns.give_way() is False
    with turns.command():
        pass
    now[0] += seconds
    assert turns.give_way() is lately
