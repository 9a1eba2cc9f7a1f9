"""Ways out and in: channels and sources, by the types that Voronka and plugins declare."""

from __future__ import annotations

import re

from voronka.calendars import Unit
from voronka.config.build_actions import NOTICE
from voronka.config.node import Node
from voronka.config.plugins import PluginUse
from voronka.config.report import Report
from voronka.config.scalars import duration, many, true, whole
from voronka.definition.rates import ATTEMPTS, Rate
from voronka.definition.workspace import Channel, Source
from voronka.hooks.channels import ChannelType
from voronka.hooks.sources import SourceType

__all__ = ["build_channels", "build_sources"]

_FILE = "file"
_RATE = re.compile("([0-9]+) +per +(second|minute|hour|day)")
_PERIODS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
_SECONDS = {Unit.MINUTES: 60, Unit.HOURS: 3600}


def build_channels(root: Node | None, plugins: PluginUse, report: Report) -> dict[str, Channel]:
    """Return the channels by name; the one for our own people exists by itself."""
    channels = {NOTICE: Channel(name=NOTICE, via=_FILE)}
    node = root.get("channels") if root is not None else None
    for entry in node.items() if node is not None else ():
        via = entry.value.get("via")
        kind = plugins.find(ChannelType, via) if via is not None and via.is_scalar and via.text else None
        address = entry.value.get("address")
        name = entry.key.text
        channels[name] = Channel(
            name=name,
            via=_FILE if kind is None else kind.name,
            address=address.text if address is not None else None if kind is None else kind.address,
            html=kind is not None and kind.html,
            settings=plugins.entry("channels", entry, kind),
            rates=_rates(entry.value.get("rate"), report, () if kind is None else kind.rates),
            attempts=whole(entry.value.get("attempts")) or (ATTEMPTS if kind is None else kind.attempts),
            ordered=not _says(entry.value.get("order"), "none"),
            at_most_once=true(entry.value.get("at_most_once")) or (kind is not None and kind.at_most_once),
        )
    return channels


def _says(node: Node | None, word: str) -> bool:
    return node is not None and node.is_scalar and node.text == word


def _rates(node: Node | None, report: Report, of_type: tuple[Rate, ...]) -> tuple[Rate, ...]:
    """Return the written rates in the place of those of the type that bind the whole channel."""
    if node is None or report.broken(node.place):
        return of_type
    written = [_RATE.fullmatch(each.text) for each in many(node)]
    own = tuple(Rate(count=int(found[1]), seconds=_PERIODS[found[2]]) for found in written if found is not None)
    return (*own, *(rate for rate in of_type if rate.per_address))


def build_sources(root: Node | None, plugins: PluginUse, report: Report) -> dict[str, Source]:
    """Return the sources by name."""
    sources = {}
    node = root.get("sources") if root is not None else None
    for entry in node.items() if node is not None else ():
        via, written = entry.value.get("via"), entry.value.get("every")
        every = duration(written, report) if written is not None and not report.broken(written.place) else None
        kind = plugins.find(SourceType, via) if via is not None and via.is_scalar and via.text else None
        if kind is not None and every is not None:
            name = entry.key.text
            sources[name] = Source(
                name=name,
                via=kind.name,
                every=every.count * _SECONDS[every.unit],
                settings=plugins.entry("sources", entry, kind),
            )
    return sources
