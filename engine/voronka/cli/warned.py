"""What a short command warns of: where no log is kept, it stands beside the answer, in the reader's language."""

from __future__ import annotations

import logging

from voronka.messages import Label, Text

__all__ = ["Sentences", "warn_in"]


class Sentences(logging.Formatter):
    """The sentence alone, in `language`."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - of logging
        """Return the line of a record."""
        return record.msg.render(self.language) if isinstance(record.msg, (Text, Label)) else record.getMessage()


def warn_in(language: str) -> None:
    """Let what is logged before anybody keeps a log be told in `language`."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(Sentences(language))
