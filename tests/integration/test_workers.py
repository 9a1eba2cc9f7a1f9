"""Several processes on one PostgreSQL database: each piece of work is done once, whoever is killed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from tests.contract.postgresql import NoServer, Server, emptied, server
from tests.integration.cli.running import voronka
from tests.integration.sales_workspace import FILES, START, ZONE, with_changes
from tests.integration.service_process import PATIENCE, await_that, start_worker
from voronka.bootstrap import connect, open_workspace, work
from voronka.calendars import HOUR
from voronka.errors import EnvironmentFault, UsageFault
from voronka.process.commands import CreateDeal, Envelope
from voronka.process.events import TimerEnded
from voronka.process.state import Stream, StreamKind
from voronka.runtime.beat import INTERVAL
from voronka.runtime.service import Service
from voronka.storage import Alone, open_database
from voronka.storage.database import Database
from voronka.storage.schema import HEAD
from voronka.testing import TestWorkspace, write_files

ON_POSTGRESQL = with_changes(root=FILES["voronka.yaml"] + "database: ${env:DATABASE_URL}\n")
RULES = "rules:\n  look: {trigger: {schedule: {every: 1 hour}}, do: [{task: {title: Look at it}}]}\n"
RICHER = FILES["configs/funnels/sales.yaml"].replace("  offer: {}\n", "  offer: {}\n  talk: {}\n")


@pytest.fixture
def address(postgresql: str) -> str:
    return emptied(postgresql)


@contextmanager
def together(folder: Path, address: str, number: int = 2) -> Iterator[list[TestWorkspace]]:
    """Give so many processes' views of one workspace, each with a folder of its own."""
    with ExitStack() as stack:
        opened = []
        for n in range(number):
            write_files(folder / str(n), FILES)
            opened.append(
                stack.enter_context(TestWorkspace(folder / str(n), start=START, zone=ZONE, seed=n, database=address))
            )
        yield opened


def ends(workspace: TestWorkspace) -> list[list[str]]:
    """Return of each deal how its timers ended, in the order of its history."""
    with workspace.client.engine.read() as reader:
        return [
            [
                f"{happened.key.event} {happened.result}"
                for entry in reader.history(Stream(StreamKind.DEAL, deal))
                for happened in entry.events
                if isinstance(happened, TimerEnded)
            ]
            for deal in reader.deal_ids()
        ]


def count(database: Database, table: str, where: str) -> int:
    with database.read() as reader:
        return int(reader.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one())


def test_the_database_of_another_workspace_is_not_opened_unless_it_has_a_new_name(tmp_path: Path, address: str) -> None:
    for name in ("acme", "othershop"):
        write_files(tmp_path / name, {**FILES, "voronka.yaml": FILES["voronka.yaml"].replace("acme", name)})
    open_workspace(tmp_path / "acme", database=address).close()
    with pytest.raises(EnvironmentFault, match="of the workspace acme, and this one is othershop"):
        open_workspace(tmp_path / "othershop", database=address)
    open_workspace(tmp_path / "othershop", database=address, renamed=True).close()
    with pytest.raises(EnvironmentFault, match="of the workspace othershop, and this one is acme"):
        open_workspace(tmp_path / "acme", database=address, follow=False)


