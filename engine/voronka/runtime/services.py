"""What a plugin is given of its surroundings in one opened workspace."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from voronka.hooks.limits import NoAnswer, call_within
from voronka.hooks.phrases import phrase
from voronka.hooks.plugin import Settings
from voronka.messages import Sentence, Text
from voronka.runtime.clock import Clock, SystemClock
from voronka.runtime.secrets import Secrets

__all__ = ["PluginServices", "close_quietly", "moment"]

_log = logging.getLogger("voronka.plugins")
_CLOSING = 5.0
_Kept = TypeVar("_Kept")


def moment(at: int) -> datetime:
    """Return a moment, given in UTC microseconds, as plugins get it."""
    return datetime.fromtimestamp(at / 1_000_000, UTC)


class PluginServices:
    """The services of one plugin (see `voronka.hooks.plugin.Services`). `folder`: its state, made when asked for.

    What the plugin logs is masked by `secrets`; `settings` hold references to them. `clock`: tells the moment.
    """

    def __init__(
        self,
        name: str,
        *,
        settings: Settings,
        secrets: Secrets,
        folder: Path,
        allowed_hosts: frozenset[str],
        clock: Clock,
    ) -> None:
        self.name = name
        self.settings = secrets.view(settings)
        self.log = logging.getLogger(f"voronka.plugin.{name}")
        self.log.filters = [secrets]
        self.allowed_hosts = allowed_hosts
        self._written = settings
        self._secrets = secrets
        self._folder = folder
        self.clock = clock
        self._kept: dict[str, Any] = {}
        self._lock = threading.Lock()

    @property
    def state(self) -> Path:
        """The plugin's folder."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder

    def now(self) -> datetime:
        """Return the moment, in UTC."""
        return moment(self.clock.now())

    def to_json(self) -> dict[str, Any]:
        """Return them as JSON, for another process to make the same; secrets are looked up for that."""
        return {
            "settings": self._written,
            "secrets": self._secrets.looked_up(self._written),
            "folder": str(self._folder),
            "hosts": sorted(self.allowed_hosts),
            # A clock that a test moves stands still during a call.
            "now": None if isinstance(self.clock, SystemClock) else self.clock.now(),
        }

    def keep(self, name: str, make: Callable[[], _Kept]) -> _Kept:
        """Return what `make` gave when `name` was first asked for."""
        with self._lock:
            if name not in self._kept:
                self._kept[name] = make()
            found: _Kept = self._kept[name]
            return found

    def close(self) -> None:
        """Close what is kept."""
        for name, kept in self._kept.items():
            close_quietly(kept, Text("{name} of the plugin {plugin}", name=name, plugin=self.name))
        self._kept = {}


def close_quietly(thing: object, what: Sentence) -> None:
    """Close something of a plugin's; that it fails or hangs is logged and holds nothing up."""
    close = getattr(thing, "close", None)
    if close is None:
        return
    try:
        call_within(_CLOSING, close)
    except NoAnswer:
        _log.error(Text("{what} does not close within {seconds} s.", what=what, seconds=f"{_CLOSING:g}"))
    except Exception as error:
        _log.error(Text("{what} could not be closed: {reason}", what=what, reason=phrase(error)))
