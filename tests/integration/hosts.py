"""Hosts of our own on this machine: network namespaces, each joined to that of a server by a cable of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from voronka.frozen import frozen

__all__ = ["NETWORK", "Host", "NoHosts", "hosts"]

NETWORK = "10.77.0.0/16"
_INTO = ("ip", "netns", "exec")


class NoHosts(Exception):  # noqa: N818 - it says what there is not
    """This machine allows no network namespaces; the text says why."""


@frozen
class Host:
    """A host. `around`: the words that begin a program on it; `address`: its own; `server`: that of the server."""

    namespace: str
    address: str
    server: str

    @property
    def around(self) -> tuple[str, ...]:
        """What begins a program there."""
        return (*_INTO, self.namespace)

    def cut(self) -> None:
        """Pull its cable: nobody is told."""
        _ip("-n", self.namespace, "link", "set", "host", "down")


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoHosts(f"ip {' '.join(words)}: {done.stderr.strip()}")


@contextmanager
def hosts(number: int) -> Iterator[tuple[tuple[str, ...], list[Host]]]:
    """Give the words that begin a program where the server is, and so many hosts. Raises `NoHosts`."""
    if shutil.which("ip") is None:
        raise NoHosts("there is no program `ip`")
    middle = f"voronka-{os.getpid()}"
    made: list[Host] = []
    _ip("netns", "add", middle)
    try:
        _ip("-n", middle, "link", "set", "lo", "up")
        for n in range(1, number + 1):
            host = Host(namespace=f"{middle}-{n}", address=f"10.77.{n}.2", server=f"10.77.{n}.1")
            _ip("netns", "add", host.namespace)
            made.append(host)
            cable = ("type", "veth", "peer", "name", "host", "netns", host.namespace)
            _ip("-n", middle, "link", "add", f"host-{n}", *cable)
            for namespace, end, address in (
                (middle, f"host-{n}", host.server),
                (host.namespace, "host", host.address),
            ):
                _ip("-n", namespace, "address", "add", f"{address}/30", "dev", end)
                _ip("-n", namespace, "link", "set", end, "up")
        yield (*_INTO, middle), made
    finally:
        for namespace in (*(host.namespace for host in made), middle):
            subprocess.run(["ip", "netns", "delete", namespace], capture_output=True, check=False)
