"""The schemas as an editor gets them: plain JSON Schema of draft 7, with the workspace's own names in it.

Draft 7, for every YAML editor knows it, and the one that most have inside (yaml-language-server) learnt newer drafts
late. A name is offered, never demanded: the schema is older than the line that is being written, and whether a name
is declared is for `check` to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import yaml

from voronka.config.editor.names import Name, Names
from voronka.config.editor.sharing import JsonSchema, mapped, share
from voronka.config.forms import FORMS
from voronka.config.plugins import REFERENCE
from voronka.config.schema import NO_ADDITIONS, Additions, Schema, published
from voronka.messages import Text

__all__ = ["DRAFT", "editor_schema"]

DRAFT = "http://json-schema.org/draft-07/schema#"

_MAPS = frozenset({"properties", "patternProperties"})
_TOLD = frozenset({"$schema", "$id", "title", "description", "examples"})
_ABOUT = ("title", "description", "markdownDescription", "default", "examples")
_OF_TEXT = frozenset({"pattern", "enum", "const", "format", "maxLength"})
_OF_LISTS = ("items", "minItems", "maxItems", "uniqueItems")
_MISREAD = {"off": "false", "no": "false"}
"""Words of the language that a reader of YAML 1.1 makes something else of where they are keys."""
_LONGEST = 400
"""An example of more characters says too much for a tooltip."""

_EXPRESSION = Text(
    "An expression over the names of the deal, such as `amount > 100000 and not replied`; docs/expressions.md of"
    " Voronka tells everything that can be written."
)


_SECRET = Text(
    "A secret does not stand in the configuration: put it into a variable of the environment or a file, and write "
    "{env} or {file}.",
    env="${env:NAME}",
    file="${file:PATH}",
)


def editor_schema(kind: str, names: Names, language: str, additions: Additions = NO_ADDITIONS) -> JsonSchema:
    """Return the schema of a kind of file (`SCHEMA_KINDS`) that offers `names`, explained in `language`.

    It accepts every file that `check` finds no fault with, read as YAML 1.1 or 1.2. `additions`: of the workspace's
    plugins. Raises `KeyError` for a kind without a schema.
    """
    return {"$schema": DRAFT, **share(_Conversion(names, language).of(published(kind, additions)))}


class _Conversion:
    """One schema on its way into what an editor gets."""

    def __init__(self, names: Names, language: str) -> None:
        self._names = names
        self._language = language
        self._converted: dict[int, JsonSchema] = {}

    def of(self, schema: Schema) -> JsonSchema:
        """Return a schema, or a part of one, as an editor gets it."""
        # Most parts of a schema stand in many places of it: each is converted once, and stays one object.
        if id(schema) not in self._converted:
            self._converted[id(schema)] = self._offering(schema, self._plain(schema))
        return self._converted[id(schema)]

    def _plain(self, schema: Schema) -> JsonSchema:
        """Return the schema without our annotations and without what a later version will know."""
        known = {
            keyword: value for keyword, value in schema.items() if keyword not in _TOLD and not keyword.startswith("x-")
        }
        for keyword in _MAPS & known.keys():
            known[keyword] = {name: each for name, each in schema[keyword].items() if not _is_later(each)}
        if "type" in known:
            known["type"] = _read_types(known)
        if "dependentRequired" in known:
            known["dependencies"] = known.pop("dependentRequired")
        for name, read in _MISREAD.items():
            if name in known.get("properties", {}):
                known["patternProperties"] = {
                    **known.get("patternProperties", {}),
                    f"^{read}$": known["properties"][name],
                }
        if schema.get("x-secret"):
            known["pattern"] = f"^\\s*{REFERENCE.pattern}\\s*$"
            known["patternErrorMessage"] = _SECRET.render(self._language)
        form = schema.get("x-form")
        if "pattern" in known and form in FORMS:
            expected, sample = FORMS[form]
            error = Text("Expected here: {expected}, such as {sample}.", expected=expected, sample=sample)
            known["patternErrorMessage"] = error.render(self._language)
        return {**self._said(schema), **mapped(known, self._inner)}

    def _inner(self, schema: Schema, key: str) -> JsonSchema:
        if key != "propertyNames":
            return self.of(schema)
        names = self._plain(schema)
        if schema.get("x-form") == "language":
            names = {"anyOf": [names, {"enum": [_MISREAD["no"]]}]}  # Norwegian
        return {**names, "doNotSuggest": True}  # a server would offer the word “property”

    def _said(self, schema: Schema) -> JsonSchema:
        """Return title, description and examples."""
        said: JsonSchema = {}
        if "title" in schema and self._language == "en":
            said["title"] = schema["title"]
        examples = schema.get("examples", [])
        if "pattern" in schema and "x-names" not in schema and "x-empty" not in schema and examples:
            # What must look so and so is offered as an example; elsewhere one would stand in for the names.
            said["examples"] = examples
            examples = []
        description = schema.get("description" if self._language == "en" else "x-ru")
        if description is not None:
            said["description"] = description
            more = [_EXPRESSION.render(self._language)] if _is_expression(schema) else []
            more += [text for each in examples if len(text := _as_yaml(each)) <= _LONGEST]
            if more or "`" in description:
                said["markdownDescription"] = "\n\n".join([description, *more])
        return said

    def _offering(self, schema: Schema, whole: JsonSchema) -> JsonSchema:
        """Return the converted schema with the names that its place asks for."""
        names = list(self._offered(schema))
        if names and "items" in whole:
            whole = {**whole, "items": self._with(names, whole["items"])}
        keys = list(self._offered(schema.get("propertyNames", {})))
        if keys:
            others = whole["additionalProperties"]
            properties = {each.name: self._member(each, others) for each in keys}
            whole = {**whole, "properties": {**properties, **whole.get("properties", {})}}
        whole = _divided(whole, truth=schema.get("x-form") == "expression")
        if "x-expression" in schema:
            about, rest = _about(whole)
            whole = {**about, "anyOf": [rest, {"type": "string", "pattern": "^="}]}
        return self._with(names, whole) if names and schema.get("type") != "array" else whole

    def _offered(self, schema: Schema) -> Iterator[Name]:
        yield from map(Name.plain, schema.get("x-options", ()))
        for kind in schema.get("x-names", ()):
            yield from self._names[kind]

    def _member(self, key: Name, schema: JsonSchema) -> JsonSchema:
        """Return the schema of what stands under a name: that of any other, told by the name's label."""
        told = {name: each for name, each in schema.items() if name not in _ABOUT}
        if description := key.described(self._language):
            told = {"description": description, **told}
        return self._with(key.values, told) if key.values else told

    def _with(self, names: Iterable[Name], schema: JsonSchema) -> JsonSchema:
        """Return the schema of a place where one of the names may stand, or whatever else `schema` takes."""
        described = {each.name: each.described(self._language) for each in names}
        offer = {"enum": [*described], "enumDescriptions": [*described.values()]}
        about, rest = _about(schema)
        return {**about, "anyOf": [offer, *(rest["anyOf"] if rest.keys() == {"anyOf"} else [rest])]}


