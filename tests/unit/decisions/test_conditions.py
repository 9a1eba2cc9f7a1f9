"""What the cells of a table ask."""

import pytest

from voronka.definition.faults import ValueFault
from voronka.definition.tables import read_condition
from voronka.expressions import Kind

NUMBER = (Kind.INTEGER, int)
CHOICE = (Kind.CHOICE, str)
TEXT = (Kind.TEXT, str)


@pytest.mark.parametrize(
    ("cell", "kind", "holds", "fails"),
    [
        ("any", NUMBER, [0, None], []),
        ("-", NUMBER, [0, None], []),
        ("missing", NUMBER, [None], [0]),
        ("not missing", NUMBER, [0], [None]),
        ("5", NUMBER, [5], [4, None]),
        ("= 5", NUMBER, [5], [4, None]),
        (">= 5", NUMBER, [5, 6], [4, None]),
        ("> 5", NUMBER, [6], [5, None]),
        ("<= 5", NUMBER, [5], [6, None]),
        ("< 5", NUMBER, [4], [5, None]),
        ("2..5", NUMBER, [2, 5], [1, 6, None]),
        ("2 .. 5", NUMBER, [2, 5], [1, 6, None]),
        ("2..<5", NUMBER, [2, 4], [1, 5, None]),
        ("-5..-2", NUMBER, [-5, -2], [-6, -1]),
        ("1, 3, > 7", NUMBER, [1, 3, 8], [2, 7, None]),
        ("not 1, 3", NUMBER, [2], [1, 3, None]),
        ("not 2..5", NUMBER, [1, 6], [2, 5, None]),
        ("kit, dealer", CHOICE, ["kit", "dealer"], ["integrator", None]),
        ("kit,dealer", CHOICE, ["kit", "dealer"], ["integrator"]),
        ("not kit", CHOICE, ["dealer"], ["kit", None]),
        ('"a, b", c', CHOICE, ["a, b", "c"], ["a", "b"]),
        ('"steel,  304"', TEXT, ["steel,  304"], ["steel, 304", "steel"]),
        (' AISI  304 ;  "not  an" ', TEXT, ["AISI  304", "not  an"], ["AISI 304", "not an", None]),
        ("not   AISI  304", TEXT, ["AISI 304"], ["AISI  304", None]),
        ("not  2 .. \n 5", NUMBER, [1, 6], [2, 5, None]),
        ('"any"', CHOICE, ["any"], ["b", None]),
    ],
)
def test_a_cell_holds_for_these_values_and_not_for_those(cell, kind, holds, fails):
    condition = read_condition(cell, *kind)

    assert [condition.holds(value) for value in holds] == [True] * len(holds)
    assert [condition.holds(value) for value in fails] == [False] * len(fails)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [("not any", NUMBER), ("not", CHOICE), ("5..2", NUMBER), ("5..<5", NUMBER), ("> kit", CHOICE)],
)
def test_a_cell_that_asks_nothing_sensible_is_refused(cell, kind):
    if cell == "not":
        assert read_condition(cell, *kind).holds("not")  # a value like any other
        return
    with pytest.raises(ValueFault):
        read_condition(cell, *kind)


@pytest.mark.parametrize("cell", ["yes, any", "yes, missing", "-, yes", "yes; not no", "not yes, not no"])
def test_a_word_for_a_whole_cell_is_no_item_of_a_list(cell):
    with pytest.raises(ValueFault, match="is no item of a list") as found:
        read_condition(cell, *TEXT)

    assert found.value.remedy.render("en").endswith('"')  # a text may be called so, in quotes
