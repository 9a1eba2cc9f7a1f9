"""A small workspace whose deals are decided about, and expressions over one of them."""

from __future__ import annotations

from dataclasses import replace

from voronka.calendars import TimeSpan, WorkingCalendar
from voronka.config import read_workspace
from voronka.config.currencies import DIGITS
from voronka.definition.fields import Subject
from voronka.definition.matrices import matrix_names
from voronka.definition.scopes import scope_of
from voronka.definition.scorecards import score_names
from voronka.expressions import Env, Expression, compile_expression

FILES = {
    "voronka.yaml": "workspace: acme\nlocale: en\ntimezone: Europe/Moscow\ncurrency: RUB\n",
    "configs/people/people.yaml": "roles: {manager: {label: Manager}}\npeople: {anna: {name: Anna, role: manager}}\n",
    "configs/funnels/sales.yaml": (
        "funnel: sales\nowner: manager\nstages: {talk: {why: sales_model}, offer: {why: sales_model}}\n"
    ),
    "configs/fields/deal.yaml": (
        "set: deal\n"
        "fields:\n"
        "  load: {type: percent, min: 0%, max: 100%}\n"
        "  role: {type: choice, options: [dealer, kit, integrator]}\n"
        "  budget: {type: choice, options: [unknown, hinted, stated, approved]}\n"
        "  fit: {type: integer, min: 1, max: 5}\n"
        "  weight: {type: number}\n"
        "  amount: {type: money}\n"
        "  paid: {type: money}\n"
        "  tenth: {type: number, formula: amount * 10%}\n"
        "  rest: {type: number, formula: paid - amount * 10%}\n"
        "  vip: {type: bool}\n"
        "  city: {type: text}\n"
        "  due: {type: date}\n"
        "  met: {type: datetime}\n"
        "  margin: {type: percent, formula: (amount - 100) / amount}\n"
        "  turnover: {of: accounts, type: money}\n"
    ),
}
CALENDAR = WorkingCalendar(name="all", week=((TimeSpan(0, 1440),),) * 7)


def reading_of(rules: str, **files: str):
    """Return the workspace with these rules as it is read, findings included."""
    texts = {**FILES, "configs/rules/rules.yaml": rules, **files}
    return read_workspace({path: text.encode() for path, text in texts.items()})


def workspace_of(rules: str, **files: str):
    """Return the workspace with these rules; they must be without an error."""
    reading = reading_of(rules, **files)
    assert reading.workspace is not None, [str(each.reason) for each in reading.findings]
    return reading.workspace


def expression(workspace, text: str, expect=None) -> Expression:
    """Return an expression about the deals of `workspace`."""
    decisions = {}
    for table in workspace.tables.values():
        decisions |= table.names()
    for card in workspace.scorecards.values():
        decisions |= score_names(card.name, card.factors, card.bands)
    for matrix in workspace.matrices.values():
        decisions |= matrix_names(matrix.table, matrix.axes)
    scope = scope_of(
        Subject.DEALS,
        fields=workspace.fields,
        collections=workspace.collections,
        money_digits=DIGITS["RUB"],
        stages=("talk", "offer", "won", "lost"),
        decisions=decisions,
    )
    made = compile_expression(text, replace(scope), expect=expect)
    assert isinstance(made, Expression), [str(each.reason) for each in made]
    return made


def env(**values) -> Env:
    """Return a deal with these values."""
    return Env(values=values, now=0, zone="UTC", calendar=CALENDAR)
