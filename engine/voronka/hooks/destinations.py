"""Where plugins may connect: what a configuration names, and of that only public addresses unless it says otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["Destination", "RefusedDestination", "destination", "host_name", "is_public"]

_PORTS = {"https": 443, "http": 80}
_UNSEEN = re.compile(r"[\x00-\x20\x7f\\]")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# Not among the private networks of every Python that runs us: addresses of protocols, among them that of the metadata
# of Oracle's cloud (192.0.0.192); the relays of 6to4; the services that every machine of Azure sees (168.63.129.16);
# and IPv6 over something else.
_SPECIAL = tuple(IPv4Network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"))
_GLOBAL = IPv6Network("2000::/3")
_CARRIED = tuple(IPv6Network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


_WHOLE = Text("Write the whole address, such as https://crm.example/hook.")
_ALLOWED = Text("Write a public address that begins with https://, or name the host under “allowed_hosts”.")


class RefusedDestination(Exception):  # noqa: N818 - a rule that was kept, not a failure
    """Why nothing connects there. `reason` is a clause, `remedy` a sentence."""

    def __init__(self, reason: Text, remedy: Text = _WHOLE) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.remedy = remedy


@frozen(kw_only=False)
class Destination:
    """A checked place to connect to. `host`: the name in ASCII, or the address. `path`: with the query.

    `allowed`: the workspace lets plugins connect there whatever its addresses are.
    """

    scheme: str
    host: str
    port: int
    path: str
    allowed: bool

    def addresses(self, resolve: Callable[[str, int], Iterable[str]]) -> list[str]:
        """Return the addresses of the host, every one of them checked.

        `resolve`: host and port to addresses. Raises `RefusedDestination`, and what `resolve` raises.
        """
        found = list(dict.fromkeys(resolve(self.host, self.port)))
        for each in found:
            if not self.allowed and not is_public(ip_address(each)):
                raise RefusedDestination(Text("{host} has an address that is not public", host=self.host), _ALLOWED)
        if not found:
            raise RefusedDestination(Text("{host} has no address", host=self.host))
        return found


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is of the public internet, and not one that only leads to another."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL)
    return address in _GLOBAL and not any(address in network for network in _CARRIED)


def destination(url: str, allowed_hosts: frozenset[str]) -> Destination:
    """Return where a URL leads. Outside `allowed_hosts` it must be https, and its host no address that is not public.

    Raises `RefusedDestination`; its words have nothing of the URL but the host.
    """
    if _UNSEEN.search(url):
        raise RefusedDestination(Text("the URL has a space, a control character or a backslash in it"))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise RefusedDestination(Text("this is no URL")) from None
    if parts.scheme not in _PORTS or not host:
        raise RefusedDestination(Text("the URL must begin with https:// and a host"))
    if parts.username is not None or parts.password is not None:
        raise RefusedDestination(
            Text("the URL of {host} has a name or a password in it", host=host),
            Text("Take them out; what is secret stands in a setting of its own, as a reference."),
        )
    if parts.fragment:
        raise RefusedDestination(
            Text("the URL of {host} has a part after #, which is never sent", host=host),
            Text("Remove the part after #."),
        )
    host = _name(host)
    allowed = host in allowed_hosts
    if not allowed:
        if parts.scheme != "https":
            raise RefusedDestination(
                Text("{host} is not reached by https; allowed_hosts does not name it", host=host), _ALLOWED
            )
        _check_host(host)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise RefusedDestination(
            Text("the URL of {host} has letters that must be written with percent signs", host=host)
        )
    return Destination(parts.scheme, host, port or _PORTS[parts.scheme], path, allowed)


def host_name(text: str) -> str:
    """Return a host as `destination` knows it: a name in ASCII and small letters, an address in its short form.

    `text`: a name or an address alone, IPv6 with or without brackets. Raises `RefusedDestination`.
    """
    is_bracketed = text.startswith("[") and text.endswith("]")
    host = _name(text[1:-1] if is_bracketed else text)
    if _address(host) is None and (is_bracketed or not _is_name(host)):
        raise RefusedDestination(Text("“{host}” is no name of a host", host=text))
    return host


def _name(host: str) -> str:
    try:
        host = host.encode("ascii" if host.isascii() else "idna").decode("ascii").lower()
    except UnicodeError:
        raise RefusedDestination(Text("the host of the URL is no name")) from None
    address = _address(host)
    return host if address is None else str(address)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_name(host: str) -> bool:
    labels = host.split(".")
    # "127.1", "0x7f000001" and "2130706433" are addresses to the system, too.
    return all(_LABEL.fullmatch(each) for each in labels) and not _NUMBER.fullmatch(labels[-1])


def _check_host(host: str) -> None:
    address = _address(host)
    if address is None and not _is_name(host):
        raise RefusedDestination(Text("“{host}” is no name of a host", host=host))
    if address is not None and not is_public(address):
        raise RefusedDestination(
            Text("{host} is not a public address; allowed_hosts does not name it", host=host), _ALLOWED
        )