def test_whether_a_worker_runs_anywhere_is_told_by_the_beat(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    write_files(tmp_path, ON_POSTGRESQL)
    with closing(open_workspace(tmp_path, database=address)) as client:
        assert not client.served
        client.engine.beat()
        assert client.served
        assert client.work("outbox.retry", {"all": True})["attended"]
        ran = voronka("-C", tmp_path, "status", "--lang", "en")
        assert ("runs in another process" in ran.out, "next: voronka run" in ran.err + ran.out) == (True, False)
        client.engine.write(lambda work: work.set_counter("beat", client.engine.clock.now() - 4 * INTERVAL))
        assert not client.served


def test_each_timer_ends_once_and_in_order_though_one_of_two_workers_is_killed(tmp_path: Path, address: str) -> None:
    deals = 1_000
    write_files(tmp_path, ON_POSTGRESQL)
    with TestWorkspace(tmp_path, start=START, zone=ZONE, database=address) as sales:
        engine = sales.client.engine
        stream = [Stream(StreamKind.DEAL, engine.new_id()) for _ in range(deals)]
        command = CreateDeal(funnel="sales")
        engine.execute_many([Envelope(command=command, stream=each, actor="local", source="test") for each in stream])
        workers = [start_worker(tmp_path, address) for _ in range(2)]
        try:
            await_that(lambda: count(engine.database, "timers", "state <> 'waiting'") > deals // 4)
            workers[0].kill()
            await_that(lambda: count(engine.database, "timers", "state = 'waiting'") == 0)
            workers[1].terminate()
            assert workers[1].wait(PATIENCE) == 0
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
        assert ends(sales) == [["call fired", "materials fired"]] * deals
        assert sales.verify().damages == ()


def test_a_worker_wants_a_database_that_is_shared_and_a_release_in_force(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    write_files(tmp_path / "own", FILES)
    with pytest.raises(UsageFault, match="a database of its own"):
        work(tmp_path / "own")
    write_files(tmp_path / "shared", ON_POSTGRESQL)
    with pytest.raises(EnvironmentFault, match="No configuration is in force"):
        work(tmp_path / "shared")
    assert not (tmp_path / "shared" / ".voronka" / "voronka.db").exists()


def test_commands_of_several_processes_draw_each_number_once_and_answer_each_key_once(
    tmp_path: Path, address: str
) -> None:
    with together(tmp_path, address) as processes:
        answers: list[dict[str, object]] = []

        def give(workspace: TestWorkspace) -> None:
            for n in range(20):
                answers.append(workspace.execute("deal.create", funnel="sales", source="web", idempotency_key=f"k{n}"))
                answers.append(workspace.execute("deal.create", funnel="sales"))

        threads = [threading.Thread(target=give, args=[each]) for each in processes for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == 160
        fresh = [answer["number"] for answer in answers if not answer["replay"]]
        assert sorted(fresh) == list(range(1, 101))
        assert {answer["number"] for answer in answers} == set(fresh)
        assert processes[0].verify().damages == ()


def test_a_deal_is_decided_on_what_its_account_is_though_another_process_changes_it(
    tmp_path: Path, address: str
) -> None:
    with together(tmp_path, address) as (one, other):
        one.execute("account.create", fields={"name": "Acme", "turnover": "10"})
        fields = {"account": "Acme", "amount": 5}
        for _ in range(10):
            one.execute("deal.create", funnel="sales", fields=fields)
        moving = threading.Thread(
            target=lambda: [one.execute("deal.move", deal=number, to="offer") for number in range(1, 11)]
        )
        moving.start()
        other.execute("account.set", account="Acme", fields={"turnover": "2000000"})
        moving.join()
        one.settle()
        other.settle()
        assert {deal["stage"]["name"] for deal in one.query("deal.list", funnel="sales")} == {"won"}
        assert one.verify().damages == ()


def test_every_process_goes_over_to_the_release_that_one_has_put_in_force(tmp_path: Path, address: str) -> None:
    with together(tmp_path, address) as (one, other):
        one.execute("deal.create", funnel="sales", fields={"amount": 1})
        write_files(tmp_path / "0", {"configs/funnels/sales.yaml": RICHER})
        assert one.execute("deal.create", funnel="sales")["refusal"] is None
        assert other.execute("deal.move", deal=1, to="offer")["refusal"] is None
        newer = one.client.engine.workspace.release
        assert other.client.engine.workspace.release == newer
        with other.client.engine.read() as reader:
            *_, last = reader.history(Stream(StreamKind.DEAL, reader.deals_by_number([1])[1]))
        assert last.release == newer
        other.reopen()
        (warning,) = other.client.warnings()
        assert "has followed" in warning["reason"]["en"]
        assert other.client.engine.workspace.release == one.client.engine.workspace.release == newer


def test_files_of_an_older_release_come_back_only_when_they_are_told_to(tmp_path: Path, address: str) -> None:
    with together(tmp_path, address) as (one, other):
        older = one.client.engine.workspace.release
        write_files(tmp_path / "0", {"configs/funnels/sales.yaml": RICHER})
        assert one.work("reload")["changed"]
        other.reopen()
        assert other.query("workspace")["release"] != older
        assert other.work("reload")["changed"]
        assert one.query("status")["release"] == older


def test_a_deal_is_never_worked_on_by_a_voronka_older_than_the_schema(tmp_path: Path, address: str) -> None:
    with together(tmp_path, address, 1) as (one,):
        with one.client.engine.database.write() as unit:
            unit.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        try:
            with pytest.raises(EnvironmentFault, match="newer Voronka"):
                one.execute("deal.create", funnel="sales")
            with pytest.raises(EnvironmentFault, match="newer Voronka"):
                open_database(address)
        finally:
            with one.client.engine.database.write() as unit:
                unit.execute(text(f"UPDATE alembic_version SET version_num = '{HEAD}'"))


def test_a_process_is_woken_by_what_another_one_has_committed(tmp_path: Path, address: str) -> None:
    with together(tmp_path, address) as (one, other):
        engine = one.client.engine
        bell = engine.bell()
        listener = engine.listen()
        assert listener is not None
        try:
            assert bell.wait(PATIENCE)  # as it begins to listen, for nobody knows what was said before
            engine.next_due()
            bell.clear()
            other.execute("deal.create", funnel="sales")
            assert bell.wait(PATIENCE)
            assert engine.next_due() is not None
        finally:
            listener.close()


def test_of_those_who_listen_one_leads_and_another_one_after_it(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voronka.storage.listening._LEAD", 0.05)
    databases = [open_database(address) for _ in range(2)]
    listeners = [listener for each in databases if (listener := each.listen(lambda: None)) is not None]
    try:
        await_that(lambda: any(each.leads for each in listeners))
        first = next(each for each in listeners if each.leads)
        (second,) = (each for each in listeners if each is not first)
        assert not second.leads
        first.close()
        await_that(lambda: second.leads)
    finally:
        for listener in listeners:
            listener.close()
        for database in databases:
            database.close()


def test_one_process_imports_at_a_time(tmp_path: Path, address: str) -> None:
    with together(tmp_path, address) as (one, other), one.client.engine.database.alone(Alone.IMPORT) as mine:
        assert mine
        with pytest.raises(UsageFault, match="An import is running already"):
            other.work("import.undo", **{"import": "x"})


def test_who_has_lost_the_connection_that_kept_others_off_is_told_before_it_commits(address: str) -> None:
    with closing(open_database(address)) as one, closing(open_database(address)) as other:
        with one.alone(Alone.IMPORT) as mine:
            assert mine is not None
            mine.check()
            with other.write() as work:
                locks = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
                work.execute(text(f"SELECT pg_terminate_backend(pid, 10000) FROM ({locks}) AS held"))
            with other.alone(Alone.IMPORT) as its:
                assert its is not None
            with pytest.raises(EnvironmentFault, match="broken off"):
                mine.check()
        with one.alone(Alone.IMPORT) as mine:
            assert mine is not None


def test_a_scheduled_rule_is_judged_by_one_process_at_a_time(tmp_path: Path, address: str) -> None:
    with together(tmp_path, address) as (one, other):
        for each in (one, other):
            write_files(each.root, {"configs/rules/nightly.yaml": RULES})
        one.work("reload")
        one.execute("deal.create", funnel="sales")
        assert one.client.engine.next_due() is not None
        for each in (one, other):
            each.client.engine.follow()
            each.clock.advance(HOUR)
        with one.client.engine.database.write() as judging:
            assert judging.attempt(Alone.RULES)
            assert other.client.engine.run_rules() == 0
        assert other.client.engine.run_rules() == 1
        assert one.client.engine.run_rules() == other.client.engine.run_rules() == 0
        assert len(one.query("tasks")) == 1


def test_an_idle_worker_asks_less_than_once_a_second(tmp_path: Path, address: str) -> None:
    with together(tmp_path, address, 1) as (one,):
        one.execute("deal.create", funnel="sales")
        service = Service(one.client, None)
        asked: list[str] = []

        def note(*words: object) -> None:
            asked.append(str(words[2]))

        engine = one.client.engine
        service._listener = engine.listen()
        try:
            await_that(lambda: service._listener is not None and service._listener.leads)
            engine.beat()
            event.listen(Engine, "before_cursor_execute", note)
            try:
                for _ in range(12):
                    one.clock.advance(5_000_000)
                    service.tick()
                    assert service._decide() + service._deliver() == 0
                    engine.next_timer()
                    engine.next_message()
            finally:
                event.remove(Engine, "before_cursor_execute", note)
        finally:
            service._listener.close()
        assert 0 < len(asked) <= 60, asked


@pytest.fixture
def own_server() -> Iterator[Server]:
    try:
        with server() as found:
            yield found
    except NoServer as reason:
        pytest.skip(f"no PostgreSQL: {reason}")


def test_a_service_goes_on_by_itself_once_its_server_is_there_again(
    tmp_path: Path, own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_server.address)
    monkeypatch.setattr("voronka.runtime.service._RETRY", 0.2)
    write_files(tmp_path, ON_POSTGRESQL)
    service = Service(open_workspace(tmp_path), tmp_path / ".voronka")
    service.start()
    try:
        client = connect(tmp_path)
        assert client.execute({"command": "deal.create", "funnel": "sales"})["number"] == 1
        own_server.stop()
        with pytest.raises(EnvironmentFault, match="does not answer"):
            client.execute({"command": "deal.create", "funnel": "sales"})
        own_server.start()
        assert client.execute({"command": "deal.create", "funnel": "sales"})["number"] == 2
        assert len(client.query("deal.list")) == 2
    finally:
        service.drain()
