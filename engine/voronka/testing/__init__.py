"""For tests of workspaces, plugins and Voronka itself: a real engine in a temporary folder, in virtual time."""

from voronka.simulation.clock import VirtualClock, advance_to
from voronka.testing.workspace import TestWorkspace, write_files

__all__ = ["TestWorkspace", "VirtualClock", "advance_to", "write_files"]
