"""What accounting and the warehouse keep: the entry of orders, stock, reservations, costs. A CRM mirrors it at most."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from voronka.config.finding import Finding, Severity
from voronka.config.names import Declared, NameKind
from voronka.config.node import Entry, Node
from voronka.messages import Sentence, Text

__all__ = ["check_boundary"]

_GOODS_RU = r"(?:товар|продукци|материал|склад)\w*"
_ORDERS = (
    r"order (lines?|items?|entry|positions?)"
    r"|(строк|позици|состав)\w* заказ\w*|заказ(а|ов)?:? (строк\w*|позици\w*|состав)"
)
_STOCK = (
    r"(stock|inventory) (levels?|balances?|items?|on hand|movements?|quantity|qty|left|remaining|available)"
    r"|warehouse (stock|balances?)"
    r"|(on hand|in stock) (quantity|qty)|(quantity|qty) (on hand|in stock)"
    rf"|(остат|движени|учет)\w* (на )?{_GOODS_RU}|(товар|склад)\w* (остат|движени|учет|запас|наличи)\w*"
    r"|(наличи|запас)\w* (товар|продукци)\w*|(наличи|запас|количеств|товар|продукци|материал)\w* на склад(е|ах)"
    r"|на склад(е|ах):? (остат|наличи|запас|количеств|товар|продукци|материал|в наличии)\w*"
)
_RESERVED_GOODS = r"(товар|склад|продукци|оборудовани|количеств|позици)\w*"
_RESERVED = (
    r"(stock|goods|items?|products?) reserv\w+|reserved (stock|goods|items?|products?|quantity|qty)"
    rf"|(за)?резерв(ирован\w*|ы|а|е|у)? (на )?{_RESERVED_GOODS}|(за)?(брон(ь|и|ирован\w*)) {_RESERVED_GOODS}"
    rf"|{_RESERVED_GOODS} (в )?(за)?(резерв|брон)(ирован\w*|ы|а|е|ь|и)?"
)
_COSTS = (
    r"cost (accounting|entries|postings|ledger)|general ledger|ledger entries|(бухгалтерск\w+ )?проводк\w+"
    r"|учет\w* (затрат|себестоимости)|калькуляци\w+ себестоимости"
    r"|^(\w+ая )?себестоимость( (товар|продукци|единиц|заказ|издели|позици)\w*)?$"
    r"|^(cost price|prime cost|cost of goods( sold)?|cogs)$"
)
_PAPERS = (
    r"^((товарн|транспортн|товарно-транспортн|расходн|приходн)\w+ )?накладн(ая|ые)$"
    r"|^(way ?bills?|delivery notes?|packing slips?|goods receipts?)$"
)
_GOODS = re.compile(r"item|sku|product|goods|quantity|qty|товар|артикул|количеств", re.IGNORECASE)
_ALONE = {
    _STOCK: r"stock|inventory|склад",
    _RESERVED: r"reservations|резерв(ы|ирование)?",
    _ORDERS: r"((client|customer|sales) )?orders?|заказы?( (клиент|покупател)\w+)?",
}
"""Collections that mean goods by their name alone, if their rows tell of goods."""
_BARE = {_STOCK: r"stock|inventory|остатки", _PAPERS: r"shipments?|отгрузки"}
"""What means goods where it is called nothing else: a collection, or a field with a number."""
_NUMBERS = frozenset({"integer", "number"})
_OF_OTHERS = re.compile(r"клиент|заказчик|покупател|конкурент|client|customer|competitor|rival", re.IGNORECASE)
"""Whose goods these are is worth knowing, and no accounting of ours keeps them."""

_KINDS: Mapping[str, Text] = {
    _ORDERS: Text("the entry of orders"),
    _STOCK: Text("stock"),
    _RESERVED: Text("the reservation of goods"),
    _COSTS: Text("cost accounting"),
    _PAPERS: Text("shipping documents"),
}
_PATTERNS = {pattern: re.compile(rf"(?:\b|^)(?:{pattern})(?:\b|$)", re.IGNORECASE) for pattern in _KINDS}
_MIRRORS = ("sources", "formula")
"""Keys of a field that is not entered here alone: it mirrors what is kept elsewhere, or is computed."""


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
    if any(entry.value.get(key) is not None for key in _MIRRORS):
        return None
    texts = _texts(entry)
    others = any(_OF_OTHERS.search(text) for text in texts)
    for pattern, compiled in _PATTERNS.items():
        if not (others and pattern in (_STOCK, _COSTS)) and any(compiled.search(text) for text in texts):
            return _KINDS[pattern]
    kind = entry.value.get("type")
    if rows or (kind is not None and kind.text in _NUMBERS):
        for pattern, bare in _BARE.items():
            if all(re.fullmatch(bare, text, re.IGNORECASE) for text in texts):
                return _KINDS[pattern]
    columns = entry.value.get("fields") if rows else None
    if columns is None or not any(_GOODS.search(text) for column in columns.items() for text in _texts(column)):
        return None
    for pattern, alone in _ALONE.items():
        if any(re.fullmatch(alone, text, re.IGNORECASE) for text in texts):
            return _KINDS[pattern]
    return None


def _texts(entry: Entry) -> list[str]:
    """Return what an entry is called, in words: its key and its labels."""
    label = entry.value.get("label")
    labels = () if label is None else [each.value for each in label.items()] if label.is_mapping else [label]
    return [each.text.replace("_", " ").replace("ё", "е").strip() for each in (entry.key, *labels)]


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
            " mirror that is only read. A field that is filled from there names it under `sources`. If it is something"
            " else, give it a name that says so."
        ),
    )
