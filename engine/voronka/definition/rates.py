"""How many messages or actions may leave within a time."""

from __future__ import annotations

from voronka.frozen import frozen

__all__ = ["ATTEMPTS", "Rate"]

ATTEMPTS = 8
"""After so many failures what was to leave is a dead letter, unless its channel says otherwise."""


@frozen
class Rate:
    """At most `count` in any stretch of `seconds`.

    `per_address`: to one address; else over all. `prefix`: of addresses that begin with it alone.
    """

    count: int
    seconds: int
    per_address: bool = False
    prefix: str = ""

    def __post_init__(self) -> None:
        if self.count < 1 or self.seconds < 1:
            raise ValueError(f"no rate: {self.count} in {self.seconds} s")
