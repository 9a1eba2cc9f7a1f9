"""A variant of a funnel, told as what it does otherwise than the base."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voronka.definition.funnels import Funnel, Stage, Variant
from voronka.definition.wording import Naming
from voronka.documents.gates import told_gate, told_timed
from voronka.documents.parts import Block, Bullet, Bullets, Code, Paragraph, Section
from voronka.documents.stages import SPREAD, moves_of, stage_section, timed_in, told_spread
from voronka.documents.ways import ways_to
from voronka.messages import Text

__all__ = ["variant_section"]


def variant_section(funnel: Funnel, variant: Variant, naming: Naming) -> Section:
    """Return what a variant has of its own, what it lacks, and where a deal stands that comes into it on its way."""
    say, base = naming.say, funnel.variant(None)
    case = variant.case or ""
    named = Bullet((say(Text("Name")), ": ", Code(case)))
    blocks: list[Block] = [Bullets((named, *_path(base, variant, naming)))]
    for number, stage in enumerate(variant.stages.values(), 1):
        if stage.name not in base.stages:
            blocks.append(stage_section(stage, number, variant, naming))
        else:
            items = tuple(_otherwise(base.stages[stage.name], stage, base, variant, naming))
            if items:
                blocks.append(Section(f"{number}. {say(stage.label)}", (Bullets(items),)))
    spread = tuple(_changed(say(Text("By the clock")), told_spread(base, naming), told_spread(variant, naming), naming))
    if spread:
        blocks.append(Section(say(SPREAD), (Bullets(spread),)))
    if len(blocks) == 1 and list(base.stages) == list(variant.stages):
        blocks.append(Paragraph((say(Text("Nothing else differs from the base.")),)))
    label = naming.option(funnel.variant_by or "", case)
    return Section(say(Text("Variant {case}", case=label)), tuple(blocks))


def _path(base: Variant, variant: Variant, naming: Naming) -> Iterator[Bullet]:
    say = naming.say
    path = " → ".join(say(stage.label) for stage in variant.stages.values() if stage.outcome is None)
    yield Bullet((say(Text("Stages: {path}", path=path)),))
    lacks = [stage.label for name, stage in base.stages.items() if name not in variant.stages]
    if lacks:
        yield Bullet((say(Text("Left out: {stages}", stages=naming.listed(map(naming.quoted, lacks)))),))
    for source, target in variant.moves.items():
        parts = {"source": naming.stage(source), "target": naming.stage(target)}
        yield Bullet((say(Text("A deal that comes from the stage {source} goes on at {target}", **parts)),))


def _otherwise(before: Stage, after: Stage, base: Variant, variant: Variant, naming: Naming) -> Iterator[Bullet]:
    say = naming.say
    ends = after.outcome is not None
    for title, old, new in (
        (
            Text("How a deal comes here"),
            ways_to(before, base, naming) if ends else (),
            ways_to(after, variant, naming) if ends else (),
        ),
        (Text("To enter it"), told_gate(before.enter, naming), told_gate(after.enter, naming)),
        (Text("To go on from it"), told_gate(before.leave, naming), told_gate(after.leave, naming)),
        (
            Text("By the clock"),
            (told_timed(event, naming) for event in timed_in(before, base)),
            (told_timed(event, naming) for event in timed_in(after, variant)),
        ),
        (Text("Special moves from here"), moves_of(before, base, naming), moves_of(after, variant, naming)),
    ):
        yield from _changed(say(title), old, new, naming)
    if before.sla != after.sla:
        told = "—" if after.sla is None else say(after.sla.sentence())
        yield Bullet((say(Text("Time allowed: {duration}", duration=told)),))
    if before.label != after.label:
        yield Bullet((say(Text("It is called {label} in the base", label=naming.quoted(before.label))),))


def _changed(title: str, old: Iterable[Bullet], new: Iterable[Bullet], naming: Naming) -> Iterator[Bullet]:
    before, after = tuple(old), tuple(new)
    added = tuple(bullet for bullet in after if bullet not in before)
    gone = tuple(bullet for bullet in before if bullet not in after)
    if added:
        yield Bullet((naming.say(Text("{what}, of its own:", what=title)),), added)
    if gone:
        yield Bullet((naming.say(Text("{what}, not here:", what=title)),), gone)
