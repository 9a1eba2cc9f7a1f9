from __future__ import annotations

import pytest

from tests.contract.builders import (
    CHAIN,
    RELEASE,
    account_stream,
    armed,
    contact_stream,
    created,
    deal_id,
    deal_stream,
    drawn,
    effect,
    ended,
    entry,
    key,
    moved,
    party,
    task,
)
from voronka.definition.workspace import release_of
from voronka.errors import UsageFault
from voronka.process.codec import encode
from voronka.process.commands import FactsChanged, Sealed, SetParty
from voronka.process.events import (
    CommandQueued,
    DealHidden,
    DealsConcerned,
    FieldsChanged,
    HistoryImported,
    InteractionLogged,
    PartyChanged,
    ReleaseActivated,
    RowPut,
    RowRemoved,
    TaskDone,
    UserAdded,
)
from voronka.process.state import DealState, Stream, StreamKind, VaultRef
from voronka.storage import WORKSPACE, BrokenRecord, Database, DealFilter, StaleVersion, verify
from voronka.storage.chain import GENESIS


def sound(database: Database) -> None:
    report = verify(drawn(database))
    assert report.damages == ()


def test_a_deal_is_read_back_as_it_was_decided(database: Database) -> None:
    first = created(
        1,
        armed(5_000),
        task(),
        owner="anna",
        account=account_stream(1).id,
        fields={
            "amount": 10_050,
            "tags": ("a", "b"),
            "share": 0.1,
            "note": "[x]",
            "phone": Sealed(b"c" * 16, "phone:1", "ff"),
        },
        keys=(("crm", "A-1"),),
    )
    with database.write() as work:
        work.append([first])
    with database.read() as reader:
        assert reader.deals([deal_id(1), deal_id(2)]) == {deal_id(1): first.state_after}
        assert reader.deals_by_number([1, 2]) == {1: deal_id(1)}
        assert reader.deals_by_key([("crm", "A-1"), ("crm", "A-2")]) == {("crm", "A-1"): deal_id(1)}
        state = reader.deals([deal_id(1)])[deal_id(1)]
    assert state.fields["phone"] == VaultRef(b"c" * 16, "phone:1")
    assert isinstance(state.fields["share"], float)
    sound(database)


@pytest.mark.parametrize(
    "value",
    [
        2**63 - 1,
        -(2**63),
        0,
        True,
        False,
        1e16,
        -1.5e300,
        5e-324,
        1e15,
        -0.1,
        "",
        'a "quoted"\n\u2028\x01 1e+16 я',
        (),
        ("я", "b"),
    ],
    ids=repr,
)
def test_a_value_of_a_field_is_read_back_as_it_was(database: Database, value: object) -> None:
    first = created(1, fields={"told": value})
    with database.write() as work:
        work.append([first])
    with database.read() as reader:
        read = reader.deals([deal_id(1)])[deal_id(1)].fields["told"]
    assert (type(read), read) == (type(value), value)
    sound(database)


def test_what_happened_is_read_back_with_its_explanation(database: Database) -> None:
    first = created(1, armed(5_000))
    with database.write() as work:
        work.append([first])
    with database.read() as reader:
        (found,) = reader.history(deal_stream(1))
    assert found.events == first.events
    assert (found.actor, found.source, found.cause) == ("anna", "test", {"command": "test"})
    assert found.links[0]["judgements"][0]["values"] == {"a": 1}


def test_many_entries_of_one_deal_in_one_batch_leave_the_last_state(database: Database) -> None:
    first = created(1, armed(5_000), task())
    second = entry(deal_stream(1), first.state_after, ended(5_000), armed(6_000, occurrence=1), at=5_000)
    third = entry(
        deal_stream(1),
        second.state_after,
        ended(6_000, result="cancelled", at=5_500, occurrence=1),
        TaskDone(task="1.0", at=5_500),
        *moved("proposal", 2, 5_500),
        at=5_500,
    )
    with database.write() as work:
        work.append([first, second, third])
    with database.read() as reader:
        assert reader.deals([deal_id(1)])[deal_id(1)] == third.state_after
        assert [(row.key, row.state) for row in reader.timers(deal=deal_id(1))] == [
            (key(), "fired"),
            (key(occurrence=1), "cancelled"),
        ]
        assert reader.rows("tasks", [deal_stream(1)])[deal_stream(1)]["1.0"]["done"] is True
        assert [row["left_at"] for row in reader.rows("visits", [deal_stream(1)])[deal_stream(1)].values()] == [
            5_500,
            None,
        ]
    sound(database)


