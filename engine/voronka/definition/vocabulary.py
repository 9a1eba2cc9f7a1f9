"""What is built in: fields, collections and names that nobody has to declare.

Built-in fields are `Field`s like declared ones: what may be set is read, checked and shown by the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from voronka.definition.fields import Bound, Collection, Field, FieldType, Form, Subject
from voronka.expressions import Kind, Name, Type
from voronka.expressions.names import WORDS
from voronka.messages import Label

__all__ = [
    "BUILT_IN_COLLECTIONS",
    "BUILT_IN_FIELDS",
    "BUILT_IN_NAMES",
    "COMPUTED_NAMES",
    "EVENTS",
    "JOURNEY",
    "NOT_KEPT",
    "OF_EVERY_DEAL",
    "ORDERS",
    "REFINED_COLLECTIONS",
    "REFINED_FIELDS",
    "RESERVED",
    "USER_NAMES",
    "WRITABLE_COLLECTIONS",
]

NOT_KEPT = frozenset({"tasks.title"})
"""What expressions may name and a database does not keep as one value: a task's title stands in many languages."""

JOURNEY = ("problem", "solutions", "requirements", "supplier")
"""The steps of the buyer's journey, in their order."""

EVENTS = (
    "deal.created",
    "deal.reopened",
    "stage.entered",
    "stage.left",
    "field.changed",
    "transition.refused",
    "checklist.ticked",
    "interaction.logged",
    "task.done",
    "sla.breached",
    "timer.fired",
    "timer.skipped",
    "order.imported",
    "score.changed",
    "message.sent",
    "message.failed",
)
"""What a timed event may count from (``from: event NAME``)."""

RESERVED = WORDS | {"campaign", "deal", "matrices", "row", "scores", "tables", "timed"}
"""Words of the language, and names that stand for something else than a field: no field is called so."""


def _field(
    name: str,
    kind: FieldType,
    en: str,
    ru: str,
    *,
    pii: bool = False,
    options: Mapping[str, Label] = MappingProxyType({}),
    form: Form | None = None,
    least: Bound | None = None,
) -> Field:
    return Field(name=name, type=kind, label=_label(en, ru), options=options, pii=pii, form=form, least=least)


def _label(en: str, ru: str) -> Label:
    return Label({"en": en, "ru": ru})


def _by_name(of: Subject, *fields: Field) -> Mapping[str, Field]:
    return MappingProxyType({field.name: replace(field, of=of) for field in fields})


_STEPS = {
    "problem": _label("Problem definition", "Определение проблемы"),
    "solutions": _label("Overview of solutions", "Обзор решений"),
    "requirements": _label("Forming requirements", "Формирование требований"),
    "supplier": _label("Choice of supplier", "Выбор поставщика"),
}
_OWNER = _field("owner", FieldType.USER, "Owner", "Ответственный")
_ACCOUNT = _field("account", FieldType.ACCOUNT, "Account", "Компания")
_CONTACT = _field("contact", FieldType.CONTACT, "Contact", "Контакт")

BUILT_IN_FIELDS: Mapping[Subject, Mapping[str, Field]] = MappingProxyType(
    {
        Subject.DEALS: _by_name(
            Subject.DEALS,
            _OWNER,
            _ACCOUNT,
            _CONTACT,
            _field(
                "buyer_step",
                FieldType.CHOICE,
                "Buyer's step",
                "Шаг покупателя",
                options=_STEPS,
            ),
        ),
        Subject.ACCOUNTS: _by_name(
            Subject.ACCOUNTS,
            _field("name", FieldType.TEXT, "Name", "Название"),
            _OWNER,
            _field("segment", FieldType.TEXT, "Segment", "Сегмент"),
            _field("region", FieldType.TEXT, "Region", "Регион"),
            _field("zone", FieldType.TEXT, "Time zone", "Часовой пояс", form=Form.ZONE),
        ),
        Subject.CONTACTS: _by_name(
            Subject.CONTACTS,
            _field("name", FieldType.TEXT, "Name", "Имя", pii=True),
            _ACCOUNT,
            _field("email", FieldType.EMAIL, "Email", "Электронная почта", pii=True),
            _field("phone", FieldType.PHONE, "Phone", "Телефон", pii=True),
            _field("zone", FieldType.TEXT, "Time zone", "Часовой пояс", form=Form.ZONE),
            _field("locale", FieldType.TEXT, "Language", "Язык", form=Form.LOCALE),
            _field(
                "status",
                FieldType.CHOICE,
                "Status",
                "Статус",
                options={
                    "lead": _label("Lead", "Лид"),
                    "client": _label("Client", "Клиент"),
                    "former": _label("Former client", "Бывший клиент"),
                },
            ),
        ),
    }
)
"""Fields that every deal, account and contact has and that may be set, by subject and name."""


