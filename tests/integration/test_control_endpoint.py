"""The control endpoint: the token first, then bounds, then the question; hostile requests get a 4xx."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sales_workspace import open_sales
from voronka.errors import EnvironmentFault, UsageFault
from voronka.messages import Text
from voronka.runtime.commanding import LARGEST_REQUEST
from voronka.runtime.control import ControlEndpoint
from voronka.runtime.local import LocalClient
from voronka.runtime.remote import HOST, ControlAddress, RemoteClient
from voronka.runtime.words import Json

TOKEN = "a token"


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[ControlEndpoint]:
    with open_sales(tmp_path) as sales:
        endpoint = ControlEndpoint(sales.client, tmp_path / ".voronka", TOKEN)
        endpoint.open()
        yield endpoint
        endpoint.close(5.0)


def post(endpoint: ControlEndpoint, path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(HOST, endpoint.port, timeout=10)
    connection.request("POST", path, body, {"Authorization": f"Bearer {TOKEN}", **headers})
    response = connection.getresponse()
    found = response.status, response.read()
    connection.close()
    return found


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer a", "Bearer a token ", "Basic a token", "Bearer \u00e9"])
def test_without_the_token_nothing_is_answered(endpoint: ControlEndpoint, token: str) -> None:
    status, body = post(endpoint, "/query", b'{"name": "deal.list"}', Authorization=token)
    assert status == 401
    assert b"result" not in body


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"command": "deal.set", "command": "deal.move"}', 400),
        (b'{"command": NaN}', 400),
        (b"[" * 100_000, 400),
        (b'{"n": ' + b"9" * 5_000 + b"}", 400),
        (b'{"command": "deal.create", "funnel": "\\u0000"}', 422),
        (b'{"command": "deal.set", "deal": 9223372036854775808, "fields": {}}', 422),
        (b'{"command": "deal.set", "deal": 1, "fields": {"amount": {"a": 1}}}', 422),
        (b'{"command": "deal.create", "funnel": "\\ud800"}', 422),
        (b'{"command": ["deal.create"]}', 422),
        (b'{"command": "deal.create", "funnel": "sales", "fields": {"contact": "A\\u0000B"}}', 422),
        (b'{"command": "deal.create", "funnel": "sales", "fields": {"contact": "A\\udc00B"}}', 422),
    ],
)
def test_a_hostile_request_is_refused_and_the_service_goes_on(
    endpoint: ControlEndpoint, body: bytes, status: int
) -> None:
    assert post(endpoint, "/execute", body)[0] == status
    assert post(endpoint, "/query", b'{"name": "deal.list"}') == (200, b'{"result": []}\n')


@pytest.mark.parametrize("path", ["/query", "/work"])
@pytest.mark.parametrize("params", [b'{"channel": "A\\u0000B"}', b'{"a": [{"\\ud800": 1}]}'])
def test_a_text_that_cannot_be_kept_is_refused_in_questions_too(
    endpoint: ControlEndpoint, path: str, params: bytes
) -> None:
    name = b"outbox" if path == "/query" else b"reload"
    assert post(endpoint, path, b'{"name": "%s", "params": %s}' % (name, params))[0] == 422


def test_six_signs_that_look_like_nul_are_a_text(endpoint: ControlEndpoint) -> None:
    body = b'{"command": "contact.create", "fields": {"name": "\\\\u0000"}}'
    assert post(endpoint, "/execute", body)[0] == 200


def test_a_request_too_large_is_refused_unread(endpoint: ControlEndpoint) -> None:
    connection = http.client.HTTPConnection(HOST, endpoint.port, timeout=10)
    connection.putrequest("POST", "/execute")
    connection.putheader("Authorization", f"Bearer {TOKEN}")
    connection.putheader("Content-Length", str(LARGEST_REQUEST + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_only_known_paths_and_questions_are_answered(endpoint: ControlEndpoint) -> None:
    assert post(endpoint, "/nowhere", b"{}")[0] == 404
    assert post(endpoint, "/query", b'{"name": "nothing"}')[0] == 422
    assert post(endpoint, "/query", b'{"name": 5}')[0] == 400


def test_a_refusal_comes_over_the_wire_in_both_languages(endpoint: ControlEndpoint) -> None:
    client = RemoteClient(ControlAddress(port=endpoint.port, token=TOKEN))
    with pytest.raises(UsageFault) as caught:
        client.execute({"command": "deal.set", "deal": 7, "fields": {}})
    assert caught.value.render("en").startswith("There is no deal 7.")
    assert caught.value.render("ru").startswith("Сделки 7 нет.")


def test_long_work_tells_how_far_it_is_and_then_its_result(endpoint: ControlEndpoint) -> None:
    client = RemoteClient(ControlAddress(port=endpoint.port, token=TOKEN))
    assert client.work("verify", {})["damages"] == []


def test_a_wrong_token_is_told_as_no_answer(endpoint: ControlEndpoint) -> None:
    client = RemoteClient(ControlAddress(port=endpoint.port, token="another"))
    with pytest.raises(EnvironmentFault):
        client.query("deal.list")


def test_the_control_file_holds_the_address(endpoint: ControlEndpoint, tmp_path: Path) -> None:
    written = json.loads((tmp_path / ".voronka" / "control.json").read_text(encoding="utf-8"))
    assert (written["port"], written["token"]) == (endpoint.port, TOKEN)


@pytest.mark.parametrize(
    "content", [None, "", "{", "[]", '{"port": "x", "token": "a token"}', '{"port": 1, "token": "another"}']
)
def test_a_control_file_that_was_lost_or_changed_is_written_again(
    endpoint: ControlEndpoint, tmp_path: Path, content: str | None
) -> None:
    state = tmp_path / ".voronka"
    file = state / "control.json"
    file.unlink()
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert RemoteClient.of(state) is None
    endpoint.announce()
    assert RemoteClient.of(state) is not None


def test_an_endpoint_that_is_closed_is_announced_no_more(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        endpoint = ControlEndpoint(sales.client, tmp_path / ".voronka", TOKEN)
        endpoint.open()
        endpoint.close(5.0)
        endpoint.announce()
        assert ControlAddress.read(tmp_path / ".voronka") is None


def test_clients_that_come_at_once_wait_their_turn(tmp_path: Path) -> None:
    with open_sales(tmp_path) as sales:
        endpoint = ControlEndpoint(sales.client, tmp_path / ".voronka", TOKEN)
        clients = [http.client.HTTPConnection(HOST, endpoint.port, timeout=10) for _ in range(100)]
        for client in clients:
            client.connect()  # nobody takes them yet
        endpoint.open()
        for client in clients:
            client.request("POST", "/ping", b"{}", {"Authorization": f"Bearer {TOKEN}"})
        assert [client.getresponse().status for client in clients] == [200] * len(clients)
        for client in clients:
            client.close()
        endpoint.close(5.0)


def test_every_request_that_is_not_taken_is_answered_in_json(endpoint: ControlEndpoint) -> None:
    for path, body, headers in (
        ("/nowhere", b"{}", {}),
        ("/query", b"{", {}),
        ("/query", b"{}", {"Authorization": "Bearer another"}),
    ):
        error = json.loads(post(endpoint, path, body, **headers)[1])["error"]
        assert error["reason"]["en"]
        assert error["remedy"]["ru"]


def test_a_used_key_and_a_stale_command_have_their_own_status(endpoint: ControlEndpoint) -> None:
    def execute(**request: object) -> tuple[int, object]:
        status, body = post(endpoint, "/execute", json.dumps(request).encode())
        refusal = json.loads(body)["result"]["refusal"]
        return status, refusal and refusal["code"]

    opened = {"command": "deal.create", "funnel": "sales", "source": "site", "idempotency_key": "K1"}
    assert execute(**opened) == (200, None)
    assert execute(**opened, fields={"amount": "5"}) == (409, "key_conflict")
    change = {"command": "deal.set", "deal": 1, "fields": {"amount": "5"}}
    assert execute(**change, expected_seq=7) == (412, "stale")


def test_half_a_character_is_answered_in_json(endpoint: ControlEndpoint) -> None:
    for path in ("/query", "/work"):
        status, body = post(endpoint, path, b'{"name": "\\ud800"}')
        assert status == 422
        assert json.loads(body)["error"]["remedy"]["en"]


def test_whoever_finds_the_database_away_is_told_when_to_come_again(tmp_path: Path) -> None:
    class Away(LocalClient):
        def query(self, name: str, params: object = None) -> Json:
            raise EnvironmentFault(Text("The database is away."), Text("Try again."))

    with open_sales(tmp_path) as sales:
        sales.client.__class__ = Away
        endpoint = ControlEndpoint(sales.client, tmp_path / ".voronka", TOKEN)
        endpoint.open()
        connection = http.client.HTTPConnection(HOST, endpoint.port, timeout=10)
        connection.request("POST", "/query", b'{"name": "status"}', {"Authorization": f"Bearer {TOKEN}"})
        response = connection.getresponse()
        assert (response.status, response.getheader("Retry-After")) == (503, "5")
        connection.close()
        endpoint.close(5.0)
