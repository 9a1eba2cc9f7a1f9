"""Compile the Russian catalogue out of its fragments and hold it equal to what the code says.

The code is the list of sentences: each literal in ``Text("…")`` and ``Plural("…", "…")`` of engine/voronka.
Each part of the engine keeps its translations in ``locale/ru/<part>.po``; they are compiled into one ``.mo``,
the same bytes on every machine.
"""

from __future__ import annotations

import io
import string
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / "engine" / "voronka"
KEYWORDS = {"Text": (1,), "Plural": (1, 2), "original": (1,)}
PLURAL_FORMS = "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"

MessageId = str | tuple[str, str]


class _StableCatalog(Catalog):
    """A catalogue whose header holds no date and no version of a tool: its bytes tell only of its content."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", "ru"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", PLURAL_FORMS + "\n"),
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Something that keeps code and catalogue from agreeing."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def sentences(code: Path) -> dict[MessageId, str]:
    """Return every sentence of the code with the place (file:line) where it stands first."""
    found: dict[MessageId, str] = {}
    for file, line, message, _comments, _context in extract_from_dir(code, keywords=KEYWORDS):
        found.setdefault(message if isinstance(message, str) else (message[0], message[1]), f"{file}:{line}")
    return found


def fragments(folder: Path) -> dict[str, Catalog]:
    """Return the translated fragments by file name."""
    return {path.name: _read(path) for path in sorted(folder.glob("*.po"))}


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="ru", abort_invalid=True)


def faults(code: Mapping[MessageId, str], parts: Mapping[str, Catalog]) -> Iterator[Fault]:
    """Tell each missing, dead, contradictory or broken translation."""
    translated: dict[MessageId, tuple[str, object]] = {}
    for part, message in _messages(parts):
        place = f"{part}:{message.lineno}"
        identity = _identity(message)
        if message.fuzzy:
            yield Fault(place=place, reason=f"is marked fuzzy: {identity!r}")
        if identity not in code:
            yield Fault(place=place, reason=f"no sentence of the code reads {identity!r}")
        earlier, words = translated.setdefault(identity, (place, message.string))
        if words != message.string:
            yield Fault(place=place, reason=f"{identity!r} reads differently in {earlier}")
        yield from _broken(place, message)
    for identity, place in code.items():
        if identity not in translated:
            yield Fault(place=place, reason=f"has no Russian: {identity!r}")


def _messages(parts: Mapping[str, Catalog]) -> Iterator[tuple[str, Message]]:
    for part, catalog in parts.items():
        for message in catalog:
            if message.id:
                yield part, message


def _identity(message: Message) -> MessageId:
    return message.id if isinstance(message.id, str) else (message.id[0], message.id[1])


def _broken(place: str, message: Message) -> Iterator[Fault]:
    """Tell empty forms, and forms that do not name the same {places} as the English original."""
    originals = (message.id,) if isinstance(message.id, str) else message.id
    forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
    if not all(forms):
        yield Fault(place=place, reason=f"is not translated in full: {originals[0]!r}")
        return
    wanted = places(originals)
    for form in forms:
        if places([form]) != wanted:
            named = ", ".join(sorted(wanted)) or "none"
            yield Fault(place=place, reason=f"{form!r} does not name the places of the original ({named})")


def places(texts: Iterable[str]) -> frozenset[str]:
    """Return the names of the {places} in `texts`."""
    return frozenset(name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def compiled(parts: Mapping[str, Catalog]) -> bytes:
    """Return the one .mo file of all fragments."""
    whole = _StableCatalog(locale="ru", fuzzy=False)
    for _, message in _messages(parts):
        whole.add(message.id, message.string)
    buffer = io.BytesIO()
    write_mo(buffer, whole)
    return buffer.getvalue()


def main(arguments: list[str]) -> int:
    """Write the compiled catalogue (with --check: only compare) and print every fault."""
    folder = CODE / "locale" / "ru"
    target = folder / "LC_MESSAGES" / "voronka.mo"
    code, parts = sentences(CODE), fragments(folder)
    found = [str(fault) for fault in faults(code, parts)]
    content = compiled(parts)
    if "--check" in arguments:
        if not target.exists() or target.read_bytes() != content:
            found.append(f"{target.relative_to(ROOT)}: is not current; run: python dev.py messages")
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    for line in found:
        print(line)
    print(f"{len(code)} sentences, {len(found)} faults", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
