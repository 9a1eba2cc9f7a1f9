"""Whatever a configuration has become by a slip, it is answered by findings, never by a crash."""

import re
from random import Random

import pytest

from tests.unit.config.corpus import base
from voronka.config import has_errors, read_workspace

WORDS = [
    "", "null", "~", "[]", "{}", "[a, b]", "{a: b}", "1", "true", "=", "==", "= amount", "*", "=1 +", "on", "амур",
    "2 days", "10%", "won", "needs", "{{ amount }}", "sales", "won.enter", "event x", "a.b.c", "''", '"x', "- x",
]  # fmt: skip
SCALAR = re.compile(r"[\w.]+|\"[^\"]*\"|\[[^\[\]]*\]|\{[^{}]*\}")


def mutated(text: str, random: Random) -> str:
    """Return `text` with one line lost, doubled, moved or changed in one value."""
    lines = text.splitlines()
    at = random.randrange(len(lines))
    match random.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[random.randrange(len(lines))])
        case 2:
            lines[at] = " " * random.randrange(4) + lines[at].lstrip()
        case _:
            found = list(SCALAR.finditer(lines[at]))
            if found:
                part = random.choice(found)
                lines[at] = lines[at][: part.start()] + random.choice(WORDS) + lines[at][part.end() :]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", range(20))
def test_a_slip_is_answered_by_findings(seed):
    random = Random(seed)
    for _ in range(15):
        files = dict(base())
        for path in random.sample(sorted(files), k=random.choice([1, 1, 1, 2])):
            files[path] = mutated(files[path].decode(), random).encode()

        reading = read_workspace(files)

        assert (reading.workspace is None) == has_errors(reading.findings)
        for finding in reading.findings:
            assert finding.reason.render("ru")
            assert finding.remedy.render("ru")
            assert finding.place.file in files
