"""Running scenarios: each through the engine that runs the workspace, in virtual time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from voronka.config import Reading
from voronka.definition.scenarios import Expect, Scenario, Step, Written
from voronka.errors import EnvironmentFault, VoronkaError
from voronka.frozen import frozen
from voronka.messages import Sentence, Text
from voronka.process.refusals import told_failure
from voronka.process.step import Failure
from voronka.simulation.clock import VirtualClock
from voronka.testing.comparison import Difference, compare
from voronka.testing.course import Course
from voronka.testing.coverage import Touched, touched_by
from voronka.testing.importing import foreign_keys
from voronka.testing.narrative import indented, narrative
from voronka.testing.observing import Observation
from voronka.testing.parties import Parties
from voronka.testing.placing import place, told_obstacles
from voronka.testing.stand import Stand

__all__ = ["Fault", "Outcome", "ScenarioRunner"]


@frozen
class Fault:
    """Why a scenario failed: at which place and step (from 1; 0: where it begins).

    `reason`, `remedy`: what kept it from going on; `differences`: what is not as expected; `because`: what happened
    instead, one sentence a line.
    """

    written: Written
    step: int
    reason: Sentence
    remedy: Sentence | None = None
    differences: tuple[Difference, ...] = ()
    because: tuple[Sentence, ...] = ()


@frozen
class Outcome:
    """What came of one scenario. `fault` None: it holds. `touched`: what of the process it has gone through."""

    scenario: Scenario
    fault: Fault | None
    seconds: float
    touched: Touched


class ScenarioRunner:
    """Runs the scenarios of a workspace without errors, one after the other. To be closed."""

    def __init__(self, reading: Reading) -> None:
        self.workspace = reading.workspace
        self._stand = Stand(reading)

    def run(self, scenario: Scenario) -> Outcome:
        """Run one scenario until its end, or until something is not as expected."""
        started = time.perf_counter()
        run = _Run(self._stand, scenario)
        fault = run.fault()
        return Outcome(scenario=scenario, fault=fault, seconds=time.perf_counter() - started, touched=run.touched())

    def run_all(self, scenarios: Sequence[Scenario]) -> Iterator[Outcome]:
        """Run scenarios in their order."""
        return map(self.run, scenarios)

    def close(self) -> None:
        """Let go of the temporary folder."""
        self._stand.close()

    def __enter__(self) -> ScenarioRunner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Run:
    """One scenario under way. `pending`: refusals that the next expectation has to speak of."""

    def __init__(self, stand: Stand, scenario: Scenario) -> None:
        self._scenario = scenario
        engine, clock = stand.fresh(scenario.given.at)
        self._engine = engine
        self._clock: VirtualClock = clock
        self._parties = Parties(engine)
        self._observation: Observation | None = None
        self._refused: tuple[Step, tuple[Failure, ...]] | None = None

    def touched(self) -> Touched:
        """Return what of the process the deal has gone through."""
        return Touched() if self._observation is None else touched_by(self._observation)

    def fault(self) -> Fault | None:
        """Run to the end; return what is wrong, None if all is as expected."""
        given = self._scenario.given
        try:
            keys = foreign_keys(self._engine, self._scenario.steps)
            deal, obstacles = place(self._engine, given, self._parties, keys)
        except EnvironmentFault:
            raise
        except VoronkaError as fault:
            return Fault(written=given.written, step=0, reason=fault.reason, remedy=fault.remedy)
        if obstacles:
            return Fault(
                written=given.written,
                step=0,
                reason=Text(
                    "The deal cannot stand where the scenario begins: {gates}.", gates=told_obstacles(obstacles)
                ),
                remedy=Text("Give what they ask for under `given`, or write `gates: skip`."),
            )
        observation = self._observation = Observation(self._engine, deal, new=given.new)
        course = Course(observation, self._clock, self._parties, given.owner)
        for number, step in enumerate(self._scenario.steps, 1):
            if isinstance(step, Expect):
                observation.look()
                if differences := compare(step, observation, self._parties):
                    return self._unexpected(step, number, differences)
                observation.forget()
                self._refused = None
                continue
            try:
                refused = course.take(step)
            except EnvironmentFault:
                raise
            except VoronkaError as fault:
                return Fault(written=step.written, step=number, reason=fault.reason, remedy=fault.remedy)
            observation.seen.refusals += refused
            if refused:
                self._refused = (step, refused)
        return self._unspoken()

    def _unexpected(self, step: Expect, number: int, differences: tuple[Difference, ...]) -> Fault:
        observation = self._observation
        return Fault(
            written=differences[0].written,
            step=number,
            reason=Text("It is not as expected."),
            differences=differences,
            because=() if observation is None else narrative(observation, differences, step),
        )

    def _unspoken(self) -> Fault | None:
        """Return the fault of a refusal after which nothing is expected."""
        if self._refused is None:
            return None
        step, failures = self._refused
        return Fault(
            written=step.written,
            step=self._scenario.steps.index(step) + 1,
            reason=Text("The step was refused, and no `expect` after it speaks of that."),
            remedy=Text("Give what is asked for, or expect the refusal: `expect: {{refused: […]}}`."),
            because=tuple(self._told(failures)),
        )

    def _told(self, failures: Sequence[Failure]) -> Iterator[Sentence]:
        """Yield what refused a step, each condition with what decided it."""
        observation = self._observation
        if observation is not None:
            observation.look()
        for each in failures:
            yield Text("{gate}: {told}", gate=each.gate, told=told_failure(each))
            why = None if observation is None else observation.because(each.gate)
            if why is not None:
                yield indented(why)
