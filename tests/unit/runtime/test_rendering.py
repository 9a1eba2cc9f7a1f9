import pytest

from voronka.definition.templates import Template, TemplateText
from voronka.runtime.message_values import Said
from voronka.runtime.rendering import LONGEST, RenderingError, choose_text, render


def text(body: str, subject: str = "") -> TemplateText:
    return TemplateText(subject=subject, body=body, names=frozenset())


@pytest.mark.parametrize(
    ("body", "names", "said"),
    [
        ("Dear {{ contact.name }},", {"contact.name": "Anna"}, "Dear Anna,"),
        ("{{ contact.name }} of {{ contact }}", {"contact.name": "Anna", "contact": "c"}, "Anna of c"),
        ("<{{ account.name }}>", {}, "<>"),
        ("{% if amount %}yes{% endif %}", {}, ""),
        ("{{ name }}", {"name": "{{ secret }} <b>"}, "{{ secret }} <b>"),
        ("{{ items.keys }}", {"items.keys": "k"}, "k"),
        ("{{ contact }}.", {"contact.name": "Anna", "contact": "A."}, "A.."),
        ("{{ contact.name | default('friend') }}", {}, "friend"),
    ],
)
def test_names_read_as_their_values_and_missing_ones_as_nothing(body, names, said):
    assert render(text(body), names).body.startswith(said)


NO = Said("no", true=False, compared="no")
HIGH = Said("Too high a price", true=True, compared="price")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{% if flag %}YES{% else %}NO{% endif %}", "NO"),
        ("{{ 'YES' if not flag else 'NO' }}", "YES"),
        ("{{ flag }} {{ flag | upper }}", "no NO"),
        ("{% if reason %}{{ reason }}{% endif %}", "Too high a price"),
        ("{% if reason == 'price' %}dear{% endif %}", "dear"),
        ("{% if 'price' != reason %}dear{% endif %}", ""),
        ("{% if reason == 'Too high a price' %}dear{% endif %}", ""),
        ("{% if other %}YES{% else %}NO{% endif %}{{ other }}", "NO"),
    ],
)
def test_a_condition_sees_the_value_and_the_text_its_words(body, said):
    assert render(text(body), {"flag": NO, "reason": HIGH}).body == said


@pytest.mark.parametrize(
    "body",
    ["{{ ''.__class__.__mro__ }}", "{{ 1 // 0 }}", "{{ 'a' * 200000 }}", "{{ x.y.z() }}", "{% for %}"],
)
def test_what_cannot_be_rendered_is_an_error_and_never_more(body):
    try:
        said = render(text(body), {}).body
    except RenderingError:
        return
    assert said == ""


def test_a_subject_is_one_line():
    assert render(text("", "a\r\n{{ b }}"), {"b": "c\nd"}).subject == "a c d"


def test_a_text_has_a_length():
    with pytest.raises(RenderingError, match=str(LONGEST)):
        render(text("{{ a }}" * 2), {"a": "x" * LONGEST})


@pytest.mark.parametrize(
    ("texts", "languages", "chosen"),
    [("ru en", ["en", "ru"], "en"), ("ru", ["en", "ru"], "ru"), ("ru", ["en"], "ru"), (" ru", ["en"], "")],
)
def test_the_first_language_that_a_template_has_is_chosen(texts, languages, chosen):
    template = Template(name="t", texts={language: text(language) for language in texts.split(" ")})
    assert choose_text(template, languages).body == chosen
