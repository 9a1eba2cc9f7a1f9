"""The pytest plugin: the files of `configs/scenarios` are collected, each scenario is a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from voronka.config import Finding, Reading
    from voronka.definition.scenarios import Scenario
    from voronka.testing.runner import Outcome, ScenarioRunner

__all__ = ["ScenarioError", "pytest_addoption", "pytest_collect_file", "pytest_unconfigure"]


class ScenarioError(AssertionError):
    """A scenario does not hold."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.scenario.id)
        self.outcome = outcome


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare ``voronka_lang`` of the ini file."""
    parser.addini("voronka_lang", "Language in which scenarios that fail are told; by default the workspace's own.")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a file of scenarios: ``configs/scenarios/NAME.yaml`` below a ``voronka.yaml``."""
    folder = file_path.parent
    if file_path.suffix != ".yaml" or folder.name != "scenarios" or folder.parent.name != "configs":
        return None
    root = folder.parent.parent
    if not (root / "voronka.yaml").is_file():
        return None
    return _ScenarioFile.from_parent(parent, path=file_path)


def pytest_unconfigure() -> None:
    """Let go of the workspaces that were opened."""
    while _RUNNERS:
        _RUNNERS.popitem()[1].close()


class _ScenarioFile(pytest.File):
    """One file of a workspace."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each scenario; one that tells the faults, if the configuration or the file has any."""
        root = self.path.parent.parent.parent
        reading = _reading(root)
        file = self.path.relative_to(root).as_posix()
        faults = reading.findings if reading.workspace is None else reading.broken_scenarios().get(file, ())
        if faults:
            yield _Check.from_parent(self, name="check", faults=faults, sources=reading.sources)
            return
        for scenario in reading.scenarios:
            if scenario.name == self.path.stem:
                yield _ScenarioItem.from_parent(self, name=scenario.case or scenario.name, scenario=scenario, root=root)


class _ScenarioItem(pytest.Item):
    """One scenario."""

    def __init__(self, *, scenario: Scenario, root: Path, **more: Any) -> None:  # noqa: ANN401 - pytest's own
        super().__init__(**more)
        self.scenario = scenario
        self.root = root

    def runtest(self) -> None:
        """Run the scenario."""
        outcome = _runner(self.root).run(self.scenario)
        if outcome.fault is not None:
            raise ScenarioError(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401
        """Return the difference, as `voronka test` tells it."""
        if isinstance(excinfo.value, ScenarioError):
            from voronka.testing.report import fault_lines

            return "\n".join(fault_lines(excinfo.value.outcome, _language(self.config, self.root)))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the scenario is written, and what it is called."""
        return self.path, self.scenario.written.line - 1, self.scenario.id


class _Check(pytest.Item):
    """A configuration, or a file of scenarios, that has errors."""

    def __init__(self, *, faults: Sequence[Finding], sources: Mapping[str, str], **more: Any) -> None:  # noqa: ANN401 - pytest's own
        super().__init__(**more)
        self.faults = faults
        self.sources = sources

    def runtest(self) -> None:
        """Fail with the findings."""
        from voronka.config.show import show

        language = _language(self.config, self.path.parent.parent.parent)
        pytest.fail(show(self.faults, self.sources, language=language), pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return which file cannot be run."""
        return self.path, 0, f"{self.path.stem}: {self.name}"


def _language(config: pytest.Config, root: Path) -> str:
    """Return the language of what is told: the ini file's, else the workspace's, English if it has errors."""
    workspace = _reading(root).workspace
    return str(config.getini("voronka_lang")) or ("en" if workspace is None else workspace.locale)


@cache
def _reading(root: Path) -> Reading:
    from voronka.config import read_workspace

    return read_workspace(root, scenarios=True)


_RUNNERS: dict[Path, ScenarioRunner] = {}
"""By workspace: opened with its first scenario, closed at the end."""


def _runner(root: Path) -> ScenarioRunner:
    from voronka.testing.runner import ScenarioRunner

    if root not in _RUNNERS:
        _RUNNERS[root] = ScenarioRunner(_reading(root))
    return _RUNNERS[root]
