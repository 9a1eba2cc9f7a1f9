"""The one base class of everything Voronka raises at a person."""

from __future__ import annotations

import errno
from collections.abc import Mapping

from voronka.messages import Sentence, Text

__all__ = ["EnvironmentFault", "PluginFault", "UsageFault", "VoronkaError", "refused_by_system"]


class VoronkaError(Exception):
    """A refusal a person reads: what is wrong, why, and what to do about it.

    `exit_code` is what a command ends with: 1 findings, 2 usage, 4 blocked, 5 environment. `others`: what else is wrong
    with the same request.
    """

    exit_code = 1

    def __init__(self, reason: Sentence, remedy: Sentence, *, place: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.place = place
        self.others: tuple[VoronkaError, ...] = ()

    def render(self, language: str = "en") -> str:
        """Return place, reason and remedy as one text of several lines, and those of the others below."""
        head = f"{self.place}: " if self.place else ""
        own = f"{head}{self.reason.render(language)}\n{self.remedy.render(language)}"
        return "\n".join((own, *(other.render(language) for other in self.others)))

    def __str__(self) -> str:
        return self.render()


class UsageFault(VoronkaError):  # noqa: N818 - a fault of whoever asks, not of the program
    """The caller asked for something that cannot be: an unknown deal, a value of the wrong type."""

    exit_code = 2


class EnvironmentFault(VoronkaError):  # noqa: N818 - a fault of the world around, not of the program
    """The world around is not as needed: the database is away, another process owns the workspace, the disk is full."""

    exit_code = 5


class PluginFault(VoronkaError):  # noqa: N818 - a fault of a plugin, not of the program
    """What was asked needs a plugin that does not work. `plugin`: its name; `reason`: why it does not."""

    exit_code = 5

    def __init__(self, plugin: str, reason: Sentence | str) -> None:
        super().__init__(
            Text("The plugin {plugin} is broken: {reason}", plugin=plugin, reason=reason),
            Text("Mend the plugin or install another version, then run `voronka reload`; what waits for it goes on."),
        )
        self.plugin = plugin


def refused_by_system(error: OSError) -> Sentence:
    """Return why the system refused, as a sentence; what is unusual in the system's own words."""
    from ssl import SSLError  # rarely needed, and slow to load

    if isinstance(error, SSLError):  # its numbers are not the system's
        return Text("No protected connection comes about: {reason}.", reason=error.reason or type(error).__name__)
    said = _BY_SYSTEM.get(error.errno or 0)
    return said or Text("The system refused: {reason}.", reason=error.strerror or str(error))


_BY_SYSTEM: Mapping[int, Text] = {
    errno.EACCES: Text("You may not use this file or folder."),
    errno.EPERM: Text("You may not use this file or folder."),
    errno.EROFS: Text("The disk can only be read."),
    errno.ENOENT: Text("There is no such file or folder."),
    errno.ENOTDIR: Text("There is no such file or folder."),
    errno.EISDIR: Text("This is a folder."),
    errno.ECONNREFUSED: Text("Nobody takes the connection there."),
    errno.ECONNRESET: Text("The other side has broken off the connection."),
    errno.EHOSTUNREACH: Text("The network does not lead there."),
    errno.ENETUNREACH: Text("The network does not lead there."),
    errno.ENOSPC: Text("There is no room on the disk."),
    errno.EDQUOT: Text("There is no room on the disk."),
}
