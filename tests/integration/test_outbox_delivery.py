"""Messages: each leaves at least once under one key, in order, or is given up with a reason."""

from __future__ import annotations

import errno
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from tests.integration.sales_workspace import open_sales, with_changes
from voronka.errors import UsageFault
from voronka.hooks.built_in.file_channel import FileChannel
from voronka.hooks.channels import Channel, DeliveryError, Message
from voronka.runtime import outbox, settling
from voronka.storage import dirty
from voronka.testing import TestWorkspace

FUNNEL = """\
funnel: sales
fields: [base]
stages:
  new:
    enter:
      do:
        - send: {channel: email, to: contact, template: hello}
        - send: {channel: email, to: owner, template: hello}
  offer: {}
"""


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[TestWorkspace]:
    with open_sales(tmp_path, with_changes(funnel=FUNNEL)) as workspace:
        workspace.execute("contact.create", fields={"name": "Ivan", "email": "ivan@example.com"})
        yield workspace


def open_deal(sales: TestWorkspace) -> None:
    sales.execute("deal.create", funnel="sales", fields={"contact": "Ivan", "owner": "anna"})


def block_channel(sales: TestWorkspace) -> Path:
    """Put a file where the channel wants its folder: nothing can be written there."""
    blocker = sales.root / ".voronka" / "messages"
    blocker.write_text("", encoding="utf-8")
    return blocker


def statuses(sales: TestWorkspace) -> list[tuple[str, int]]:
    return [(effect["status"], effect["attempts"]) for effect in reversed(sales.query("outbox"))]


def test_a_message_leaves_once_and_the_deal_knows(sales: TestWorkspace) -> None:
    open_deal(sales)
    sales.client.engine.settle()
    assert statuses(sales) == [("sent", 1), ("sent", 1)]
    assert [text.splitlines()[0] for text in sales.messages().values()] == [
        "To: Ivan <ivan@example.com>",
        "To: Anna <anna>",
    ]
    kinds = [event["kind"] for entry in sales.query("why", deal=1) for event in entry["events"]]
    assert kinds.count("message.sent") == 2
    assert sales.verify().damages == ()


def test_a_failing_channel_is_tried_again_later_and_the_lane_keeps_its_order(sales: TestWorkspace) -> None:
    blocker = block_channel(sales)
    open_deal(sales)
    sales.client.engine.settle()
    assert statuses(sales) == [("pending", 1), ("pending", 0)]
    blocker.unlink()
    sales.client.engine.settle()
    assert statuses(sales) == [("pending", 1), ("pending", 0)]
    sales.advance("1 minute")
    assert statuses(sales) == [("sent", 2), ("sent", 1)]


