"""The processes of all plugins of one opened workspace."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, MutableMapping
from functools import partial
from typing import Any

from voronka.hooks.declarations import Declaration, Isolate
from voronka.hooks.discovery import Origin
from voronka.messages import Sentence
from voronka.runtime.plugin_process.pool import Pool
from voronka.runtime.plugin_process.process import Limits
from voronka.runtime.plugin_process.stand_ins import stand_in
from voronka.runtime.secrets import Secrets

__all__ = ["PluginProcesses"]


class PluginProcesses:
    """Gives each plugin that does not come with Voronka processes of its own, once something of it is called.

    `secrets`: masks what they log. `troubles`: where it is written down that one breaks. `pools`: them, by plugin.
    """

    def __init__(
        self, *, secrets: Secrets, troubles: MutableMapping[str, Sentence], limits: Limits | None = None
    ) -> None:
        self._limits = limits or Limits()
        self._secrets = secrets
        self._troubles = troubles
        self.pools: dict[str, Pool] = {}

    def isolate(self, origin: Origin) -> Isolate | None:
        """Return how what a plugin declares is called in its process; None if it is called in this one."""
        program = origin.program()
        if program is None:
            return None
        log = logging.getLogger(f"voronka.plugin.{origin.name}")
        log.filters = [self._secrets]
        pool = Pool(
            origin.name, program, limits=self._limits, log=log, told=partial(self._tell, f"process {origin.name}")
        )
        self.pools[origin.name] = pool

        def isolated(declared: Declaration) -> Declaration:
            return stand_in(declared, pool, self._limits.start)

        return isolated

    def _tell(self, name: str, reason: Sentence | None) -> None:
        if reason is None:
            self._troubles.pop(name, None)
        else:
            self._troubles[name] = reason

    def to_json(self) -> Mapping[str, Any]:
        """Return the processes by plugin: how many run, and how many have broken since the start."""
        return {
            name: {"running": len(pool.running), "broken": pool.broken} for name, pool in sorted(self.pools.items())
        }

    def close(self) -> None:
        """End all processes: those of several plugins at the same time."""
        closing = [threading.Thread(target=pool.close) for pool in self.pools.values()]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join()
