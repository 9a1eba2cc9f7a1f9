"""Whatever a template tries, it is refused with its place; whatever a value contains, it stays a value."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.config.corpus import base
from voronka.config import read_workspace
from voronka.config.template_names import TemplateFault, read_names
from voronka.definition.templates import TemplateText
from voronka.runtime.rendering import LONGEST, RenderingError, render

TEMPLATE = "configs/templates/materials.en.md"
KEPT, NAME = "V3603", "V3604"  # it may not stand in a template; there is no such name

TEMPLATES = {
    "class": ("{{ ''.__class__.__mro__[1].__subclasses__() }}", KEPT),
    "class of a name": ("{{ amount.__class__ }}", NAME),
    "private name": ("{{ contact._words }}", NAME),
    "attr": ("{{ ''|attr('__class__') }}", KEPT),
    "map with attribute": ("{{ amount|map(attribute='__class__') }}", KEPT),
    "subscript": ("{{ amount['__class__'] }}", KEPT),
    "slice": ("{{ amount[0:1] }}", KEPT),
    "method": ("{{ amount.format(amount) }}", KEPT),
    "format string": ("{{ '{0.__class__}'.format(amount) }}", KEPT),
    "format filter": ("{{ '%1000000000d'|format(1) }}", KEPT),
    "percent": ("{{ '%1000000000s' % amount }}", KEPT),
    "product": ("{{ 'a' * 10**9 }}", KEPT),
    "power": ("{{ 10**10**10 }}", KEPT),
    "sum": ("{{ amount + amount }}", KEPT),
    "difference": ("{{ -amount }}", KEPT),
    "joined": ("{{ amount ~ amount ~ amount }}", KEPT),
    "range": ("{{ range(10**9) }}", KEPT),
    "loop over range": ("{% for i in range(10**9) %}x{% endfor %}", KEPT),
    "loop over a name": ("{% for i in amount %}x{% endfor %}", KEPT),
    "loops within loops": ("{% for a in 'ab' %}{% for b in 'ab' %}x{% endfor %}{% endfor %}", KEPT),
    "recursive loop": ("{% for a in amount recursive %}{{ loop(a) }}{% endfor %}", KEPT),
    "macro": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", KEPT),
    "call block": ("{% call amount() %}x{% endcall %}", KEPT),
    "block": ("{% block a %}x{% endblock %}", KEPT),
    "self": ("{{ self.a() }}", KEPT),
    "name self": ("{{ self }}", NAME),
    "include": ("{% include 'materials.en.md' %}", KEPT),
    "include of a name": ("{% include amount %}", KEPT),
    "extends": ("{% extends 'materials.en.md' %}", KEPT),
    "import": ("{% import 'os' as os %}", KEPT),
    "from import": ("{% from 'os' import system %}", KEPT),
    "set": ("{% set a = 'x' %}", KEPT),
    "set that grows": ("{% set a %}{{ amount }}{{ amount }}{% endset %}{{ a }}", KEPT),
    "with": ("{% with a = amount %}{{ a }}{% endwith %}", KEPT),
    "filter block": ("{% filter upper %}x{% endfilter %}", KEPT),
    "autoescape off": ("{% autoescape false %}x{% endautoescape %}", KEPT),
    "debug": ("{% debug %}", KEPT),
    "do": ("{% do amount.append(1) %}", KEPT),
    "raw that is not closed": ("{% raw %}{{ amount }}", KEPT),
    "lipsum": ("{{ lipsum(n=100000) }}", KEPT),
    "lipsum's globals": ("{{ lipsum.__globals__ }}", NAME),
    "cycler": ("{{ cycler('a').next() }}", KEPT),
    "joiner": ("{{ joiner() }}", KEPT),
    "namespace": ("{% set n = namespace(a=1) %}", KEPT),
    "dict": ("{{ dict(a=1) }}", KEPT),
    "name of a global": ("{{ range }}", NAME),
    "list": ("{{ [amount, amount] }}", KEPT),
    "tuple": ("{{ (amount, amount) }}", KEPT),
    "mapping": ("{{ {'a': amount} }}", KEPT),
    "center": ("{{ amount|center(1000000000) }}", KEPT),
    "indent": ("{{ amount|indent(1000000000) }}", KEPT),
    "batch": ("{{ amount|batch(2, 'x') }}", KEPT),
    "safe": ("{{ amount|safe }}", KEPT),
    "xmlattr": ("{{ amount|xmlattr }}", KEPT),
    "tojson": ("{{ amount|tojson }}", KEPT),
    "pprint": ("{{ amount|pprint }}", KEPT),
    "unknown filter": ("{{ amount|shout }}", KEPT),
    "filter with settings": ("{{ amount|upper(amount) }}", KEPT),
    "default with many": ("{{ amount|default('a', true, 'b') }}", KEPT),
    "unpacked settings": ("{{ amount|default(*amount) }}", KEPT),
    "divisibleby": ("{% if amount is divisibleby(0) %}x{% endif %}", KEPT),
    "in": ("{% if 'a' in amount %}x{% endif %}", KEPT),
    "chain of comparisons": ("{% if amount == 'a' == 'b' %}x{% endif %}", KEPT),
    "comparison of size": ("{% if amount > '1' %}x{% endif %}", KEPT),
    "trans": ("{% trans %}x{% endtrans %}", KEPT),
    "unclosed braces": ("{{ amount", KEPT),
    "braces in braces": ("{{ {{ amount }} }}", KEPT),
    "line break in a text": ("{{ 'a\n' b }}", KEPT),
    "huge number": ("{{ " + "9" * 5_000 + " }}", KEPT),
    "NUL": ("a\0{{ amount }}", "V1004"),
    "direction": ("a\u202e{{ amount }}", "V1005"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "code"), TEMPLATES.values(), ids=TEMPLATES)
def test_what_a_template_may_not_do_is_found_where_it_stands(source, code):
    findings = read_workspace(base() | {TEMPLATE: source.encode()}).findings

    assert findings
    assert {(each.code, each.place.file) for each in findings} <= {(code, TEMPLATE), (NAME, TEMPLATE)}
    assert findings[0].code == code
    assert all(each.place.line <= 2 and each.remedy for each in findings)


@pytest.mark.parametrize(("source", "code"), TEMPLATES.values(), ids=TEMPLATES)
def test_a_template_that_no_check_has_seen_is_refused_or_says_nothing(source, code):
    names = {"amount": "1", "contact": "c", "contact.name": "n"}
    try:
        said = render(TemplateText(subject=source, body=source, names=frozenset()), names, html=True)
    except RenderingError:
        return
    assert code != KEPT
    assert len(said.body) < 30
    assert "class" not in said.html


def test_what_is_filled_in_is_counted_while_it_is():
    names = {"need": "x" * 1_000}
    text = TemplateText(subject="", body="{{ need }}" * 1_000, names=frozenset())

    with pytest.raises(RenderingError, match=str(LONGEST)):
        render(text, names)


VALUES = {
    "braces": ("{{ secret }}{% if 1 %}", "{{ secret }}{% if 1 %}"),
    "element": ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    "attribute": ('"><img src=x onerror=alert(1)>', "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;"),
    "entity": ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
    "link": ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
    "image": ("![x](https://spy.example/a.png)", "![x](https://spy.example/a.png)"),
    "autolink": ("<https://spy.example>", "&lt;https://spy.example&gt;"),
    "emphasis": ("**a** _b_ `c`", "**a** _b_ `c`"),
    "heading": ("# a", "# a"),
    "list": ("- a", "- a"),
    "quotation": ("> a", "&gt; a"),
    "rule": ("---", "---"),
    "backslash": ("a\\", "a\\"),
    "lines": ("a\n\n# b\r\nc\rd", "a<br />\n<br />\n# b<br />\nc<br />\nd"),
    "reference": ("[a]: https://spy.example", "[a]: https://spy.example"),
    "fence": ("```\na", "```<br />\na"),
    "table": ("|a|\n|-|", "|a|<br />\n|-|"),
    "NUL": ("a\0b", "ab"),
    "direction": ("a\u202eb\u2066c", "abc"),
    "escape": ("a\x1b[31mb", "a[31mb"),
    "half a character": ("a\ud800b", "ab"),
    "mark": ("\ue0001\ue001", "\ue0001\ue001"),
}


@pytest.mark.parametrize(("value", "html"), VALUES.values(), ids=VALUES)
def test_a_value_is_plain_text_in_html(value, html):
    text = TemplateText(subject="{{ a }}", body="{{ a }}, *{{ a }}*{{ b }}", names=frozenset())

    said = render(text, {"a": value, "b": "kept to itself"}, html=True)

    assert said.html == f"<p>{html}, <em>{html}</em>kept to itself</p>\n"
    assert "\n" not in said.subject
    assert said.body.count("kept to itself") == 1
    said.body.encode()


LINKS = {
    "part of a path": ("[x](https://acme.example/{{ a }})", "a b/c?d#e", "https://acme.example/a%20b/c%3Fd%23e"),
    "part of a query": ("[x](https://acme.example/?q={{ a }})", "b&c=d", "https://acme.example/?q=b%26c%3Dd"),
    "whole": ("[x]({{ a }})", "https://acme.example/?a=b&c=d", "https://acme.example/?a=b&amp;c=d"),
    "quoted": ("[x]({{ a }})", 'https://acme.example/"onclick="', "https://acme.example/%22onclick=%22"),
    "address": ("[x](mailto:{{ a }})", "ivan@acme.example", "mailto:ivan@acme.example"),
    "script": ("[x]({{ a }})", "javascript:alert(1)", ""),
    "hidden script": ("[x]({{ a }})", " \tJavaScript:alert(1)", ""),
    "data": ("[x]({{ a }})", "data:text/html;base64,PHNjcmlwdD4=", ""),
    "of the template": ("[x](javascript:alert(1))", "", ""),
}


@pytest.mark.parametrize(("source", "value", "link"), LINKS.values(), ids=LINKS)
def test_a_link_is_judged_with_its_values(source, value, link):
    text = TemplateText(subject="", body=source, names=frozenset())

    assert render(text, {"a": value}, html=True).html == f'<p><a href="{link}">x</a></p>\n'


def test_the_markdown_of_a_template_becomes_html_and_its_html_does_not():
    body = "# Dear {{ a }},\nyour **offer**:\n\n- one\n- `{{ a }}`\n\n<b>x</b>\n\n    as it stands\n"
    said = render(TemplateText(subject="", body=body, names=frozenset()), {"a": "A&B"}, html=True)

    assert said.html == (
        "<h1>Dear A&amp;B,</h1>\n<p>your <strong>offer</strong>:</p>\n"
        "<ul>\n<li>one</li>\n<li><code>A&amp;B</code></li>\n</ul>\n"
        "<p>&lt;b&gt;x&lt;/b&gt;</p>\n<p>as it stands</p>\n"
    )
    assert said.body.startswith("# Dear A&B,\nyour **offer**:")


PIECES = [
    "{{ a }}",
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "{% if a %}",
    "{% else %}",
    "{% endif %}",
    "{{ a | default('x') }}",
    "{% if a == 'b' %}",
    "{{ a|",
    "upper",
    "a.b",
    "'",
    '"',
    "\\",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "|",
    "~",
    "*",
    "**",
    "_",
    "`",
    "```",
    "# ",
    "- ",
    "> ",
    "1. ",
    "---",
    "\n",
    "\n\n",
    "    ",
    "\t",
    "<",
    ">",
    "&",
    "&lt;",
    "<script>",
    "!",
    "](",
    ":",
    "javascript:",
    "https://acme.example/",
    "[x]: ",
    "\ue0000\ue001",
    "\ue000",
    "9" * 20,
    "loop",
    "self",
    "raw",
    "-",
    ".",
    "ё",
]


@given(
    st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
)
def test_whatever_stands_in_a_template_it_is_a_fault_or_a_text_that_runs_nothing(source, value):
    faults = [each for each in read_names(source) if isinstance(each, TemplateFault)]
    text = TemplateText(subject=source, body=source, names=frozenset())
    try:
        said = render(text, {"a": value, "a.b": value}, html=True)
    except RenderingError:
        assert faults
        return
    assert not faults
    assert "<script" not in said.html
    assert not re.search(r'(href|src)="\s*javascript:', said.html, re.IGNORECASE)
    assert len(said.subject.splitlines()) <= 1
