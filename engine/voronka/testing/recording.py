"""A scenario written from what happened to a deal: what to expect is what the engine does when it is done again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from voronka.config import Finding, Reading
from voronka.config.build_scenarios import build_scenarios
from voronka.config.reader import read_text
from voronka.config.report import Report
from voronka.config.shape import check_shape
from voronka.definition.scenarios import Advance, AdvanceTo, Expect, Scenario
from voronka.errors import VoronkaError
from voronka.messages import Text
from voronka.process import events as happened
from voronka.testing.consequences import Consequences
from voronka.testing.course import Course
from voronka.testing.observing import Observation
from voronka.testing.parties import Parties
from voronka.testing.placing import place, told_obstacles
from voronka.testing.runner import Outcome, ScenarioRunner
from voronka.testing.stand import Stand

__all__ = ["Recording", "UnrepeatableError", "record"]

_FILE = "configs/scenarios/recorded.yaml"


class UnrepeatableError(VoronkaError):
    """What happened to the deal cannot be done again under the present configuration."""

    exit_code = 1


class Recording:
    """A recorded scenario: its `text`, and whether the deal went through other `stages` than the scenario `goes`."""

    def __init__(self, text: str, stages: Sequence[str], goes: Sequence[str]) -> None:
        self.text = text
        self.stages = tuple(stages)
        self.goes = tuple(goes)


def record(course: Mapping[str, Any], reading: Reading, title: str, comments: Sequence[str] = ()) -> Recording:
    """Return the scenario of a deal's `course`, as the query ``record`` answers it, with what is to be expected.

    `comments`: lines that stand above it. Raises `UnrepeatableError` where a step cannot be taken any more.
    """
    bare = _written(title, course["given"], [*course["steps"], {"expect": {"stage": _last(course)}}], ())
    scenario = _parsed(bare, reading)
    with Stand(reading) as stand:
        steps, goes = _replayed(scenario, course["steps"], stand)
    text = _written(title, course["given"], steps, comments)
    with ScenarioRunner(reading) as runner:
        outcome = runner.run(_parsed(text, reading))
    if outcome.fault is not None:
        raise _unrepeatable(outcome)
    return Recording(text, course["stages"], goes)


def _last(course: Mapping[str, Any]) -> str:
    stages: Sequence[str] = course["stages"]
    return stages[-1] if stages else course["given"].get("stage", "won")


def _written(title: str, given: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], comments: Sequence[str]) -> str:
    whole = {"scenario": title, "given": dict(given), "steps": list(steps)}
    text = yaml.safe_dump(whole, allow_unicode=True, sort_keys=False, default_flow_style=None, width=1_000_000)
    return "".join(f"# {line}\n" for line in comments) + text


def _parsed(text: str, reading: Reading) -> Scenario:
    """Return the scenario that a text makes; `UnrepeatableError` with the first thing that does not fit any more."""
    if reading.workspace is None:
        raise ValueError("a configuration with errors records nothing")
    report = Report()
    document = read_text(_FILE, text)
    report.take_shape([*document.findings, *check_shape(document, "scenarios")])
    built = build_scenarios({_FILE: document}, reading.workspace, report)
    if not built:
        first: Finding = report.findings[0]
        raise UnrepeatableError(
            Text("The deal does not fit the present configuration: {reason}", reason=first.reason),
            Text("Record a deal that is younger than the change."),
        )
    return built[0]


def _replayed(
    scenario: Scenario, written: Sequence[Mapping[str, Any]], stand: Stand
) -> tuple[list[Mapping[str, Any]], list[str]]:
    """Take the steps again; return them with what came of each, and the stages that were entered."""
    engine, clock = stand.fresh(scenario.given.at)
    parties = Parties(engine)
    deal, obstacles = place(engine, scenario.given, parties)
    if obstacles:
        raise UnrepeatableError(
            Text("The deal cannot stand where it began: {gates}.", gates=told_obstacles(obstacles)),
            Text("Record a deal that is younger than the change."),
        )
    observation = Observation(engine, deal, new=scenario.given.new)
    course = Course(observation, clock, parties, scenario.given.owner)
    consequences = Consequences(observation, parties, {**scenario.given.fields, "owner": scenario.given.owner})
    steps: list[Mapping[str, Any]] = []
    stage = observation.began_in
    if expected := _expected(observation, stage, consequences):
        steps.append({"expect": expected})
        stage = observation.state().stage
    observation.forget()
    consequences.forget()
    for step, as_written in zip(scenario.steps, written, strict=False):
        if isinstance(step, Expect):
            break
        try:
            observation.seen.refusals += course.take(step)
        except VoronkaError as fault:
            raise UnrepeatableError(
                Text("The step {step} cannot be taken again: {reason}", step=_shown(as_written), reason=fault.reason),
                Text("Record a deal that is younger than the change."),
            ) from fault
        observation.look()
        consequences.take(step)
        if isinstance(step, AdvanceTo) and steps and "advance_to" in steps[-1]:
            steps.pop()  # nothing came about meanwhile, and nobody did anything
        steps.append(as_written)
        expected = _expected(observation, stage, consequences)
        if expected and (not isinstance(step, (Advance, AdvanceTo)) or observation.seen.entries):
            steps.append({"expect": expected})
            stage = observation.state().stage
            observation.forget()
            consequences.forget()
    ends = {"expect": {"stage": observation.state().stage}}
    if steps[-1:] != [ends]:
        steps.append(ends)
    goes = [
        event.stage
        for entry in observation.entries
        for event in entry.events
        if isinstance(event, happened.StageEntered)
    ]
    return steps, goes


def _shown(step: Mapping[str, Any]) -> str:
    return yaml.safe_dump(
        dict(step), allow_unicode=True, sort_keys=False, default_flow_style=True, width=1_000_000
    ).strip()


def _expected(observation: Observation, before: str, consequences: Consequences) -> dict[str, Any]:
    """Return what came about since the last expectation, as one is written."""
    found: dict[str, Any] = {}
    if (stage := observation.state().stage) != before:
        found["stage"] = stage
    if fields := consequences.fields():
        found["fields"] = fields
    if refused := observation.refused():
        found["refused"] = list(refused)
    for key, messages in (
        ("sent", observation.messages(notices=False)),
        ("notified", observation.messages(notices=True)),
    ):
        if messages:
            found[key] = [str(message["template"]) for message in messages]
    if tasks := observation.titles():
        found["tasks"] = tasks
    if opened := observation.opened():
        found["opened"] = [str(deal["funnel"]) for deal in opened]
    return found


def _unrepeatable(outcome: Outcome) -> UnrepeatableError:
    fault = outcome.fault
    reason = Text("It comes out otherwise when it is done again.") if fault is None else fault.reason
    return UnrepeatableError(
        Text("The recorded scenario does not hold: {reason}", reason=reason),
        Text("Write it by hand, with the deal's history beside it: voronka why DEAL."),
    )