def _collection(name: str, en: str, ru: str, *fields: Field, key: str | None = None) -> Collection:
    named = _by_name(Subject.DEALS, *fields)
    return Collection(name=name, of=Subject.DEALS, label=_label(en, ru), fields=named, key=key)


BUILT_IN_COLLECTIONS: Mapping[str, Collection] = MappingProxyType(
    {
        collection.name: collection
        for collection in (
            _collection(
                "interactions",
                "Interactions",
                "Взаимодействия",
                _field("kind", FieldType.TEXT, "Kind", "Вид", form=Form.CODE),
                _field("channel", FieldType.TEXT, "Channel", "Канал", form=Form.CODE),
                _field(
                    "direction",
                    FieldType.CHOICE,
                    "Direction",
                    "Направление",
                    options={"in": _label("Incoming", "Входящее"), "out": _label("Outgoing", "Исходящее")},
                ),
                _field("reason", FieldType.TEXT, "Reason", "Повод", form=Form.CODE),
                _field("outcome", FieldType.TEXT, "Outcome", "Результат", form=Form.CODE),
                _field("at", FieldType.DATETIME, "When", "Когда"),
                _field(
                    "duration",
                    FieldType.NUMBER,
                    "Duration, minutes",
                    "Длительность, минуты",
                    form=Form.MINUTES,
                    least=Bound(value=0, text="0"),
                ),
                _field("user", FieldType.USER, "Who of us", "Кто от нас"),
                _CONTACT,
                _field("note", FieldType.LONG_TEXT, "Note", "Заметка", pii=True),
            ),
            _collection(
                "tasks",
                "Tasks",
                "Задачи",
                _field("title", FieldType.TEXT, "Title", "Название"),
                _field("due", FieldType.DATETIME, "Due", "Срок"),
                _field("assignee", FieldType.USER, "Assignee", "Исполнитель"),
                _field("done", FieldType.BOOL, "Done", "Сделана"),
                _field("done_at", FieldType.DATETIME, "Done at", "Когда сделана"),
            ),
            _collection(
                "visits",
                "Visits to stages",
                "Пребывания на этапах",
                _field("stage", FieldType.TEXT, "Stage", "Этап"),
                _field("entered_at", FieldType.DATETIME, "Entered", "Начало"),
                _field("left_at", FieldType.DATETIME, "Left", "Конец"),
                _field("number", FieldType.INTEGER, "Number", "Номер"),
            ),
            _collection(
                "orders",
                "Orders",
                "Заказы",
                _field("number", FieldType.TEXT, "Number", "Номер"),
                _field("at", FieldType.DATETIME, "Date", "Дата"),
                _field("amount", FieldType.MONEY, "Amount", "Сумма"),
                _field("paid", FieldType.MONEY, "Paid", "Оплачено"),
                _field("status", FieldType.TEXT, "Status", "Статус"),
                key="number",
            ),
            _collection(
                "participants",
                "Participants",
                "Участники",
                _CONTACT,
                _ACCOUNT,
                _field("role", FieldType.TEXT, "Role", "Роль"),
                _field("influence", FieldType.TEXT, "Influence", "Влияние"),
                _field("attitude", FieldType.TEXT, "Attitude", "Отношение"),
                key="contact",
            ),
            _collection(
                "lines",
                "What is offered",
                "Что предлагаем",
                _field("item", FieldType.TEXT, "Item", "Позиция"),
                _field("grade", FieldType.TEXT, "Grade", "Исполнение"),
                _field("mode", FieldType.TEXT, "Mode", "Режим"),
                _field("quantity", FieldType.NUMBER, "Quantity", "Количество"),
                _field("price", FieldType.MONEY, "Price", "Цена"),
                _field("reason", FieldType.TEXT, "Reason for the price", "Почему такая цена"),
                _field("list_price", FieldType.MONEY, "Price by the tariff", "Цена по тарифу"),
                _field("tariff", FieldType.TEXT, "Row of the tariff", "Строка тарифа"),
            ),
        )
    }
)
"""Collections that every deal has. A task that is due on a date is due at the end of it."""

