"""What every command knows: the workspace, the acting user, the language of the answers."""

from __future__ import annotations

import os
import re
from pathlib import Path

from voronka.errors import UsageFault
from voronka.frozen import frozen
from voronka.messages import LANGUAGES, Text

__all__ = ["Context", "language_of", "nearest_workspace", "system_language"]


@frozen
class Context:
    """The options given before the command's name. `actor` None: nobody in particular acts."""

    workspace: str | None
    actor: str | None
    language: str

    @property
    def root(self) -> Path:
        """Return the workspace's folder: the one named, else the nearest with a ``voronka.yaml`` from here upwards."""
        if self.workspace is not None:
            named = Path(self.workspace)
            if not (named / "voronka.yaml").is_file():
                raise UsageFault(
                    Text("{folder} is not a workspace: it has no voronka.yaml", folder=str(named)),
                    Text("Name a folder with voronka.yaml, or make one: voronka init {folder}", folder=str(named)),
                )
            return named.resolve()
        here = Path.cwd()
        if (found := nearest_workspace(here)) is not None:
            return found
        raise UsageFault(
            Text("There is no workspace here: no voronka.yaml in {folder} or above", folder=str(here)),
            Text("Go into a workspace, name one with -C DIR, or make one: voronka init DIR"),
        )


def nearest_workspace(place: Path) -> Path | None:
    """Return the nearest folder with a ``voronka.yaml`` from an absolute path upwards; None if there is none."""
    return next((folder for folder in (place, *place.parents) if (folder / "voronka.yaml").is_file()), None)


def language_of(given: str | None) -> str:
    """Return the language of the answers: the one given, else VORONKA_LANG, else that of the system, else English.

    Raises `UsageFault` for a language that was asked for and in which there are no answers.
    """
    asked = given or os.environ.get("VORONKA_LANG")
    if not asked:
        return system_language()
    if (language := _language(asked)) in LANGUAGES:
        return language
    raise UsageFault(
        Text("There are no answers in the language {name}.", name=asked),
        Text("Known are: {names}.", names=", ".join(LANGUAGES)),
        place="--lang" if given else "VORONKA_LANG",
    )


def system_language() -> str:
    """Return the first language of VORONKA_LANG and the system in which there are answers; else English."""
    for source in map(os.environ.get, ("VORONKA_LANG", "LC_ALL", "LANG")):
        if source and (language := _language(source)) in LANGUAGES:
            return language
    return "en"


def _language(locale: str) -> str:
    """Return the language of a locale as systems write it: ``ru_RU.UTF-8``, ``ru-RU``."""
    return re.split("[-_.@]", locale)[0].lower()
