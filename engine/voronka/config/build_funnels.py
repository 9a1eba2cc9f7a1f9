"""Funnels: the base and every case of each, built and checked as wholes."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.config.build_stages import build_stage_events, build_stages, stage_names
from voronka.config.build_timed import build_timed
from voronka.config.build_transitions import build_transitions
from voronka.config.classes_check import check_classes
from voronka.config.context import FunnelContext
from voronka.config.finding import Place
from voronka.config.gaps import gaps_of
from voronka.config.holders_check import Built
from voronka.config.names import Declaration, NameKind, refer, twice
from voronka.config.node import Entry, Node
from voronka.config.packs import sites_of
from voronka.config.scalars import label, many
from voronka.config.shape import check_node
from voronka.config.structure import check_structure
from voronka.config.variants import OUTCOMES, lay_over, touched
from voronka.definition.fields import Field, FieldType
from voronka.definition.funnels import Funnel, Stage, Variant
from voronka.definition.timed import TimedEvent
from voronka.messages import Text

__all__ = ["MAX_STAGES", "MAX_STAGES_OF_CASES", "build_funnel", "case_names", "every_stage"]

MAX_STAGES = 100
"""A funnel, or a case of it, has at most so many stages: the ordinary ways between them grow as their square."""

MAX_STAGES_OF_CASES = 1_000
"""A funnel and its cases have together at most so many stages, for each case is built and checked as a whole."""


def every_stage(root: Node) -> frozenset[str]:
    """Return the names of all stages of a funnel, those that only a case inserts included."""
    names = set(stage_names(root.get("stages")))
    for case in _cases(root).values():
        for insertion in many(case.value.get("insert")):
            inserted = insertion.get("stages")
            names |= set(inserted.entries) if inserted is not None else set()
    return frozenset(names)


def case_names(root: Node) -> tuple[str, ...]:
    """Return the names of the cases of a funnel."""
    return tuple(_cases(root))


def build_funnel(declaration: Declaration, funnel: FunnelContext) -> Funnel | None:
    """Return the funnel with all its variants; None if it has no stage to start in.

    Where the stages themselves are not to be read, the rest of it is checked all the same.
    """
    with funnel.report.using(sites_of(declaration.value, funnel.workspace.declared)):
        return _built(declaration, funnel)


def _built(declaration: Declaration, funnel: FunnelContext) -> Funnel | None:
    root = declaration.value
    report = funnel.report
    files = {declaration.name.place.file, *sites_of(root, funnel.workspace.declared)}
    stages = root.get("stages")
    legible = stages is not None and stages.is_mapping
    if stages is not None and legible and not _number_fits(stages, None, stages, funnel):
        return None
    by = _case_field(root, funnel)
    every = every_stage(root)
    nodes = _with_cases(root, funnel)
    funnel.timed = _timed_names(nodes)
    sound = True
    variants: dict[str | None, Variant] = {}
    for name, node in nodes.items():
        if name is None:
            if root.get("use") is not None and not any(report.failed_in(file) for file in files):
                report.take(check_node(root, "funnels", funnel.workspace.plugins.additions))
            variants[None] = _variant(None, node, None, root, funnel)
            sound = not any(report.failed_in(file) for file in files)
            _check_graph(node, None, variants[None], funnel)
            if sound:
                funnel.workspace.built.append(_sound(variants[None], root, funnel))
            continue
        key, case = _cases(root)[name]
        if legible and not _number_fits(node.get("stages"), name, key, funnel):
            continue
        if by is not None:
            refer(NameKind.OPTION, key, by.options, report)
        removed = frozenset(stage_names(root.get("stages"))) - frozenset(stage_names(node.get("stages")))
        with report.case(name, key.place, removed):
            before = report.count
            if sound:
                report.take(check_node(touched(node, case), "funnels", funnel.workspace.plugins.additions))
            variants[name] = _variant(name, node, case, root, funnel)
            _check_moves(case, every, variants, variants[name], funnel)
            clean = report.count == before
            _check_graph(node, case, variants[name], funnel)
            if sound and clean:
                funnel.workspace.built.append(_sound(variants[name], root, funnel, (name, key.place)))
    owner = root.get("owner")
    strategy = root.get("strategy")
    return Funnel(
        name=funnel.name,
        label=label(root.get("label"), funnel.name),
        variants=variants,
        fields=frozenset(funnel.fields),
        collections=frozenset(funnel.collections),
        variant_by=by.name if by is not None else None,
        owner=refer(NameKind.ROLE, owner, funnel.workspace.roles, report),
        strategy=strategy.text if strategy is not None else None,
    )


def _check_graph(node: Node, case: Node | None, variant: Variant, funnel: FunnelContext) -> None:
    gaps = gaps_of(node, case, variant.stages, funnel.report)
    if gaps is not None:
        funnel.report.take(check_structure(variant, funnel.fields, funnel.places, gaps))
        strategy = node.get("strategy")
        funnel.report.take(check_classes(strategy.text if strategy is not None else None, variant, funnel.places))


def _sound(variant: Variant, root: Node, funnel: FunnelContext, case: tuple[str, Place] | None = None) -> Built:
    return Built(
        funnel=funnel.name,
        variant=variant,
        places=dict(funnel.places),
        fields={**funnel.workspace.party_fields, **funnel.fields},
        sites=sites_of(root, funnel.workspace.declared),
        case=case,
    )


def _has_open(stages: Node | None) -> bool:
    """Tell whether a deal can stand somewhere before an outcome."""
    entries = stages.items() if stages is not None else ()
    return any(each.key.text not in OUTCOMES and each.value.get("outcome") is None for each in entries)


def _number_fits(stages: Node | None, case: str | None, at: Node, funnel: FunnelContext) -> bool:
    """Tell whether there is a stage to start in, and not too many stages; else it is reported, the former at `at`."""
    entries = list(stages.items()) if stages is not None else []
    if len(entries) > MAX_STAGES:
        funnel.report.error(
            "V5418",
            entries[MAX_STAGES].key.place,
            Text("The funnel {funnel} has more than {most} stages.", funnel=funnel.name, most=MAX_STAGES),
            Text("Divide it into several funnels: the action open_deal leads from one to the next."),
        )
        return False
    if _has_open(stages):
        return True
    if case is None:
        funnel.report.error(
            "V5415",
            at.place,
            Text("The funnel {funnel} has no open stage, so a deal cannot start.", funnel=funnel.name),
            Text("Write at least one stage before won and lost."),
        )
    else:
        funnel.report.error(
            "V5415",
            at.place,
            Text("In the case {case} no open stage is left, so a deal cannot start.", case=case),
            Text("Keep at least one stage before won and lost."),
        )
    return False


def _with_cases(root: Node, funnel: FunnelContext) -> dict[str | None, Node]:
    """Return the funnel and what each case makes of it; the case that is too much is reported, and those after it
    are left out."""
    nodes: dict[str | None, Node] = {None: root}
    number = len(stage_names(root.get("stages")))
    for name, case in _cases(root).items():
        node = lay_over(root, case.value, funnel.report)
        number += len(stage_names(node.get("stages")))
        if number > MAX_STAGES_OF_CASES:
            funnel.report.error(
                "V5418",
                case.key.place,
                Text("With this case the funnel and its cases have more than {most} stages.", most=MAX_STAGES_OF_CASES),
                Text("Remove cases, or divide the funnel into several."),
            )
            break
        nodes[name] = node
    return nodes


def _cases(root: Node) -> Mapping[str, Entry]:
    cases = root.at("variants", "cases")
    return cases.entries if cases is not None else {}


def _case_field(root: Node, funnel: FunnelContext) -> Field | None:
    """Return the field that selects the case."""
    choices = {name: each for name, each in funnel.fields.items() if each.type is FieldType.CHOICE}
    node = root.at("variants", "by")
    if node is not None and node.text in funnel.workspace.expressions.broken:
        return None
    name = refer(NameKind.CASE_FIELD, node, choices, funnel.report)
    return choices[name] if name is not None else None


def _timed_names(nodes: Mapping[str | None, Node]) -> frozenset[str]:
    """Return the names of the timed events of all cases: what `cancel` may name."""
    names: set[str] = set()
    for node in nodes.values():
        parts = [node.get("timed"), node.get("transitions")]
        stages = node.get("stages")
        for entry in stages.items() if stages is not None else ():
            parts.append(entry.value.get("timed"))
            if entry.value.get("sla") is not None:
                names.add(f"{entry.key.text}.sla")
        for part in parts:
            for entry in part.items() if part is not None else ():
                if part is not node.get("transitions") or entry.value.get("after") is not None:
                    names.add(entry.key.text)
    return frozenset(names)


def _variant(name: str | None, node: Node, case: Node | None, root: Node, funnel: FunnelContext) -> Variant:
    funnel.places = {}
    funnel.stages = stage_names(node.get("stages"))
    stages = build_stages(node.get("stages"), funnel)
    _check_first(next(iter(stages)), node, root, funnel)
    listed = node.get("flow")
    transitions, waiting = build_transitions(
        node.get("transitions"), listed is not None and listed.text == "listed", stages, funnel
    )
    timed = build_stage_events(node.get("stages"), funnel)
    timed |= _funnel_events(node.get("timed"), stages, timed, funnel)
    for event in waiting.values():
        if event.name in timed:
            place = funnel.places["transition", event.name]
            twice(event.name, place, funnel.places["timed", event.name], funnel.report)
        timed[event.name] = event
    moves = case.get("moves") if case is not None else None
    return Variant(
        case=name,
        stages=stages,
        transitions=transitions,
        timed=timed,
        moves={entry.key.text: entry.value.text for entry in moves.items()} if moves is not None else {},
    )


def _funnel_events(
    node: Node | None, stages: Mapping[str, Stage], written: Mapping[str, TimedEvent], funnel: FunnelContext
) -> dict[str, TimedEvent]:
    """Return the timed events that hold in several stages, by name."""
    events = {}
    for entry in node.items() if node is not None else ():
        event = build_timed(entry.key, entry.value, _stages_of(entry.value.get("in"), stages, funnel), funnel)
        if event is None:
            continue
        if event.name in written:
            twice(event.name, entry.key.place, funnel.places["timed", event.name], funnel.report)
            continue
        funnel.places["timed", event.name] = entry.key.place
        events[event.name] = event
    return events


def _stages_of(written: Node | None, stages: Mapping[str, Stage], funnel: FunnelContext) -> frozenset[str]:
    """Return the stages named at `written`; ``*`` means every open one."""
    if written is not None and written.text == "*":
        return frozenset(name for name, stage in stages.items() if stage.outcome is None)
    found = (refer(NameKind.STAGE, each, stages, funnel.report) for each in many(written))
    return frozenset(each for each in found if each)


def _check_first(first: str, node: Node, root: Node, funnel: FunnelContext) -> None:
    """Report an `enter` gate of the first stage, but for `do` and what a case inherits from a later stage."""
    gate = node.at("stages", first, "enter")
    if gate is None:
        return
    base = root.get("stages")
    inherited = root.at("stages", first, "enter") if base and next(iter(base.entries)) != first else None
    for key in ("require", "when", "checks", "checklist"):
        name = gate.key(key)
        if name is None or (inherited is not None and inherited.key(key) is name):
            continue
        funnel.report.error(
            "V5416",
            name.place,
            Text("{stage} is the first stage: nothing can be asked of a deal before it starts.", stage=first),
            Text("Ask for it under “leave”; of “enter”, only “do” works in the first stage."),
        )


def _check_moves(
    case: Node,
    every: frozenset[str],
    variants: Mapping[str | None, Variant],
    variant: Variant,
    funnel: FunnelContext,
) -> None:
    """Check where a deal goes that comes into a case without its stage."""
    moves = case.get("moves")
    for entry in moves.items() if moves is not None else ():
        if entry.key.text in variant.stages:
            funnel.report.error(
                "V5417",
                entry.key.place,
                Text("The stage {stage} is there, so no deal has to move from it.", stage=entry.key.text),
                Text("Remove this line."),
            )
        else:
            refer(NameKind.STAGE, entry.key, every, funnel.report)
        target = refer(NameKind.STAGE, entry.value, variant.stages, funnel.report)
        closed = any(
            entry.key.text in each.stages and each.stages[entry.key.text].outcome for each in variants.values()
        )
        if target is not None and variant.stages[target].outcome is not None and not closed:
            funnel.report.error(
                "V5420",
                entry.value.place,
                Text(
                    "“{stage}” closes a deal, and a deal that comes into this case would close unasked.", stage=target
                ),
                Text("Name an open stage of the case: from there a move closes the deal, past its conditions."),
            )
