"""The parts of a running workspace that may fail, as the status and the log name them."""

from __future__ import annotations

from voronka.messages import Label, Sentence, Text

__all__ = ["part_of"]


def part_of(trouble: str) -> Sentence:
    """Return what a trouble is about, of the name under which it is written down, such as ``channel email``."""
    kind, _, name = trouble.partition(" ")
    match kind:
        case "action":
            return Text("action {name}", name=name)
        case "calendar":
            return Text("calendar {name}", name=name)
        case "channel":
            return Text("channel {name}", name=name)
        case "format":
            return Text("format {name}", name=name)
        case "function":
            return Text("function {name}", name=name)
        case "process":
            return Text("process of the plugin {name}", name=name)
        case "rule":
            return Text("rule {name}", name=name)
        case "source":
            return Text("source {name}", name=name)
    return Label.plain(trouble)
