"""Who may do what, in words: against which the engine is held."""

from __future__ import annotations

from collections.abc import Mapping

OWNERS = ("sam", "sid", "sol", "lea", None)
ACTORS = ("sam", "sol", "lea", "lou", "tom", "dan", "ada", "cal")


class Oracle:
    """The rules in words: read from the tables below, not from the engine."""

    SEES: Mapping[str, str] = {
        **dict.fromkeys(("sam", "sol"), "own"),
        **dict.fromkeys(("lea", "lou", "tom"), "team"),
        **dict.fromkeys(("dan", "ada", "cal"), "all"),
    }
    CHANGES: Mapping[str, str] = {**SEES, "ada": "none", "cal": "own"}
    TEAM: Mapping[str, set[str]] = {
        "lea": {"lea", "sam", "sid"},  # her own team, which reports to her, too
        "lou": {"lou", "sol"},  # who reports to him
        "tom": {"tom", "sol"},  # the team that he leads
    }

    @classmethod
    def _reaches(cls, reach: str, actor: str, owner: str | None) -> bool:
        if reach in ("all", "none"):
            return reach == "all"
        return owner is None or owner == actor or (reach == "team" and owner in cls.TEAM[actor])

    @classmethod
    def sees(cls, actor: str, owner: str | None) -> bool:
        return cls._reaches(cls.SEES[actor], actor, owner)

    @classmethod
    def changes(cls, actor: str, owner: str | None) -> bool:
        return cls._reaches(cls.CHANGES[actor], actor, owner)

    @classmethod
    def shows_margin(cls, actor: str, owner: str | None) -> bool:
        return cls.sees(actor, owner) and (actor == owner or cls.SEES[actor] == "team")

    @classmethod
    def shows_turnover(cls, actor: str, owner: str | None) -> bool:
        return cls.sees(actor, owner) and cls.SEES[actor] == "team"

    @classmethod
    def shows_all(cls, actor: str, owner: str | None) -> bool:
        """Whether nothing of the deal, its account and its contact is hidden: the birthday is the owner's to see."""
        return cls.shows_margin(actor, owner) and cls.shows_turnover(actor, owner) and actor == owner