def test_entries_of_one_deal_over_several_batches_leave_the_same(database: Database) -> None:
    before = created(1, armed(5_000), task())
    with database.write() as work:
        work.append([before])
    for events, at in (
        ((ended(5_000), effect(0, at=5_000)), 5_000),
        ((TaskDone(task="1.0", at=6_000),), 6_000),
        (moved("won", 2, 7_000, "won"), 7_000),
        ((FieldsChanged(new={"owner": "oleg", "amount": None}, old={"owner": None}, at=8_000),), 8_000),
    ):
        before = entry(deal_stream(1), before.state_after, *events, at=at)
        with database.write() as work:
            work.append([before])
    with database.read() as reader:
        (state,) = reader.list_deals(DealFilter(owner="oleg", open=False))
        assert state == before.state_after
    sound(database)


def test_an_entry_out_of_turn_is_refused_and_nothing_of_its_batch_stays(database: Database) -> None:
    first = created(1)
    with database.write() as work:
        work.append([first])
    again = entry(deal_stream(1), first.state_after, task())
    with database.write() as work:
        work.append([again])
    with pytest.raises(StaleVersion) as caught, database.write() as work:
        work.append([created(2), again])
    assert (caught.value.stream, caught.value.expected, caught.value.found) == (deal_stream(1), 1, 2)
    assert caught.value.exit_code == 4
    with database.read() as reader:
        assert reader.deals_by_number([1, 2]) == {1: deal_id(1)}
    sound(database)


def test_a_decision_on_an_account_that_changed_meanwhile_is_refused(database: Database) -> None:
    account = party(account_stream(1), {"name": "Acme"})
    with database.write() as work:
        work.append([account])
    old = created(1)
    changed = entry(
        account_stream(1), account.state_after, PartyChanged(new={"segment": "key"}, old={}, at=2_000), at=2_000
    )
    on_old = entry(deal_stream(1), old.state_after, task(), read={account_stream(1): 1})
    with pytest.raises(StaleVersion) as caught, database.write() as work:
        work.append([old, changed, on_old])
    assert caught.value.stream == account_stream(1)
    with database.write() as work:
        work.append([old, on_old, changed])
    sound(database)


