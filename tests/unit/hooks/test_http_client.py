"""Requests of plugins against a real server on this machine: one time limit, one look-up, no redirects."""

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import trustme

from tests.plugins import local_http
from tests.plugins.local_http import LocalServer, status
from voronka.hooks import http_client
from voronka.hooks.channels import DeliveryError
from voronka.hooks.http_client import HttpAnswer, HttpClient

LOCAL = frozenset({"127.0.0.1"})
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with LocalServer() as running:
        yield running


@pytest.fixture
def client() -> Iterator[HttpClient]:
    client = HttpClient(LOCAL)
    yield client
    client.close()


def test_a_request_arrives_as_it_was_sent_and_its_answer_comes_back(server, client):
    server.answers.append(status(418, {"X-Kind": "Pot"}, b"tea"))

    answer = client.post(server.url + "/a?b=c", b"body", {"X-Key": "1"}, seconds=5)

    assert (answer.status, answer.headers["x-kind"], answer.body) == (418, "Pot", b"tea")
    (received,) = server.received
    assert (received.path, received.body, received.headers["x-key"]) == ("/a?b=c", b"body", "1")
    assert received.headers["host"] == f"127.0.0.1:{server.port}"


def test_a_connection_is_kept_for_the_next_request(server, client):
    for _ in range(3):
        client.post(server.url, b"", {}, seconds=5)

    assert len({each.connection for each in server.received}) == 1


def test_a_connection_that_was_silent_for_long_is_not_used_again(server, client, monkeypatch):
    monkeypatch.setattr(http_client, "_IDLE_SECONDS", 0.0)
    for _ in range(3):
        client.post(server.url, b"", {}, seconds=5)

    assert len({each.connection for each in server.received}) == 3


def test_a_connection_that_the_server_has_closed_is_opened_anew(server, client):
    def close_silently(handler: local_http.Handler) -> None:
        status(200)(handler)
        handler.close_connection = True

    server.answers.append(close_silently)
    first = client.post(server.url, b"", {}, seconds=5)
    second = client.post(server.url, b"", {}, seconds=5)

    assert (first.status, second.status) == (200, 200)
    assert len({each.connection for each in server.received}) == 2


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(server, client, code):
    server.answers.append(status(code, {"Location": server.url + "/other"}))

    assert client.post(server.url, b"", {}, seconds=5).status == code
    assert len(server.received) == 1


def test_proxies_of_the_environment_are_not_used(server, client, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert client.post(server.url, b"", {}, seconds=5).status == 200


@pytest.mark.parametrize("answer", [local_http.silent, local_http.slow])
def test_the_time_limit_is_for_the_whole_answer(server, client, answer):
    server.answers.append(answer)

    with pytest.raises(DeliveryError, match=r"127.0.0.1 does not answer within 0.2 s") as failed:
        client.post(server.url, b"", {}, seconds=0.2)
    assert not failed.value.lasting
    assert failed.value.counts


def test_a_name_that_is_not_found_in_time_is_no_answer():
    client = HttpClient(resolve=lambda host, port: threading.Event().wait(1) and [])

    with pytest.raises(DeliveryError, match=r"crm.example does not answer within 0.05 s"):
        client.post("https://crm.example/", b"", {}, seconds=0.05)


def test_of_a_long_answer_only_the_beginning_is_read(server, client):
    server.answers.append(local_http.endless)

    assert len(client.post(server.url, b"", {}, seconds=5).body) == 64 * 1024
    assert client.post(server.url, b"", {}, seconds=5).status == 200
    assert len({each.connection for each in server.received}) == 2


@pytest.mark.parametrize("answer", [local_http.reset, local_http.nonsense])
def test_a_broken_answer_is_a_failure_to_try_again(server, client, answer):
    server.answers.extend([answer, answer])

    with pytest.raises(DeliveryError, match=r"127.0.0.1 cannot be reached: ") as failed:
        client.post(server.url, b"", {}, seconds=5)
    assert (failed.value.lasting, failed.value.counts) == (False, True)
    assert len(server.received) == 1


def test_nobody_listening_is_a_failure_to_try_again(client):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(DeliveryError, match="cannot be reached") as failed:
        client.post(f"http://127.0.0.1:{port}/", b"", {}, seconds=5)
    assert not failed.value.lasting


def test_what_the_rules_refuse_is_a_matter_of_the_configuration(server):
    for url in (server.url, "https://127.0.0.1/"):
        with pytest.raises(DeliveryError, match="allowed_hosts does not name it") as failed:
            HttpClient().post(url, b"", {}, seconds=5)
        assert (failed.value.lasting, failed.value.counts) == (False, False)
    with pytest.raises(DeliveryError, match="has an address that is not public"):
        HttpClient(resolve=lambda host, port: ["8.8.8.8", "10.0.0.1"]).post("https://crm.example/", b"", {}, seconds=5)
    assert server.received == []


def test_a_name_is_looked_up_once_for_a_connection(server):
    asked = []
    client = HttpClient(
        frozenset({"crm.example"}), resolve=lambda host, port: (asked.append((host, port)), ["127.0.0.1"])[1]
    )
    for _ in range(3):
        client.post(f"http://crm.example:{server.port}/", b"", {}, seconds=5)
    client.close()

    assert asked == [("crm.example", server.port)]
    assert {each.headers["host"] for each in server.received} == {f"crm.example:{server.port}"}


def test_an_address_that_does_not_answer_gives_way_to_the_next(server):
    client = HttpClient(frozenset({"crm.example"}), resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"])

    assert client.post(f"http://crm.example:{server.port}/", b"", {}, seconds=5).status == 200


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def tls_server(authority: trustme.CA, name: str) -> LocalServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return LocalServer(context)


def test_tls_is_with_the_name_and_goes_to_the_checked_address(authority):
    with tls_server(authority, "crm.example") as server:
        client = HttpClient(
            frozenset({"crm.example"}), trust=trusting(authority), resolve=lambda host, port: ["127.0.0.1"]
        )
        answer = client.post(f"https://crm.example:{server.port}/", b"x" * 1_000_000, {}, seconds=10)
        client.close()

        assert answer.status == 200
        assert len(server.received[0].body) == 1_000_000


@pytest.mark.parametrize(("name", "known"), [("other.example", True), ("crm.example", False)])
def test_a_certificate_of_another_name_or_of_nobody_known_ends_it(authority, name, known):
    with tls_server(authority, name) as server:
        client = HttpClient(
            frozenset({"crm.example"}),
            trust=trusting(authority) if known else None,
            resolve=lambda host, port: ["127.0.0.1"],
        )
        with pytest.raises(DeliveryError, match=r"crm.example cannot be reached"):
            client.post(f"https://crm.example:{server.port}/", b"", {}, seconds=10)
        assert server.received == []


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("Mon, 02 Mar 2026 09:00:30 GMT", 30.0),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0.0),
        ("Mon, 02 Mar 2026 12:00:30 +0300", 30.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("9" * 400, 999999999.0),
        ("Mon, 02 Mar 2026 09:00:30 +99999999999999999999", None),
        ("Mon, 02 Mar 2026 99999999999999999999:00:30 GMT", None),
    ],
)
def test_retry_after_is_a_number_of_seconds_or_a_date(written, seconds):
    assert HttpAnswer(429, {"retry-after": written}, b"").retry_after(NOW) == seconds
