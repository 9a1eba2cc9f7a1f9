"""The report on profit: its parameters, what grows it most, what holds it back."""

from __future__ import annotations

from voronka.calendars import show_date
from voronka.messages import Label, Sentence, Text
from voronka.metrics.reports.asking import About, Answer
from voronka.metrics.reports.document import (
    Column,
    Document,
    Picture,
    PictureForm,
    Row,
    Series,
    Table,
    Unit,
)
from voronka.metrics.reports.figures import UNITS

__all__ = ["profit_document"]

_NAMED = 3
"""So many missing parameters are named in a cell."""
_SOURCES = {
    "formula": Text("computed"),
    "asked": Text("given in the question"),
    "kpi": Text("measured"),
    "value": Text("given"),
    "missing": Text("not collected"),
    "no_data": Text("the KPI has no data"),
}


def profit_document(answer: Answer, about: About) -> Document:
    """Return the document of what the question ``report.profit`` answers."""
    names = {each["name"]: Label(each["label"]) for each in answer["parameters"]}
    meaning = [Label(texts) for texts in answer["definitions"].values()]
    return Document(
        name="profit",
        title=Text("Profit"),
        of=Label(answer["label"]),
        definition=Text("The profit model of this workspace: each parameter is measured, given or computed of others."),
        badge=about.badge(answer, answer["n"]),
        basis=(*meaning, *_compared(answer)),
        said=tuple(_said(answer, names, about)),
        pictures=tuple(_pictures(answer, names)),
        tables=(
            _parameters(answer, about),
            *_outcomes(answer, names, about),
            *_goal(answer, names, about),
            *_joint(answer, names),
            *_growth(answer, names),
            *_constraints(answer, names),
            *_swings(answer, names, about),
            *_changes(answer, names),
        ),
        **(about.around | {"period": (answer["first"], answer["last"])}),
    )


def _compared(answer: Answer) -> list[Sentence]:
    """Return which days the change of the result is told since."""
    if answer["decomposition"] is None:
        return []
    start, end = (
        Label({language: show_date(day, language) for language in ("en", "ru")})
        for day in answer["decomposition"]["compared"]
    )
    return [Text("The period before: {start} to {end}.", start=start, end=end)]


def _said(answer: Answer, names: dict[str, Label], about: About) -> list[Sentence]:
    said: list[Sentence] = [
        Text("{known} of {all} parameters are collected.", known=answer["known"], all=answer["n"]),
    ]
    if answer["constraints"]:
        said.append(_key([names[name] for name in answer["key"]]))
    if (goal := answer["goal"]) is not None:
        unit = _result_unit(answer)
        asked, reached = about.written(goal["asked"], unit), about.written(goal["result"], unit)
        if goal["result"] is None:
            said.append(Text("The goal of {goal} cannot be sought: the result is not known yet.", goal=asked))
        elif goal["share"] is None and goal["values"]:
            said.append(
                Text("The goal of {goal} cannot be reached: limits leave {result}.", goal=asked, result=reached)
            )
        elif goal["share"] is None:
            said.append(
                Text(
                    "The goal of {goal} cannot be reached, however much these parameters grow: the result stays at"
                    " {result}.",
                    goal=asked,
                    result=reached,
                )
            )
        elif not goal["share"]:
            said.append(
                Text("The goal of {goal} is reached already: the result is {result}.", goal=asked, result=reached)
            )
        else:
            share = about.written(goal["share"], Unit.SHARE)
            said.append(Text("The goal of {goal} is reached with a growth of {share}.", goal=asked, share=share))
    return said


def _key(foremost: list[Label]) -> Sentence:
    if not foremost:
        return Text("No parameter would raise the result: there is no key constraint.")
    if len(foremost) == 1:
        return Text("The key constraint is {parameter}.", parameter=foremost[0])
    return Text(
        "No parameter stands out as the key constraint: {parameters} bring the same.", parameters=_listed(foremost)
    )


def _result_unit(answer: Answer) -> Unit:
    return UNITS.get(answer["unit"], Unit.NUMBER)


