"""Packs: partial funnels that several funnels use, laid over them as cases are, before anything is built."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from voronka.config.finding import Place
from voronka.config.names import Declared, NameKind, refer, twice
from voronka.config.node import Entry, Node, NodeKind
from voronka.config.report import Doubt, Report
from voronka.config.scalars import many
from voronka.config.variants import OUTCOMES, compose, lay_over
from voronka.messages import Text

__all__ = ["lay_packs", "sites_of", "warn_of_unused_packs"]

_INNER = (NameKind.STAGE, NameKind.TIMED, NameKind.TRANSITION)
_PARTS = ("timed", "transitions")


def lay_packs(declared: Declared, report: Report) -> None:
    """Put into each funnel, and into each of its cases, the packs that it uses.

    A funnel keeps its `use`; everything else of it reads as if the packs were written there, but that each value
    keeps its place in the pack's file.
    """
    for declaration in declared.of(NameKind.FUNNEL).values():
        if any(True for _ in _uses(declaration.value)):
            with report.using(sites_of(declaration.value, declared)):
                declared.replace(NameKind.FUNNEL, declaration.name, _Laying(declaration.value, declared, report).whole)


def sites_of(funnel: Node, declared: Declared) -> dict[str, Place]:
    """Return by the file of each pack that a funnel uses where it does so first."""
    found: dict[str, Place] = {}
    for each in _uses(funnel):
        name = each.get("pack")
        pack = declared.of(NameKind.PACK).get(name.text) if name is not None else None
        if pack is not None and name is not None:
            found.setdefault(pack.value.place.file, name.place)
    return found


def warn_of_unused_packs(declared: Declared, report: Report) -> None:
    """Report the packs that no funnel uses."""
    used = {file for each in declared.of(NameKind.FUNNEL).values() for file in sites_of(each.value, declared)}
    for name, pack in declared.of(NameKind.PACK).items():
        if pack.value.place.file not in used:
            report.warning(
                "V5421",
                pack.name.place,
                Text("No funnel uses the pack {pack}.", pack=name),
                Text("Name it under “use” of a funnel or of one of its cases, or delete it."),
            )


def _uses(funnel: Node) -> Iterator[Node]:
    """Yield the entries of `use` of a funnel and of its cases."""
    yield from many(funnel.get("use"))
    for case in _cases(funnel):
        yield from many(case.value.get("use"))


def _cases(funnel: Node) -> tuple[Entry, ...]:
    cases = funnel.at("variants", "cases")
    return tuple(cases.items()) if cases is not None else ()


def _is_placed(use: Node, whole: Node) -> bool:
    """Tell whether the stages of a pack stand after an open stage of the funnel."""
    after = use.get("after")
    stage = whole.at("stages", after.text) if after is not None else None
    return after is None or (stage is not None and after.text not in OUTCOMES and stage.get("outcome") is None)


def _without_nothing(value: Node, brought: Node, known: Collection[str]) -> Node:
    """Return the part of a case without the removals of what only its pack brings: there it is not even laid over."""
    entries = {
        name: entry
        for name, entry in value.entries.items()
        if not entry.value.is_null or name in known or name not in brought.entries
    }
    return replace(value, entries=entries)


class _Laying:
    """One funnel with its packs; `whole` is what comes of it."""

    def __init__(self, funnel: Node, declared: Declared, report: Report) -> None:
        self._funnel = funnel
        self._file = funnel.place.file
        self._packs = declared.of(NameKind.PACK)
        self._report = report
        self._fields: list[Node] = []
        base: dict[str, Place] = {}
        whole = funnel
        for use in many(funnel.get("use")):
            patch = self._patch(use, base)
            if patch is None:
                continue
            whole = lay_over(whole, patch, report)
            if not _is_placed(use, whole):
                self._doubt(NameKind.STAGE)
        entries = dict(whole.entries)
        variants = funnel.entries.get("variants")
        if variants is not None:
            entries["variants"] = variants
            cases = variants.value.entries.get("cases")
            if cases is not None:
                laid = {case.key.text: Entry(case.key, self._case(case.value, base)) for case in _cases(funnel)}
                inner = {**variants.value.entries, "cases": Entry(cases.key, replace(cases.value, entries=laid))}
                entries["variants"] = Entry(variants.key, replace(variants.value, entries=inner))
        named = entries.get("fields")
        if named is not None and named.value.is_sequence and self._fields:
            known = {each.text for each in named.value.elements}
            more = tuple({each.text: each for each in self._fields if each.text not in known}.values())
            entries["fields"] = Entry(named.key, replace(named.value, elements=(*named.value.elements, *more)))
        self.whole = replace(whole, entries=entries)

    def _case(self, case: Node, base: dict[str, Place]) -> Node:
        """Return a case with what its packs bring: its own words are laid over theirs."""
        used = dict(base)
        for use in many(case.get("use")):
            patch = self._patch(use, used)
            if patch is None:
                continue
            entries = dict(case.entries)
            insert = patch.entries.get("insert")
            if insert is not None:
                own = entries.get("insert")
                elements = (*(many(own.value) if own is not None else ()), *insert.value.elements)
                entries["insert"] = Entry((own or insert).key, replace(insert.value, elements=elements))
            for key in _PARTS:
                brought, own = patch.entries.get(key), entries.get(key)
                if brought is not None:
                    value = compose(brought.value, own.value) if own is not None else brought.value
                    known = self._funnel.at(key)
                    value = _without_nothing(value, brought.value, known.entries if known is not None else ())
                    entries[key] = Entry((own or brought).key, value)
            case = replace(case, entries=entries)
        return case

    def _patch(self, use: Node, used: dict[str, Place]) -> Node | None:
        """Return the pack as a case that inserts its stages; None where it cannot be told which pack is meant.

        `used`: the packs that are there already, with the places that say so; this one is added.
        """
        name = use.get("pack")
        known = refer(NameKind.PACK, name, self._packs, self._report)
        if name is None or known is None:
            self._doubt(*_INNER, NameKind.FIELD, NameKind.CASE_FIELD)
            return None
        if known in used:
            twice(known, name.place, used[known], self._report)
            return None
        used[known] = name.place
        pack = self._packs[known].value
        self._share_doubts(pack.place.file)
        self._fields += many(pack.get("fields"))
        entries = {key: entry for key, entry in pack.entries.items() if key in _PARTS}
        stages, after = pack.entries.get("stages"), use.entries.get("after")
        if stages is not None and after is not None:
            insertion = Node(use.place, NodeKind.MAPPING, entries={"after": after, "stages": stages})
            inserted = Node(use.place, NodeKind.SEQUENCE, elements=(insertion,))
            entries["insert"] = Entry(Node(use.place, NodeKind.SCALAR, "insert"), inserted)
        elif stages is not None:
            self._report.error(
                "V5422",
                name.place,
                Text("The pack {pack} brings stages, and it is not said after which stage they stand.", pack=known),
                Text("Add `after:` with a stage of the funnel."),
            )
        elif after is not None:
            self._report.error(
                "V5422",
                after.key.place,
                Text("The pack {pack} brings no stages, so there is nothing to put after one.", pack=known),
                Text("Remove “after”."),
            )
        return replace(pack, entries=entries)

    def _doubt(self, *kinds: NameKind) -> None:
        """Doubt all names of these kinds in the funnel."""
        for kind in kinds:
            self._report.doubt(kind, Doubt(everything=True), self._file)

    def _share_doubts(self, file: str) -> None:
        """Doubt in the funnel what is doubtful in the pack, and the other way round: their names are one space."""
        for kind in _INNER:
            own, others = self._report.doubts(kind, self._file), self._report.doubts(kind, file)
            for each in others - own:
                self._report.doubt(kind, each, self._file)
            for each in own - others:
                self._report.doubt(kind, each, file)
