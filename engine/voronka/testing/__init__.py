"""For tests of workspaces, plugins and Voronka itself: a real engine in a temporary folder, in virtual time."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voronka.simulation.clock import VirtualClock, advance_to
    from voronka.testing.coverage import Coverage
    from voronka.testing.functions import check_function
    from voronka.testing.runner import Outcome, ScenarioRunner
    from voronka.testing.workspace import TestWorkspace, write_files

__all__ = [
    "Coverage",
    "Outcome",
    "ScenarioRunner",
    "TestWorkspace",
    "VirtualClock",
    "advance_to",
    "check_function",
    "write_files",
]

# Found when they are asked for: pytest loads this package wherever Voronka is installed, and has no use for an engine.
_PLACES = {
    "Coverage": "voronka.testing.coverage",
    "Outcome": "voronka.testing.runner",
    "ScenarioRunner": "voronka.testing.runner",
    "TestWorkspace": "voronka.testing.workspace",
    "VirtualClock": "voronka.simulation.clock",
    "advance_to": "voronka.simulation.clock",
    "check_function": "voronka.testing.functions",
    "write_files": "voronka.testing.workspace",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
