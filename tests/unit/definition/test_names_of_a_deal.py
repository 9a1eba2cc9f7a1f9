"""What the vocabulary promises of a deal, the process supplies."""

import pytest

from tests.unit.calendars.samples import PLAIN
from voronka.definition.fields import Subject
from voronka.definition.vocabulary import BUILT_IN_FIELDS, COMPUTED_NAMES
from voronka.definition.workspace import Currency, Workspace
from voronka.messages import Label
from voronka.process.environment import Subject as Names
from voronka.process.state import DealState
from voronka.process.step import Facts

WORKSPACE = Workspace(
    name="w",
    title=Label.plain("w"),
    locale="ru",
    timezone="Europe/Moscow",
    currency=Currency(code="RUB", digits=2),
    calendar=PLAIN,
    calendars={},
    sets={},
    fields={},
    collections={},
    funnels={},
    roles={},
    people={},
    templates={},
    channels={},
    imports={},
    release="r",
)
FRESH = DealState(
    id=bytes(16), number=1, seq=1, release="r", funnel="f", case=None, stage="s", visit=1, created_at=5, entered_at=5
)


@pytest.fixture
def names():
    return Names(FRESH, Facts(), WORKSPACE, 10, {})


def test_every_computed_name_of_a_deal_is_supplied(names):
    assert set(COMPUTED_NAMES[Subject.DEALS]) <= set(names)
    assert set(names) - set(COMPUTED_NAMES[Subject.DEALS]) <= set(BUILT_IN_FIELDS[Subject.DEALS])


def test_a_name_that_is_called_present_has_a_value_on_a_fresh_deal(names):
    present = {name for name, each in COMPUTED_NAMES[Subject.DEALS].items() if each.present}
    assert {name for name in present if names.get(name) is None} == set()
