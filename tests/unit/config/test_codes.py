"""The table of codes holds what the code of `check` can say, and nothing else."""

import re
from pathlib import Path

import voronka
from voronka.config.codes import CODES

CODE = re.compile(r'"(V\d{4})"')


def test_every_code_that_can_be_told_is_explained_and_every_explained_one_can_be_told():
    files = [path for path in Path(voronka.__file__).parent.rglob("*.py") if path.name != "codes.py"]
    told = {code for path in files for code in CODE.findall(path.read_text(encoding="utf-8"))}
    assert told == set(CODES)
