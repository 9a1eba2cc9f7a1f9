"""However large or deep a template or a funnel is, checking ends soon and with one finding."""

import pytest

from tests.unit.config.corpus import base
from voronka.config import read_workspace
from voronka.config.build_funnels import MAX_STAGES
from voronka.config.template_names import MAX_DEPTH, MAX_LENGTH, MAX_NAMES, TemplateFault, TemplateName, read_names

TEMPLATE = "configs/templates/materials.en.md"

HOSTILE = {
    "brackets": "{{" + "(" * 3_000 + "amount" + ")" * 3_000 + "}}",
    "conjunctions": "{% if " + " and ".join(["amount"] * 5_000) + " %}x{% endif %}",
    "conditions": "{% if amount %}" * 3_000 + "x" + "{% endif %}" * 3_000,
    "denials": "{% if " + "not " * 5_000 + "amount %}x{% endif %}",
    "choices": "{{ " + "'a' if amount else " * 3_000 + "'b' }}",
    "filters": "{{ amount" + "|upper" * 5_000 + " }}",
    "names": "{{ amount }}" * (MAX_NAMES + 1),
    "letters": "x" * (MAX_LENGTH + 1),
    "many names": "{{ amount }}" * 50_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_template_beyond_the_limits_gets_one_finding(text):
    findings = read_workspace(base() | {TEMPLATE: text.encode()}).findings

    assert [(each.code, each.place.file, each.place.line) for each in findings] == [("V3603", TEMPLATE, 1)]


def test_a_name_of_many_parts_is_an_unknown_name():
    findings = read_workspace(base() | {TEMPLATE: b"{{ a" + b".b" * 5_000 + b" }}"}).findings

    assert [each.code for each in findings] == ["V3604"]


def test_a_template_within_the_limits_is_read():
    # A chain of n names is n - 1 deep, below the condition and the text around it.
    chain = "{% if " + " and ".join(["a"] * (MAX_DEPTH - 1)) + " %}{% endif %}"

    assert all(isinstance(each, TemplateName) for each in read_names(chain))
    assert len(list(read_names("{{ a }}" * MAX_NAMES))) == MAX_NAMES
    assert not list(read_names("x" * MAX_LENGTH))
    assert not any(isinstance(each, TemplateFault) for each in read_names("{{ a | default('none', true) | upper }}"))


def stages(number: int) -> str:
    return "".join(f"  s{each}: {{why: analytics}}\n" for each in range(number))


def findings_of(funnel: str) -> list[tuple[str, int]]:
    files = base() | {"configs/funnels/long.yaml": ("funnel: long\n" + funnel).encode()}
    return [(each.code, each.place.line) for each in read_workspace(files).findings]


def test_a_funnel_has_a_limit_of_stages():
    assert findings_of("stages:\n" + stages(MAX_STAGES)) == []
    assert findings_of("stages:\n" + stages(2_000)) == [("V5418", MAX_STAGES + 3)]


def test_a_case_of_a_funnel_has_the_limit_of_stages_too():
    inserted = stages(MAX_STAGES - 1).replace("  s", "          t")
    funnel = (
        "fields: [deal]\nstages:\n  a: {why: analytics}\n  b: {why: analytics}\nvariants:\n  by: size\n"
        f"  cases:\n    small:\n      insert:\n      - after: a\n        stages:\n{inserted}"
    )

    assert [code for code, _ in findings_of(funnel)] == ["V5418"]


def test_the_cases_of_a_funnel_have_a_limit_of_stages_together():
    options = ", ".join(f"c{each}" for each in range(500))
    cases = "".join(f"    c{each}: {{stages: {{s1: {{probability: 10%}}}}}}\n" for each in range(500))
    files = base() | {
        "configs/fields/many.yaml": f"set: many\nfields: {{kind: {{type: choice, options: [{options}]}}}}\n".encode(),
        "configs/funnels/long.yaml": (
            f"funnel: long\nfields: [many]\nstages:\n{stages(98)}variants:\n  by: kind\n  cases:\n{cases}"
        ).encode(),
    }

    assert [each.code for each in read_workspace(files).findings] == ["V5418"]


@pytest.mark.parametrize(
    "condition",
    ["loss_reason == 'price'", "need != ''", "stage == 'needs'", "stage == 'survey'", "funnel == 'service'",
     "owner.name == 'Anna'", "timed.name == 'materials'", "contact.status == 'client'", "number == '12'"],
)  # fmt: skip
def test_a_template_compares_texts_and_choices(condition):
    text = f"{{% if {condition} %}}x{{% endif %}}"

    assert read_workspace(base() | {TEMPLATE: text.encode()}).findings == ()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_is_found_in_braces_of_several_lines_is_told_of_its_own_line(end):
    text = end.join(["a", "b {{ x", "| upper }} {% if", "y %}", "{{ y }} {{ y.z() }}{% endif %}", ""])

    found = [(each.line, each.name if isinstance(each, TemplateName) else each.text) for each in read_names(text)]
    assert found == [(2, "x"), (4, "y"), (5, "y"), (5, "{{ y.z() }}")]
