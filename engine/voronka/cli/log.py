"""The log of the service: for people in their language and the workspace's time, for programs as lines of JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from voronka.calendars import zone
from voronka.messages import Label, Text

__all__ = ["LinesForPeople", "LinesOfJson"]


class LinesForPeople(logging.Formatter):
    """Moment with its offset, level, sentence. `zone` tells its time zone: UTC until the workspace's is known."""

    def __init__(self, language: str) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")
        self.language = language
        self.zone: Callable[[], str] = lambda: "UTC"

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - of logging
        """Return when it happened, in `zone`."""
        return datetime.fromtimestamp(record.created, zone(self.zone())).isoformat(" ", "seconds")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - of logging
        """Return the line; a sentence is told in `language`."""
        if isinstance(record.msg, (Text, Label)):
            record.message = record.msg.render(self.language)
        return super().formatMessage(record)


class LinesOfJson(logging.Formatter):
    """One object a line: the moment in UTC, level, logger, the sentence in English, and its values under `values`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; an error is in it as text."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if isinstance(record.msg, Text):
            line["values"] = {
                name: value if isinstance(value, (str, int, float)) else str(value)
                for name, value in record.msg.args.items()
            }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
