from __future__ import annotations

from contextlib import closing
from threading import Barrier, Thread
from typing import Any

from tests.contract.builders import created, deal_id, deal_stream, drawn, effect, entry
from voronka.process.events import DealHidden, MessageSent
from voronka.storage import Attempt, Database, Delivery, Effect, EffectKey, Throttle, open_database, verify


def lease(database: Database, now: int, until: int, limit: int = 10) -> list[tuple[EffectKey, int]]:
    with database.write() as work:
        return [(one.key, one.token) for one in work.lease_effects(now=now, limit=limit, until=until)]


def settle(database: Database, key: EffectKey, token: int, result: Delivery, *, now: int = 2_000, **parts: Any) -> bool:
    with database.write() as work:
        return key in work.settle_effects([Attempt(key=key, token=token, result=result, **parts)], now=now)


def keys(database: Database, now: int = 10_000, until: int = 20_000) -> list[tuple[int, int]]:
    return [(key.seq, key.n) for key, _ in lease(database, now, until)]


def test_an_effect_is_leased_with_what_the_event_said(database: Database) -> None:
    with database.write() as work:
        work.append([created(1, effect(3))])
        (found,) = work.lease_effects(now=1_000, limit=5, until=2_000)
    assert found.key == EffectKey(deal_id(1), 1, 3)
    assert found.key.child == "1.3"
    assert (found.channel, found.recipient, found.locale, found.template) == ("email", "user:anna", "ru", "materials")
    assert found.body["timed"] == {"name": "send", "offset": "2 days", "due": 5}
    assert (found.attempts, found.status) == (1, Delivery.PENDING)


def test_effects_of_a_deal_leave_in_order_on_each_channel(database: Database) -> None:
    first = created(1, effect(0), effect(1), effect(2, "sms"))
    with database.write() as work:
        work.append([first, entry(deal_stream(1), first.state_after, effect(0)), created(2, effect(0))])
    taken = lease(database, 1_000, 5_000)
    assert [(key.deal, key.seq, key.n) for key, _ in taken] == [
        (deal_id(1), 1, 0),
        (deal_id(1), 1, 2),
        (deal_id(2), 1, 0),
    ]
    assert lease(database, 1_000, 5_000) == []
    assert settle(database, *taken[0], Delivery.SENT)
    assert keys(database, 1_000, 5_000) == [(1, 1)]


def test_a_lease_that_ran_out_is_taken_over_and_the_old_one_cannot_settle(database: Database) -> None:
    with database.write() as work:
        work.append([created(1, effect())])
    ((key, old),) = lease(database, 1_000, 2_000)
    assert lease(database, 1_999, 3_000) == []
    ((same, new),) = lease(database, 2_000, 3_000)
    assert (same, new > old) == (key, True)
    assert not settle(database, key, old, Delivery.SENT)
    assert settle(database, key, new, Delivery.SENT)
    assert not settle(database, key, new, Delivery.SENT)
    assert lease(database, 99_000, 99_001) == []


def test_a_failed_attempt_waits_and_holds_up_its_lane(database: Database) -> None:
    with database.write() as work:
        work.append([created(1, effect(0), effect(1))])
    ((key, token),) = lease(database, 1_000, 2_000)
    assert settle(database, key, token, Delivery.PENDING, next_at=7_000)
    assert lease(database, 6_999, 8_000) == []
    with database.read() as reader:
        assert reader.awaited().effect == 7_000
    with database.write() as work:
        (again,) = work.lease_effects(now=7_000, limit=5, until=8_000)
    assert (again.key, again.attempts) == (key, 2)
    with database.read() as reader:
        assert reader.awaited().effect == 8_000


def test_a_dead_letter_frees_the_lane_and_can_be_sent_again(database: Database) -> None:
    with database.write() as work:
        work.append([created(1, effect(0), effect(1))])
    ((key, token),) = lease(database, 1_000, 2_000)
    assert settle(database, key, token, Delivery.DEAD, now=1_500, reason="no such address")
    with database.write() as work:
        assert not work.retry_effect(EffectKey(deal_id(1), 1, 1), now=2_000)
    assert keys(database, 1_600, 1_700) == [(1, 1)]
    with database.read() as reader:
        (dead,) = reader.effects(status=Delivery.DEAD)
    assert (dead.key, dead.reason) == (key, "no such address")
    with database.write() as work:
        assert work.retry_effect(key, now=3_000)
        (again,) = work.lease_effects(now=3_000, limit=5, until=4_000)
    assert (again.key, again.attempts, again.reason) == (key, 1, "")


