"""The plugin `voronka`: the engine's own actions, channels, formats of files and holidays."""

from __future__ import annotations

from collections.abc import Iterable

from voronka.calendars.countries import country_year, is_country
from voronka.hooks.actions import ActionType
from voronka.hooks.built_in.csv_rows import check_csv, check_gzip, read_csv, read_gzip
from voronka.hooks.built_in.file_channel import FileChannel
from voronka.hooks.built_in.xlsx_rows import check_xlsx, read_xlsx
from voronka.hooks.calendars import CalendarSource
from voronka.hooks.channels import ChannelType
from voronka.hooks.hookspecs import API_VERSION, hookimpl
from voronka.hooks.importers import RowFormat
from voronka.hooks.plugin import Plugin
from voronka.messages import Label

__all__ = ["MESSAGES"]

MESSAGES = "messages"
"""The folder of the state in which the channel `file` leaves its messages."""

_ACTIONS = {
    "set": Label({"en": "Set fields", "ru": "Задать поля"}),
    "task": Label({"en": "Open a task", "ru": "Поставить задачу"}),
    "send": Label({"en": "Send a message", "ru": "Отправить сообщение"}),
    "notify": Label({"en": "Tell one of us", "ru": "Уведомить сотрудника"}),
    "move": Label({"en": "Move the deal", "ru": "Перевести сделку"}),
    "open_deal": Label({"en": "Open another deal", "ru": "Открыть другую сделку"}),
    "assign": Label({"en": "Give the deal an owner", "ru": "Назначить ответственного"}),
    "log": Label({"en": "Write into the ledger", "ru": "Записать в журнал"}),
    "cancel": Label({"en": "Cancel a timed event", "ru": "Отменить событие по времени"}),
}


@hookimpl
def voronka_plugin() -> Plugin:
    """Tell who it is."""
    from voronka import __version__

    label = Label({"en": "Built in", "ru": "Встроенное"})
    return Plugin(name="voronka", version=__version__, api=API_VERSION, label=label)


@hookimpl
def voronka_actions() -> Iterable[ActionType]:
    """Declare the actions of the language, on which decisions act themselves."""
    for name, label in _ACTIONS.items():
        schema = {"$ref": f"funnels.json#/$defs/action/properties/{name}"}
        yield ActionType(name=name, label=label, arguments=schema, run=None)


@hookimpl
def voronka_channels() -> Iterable[ChannelType]:
    """Declare the channel `file`."""
    label = Label({"en": "A file per message", "ru": "Файл на сообщение"})
    yield ChannelType(
        name="file", label=label, address=None, open=lambda settings, services: FileChannel(services.state / MESSAGES)
    )


@hookimpl
def voronka_importers() -> Iterable[RowFormat]:
    """Declare comma-separated values, plain and packed, and workbooks of spreadsheets."""
    yield RowFormat(name="csv", label=Label.plain("CSV"), read=read_csv, check=check_csv)
    packed = Label({"en": "CSV, packed by gzip", "ru": "CSV, сжатый gzip"})
    yield RowFormat(name="csv.gz", label=packed, read=read_gzip, check=check_gzip)
    workbook = Label({"en": "Workbook of a spreadsheet", "ru": "Книга Excel"})
    yield RowFormat(name="xlsx", label=workbook, read=read_xlsx, check=check_xlsx)


@hookimpl
def voronka_calendars() -> Iterable[CalendarSource]:
    """Declare the public holidays that the package `holidays` knows."""
    label = Label({"en": "Public holidays by country", "ru": "Государственные праздники по странам"})
    yield CalendarSource(
        name="holidays", label=label, year=lambda code, year: country_year(code, year) if is_country(code) else None
    )
