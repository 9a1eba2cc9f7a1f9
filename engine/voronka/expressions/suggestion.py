"""What an unknown name was meant to be."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

from voronka.messages import Label, Text

__all__ = ["by_label", "in_latin", "in_latin_layout", "one_of", "suggest"]

_LAYOUT = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбю", "qwertyuiop[]asdfghjkl;'zxcvbnm,.")
_LOOKALIKES = str.maketrans("авекмнорстухіѕјԁ", "abekmhopctyxisjd")
_LONGEST = 80


def in_latin(written: str) -> str:
    """Return a word in small letters, those that only look Latin replaced by what they look like."""
    return unicodedata.normalize("NFKC", written).casefold().translate(_LOOKALIKES)


def in_latin_layout(written: str) -> str:
    """Return what the keys of a word in small letters give in the Latin layout: ``сфдд`` is ``call``."""
    return unicodedata.normalize("NFKC", written).casefold().translate(_LAYOUT)


def by_label(written: str, labelled: Iterable[tuple[Label, str]]) -> str | None:
    """Return the name of what is called so in any language, whatever the case of letters; None if nothing is."""
    folded = unicodedata.normalize("NFKC", written).strip().casefold()
    return next((name for label, name in labelled if folded in map(str.casefold, label.texts.values())), None)


def suggest(written: str, known: Iterable[str]) -> str | None:
    """Return the known name that was most likely meant, or None.

    Look-alike letters of another alphabet and the wrong keyboard layout come first (``ыефпу`` is ``stage``), then the
    smallest edit.
    """
    if len(written) > _LONGEST:
        return None
    candidates = list(dict.fromkeys(known))
    plain = unicodedata.normalize("NFKC", written).casefold().replace("-", "_")
    spellings = [plain]
    if not plain.isascii():
        spellings = [in_latin(plain), plain.translate(_LAYOUT), plain]
    by_fold = {name.casefold(): name for name in reversed(candidates)}
    for spelling in spellings:
        if spelling in by_fold and by_fold[spelling] != written:
            return by_fold[spelling]
    for spelling in spellings:
        if close := difflib.get_close_matches(spelling, by_fold, n=1, cutoff=0.66):
            return by_fold[close[0]]
    return None


def one_of(written: str, known: Iterable[str]) -> Text:
    """Return what to do about a name that is none of those `known`: the one that was meant, else all of them."""
    names = list(known)
    meant = suggest(written, names)
    if meant:
        return Text("Did you mean {meant}?", meant=meant)
    return Text("Known are: {names}.", names=", ".join(names)) if names else Text("None are declared.")
