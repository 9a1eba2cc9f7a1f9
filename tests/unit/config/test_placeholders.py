"""A template that only fills in names is told without Jinja2, and told as Jinja2 tells it."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voronka.config.placeholders import plain_names
from voronka.config.template_names import read_names

PLAIN = {
    "": [],
    "no braces, only } and { and }}": [],
    "{{ name }}": [("name", 1)],
    "{{name}}{{\tname }}": [("name", 1), ("name", 1)],
    "Hello {{ contact.name }},\n\nfrom {{ owner.name }}": [("contact.name", 1), ("owner.name", 3)],
    "a\r\nb\rc {{ d }}": [("d", 3)],
    "{ {{ a }} }": [("a", 1)],
    "{% if a %}\n{{ b.c }}{%if d %}{% endif %}{% endif %}{{ e }}": [("a", 1), ("b.c", 2), ("d", 2), ("e", 2)],
}
FOR_JINJA = [
    "{{ a | upper }}",
    "{% if a %}b{% else %}c{% endif %}",
    "{% if a %}",
    "{% endif %}{% if a %}",
    "{% if not a %}b{% endif %}",
    "{% if a -%}b{% endif %}",
    "{% if a %}" * 11 + "{% endif %}" * 11,
    "{# a #}",
    "{{- a }}",
    "{{ a -}}",
    "{{ a }",
    "{{ a",
    "{{}}",
    "{{{ a }}",
    "{{ 1 }}",
    "{{ a.0 }}",
    "{{ a['b'] }}",
    "{{ a() }}",
    "{{ сумма }}",
    "{{ true }}",
    "{{ None }}",
    "{{ not }}",
]
PARTS = ["{{", "}}", "{%", "%}", "{#", "#}", "{", "}", "-", " ", "\n", "\r\n", ".", "|", "if", "not", "none", "self"]


@pytest.mark.parametrize(("source", "names"), PLAIN.items())
def test_names_come_in_order_with_their_lines(source, names):
    assert [(name, line) for name, line, _ in plain_names(source)] == names


def test_what_stands_within_a_condition_is_guarded():
    assert [name for name, _, guarded in plain_names("{{ a }}{% if b %}{{ c }}{% endif %}{{ d }}") if guarded] == [
        "b",
        "c",
    ]


@pytest.mark.parametrize("source", FOR_JINJA)
def test_anything_else_is_left_to_jinja(source):
    assert plain_names(source) is None


@given(
    st.lists(
        st.sampled_from([*PARTS, "a", "b1", "{{ a }}", "{{ b.c }}", "{{ ", " }}", "{% if c %}", "{% endif %}"]),
        max_size=12,
    ).map("".join)
)
def test_what_is_told_is_what_jinja_finds(source):
    plain = plain_names(source)
    if plain is not None:
        comment = "\n{# only Jinja2 reads comments #}"
        assert [(each.name, each.line, each.guarded) for each in read_names(source + comment)] == plain


def test_plain_templates_are_read_without_jinja():
    code = (
        "import sys\nfrom voronka.config.template_names import read_names\n"
        "names = list(read_names('{{ a }}'))\nprint(len(names), 'jinja2' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.stdout.split() == ["1", "False"]
