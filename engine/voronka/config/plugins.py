"""What plugins add to a configuration, and what a configuration says of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from voronka.config.document import Document
from voronka.config.files import WORKSPACE_FILE
from voronka.config.finding import Place
from voronka.config.node import Entry, Node
from voronka.config.plugin_checks import known_ahead, take_objections
from voronka.config.plugin_files import check_plugin_files
from voronka.config.report import Report
from voronka.config.scalars import many
from voronka.config.schema import Additions, Schema, added, source
from voronka.config.shape import inner_schema, plain, with_defaults
from voronka.errors import PluginFault
from voronka.expressions import suggest
from voronka.expressions.function import ExpressionFunction, Functions
from voronka.hooks.actions import ActionType
from voronka.hooks.calendars import CalendarSource
from voronka.hooks.channels import ChannelType
from voronka.hooks.checks import Check, CheckCall
from voronka.hooks.destinations import RefusedDestination, host_name
from voronka.hooks.host import Host, PluginState
from voronka.hooks.importers import RowFormat
from voronka.hooks.recall import remembered
from voronka.hooks.sources import SourceType
from voronka.messages import Text

__all__ = ["PluginFunctions", "PluginUse", "additions_of"]

_SETTINGS = "plugins"
_KINDS: Mapping[str, type[ChannelType] | type[SourceType]] = {"channels": ChannelType, "sources": SourceType}
REFERENCE = re.compile(r"\$\{(env:[A-Za-z_][A-Za-z0-9_]*|file:[^{}]+)\}")
_Declared = TypeVar("_Declared", ActionType, CalendarSource, ChannelType, RowFormat, SourceType)


def additions_of(host: Host, documents: Iterable[tuple[str, Document]]) -> Additions:
    """Return what the plugins of which the files speak add to their schemas.

    No other plugin is loaded, save where a channel or a source does not say by which it goes.
    """
    actions: dict[str, Schema] = {}
    workspace: dict[str, dict[str, Schema]] = {}
    for kind, document in documents:
        if document.root is None:
            continue
        if kind in ("funnels", "packs", "rules") and host.names:
            for name in sorted({key for key in _keys(document.root) if host.owner(key) is not None}):
                action = host.find(ActionType, name)
                # Of one that is not there the arguments are anything: that it is not there is told instead.
                actions[name] = {} if action is None else action.arguments
        if kind == "workspace":
            workspace = _of_workspace(host, document.root)
    return added(actions, workspace)


def _keys(node: Node) -> Iterator[str]:
    for name, entry in node.entries.items():
        yield name
        yield from _keys(entry.value)
    for each in node.elements:
        yield from _keys(each)


def _of_workspace(host: Host, root: Node) -> dict[str, dict[str, Schema]]:
    found: dict[str, dict[str, Schema]] = {}
    for entry in _entries(root, _SETTINGS):
        state = host.plugin(entry.text)
        if state is not None and state.plugin is not None and state.fault is None:
            found.setdefault(_SETTINGS, {})[entry.text] = state.plugin.settings
    for key, kind in _KINDS.items():
        base = source("workspace")["properties"][key]["additionalProperties"]
        for name in _entries(root, key):
            via = root.at(key, name.text, "via")
            if via is None:
                found.setdefault(key, {})[name.text] = _of_any(tuple(host.all(kind).values()), base)
                continue
            declared = host.find(kind, via.text)
            if declared is not None:
                found.setdefault(key, {})[name.text] = _joined(declared.settings, base)
    return found


def _entries(root: Node, key: str) -> list[Node]:
    node = root.get(key)
    return [] if node is None else [entry.key for entry in node.items()]


def _of_any(kinds: Iterable[ChannelType | SourceType], base: Schema) -> Schema:
    """Return the schema of an entry that does not say what it is of: it may have the keys of each kind."""
    settings: dict[str, Schema] = {name: {} for kind in kinds for name in kind.settings.get("properties", {})}
    is_open = any(kind.settings.get("additionalProperties", False) is not False for kind in kinds)
    return _joined({"properties": settings, "additionalProperties": is_open}, base)


def _joined(settings: Schema, base: Schema) -> Schema:
    """Return the schema of an entry whose keys are those of a plugin's settings and our own."""
    return {
        **settings,
        "properties": {**base["properties"], **settings.get("properties", {}), **base["properties"]},
        "required": [*base["required"], *settings.get("required", ())],
        "additionalProperties": settings.get("additionalProperties", False),
    }


