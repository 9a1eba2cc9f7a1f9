"""A modeline is a line of its own at the top, and nothing else of a file changes."""

import pytest

from voronka.config.editor.modelines import with_modeline

LINE = "# yaml-language-server: $schema=../../schemas/funnels.json"


def lined(content, *, add=True):
    return with_modeline(
        content, "../../schemas/funnels.json", ours=lambda schema: schema.startswith("../../schemas/"), add=add
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("funnel: a\n", f"{LINE}\nfunnel: a\n"),
        ("funnel: a\r\nlabel: b\r\n", f"{LINE}\r\nfunnel: a\r\nlabel: b\r\n"),
        ("\ufefffunnel: a\n", f"\ufeff{LINE}\nfunnel: a\n"),
        ("# my funnel\n\n---\nfunnel: a", f"{LINE}\n# my funnel\n\n---\nfunnel: a"),
        ("", f"{LINE}\n"),
        ("# yaml-language-server: $schema=../../schemas/funnels.old.json\nfunnel: a\n", f"{LINE}\nfunnel: a\n"),
        (f"# mine\n{LINE} # or so\nfunnel: a\n", f"# mine\n{LINE} # or so\nfunnel: a\n"),
        (f"funnel: a\n{LINE}\n", f"{LINE}\nfunnel: a\n{LINE}\n"),
    ],
)
def test_the_schema_is_named_at_the_top(before, after):
    assert lined(before.encode()) == after.encode()
    assert lined(after.encode()) == after.encode()


def test_a_schema_of_somebody_else_stays():
    content = b"# yaml-language-server: $schema=https://example.com/funnels.json\nfunnel: a\n"
    assert lined(content) == content


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("funnel: a\n", "funnel: a\n"),
        ("# yaml-language-server: $schema=../../schemas/x.json\nfunnel: a\n", f"{LINE}\nfunnel: a\n"),
    ],
)
def test_without_being_asked_for_one_only_a_modeline_that_is_there_is_kept_right(before, after):
    assert lined(before.encode(), add=False) == after.encode()


def test_other_bytes_are_kept_whatever_they_are():
    assert lined(b"\xff\xfe: 1\n") == LINE.encode() + b"\n\xff\xfe: 1\n"
