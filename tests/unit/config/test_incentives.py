"""Incentives name no pay: what is taken for pay in a label and in what is given, and what is not."""

import pytest

from tests.unit.config.workspaces import files
from voronka.config import read_workspace

PAY = [
    "Бонус 50 тыс. рублей",
    "50 тыс. рублей",
    "премия 50к ежемесячно",
    "Квартальную премию",
    "bonus of 500 dollars",
    "1 500 roubles",
    "$ 100",
    "Надбавка к окладу",
    "2 млн руб.",
]
SHARES = ["5% с договора", "50к ежемесячно", "До 30 тыс. в месяц", "10 thousand a month"]
NO_PAY = [
    "Карточки полны на",
    "Премиум-клиенты без потерь",
    "Первым выбирает обращения",
    "2 дня отдыха",
    "Course of 10 lessons",
    "Праздник к 8 марта",
]


def told(label, reward):
    reading = read_workspace(
        files(
            people="roles: {head: {}}\npeople: {ann: {role: head}}\n",
            kpis="kpis: {won: {definition: d, owner: head, hygiene: {fields: [amount]}, good: up}}\n",
            fields="set: own\nfields: {amount: {type: money}}\n",
            strategy=f'incentives:\n  i:\n    role: head\n    kpi: won\n    label: "{label}"\n    reward: "{reward}"\n',
        )
    )
    assert reading.workspace is not None, reading.findings
    return [finding.place.line for finding in reading.findings if finding.code == "V5961"]


@pytest.mark.parametrize(
    ("label", "reward", "lines"),
    [
        *((text, "Praise", [5]) for text in PAY),
        *(("Praised", text, [6]) for text in [*PAY, *SHARES]),
        *((f"{text} на 90%", text, []) for text in NO_PAY),
    ],
)
def test_what_reads_like_pay_is_told(label, reward, lines):
    assert told(label, reward) == lines