def test_why_an_attempt_failed_is_kept_in_every_language_until_it_is_tried_anew(database: Database) -> None:
    told = {"en": "no such address", "ru": "такого адреса нет"}
    with database.write() as work:
        work.append([created(1, effect())])
    ((key, token),) = lease(database, 1_000, 2_000)
    assert settle(database, key, token, Delivery.DEAD, now=1_500, reason=told["en"], reasons=told)
    with database.read() as reader:
        assert [one.reasons for one in reader.effects()] == [told]
    with database.write() as work:
        assert work.retry_effect(key, now=3_000)
    with database.read() as reader:
        assert [(one.reason, one.reasons) for one in reader.effects()] == [("", {})]


def test_nothing_of_a_hidden_deal_leaves(database: Database) -> None:
    first = created(1, effect())
    with database.write() as work:
        work.append([first, entry(deal_stream(1), first.state_after, DealHidden(import_id="i"))])
    assert lease(database, 9_000, 10_000) == []
    with database.read() as reader:
        assert [one.status for one in reader.effects(deal=deal_id(1))] == [Delivery.CANCELLED]


def test_the_history_and_the_outbox_agree(database: Database) -> None:
    first = created(1, effect())
    with database.write() as work:
        work.append([first])
    ((key, token),) = lease(database, 1_000, 2_000)
    assert settle(database, key, token, Delivery.SENT, now=1_500)
    with database.write() as work:
        work.append([entry(deal_stream(1), first.state_after, MessageSent(effect="1.0", at=1_500))])
    assert verify(drawn(database)).sound


def test_a_lease_that_is_given_back_was_no_attempt(database: Database) -> None:
    with database.write() as work:
        work.append([created(1, effect(0), effect(1))])
    ((key, token),) = lease(database, 1_000, 2_000)
    assert settle(database, key, token, Delivery.PENDING, now=1_500, next_at=1_500, counts=False)
    assert not settle(database, key, token, Delivery.PENDING, now=1_500, next_at=1_500, counts=False)
    with database.write() as work:
        (again,) = work.lease_effects(now=1_500, limit=5, until=3_000)
    assert (again.key, again.attempts) == (key, 1)


def test_of_several_attempts_only_those_whose_lease_still_holds_are_written_down(database: Database) -> None:
    with database.write() as work:
        work.append([created(1, effect()), created(2, effect()), created(3, effect())])
    ((lost, old),) = lease(database, 1_000, 2_000, limit=1)
    others = lease(database, 1_000, 9_000)
    ((same, new),) = lease(database, 3_000, 9_000)
    attempts = [Attempt(key=key, token=token, result=Delivery.SENT) for key, token in [(lost, old), *others]]
    with database.write() as work:
        assert work.settle_effects(attempts, now=4_000) == {key for key, _ in others}
    with database.read() as reader:
        assert {one.key: one.status for one in reader.effects()} == {
            lost: Delivery.PENDING,
            **{key: Delivery.SENT for key, _ in others},
        }
    assert settle(database, same, new, Delivery.SENT)


def test_several_attempts_end_each_in_its_own_way(database: Database) -> None:
    with database.write() as work:
        work.append([created(deal, effect()) for deal in range(1, 5)])
    sent, dead, again, unopened = lease(database, 1_000, 9_000)
    attempts = [
        Attempt(key=sent[0], token=sent[1], result=Delivery.SENT),
        Attempt(key=dead[0], token=dead[1], result=Delivery.DEAD, reason="no such address"),
        Attempt(key=again[0], token=again[1], result=Delivery.PENDING, next_at=7_000, reason="busy"),
        Attempt(key=unopened[0], token=unopened[1], result=Delivery.PENDING, next_at=900, counts=False),
    ]
    with database.write() as work:
        assert len(work.settle_effects(attempts, now=4_000)) == 4
    with database.read() as reader:
        found = {one.key: (one.status.value, one.reason, one.attempts, one.next_at) for one in reader.effects()}
    assert found[sent[0]][:3] == ("sent", "", 1)
    assert found[dead[0]][:3] == ("dead", "no such address", 1)
    assert found[again[0]] == ("pending", "busy", 1, 7_000)
    assert found[unopened[0]] == ("pending", "", 0, 900)


