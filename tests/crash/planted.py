"""Seven bugs that a runtime of this kind is known to have, to be planted into a service that is then killed.

Each takes the place of something in the process that it is planted into; none is part of the program. Where a bug has a
window, the window is held open for a moment, so that few kills are enough to fall into it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

__all__ = ["BUGS"]

BUGS: Mapping[str, Callable[[], None]] = {}
