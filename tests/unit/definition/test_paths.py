"""Which moves the gate out of a stage binds."""

import pytest

from tests.unit.process.builders import stage, variant

PATH = variant(stage("needs"), stage("proposal"))
STRANGE = stage("former")


@pytest.mark.parametrize(
    ("source", "target", "binds"),
    [
        ("needs", "proposal", True),
        ("proposal", "needs", False),
        ("needs", "won", True),
        ("needs", "lost", False),
        ("needs", None, False),
        (None, "proposal", False),
        (None, "won", True),
    ],
)
def test_a_gate_out_of_a_stage_binds_what_leads_on_along_the_path(source, target, binds):
    stages = {None: STRANGE, **PATH.stages}
    assert PATH.binds_leave(stages[source], stages[target]) is binds
