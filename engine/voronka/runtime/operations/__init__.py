"""Running a workspace: backups, effects held back, what a person's erasure takes, probes and findings for operators."""

from collections.abc import Mapping

from voronka.runtime.local import Work
from voronka.runtime.operations.backups import back_up
from voronka.runtime.operations.effects import hold_effects, release_effects

__all__ = ["OPERATIONS"]

OPERATIONS: Mapping[str, Work] = {
    "backup": back_up,
    "effects.hold": hold_effects,
    "effects.release": release_effects,
}
"""The works by which a workspace is run."""
