"""Seeded clients: they command deals of their own, repeat themselves, reuse keys, and ask again until answered."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.crash.oracle import ORDER, Oracle
from tests.crash.workspace import CANARY

__all__ = ["Answered", "Client", "ask"]

_PATIENCE = 20.0
# What may differ when an answer is given again: that it is, and what is said beside it.
_BESIDE = ("replay", "warnings", "seen", "holder", "stage_label")


@dataclass(frozen=True)
class Answered:
    """A request with the answer that was acknowledged first, as bytes of JSON without what may differ."""

    request: Mapping[str, Any]
    answer: Mapping[str, Any]
    said: str


def ask(root: Path, path: str, body: Mapping[str, Any]) -> tuple[int, Any]:
    """Ask the service of a workspace once; return status and JSON. `OSError` if there is none or it goes away."""
    try:
        address = json.loads((root / ".voronka" / "control.json").read_text(encoding="utf-8"))
        connection = http.client.HTTPConnection("127.0.0.1", address["port"], timeout=_PATIENCE)
        try:
            headers = {"Authorization": f"Bearer {address['token']}", "Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read().splitlines()[-1])
        finally:
            connection.close()
    except (http.client.HTTPException, ValueError, LookupError) as broken:
        raise ConnectionError(str(broken)) from broken


class Client:
    """One client. `now` gives the moment of the machine as the service has it, in UTC microseconds.

    `faults`: what it saw that must not be. `answered`: what was acknowledged, by key.
    """

    def __init__(self, name: str, root: Path, seed: int, now: Callable[[], int]) -> None:
        self.name = name
        self.oracle = Oracle()
        self.answered: dict[str, Answered] = {}
        self.faults: list[str] = []
        self.answers = 0
        self.acknowledged_at = 0.0
        self._root = root
        self._chance = random.Random(f"{seed} {name}")
        self._now = now
        self._count = 0

    def work(self, stopping: threading.Event, paused: threading.Event) -> None:
        """Command until `stopping`; a request that was begun is asked until it is answered."""
        while not stopping.is_set() and not self.faults:
            if paused.is_set():
                time.sleep(0.005)
                continue
            self.step()

    def step(self) -> None:
        """Do the next thing: mostly something new, else something said before."""
        lot = self._chance.random()
        if self.answered and lot < 0.1:
            self.repeat(self._chance.choice(list(self.answered)))
        elif self.answered and lot < 0.15:
            self._reuse(self._chance.choice(list(self.answered)))
        else:
            self._command()

    def repeat(self, key: str) -> None:
        """Say again what was acknowledged: the answer must be the same bytes."""
        known = self.answered[key]
        answer = self._asked(known.request)
        if not answer["replay"] or _said(answer) != known.said:
            self.faults.append(f"{key}: answered {known.said} first, now {json.dumps(answer)}")

    def _reuse(self, key: str) -> None:
        """Use a key for something else: that must be refused."""
        answer = self._asked({**self.answered[key].request, "occurred_at": self._now() - 1_000_000})
        if (answer["refusal"] or {}).get("code") != "key_conflict":
            self.faults.append(f"{key}: another request under it was not refused: {json.dumps(answer)}")

    def _command(self) -> None:
        self._count += 1
        request = {
            "idempotency_key": f"{self.name}-{self._count}",
            "source": self.name,
            **self._something(),
        }
        if "deal" in request and self._chance.random() < 0.1:
            request["occurred_at"] = self._now() - self._chance.randrange(7_200_000_000)
        answer = self._asked(request)
        key = request["idempotency_key"]
        self.answered[key] = Answered(request=request, answer=answer, said=_said(answer))
        found = (answer["refusal"] or {}).get("code")
        # When it happened may be refused, too: a deal was not there yet, or in another stage.
        if found != (expected := self.oracle.refusal(request)) and "occurred_at" not in request:
            self.faults.append(f"{key}: {request} must end with {expected or 'no refusal'}: {json.dumps(answer)}")
        elif found is None:
            self.oracle.learn(request, answer)

    def _something(self) -> dict[str, Any]:
        chance, deals = self._chance, self.oracle.deals
        if not deals or chance.random() < 0.3:
            fields: dict[str, Any] = {"owner": "anna", "passport": f"{CANARY} {self._count}"}
            return {"command": "deal.create", "funnel": "sales", "fields": fields}
        deal = deals[chance.choice(list(deals)[-6:])]
        lot = chance.random()
        if lot < 0.45:
            further = ORDER[min(ORDER.index(deal.stage) + 1, 3)]
            to = further if chance.random() < 0.7 else chance.choice(ORDER)
            return {"command": "deal.move", "deal": deal.number, "to": to}
        if lot < 0.55:
            return {"command": "deal.set", "deal": deal.number, "fields": {"steps": 0}, "expected_seq": 0}
        if lot < 0.75:
            return {"command": "interaction.log", "deal": deal.number, "fields": {"kind": "call"}}
        fields = {"steps": float(self._count)} | ({"amount": self._count * 100} if chance.random() < 0.6 else {})
        return {"command": "deal.set", "deal": deal.number, "fields": fields}

    def _asked(self, request: Mapping[str, Any]) -> Any:
        while True:
            try:
                status, line = ask(self._root, "/execute", request)
            except OSError:
                time.sleep(0.01)
                continue
            if status == 503 and "voronka verify" not in str(line):
                time.sleep(0.05)
                continue
            if "result" not in line:  # or the database is told to be damaged: it stays so
                self.faults.append(f"{request}: {status} {line}")
                raise AssertionError(self.faults[-1])
            self.answers += 1
            self.acknowledged_at = time.monotonic()
            return line["result"]


def _said(answer: Mapping[str, Any]) -> str:
    return json.dumps({name: value for name, value in answer.items() if name not in _BESIDE}, sort_keys=True)