class PluginUse:
    """How one configuration uses plugins: finds what it names, and says of what is not there why not.

    `root`: of voronka.yaml. `allowed_hosts`: those whose addresses need not be public.
    """

    def __init__(self, host: Host, additions: Additions, root: Node | None, report: Report) -> None:
        self.host = host
        self.additions = additions
        self.used: dict[str, Place] = {}
        self._written = root.get(_SETTINGS) if root is not None else None
        self._report = report
        self.allowed_hosts = frozenset(self._hosts(many(root.get("allowed_hosts") if root is not None else None)))

    def _hosts(self, written: Iterable[Node]) -> Iterator[str]:
        for node in written:
            if self._report.broken(node.place):
                continue
            try:
                yield host_name(node.text)
            except RefusedDestination:
                self._report.error(
                    "V2006",
                    node.place,
                    Text("“{text}” is neither the name nor the address of a host.", text=node.text),
                    Text("Write it alone, without a scheme, a port or a path: crm.local, 10.0.0.5, fd00::5."),
                )

    def find(self, kind: type[_Declared], node: Node) -> _Declared | None:
        """Return what is declared under the name at `node`; None, and say so, if nothing is."""
        name = node.text
        owner = self.host.owner(name)
        if owner is not None:
            self.used.setdefault(owner, node.place)
        found = self.host.find(kind, name)
        if found is None and not self._report.broken(node.place):
            if owner is not None and self._is_broken(owner, node.place):
                return None
            self._report.error("V3124", node.place, *self._absent(kind, name), suggestion=self._meant(kind, name))
        return found

    def remembered(self) -> dict[str, Any]:
        """Return what the plugins that are used declare, for the release to keep."""
        states = (self.host.plugin(name) for name in sorted(self.used))
        return remembered(state for state in states if state is not None)

    def knows_country(self, source: CalendarSource, node: Node, year: int) -> bool:
        """Return whether a plugin's source knows the holidays of the country at `node`.

        What a release recalls was known once. A source that fails is reported, and taken to know it.
        """
        state = self.host.plugin(source.name.partition(".")[0])
        try:
            return (state is not None and state.recalled) or source.year(node.text, year) is not None
        except PluginFault as fault:
            self._report.error("V3125", node.place, fault.reason, fault.remedy)
            return True

    def addresses(self) -> frozenset[str]:
        """Return the addresses by which the channels of all plugins find people."""
        return frozenset(each.address for each in self.host.all(ChannelType).values() if each.address is not None)

    @property
    def built_in_holidays(self) -> CalendarSource | None:
        """The source of holidays for calendars that name none."""
        return self.host.find(CalendarSource, "holidays")

    def _absent(self, kind: type[_Declared], name: str) -> tuple[Text, Text]:
        plugin = name.partition(".")[0]
        if self.host.owner(name) is not None:
            reason = Text("The plugin {plugin} has no “{name}” of this kind.", plugin=plugin, name=name)
            return reason, Text("See what it declares: voronka plugins list --hooks")
        reason = _ABSENT[kind](name, plugin)
        return reason, Text("Install the plugin, put its file into plugins/, or correct the name.")

    def _meant(self, kind: type[_Declared], name: str) -> str | None:
        return suggest(name, sorted({*self.host.all(kind), *self.host.names}))

    def _is_broken(self, plugin: str, place: Place) -> bool:
        state = self.host.plugin(plugin)
        if state is None or state.fault is None:
            return False
        self._report.error(
            "V3125",
            place,
            _broken(state),
            Text("Mend the plugin or install another version; until then nothing can use it."),
        )
        return True

    def settings(self) -> dict[str, Mapping[str, Any]]:
        """Return what stands under ``plugins``, by plugin, defaults filled in."""
        built = {}
        node = self._written
        for entry in node.items() if node is not None else ():
            name = entry.key.text
            self.used.setdefault(name, entry.key.place)
            if self.host.plugin(name) is None:
                self._report.error(
                    "V3124",
                    entry.key.place,
                    Text("There is no plugin “{name}”.", name=name),
                    Text("Install the plugin, put its file into plugins/, or correct the name."),
                    suggestion=suggest(name, sorted(self.host.names)),
                )
            elif not self._is_broken(name, entry.key.place):
                schema = self.additions.workspace.get(_SETTINGS, {}).get(name, {})
                built[name] = self._built(entry.value, schema)
                state = self.host.plugin(name)
                if state is not None and state.plugin is not None:
                    self.check(name, state.plugin.check, entry.key, entry.value, built[name])
        for name in sorted(self.used.keys() - {entry.key.text for entry in (node.items() if node is not None else ())}):
            self._check_needs(name, self.used[name])
        return built

    def _check_needs(self, name: str, place: Place) -> None:
        """Report a plugin that is used, at `place` first, without the settings it must have."""
        state = self.host.plugin(name)
        needs = [] if state is None or state.plugin is None else state.plugin.settings.get("required", ())
        if needs and state is not None and state.fault is None:
            self._report.error(
                "V3127",
                place,
                Text(
                    "The plugin {plugin} is used, but its settings are missing: {names}.",
                    plugin=name,
                    names=", ".join(needs),
                ),
                Text("Write them under “plugins” in voronka.yaml: {plugin}: {{…}}", plugin=name),
            )

    def check(self, name: str, check: Check | None, key: Node, value: Node, values: Mapping[str, Any]) -> None:
        """Report what a plugin, or what it declares as `name`, objects to in the `values` written under `key`."""
        if check is None:
            return
        plugin = name.partition(".")[0]
        own = self._written.get(plugin) if self._written is not None else None
        schema = self.additions.workspace.get(_SETTINGS, {}).get(plugin, {})
        settings = {} if own is None else with_defaults(plain(own, schema), schema)
        call = CheckCall(values=known_ahead(values), settings=known_ahead(settings), allowed_hosts=self.allowed_hosts)
        take_objections(check, call, plugin=plugin, key=key, value=value, report=self._report)

    def entry(self, key: str, entry: Entry, kind: ChannelType | SourceType | None) -> Mapping[str, Any]:
        """Return the settings of an entry under ``channels`` or ``sources`` beside our own keys, defaults filled in."""
        name, node = entry.key.text, entry.value
        schema = self.additions.workspace.get(key, {}).get(name)
        if schema is None:
            return {}
        own = source("workspace")["properties"][key]["additionalProperties"]["properties"]
        built = {name: value for name, value in self._built(node, schema).items() if name not in own}
        if kind is not None:
            self.check(kind.name, kind.check, entry.key, node, built)
        return built

    def _built(self, node: Node, schema: Schema) -> Mapping[str, Any]:
        """Return settings as plain data, their secrets still references; a secret that is none is reported."""
        self._check_secrets(node, schema)
        settings = with_defaults(plain(node, schema), schema)
        return settings if isinstance(settings, dict) else {}

    def _check_secrets(self, node: Node, schema: Schema) -> None:
        for entry in node.items():
            self._check_secrets(entry.value, inner_schema(schema, entry.key.text))
        for each in node.elements:
            self._check_secrets(each, inner_schema(schema))
        if not node.is_scalar or node.is_empty or node.is_null:
            return
        if schema.get("x-secret"):
            check_reference(node, self._report)
        elif "${" in REFERENCE.sub("", node.text):
            self._report.error(
                "V3410",
                node.place,
                Text("“{text}” is no reference.", text=node.text),
                Text(
                    "Write {env} or {file}, where NAME is of Latin letters, digits and _ and begins with no digit.",
                    **_WRITTEN,
                ),
            )

    def check_all(self, root: Path | None) -> None:
        """Warn of every broken plugin that the configuration does not use; all plugins are loaded for that.

        Of the workspace in the folder `root` also of what is doubtful about the files of its plugins.
        """
        for finding in () if root is None else check_plugin_files(root):
            self._report.add(finding)
        for state in self.host.plugins():
            if state.fault is not None and state.name not in self.used:
                file = state.place if state.place.startswith("plugins/") else WORKSPACE_FILE
                self._report.warning(
                    "V3126",
                    Place(file, 1, 1),
                    _broken(state),
                    Text("Nothing here uses it. Mend it, or remove it."),
                )


