"""A made-up year: clients come, sellers work, timers fire, all through the engine that runs real workspaces."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from random import Random

from voronka.calendars import date_of, day_start
from voronka.frozen import frozen
from voronka.process.commands import Command, CreateDeal, Envelope, MoveDeal
from voronka.process.plan import plan_of
from voronka.process.state import DealState, Stream, StreamKind
from voronka.process.step import Row
from voronka.runtime.engine import Engine
from voronka.runtime.ids import new_id
from voronka.simulation.clock import VirtualClock, advance_to
from voronka.simulation.course import Course
from voronka.simulation.hours import WorkingHours
from voronka.simulation.market import Client, Market
from voronka.simulation.sellers import NOBODY, Sellers, Turn
from voronka.simulation.staff import Staff
from voronka.simulation.values import Inventor
from voronka.storage import Reader

__all__ = ["Lived", "live"]

# How many of those who come know what they want, and begin where others are handed over to.
_STRAIGHT_ON = 0.2
_SOURCE = "demo"

Progress = Callable[[int, int], None]
"""Is told how many days of how many have passed."""


class _What(Enum):
    ARRIVAL = 0
    TURN = 1
    REPLY = 2
    CAMPAIGN = 3


@frozen
class Lived:
    """What people did in the time: commands carried out, and how many of their moves were refused."""

    commands: int
    refused: int


def live(
    engine: Engine, clock: VirtualClock, *, seed: int, days: int, deals: int, progress: Progress | None = None
) -> Lived:
    """Let `deals` deals come within `days` days and lead the workspace through that time.

    The first of the days is the one on which the clock stands. The same seed, from the same day on, on the same release
    gives the same history: nothing else decides.
    """
    year = _Year(engine, clock, Random(seed), days)  # noqa: S311 - it is meant to repeat
    return year.run(deals, progress or (lambda done, total: None))


class _Year:
    """The agenda: who does something when, hour by hour; what falls into one hour is one transaction."""

    def __init__(self, engine: Engine, clock: VirtualClock, random: Random, days: int) -> None:
        workspace = engine.workspace
        self._engine = engine
        self._clock = clock
        self._random = random
        self._first = date_of(clock.now(), workspace.timezone)
        self._days = days
        self._plan = plan_of(workspace)
        self._zone = workspace.timezone
        self._staff = Staff(workspace)
        hours = self._hours = WorkingHours(workspace.calendar, workspace.timezone)
        inventor = Inventor(workspace, hours, list(workspace.people), random)
        self._market = Market(workspace, hours, inventor, random)
        self._sellers = Sellers(workspace, self._staff, hours, inventor, self._market.person, random)
        self._courses: dict[bytes, Course] = {}
        self._clients: dict[str, Client] = {}
        self._agenda: list[tuple[int, int, _What, bytes]] = []
        self._count = 0
        self._latest = 0
        self._commands = 0
        self._refused = 0

    def run(self, deals: int, progress: Progress) -> Lived:
        for moment in self._market.arrivals(self._first, self._days, deals):
            self._plan_for(moment, _What.ARRIVAL, b"")
        for funnel in self._staff.campaigns:
            begins = day_start(self._first + timedelta(days=self._days // 3), self._zone)
            self._plan_for(self._hours.later(begins, 1), _What.CAMPAIGN, funnel.encode())
        end = day_start(self._first + timedelta(days=self._days), self._zone)
        for number in range(self._days):
            evening = day_start(self._first + timedelta(days=number + 1), self._zone)
            while self._agenda and self._agenda[0][0] < evening:
                self._hour(self._agenda[0][0])
            progress(number + 1, self._days)
        advance_to(self._engine, self._clock, end)
        return Lived(commands=self._commands, refused=self._refused)

    def _plan_for(self, moment: int, what: _What, deal: bytes) -> None:
        self._count += 1
        heapq.heappush(self._agenda, (moment, self._count, what, deal))

    def _hour(self, moment: int) -> None:
        """Do everything that stands in the agenda for one moment."""
        advance_to(self._engine, self._clock, moment)
        due: list[tuple[_What, bytes]] = []
        while self._agenda and self._agenda[0][0] == moment:
            _, _, what, deal = heapq.heappop(self._agenda)
            due.append((what, deal))
        envelopes: list[Envelope] = []
        with self._engine.read() as reader:
            self._take_over(reader)
            states = reader.deals(sorted({deal for what, deal in due if what in (_What.TURN, _What.REPLY)}))
            for what, deal in due:
                if what is _What.ARRIVAL:
                    envelopes += self._arrival(moment)
                elif what is _What.CAMPAIGN:
                    envelopes += self._campaign(deal.decode(), moment)
                elif (state := states.get(deal)) is not None:
                    if state.closed_at is None:
                        envelopes += self._work(reader, what, state, moment)
                    else:
                        envelopes += self._cleared(state)
        self._carry_out(envelopes)

    def _carry_out(self, envelopes: list[Envelope]) -> None:
        if not envelopes:
            return
        answers = self._engine.execute_many(envelopes)
        self._commands += len(envelopes)
        for envelope, answer in zip(envelopes, answers, strict=True):
            course = self._courses.get(envelope.stream.id)
            if course is None or not isinstance(envelope.command, MoveDeal):
                continue
            if answer.refusal is None:
                course.stopped = ()
            else:
                self._refused += 1
                course.attempts += 1
                course.stopped = tuple(failure.gate for failure in answer.refusal.failures)

    def _arrival(self, now: int) -> list[Envelope]:
        """Somebody comes: make him known and open his deal."""
        client, made = self._market.client(now)
        self._clients[client.account] = client
        first, fed = self._staff.first_funnels(), sorted(self._staff.fed)
        straight = fed and self._random.random() < _STRAIGHT_ON
        funnel = self._random.choice(fed if straight else first)
        account, contact = bytes.fromhex(client.account), bytes.fromhex(client.contacts[0])
        opened = self._opened(funnel, client, now, account, contact)
        return [*(self._envelope(stream, party, opened.actor) for stream, party in made), opened]

    def _campaign(self, funnel: str, now: int) -> list[Envelope]:
        """Begin what invites those who are known by then; it belongs to no client."""
        clients = list(self._clients.values())
        return [self._opened(funnel, self._random.choice(clients), now)] if clients else []

    def _opened(
        self, funnel: str, client: Client, now: int, account: bytes | None = None, contact: bytes | None = None
    ) -> Envelope:
        """Return the command that opens a deal, which its owner begins to work on."""
        plan = self._plan.funnel(funnel)
        assert plan is not None  # noqa: S101 - the names are the workspace's own
        owners = self._staff.sellers(funnel)
        owner = self._random.choice(owners) if owners else None
        deal = new_id(now, self._random.randbytes)
        course = Course(deal=deal, client=client)
        fields = self._sellers.first_fields(course, plan, now)
        command = CreateDeal(funnel=funnel, fields=fields, owner=owner, account=account, contact=contact)
        self._follow(course, now)
        return self._envelope(Stream(StreamKind.DEAL, deal), command, owner or NOBODY)

    def _work(self, reader: Reader, what: _What, state: DealState, now: int) -> list[Envelope]:
        course = self._courses[state.id]
        plan = self._plan.funnel(state.funnel)
        if plan is None:
            return []

        def rows(stream: Stream, collection: str) -> dict[str, Row]:
            return reader.rows(collection, [stream])[stream]

        if what is _What.REPLY:
            turn: Turn = self._sellers.reply(course, state)
        else:
            turn = self._sellers.turn(course, state, plan, rows, now)
        if turn.again is not None:
            self._plan_for(max(turn.again, self._hours.later(now + 1, 0)), _What.TURN, state.id)
        for moment in turn.replies:
            self._plan_for(moment, _What.REPLY, state.id)
        stream = Stream(StreamKind.DEAL, state.id)
        met = [self._envelope(each, party, turn.actor) for each, party in turn.met]
        return [*met, *(self._envelope(stream, command, turn.actor) for command in turn.commands)]

    def _cleared(self, state: DealState) -> list[Envelope]:
        """Whoever comes back to a deal that is over does what is left to do there."""
        turn = self._sellers.clear(state)
        return [self._envelope(Stream(StreamKind.DEAL, state.id), each, turn.actor) for each in turn.commands]

    def _take_over(self, reader: Reader) -> None:
        """Look for deals that a hand-off has opened; whoever got one begins to work on it."""
        for state in reader.list_deals(after=self._latest):
            self._latest = state.number
            if state.id not in self._courses:
                client = self._clients.get(state.account.hex() if state.account else "")
                if client is not None:
                    self._follow(Course(deal=state.id, client=client), self._clock.now())

    def _follow(self, course: Course, now: int) -> None:
        self._courses[course.deal] = course
        self._plan_for(self._hours.later(now + 1, self._random.randint(0, 3)), _What.TURN, course.deal)

    def _envelope(self, stream: Stream, command: Command, actor: str) -> Envelope:
        return Envelope(command=command, stream=stream, actor=actor, source=_SOURCE)
