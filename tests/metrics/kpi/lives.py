"""Random lives of deals: as rows of the mart, and as lists that are counted straightforwardly."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.metrics.kpi.workspaces import at

MINUTE, DAY = 60_000_000, 86_400_000_000
FIRST = at("2026-03-01 00:00")
STAGES = ("talk", "offer")


@dataclass
class Life:
    """A deal: who has it, its amount, and its stays as (stage, entered, left or None)."""

    number: int
    owner: str | None
    amount: int | None
    stays: list[tuple[str, int, int | None]]

    @property
    def created(self):
        return self.stays[0][1]

    @property
    def outcome(self):
        return self.stays[-1][0] if self.stays[-1][0] in ("won", "lost") else None

    @property
    def closed(self):
        return self.stays[-1][1] if self.outcome else None

    def first(self, stage, since=None):
        """When the deal first entered a stage, at a moment or later."""
        return min((e for s, e, _ in self.stays if s == stage and (since is None or e >= since)), default=None)


@st.composite
def lives(draw, most=8):
    """Draw some deals of the spring, some of which came back to earlier stages, were closed, or still go on."""
    found = []
    for number in range(1, draw(st.integers(0, most)) + 1):
        moment = FIRST + draw(st.integers(0, 100 * 24 * 4)) * 15 * MINUTE
        order = [
            *draw(st.lists(st.sampled_from(STAGES), min_size=1, max_size=4)),
            draw(st.sampled_from(("won", "lost", None))),
        ]
        order = [stage for stage in order if stage is not None]
        stays = []
        for place, stage in enumerate(order):
            last = place + 1 == len(order)
            left = None if last else moment + draw(st.integers(0, 40 * 24 * 60)) * MINUTE
            stays.append((stage, moment, left))
            moment = left if left is not None else moment
        found.append(
            Life(
                number=number,
                owner=draw(st.sampled_from(("anna", "boris", None))),
                amount=draw(st.none() | st.integers(0, 5).map(lambda n: n * 100)),
                stays=stays,
            )
        )
    return found


def rows_of(found):
    """Return the rows of the mart for some lives."""
    deals, visits = [], []
    for life in found:
        deals.append(
            {
                "deal": life.number, "id": f"d{life.number}", "funnel": "sales", "stage": life.stays[-1][0],
                "outcome": life.outcome, "owner": life.owner, "account": f"c{life.number % 2}", "f_amount": life.amount,
                "created_at": life.created, "entered_at": life.stays[-1][1], "closed_at": life.closed,
            }
        )  # fmt: skip
        for place, (stage, entered, left) in enumerate(life.stays):
            visits.append(
                {
                    "deal": life.number, "visit": place + 1, "funnel": "sales", "stage": stage, "entered_at": entered,
                    "left_at": left, "automatic": False, "again": stage in [each[0] for each in life.stays[:place]],
                    "next_stage": life.stays[place + 1][0] if place + 1 < len(life.stays) else None,
                }
            )  # fmt: skip
    return {"dim_deal": deals, "fact_visit": visits}
