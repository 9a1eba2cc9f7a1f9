"""Write docs/language.md and docs/language.ru.md, the reference of the configuration language, out of its schemas.

The schemas are the one source: a key's meaning stands in `description` and `x-ru`, an example in `examples`. A key
marked ``x-later`` belongs to the language to come and is left out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "engine" / "voronka" / "config" / "schemas"
FIRST = ("workspace", "funnels", "packs", "fields", "people", "calendars", "templates", "imports")
SHARED = "common"
LONGEST = 60  # an example that is longer makes the table unreadable

Schema = dict[str, Any]

WORDS = {
    "en": {
        "title": "The configuration language",
        "intro": "Written from the JSON Schemas of the package by `python dev.py docs`. A key that is not listed "
        "here is refused. Bold keys must be given.",
        "key": "key",
        "value": "value",
        "meaning": "meaning",
        "forms": "Forms of values",
        "form": "form",
        "examples": "examples",
        "example": "example",
        "default": "default",
        "map": "map of",
        "list": "list of",
        "or": "or",
    },
    "ru": {
        "title": "Язык настройки",
        "intro": "Составлено из JSON-схем пакета командой `python dev.py docs`. Ключ, которого здесь нет, отвергается. "
        "Жирные ключи обязательны.",
        "key": "ключ",
        "value": "значение",
        "meaning": "смысл",
        "forms": "Виды значений",
        "form": "вид",
        "examples": "примеры",
        "example": "пример",
        "default": "по умолчанию",
        "map": "набор:",
        "list": "список:",
        "or": "или",
    },
}


@dataclass(frozen=True, slots=True)
class Place:
    """A schema with the file it stands in, against which its references are read."""

    file: str
    schema: Schema

    @property
    def title(self) -> str:
        """The heading of the section about it; empty for what needs no section of its own."""
        return str(self.schema.get("title", ""))

    @property
    def properties(self) -> dict[str, Schema]:
        """The keys that are written in this version of the language."""
        return self.schema.get("properties") or {}


class Reference:
    """The pages of one set of schemas."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self._schemas = schemas

    @classmethod
    def read(cls, folder: Path) -> Reference:
        """Read every schema of a folder."""
        return cls({path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))})

    def page(self, language: str) -> str:
        """Return the whole page in a language."""
        words = WORDS[language]
        parts = [f"# {words['title']}", words["intro"]]
        for name in sorted(self._schemas.keys() - {SHARED}, key=lambda name: (_rank(name), name)):
            if (root := Place(name, self._schemas[name])).title:  # one without is only parts of others
                parts += self._sections(root, language)
        parts += self._forms(language)
        return "\n\n".join(parts) + "\n"

    def _sections(self, root: Place, language: str) -> Iterator[str]:
        """Yield the section of a file and those of the objects within it, each once, in the order of reading."""
        waiting, told = [(root, 2)], set[tuple[str, str]]()
        while waiting:
            place, level = waiting.pop(0)
            if (place.file, place.title) in told:
                continue
            told.add((place.file, place.title))
            yield f"{'#' * level} {place.title}"
            yield _meaning(place.schema, language)
            rows = [
                self._row(place, key, self._resolve(Place(place.file, schema)), language)
                for key, schema in place.properties.items()
                if not self._later(Place(place.file, schema))
            ]
            if rows:
                words = WORDS[language]
                yield _table((words["key"], words["value"], words["meaning"], words["example"]), rows)
            yield from _example(place.schema)
            inner = [part for schema in place.properties.values() for part in self._objects(Place(place.file, schema))]
            waiting = [(part, 3) for part in inner if not self._later(part)] + waiting

    def _row(self, place: Place, key: str, value: Place, language: str) -> tuple[str, ...]:
        name = f"**`{key}`**" if key in place.schema.get("required", ()) else f"`{key}`"
        meaning = _meaning(value.schema, language)
        if "default" in value.schema:
            meaning += f" ({WORDS[language]['default']}: `{json.dumps(value.schema['default'], ensure_ascii=False)}`)"
        short = [text for each in value.schema.get("examples", ()) if len(text := _flow(each)) <= LONGEST]
        return name, self._kind(value, language), meaning, f"`{short[0]}`" if short else ""

    def _kind(self, value: Place, language: str) -> str:
        """Tell in a few words what may stand at a place."""
        words, schema = WORDS[language], value.schema
        if "enum" in schema:
            return ", ".join(f"`{option}`" for option in schema["enum"])
        branches = [self._resolve(Place(value.file, part)) for part in _branches(schema)]
        if branches and not value.properties:
            kinds = dict.fromkeys(self._kind(part, language) for part in branches)
            return f" {words['or']} ".join(kind for kind in kinds if kind)
        if value.title and value.properties:
            return _link(value.title)
        if value.properties:
            return "{" + ", ".join(f"`{key}`" for key in value.properties) + "}"
        for keyword, word in (("additionalProperties", "map"), ("items", "list")):
            if isinstance(schema.get(keyword), dict) and schema.get("x-form") is None:
                return f"{words[word]} {self._kind(self._resolve(Place(value.file, schema[keyword])), language)}"
        types = schema.get("type", "")
        return str(schema.get("x-form") or (types if isinstance(types, str) else f" {words['or']} ".join(types)))

    def _objects(self, place: Place) -> Iterator[Place]:
        """Yield the objects with keys of their own that may stand at a place."""
        value = self._resolve(place)
        if value.title and value.properties:
            yield value
            return
        inner = [value.schema.get("additionalProperties"), value.schema.get("items"), *_branches(value.schema)]
        for schema in inner:
            if isinstance(schema, dict):
                yield from self._objects(Place(value.file, schema))

    def _forms(self, language: str) -> Iterator[str]:
        words = WORDS[language]
        rows = [
            (f"`{name}`", ", ".join(f"`{_flow(example)}`" for example in schema["examples"]))
            for name, schema in self._schemas.get(SHARED, {}).get("$defs", {}).items()
            if "examples" in schema
        ]
        yield f"## {words['forms']}"
        yield _table((words["form"], words["examples"]), rows)

    def _resolve(self, place: Place) -> Place:
        """Follow references and continuations; what stands beside a reference wins over what it leads to."""
        if "unevaluatedProperties" in place.schema:
            own = {key: value for key, value in place.schema.items() if key not in {"allOf", "unevaluatedProperties"}}
            for continued in place.schema["allOf"]:
                base = self._resolve(Place(place.file, continued))
                own = {**base.schema, **own, "properties": {**own.get("properties", {}), **base.properties}}
            return Place(place.file, own)
        reference = place.schema.get("$ref", place.schema.get("x-partial"))
        if reference is None:
            return place
        file, _, path = reference.partition("#")
        name = file.removesuffix(".json") or place.file
        target: Schema = self._schemas[name]
        for part in path.strip("/").split("/"):
            target = target[part] if part else target
        beside = {key: value for key, value in place.schema.items() if key not in {"$ref", "x-partial"}}
        found = self._resolve(Place(name, target))
        return Place(found.file, {**found.schema, **beside})

    def _later(self, place: Place) -> bool:
        return bool(self._resolve(place).schema.get("x-later"))