def _pictures(answer: Answer, names: dict[str, Label]) -> list[Picture]:
    found = []
    if answer["constraints"]:
        found.append(
            Picture(
                name="constraints",
                title=Text("What the result would gain from each parameter"),
                form=PictureForm.BARS,
                unit=_result_unit(answer),
                categories=tuple(names[each["name"]] for each in answer["constraints"]),
                series=(Series(label=Text("Gain"), values=tuple(each["gain"] for each in answer["constraints"])),),
            )
        )
    if answer["decomposition"] is not None and answer["decomposition"]["contributions"]:
        parts = answer["decomposition"]["contributions"]
        found.append(
            Picture(
                name="decomposition",
                title=Text("What changed the result since the period before"),
                form=PictureForm.BARS,
                unit=_result_unit(answer),
                categories=tuple(names.get(name, Label.plain(name)) for name in parts),
                series=(Series(label=Text("Change"), values=tuple(parts.values())),),
            )
        )
    return found


def _parameters(answer: Answer, about: About) -> Table:
    return Table(
        name="parameters",
        title=Text("Parameters"),
        columns=(
            Column(name="parameter", label=Text("Parameter")),
            Column(name="value", label=Text("Value")),
            Column(name="source", label=Text("From where")),
            Column(name="n", label=Text("n"), unit=Unit.COUNT),
            Column(name="elasticity", label=Text("Elasticity"), unit=Unit.NUMBER),
        ),
        rows=tuple(
            Row(
                cells=(
                    Label(each["label"]),
                    about.written(each["value"], UNITS.get(each["unit"], Unit.NUMBER)),
                    _SOURCES[each["source"]] if each["hidden"] is None else Label(each["hidden"]),
                    each["n"],
                    each["elasticity"],
                )
            )
            for each in answer["parameters"]
        ),
    )


def _outcomes(answer: Answer, names: dict[str, Label], about: About) -> list[Table]:
    if not answer["outcomes"]:
        return []
    return [
        Table(
            name="outcomes",
            title=Text("What follows from the parameters"),
            columns=(
                Column(name="outcome", label=Text("Outcome")),
                Column(name="value", label=Text("Value")),
                Column(name="formula", label=Text("How it is computed")),
                Column(name="missing", label=Text("What is missing")),
            ),
            rows=tuple(
                Row(
                    cells=(
                        Label(each["label"]),
                        about.written(each["value"], UNITS.get(each["unit"], Unit.NUMBER)),
                        each["formula"],
                        _shortened([names[name] for name in each["missing"]]),
                    )
                )
                for each in answer["outcomes"]
            ),
            note=Label(answer["definitions"]["outcome"]),
        )
    ]


def _shortened(labels: list[Label]) -> Label | None:
    """Return the first of them, and how many more there are."""
    if len(labels) <= _NAMED:
        return _listed(labels) if labels else None
    return _listed([*labels[:_NAMED], Label.plain(f"+{len(labels) - _NAMED}")])


def _goal(answer: Answer, names: dict[str, Label], about: About) -> list[Table]:
    if answer["goal"] is None or not answer["goal"]["values"]:
        return []
    present = {each["name"]: each for each in answer["parameters"]}

    def told(name: str, value: float | None) -> Label:
        return about.written(value, UNITS.get(present[name]["unit"], Unit.NUMBER))

    reached = answer["goal"]["share"] is not None
    return [
        Table(
            name="goal",
            title=Text("What reaches the goal") if reached else Text("What limits leave"),
            columns=(
                Column(name="parameter", label=Text("Parameter")),
                Column(name="value", label=Text("Value")),
                Column(name="needed", label=Text("Needed") if reached else Text("At the limit")),
            ),
            rows=tuple(
                Row(cells=(names[name], told(name, present[name]["value"]), told(name, value)))
                for name, value in answer["goal"]["values"].items()
            ),
            note=Label(answer["definitions"]["goal"]) if reached else None,
        )
    ]


def _joint(answer: Answer, names: dict[str, Label]) -> list[Table]:
    known = [each for each in answer["joint"] if each["factor"] is not None and each["names"]]
    if not known:
        return []
    return [
        Table(
            name="joint",
            title=Text("If several parameters grow at once"),
            columns=(
                Column(name="share", label=Text("Growth of each"), unit=Unit.SHARE),
                Column(name="factor", label=Text("Times the result"), unit=Unit.NUMBER),
                Column(name="parameters", label=Text("Parameters")),
            ),
            rows=tuple(
                Row(cells=(each["share"], each["factor"], _listed([names[name] for name in each["names"]])))
                for each in known
            ),
            note=Label(answer["definitions"]["joint"]),
        )
    ]


