from __future__ import annotations

from tests.contract.builders import armed, created, deal_id, deal_stream, drawn, ended, entry, key
from voronka.storage import Database, verify


def test_due_deals_are_claimed_the_longest_due_first_with_all_their_due_timers(database: Database) -> None:
    with database.write() as work:
        work.append(
            [
                created(1, armed(5_000, "b"), armed(4_000, "a"), armed(9_000, "later")),
                created(2, armed(3_000)),
                created(3, armed(8_000)),
                created(4),
            ]
        )
        assert work.claim_due(2_999, 10) == []
        assert work.claim_due(5_000, 10) == [
            (deal_id(2), (key(),)),
            (deal_id(1), (key("a"), key("b"))),
        ]
        assert work.claim_due(10_000, 1) == [(deal_id(2), (key(),))]
        assert [deal for deal, _ in work.claim_due(10_000, 10)] == [deal_id(2), deal_id(1), deal_id(3)]
        assert [deal for deal, _ in work.claim_due(10_000, 10, watermark=4_500)] == [deal_id(1), deal_id(3)]
        assert work.next_due() == 3_000


def test_deals_left_out_take_no_place_however_many_timers_they_have(database: Database) -> None:
    many = [armed(3_000 + n, "every", occurrence=n) for n in range(5)]
    with database.write() as work:
        work.append([created(1, *many), created(2, *many), created(3, armed(8_000))])
        assert [deal for deal, _ in work.claim_due(9_000, 2)] == [deal_id(1), deal_id(2)]
        assert [deal for deal, _ in work.claim_due(9_000, 1, without={deal_id(1), deal_id(2)})] == [deal_id(3)]


def test_a_claimed_deal_makes_way_once_its_timer_has_ended(database: Database) -> None:
    first, second = created(1, armed(3_000)), created(2, armed(4_000))
    with database.write() as work:
        work.append([first, second])
        work.append([entry(deal_stream(1), first.state_after, ended(3_000), at=3_000)])
        assert [deal for deal, _ in work.claim_due(9_000, 10)] == [deal_id(2)]
        assert work.next_due() == 4_000
        work.append([entry(deal_stream(2), second.state_after, ended(4_000), at=4_000)])
        assert work.next_due() is None


def test_a_timer_keeps_why_it_failed_in_every_language(database: Database) -> None:
    never, kept = {"en": "no price", "ru": "нет цены"}, {"en": "nobody", "ru": "некому"}
    first = created(
        1,
        ended(500, armed=False, result="failed", reason="no price", reasons=never, occurrence=0, at=1_000),
        armed(3_000, occurrence=1),
        armed(4_000, occurrence=2),
    )
    end = ended(3_000, result="failed", reason="nobody", reasons=kept, occurrence=1)
    with database.write() as work:
        work.append([first])
    with database.write() as work:
        work.append([entry(deal_stream(1), first.state_after, end, at=3_000)])
    with database.read() as reader:
        assert [row.reasons for row in reader.timers(deal=deal_id(1))] == [never, kept, {}]
    assert verify(drawn(database)).sound


def test_a_timer_keeps_how_it_ended(database: Database) -> None:
    first = created(
        1,
        ended(500, armed=False, result="skipped", reason="already due", occurrence=0, at=1_000),
        armed(3_000, occurrence=1),
    )
    second = entry(
        deal_stream(1),
        first.state_after,
        ended(3_000, result="skipped", reason="missed", at=9_000, occurrence=1, through=3),
        at=9_000,
    )
    with database.write() as work:
        work.append([first])
    with database.read() as reader:
        assert [row.state for row in reader.timers(waiting=True)] == ["waiting"]
    with database.write() as work:
        work.append([second])
    with database.read() as reader:
        rows = reader.timers(deal=deal_id(1))
    assert [(row.key.occurrence, row.state, row.reason, row.due, row.ended_at) for row in rows] == [
        (0, "skipped", "already due", 500, 1_000),
        (1, "skipped", "missed", 3_000, 9_000),
    ]
    assert verify(drawn(database)).sound
