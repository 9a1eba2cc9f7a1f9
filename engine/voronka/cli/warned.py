"""What a short command warns of: where no log is kept, it stands beside the answer, in the reader's language."""

from __future__ import annotations

import logging

from voronka.messages import Label, Text

__all__ = ["Sentences", "warn_in"]


_LOADING = "voronka.plugins.loading"


class Sentences(logging.Formatter):
    """The sentence alone, in `language`."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - of logging
        """Return the line of a record."""
        return record.msg.render(self.language) if isinstance(record.msg, (Text, Label)) else record.getMessage()


def warn_in(language: str) -> None:
    """Let what is logged before anybody keeps a log be told in `language`.

    That a plugin is left out is told by the command that needs it, and by those that tell what is wrong.
    """
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(Sentences(language))
        logging.lastResort.filters = [lambda record: record.name != _LOADING]