def test_of_each_channel_no_more_is_taken_than_its_share_and_others_are_not_held_up(database: Database) -> None:
    with database.write() as work:
        work.append([created(deal, effect(0, "once"), effect(1, "email")) for deal in range(1, 4)])

    def taken(shares: dict[str, int]) -> list[str]:
        with database.write() as work:
            return sorted(one.channel for one in work.lease_effects(now=1_000, limit=2, until=9_000, shares=shares))

    assert taken({"once": 0, "email": 9}) == ["email", "email"]
    assert taken({"once": 1, "email": 9}) == ["email", "once"]
    assert taken({"once": 1, "email": 9}) == ["once"]
    assert taken({"email": 9}) == []


def test_the_next_effect_is_the_first_that_is_free_or_whose_lease_runs_out(database: Database) -> None:
    def next_at() -> int | None:
        with database.read() as reader:
            return reader.awaited().effect

    assert next_at() is None
    with database.write() as work:
        work.append([created(number, effect(0), effect(1)) for number in (1, 2, 3)])
    due = next_at()
    assert due is not None
    lease(database, due, due + 300, limit=1)
    assert next_at() == due
    second, third = lease(database, due, due + 200)
    assert next_at() == due + 200
    assert settle(database, *second, Delivery.PENDING, now=due, next_at=due + 100)
    assert next_at() == due + 100
    assert settle(database, *second, Delivery.PENDING, now=due, next_at=due + 900) is False
    assert settle(database, *third, Delivery.SENT, now=due)
    assert next_at() == due  # what stood behind it in its lane


def test_what_was_broken_off_stays_so_until_it_ends_however_often_it_is_given_back(database: Database) -> None:
    def leased(now: int) -> Effect:
        with database.write() as work:
            (found,) = work.lease_effects(now=now, limit=5, until=now + 100)
            return found

    def given_back(found: Effect, next_at: int) -> None:
        back = {"next_at": next_at, "counts": False, "broken_off": found.broken_off}
        assert settle(database, found.key, found.token, Delivery.PENDING, now=next_at - 1_000, **back)

    with database.write() as work:
        work.append([created(1, effect(0))])
    first = leased(1_000)
    given_back(first, 3_000)
    assert not leased(3_000).broken_off
    for now, again in ((3_100, 5_000), (5_000, 7_000)):  # the lease of 3,000 has run out
        found = leased(now)
        assert found.broken_off
        given_back(found, again)
        assert lease(database, again - 1, again) == []
        with database.read() as reader:
            assert reader.awaited().effect == again
    last = leased(7_000)
    assert (last.broken_off, last.attempts) == (True, 2)
    assert settle(database, last.key, last.token, Delivery.UNKNOWN)


def test_where_no_order_is_kept_none_waits_for_an_earlier_one_of_its_deal(database: Database) -> None:
    with database.write() as work:
        work.append([created(1, effect(0), effect(1), effect(2, "sms"), effect(3, "sms"))])
    loose = frozenset({"email"})
    with database.write() as work:
        taken = work.lease_effects(now=1_000, limit=9, until=9_000, unordered=loose)
        assert [(one.channel, one.key.n) for one in taken] == [("email", 0), ("email", 1), ("sms", 2)]
        first, second, _ = taken
        ends = [
            Attempt(key=first.key, token=first.token, result=Delivery.PENDING, next_at=70_000),
            Attempt(key=second.key, token=second.token, result=Delivery.PENDING, next_at=50_000),
        ]
        work.settle_effects(ends, now=1_000)
    with database.read() as reader:
        assert reader.awaited().effect == 9_000  # the lease of the third
        assert reader.foremost_effects(reader.effects(), loose).keys() == {EffectKey(deal_id(1), 1, n) for n in (2, 3)}
    with database.write() as work:
        assert {one.key.n for one in work.lease_effects(now=50_000, limit=9, until=60_000, unordered=loose)} == {1, 2}
        assert [one.key.n for one in work.lease_effects(now=69_000, limit=9, until=80_000)] == [2]


