"""What disturbs an engine in a test: a death at a failpoint, and a receiver of effects that fails for a while."""

from __future__ import annotations

from voronka import failpoints
from voronka.api import API_VERSION, ActionCall, ActionType, DeliveryError, Label, Plugin, hookimpl

__all__ = ["Crash", "Crashing", "Receiver"]

LABEL = Label.plain("ERP")


class Crash(BaseException):
    """The process dies: nothing in it may catch that."""


class Crashing:
    """Let the process die at a place, within a block, the first time it comes by."""

    def __init__(self, name: str) -> None:
        self._name: str | None = name

    def __enter__(self) -> None:
        failpoints._armed = self  # type: ignore[assignment] # in this process alone

    def __exit__(self, *_: object) -> None:
        failpoints._armed = None

    def passed(self, name: str) -> None:
        if name == self._name:
            self._name = None
            raise Crash


class Receiver:
    """A plugin whose action is done, or fails as long as `fails`. `done`: the keys of what was done."""

    def __init__(self) -> None:
        self.fails = False
        self.done: list[str] = []

    @hookimpl
    def voronka_plugin(self) -> Plugin:
        return Plugin(name="erp", version="1.0", api=API_VERSION, label=LABEL)

    @hookimpl
    def voronka_actions(self) -> list[ActionType]:
        arguments = {"type": "object", "properties": {"n": {"type": "integer"}}}
        return [ActionType(name="erp.tell", label=LABEL, run=self._run, arguments=arguments)]

    def _run(self, call: ActionCall) -> None:
        if self.fails:
            raise DeliveryError(LABEL, retry_after=60)
        self.done.append(call.key)
