"""Funnels that mix classes of processes, and objects that a CRM does not keep: warnings, and what they leave alone."""

import pytest

from tests.unit.config.workspaces import files
from voronka.config import read_workspace


def told(code, **kinds):
    """Return the lines of the findings with a code; there is no error."""
    reading = read_workspace(files(**kinds))
    assert reading.workspace is not None, reading.findings
    return [finding.place.line for finding in reading.findings if finding.code == code]


@pytest.mark.parametrize(
    ("strategy", "stages", "lines"),
    [
        ("reach", "{a: {journey: problem}, b: {journey: solutions}}", []),
        ("reach", "\n  a: {journey: problem}\n  b: {journey: requirements}\n  c: {journey: supplier}", [5, 6]),
        ("refresh", "\n  a: {why: analytics}\n  b: {journey: problem}", [5]),
        ("reengage", "{a: {journey: problem}, b: {journey: supplier}}", []),
        ("react", "\n  a: {journey: supplier}\n  delivery: {why: sales_model}", [5]),
        ("react", "\n  a: {journey: supplier}\n  b: {why: sales_model, label: {ru: Монтаж и пуск}}", [5]),
        ("react", "\n  a: {journey: supplier}\n  b: {why: analytics, label: After-sales}", [5]),
        ("react", "{a: {journey: supplier}, delivery: {journey: supplier}}", []),
        ("react", "{delivery_terms: {why: sales_model}, a: {journey: supplier}}", []),
        ("react", "{a: {journey: supplier}, contract: {why: decision_model, label: {ru: Договор поставки}}}", []),
        ("react", "{delivery: {why: sales_model}, service: {why: sales_model}}", []),
    ],
)  # fmt: skip
def test_a_stage_of_another_class_is_told(strategy, stages, lines):
    assert told("V5112", funnels=f"funnel: f\nstrategy: {strategy}\nstages: {stages}\n") == lines


FUNNEL = "funnel: f\nstages: {a: {why: analytics}}\n"
BEYOND = [
    "stock_levels: {fields: {x: {type: text}}}",
    "stock: {fields: {item: {type: text}}}",
    "reservations: {fields: {quantity: {type: number}}}",
    "goods_reserved: {label: {ru: Резерв товара}, fields: {x: {type: text}}}",
    "order_lines: {fields: {x: {type: text}}}",
    "basket: {label: {ru: Состав заказа}, fields: {x: {type: text}}}",
    "cost_entries: {fields: {x: {type: text}}}",
    "entries: {label: {ru: Проводки}, fields: {x: {type: text}}}",
    "bought: {label: {ru: Заказы}, fields: {sku: {type: text}, qty: {type: number}}}",
    "client_orders: {fields: {sku: {type: text}, qty: {type: number}}}",
    "kept: {label: {ru: Товары на складе}, fields: {sku: {type: text}, qty: {type: number}}}",
    "kept: {label: Склад, fields: {what: {type: text, label: Товар}}}",
    "shipments: {fields: {at: {type: date}, carrier: {type: text}}}",
    "stock: {fields: {place: {type: text}}}",
]
FIELDS_BEYOND = [
    "on_hand_quantity: {type: number}",
    "rest: {type: number, label: {ru: Остаток на складе}}",
    "reserved_quantity: {type: number}",
    "keeping: {type: text, label: {en: Cost accounting}}",
    "cost: {type: money, label: {ru: Себестоимость}}",
    "cost: {type: money, label: Плановая себестоимость}",
    "reserved: {type: bool, label: {ru: Товар зарезервирован}}",
    "reserved: {type: bool, label: Зарезервирован товар}",
    "stock: {type: number, label: {ru: Наличие на складе}}",
    "stock: {type: number, label: Складской запас}",
    "stock: {type: number, label: На складе остаток}",
    "stock_left: {type: number}",
    "stock: {type: integer}",
    "inventory: {type: number, label: {ru: Остатки}}",
    "waybill: {type: text, label: {ru: Накладная}}",
    "paper: {type: text, label: Товарная накладная}",
]
WITHIN = [
    "tco_components: {fields: {cost: {type: money}}}",
    "competitors: {fields: {ships: {type: text, label: {ru: Поставляет со склада}}}}",
    "reservations: {label: {ru: Брони столов}, fields: {table: {type: text}, guests: {type: number}}}",
    "stock: {label: {en: Share certificates}, fields: {par: {type: money}}}",
    "shipments: {label: {ru: Наши поездки}, fields: {at: {type: date}}}",
    "deliveries: {fields: {at: {type: date}}}",
    "orders_there: {label: {ru: Заказы}, fields: {at: {type: date}, amount: {type: money}}}",
    "orders_of_rivals: {label: Заказы у конкурентов, fields: {product: {type: text}}}",
    "needs_of_client: {label: {ru: Потребность в складе}, fields: {area: {type: number}}}",
]
FIELDS_WITHIN = [
    """cost: {type: money, label: {ru: Себестоимость}, sources: [erp]}
sources: {erp: {label: ERP, class: client, confidence: 90%}}""",
    "cost: {type: money, label: Себестоимость, formula: part * 2}\n  part: {type: money}",
    "overheads: {type: money, label: Накладные расходы}",
    "theirs: {type: number, label: Остатки товара у клиента}",
    "own: {type: bool, label: Наличие склада}",
    "made: {type: bool, label: Заказ составлен}",
    "quantity: {type: number, label: Количество товара}",
    "warehouse_area: {type: number, label: {ru: Площадь склада}}",
    "stock: {type: bool}",
    "shipments: {type: date}",
    "in_stock: {type: bool, label: {ru: Есть на складе}}",
    "orders_a_year: {type: integer, label: {ru: Заказов в год}}",
    "reserve_price: {type: money, label: {ru: Резервная цена}}",
    "rest_of_debt: {type: money, label: {ru: Остаток долга}}",
    "order_reason: {type: text, label: {ru: Причина заказа}}",
]


@pytest.mark.parametrize(
    ("section", "written", "lines"),
    [
        *(("collections", each, [3]) for each in BEYOND),
        *(("fields", each, [3]) for each in FIELDS_BEYOND),
        *(("collections", each, []) for each in WITHIN),
        *(("fields", each, []) for each in FIELDS_WITHIN),
    ],
)
def test_what_belongs_to_accounting_is_told_and_nothing_else(section, written, lines):
    assert told("V5802", funnels=FUNNEL, fields=f"set: own\n{section}:\n  {written}\n") == lines
