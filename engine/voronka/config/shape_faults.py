"""Errors of `jsonschema` as findings: one plain sentence a fault, with what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from voronka.config.alphabets import foreign, typed_in_layout
from voronka.config.bounds import as_written, beyond
from voronka.config.finding import Finding, Place
from voronka.config.forms import FORMS, KINDS, example, no_text
from voronka.config.homes import of_another_file, to_its_file
from voronka.config.node import Node
from voronka.config.repairs import in_ascii, in_working_hours, other_way, repaired
from voronka.config.samples import by_language, in_line, sample_of, whole_sample
from voronka.expressions import in_latin, suggest
from voronka.frozen import frozen
from voronka.messages import Text

if TYPE_CHECKING:
    from jsonschema import ValidationError

__all__ = ["Fault", "describe"]

_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+%?")
_NO_SPACE = re.compile(r"[A-Za-z_]\w*:\S")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_COUNT = re.compile(r"[1-9][0-9]{0,3}")
_BULLETS = frozenset("\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}\N{BULLET}")
_SUGGESTIONS = 50  # a likely meaning is sought for so many unknown keys of a place: it takes time
_TRUE = frozenset({"yes", "on", "y", "1", "да", "истина"})
_FALSE = frozenset({"no", "off", "n", "0", "нет", "ложь"})


@frozen
class Fault:
    """An error of the validator and where it is: the node, its key (None in a list), what it stands in."""

    error: ValidationError
    node: Node
    key: Node | None
    parent: Node | None

    @property
    def head(self) -> Place:
        """Where a fault of the whole node is shown: its key, else its beginning."""
        return self.key.place if self.key else self.node.place

    @property
    def schema(self) -> dict[str, Any]:
        """The schema that the node does not meet."""
        schema: Any = self.error.schema
        return dict(schema)

    @property
    def wanted(self) -> Any:  # noqa: ANN401 - the value of a keyword of a schema
        """The value of the keyword that is not met."""
        return self.error.validator_value

    def find(self, code: str, place: Place, reason: Text, remedy: Text, suggestion: str | None = None) -> Finding:
        """Return a finding about this fault."""
        return Finding(code=code, place=place, reason=reason, remedy=remedy, suggestion=suggestion)


def describe(fault: Fault) -> Iterator[Finding]:
    """Yield the findings that an error of the validator stands for."""
    if "propertyNames" in fault.error.relative_schema_path:
        yield _wrong_key(fault)
    elif "x-options" in fault.schema and fault.error.validator == "pattern" and "x-form" not in fault.schema:
        yield _wrong_option(fault, fault.schema["x-options"])
    elif fault.error.validator == "pattern" and fault.schema.get("x-form") in ("text", "label"):
        code, reason, remedy = no_text(_short(fault.node.text))
        yield fault.find(code, fault.node.place, reason, remedy)
    elif fault.error.validator == "type" and _has_bullets(fault.node):
        return  # the reader has told that they are no hyphens
    elif fault.node.is_mapping or not _about_keys(fault):
        said = _BY_KEYWORD.get(str(fault.error.validator), _wrong_form)(fault)
        yield from [said] if isinstance(said, Finding) else said


def _has_bullets(node: Node) -> bool:
    """Tell whether a mapping was meant for a list, its items begun with dashes or bullets."""
    return bool(node.entries) and all(key[:1] in _BULLETS for key in node.entries)


def _about_keys(fault: Fault) -> bool:
    """Tell whether the keyword speaks of keys that stand together: of what is no mapping it says nothing."""
    keyword = fault.error.validator
    return keyword in {"oneOf", "anyOf"} or (keyword == "not" and "required" in fault.wanted)


def _wrong_type(fault: Fault) -> Finding:
    node, schema = fault.node, fault.schema
    types: str | list[str] = fault.wanted
    kinds = [each for each in ([types] if isinstance(types, str) else types) if each != "null"]
    if node.is_empty:
        remedy = Text("Write a value, or delete the key.") if fault.key else Text("Write a value, or delete the line.")
        name = fault.key.text if fault.key else "-"
        return fault.find("V2014", fault.head, Text("Nothing is written after `{key}`.", key=name), remedy)
    if node.is_null:
        return fault.find(
            "V2015",
            node.place,
            Text("`null` removes something only in a case of `variants`; here nothing is to be removed."),
            Text("Write a value, or delete the key."),
        )
    if node.is_scalar:
        if "object" in kinds and not node.style and (joined := _NO_SPACE.match(node.text)):
            return fault.find(
                "V1027",
                node.place._replace(column=node.place.column + joined.end() - 2, length=1),
                Text("There is no space after the colon."),
                Text("Write a space after the colon."),
            )
        if kinds == ["boolean"]:
            return _wrong_switch(fault)
        if kinds in (["integer"], ["number"]):
            return _wrong_number(fault)
    form = schema.get("x-form")
    expected, sample = FORMS[form] if form in FORMS else KINDS[kinds[0]]
    return fault.find(
        "V2003",
        fault.head if node.is_mapping or node.is_sequence else node.place,
        Text("Expected here: {expected}. Written: {written}.", expected=expected, written=_kind(node)),
        example(
            f"[{_short(node.text)}]"
            if _is_list(node, kinds)
            else by_language(lambda language: whole_sample(node, _short(node.text), schema, sample, language))
        ),
    )


def _is_list(node: Node, kinds: Sequence[str]) -> bool:
    """Tell whether a text was meant for a list, its brackets forgotten."""
    return node.is_scalar and (kinds == ["array"] or ("array" in kinds and "," in node.text))


def _kind(node: Node) -> Text:
    if node.is_mapping:
        return KINDS["object"][0]
    if node.is_sequence:
        return KINDS["array"][0]
    return Text("the text `{text}`", text=_short(node.text))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def _wrong_switch(fault: Fault) -> Finding:
    word = fault.node.text.casefold()
    meant = "true" if word in _TRUE | {"true"} else "false" if word in _FALSE | {"false"} else None
    return fault.find(
        "V2009",
        fault.node.place,
        Text("`{text}` is neither `true` nor `false`.", text=_short(fault.node.text)),
        Text("Write `true` or `false`."),
        meant,
    )


def _wrong_number(fault: Fault) -> Finding:
    text = fault.node.text
    if _DECIMAL_COMMA.fullmatch(text):
        return fault.find(
            "V2008",
            fault.node.place,
            Text("`{text}` has a decimal comma.", text=text),
            Text("Write a decimal point; and where a whole number belongs, a whole number."),
            text.replace(",", "."),
        )
    return fault.find(
        "V2007",
        fault.node.place,
        Text("`{text}` is not a whole number.", text=_short(text)),
        Text("Write digits only, such as 3."),
    )


def _not_listed(fault: Fault) -> Finding:
    return _wrong_option(fault, [as_written(each) for each in fault.wanted])


def _wrong_option(fault: Fault, options: Sequence[str]) -> Finding:
    if fault.node.text in fault.schema.get("x-later-values", ()):
        return fault.find(
            "V2010",
            fault.node.place,
            Text("`{name}` is not known yet.", name=fault.node.text),
            Text("Write {options}, or take it out: a later version will know it.", options=", ".join(options)),
        )
    return fault.find(
        "V2005",
        fault.node.place,
        Text("`{text}` is none of the possible values.", text=_short(fault.node.text)),
        Text("Write one of: {options}.", options=", ".join(options)),
        _option(fault, options),
    )


def _option(fault: Fault, options: Sequence[str]) -> str | None:
    """Return which of the options was probably meant."""
    also: dict[str, str] = fault.schema.get("x-also", {})
    return also.get(fault.node.text.casefold()) or suggest(fault.node.text, options)


def _wrong_form(fault: Fault) -> Finding:
    node, schema = fault.node, fault.schema
    if not node.text:
        return _no_text(fault)
    bound = beyond(str(fault.error.validator), fault.wanted, _short(node.text), formed="x-form" in schema)
    if bound is not None:
        return fault.find(bound[0], node.place, *bound[1:])
    if _DECIMAL_COMMA.fullmatch(node.text):
        return fault.find(
            "V2008",
            node.place,
            Text("`{text}` has a decimal comma.", text=node.text),
            Text("Write a decimal point."),
            repaired(node.text, schema) or node.text.replace(",", "."),
        )
    expected, sample = FORMS[schema.get("x-form", "text")]
    if "options" in fault.error.absolute_path:
        sample = f"{{small: {in_line(_short(node.text), '')}}}"
    if schema.get("x-form") == "duration" and _COUNT.fullmatch(node.text):
        sample = f"{node.text} day{'' if node.text == '1' else 's'}"
    meant = _snake(node.text) if schema.get("x-form") == "id" else repaired(node.text, schema)
    if schema.get("x-form") == "id":
        sample = in_ascii(node.text) or sample
    remedy = other_way(fault.error.absolute_path, node.text) or example(meant or sample)
    if schema.get("x-form") in ("duration", "due") and (hours := in_working_hours(node.text, 8)):
        remedy = Text("Write it in working hours: with 8 hours in a working day it is `{hours}`.", hours=hours)
    if meant and "," in node.text and fault.key is None and schema.get("x-form") == "duration":
        remedy = Text("Write it like this: `{example}`. Each value of a list has its own unit.", example=meant)
    told = Text("Expected here: {expected}. Written: {written}.", expected=expected, written=_kind(node))
    return fault.find("V2006", node.place, told, remedy, meant or _option(fault, schema.get("x-options", ())))


def _no_text(fault: Fault) -> Finding:
    if fault.schema.get("x-form") == "cell":
        remedy = Text("Write `any` for a condition that always holds, `missing` for a result that is to be none.")
        return fault.find("V2014", fault.node.place, Text("The cell is empty."), remedy)
    return fault.find("V2014", fault.node.place, Text("The text is empty."), Text("Write a text, or delete the key."))


def _empty(fault: Fault) -> Finding:
    if count := len(fault.node.entries):
        least = fault.schema["minProperties"]
        reason = Text("Too few stand here: {count}; at least {least} are needed.", count=count, least=least)
        return fault.find("V2016", fault.head, reason, Text("Write the others, too."))
    return fault.find(
        "V2016",
        fault.head,
        Text("There is nothing in it."),
        Text("Write at least one, or delete the key."),
    )


def _too_many(fault: Fault) -> Finding:
    parts = [entry.key for entry in fault.node.items()] or list(fault.node.elements)
    if (most := fault.wanted) > 1:
        reason = Text("Too many stand here: {count}; at most {most} fit.", count=len(parts), most=most)
        place = parts[most].place
        return fault.find("V2017", place, reason, Text("Keep so many; the others may make one more such declaration."))
    second = list(fault.node.items())[1].key
    key, told = second.text, fault.schema.get("title")
    if told == "Step":
        reason = Text("One step stands here already; `{key}` is a second one.", key=key)
        remedy = Text("Begin each step with a hyphen of its own.")
    elif told == "Action":
        reason = Text("One action stands here already; `{key}` is a second one.", key=key)
        remedy = Text("Begin each action with a hyphen of its own.")
    else:
        known = ", ".join(fault.schema["properties"])
        reason = Text("Of {keys} one stands here; `{key}` is more.", keys=known, key=key)
        remedy = Text("Keep one of them here; other keys belong beside the key around them, or nowhere.")
    return fault.find("V2017", second.place, reason, remedy)


def _repeated(fault: Fault) -> Iterator[Finding]:
    seen: set[str] = set()
    for each in fault.node.elements:
        if each.is_scalar and each.text in seen:
            yield fault.find(
                "V2018",
                each.place,
                Text("`{text}` stands in the list twice.", text=_short(each.text)),
                Text("Keep one of the two."),
            )
        seen.add(each.text)


def _missing(fault: Fault) -> Iterator[Finding]:
    present = fault.node.entries
    wanted: Any = fault.wanted
    if fault.error.validator == "dependentRequired":
        for key, needed in wanted.items():
            absent = [each for each in needed if each not in present]
            if key in present and absent:
                yield fault.find(
                    "V2019",
                    present[key].key.place,
                    Text("`{key}` means something only together with `{needed}`.", key=key, needed="`, `".join(absent)),
                    Text("Add what is missing, or remove `{key}`.", key=key),
                )
        return
    misspelt = _misspelt(fault)
    absent = [each for each in wanted if each not in present and each not in misspelt]
    if absent:
        samples = by_language(lambda language: "; ".join(_as_written(each, fault.schema, language) for each in absent))
        yield fault.find(
            "V2004",
            fault.head,
            Text("Missing here: {keys}.", keys=", ".join(f"`{each}`" for each in absent)),
            Text("Add it, for example: {sample}", sample=samples),
        )


def _as_written(key: str, schema: dict[str, Any], language: str) -> str:
    sample = FORMS[key][1] if key in FORMS else "…"
    return f"`{key}: {sample_of(schema.get('properties', {}).get(key, {}), sample, language)}`"


def _misspelt(fault: Fault) -> frozenset[str]:
    """Return the keys for which unknown ones of the place were meant: that they are missing only follows."""
    known = _known(fault)
    strange = [name for name in fault.node.entries if name not in fault.schema.get("properties", {})]
    absent = [key for key in fault.schema.get("required", ()) if key not in fault.node.entries]
    return frozenset(meant for name in strange[:_SUGGESTIONS] if (meant := _meant(name, known, absent)) is not None)


def _known(fault: Fault) -> list[str]:
    return [key for key, schema in fault.schema.get("properties", {}).items() if not schema.get("x-later")]


def _meant(name: str, known: Sequence[str], absent: Sequence[str]) -> str | None:
    """Return the key that an unknown one was meant to be; a word of another language, the only one that is missing."""
    meant = suggest(name, known)
    return absent[0] if meant is None and len(absent) == 1 and not name.isascii() else meant


def _unknown(fault: Fault) -> Iterator[Finding]:
    properties = fault.schema.get("properties", {})
    patterns = fault.schema.get("patternProperties", {})
    known = _known(fault)
    absent = [key for key in fault.schema.get("required", ()) if key not in fault.node.entries]
    told = 0
    for name, entry in fault.node.entries.items():
        if name in properties or any(re.search(pattern, name) for pattern in patterns):
            continue
        told += 1
        meant = _meant(name, known, absent) if told <= _SUGGESTIONS else None
        typed = meant if meant is not None and suggest(name, [meant]) else None
        code, reason = (foreign(name) if typed else None) or (
            "V2002",
            Text("`{key}` is not a key of this place.", key=_short(name)),
        )
        if entry.value.is_empty and _NO_SPACE.match(name):
            code, reason = "V1027", Text("There is no space after the colon.")
            meant = name.replace(":", ": ", 1)
        elsewhere = of_another_file(name, meant) if fault.parent is None else None
        if elsewhere is not None:
            yield fault.find(elsewhere[0], entry.key.place, *elsewhere[1:])
            continue
        keys = ", ".join(key for key in known if key not in fault.node.entries)
        is_further = any(key in fault.node.entries for key in known)
        remedy = Text("Remove it.")
        if keys and keys == meant:
            remedy = Text("Write `{key}` in its place.", key=meant)
        elif keys:
            remedy = Text("Further keys: {keys}.", keys=keys) if is_further else Text("Keys: {keys}.", keys=keys)
        yield fault.find(code, entry.key.place, reason, remedy, meant)


def _wrong_key(fault: Fault) -> Finding:
    name = str(fault.error.instance)
    place = fault.node.entries[name].key.place if name in fault.node.entries else fault.head
    if fault.error.validator == "not":
        return fault.find("V2013", place, *_reserved(name))
    form = fault.schema.get("x-form", "id")
    strange = foreign(name)
    if form == "id" and strange is not None:
        typed = _snake(in_latin(name)) if strange[0] == "V2021" else typed_in_layout(name)
        if strange[0] == "V2021" or typed is not None:
            return fault.find(strange[0], place, strange[1], Text("Type it anew with Latin letters."), typed)
    expected, sample = FORMS[form]
    meant = _snake(name) if form == "id" else repaired(name, fault.schema)
    return fault.find(
        "V2013",
        place,
        Text("`{name}` cannot stand here; expected: {expected}.", name=_short(name), expected=expected),
        _as_label(name) if form == "id" else example(meant or sample),
        meant,
    )


def _as_label(name: str) -> Text:
    """Return the remedy for a word that people see and that stands in the place of a name."""
    latin = in_ascii(name)
    if latin is None or name.isascii():
        return Text("Put what people see into `label`.")
    return Text("Write a name such as `{name}`, and put what people see into `label`.", name=latin)


def _reserved(name: str) -> tuple[Text, Text]:
    return (
        Text("`{name}` cannot be a name: YAML reads the word as true, false or nothing.", name=name),
        Text("Choose another name."),
    )


def _snake(name: str) -> str | None:
    """Return `name` as an identifier if that takes only small letters and underscores."""
    meant = re.sub(r"[\s.-]+", "_", name.strip()).casefold()
    return meant if _IDENTIFIER.fullmatch(meant) else None


def _refused(fault: Fault) -> Finding:
    schema = fault.schema
    if schema.get("x-later"):
        name = fault.key.text if fault.key else fault.node.text
        return fault.find(
            "V2010",
            fault.head,
            Text("`{name}` is not known yet.", name=name),
            (to_its_file(name) if len(fault.error.absolute_path) == 1 else None)
            or Text("Remove it; a later version will know it."),
        )
    if schema.get("x-form") == "no_options":
        return fault.find(
            "V2012",
            fault.head,
            Text("`options` means something only for the types choice and choices."),
            Text("Remove `options`, or change `type`."),
        )
    if schema.get("x-form") == "no_bounds":
        return fault.find(
            "V2012",
            fault.head,
            Text("`min` and `max` mean something only for the types number, integer, money and percent."),
            Text("Remove `{key}`, or change `type`.", key=fault.key.text if fault.key else "min"),
        )
    together: list[str] = fault.wanted.get("required", [])
    if together:
        return fault.find(
            "V2011",
            fault.node.entries[together[-1]].key.place,
            Text("`{first}` and `{second}` cannot stand together.", first=together[0], second=together[-1]),
            Text("Remove one of the two."),
        )
    return fault.find("V2013", fault.node.place, *_reserved(fault.node.text))


def _one_of(fault: Fault) -> Iterator[Finding]:
    """Say which keys exclude each other or of which at least one is needed: all branches name required keys."""
    choices = [key for branch in fault.wanted for key in branch["required"]]
    names = ", ".join(f"`{key}`" for key in choices)
    present = [key for key in fault.node.entries if key in choices]
    if present:
        yield fault.find(
            "V2011",
            fault.node.entries[present[1]].key.place,
            Text("Only one of {keys} can stand here.", keys=names),
            Text("Keep one of them."),
        )
    elif _misspelt(fault).isdisjoint(choices):
        yield fault.find(
            "V2004", fault.head, Text("One of {keys} is missing here.", keys=names), Text("Add one of them.")
        )


_BY_KEYWORD: Mapping[str, Callable[[Fault], Finding | Iterator[Finding]]] = {
    "type": _wrong_type,
    "enum": _not_listed,
    "minItems": _empty,
    "minProperties": _empty,
    "maxItems": _too_many,
    "maxProperties": _too_many,
    "uniqueItems": _repeated,
    "required": _missing,
    "dependentRequired": _missing,
    "additionalProperties": _unknown,
    "not": _refused,
    "oneOf": _one_of,
    "anyOf": _one_of,
}
