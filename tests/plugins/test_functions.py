"""Functions of plugins in expressions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.plugin_workspace import codes, findings, open_with, plugin_code

FUNCTIONS = """
def discount(sum, days):
    {body}

@hookimpl
def voronka_functions():
    yield ExpressionFunction(
        name="erp.discount", parameters=(Kind.MONEY, Kind.INTEGER), result=Kind.MONEY, call=discount, sql="{{0}} / 10"
    )
    yield ExpressionFunction(name="erp", parameters=(Kind.TEXT,), result=Kind.BOOL, call=lambda text: text == "sales")
"""
SET = "{set: {amount: '=erp.discount(amount, 3)'}}"


def erp(body: str = "return sum // 10 * days") -> dict[str, str]:
    return {"erp": plugin_code(FUNCTIONS.format(body=body))}


def amount(workspace) -> int | None:
    return {field["name"]: field["value"] for field in workspace.query("deal.show", deal=1)["fields"]}.get("amount")


def test_a_function_gives_its_value(tmp_path: Path) -> None:
    with open_with(tmp_path, actions=SET, plugins=erp()) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"amount": "100"})
        assert amount(workspace) == 3000
        assert workspace.verify().sound


def test_a_missing_argument_makes_it_missing_without_a_call(tmp_path: Path) -> None:
    with open_with(tmp_path, actions=SET, plugins=erp("raise SystemExit")) as workspace:
        workspace.execute("deal.create", funnel="sales")
        assert amount(workspace) is None


@pytest.mark.parametrize(
    "body", ["return 'a lot'", "return 1.5", "return True", "return 2**63", "raise ValueError('x')"]
)
def test_nonsense_is_missing_and_told_once(tmp_path: Path, caplog, body: str) -> None:
    with open_with(tmp_path, actions=SET, plugins=erp(body)) as workspace:
        for _ in range(3):
            workspace.execute("deal.create", funnel="sales", fields={"amount": "100"})
        assert amount(workspace) is None
    assert caplog.text.count("erp.discount") == 1


@pytest.mark.parametrize(
    "body",
    [
        "import asyncio; raise asyncio.CancelledError",
        "raise KeyboardInterrupt",
        "raise type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})()",
        r"raise RuntimeError('a\ud800')",
    ],
)
def test_nothing_that_a_function_raises_leaves_the_decision(tmp_path: Path, body: str) -> None:
    with open_with(tmp_path, actions=SET, plugins=erp(body)) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"amount": "100"})
        assert amount(workspace) is None
        assert list(workspace.query("plugins")["troubles"]) == ["function erp.discount"]
        assert workspace.verify().sound


FIELDS = "set: base\nfields:\n  amount: {type: money}\n  sure: {type: bool, formula: FORMULA}\n"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("erp(funnel)", None),
        ("erp.discount(amount, 3) > 5 and erp('sales')", None),
        ("erp.discount(1000, 3) > 5", None),
        ("erp.discount(amount)", "E1103"),
        ("erp.discount(funnel, 3) > 5", "E1103"),
        ("erp.discuont(amount, 3) > 5", "E1102"),
        ("nowhere.f(amount)", "E1102"),
        ("erp(contact.phone)", "E1206"),
        ("erp.discount(amount, 3)", "E1205"),
    ],
)
def test_a_call_is_checked_by_the_kinds_of_the_function(tmp_path: Path, formula: str, expected: str | None) -> None:
    files = {"configs/fields/base.yaml": FIELDS.replace("FORMULA", f'"{formula}"')}
    found = codes(findings(tmp_path, plugins=erp(), files=files))
    assert [code for code, _, _ in found] == ([] if expected is None else [expected])


def test_a_function_whose_sql_no_database_takes_breaks_its_plugin(tmp_path: Path) -> None:
    files = {"configs/fields/base.yaml": FIELDS.replace("FORMULA", '"erp(funnel)"')}
    plugins = {name: code.replace("{0} / 10", "nosuch({0})") for name, code in erp().items()}
    (finding,) = findings(tmp_path, plugins=plugins, files=files)
    assert "the SQL of “erp.discount” cannot be used: SQLite says: no such function: nosuch" in str(finding.reason)


def test_a_call_into_a_broken_plugin_names_it(tmp_path: Path) -> None:
    files = {"configs/fields/base.yaml": FIELDS.replace("FORMULA", '"erp(funnel)"')}
    (finding,) = findings(tmp_path, plugins={"erp": "1 / 0"}, files=files)
    assert "ZeroDivisionError" in str(finding.reason)


def test_the_value_of_a_call_stands_in_the_explanation(tmp_path: Path) -> None:
    files = {
        "configs/funnels/sales.yaml": """\
funnel: sales
fields: [base]
stages:
  new: {journey: problem}
  talk: {journey: solutions, enter: {when: "erp.discount(amount, 3) > 10", message: Too little}}
"""
    }
    with open_with(tmp_path, plugins=erp(), files=files) as workspace:
        workspace.execute("deal.create", funnel="sales", fields={"amount": "100"})
        workspace.execute("deal.move", deal=1, to="talk")
        told = str(workspace.query("why", deal=1))
        assert "erp.discount(amount, 3)" in told
        assert "30" in told


def test_settings_that_a_function_needs_are_missed_where_it_is_called_first(tmp_path: Path) -> None:
    files = {"configs/fields/base.yaml": FIELDS.replace("FORMULA", "\"erp('sales')\"")}
    needing = plugin_code(FUNCTIONS.format(body="return sum"), settings="{'type': 'object', 'required': ['host']}")
    assert codes(findings(tmp_path, plugins={"erp": needing}, files=files)) == [
        ("V3127", "configs/fields/base.yaml", 4)
    ]
