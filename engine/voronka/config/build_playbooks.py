"""Playbooks: their scripts, whose answers fill fields, and their articles."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from voronka.config.build_terms import owner_at
from voronka.config.context import Context
from voronka.config.names import Declaration, NameKind, refer, twice
from voronka.config.node import Entry, Node
from voronka.config.report import Report
from voronka.config.scalars import day, label, many
from voronka.definition.fields import Field
from voronka.definition.playbooks import Article, Binding, Playbooks, Question, Script
from voronka.expressions import suggest
from voronka.messages import Text

__all__ = ["build_playbooks"]


def build_playbooks(stages: Mapping[str, frozenset[str]], context: Context) -> Playbooks:
    """Return the declared playbooks; a script or an article that is wrong is left out and reported.

    `stages`: of each funnel, those of all its variants.
    """
    declared = context.declared
    scripts = {
        name: found
        for name, each in declared.of(NameKind.SCRIPT).items()
        if (found := _script(name, each, stages, context)) is not None
    }
    articles = {
        name: article
        for name, each in declared.of(NameKind.ARTICLE).items()
        if (article := _article(name, each, stages, context)) is not None
    }
    _check_names(declared.of(NameKind.SCRIPT), declared.of(NameKind.ARTICLE), context.report)
    objections = {name: label(each.value, name) for name, each in declared.of(NameKind.OBJECTION).items()}
    return Playbooks(objections=objections, scripts=scripts, articles=articles)


def _check_names(scripts: Mapping[str, Declaration], articles: Mapping[str, Declaration], report: Report) -> None:
    """Report articles that are called like a script: a hint is opened by its name."""
    for name, article in articles.items():
        if name in scripts:
            twice(name, article.name.place, scripts[name].name.place, report)


def _script(
    name: str, declaration: Declaration, stages: Mapping[str, frozenset[str]], context: Context
) -> Script | None:
    node, report = declaration.value, context.report
    binding = _binding(node, stages, context)
    fields = context.deal_fields if binding.funnel is None else context.funnel_fields[binding.funnel]
    asked = node.get("questions")
    questions = {
        entry.key.text: question
        for entry in (asked.items() if asked is not None else ())
        if (question := _question(entry, fields, context)) is not None
    }
    _check_fills(asked, questions, report)
    sources = context.declared.of(NameKind.SOURCE)
    source = refer(NameKind.SOURCE, node.get("source"), sources, report)
    said = node.get("say")
    if said is None:
        return None
    return Script(
        name=name,
        label=label(node.get("label"), name),
        binding=binding,
        say=label(said, ""),
        questions=questions,
        source=source or "",
    )


def _check_fills(asked: Node | None, questions: Mapping[str, Question], report: Report) -> None:
    """Report questions that fill the field of one before them."""
    first: dict[str, str] = {}
    for entry in asked.items() if asked is not None else ():
        question = questions.get(entry.key.text)
        if question is not None and first.setdefault(question.fills, question.name) != question.name:
            report.warning(
                "V3433",
                (entry.value.get("field") or entry.key).place,
                Text(
                    "The questions {first} and {second} both fill {field}, which keeps one answer.",
                    first=first[question.fills],
                    second=question.name,
                    field=question.fills,
                ),
                Text("Name another field in one of them, or ask one question."),
            )


def _question(entry: Entry, fields: Mapping[str, Field], context: Context) -> Question | None:
    node, report = entry.value, context.report
    written = node.get("field")
    name = refer(NameKind.FIELD, written, fields, report)
    if name is None or written is None:
        return None
    field = fields[name]
    if field.formula is not None:
        report.error(
            "V3430",
            written.place,
            Text("{field} is computed: no answer can fill it.", field=name),
            Text("Ask for the fields that it is computed from, or leave the question out."),
        )
    answers = node.get("answers")
    for option in answers.items() if answers is not None else ():
        if option.key.text not in field.options:
            report.error(
                "V3431",
                option.key.place,
                Text("{field} has no option “{option}”.", field=name, option=option.key.text),
                Text("Write an option of the field; of a field without options leave “answers” out."),
                suggestion=suggest(option.key.text, field.options),
            )
    return Question(
        name=entry.key.text,
        ask=label(node.get("ask"), entry.key.text),
        fills=name,
        answers={
            each.key.text: label(each.value, each.key.text) for each in (answers.items() if answers is not None else ())
        },
    )


def _article(
    name: str, declaration: Declaration, stages: Mapping[str, frozenset[str]], context: Context
) -> Article | None:
    node = declaration.value
    binding = _binding(node, stages, context)
    owner = owner_at(node, declaration.name, context)
    written, text = node.get("review_on"), node.get("text")
    review_on = None if written is None or context.report.broken(written.place) else day(written, context.report)
    if owner is None or review_on is None or text is None:
        return None
    return Article(
        name=name,
        label=label(node.get("label"), name),
        binding=binding,
        text=label(text, ""),
        owner=owner,
        review_on=review_on,
    )


def _binding(node: Node, stages: Mapping[str, frozenset[str]], context: Context) -> Binding:
    report, declared = context.report, context.declared
    funnel = refer(NameKind.FUNNEL, node.get("funnel"), declared.of(NameKind.FUNNEL), report)
    known = frozenset().union(*stages.values()) if funnel is None else stages[funnel]
    return Binding(
        funnel=funnel,
        stages=_names(NameKind.STAGE, node.get("stages"), known, context),
        roles=_names(NameKind.ROLE, node.get("roles"), context.roles.keys(), context),
        objections=_names(NameKind.OBJECTION, node.get("objections"), declared.of(NameKind.OBJECTION).keys(), context),
    )


def _names(kind: NameKind, node: Node | None, known: Collection[str], context: Context) -> tuple[str, ...]:
    found = (refer(kind, each, known, context.report) for each in many(node))
    return tuple(each for each in found if each is not None)
