"""Sentences for people, kept apart from the language they are told in.

A sentence is born as a `Text`: the English original with named places, and the values for them. It becomes words
only at the edge, by `Text.render(language)`, through the one gettext catalogue under ``voronka/locale``.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

__all__ = [
    "LANGUAGES",
    "Label",
    "Plural",
    "Sentence",
    "Text",
    "called",
    "listed",
    "original",
    "render",
    "translate",
    "words",
]

LANGUAGES = ("en", "ru")
_CATALOGUE = Path(__file__).parent / "locale"


@cache
def _translations(language: str) -> gettext.NullTranslations:
    return gettext.translation("voronka", _CATALOGUE, languages=[language], fallback=True)


def original(text: str) -> str:
    """Mark a literal for extraction where a plain string is wanted (a command's help); `translate` it when shown."""
    return text


def translate(text: str, language: str) -> str:
    """Return the catalogue's wording of a marked literal; no places are filled."""
    return _translations(language).gettext(text) if text else text


class Text:
    """One sentence: the English original (a literal, so that it can be extracted) and the values for its places.

    A value may itself be a `Text` or a `Label`: it is rendered in the same language.
    """

    __slots__ = ("args", "original")

    def __init__(self, original: str, /, **args: object) -> None:
        self.original = original
        self.args: Mapping[str, object] = args

    def render(self, language: str = "en") -> str:
        """Return the sentence in `language`; a language without a catalogue reads the English original."""
        return self._fill(_translations(language).gettext(self.original), language)

    def _fill(self, pattern: str, language: str) -> str:
        return pattern.format_map({name: render(value, language) for name, value in self.args.items()})

    def __str__(self) -> str:
        return self.render()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.render()!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and (self.original, self.args) == (other.original, other.args)

    def __hash__(self) -> int:
        return hash(self.original)


class Plural(Text):
    """A sentence whose form depends on a count, given as the argument `n`: ``("{n} deal", "{n} deals", n=5)``."""

    __slots__ = ("n", "plural")

    def __init__(self, original: str, plural: str, /, *, n: int, **args: object) -> None:
        super().__init__(original, n=n, **args)
        self.n = n
        self.plural = plural

    def render(self, language: str = "en") -> str:
        """Return the form of the sentence that the count asks for in `language`."""
        pattern = _translations(language).ngettext(self.original, self.plural, self.n)
        return self._fill(pattern, language)


class Label:
    """What a person sees for a configured id: texts by language, written by the consultant, not by us."""

    __slots__ = ("texts",)

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts: Mapping[str, str] = dict(texts)

    @classmethod
    def plain(cls, text: str) -> Label:
        """Return a label that reads the same in every language."""
        return cls({"": text})

    def render(self, language: str = "en") -> str:
        """Return the text in `language`, else the one without a language, else English, else the first written."""
        for choice in (language, "", "en"):
            if choice in self.texts:
                return self.texts[choice]
        return next(iter(self.texts.values()))

    def __str__(self) -> str:
        return self.render()

    def __repr__(self) -> str:
        return f"Label({dict(self.texts)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Label) and self.texts == other.texts

    def __hash__(self) -> int:
        return hash(tuple(self.texts.items()))


Sentence = Text | Label


def render(value: object, language: str) -> object:
    """Return `value` in words if it is a sentence, else as it is."""
    return value.render(language) if isinstance(value, (Text, Label)) else value


def words(sentence: Sentence) -> dict[str, str]:
    """Return a sentence in each language, to be kept; a label's texts as written (``""``: in no particular language).

    `Label` makes it a sentence again.
    """
    if isinstance(sentence, Label):
        return dict(sentence.texts)
    return {language: sentence.render(language) for language in LANGUAGES}


def called(name: str, label: Label) -> Sentence:
    """Return what people call a thing, with the name by which commands call it if that is another."""
    return label if set(label.texts.values()) == {name} else Text("{label} ({name})", label=label, name=name)


def listed(parts: Iterable[object]) -> Sentence:
    """Return an enumeration: one, two, three."""
    items = list(parts)
    sentence: object = items[0]
    for item in items[1:]:
        sentence = Text("{first}, {rest}", first=sentence, rest=item)
    return sentence if isinstance(sentence, (Text, Label)) else Label.plain(str(sentence))