def test_what_holds_up_a_lane_outlasts_a_restart_and_is_forgotten_when_it_is_over(address: str) -> None:
    throttle = Throttle(free_at=5_000, taken=((1_000, 2), (2_000, 1)), stale_at=5_000)
    with closing(open_database(address)) as database, database.write() as work:
        work.append([created(1, effect(0), effect(1, "sms"))])
        assert work.throttles([("email", "")], hold=True) == {("email", ""): Throttle()}
        work.put_throttles({("email", ""): throttle, ("email", "a1"): throttle}, now=1_000)
    with closing(open_database(address)) as database, database.write() as work:
        assert work.throttles([("email", ""), ("email", "b2")], hold=True) == {
            ("email", ""): throttle,
            ("email", "b2"): Throttle(),
        }
        assert work.effect_lanes() == {"email": 5_000, "sms": 0}
        assert [one.channel for one in work.lease_effects(now=4_999, limit=9, until=9_000)] == ["sms"]
        work.put_throttles({}, now=5_001)
        assert work.throttles([("email", ""), ("email", "a1")], hold=False) == {
            ("email", ""): Throttle(),
            ("email", "a1"): Throttle(),
        }


def test_what_a_paused_lane_holds_is_not_ready_before_the_pause_is_over(database: Database) -> None:
    with database.write() as work:
        work.append([created(1, effect(0)), created(2, effect(0, "sms"))])
        work.throttles([("email", "")], hold=True)
        work.put_throttles({("email", ""): Throttle(free_at=8_000, stale_at=8_000)}, now=1_000)
    with database.read() as reader:
        assert reader.awaited().effect == 1_000
    ((key, token),) = lease(database, 1_000, 2_000)
    assert settle(database, key, token, Delivery.SENT)
    with database.read() as reader:
        assert reader.awaited().effect == 8_000


def test_of_two_workers_that_look_at_a_lane_the_second_sees_what_the_first_has_taken(address: str) -> None:
    def take(database: Database, at: int) -> None:
        with database.write() as work:
            begun.wait(5)
            kept = work.throttles([("email", "")], hold=True)["email", ""]
            taken = (*kept.taken, (at, 1))
            work.put_throttles({("email", ""): Throttle(taken=taken, stale_at=10**15)}, now=at)

    begun = Barrier(2) if address.startswith("postgresql") else Barrier(1)
    with closing(open_database(address)) as database:
        workers = [Thread(target=take, args=(database, at)) for at in (1, 2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        with database.write() as work:
            assert sorted(work.throttles([("email", "")], hold=True)["email", ""].taken) == [(1, 1), (2, 1)]


def test_what_became_of_an_effect_may_be_unknown_until_a_person_says_it(database: Database) -> None:
    with database.write() as work:
        work.append([created(1, effect(0), effect(1), effect(2))])
    ((key, token),) = lease(database, 1_000, 2_000)
    assert settle(database, key, token, Delivery.UNKNOWN, reason="broken off")
    ((second, token),) = lease(database, 1_000, 2_000)  # the lane is free
    assert settle(database, second, token, Delivery.UNKNOWN)
    with database.write() as work:
        assert work.resolve_effect(key, now=3_000)
        assert not work.resolve_effect(key, now=3_000)
        assert work.retry_effect(second, now=3_000)
    with database.read() as reader:
        found = {one.key.n: (one.status, one.reason) for one in reader.effects()}
    assert found[0] == (Delivery.SENT, "")
    assert found[1] == (Delivery.PENDING, "")


def test_effects_are_found_by_their_channel_and_action_and_by_when_they_were_asked_for(database: Database) -> None:
    names = ("email", "action:webhook:crm", "action:webhook:erp", "action:webhooks")
    with database.write() as work:
        work.append([created(number, effect(0, name, at=number * 1_000)) for number, name in enumerate(names, start=1)])
    with database.read() as reader:

        def found(**asked: Any) -> list[int]:
            return sorted(one.at // 1_000 for one in reader.effects(**asked))

        assert found(channel="email") == [1]
        assert found(channel="webhook") == [2, 3]
        assert found(channel="action:webhook:erp") == [3]
        assert found(since=2_000, until=4_000) == [2, 3]
