"""The report on contacts as JSON."""

from __future__ import annotations

from voronka.definition.workspace import Workspace
from voronka.metrics.contacts.report import FAILED, PATIENCE, contacts_report, definitions
from voronka.metrics.contacts.rows import attempt_deals, failed_deals, patient_deals
from voronka.metrics.path import merged_path
from voronka.metrics.plain import plain
from voronka.metrics.reports.asking import DRILLED
from voronka.metrics.slices import Slice
from voronka.runtime.queries import Asked
from voronka.runtime.words import Json, words

__all__ = ["answer_contacts"]

_LEAST = 5
_IN_A_ROW = 3


def answer_contacts(asked: Asked, part: Slice) -> Json:
    """Answer with the report on contacts: parameters funnel (all without it), from, to (days), failed (outcomes that
    mean a failure), in_a_row (failures that matter, 3), least (attempts for a share).
    """
    given = asked.params.get("failed")
    failed = frozenset(map(str, given)) if isinstance(given, list) and given else FAILED
    in_a_row, least = asked.number("in_a_row") or _IN_A_ROW, asked.number("least") or _LEAST
    report = contacts_report(part, failed=failed, in_a_row=in_a_row, least=least, most=DRILLED)
    labels = _stages(asked.workspace)
    place = {name: number for number, name in enumerate(labels)}
    told = plain(report)
    tried, bad = attempt_deals(part, DRILLED), failed_deals(part, failed, DRILLED)
    longest = in_a_row + PATIENCE
    patient = patient_deals(part, failed, longest, DRILLED)
    return {
        **told,
        "funnel": None
        if part.funnel is None
        else {"name": part.funnel, "label": words(asked.workspace.funnels[part.funnel].label)},
        "from": part.start,
        "to": part.end,
        "n": report.tried,
        "coverage": report.whole.trials / report.tried if report.tried else None,
        "share": report.whole.successes / report.whole.trials if report.whole.trials else None,
        "failed": sorted(failed),
        "in_a_row": in_a_row,
        "touchpoints": sorted(
            (
                {
                    **each,
                    "label": labels.get(each["of"]["stage"]),
                    "deals": bad.get((each["of"]["stage"], each["of"]["channel"]), []),
                }
                for each in told["touchpoints"]
            ),
            key=lambda each: place.get(each["of"]["stage"], len(place)),
        ),
        "attempts": [
            {**each, "deals": tried.get(tuple(each[name] for name in ("kind", "channel", "reason", "outcome")), [])}
            for each in told["attempts"]
        ],
        "patience": [{**each, "deals": patient.get((each["length"],), [])} for each in told["patience"]],
        "failing": [{"deal": deal, "in_a_row": length} for deal, length in report.failing],
        "definitions": plain(definitions(failed=failed, least=in_a_row)),
    }


def _stages(workspace: Workspace) -> dict[str, Json]:
    """Return what stages are called, in the order of the funnels; of a name that stands in several the first tells."""
    found: dict[str, Json] = {}
    for funnel in workspace.funnels.values():
        for stage in merged_path(funnel).values():
            found.setdefault(stage.name, words(stage.label))
    return found