def _rank(name: str) -> int:
    return FIRST.index(name) if name in FIRST else len(FIRST)


def _branches(schema: Schema) -> list[Schema]:
    return [part for keyword in ("oneOf", "anyOf") for part in schema.get(keyword, ()) if set(part) != {"required"}]


def _meaning(schema: Schema, language: str) -> str:
    return str(schema.get("x-ru" if language == "ru" else "description", ""))


def _link(title: str) -> str:
    return f"[{title}](#{title.lower().replace(' ', '-').replace('`', '')})"


def _flow(value: object) -> str:
    text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, sort_keys=False, width=1000)
    return text.removesuffix("\n").removesuffix("...").strip()


def _example(schema: Schema) -> Iterator[str]:
    for example in schema.get("examples", ())[:1]:
        lines = (
            [_block(key, value) for key, value in example.items()] if isinstance(example, dict) else [_flow(example)]
        )
        yield "```yaml\n" + "\n".join(lines) + "\n```"


def _block(key: str, value: object) -> str:
    style = None if isinstance(value, dict | list) else False  # None: only what holds no further maps stands in a line
    text = yaml.safe_dump({key: value}, allow_unicode=True, default_flow_style=style, sort_keys=False, width=100)
    return text.removesuffix("\n")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def pages(reference: Reference) -> dict[str, str]:
    """Return the generated pages by file name."""
    return {"language.md": reference.page("en"), "language.ru.md": reference.page("ru")}


def main(arguments: list[str]) -> int:
    """Write the pages (with --check: only compare)."""
    stale = []
    for name, text in pages(Reference.read(SCHEMAS)).items():
        path = ROOT / "docs" / name
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        print(f"docs/{name} is not current; run: python dev.py docs")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
