"""Running a workspace: backups, effects held back, what a person's erasure takes, probes and findings for operators."""

from collections.abc import Mapping

from voronka.runtime.local import Work
from voronka.runtime.operations.backups import back_up
from voronka.runtime.operations.effects import hold_effects, release_effects
from voronka.runtime.operations.erasing import erase_person
from voronka.runtime.operations.examination import examine

__all__ = ["OPERATIONS"]

OPERATIONS: Mapping[str, Work] = {
    "backup": back_up,
    "doctor": examine,
    "effects.hold": hold_effects,
    "effects.release": release_effects,
    "person.erase": erase_person,
}
"""The works by which a workspace is run."""
