"""What actions of plugins need to be done: their deals, and their arguments with the personal values in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from voronka.frozen import frozen
from voronka.hooks.actions import DealFacts
from voronka.process.codec import decode_value
from voronka.process.state import VaultRef
from voronka.storage import Effect, EffectKey, Reader

__all__ = ["Errand", "errands"]


@frozen
class Errand:
    """An action of a plugin that is to be done: for which deal and with which arguments; `personal`: texts in them."""

    deal: DealFacts
    arguments: Mapping[str, Any]
    personal: frozenset[str] = frozenset()


def errands(reader: Reader, effects: Sequence[Effect]) -> Mapping[EffectKey, Errand]:
    """Return what actions need to be done, the personal values of their arguments out of the vault."""
    deals = reader.deals({effect.key.deal for effect in effects})
    given = {effect.key: decode_value(effect.body["arguments"]) for effect in effects}
    vault = reader.vault_get(list(_references(list(given.values()))))
    found = {}
    for effect in effects:
        deal = deals[effect.key.deal]
        facts = DealFacts(id=deal.id.hex(), number=deal.number, funnel=deal.funnel, stage=deal.stage)
        own = given[effect.key]
        personal = frozenset(said for ref in _references(own) if (said := vault.get(ref)))
        found[effect.key] = Errand(deal=facts, arguments=_opened(own, vault), personal=personal)
    return found


def _references(value: Any) -> Iterator[VaultRef]:  # noqa: ANN401 - an argument of any shape
    if isinstance(value, VaultRef):
        yield value
    elif isinstance(value, (list, tuple)) or type(value) is dict:
        for each in value.values() if isinstance(value, dict) else value:
            yield from _references(each)


def _opened(value: Any, vault: Mapping[VaultRef, str]) -> Any:  # noqa: ANN401 - an argument of any shape
    """Return an argument as plain data; a personal value that was erased is missing."""
    if isinstance(value, VaultRef):
        return vault.get(value)
    if isinstance(value, dict):
        return {name: _opened(each, vault) for name, each in value.items()}
    if isinstance(value, tuple):
        return [_opened(each, vault) for each in value]
    return value
