"""What somebody who runs a workspace is told: a part of it, how it is, and what to do."""

from __future__ import annotations

from typing import Any

from voronka.frozen import frozen
from voronka.messages import Sentence
from voronka.runtime.words import words

__all__ = ["Finding"]


@frozen
class Finding:
    """One part of a workspace that was looked at. Without `told` it is well; `grave`: it must not stay as it is."""

    part: str
    told: Sentence | None = None
    remedy: Sentence | None = None
    grave: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON; its sentences are maps of language to text, or null."""
        return {
            "part": self.part,
            "grave": self.grave,
            "told": None if self.told is None else words(self.told),
            "remedy": None if self.remedy is None else words(self.remedy),
        }