def check_reference(node: Node, report: Report) -> bool:
    """Report a secret that is written out where a reference to it stands; return whether it is a reference."""
    if REFERENCE.fullmatch(node.text.strip()):
        return True
    report.error(
        "V3409",
        node.place,
        Text("A secret does not stand in the configuration, which is kept for ever and shown to many."),
        Text("Put it into a variable of the environment or a file, and write {env} or {file}.", **_WRITTEN),
    )
    return False


class PluginFunctions(Functions):
    """The functions of expressions that plugins add; a plugin is loaded when one of its name is called."""

    def __init__(self, use: PluginUse, place: Callable[[], Place]) -> None:
        """`place`: where the expression stands that is being compiled."""
        self._use = use
        self._place = place

    def find(self, name: str) -> ExpressionFunction | None:
        """Return the function of a name; None if there is none."""
        owner = self._use.host.owner(name)
        if owner is None:
            return None
        self._use.used.setdefault(owner, self._place())
        return self._use.host.find(ExpressionFunction, name)

    def names(self) -> Iterable[str]:
        """Return the names of all functions."""
        return self._use.host.all(ExpressionFunction)

    def why_not(self, name: str) -> Text | None:
        """Return what is wrong with the plugin whose function it would be."""
        owner = self._use.host.owner(name)
        state = None if owner is None else self._use.host.plugin(owner)
        return None if state is None or state.fault is None else _broken(state)


def _broken(state: PluginState) -> Text:
    return Text(
        "The plugin {plugin} ({where}) is broken: {reason}", plugin=state.name, where=state.place, reason=state.fault
    )


_ABSENT: Mapping[type, Callable[[str, str], Text]] = {
    ActionType: lambda name, plugin: Text(
        "There is no action “{name}”, and no plugin {plugin} that could do it.", name=name, plugin=plugin
    ),
    CalendarSource: lambda name, plugin: Text(
        "Nothing knows the holidays of “{name}”: there is no plugin {plugin}.", name=name, plugin=plugin
    ),
    ChannelType: lambda name, plugin: Text(
        "Nothing delivers by “{name}”: there is no plugin {plugin}.", name=name, plugin=plugin
    ),
    RowFormat: lambda name, plugin: Text(
        "Nothing reads files of the format “{name}”: there is no plugin {plugin}.", name=name, plugin=plugin
    ),
    SourceType: lambda name, plugin: Text(
        "Nothing comes in by “{name}”: there is no plugin {plugin}.", name=name, plugin=plugin
    ),
}
_WRITTEN = {"env": "${env:NAME}", "file": "${file:PATH}"}
