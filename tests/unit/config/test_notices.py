"""The notices that come with the engine: a check does not read them, so what they may hold is held here."""

import pytest

from tests.unit.config.workspaces import files
from voronka.config import read_workspace
from voronka.config.template_names import TemplateFault, read_names
from voronka.definition.templates import SAID_OF_NOTICE, SAID_OF_TIMED, said_of

FUNNEL = "funnel: f\nstages: {a: {why: analytics}}\n"
TEMPLATES = read_workspace(files(funnels=FUNNEL)).workspace.templates
SOURCES = {
    f"{name}.{locale}": source
    for name, template in TEMPLATES.items()
    for locale, text in template.texts.items()
    for source in (f"{text.subject}\n{text.body}",)
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_a_notice_reads_only_what_is_said_of_every_deal(source):
    said = {*said_of({}), *SAID_OF_TIMED, *SAID_OF_NOTICE}

    found = list(read_names(source))

    assert not [each for each in found if isinstance(each, TemplateFault)]
    assert {each.name for each in found} <= said
    assert found


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_notice_has_a_text_in_every_language(name):
    assert set(TEMPLATES[name].texts) == {"en", "ru"}
