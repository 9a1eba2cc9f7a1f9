"""Deliveries by the plugin `webhook`, to a real server: signed, never elsewhere, and each answer for what it means."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.plugins import local_http
from tests.plugins.local_http import LocalServer, status
from tests.plugins.services import AT, PlainServices, message
from voronka.api import ActionCall, DealFacts, DeliveryError, Services
from voronka_webhook import delivery

SECRET = "whsec_" + b64encode(b"a" * 32).decode()
PREVIOUS = "whsec_" + b64encode(b"b" * 24).decode()


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


def surroundings(url: str, **endpoint: str) -> Services:
    settings = {"endpoints": {"crm": {"url": url, "secret": SECRET, **endpoint}}}
    return PlainServices(settings, at=datetime.now(UTC))


def call(given: Services, to: str = "crm", **data: Any) -> ActionCall:
    return ActionCall(
        key="00ff-7.1",
        action="webhook",
        deal=DealFacts(id="00ff", number=12, funnel="sales", stage="offer"),
        arguments={"to": to, "type": "deal.won", "data": data},
        at=AT,
        attempt=1,
        services=given,
    )


def test_a_delivery_says_what_the_configuration_says_and_is_signed(server):
    given = surroundings(server.url + "/hook?a=b")

    delivery.run(call(given, amount="1200.00", client="Ёлка", missing=None))

    (received,) = server.received
    assert received.path == "/hook?a=b"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["webhook-id"] == "00ff-7_1"
    assert Webhook(SECRET).verify(received.body, dict(received.headers)) == {
        "timestamp": "2026-03-02T09:00:00+00:00",
        "type": "deal.won",
        "deal": {"id": "00ff", "number": 12, "funnel": "sales"},
        "data": {"amount": "1200.00", "client": "Ёлка", "missing": None},
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(PREVIOUS).verify(received.body, dict(received.headers))


def test_a_repeat_is_the_same_under_the_same_identifier(server):
    given = surroundings(server.url)
    server.answers.append(status(500))
    with pytest.raises(DeliveryError):
        delivery.run(call(given))
    delivery.run(call(given))

    first, second = server.received
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_while_a_secret_is_replaced_both_are_good(server):
    delivery.run(call(surroundings(server.url, previous_secret=PREVIOUS)))

    (received,) = server.received
    for secret in (SECRET, PREVIOUS):
        Webhook(secret).verify(received.body, dict(received.headers))


def test_the_published_example_is_signed_as_published():
    headers = delivery.signed(
        "msg_loFOjxBNrRLzqYUf",
        datetime.fromtimestamp(1731705121, UTC),
        b'{"event_type":"ping","data":{"success":true}}',
        ["whsec_plJ3nmyCDGBKInavdOK15jsl"],
    )

    assert headers["webhook-signature"] == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


ANSWERS: Mapping[str, tuple[local_http.Answer, bool, float | None, str]] = {
    "301": (status(301, {"Location": "http://127.0.0.1/"}), True, None, "redirects are not followed"),
    "307": (status(307, {"Location": "http://127.0.0.1/"}), True, None, "redirects are not followed"),
    "400": (status(400), True, None, "crm answers 400"),
    "401": (status(401), True, None, "crm answers 401"),
    "404": (status(404, {"Retry-After": "5"}), True, None, "crm answers 404"),
    "408": (status(408), False, None, "crm answers 408"),
    "409": (status(409), False, None, "crm answers 409"),
    "410": (status(410), True, None, "wants no more"),
    "425": (status(425), False, None, "crm answers 425"),
    "429": (status(429, {"Retry-After": "17"}), False, 17.0, "crm answers 429"),
    "429 in words": (status(429, {"Retry-After": "soon"}), False, None, "crm answers 429"),
    "500": (status(500, body=b"secret: Ivan Petrov"), False, None, "crm answers 500"),
    "503": (status(503, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}), False, 0.0, "crm answers 503"),
    "no status": (status(999), False, None, "crm answers 999"),
    "reset": (local_http.reset, False, None, "cannot be reached"),
    "nonsense": (local_http.nonsense, False, None, "cannot be reached"),
    "slow": (local_http.slow, False, None, "does not answer within"),
    "silent": (local_http.silent, False, None, "does not answer within"),
}


@pytest.mark.parametrize(("answer", "lasting", "wait", "reason"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_says_whether_to_try_again(server, monkeypatch, answer, lasting, wait, reason):
    monkeypatch.setattr(delivery, "_SECONDS", 0.2)
    server.answers.append(answer)

    with pytest.raises(DeliveryError, match=reason) as failed:
        delivery.run(call(surroundings(server.url)))
    assert (failed.value.lasting, failed.value.counts, failed.value.retry_after) == (lasting, True, wait)
    assert len(server.received) == 1
    assert "Petrov" not in str(failed.value.reason)


@pytest.mark.parametrize("code", [200, 201, 202, 204])
def test_what_the_endpoint_takes_is_delivered(server, code):
    server.answers.append(status(code))

    delivery.run(call(surroundings(server.url)))


def test_an_endpoint_that_is_not_configured_gets_nothing(server):
    with pytest.raises(DeliveryError, match="no endpoint http") as failed:
        delivery.run(call(surroundings(server.url), to=server.url))
    assert failed.value.lasting
    assert server.received == []


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "whsec_c2hvcnQ=",
        "c2hvcnQ=",
        b64encode(b"a" * 32).decode(),
        "whsec_" + "a" * 200,
        "whsec_" + "ы" * 32,
    ],
)
def test_a_secret_that_protects_nothing_is_refused_and_not_told(server, secret):
    with pytest.raises(DeliveryError, match="24 to 64 bytes") as failed:
        delivery.run(call(surroundings(server.url, secret=secret)))
    assert (failed.value.counts, server.received) == (False, [])
    assert "c2hvcnQ" not in str(failed.value.reason)


def test_a_secret_without_padding_is_one(server):
    delivery.run(call(surroundings(server.url, secret=SECRET.rstrip("="))))

    Webhook(SECRET).verify(server.received[0].body, dict(server.received[0].headers))


def test_a_place_that_is_not_public_is_refused_unless_the_workspace_allows_it(server):
    settings = {"endpoints": {"crm": {"url": server.url, "secret": SECRET}}}
    given = PlainServices(settings, allowed_hosts=frozenset())

    with pytest.raises(DeliveryError, match="allowed_hosts does not name it") as failed:
        delivery.run(call(given))
    assert (failed.value.counts, server.received) == (False, [])
    assert not delivery.health(given).ok


def test_a_message_is_handed_over_whole(server):
    channel = delivery.WebhookChannel("crm", surroundings(server.url))
    channel.send(message(channel="crm", address=""))
    channel.close()

    said = json.loads(server.received[0].body)
    assert (said["type"], said["deal"]) == ("message", {"number": 12})
    assert said["data"]["subject"] == "Offer 12"
    assert said["data"]["body"].startswith("Dear Ivan")


def test_health_tells_of_endpoints_as_they_are_written():
    sound = surroundings("https://crm.example/hook")
    short = surroundings("https://crm.example/hook", secret="whsec_c2hvcnQ=")

    assert (delivery.health(sound).ok, delivery.health(sound).detail) == (True, "crm")
    assert not delivery.health(short).ok