def _listed(labels: list[Label]) -> Label:
    return Label({language: ", ".join(each.render(language) for each in labels) for language in ("en", "ru")})


def _growth(answer: Answer, names: dict[str, Label]) -> list[Table]:
    return [
        Table(
            name=f"growth_{place}",
            title=Text("If one parameter changes by {share}", share=f"{float(each['share']) * 100:g} %"),
            columns=_of_levers(_result_unit(answer)),
            rows=tuple(
                Row(
                    cells=(names[lever["name"]], lever["gain"]),
                    why=Text("it cannot grow that much") if lever["capped"] else None,
                )
                for lever in each["levers"]
            ),
        )
        for place, each in enumerate(answer["growth"], 1)
        if each["levers"]
    ]


def _of_levers(unit: Unit) -> tuple[Column, ...]:
    return (
        Column(name="parameter", label=Text("Parameter")),
        Column(name="gain", label=Text("Gain"), unit=unit),
    )


def _constraints(answer: Answer, names: dict[str, Label]) -> list[Table]:
    if not answer["constraints"]:
        return []
    return [
        Table(
            name="constraints",
            title=Text("Constraints, the dearest first"),
            columns=_of_levers(_result_unit(answer)),
            rows=tuple(Row(cells=(names[each["name"]], each["gain"])) for each in answer["constraints"]),
        )
    ]


def _swings(answer: Answer, names: dict[str, Label], about: About) -> list[Table]:
    if not answer["swings"]:
        return []
    units = {each["name"]: UNITS.get(each["unit"], Unit.NUMBER) for each in answer["parameters"]}
    unit = _result_unit(answer)
    return [
        Table(
            name="sensitivity",
            title=Text("How sure the result is, the least sure parameter first"),
            columns=(
                Column(name="parameter", label=Text("Parameter")),
                Column(name="low", label=Text("At least")),
                Column(name="high", label=Text("At most")),
                Column(name="result_low", label=Text("Result at the least"), unit=unit),
                Column(name="result_high", label=Text("Result at the most"), unit=unit),
            ),
            rows=tuple(
                Row(
                    cells=(
                        names[each["name"]],
                        *(about.written(bound, units[each["name"]]) for bound in each["bounds"]),
                        *each["results"],
                    )
                )
                for each in answer["swings"]
            ),
            note=Label(answer["definitions"]["sensitivity"]),
        )
    ]


def _changes(answer: Answer, names: dict[str, Label]) -> list[Table]:
    found = answer["decomposition"]
    if found is None or not found["contributions"]:
        return []
    change = found["change"]
    parts = sorted(found["contributions"].items(), key=lambda part: -abs(part[1]))
    rows = [
        Row(cells=(names.get(name, Label.plain(name)), part, part / change if change else None)) for name, part in parts
    ]
    return [
        Table(
            name="decomposition",
            title=Text("What changed the result since the period before"),
            columns=(
                Column(name="parameter", label=Text("Parameter")),
                Column(name="change", label=Text("Change"), unit=_result_unit(answer)),
                Column(name="share", label=Text("Share of the change"), unit=Unit.SHARE),
            ),
            rows=(*rows, Row(cells=(Text("Total"), change, 1.0 if change else None))),
            note=_method(found, names),
            total=True,
        )
    ]


def _method(found: Answer, names: dict[str, Label]) -> Sentence:
    """Return by which rule a change is divided, and of which parameters nothing is known."""
    rule = Text("By the logarithmic mean Divisia index.") if found["by"] == "lmdi" else Text("By Shapley values.")
    if found["drawn"]:
        rule = Text("By Shapley values, estimated from 300 orders of change.")
    if not found["unknown"]:
        return rule
    unknown = _listed([names[name] for name in found["unknown"]])
    return Text("{rule} Known in one period alone, so taken as unchanged: {names}.", rule=rule, names=unknown)
