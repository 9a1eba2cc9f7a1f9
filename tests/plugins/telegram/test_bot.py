"""Messages by the plugin `telegram`, to a real server that speaks as the Bot API does."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from tests.plugins import local_http
from tests.plugins.local_http import Answer, LocalServer, status
from tests.plugins.services import PlainServices, message
from voronka.api import DeliveryError
from voronka_telegram import bot
from voronka_telegram.bot import Bot, TelegramChannel
from voronka_telegram.parts import LONGEST, parts

TOKEN = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


def surroundings(server: LocalServer, token: str = TOKEN) -> PlainServices:
    return PlainServices({"token": token, "url": server.url + "/"})


def channel(
    server: LocalServer, *, silent: bool = False, clock: Callable[[], float] = time.monotonic
) -> TelegramChannel:
    return TelegramChannel(Bot(surroundings(server)), silent=silent, clock=clock)


def said(ok: bool, code: int = 200, **more: Any) -> Answer:
    return status(code, {}, json.dumps({"ok": ok, "error_code": code, **more}).encode())


SENT = said(True, result={"message_id": 5})


def texts(server: LocalServer) -> list[str]:
    return [json.loads(each.body)["text"] for each in server.received]


def test_a_message_is_plain_text_to_the_chat(server):
    server.answers.append(SENT)

    channel(server, silent=True).send(message(address="-100123", body="Dear <b>Ivan</b>, *a* [x](y)\n"))

    (received,) = server.received
    assert received.path == f"/bot{TOKEN}/sendMessage"
    assert json.loads(received.body) == {
        "chat_id": "-100123",
        "text": "Offer 12\n\nDear <b>Ivan</b>, *a* [x](y)",
        "disable_notification": True,
        "link_preview_options": {"is_disabled": True},
    }


def test_a_long_message_goes_in_parts_and_a_later_attempt_goes_on_with_them(server):
    body = "\n\n".join(f"{number} " + "слово " * 300 for number in range(4))
    sending = channel(server)
    server.answers.extend([SENT, said(False, 500)])
    with pytest.raises(DeliveryError):
        sending.send(message(address="7", body=body))
    server.answers.extend([SENT, SENT, SENT])
    sending.send(message(address="7", body=body))

    first, second, *rest = texts(server)
    assert rest[0] == second
    assert "\n\n".join([first, *rest]).split() == ("Offer 12 " + body).split()
    assert all(len(each) <= LONGEST for each in texts(server))


def test_all_parts_have_one_time_limit_and_none_leaves_twice(server):
    now = [0.0]

    def slowly(handler: local_http.Handler) -> None:
        now[0] += 6
        SENT(handler)

    sending = channel(server, clock=lambda: now[0])
    long = message(address="7", body="\n\n".join(f"{number} " + "x" * 4000 for number in range(5)))
    server.answers.extend([slowly] * 9)
    taken = []
    for _ in range(2):
        with pytest.raises(DeliveryError, match="slowly") as failed:
            sending.send(long)
        assert (failed.value.counts, failed.value.lasting, failed.value.unknown) == (False, False, False)
        taken.append(now[0])
    sending.send(long)
    sending.send(long)  # of an attempt that ended too late to be believed
    assert taken == [12, 24]
    assert [each.partition(" ")[0] for each in texts(server)] == ["Offer", "1", "2", "3", "4"]


@pytest.mark.parametrize("address", ["", "ivan", "+79161234567", "12 34", "@ab", "1" * 30, "@x\ny", "1;2"])
def test_what_is_no_chat_is_not_asked_for(server, address):
    with pytest.raises(DeliveryError, match="no chat") as failed:
        channel(server).send(message(address=address))
    assert failed.value.lasting
    assert server.received == []


def test_a_message_without_a_word_is_not_sent(server):
    with pytest.raises(DeliveryError, match="nothing to send") as failed:
        channel(server).send(message(address="7", subject="", body="\n"))
    assert failed.value.lasting


ANSWERS = {
    "busy": (said(False, 429, parameters={"retry_after": 35}), (False, False, 35.0), "wants a pause"),
    "busy by header": (status(429, {"Retry-After": "9"}), (False, False, 9.0), "wants a pause"),
    "busy without end": (said(False, 429), (False, False, None), "wants a pause"),
    "busy in nonsense": (said(False, 429, parameters=["x"]), (False, False, None), "wants a pause"),
    "blocked": (said(False, 403, description="Forbidden: bot was blocked by the user"), (True, True, None), "blocked"),
    "no chat": (said(False, 400, description="Bad Request: chat not found"), (True, True, None), "chat not found"),
    "refused": (said(False, 400), (True, True, None), "400"),
    "other chat": (said(False, 400, parameters={"migrate_to_chat_id": -1}), (True, True, None), "400"),
    "token": (said(False, 401, description="Unauthorized"), (False, False, None), "token"),
    "no bot": (said(False, 404, description="Not Found"), (False, False, None), "token"),
    "failed": (said(False, 500), (False, True, None), "answers 500"),
    "away": (status(502, {"Retry-After": "3"}, b"<html>"), (False, True, 3.0), "answers 502"),
    "moved": (status(302, {"Location": "https://other.example/"}), (False, True, None), "answers 302"),
    "no JSON": (status(200, {}, b"<html>"), (False, True, None), "answers 200"),
    "no object": (status(200, {}, b"[]"), (False, True, None), "answers 200"),
    "deep": (status(200, {}, b"[" * 60_000), (False, True, None), "answers 200"),
    "not ok": (said(False, 200), (False, True, None), "answers 200"),
    "reset": (local_http.reset, (False, True, None), "cannot be reached"),
    "slow": (local_http.slow, (False, True, None), "does not answer within"),
}


@pytest.mark.parametrize(("answer", "meaning", "reason"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_says_whether_to_try_again(server, monkeypatch, caplog, answer, meaning, reason):
    monkeypatch.setattr(bot, "_SECONDS", 0.2)
    caplog.set_level(logging.DEBUG)
    server.answers.append(answer)

    with pytest.raises(DeliveryError, match=reason) as failed:
        channel(server).send(message(address="7"))

    fault = failed.value
    assert (fault.lasting, fault.counts, fault.retry_after) == meaning
    assert TOKEN not in str(fault.reason) + repr(fault) + caplog.text
    assert "302" not in reason or len(server.received) == 1


@pytest.mark.parametrize("token", ["", "abc", "123456", "123456:short", TOKEN + "/../x", TOKEN + "\n"])
def test_what_is_no_token_is_refused_and_not_told(server, token):
    with pytest.raises(DeliveryError, match="token") as failed:
        Bot(surroundings(server, token))
    assert not failed.value.counts
    assert not token or token not in str(failed.value.reason)


def test_the_token_is_in_no_text_of_the_bot(server):
    sending = channel(server)
    assert TOKEN not in repr(sending) + repr(sending._bot)


def test_health_is_whether_telegram_knows_the_bot(server):
    server.answers.extend([said(True, result={"username": "acme_bot"}), said(False, 401)])

    assert bot.health(surroundings(server)).detail == "@acme_bot"
    assert not bot.health(surroundings(server)).ok
    assert server.received[0].path.endswith("/getMe")


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("", []),
        (" \n ", []),
        ("a", [1]),
        ("a" * LONGEST, [LONGEST]),
        ("a" * (LONGEST + 1), [LONGEST, 1]),
        ("😀" * LONGEST, [LONGEST // 2, LONGEST // 2]),
        ("a" * 3000 + "\n\n" + "b" * 3000, [3000, 3000]),
        ("a" * 3000 + "\n" + "b" * 3000, [3000, 3000]),
        ("a" * 3000 + ". " + "b" * 3000, [3001, 3000]),
        ("a" * 100 + "\n\n" + "b" * 5000, [LONGEST, 1006]),
    ],
)  # fmt: skip
def test_a_text_is_cut_where_it_reads_best(text, lengths):
    assert [len(each) for each in parts(text)] == lengths


@over(st.lists(st.sampled_from(["a" * 900, "😀" * 500, "\n\n", "\n", " ", ". ", "слово "]), max_size=40).map("".join))
def test_parts_lose_nothing_but_blanks_at_their_ends(text):
    found = parts(text)

    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(0 < units(each) <= LONGEST for each in found)
