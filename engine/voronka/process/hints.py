"""Hints: which scripts and articles help where a deal stands, the most helpful first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from voronka.definition.funnels import Outcome, Trigger, Variant
from voronka.definition.playbooks import Article, Script
from voronka.frozen import frozen
from voronka.messages import Label

__all__ = ["Hint", "Situation", "hint_in", "ranked", "required_from"]

_LONG = 6
"""From so many letters on a word is looked for without its last two: in Russian they change with the case."""


@frozen
class Situation:
    """Where a deal stands and who asks.

    `roles`: of whoever asks; none is anybody's. `missing`: fields of the deal that are empty; `required`: those that a
    move on from here asks for. `objection`: the one to be answered. `words`: what is searched for.
    """

    funnel: str
    stage: str
    roles: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    objection: str | None = None
    words: str = ""


@frozen
class Hint:
    """A script or an article that helps. `here` and `mine`: whether it is bound to this stage and to a role of whoever
    asks. `gaps`: the missing fields that its answers fill, those that are `required` first.
    """

    of: Script | Article
    here: bool
    mine: bool
    gaps: tuple[str, ...] = ()
    required: int = 0


def ranked(
    hints: Iterable[Script | Article], situation: Situation, objections: Mapping[str, Label] | None = None
) -> list[Hint]:
    """Return what helps: first what is bound to the stage, then to the role, then what fills the most missing fields,
    required ones before others; else in the order of writing.

    An answer to an objection comes when it is asked for, or searched for. What is searched for is found in other
    stages and for other roles, too, and comes after what is for here. `objections`: their labels, which are searched.
    """
    found = [hint_in(each, situation) for each in hints if _helps(each, situation, objections or {})]
    return sorted(found, key=_place)


def required_from(variant: Variant, stage: str) -> frozenset[str]:
    """Return the fields that moves on from a stage ask for; those that a loss asks for are not among them."""
    here = variant.stages.get(stage)
    if here is None:
        return frozenset()
    names = set(here.leave.require)
    for way in variant.transitions.values():
        target = variant.stages[way.target]
        if way.source == stage and way.trigger is Trigger.MANUAL and target.outcome is not Outcome.LOST:
            names |= {*way.gate.require, *target.enter.require}
    return frozenset(names)


def _helps(each: Script | Article, at: Situation, objections: Mapping[str, Label]) -> bool:
    binding = each.binding
    if binding.funnel not in (None, at.funnel):
        return False
    if at.objection is not None and at.objection not in binding.objections:
        return False
    if at.words and not _says(each, at.words, objections):
        return False
    if at.words or at.objection is not None:
        return True
    elsewhere = bool(binding.stages) and at.stage not in binding.stages
    others = bool(binding.roles and at.roles) and at.roles.isdisjoint(binding.roles)
    return not (binding.objections or elsewhere or others)


def hint_in(each: Script | Article, at: Situation) -> Hint:
    """Return what a script or an article is worth in a situation, whether it helps or not."""
    fills = dict.fromkeys(question.fills for question in each.questions.values()) if isinstance(each, Script) else {}
    gaps = [name for name in fills if name in at.missing]
    return Hint(
        of=each,
        here=at.stage in each.binding.stages,
        mine=not at.roles.isdisjoint(each.binding.roles),
        gaps=tuple(sorted(gaps, key=lambda name: name not in at.required)),
        required=sum(name in at.required for name in gaps),
    )


def _place(hint: Hint) -> tuple[int, int, int, int]:
    """Return by what a hint comes before another: the least first."""
    binding = hint.of.binding
    stage = 0 if hint.here else 2 if binding.stages else 1
    role = 0 if hint.mine else 2 if binding.roles else 1
    return stage, role, -hint.required, -len(hint.gaps)


def _says(each: Script | Article, words: str, objections: Mapping[str, Label]) -> bool:
    """Tell whether every word searched for, or another form of it, stands in any language of a hint.

    Signs alone are no words, and are found nowhere.
    """
    wanted = [_stem(word) for word in _words(words)]
    labels = [each.label, each.say if isinstance(each, Script) else each.text]
    labels += [objections[name] for name in each.binding.objections if name in objections]
    if isinstance(each, Script):
        labels += [question.ask for question in each.questions.values()]
    said = {word for label in labels for text in label.texts.values() for word in _words(text)}
    said.update(_words(each.name.replace("_", " ")))
    return bool(wanted) and all(any(word.startswith(stem) for word in said) for stem in wanted)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold().replace("ё", "е"))


def _stem(word: str) -> str:
    return word[:-2] if len(word) >= _LONG else word
