"""`status` counts the queued commands about records that whoever asks may see."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.people.staffed_workspace import FILES, open_staffed

FUNNEL = FILES["configs/funnels/sales.yaml"].replace(
    "offer: {why: analytics, enter: {", "offer: {why: analytics, enter: {do: [{set: {account.region: x}}], "
)


def test_status_counts_the_queued_commands_of_what_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_staffed(tmp_path, {**FILES, "configs/funnels/sales.yaml": FUNNEL}) as office:
        office.execute("account.create", fields={"name": "Acme"})
        office.execute("deal.create", funnel="sales", fields={"owner": "sam", "account": "Acme"})
        office.execute("checklist.tick", deal=1, item="seen")
        monkeypatch.setattr(office.client, "run_queue", lambda: None)
        office.execute("deal.move", deal=1, to="offer")
        counts = {actor: office.query("status", actor=actor)["queue"] for actor in ("sam", "sol", "lea", "lou", "dan")}
        assert counts == {"sam": 1, "sol": 0, "lea": 1, "lou": 0, "dan": 1}

        answer = {"refusal": {"failures": [{"reason": {"": "no"}}]}}
        office.client.engine.write(lambda work: work.settle_queued(dict.fromkeys(work.queued_keys(9), answer)))
        for actor, number in counts.items():
            status = office.query("status", actor=actor)
            assert (status["queue"], status["queue_unmet"]["refused"], len(status["unmet"])) == (0, number, number)
            assert [one["deal"] for one in status["unmet"]] == [1] * number
