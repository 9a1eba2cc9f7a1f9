"""The log of the service: for people in their language and time, for programs as JSON in UTC."""

import ast
import json
import logging
import sys
from pathlib import Path

import voronka
from voronka.cli.log import LinesForPeople, LinesOfJson
from voronka.cli.warned import Sentences
from voronka.messages import Text

ENGINE = Path(voronka.__file__).parent


def record(message: object, *, failed: bool = False) -> logging.LogRecord:
    made = logging.LogRecord(
        "voronka.service", logging.INFO, "x.py", 1, message, (), sys.exc_info() if failed else None
    )
    made.created = 1_772_434_800.25  # 2026-03-02 07:00:00.25 UTC
    return made


def test_people_read_it_in_their_language_and_in_the_time_of_the_workspace():
    lines = LinesForPeople("ru")
    assert lines.format(record(Text("yes"))) == "2026-03-02 07:00:00+00:00 INFO да"
    lines.zone = lambda: "Europe/Moscow"
    assert lines.format(record(Text("yes"))) == "2026-03-02 10:00:00+03:00 INFO да"
    assert lines.format(record("plain")) == "2026-03-02 10:00:00+03:00 INFO plain"


def test_programs_read_json_in_utc_with_the_values():
    line = json.loads(LinesOfJson().format(record(Text("Deal {deal}: {why}", deal=7, why=Text("yes")))))
    assert line == {
        "at": "2026-03-02T07:00:00.250+00:00",
        "level": "info",
        "logger": "voronka.service",
        "message": "Deal 7: yes",
        "values": {"deal": 7, "why": "yes"},
    }


def test_an_error_stays_in_its_line():
    try:
        raise LookupError("lost")
    except LookupError:
        line = LinesOfJson().format(record("failed", failed=True))
    assert "\n" not in line
    assert "LookupError: lost" in json.loads(line)["error"]


def test_every_line_that_the_engine_logs_is_a_sentence_of_the_catalogue():
    plain = []
    for path in sorted(ENGINE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="_log")), args=[ast.Constant() | ast.JoinedStr(), *_]
                ):
                    plain.append(f"{path.relative_to(ENGINE)}:{node.lineno}")
    assert plain == []


def test_a_short_command_warns_in_the_language_of_its_reader():
    lines = Sentences("ru")
    assert lines.format(record(Text("yes"))) == "да"
    assert lines.format(record("plain")) == "plain"
