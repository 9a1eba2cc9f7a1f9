"""A client of the service that owns the workspace: forwards to its control endpoint on this machine."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from voronka.errors import EnvironmentFault
from voronka.frozen import frozen
from voronka.messages import Text
from voronka.runtime.words import Json, fault_of_json

__all__ = ["CONTROL", "HOST", "ControlAddress", "RemoteClient"]

HOST = "127.0.0.1"
CONTROL = "control.json"
_TIMEOUT = 60.0


@frozen
class ControlAddress:
    """Where a service listens, and the token that it wants to hear."""

    port: int
    token: str

    @classmethod
    def read(cls, state: Path) -> ControlAddress | None:
        """Return what the control file in the state folder says; None if no service has written one."""
        try:
            data = json.loads((state / CONTROL).read_text(encoding="utf-8"))
            return cls(port=int(data["port"]), token=str(data["token"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


class RemoteClient:
    """Asks a running service. Every question is one HTTP request; long work answers in JSON lines."""

    def __init__(self, address: ControlAddress) -> None:
        self._address = address

    @classmethod
    def of(cls, state: Path) -> RemoteClient | None:
        """Return a client of the service that answers at the control file's address; None if none does."""
        address = ControlAddress.read(state)
        if address is None:
            return None
        client = cls(address)
        try:
            client._ask("/ping", {}, timeout=5.0)
        except EnvironmentFault:
            return None
        return client

    @property
    def served(self) -> bool:
        """Whether a service does what is due: it is the one that answers."""
        return True

    def execute(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out a command and return its answer as JSON."""
        answer: dict[str, Any] = self._ask("/execute", request)
        return answer

    def query(self, name: str, params: Mapping[str, Any] | None = None) -> Json:
        """Return what the query `name` finds, as JSON."""
        return self._ask("/query", {"name": name, "params": params or {}})

    def work(
        self,
        name: str,
        params: Mapping[str, Any],
        progress: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> Json:
        """Do a long piece of work, telling `progress`, and return its result as JSON."""
        return self._ask("/work", {"name": name, "params": params}, progress=progress, timeout=None)

    def warnings(self) -> list[dict[str, Any]]:
        """Return what keeps the files of the configuration from coming into force, as the service finds them now."""
        found: list[dict[str, Any]] = self._ask("/warnings", {})
        return found

    def close(self) -> None:
        """Do nothing: no connection outlives its request."""

    def _ask(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        progress: Callable[[Mapping[str, Any]], None] | None = None,
        timeout: float | None = _TIMEOUT,
    ) -> Json:
        connection = http.client.HTTPConnection(HOST, self._address.port, timeout=timeout)
        try:
            connection.request(
                "POST",
                path,
                body=json.dumps(body).encode(),
                headers={
                    "Authorization": f"Bearer {self._address.token}",
                    "Content-Type": "application/json",
                },
            )
            response = connection.getresponse()
            for line in response:
                data = json.loads(line)
                if "error" in data:
                    raise fault_of_json(data["error"])
                if "result" in data:
                    return data["result"]
                if progress is not None:
                    progress(data["progress"])
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise EnvironmentFault(
                Text("The service did not answer: {reason}.", reason=str(error)),
                Text("Look at its log. A command given with an idempotency key may be repeated safely."),
            ) from error
        finally:
            connection.close()
        raise EnvironmentFault(
            Text("The service ended before it had answered."),
            Text("Start it again with `voronka run` and look whether the command was carried out."),
        )
