"""Tables that nothing reads, scorecards and matrices that no deal has: dead text, or a slip somewhere else."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from voronka.config.build_decisions import Decisions
from voronka.config.names import Declared, NameKind
from voronka.definition.funnels import Funnel
from voronka.messages import Text

__all__ = ["warn_of_unused"]


def warn_of_unused(decisions: Decisions, declared: Declared, funnels: Mapping[str, Funnel]) -> None:
    """Report them. A scorecard or a matrix that nothing reads is still shown on the card of each deal that has it."""
    used = decisions.used()
    for name, declaration in declared.of(NameKind.TABLE).items():
        if name in decisions.tables and f"tables.{name}" not in used:
            decisions.report.warning(
                "V5913",
                declaration.name.place,
                Text("Nothing reads the table {name}.", name=name),
                Text(
                    "Use {example} in a condition or a formula, or delete the table.",
                    example=f"tables.{name}.{decisions.tables[name].outputs[0].name}",
                ),
            )
    for name, card in decisions.scorecards.items():
        lacking = _lacking(card.reads, funnels)
        if lacking is not None and f"scores.{name}" not in used:
            decisions.report.warning(
                "V5914",
                declared.of(NameKind.SCORECARD)[name].name.place,
                Text("No deal has the scorecard {name}: no funnel knows all that it reads.", name=name),
                _remedy(lacking),
            )
    for name, matrix in decisions.matrices.items():
        lacking = _lacking(matrix.reads, funnels)
        if lacking is not None:
            decisions.report.warning(
                "V5914",
                declared.of(NameKind.MATRIX)[name].name.place,
                Text("No deal has the matrix {name}: no funnel knows all that it reads.", name=name),
                _remedy(lacking),
            )


def _lacking(reads: Collection[str], funnels: Mapping[str, Funnel]) -> tuple[str, list[str]] | None:
    """Return the funnel that lacks the fewest of the names, with these; None if one has them all."""
    found = [(funnel.name, sorted(name for name in reads if not funnel.knows([name]))) for funnel in funnels.values()]
    best = min(found, key=lambda each: len(each[1]), default=None)
    return best if best is not None and best[1] else None


def _remedy(lacking: tuple[str, list[str]]) -> Text:
    funnel, names = lacking
    return Text(
        "The funnel {funnel} lacks {names}: name their sets under its “fields”, or delete what nobody sees.",
        funnel=funnel,
        names=", ".join(names),
    )