def test_each_failed_attempt_leaves_a_line_in_the_log_without_personal_data(
    sales: TestWorkspace, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(channel: Channel, message: Message) -> None:
        raise DeliveryError(f"550 no mailbox for {message.name} <{message.address}>")

    monkeypatch.setattr(FileChannel, "send", refuse)
    open_deal(sales)
    sales.client.engine.settle()
    sales.advance("1 day")
    lines = [str(record.msg) for record in caplog.records if record.name == "voronka.outbox"]
    own = [line for line in lines if line.startswith("Deal 1, channel email: attempt")]
    assert len(own) == 2 * outbox.ATTEMPTS
    assert len(lines) == sum(attempts for _, attempts in statuses(sales))
    assert own[0].startswith(
        "Deal 1, channel email: attempt 1 failed: 550 no mailbox for … <…>. The next one is at 2026-"
    )
    assert own[outbox.ATTEMPTS - 1].endswith(
        f"attempt {outbox.ATTEMPTS} failed: 550 no mailbox for … <…>. It is given up."
    )
    assert "van" not in caplog.text.replace("advance", "")


def test_after_many_failures_a_message_is_given_up_with_its_reason_and_frees_the_lane(sales: TestWorkspace) -> None:
    blocker = block_channel(sales)
    open_deal(sales)
    sales.advance("1 day")
    first, second = list(reversed(sales.query("outbox")))[:2]
    assert (first["status"], first["attempts"]) == ("dead", outbox.ATTEMPTS)
    assert first["reason"]
    assert (second["status"], second["attempts"]) == ("dead", outbox.ATTEMPTS)
    failed = [e for entry in sales.query("why", deal=1) for e in entry["events"] if e["kind"] == "message.failed"]
    assert failed[0]["effect"] == first["effect"]
    blocker.unlink()
    for dead in (first, second):
        sales.client.engine.write(lambda work: work.clean(dirty.marked(work.connection)))
        sales.work("outbox.retry", deal=1, effect=dead["effect"])
        with sales.client.engine.read() as reader:
            assert dirty.count(reader.connection)  # the mart hears of it
    sales.client.engine.write(lambda work: work.clean(dirty.marked(work.connection)))
    sales.advance("1 day")
    with sales.client.engine.read() as reader:
        assert dirty.count(reader.connection)
    assert {status for status, _ in statuses(sales)[:2]} == {"sent"}
    assert sales.verify().damages == ()


@pytest.mark.parametrize("effect", ["1.1", "7.7", "x"])
def test_only_a_dead_letter_is_sent_again(sales: TestWorkspace, effect: str) -> None:
    open_deal(sales)
    sales.client.engine.settle()
    with pytest.raises(UsageFault):
        sales.work("outbox.retry", deal=1, effect=effect)


def test_what_nobody_was_there_to_get_is_not_sent_again(sales: TestWorkspace) -> None:
    sales.execute("deal.create", funnel="sales", fields={"amount": "5"})
    sales.advance("3 days")
    dead, *others = [each for each in sales.query("outbox") if each["channel"] == "email"]
    assert (dead["status"], dead["recipient"]) == ("dead", "")
    sales.execute("deal.set", deal=1, fields={"contact": "Ivan"})
    with pytest.raises(UsageFault, match="there was nobody to send it to"):
        sales.work("outbox.retry", deal=1, effect=dead["effect"])
    answer = sales.work("outbox.retry", channel="email")
    assert (answer["effects"], answer["unaddressed"]) == (0, 1 + len(others))


def test_a_message_is_rendered_once_and_its_retry_says_the_same(sales: TestWorkspace) -> None:
    blocker = block_channel(sales)
    open_deal(sales)
    sales.client.engine.settle()
    sales.execute("contact.set", contact="Ivan", fields={"name": "Pyotr"})
    blocker.unlink()
    sales.advance("1 minute")
    assert "Dear Ivan" in next(iter(sales.messages().values()))


def test_a_message_sent_before_a_crash_is_sent_again_as_the_same_file(sales: TestWorkspace) -> None:
    open_deal(sales)
    engine = sales.client.engine
    with engine.database.write() as work:
        ((parcel,), _, _) = outbox.lease(
            work,
            engine.workspace,
            now=sales.clock.now(),
            limit=9,
            random=Random(3).randbytes,
            terms=engine.outside.terms,
        )
    before = sales.messages()
    sales.advance("1 minute")
    assert statuses(sales) == [("sent", 2), ("sent", 1)]
    assert parcel.message is not None
    assert len(sales.messages()) == len(before) + 2
    with engine.database.write() as work:
        back = [outbox.Carried(parcel, None)]
        now, random, terms = sales.clock.now(), Random(3).randbytes, engine.outside.terms
        late = settling.settle(work, back, now=now, random=random, terms=terms)
    assert late == []
    assert sales.verify().damages == ()


def test_a_message_to_nobody_is_given_up_at_once(sales: TestWorkspace) -> None:
    sales.execute("deal.create", funnel="sales", fields={"owner": "anna"})
    sales.client.engine.settle()
    first, second, notice = reversed(sales.query("outbox"))
    assert (first["status"], second["status"]) == ("dead", "sent")
    assert first["reason"].startswith("there is nobody to send it to")
    assert first["told"]["ru"].startswith("отправить некому")
    assert (notice["template"], notice["status"]) == ("message_failed", "sent")
    (text,) = [text for text in sales.messages().values() if "did not leave" in text]
    assert text.startswith("To: Anna <anna>\n")
    assert "over the channel email was given up: there is nobody to send it to" in text


def test_a_notice_that_reaches_nobody_makes_no_other(sales: TestWorkspace) -> None:
    sales.execute("deal.create", funnel="sales")
    sales.client.engine.settle()
    ends = Counter((effect["template"], effect["status"]) for effect in sales.query("outbox"))
    assert ends == {("hello", "dead"): 2, ("message_failed", "dead"): 2}
    assert sales.verify().damages == ()


def test_a_line_break_writes_no_header(tmp_path: Path) -> None:
    message = Message(
        key="k-1.1",
        channel="email",
        deal=1,
        name="A\nBcc: all@example.com",
        address="",
        locale="en",
        subject="For A\nBcc: all@example.com",
        body="Hi",
        at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    channel = FileChannel(tmp_path)
    channel.send(message)
    text = channel.path(message).read_text(encoding="utf-8")
    assert text.startswith("To: A Bcc: all@example.com\nSubject: For A Bcc: all@example.com\n\n")


def test_what_a_client_wrote_is_never_rendered(sales: TestWorkspace) -> None:
    sales.execute("contact.create", fields={"name": "{{ owner.name }}{% raw %}"})
    sales.execute("deal.create", funnel="sales", fields={"contact": "{{ owner.name }}{% raw %}"})
    sales.client.engine.settle()
    assert "Dear {{ owner.name }}{% raw %}," in next(iter(sales.messages().values()))


@pytest.mark.parametrize("attempts", range(1, 12))
def test_the_wait_doubles_within_bounds(attempts: int) -> None:
    waits = [settling.backoff(attempts, Random(seed).randbytes) for seed in range(200)]
    longest = min(10_000_000 * 2 ** (attempts - 1), 6 * 3_600_000_000)
    assert longest // 2 <= min(waits) <= max(waits) < longest
    assert len(set(waits)) > 150


class Clogged:
    """A channel that does `then` before it takes a message, and keeps their keys."""

    def __init__(self, then: Callable[[], None]) -> None:
        self.then = then
        self.taken: list[str] = []

    def send(self, message: Message) -> None:
        self.then()
        self.taken.append(message.key)

    def close(self) -> None:
        pass


def put_channel(sales: TestWorkspace, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sales.client.engine.outside, "channels", {"email": channel, "notice": channel})


def test_a_slow_channel_delivers_nothing_under_a_lease_that_ran_out(
    sales: TestWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        open_deal(sales)
    channel = Clogged(lambda: sales.clock.advance(outbox.LEASE))
    put_channel(sales, channel, monkeypatch)
    assert sales.client.engine.deliver() == 1
    assert sorted(statuses(sales)) == [("pending", 0)] * 5 + [("sent", 1)]
    sales.client.engine.settle()
    assert sorted(statuses(sales)) == [("sent", 1)] * 6
    assert len(set(channel.taken)) == len(channel.taken) == 6


def test_once_they_are_held_no_message_begins_to_leave_though_it_was_leased(
    sales: TestWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        open_deal(sales)
    answers = []
    channel = Clogged(lambda: answers.append(sales.work("effects.hold")))
    put_channel(sales, channel, monkeypatch)
    sales.client.engine.deliver()
    assert len(channel.taken) == 1
    (answer,) = answers
    assert answer["at_hand"] == 3
    assert sorted(statuses(sales)) == [("pending", 0)] * 5 + [("sent", 1)]
    sales.work("effects.release")
    channel.then = lambda: None
    sales.client.engine.settle()
    assert len(channel.taken) == 6


def test_a_full_disk_uses_up_no_attempt(sales: TestWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    open_deal(sales)
    with monkeypatch.context() as disk:
        disk.setattr("voronka.hooks.built_in.file_channel.os.fsync", full)
        sales.advance("5 minutes")
    first, second = reversed(sales.query("outbox"))
    assert (first["status"], first["attempts"], second["attempts"]) == ("pending", 0, 0)
    assert first["reason"] == "There is no room on the disk."
    assert first["told"]["ru"] == "На диске нет места."
    sales.advance("1 minute")
    assert statuses(sales) == [("sent", 1), ("sent", 1)]


@pytest.mark.own_file
def test_a_message_of_a_deal_that_cannot_be_read_is_given_up_and_holds_up_no_other(sales: TestWorkspace) -> None:
    for _ in range(2):
        open_deal(sales)
    with closing(sqlite3.connect(sales.root / ".voronka" / "voronka.db")) as database, database:
        database.execute("UPDATE deals SET live = '{}' WHERE number = 1")
    sales.client.engine.settle()
    found = {(effect["deal"], effect["status"], effect["attempts"]) for effect in sales.query("outbox")}
    assert found == {(1, "dead", 1), (2, "sent", 1)}


def test_what_has_left_does_not_leave_again_because_the_deal_could_not_be_told(
    sales: TestWorkspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise LookupError("this cannot be")

    open_deal(sales)
    channel = Clogged(lambda: None)
    put_channel(sales, channel, monkeypatch)
    with monkeypatch.context() as planted:
        planted.setattr("voronka.process.draft.Draft.add", fails)  # a defect of the engine, planted
        sales.advance("1 day")
    assert [status for status, _ in statuses(sales)] == ["sent", "sent"]
    assert len(channel.taken) == 2
    assert "could not be told" in caplog.text


def test_a_template_chooses_by_the_value_and_says_its_words(tmp_path: Path) -> None:
    files = with_changes(funnel=FUNNEL.replace("        - send: {channel: email, to: owner, template: hello}\n", ""))
    files["configs/fields/more.yaml"] = (
        "set: more\n"
        "fields: {urgent: {type: bool}, discount: {type: percent}, grade: {type: choice, options: {a: First}}}\n"
    )
    files["configs/funnels/sales.yaml"] = files["configs/funnels/sales.yaml"].replace("[base]", "[base, more]")
    body = (
        "{% if urgent %}YES{% else %}NO{% endif %} {{ urgent }} {{ 'paid' if closed_at else 'open' }}"
        " {{ discount | default('none') }} {% if grade == 'a' %}{{ grade }}{% endif %}"
    )
    files["configs/templates/hello.en.md"] = files["configs/templates/hello.ru.md"] = body
    with open_sales(tmp_path, files) as sales:
        sales.execute("contact.create", fields={"name": "Ivan", "email": "ivan@example.com"})
        sales.execute("deal.create", funnel="sales", fields={"contact": "Ivan", "urgent": "false", "grade": "a"})
        sales.client.engine.settle()
        (message,) = sales.messages().values()
    assert "NO no open none First" in message
