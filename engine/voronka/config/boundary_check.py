"""What accounting and the warehouse keep: the entry of orders, stock, reservations, costs. A CRM mirrors it at most."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from voronka.config.finding import Finding, Severity
from voronka.config.names import Declared, NameKind
from voronka.config.node import Entry, Node
from voronka.messages import Sentence, Text

__all__ = ["check_boundary"]

_ORDERS = r"order (lines?|items?|entry|positions?)|(строк|позици|состав)\w* заказ\w*"
_STOCK = (
    r"(stock|inventory) (levels?|balances?|items?|on hand|movements?)|warehouse (stock|balances?)|on hand quantity"
    r"|остат\w+ (на )?склад\w*|складск\w+ (остат\w+|уч[её]т\w*)|движени\w+ товар\w*"
)
_RESERVED = (
    r"(stock|goods|items?|products?) reserv\w+|reserved (stock|goods|items?|products?|quantity|qty)"
    r"|резерв\w* (товар|склад|продукци|оборудовани)\w*|зарезервирован\w* (товар|количеств)\w*|товарн\w+ резерв\w*"
)
_COSTS = (
    r"cost (accounting|entries|postings|ledger)|general ledger|ledger entries|(бухгалтерск\w+ )?проводк\w+"
    r"|уч[её]т\w* (затрат|себестоимости)|калькуляци\w+ себестоимости"
)
_GOODS = re.compile(r"item|sku|product|goods|quantity|qty|товар|артикул|количеств", re.IGNORECASE)
_ALONE = {"stock": _STOCK, "inventory": _STOCK, "reservations": _RESERVED}
"""Collections that mean goods by their name alone, if their rows tell of goods."""

_KINDS: Mapping[str, Text] = {
    _ORDERS: Text("the entry of orders"),
    _STOCK: Text("stock"),
    _RESERVED: Text("the reservation of goods"),
    _COSTS: Text("cost accounting"),
}
_PATTERNS = {pattern: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for pattern in _KINDS}


def check_boundary(declared: Declared) -> Iterator[Finding]:
    """Yield the declared fields and collections that are called like what a CRM does not keep."""
    for declaration in declared.of(NameKind.FIELD_SET).values():
        for section in ("fields", "collections"):
            part = declaration.value.get(section)
            for entry in part.items() if part is not None else ():
                kind = _kind_of(entry, rows=section == "collections")
                if kind is not None:
                    yield _beyond(entry.key, kind)


def _kind_of(entry: Entry, *, rows: bool) -> Sentence | None:
    texts = [entry.key.text.replace("_", " "), *_labels(entry.value.get("label"))]
    for pattern, compiled in _PATTERNS.items():
        if any(compiled.search(text) for text in texts):
            return _KINDS[pattern]
    alone = _ALONE.get(entry.key.text) if rows else None
    columns = entry.value.get("fields")
    if alone is None or columns is None:
        return None
    return _KINDS[alone] if any(_GOODS.search(name) for name in columns.entries) else None


def _labels(label: Node | None) -> list[str]:
    if label is None:
        return []
    return [each.value.text for each in label.items()] if label.is_mapping else [label.text]


def _beyond(key: Node, kind: Sentence) -> Finding:
    return Finding(
        code="V5802",
        severity=Severity.WARNING,
        place=key.place,
        reason=Text(
            "{name} reads like {kind}, which belongs to the accounting system: kept here as well, the two soon differ.",
            name=key.text,
            kind=kind,
        ),
        remedy=Text(
            "Leave it there. What is offered stands in `lines`; what was ordered and paid is imported into `orders`, a"
            " mirror that is only read. If it is something else, give it a name that says so."
        ),
    )
