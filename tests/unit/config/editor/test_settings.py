"""The settings of an editor are changed in one place only, and stay what their owner made of them elsewhere."""

import pytest

from voronka.config.editor.jsonc import JsoncError, read_object
from voronka.config.editor.settings import schemas_of, with_schemas

WANTED = {"./schemas/a.json": ["a.yaml"], "./schemas/b.json": ["b/*.yaml", "!b/x.yaml"]}


def ours(schema):
    return schema.startswith("./schemas/")


def changed(text, wanted=WANTED):
    return with_schemas(text, wanted, ours=ours)


TEXTS = {
    "no file": "",
    "an empty object": "{}",
    "an empty object of two lines": "{\n}\n",
    "other keys": '{\n  "editor.tabSize": 2,\n  "files.eol": "\\n"\n}\n',
    "a trailing comma": '{\n\t"editor.tabSize": 2,\n}\n',
    "comments everywhere": (
        '// mine\n{\n  /* why */ "editor.tabSize": 2, // two\n  // "off": 1,\n  "a": [1, /* x */ 2,], // last\n}\n// e'
    ),
    "a comment behind the last key": '{\n  "editor.tabSize": 2 // two\n}\n',
    "one line": '{"editor.tabSize": 2}',
    "lines of Windows": '{\r\n  "editor.tabSize": 2\r\n}\r\n',
    "schemas of others": (
        '{\n  "yaml.schemas": {\n    // wiki\n    "https://example.com/x": "x/*.yaml" // all\n  },\n  "z": 1\n}\n'
    ),
    "schemas of others after ours": '{"yaml.schemas": {"./schemas/a.json": ["a.yaml"], "./mine.json": ["m.yaml"]}}',
    "a schema of ours that is gone": (
        '{\n  "yaml.schemas": {\n  "./schemas/o": [],\n    "./mine.json": "m",\n    "./schemas/c": 1\n  }\n}\n'
    ),
    "other patterns": '{\n  "yaml.schemas": {\n    "./schemas/a.json": "before.yaml", // note\n  },\n}\n',
    "an empty setting": '{"yaml.schemas": {}, "b": {"yaml.schemas": 5}}',
}
CASES = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


@CASES
def test_the_wanted_schemas_are_there_and_those_of_others_too(text):
    before = schemas_of(text)
    others = {key: each for key, each in before.items() if not ours(key)}
    assert schemas_of(changed(text)) == {**others, **WANTED}


@CASES
def test_a_second_time_nothing_changes(text):
    once = changed(text)
    assert changed(once) == once


@CASES
def test_other_settings_keep_their_values(text):
    def others(settings):
        return {key: each for key, each in read_object(settings or "{}").plain().items() if key != "yaml.schemas"}

    assert others(changed(text)) == others(text)


@CASES
def test_every_comment_stays(text):
    words = (
        "// mine",
        "/* why */",
        "// two",
        '// "off": 1,',
        "/* x */",
        "// last",
        "// end",
        "// from the wiki",
        "// all",
    )
    after = changed(text)
    assert [word for word in (*words, "// note") if word in text and word not in after] == []


@CASES
def test_what_was_written_can_be_taken_out_again(text):
    others = {key: each for key, each in schemas_of(text).items() if not ours(key)}
    assert schemas_of(changed(changed(text), {})) == others


def test_new_settings_look_as_if_written_by_hand():
    assert changed("", {"./schemas/a.json": ["a.yaml"]}) == (
        '{\n    "yaml.schemas": {\n        "./schemas/a.json": [\n            "a.yaml"\n        ]\n    }\n}\n'
    )


def test_the_indentation_and_the_line_ends_of_the_file_are_kept():
    after = changed('{\r\n  "editor.tabSize": 2 // two\r\n}\r\n', {"./schemas/a.json": ["a.yaml"]})
    assert after.startswith('{\r\n  "editor.tabSize": 2, // two\r\n  "yaml.schemas": {\r\n')
    assert after.endswith("  }\r\n}\r\n")
    assert "\n" not in after.replace("\r\n", "")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[]", 1),
        ("{", 1),
        ('{\n  "a": 1\n  "b": 2\n}', 3),
        ('{\n  "a": tru\n}', 2),
        ('{"a": "\\x"}', 1),
        ("{} {}", 1),
        ("// nothing\n", 2),
        ('{\n\n  "yaml.schemas": ["x"]\n}', 3),
        ("[" * 10_000, 1),
        ('{"a": ' + "[" * 10_000, 1),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, line):
    with pytest.raises(JsoncError) as caught:
        changed(text)
    assert caught.value.line == line