ORDERS = BUILT_IN_COLLECTIONS["orders"]
"""The orders of a deal: imports alone write them, for they are taken and changed elsewhere."""

WRITABLE_COLLECTIONS = frozenset({"participants", "lines"})
"""The built-in collections whose rows people put and remove; the others are written by what happens."""

REFINED_COLLECTIONS = frozenset({"participants"})
"""The built-in collections of which a set may say more: the options of their texts, and columns of its own."""

REFINED_FIELDS: Mapping[Subject, frozenset[str]] = MappingProxyType(
    {Subject.DEALS: frozenset(), Subject.ACCOUNTS: frozenset(), Subject.CONTACTS: frozenset({"email", "phone"})}
)
"""The built-in fields of which a set may say more: what people call them, who sees them and who sets them."""


def _present(kind: Kind, *options: str) -> Name:
    return Name(Type(kind, options), present=True)


_MOMENT = Name(Type(Kind.DATETIME))
_ID = {"id": _present(Kind.TEXT), "created_at": _present(Kind.DATETIME)}
COMPUTED_NAMES: Mapping[Subject, Mapping[str, Name]] = MappingProxyType(
    {
        Subject.DEALS: {
            **_ID,
            "number": _present(Kind.INTEGER),
            "funnel": _present(Kind.CHOICE),
            "stage": _present(Kind.CHOICE),
            "variant": Name(Type(Kind.CHOICE)),
            "entered_at": _present(Kind.DATETIME),
            "closed_at": _MOMENT,
            "open": _present(Kind.BOOL),
            "closed": _present(Kind.BOOL),
            "won": _present(Kind.BOOL),
            "lost": _present(Kind.BOOL),
            "outcome": Name(Type(Kind.CHOICE, ("won", "lost"))),
            "last_interaction_at": _present(Kind.DATETIME),
            "replied": _present(Kind.BOOL),
            "contacted": _present(Kind.BOOL),
            "next_step_at": _MOMENT,
            "days_in_stage": _present(Kind.INTEGER),
        },
        Subject.ACCOUNTS: _ID,
        Subject.CONTACTS: _ID,
    }
)
"""What is known of every deal, account and contact and is not set by anybody, by subject and name."""

USER_NAMES: Mapping[str, Name] = MappingProxyType(
    {
        "id": Name(Type(Kind.REFERENCE, reference="user")),
        "name": Name(Type(Kind.TEXT)),
        "role": Name(Type(Kind.CHOICE)),
        "team": Name(Type(Kind.CHOICE)),
        "reports_to": Name(Type(Kind.REFERENCE, reference="user")),
        "deputy": Name(Type(Kind.REFERENCE, reference="user")),
        "absent": Name(Type(Kind.BOOL)),
        "zone": Name(Type(Kind.TEXT)),
    }
)
"""What is known of a user, as ``owner.team``. A user's id is his name in the configuration."""

BUILT_IN_NAMES: Mapping[Subject, frozenset[str]] = MappingProxyType(
    {
        subject: frozenset(BUILT_IN_FIELDS[subject]) | frozenset(COMPUTED_NAMES[subject]) | RESERVED
        for subject in Subject
    }
)
"""The names that no declared field or collection of a subject may have."""

OF_EVERY_DEAL = frozenset({*BUILT_IN_FIELDS[Subject.DEALS], *COMPUTED_NAMES[Subject.DEALS], *BUILT_IN_COLLECTIONS})
"""The names that every deal has, whatever the sets of its funnel: of values and of collections."""
