"""What a short command warns of: where no log is kept, it stands beside the answer, in the reader's language."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from voronka.messages import Label, Sentence, Text

__all__ = ["Sentences", "warn_in", "warnings_about"]


_LOADING = "voronka.plugins.loading"
_IN_HISTORY = frozenset({"voronka.outbox", "voronka.queue"})
"""Who logs what the history of a deal tells as well: what was given up, and what was refused."""


class Sentences(logging.Formatter):
    """The sentence alone, in `language`, after what it is `about` if that is said."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language
        self.about: Sentence | None = None

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - of logging
        """Return the line of a record."""
        text = record.msg.render(self.language) if isinstance(record.msg, (Text, Label)) else record.getMessage()
        return text if self.about is None else f"{self.about.render(self.language)}: {text}"


def warn_in(language: str) -> None:
    """Let what is logged before anybody keeps a log be told in `language`.

    That a plugin is left out is told by the command that needs it, and by those that tell what is wrong.
    """
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(Sentences(language))
        logging.lastResort.filters = [lambda record: record.name != _LOADING]


@contextmanager
def warnings_about(about: Sentence) -> Iterator[None]:
    """Say of what is logged within what it is about, where it stands beside an answer.

    What the history of the deal tells is left out: where a scenario fails, the history is told.
    """
    beside = logging.lastResort
    if beside is None or not isinstance(beside.formatter, Sentences):
        yield
        return
    beside.formatter.about = about
    beside.addFilter(_is_not_in_history)
    try:
        yield
    finally:
        beside.removeFilter(_is_not_in_history)
        beside.formatter.about = None


def _is_not_in_history(record: logging.LogRecord) -> bool:
    return record.name not in _IN_HISTORY
