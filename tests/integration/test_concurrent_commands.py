"""Commands of many threads at once: as if they had come one after another, and each gets its own answer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from tests.integration.sales_workspace import open_sales, with_changes
from tests.waiting import until
from voronka.errors import EnvironmentFault, UsageFault, VoronkaError
from voronka.runtime.answers import Answer
from voronka.runtime.client import Client
from voronka.runtime.control import ControlEndpoint
from voronka.runtime.remote import ControlAddress, RemoteClient
from voronka.testing import TestWorkspace

Request = Mapping[str, Any]
Told = Answer | Exception
DEALS = 6
OWN = with_changes(
    people="""\
roles: {manager: {label: Manager, sees: own, changes: own}, head: {label: Head}}
people: {anna: {name: Anna, role: manager, reports_to: petr}, petr: {name: Petr, role: head}}
"""
)


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[TestWorkspace]:
    with open_sales(tmp_path) as workspace:
        yield workspace


def opened(sales: TestWorkspace, deals: int = DEALS, **fields: str) -> None:
    for _ in range(deals):
        sales.execute("deal.create", funnel="sales", fields=fields)


def at_once(sales: TestWorkspace, lists: Sequence[Sequence[Request]]) -> list[list[Told]]:
    """Let a thread submit each list of requests in its order; the first ones wait for one writer together."""
    engine = sales.client.engine
    ready = threading.Barrier(len(lists) + 1)

    def run(requests: Sequence[Request]) -> list[Told]:
        ready.wait(30)
        told: list[Told] = []
        for request in requests:
            try:
                told.append(engine.submit(request))
            except VoronkaError as fault:
                told.append(fault)
        return told

    with ThreadPoolExecutor(len(lists)) as pool:
        running = [pool.submit(run, requests) for requests in lists]
        with engine.database.write():
            ready.wait(30)
            until(lambda: len(engine._commands._calls._queue) == len(lists))
        return [one.result(60) for one in running]


def in_order(sales: TestWorkspace, *requests: Request) -> list[Told]:
    """Let a thread submit each request, all for one commit, in this order."""
    engine = sales.client.engine
    with ThreadPoolExecutor(len(requests)) as pool:
        running = []
        with engine.database.write():
            for request in requests:
                running.append(pool.submit(engine.submit, request))
                until(lambda: len(engine._commands._calls._queue) == len(running))
        return [fault if isinstance(fault := one.exception(60), VoronkaError) else one.result() for one in running]


def some_request(random: Random, name: str) -> Request:
    deal = random.randint(1, DEALS)
    around: dict[str, Any] = {"source": "site", "deal": deal}
    if random.random() < 0.3:
        around["expected_seq"] = random.randint(1, 6)
    if random.random() < 0.5:
        around["idempotency_key"] = name
    if random.random() < 0.3:
        around["actor"] = random.choice(["anna", "petr"])
    match random.randrange(6):
        case 0:
            return around | {"command": "deal.move", "to": random.choice(["new", "offer", "won", "lost"])}
        case 1:
            return around | {"command": "deal.set", "fields": {"owner": random.choice(["anna", "petr"])}}
        case 2:
            return around | {"command": "deal.set", "fields": {"passport": f"{random.randint(4500, 4503)}"}}
        case 3:
            return around | {"command": "deal.set", "fields": {"nothing": "1"}}
        case 4:
            return around | {"command": "interaction.log", "fields": {"kind": "call", "direction": "in"}}
    return around | {"command": "deal.set", "fields": {"amount": str(random.randint(1, 3))}}


def told(outcome: Told) -> object:
    """Return what somebody was told, without the ids, which differ from run to run."""
    if isinstance(outcome, Answer):
        return {name: value for name, value in outcome.to_json().items() if name != "id"}
    return type(outcome).__name__, str(outcome)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_threads_do_to_the_same_deals_is_what_some_order_does(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    lists = [[some_request(random, f"{thread}.{n}") for n in range(8)] for thread in range(12)]
    with open_sales(tmp_path / "threads", OWN) as sales:
        opened(sales, owner="anna")
        lot = [
            (request, outcome)
            for requests, outcomes in zip(lists, at_once(sales, lists), strict=True)
            for request, outcome in zip(requests, outcomes, strict=True)
        ]
        assert sales.verify().damages == ()
        end = [sales.query("deal.show", deal=number + 1) for number in range(DEALS)]
        shown = [{name: deal[name] for name in ("stage", "fields", "owner")} for deal in end]

    # An answer tells the entry after which it was given: an order of all that each deal agrees with.
    answers = [(request, outcome) for request, outcome in lot if isinstance(outcome, Answer)]
    answers.sort(key=lambda one: (one[0]["deal"], one[1].seq, not one[1].events))
    assert any(outcome.refusal for _, outcome in answers)
    with open_sales(tmp_path / "one", OWN) as again:
        opened(again, owner="anna")
        for request, outcome in answers:
            assert told(again.client.engine.submit(request)) == told(outcome)
        end = [again.query("deal.show", deal=number + 1) for number in range(DEALS)]
        assert [{name: deal[name] for name in ("stage", "fields", "owner")} for deal in end] == shown


def owner(name: str) -> Request:
    return {"command": "deal.set", "deal": 1, "fields": {"owner": name}}


def changed(actor: str = "petr", deal: int = 1, **fields: str) -> Request:
    return {"command": "deal.set", "deal": deal, "actor": actor, "fields": fields}


@pytest.mark.parametrize(
    ("requests", "outcomes"),
    [
        ([owner("petr"), changed("anna", amount="1")], [2, "Unseen"]),
        ([changed("anna", amount="1"), owner("petr"), changed("anna", amount="2")], [2, 3, "Unseen"]),
        ([changed(passport="4500"), changed(passport="4500")], [2, 2]),
        ([changed(passport="4500"), changed(passport="4501")], [2, 3]),
        ([{"command": "account.create", "fields": {"name": "Acme"}}, changed(account="Acme")], [1, 2]),
        ([changed(account="Acme"), {"command": "account.create", "fields": {"name": "Acme"}}], ["UsageFault", 1]),
        ([changed(amount="1") | {"expected_seq": 1}, changed(amount="2") | {"expected_seq": 1}], [2, 2]),
        ([changed(amount="1"), changed(deal=2, amount="1"), changed(amount="2")], [2, 2, 3]),
    ],
)
def test_what_a_command_in_one_commit_changes_the_next_ones_find(
    tmp_path: Path, requests: list[Request], outcomes: list[object]
) -> None:
    with open_sales(tmp_path, OWN) as sales:
        opened(sales, 2, owner="anna")
        found = in_order(sales, *requests)
        assert [one.seq if isinstance(one, Answer) else type(one).__name__ for one in found] == outcomes
        assert sales.verify().damages == ()


def test_deals_opened_at_once_have_numbers_without_a_gap(sales: TestWorkspace) -> None:
    request = {"command": "deal.create", "funnel": "sales"}
    lists = [[request, request | {"funnel": "nowhere"}, request] for _ in range(16)]
    outcomes = [outcome for each in at_once(sales, lists) for outcome in each]
    opened = [one.summary["number"] for one in outcomes if isinstance(one, Answer) and one.refusal is None]
    assert sorted(opened) == list(range(1, 33))


def test_a_key_that_comes_many_times_at_once_is_carried_out_once(sales: TestWorkspace) -> None:
    opened(sales, 1)
    request = {"command": "deal.set", "deal": 1, "source": "site", "idempotency_key": "k"}
    same, other = request | {"fields": {"amount": "1"}}, request | {"fields": {"amount": "2"}}
    outcomes = [one for each in at_once(sales, [[same]] * 12 + [[other]] * 4) for one in each]
    found = Counter(
        (one.seq, one.replay, one.refusal and one.refusal.code) for one in outcomes if isinstance(one, Answer)
    )
    carried_out = found.pop((2, False, None))
    conflicts = sum(count for (_, _, code), count in found.items() if code == "key_conflict")
    assert (carried_out, found[2, True, None] + conflicts) == (1, 15)
    assert conflicts in (4, 12)
    assert sales.query("deal.show", deal=1)["seq"] == 2


def test_a_request_that_means_nothing_leaves_those_beside_it(sales: TestWorkspace) -> None:
    opened(sales)
    good = [[{"command": "deal.set", "deal": deal, "fields": {"amount": "5"}}] for deal in range(1, DEALS + 1)]
    bad: list[Request] = [
        {"command": "deal.paint"},
        {"command": "deal.set", "deal": 99, "fields": {"amount": "1"}},
        {"command": "deal.set", "deal": 1, "idempotency_key": "\ud800", "fields": {"amount": "1"}},
        {"command": "deal.set", "deal": 2**70, "fields": {"amount": "1"}},
    ]
    outcomes = [one for each in at_once(sales, [*good, *([one] for one in bad)]) for one in each]
    assert [isinstance(one, Answer) for one in outcomes] == [True] * DEALS + [False] * len(bad)
    assert all(isinstance(one, UsageFault) for one in outcomes[DEALS:])


def test_what_one_may_not_see_is_remembered_beside_others_work(tmp_path: Path) -> None:
    with open_sales(tmp_path, OWN) as sales:
        opened(sales, owner="petr")
        request = {"command": "deal.set", "actor": "anna", "fields": {"amount": "1"}}
        lists = [[request | {"deal": deal}] for deal in range(1, DEALS + 1)]
        outcomes = at_once(sales, [*lists, [{"command": "deal.set", "deal": 1, "fields": {"amount": "7"}}]])
        assert [type(one).__name__ for each in outcomes for one in each] == ["Unseen"] * DEALS + ["Answer"]
        denied = sales.query("audit")
        assert sorted(row["record"]["number"] for row in denied if row["code"] == "unseen") == list(range(1, DEALS + 1))
        assert {row["source"] for row in denied} == {"api"}  # as of a command that is carried out


def test_when_the_commit_fails_nobody_is_told_that_it_was_done(sales: TestWorkspace) -> None:
    opened(sales)
    engine = sales.client.engine

    class FullError(Exception):
        sqlite_errorname = "SQLITE_FULL"

    def fail(connection: object) -> None:
        raise OperationalError("COMMIT", None, FullError())

    lists = [[{"command": "deal.set", "deal": deal, "fields": {"amount": "5"}}] for deal in range(1, DEALS + 1)]
    event.listen(engine.database._writer, "commit", fail)
    try:
        outcomes = [one for each in at_once_failing(sales, lists) for one in each]
    finally:
        event.remove(engine.database._writer, "commit", fail)
    assert [type(one) for one in outcomes] == [EnvironmentFault] * DEALS
    assert [deal["seq"] for deal in (sales.query("deal.show", deal=n + 1) for n in range(DEALS))] == [1] * DEALS
    assert isinstance(at_once(sales, lists)[0][0], Answer)


def at_once_failing(sales: TestWorkspace, lists: Sequence[Sequence[Request]]) -> list[list[Told]]:
    """As `at_once`, where no writer can be held beforehand: its own commit would fail."""

    def run(request: Request) -> list[Told]:
        try:
            return [sales.client.engine.submit(request)]
        except VoronkaError as fault:
            return [fault]

    with ThreadPoolExecutor(len(lists)) as pool:
        return list(pool.map(run, (request for requests in lists for request in requests)))


def test_the_control_endpoint_serves_64_clients_at_once(sales: TestWorkspace, tmp_path: Path) -> None:
    opened(sales, 64)
    endpoint = ControlEndpoint(sales.client, tmp_path / ".voronka", "a token")
    sales.client.attended = True
    endpoint.open()
    clients: list[Client] = [RemoteClient(ControlAddress(port=endpoint.port, token="a token")) for _ in range(64)]
    engine, commits = sales.client.engine, []
    event.listen(engine.database._writer, "commit", commits.append)
    asked = threading.Barrier(65)

    def ask(number: int) -> Mapping[str, Any]:
        asked.wait(30)
        return clients[number].execute({"command": "deal.set", "deal": number + 1, "fields": {"amount": "5"}})

    try:
        with ThreadPoolExecutor(64) as pool:
            answers = [pool.submit(ask, number) for number in range(64)]
            with engine.database.write():
                asked.wait(30)
                until(lambda: len(engine._commands._calls._queue) == 64)
            assert [answer.result(60)["number"] for answer in answers] == list(range(1, 65))
    finally:
        endpoint.close(5.0)
    assert len(commits) <= 4