def _is_later(schema: Schema | bool) -> bool:
    return not isinstance(schema, bool) and bool(schema.get("x-later"))


def _is_expression(schema: Schema) -> bool:
    return schema.get("x-form") == "expression" or "x-expression" in schema


def _read_types(schema: Schema) -> str | list[str]:
    """Return the types that a reader of YAML may make of what stands here: of any text, a number or a truth value."""
    types: str | list[str] = schema["type"]
    every = [types] if isinstance(types, str) else types
    if "string" not in every or schema.keys() & _OF_TEXT:
        return types
    return [*every, *(each for each in ("number", "boolean") if each not in every)]


def _divided(schema: JsonSchema, *, truth: bool) -> JsonSchema:
    """Return the schema so that an editor puts in no list, and (unless it is about `truth`) offers no true and false.

    Lists and truth values are among what many places take: the first beside single values, the others because a
    reader of YAML makes them of words. A language server goes by the first thing that it sees of a type.
    """
    types = schema.get("type")
    if not isinstance(types, list) or ("array" not in types and (truth or "boolean" not in types)):
        return schema
    about, rest = _about(schema)
    lists = {keyword: rest.pop(keyword) for keyword in _OF_LISTS if keyword in rest}
    single: JsonSchema = {**rest, "type": [each for each in types if each != "array"]}
    if "boolean" in types and not truth:
        single["type"].remove("boolean")
        single = {"if": {"type": "boolean"}, "else": single}
    return {**about, "anyOf": [single, {"type": "array", **lists}] if "array" in types else [single]}


def _about(schema: JsonSchema) -> tuple[JsonSchema, JsonSchema]:
    """Return what a schema says of its place, and what it demands."""
    about = {keyword: schema[keyword] for keyword in _ABOUT if keyword in schema}
    return about, {keyword: each for keyword, each in schema.items() if keyword not in _ABOUT}


def _as_yaml(example: object) -> str:
    if isinstance(example, (dict, list)):
        return f"```yaml\n{yaml.safe_dump(example, allow_unicode=True, sort_keys=False)}```"
    return f"`{example if isinstance(example, str) else json.dumps(example)}`"
