"""What an operator does wrong with the address of a server or with its rights: told in a sentence, with a remedy."""

from __future__ import annotations

import time
from contextlib import closing

import pytest
from sqlalchemy import make_url, text

from voronka.errors import EnvironmentFault, UsageFault, VoronkaError
from voronka.storage import is_durable, open_database
from voronka.storage.dialects import server_clock

REFUSED = {
    "no right to make tables": ("-csearch_path=public -crole=pg_monitor", "may not do this", "GRANT"),
    "a server that can only be read": (
        "-csearch_path={own} -cdefault_transaction_read_only=on",
        "only be read",
        "copy",
    ),
    "a limit for statements": ("-csearch_path={own} -cstatement_timeout=100", "broken a statement off", "ALTER ROLE"),
    "a schema that is not there": ("-csearch_path=nowhere", "no schema", "search_path"),
}


def work_a_while(address: str) -> None:
    with closing(open_database(address)) as database, database.write() as work:
        work.execute(text("SELECT pg_sleep(0.2)"))
        work.set_counter("x", 1)


@pytest.mark.parametrize(("options", "reason", "remedy"), REFUSED.values(), ids=REFUSED.keys())
def test_what_the_server_refuses_is_told_with_a_remedy(postgresql: str, options: str, reason: str, remedy: str) -> None:
    url = make_url(postgresql)
    own = str(url.query["options"]).partition("=")[2]
    address = url.update_query_dict({"options": options.format(own=own)}).render_as_string(hide_password=False)
    with pytest.raises(EnvironmentFault) as caught:
        work_a_while(address)
    assert reason in caught.value.reason.render("en")
    assert remedy in caught.value.remedy.render("en")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:hushhush@127.0.0.1:5x/crm",
        "postgresql://u:hushhush@127.0.0.1:1/crm?no_such_option=hushhush",
        "postgresql://127.0.0.1:1/crm?password=hushhush&sslpassword=hushhush",
        "postgresql:///?password=hushhush",
        "mysql://u:hushhush@host/crm?password=hushhush",
    ],
)
def test_an_address_that_is_wrong_is_told_without_its_passwords(address: str) -> None:
    with pytest.raises((UsageFault, EnvironmentFault)) as caught:
        open_database(address)
    assert isinstance(caught.value, VoronkaError)
    assert "hushhush" not in f"{caught.value.render()} {caught.value.place}"


@pytest.mark.parametrize(("mode", "durable"), [("local", True), ("on", True), ("remote_apply", True)])
def test_a_commit_that_waits_for_the_servers_own_disk_is_durable(postgresql: str, mode: str, durable: bool) -> None:
    own = str(make_url(postgresql).query["options"])
    url = make_url(postgresql).update_query_dict({"options": f"{own} -csynchronous_commit={mode}"})
    with closing(open_database(url.render_as_string(hide_password=False))) as database, database.write() as work:
        assert is_durable(work.connection) is durable
        assert server_clock(work.connection) == pytest.approx(time.time() * 1e6, abs=5e6)
