"""A stage of a funnel as a section of the passport: why it stands there, what it asks, what happens in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from voronka.definition.fields import Subject
from voronka.definition.funnels import Outcome, Stage, Transition, Variant
from voronka.definition.timed import TimedEvent, TimedSource
from voronka.definition.vocabulary import BUILT_IN_FIELDS
from voronka.definition.wording import Naming
from voronka.documents.gates import told_gate, told_move, told_timed
from voronka.documents.parts import Bullet, Bullets, Code, Facts, Grid, Line, Section
from voronka.documents.ways import ways_to
from voronka.messages import Text

__all__ = [
    "SPREAD",
    "journey_of",
    "moves_from",
    "moves_of",
    "overview",
    "spread_in",
    "spread_section",
    "stage_facts",
    "stage_section",
    "timed_in",
    "told_across",
    "told_spread",
    "told_way",
]

_WHY: Mapping[str, Text] = MappingProxyType(
    {
        "journey": Text("The buyer takes this step"),
        "sales_model": Text("Our model of selling needs it"),
        "decision_model": Text("The client decides here"),
        "analytics": Text("It is there to be measured"),
    }
)


def journey_of(stage: Stage, naming: Naming) -> str:
    """Return the step of the buyer's journey at which a stage stands; empty for none."""
    steps = BUILT_IN_FIELDS[Subject.DEALS]["buyer_step"].options
    return naming.say(steps[stage.journey]) if stage.journey else ""


def _why(stage: Stage, naming: Naming) -> str:
    if stage.outcome is not None:
        return naming.say(Text("The deal is won") if stage.outcome is Outcome.WON else Text("The deal is lost"))
    why = stage.why or ("journey" if stage.journey else None)
    return "" if why is None else naming.say(_WHY[why]) if why in _WHY else why


def overview(variant: Variant, naming: Naming) -> Grid:
    """Return the stages of a variant as a table."""
    say = naming.say
    columns = (
        Text("Stage"),
        Text("Buyer's step"),
        Text("Why it stands here"),
        Text("Probability of winning"),
        Text("Time allowed"),
    )
    rows = tuple(
        (
            (f"{number}. {say(stage.label)}",),
            (journey_of(stage, naming),),
            (_why(stage, naming),),
            (_share(stage.probability, naming),),
            ("" if stage.sla is None else say(stage.sla.sentence()),),
        )
        for number, stage in enumerate(variant.stages.values(), 1)
    )
    return Grid(tuple(map(say, columns)), rows)


def _share(share: float | None, naming: Naming) -> str:
    if share is None:
        return ""
    told = f"{share * 100:g}"
    return f"{told.replace('.', ',')}\u00a0%" if naming.language == "ru" else f"{told}%"


def stage_section(stage: Stage, number: int, variant: Variant, naming: Naming) -> Section:
    """Return all that is declared of a stage."""
    say = naming.say
    facts: list[tuple[str, Line]] = [(say(Text("Name")), (Code(stage.name),))]
    facts += ((say(name), told) for name, told in stage_facts(stage, naming))
    blocks: list[Facts | Section] = [Facts(tuple(facts))]
    leave = Text("To leave it, whatever the next stage") if stage.leave.always else Text("To go on from it")
    ways = () if stage.outcome is None else tuple(ways_to(stage, variant, naming))
    for title, bullets in (
        (Text("How a deal comes here"), ways),
        (Text("To enter it"), tuple(told_gate(stage.enter, naming))),
        (leave, tuple(told_gate(stage.leave, naming))),
        (Text("By the clock"), tuple(told_timed(event, naming) for event in timed_in(stage, variant))),
        (Text("Special moves from here"), tuple(moves_of(stage, variant, naming))),
    ):
        if bullets:
            blocks.append(Section(say(title), (Bullets(bullets),)))
    return Section(f"{number}. {say(stage.label)}", tuple(blocks))


def stage_facts(stage: Stage, naming: Naming) -> Iterator[tuple[Text, Line]]:
    """Yield what a stage is there for and how long a deal may stand in it, each with what it is."""
    say = naming.say
    if journey := journey_of(stage, naming):
        yield Text("Buyer's step"), (journey,)
    if why := _why(stage, naming):
        yield Text("Why it stands here"), (why,)
    if stage.probability is not None:
        yield Text("Probability of winning"), (_share(stage.probability, naming),)
    if stage.sla is not None:
        told = Text("{duration}, then the owner is told", duration=stage.sla.sentence())
        yield Text("Time allowed"), (say(told),)
    shown = [group.label for group in naming.workspace.groups.values() if group.start == stage.name]
    if shown:
        yield Text("New on the card"), (naming.listed(naming.quoted(label) for label in shown),)


def timed_in(stage: Stage, variant: Variant) -> Iterator[TimedEvent]:
    """Yield the timed events of one stage alone, but for its time allowed and the moves by the clock."""
    for event in variant.timed.values():
        if event.source is TimedSource.TIMED and event.stages == {stage.name}:
            yield event


SPREAD = Text("By the clock, in several stages")


def spread_in(variant: Variant) -> Iterator[TimedEvent]:
    """Yield the timed events of more than one stage."""
    for event in variant.timed.values():
        if event.source is TimedSource.TIMED and len(event.stages) > 1:
            yield event


def told_across(event: TimedEvent, variant: Variant, naming: Naming) -> Bullet:
    """Return a timed event of more than one stage, with the stages."""
    told = told_timed(event, naming)
    stages = [stage.label for name, stage in variant.stages.items() if name in event.stages]
    where = Text("In the stages: {stages}", stages=naming.listed(map(naming.quoted, stages)))
    return Bullet(told.line, (Bullet((naming.say(where),)), *told.below))


def told_spread(variant: Variant, naming: Naming) -> Iterator[Bullet]:
    """Yield the timed events of more than one stage, with the stages."""
    return (told_across(event, variant, naming) for event in spread_in(variant))


def spread_section(variant: Variant, naming: Naming) -> Section | None:
    """Return what happens by the clock in more than one stage; None where nothing does."""
    told = tuple(told_spread(variant, naming))
    return Section(naming.say(SPREAD), (Bullets(told),)) if told else None


def moves_from(stage: Stage, variant: Variant) -> Iterator[Transition]:
    """Yield the declared transitions from a stage."""
    for move in variant.transitions.values():
        if move.declared and move.source == stage.name:
            yield move


def moves_of(stage: Stage, variant: Variant, naming: Naming) -> Iterator[Bullet]:
    """Yield the declared transitions from a stage, told."""
    return (told_way(move, variant, naming) for move in moves_from(stage, variant))


def told_way(move: Transition, variant: Variant, naming: Naming) -> Bullet:
    """Return a transition: where to, who starts it, what must hold."""
    target = naming.quoted(variant.stages[move.target].label)
    event = next((each for each in variant.timed.values() if each.transition == move.name), None)
    head: Line = (naming.say(Text("To {stage}", stage=target)), " (", Code(move.name), ")")
    return Bullet(head, tuple(told_move(move, event, naming)))