def test_an_error_in_the_block_takes_everything_back(database: Database) -> None:
    def fail() -> None:
        with database.write() as work:
            work.append([created(1, armed(5_000))])
            work.next_numbers(3)
            work.set_counter("beat", 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.write() as work:
        assert work.deals([deal_id(1)]) == {}
        assert work.next_due() is None
        assert work.counter("beat") is None
        assert list(work.next_numbers(2)) == [1, 2]
        assert list(work.next_numbers(1)) == [3]


def test_a_record_that_another_writer_made_meanwhile_is_stale(database: Database) -> None:
    with database.write() as work:
        work.append([created(1)])

    def make_again() -> None:
        with database.write() as work:
            work.heads[deal_id(1)] = (0, GENESIS)  # as it was read before the other writer's commit
            work.append([created(1)])

    with pytest.raises(StaleVersion) as caught:
        make_again()
    assert (caught.value.stream, caught.value.expected, caught.value.found) == (deal_stream(1), 0, 1)
    sound(database)


def test_numbers_that_are_not_taken_come_again(database: Database) -> None:
    with database.write() as work:
        assert list(work.next_numbers(5)) == [1, 2, 3, 4, 5]
        work.return_numbers(3)
    with database.write() as work:
        assert list(work.next_numbers(2)) == [3, 4]


def test_a_timer_cannot_end_twice(database: Database) -> None:
    first = created(1, armed(5_000))
    second = entry(deal_stream(1), first.state_after, ended(5_000))
    with database.write() as work:
        work.append([first, second])
    third = entry(deal_stream(1), second.state_after, ended(5_000, result="cancelled"))
    with pytest.raises(BrokenRecord), database.write() as work:
        work.append([third])
    new = created(2, armed(5_000))
    once = entry(deal_stream(2), new.state_after, ended(5_000))
    twice = entry(deal_stream(2), once.state_after, ended(5_000))
    with pytest.raises(BrokenRecord), database.write() as work:
        work.append([new, once, twice])
    sound(database)


def test_a_foreign_key_names_one_deal_and_is_free_again_once_it_is_hidden(database: Database) -> None:
    first = created(1, keys=(("crm", "A"),), import_id="i1")
    with database.write() as work:
        work.append([first])
    with pytest.raises(UsageFault) as caught, database.write() as work:
        work.append([created(2, keys=(("crm", "A"),))])
    assert "A" in caught.value.reason.render("en")
    hidden = entry(
        deal_stream(1),
        first.state_after,
        HistoryImported(import_id="i1", rows=1),
        DealHidden(import_id="i1"),
    )
    with database.write() as work:
        assert [deal.number for deal in work.imported("i1")[0]] == [1]
        work.append([hidden, created(2, keys=(("crm", "A"),))])
    with database.read() as reader:
        assert reader.deals_by_key([("crm", "A")]) == {("crm", "A"): deal_id(2)}
        assert reader.deals_by_number([1, 2]) == {2: deal_id(2)}
        assert reader.imported("i1") == ([], [])
        assert [deal.number for deal in reader.list_deals()] == [2]
    sound(database)


def test_rows_are_put_changed_and_removed(database: Database) -> None:
    def put(name: str, ours: int) -> RowPut:
        return RowPut(collection="tco", key=name, values={"component": name, "ours": ours})

    first = created(1, put("service", 1), put("training", 2))
    second = entry(deal_stream(1), first.state_after, put("service", 3), RowRemoved(collection="tco", key="training"))
    with database.write() as work:
        work.append([first])
    with database.write() as work:
        work.append([second, created(2)])
    with database.read() as reader:
        found = reader.rows("tco", [deal_stream(1), deal_stream(2)])
    assert found == {deal_stream(1): {"service": {"component": "service", "ours": 3}}, deal_stream(2): {}}
    sound(database)


def test_interactions_come_in_the_order_of_time(database: Database) -> None:
    def call(n: int, at: int) -> InteractionLogged:
        values = {"kind": "call", "direction": "out", "note": Sealed(deal_id(1), f"note:{n}", "aa")}
        return InteractionLogged(n=n, at=at, values=values, last_interaction_at=at, contacted=True)

    with database.write() as work:
        work.append([created(1, call(0, 900), call(1, 700))])
    with database.read() as reader:
        rows = reader.rows("interactions", [deal_stream(1)])[deal_stream(1)]
    assert list(rows) == ["1.1", "1.0"]
    assert rows["1.0"] == {"kind": "call", "direction": "out", "note": VaultRef(deal_id(1), "note:0"), "at": 900}
    sound(database)


def test_accounts_are_found_by_name_however_it_is_written(database: Database) -> None:
    with database.write() as work:
        names = {1: "ООО  «Ёлка»", 2: "Acme", 3: "acme"}
        work.append([party(account_stream(number), {"name": name}) for number, name in names.items()])
    with database.read() as reader:
        found = reader.accounts_by_name(["ооо «ёлка»", "ACME", "none"])
        assert found == {
            "ооо «ёлка»": [account_stream(1).id],
            "ACME": [account_stream(2).id, account_stream(3).id],
        }
        assert [party.stream for party in reader.list_parties(StreamKind.ACCOUNT)] == [
            account_stream(1),
            account_stream(2),
            account_stream(3),
        ]
    sound(database)


def test_a_queued_command_waits_in_the_order_in_which_it_was_queued(database: Database) -> None:
    def queue(n: int, segment: str) -> CommandQueued:
        stream = account_stream(1)
        command = encode(SetParty(values={"segment": segment}))
        return CommandQueued(n=n, target=f"account:{stream.id.hex()}", command=command, chain=CHAIN)

    before = created(1, *[queue(n, f"s{n}") for n in range(11)])
    with database.write() as work:
        work.append([before])
    with database.write() as work:
        queued = work.queued(work.queued_keys(100))
        assert [row.command for row in queued] == [SetParty(values={"segment": f"s{n}"}) for n in range(11)]
        assert (queued[0].target, queued[0].chain, queued[0].actor) == (account_stream(1), CHAIN, f"test@{RELEASE[:8]}")
        answer = {"stream": "account", "id": account_stream(1).id.hex(), "seq": 2, "events": [], "refusal": None}
        work.settle_queued({queued[0].key: answer})
        work.settle_queued({queued[1].key: None}, failed=True)
    with database.read() as reader:
        assert reader.queue_length() == 9
        seen = reader.inbox_seen("chain", [queued[0].key, queued[1].key, queued[2].key])
    assert [seen[row.key].status for row in queued[:3]] == ["done", "failed", "pending"]
    sound(database)


def test_a_changed_account_queues_a_command_for_each_open_deal_that_reads_it(database: Database) -> None:
    account = party(account_stream(1), {"name": "Acme"})
    mine = {"account": account_stream(1).id}
    closed = created(3, *moved("won", 2, 1_500, "won"), **mine)
    concerned = entry(
        account_stream(1),
        account.state_after,
        PartyChanged(new={"turnover": 5}, old={"turnover": None}, at=2_000),
        DealsConcerned(
            n=1, funnels=("react",), names=("account.turnover",), old={"account.turnover": None}, chain=CHAIN
        ),
        at=2_000,
    )
    with database.write() as work:
        work.append([account, created(1, **mine), created(2), closed])
    with database.write() as work:
        # A deal that joins the account in the same batch is concerned too.
        work.append([concerned, created(4, **mine)])
    with database.read() as reader:
        queued = reader.queued(reader.queued_keys(10))
    assert [row.target for row in queued] == [deal_stream(1), deal_stream(4)]
    assert queued[0].command == FactsChanged(names=("account.turnover",), old={"account.turnover": None})
    assert queued[0].key == f"{account_stream(1).id.hex()}.2.1.{deal_id(1).hex()}"
    sound(database)


@pytest.mark.parametrize(
    ("closed", "told"),
    [((), [1]), ((("react", "won"),), [1, 3]), ((("react", "lost"), ("other", "won")), [1, 4])],
)
def test_a_changed_account_queues_a_command_for_the_closed_deals_that_read_it(
    database: Database, closed: tuple[tuple[str, str], ...], told: list[int]
) -> None:
    account = party(account_stream(1), {"name": "Acme"})
    mine = {"account": account_stream(1).id}
    ends = [created(3, *moved("won", 2, 1_500, "won"), **mine), created(4, *moved("lost", 2, 1_500, "lost"), **mine)]
    concerned = entry(
        account_stream(1),
        account.state_after,
        PartyChanged(new={"ends": 5}, old={"ends": None}, at=2_000),
        DealsConcerned(n=1, funnels=("react",), names=("account.ends",), old={}, chain=CHAIN, closed=closed),
        at=2_000,
    )
    with database.write() as work:
        work.append([account, created(1, **mine), created(2), *ends])
    with database.write() as work:
        work.append([concerned])
    with database.read() as reader:
        queued = reader.queued(reader.queued_keys(10))
    assert [row.target for row in queued] == [deal_stream(number) for number in told]
    sound(database)


def test_the_workspace_remembers_its_release_and_the_people_of_imports(database: Database) -> None:
    files = {"voronka.yaml": b"workspace: acme\n", "b/\xd1.md": b"\xff"}
    release = release_of(files)
    first = entry(WORKSPACE, None, ReleaseActivated(release=release, at=1), UserAdded(name="bob", label="Bob", at=1))
    with database.write() as work:
        assert work.workspace_state() is None
        work.put_release(release, files, at=1)
        work.put_release(release, {}, at=2)
        work.append([first])
    with database.read() as reader:
        assert reader.active_release() == release
        assert reader.release_files(release) == files
        assert reader.release_files("b" * 64) is None
        assert reader.users() == {"bob": "Bob"}
        state = reader.workspace_state()
    assert state is not None
    assert state.users == {"bob": "Bob"}
    sound(database)


def test_a_contact_is_found_by_its_name_until_it_is_changed_or_erased(database: Database) -> None:
    with database.write() as work:
        name = work.vault_put(contact_stream(1).id, "name:1", "Анна  Ёлкина", random=lambda n: b"k" * n, match=True)
        first = party(contact_stream(1), {"name": name})
        work.append([first])
    with database.read() as reader:
        assert reader.contacts_by(["анна ёлкина", "мария"]) == {"анна ёлкина": [contact_stream(1).id]}
        assert reader.contacts_by(["анна"]) == {}
    with database.write() as work:
        new = work.vault_put(contact_stream(1).id, "name:2", "Мария", random=lambda n: b"k" * n, match=True)
        changed = PartyChanged(new={"name": new}, old={"name": VaultRef(name.subject, name.ref)}, at=2)
        work.append([entry(contact_stream(1), first.state_after, changed)])
    with database.write() as work:
        assert work.contacts_by(["анна ёлкина"]) == {}
        assert work.contacts_by(["мария"]) == {"мария": [contact_stream(1).id]}
        work.erase_subject(contact_stream(1).id)
        assert work.contacts_by(["мария"]) == {}
    sound(database)


def test_a_state_is_typed_as_before(database: Database) -> None:
    first = created(1)
    with database.write() as work:
        work.append([first])
    with database.read() as reader:
        state = reader.deals([deal_id(1)])[deal_id(1)]
    assert isinstance(state, DealState)
    assert (type(state.replied), type(state.touched), type(state.id)) == (bool, bool, bytes)
    assert Stream(StreamKind.DEAL, state.id) == deal_stream(1)
