"""The report on contacts: attempts and their outcomes, where they fail, and what it costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from voronka.definition.code_words import in_words
from voronka.frozen import frozen
from voronka.messages import LANGUAGES, Label, Text
from voronka.metrics.contacts.rows import (
    Attempts,
    Series,
    Touch,
    attempts,
    failing_deals,
    left_silently,
    series,
    touchpoints,
)
from voronka.metrics.slices import Slice
from voronka.metrics.statistics.counts import Counts, Interval
from voronka.metrics.statistics.homogeneity import Homogeneity, homogeneity
from voronka.metrics.statistics.rates import Difference, difference, wilson

__all__ = ["FAILED", "PATIENCE", "ContactsReport", "Patience", "Touchpoint", "contacts_report", "definitions"]

FAILED = frozenset({"no_answer", "busy", "dropped", "wrong_number", "bounced", "no_show", "failed", "unreachable"})
"""Outcomes that mean an attempt did not reach the client, unless a question names others."""
PATIENCE = 2
"""So many failures more than those that matter stand together with all longer series."""


def definitions(*, failed: Collection[str], least: int) -> Mapping[str, Text]:
    """Return how each number of the report is counted."""
    return {
        "attempts": Text("Interactions of our people in the period by how they ended; what the engine sends is none."),
        "failed": Text(
            "Attempts with one of these outcomes did not reach the client: {failed}. Attempts without an outcome are "
            "not counted in shares; coverage tells how many have one.",
            failed=_listed(failed),
        ),
        "touchpoint": Text(
            "By the stage in which the deal was at that time and the channel (without one, the kind): failed, divided "
            "by all with an outcome."
        ),
        "patience": Text(
            "Deals that closed in the period by their longest series of failed attempts in a row, and how many of them "
            "were won. Deals that take long have longer series."
        ),
        "silent": Text(
            "Lost deals with {least} or more failed attempts and never a word from the client: those who do not "
            "complain and leave.",
            least=least,
        ),
        "failing": Text("Open deals whose last {least} or more attempts failed: try another channel.", least=least),
    }


def _listed(codes: Collection[str]) -> Label:
    return Label(
        {language: ", ".join(in_words(each).render(language) for each in sorted(codes)) for language in LANGUAGES}
    )


@frozen
class Touchpoint:
    """A touchpoint with its share of failures; None of too few attempts."""

    of: Touch
    share: float | None
    interval: Interval | None


@frozen
class Patience:
    """Deals by their longest series of failed attempts, `most` and more together where `more`: won of closed."""

    length: int
    more: bool
    counts: Counts
    rate: float | None
    interval: Interval | None


@frozen
class ContactsReport:
    """All of it. `whole`: failed attempts of those with an outcome; `tried`: all attempts; `differ`: whether channels
    and stages differ at all; `worn`: how much more seldom deals with `least` failures in a row are won than others.
    """

    tried: int
    whole: Counts
    interval: Interval | None
    attempts: tuple[Attempts, ...]
    touchpoints: tuple[Touchpoint, ...]
    differ: Homogeneity | None
    patience: tuple[Patience, ...]
    worn: Difference | None
    silent: Counts
    silent_interval: Interval | None
    silent_deals: tuple[int, ...]
    failing: tuple[tuple[int, int], ...]


def contacts_report(
    part: Slice,
    *,
    failed: Collection[str] = FAILED,
    in_a_row: int = 3,
    least: int = 5,
    most: int = 100,
    level: float = 0.95,
) -> ContactsReport:
    """Return the report over a slice of the mart. `in_a_row`: so many failures make a series that matters; `most`: so
    many deals are listed.
    """
    tried = attempts(part)
    known = sum(each.n for each in tried if each.outcome is not None)
    bad = sum(each.n for each in tried if each.outcome in failed)
    touches = touchpoints(part, failed)
    lengths = series(part, failed)
    silent, silent_deals = left_silently(part, failed, in_a_row, most)
    return ContactsReport(
        tried=sum(each.n for each in tried),
        whole=Counts(bad, known),
        interval=wilson(bad, known, level),
        attempts=tuple(tried),
        touchpoints=tuple(_touchpoint(touch, least, level) for touch in touches),
        differ=homogeneity([touch.counts for touch in touches]),
        patience=tuple(_patience(lengths, in_a_row + PATIENCE, least, level)),
        worn=difference(
            *_sum(each.counts for each in lengths if each.length >= in_a_row),
            *_sum(each.counts for each in lengths if each.length < in_a_row),
            level,
        ),
        silent=silent,
        silent_interval=wilson(*silent, level),
        silent_deals=tuple(silent_deals),
        failing=tuple(failing_deals(part, failed, in_a_row, most)),
    )


def _touchpoint(touch: Touch, least: int, level: float) -> Touchpoint:
    failed, n = touch.counts
    shown = n >= max(1, least)
    return Touchpoint(
        of=touch, share=failed / n if shown else None, interval=wilson(failed, n, level) if shown else None
    )


def _patience(lengths: Sequence[Series], most: int, least: int, level: float) -> list[Patience]:
    found = []
    for length in range(most + 1):
        of = [each.counts for each in lengths if each.length == length or (length == most and each.length > most)]
        counts = _sum(of)
        if counts.trials:
            shown = counts.trials >= least
            found.append(
                Patience(
                    length=length,
                    more=length == most,
                    counts=counts,
                    rate=counts.successes / counts.trials if shown else None,
                    interval=wilson(*counts, level) if shown else None,
                )
            )
    return found


def _sum(counts: Iterable[Counts]) -> Counts:
    given = list(counts)
    return Counts(sum(each.successes for each in given), sum(each.trials for each in given))
