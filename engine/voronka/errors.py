"""The one base class of everything Voronka raises at a person."""

from __future__ import annotations

from voronka.messages import Sentence

__all__ = ["EnvironmentFault", "UsageFault", "VoronkaError"]


class VoronkaError(Exception):
    """A refusal a person reads: what is wrong, why, and what to do about it.

    `exit_code` is what a command ends with: 1 findings, 2 usage, 4 blocked, 5 environment.
    """

    exit_code = 1

    def __init__(self, reason: Sentence, remedy: Sentence, *, place: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.place = place

    def render(self, language: str = "en") -> str:
        """Return place, reason and remedy as one text of several lines."""
        head = f"{self.place}: " if self.place else ""
        return f"{head}{self.reason.render(language)}\n{self.remedy.render(language)}"

    def __str__(self) -> str:
        return self.render()


class UsageFault(VoronkaError):  # noqa: N818 - a fault of whoever asks, not of the program
    """The caller asked for something that cannot be: an unknown deal, a value of the wrong type."""

    exit_code = 2


class EnvironmentFault(VoronkaError):  # noqa: N818 - a fault of the world around, not of the program
    """The world around is not as needed: the database is away, another process owns the workspace, the disk is full."""

    exit_code = 5
