"""What people call the things that a definition names, in one language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from voronka.calendars import Duration, show_date, show_moment
from voronka.definition.code_words import in_words
from voronka.definition.fields import Collection, Field, FieldType, Form, Subject
from voronka.definition.matrices import CELL, Matrix
from voronka.definition.scorecards import Scorecard
from voronka.definition.sources import KNOWN_AT, STALE
from voronka.definition.tables import DecisionTable
from voronka.definition.vocabulary import BUILT_IN_COLLECTIONS, BUILT_IN_FIELDS
from voronka.definition.workspace import Workspace
from voronka.expressions import Explanation, Kind, Type, Value
from voronka.messages import Label, Sentence, Text

__all__ = ["Naming"]

_SUBJECTS = {"deal": Subject.DEALS, "account": Subject.ACCOUNTS, "contact": Subject.CONTACTS}

_COMPUTED: Mapping[str, Text] = MappingProxyType(
    {
        "id": Text("Id"),
        "number": Text("Number"),
        "created_at": Text("Created at"),
        "funnel": Text("Funnel"),
        "stage": Text("Stage"),
        "variant": Text("Variant"),
        "entered_at": Text("Entered the stage at"),
        "closed_at": Text("Closed at"),
        "open": Text("The deal is open"),
        "closed": Text("The deal is closed"),
        "won": Text("The deal is won"),
        "lost": Text("The deal is lost"),
        "outcome": Text("Outcome"),
        "last_interaction_at": Text("Last contact"),
        "replied": Text("The client has answered"),
        "contacted": Text("The client was contacted"),
        "next_step_at": Text("Next step on"),
        "days_in_stage": Text("Days in the stage"),
        "role": Text("Role"),
        "team": Text("Team"),
        "reports_to": Text("Reports to"),
        "deputy": Text("Deputy"),
        "absent": Text("Is away"),
        "name": Text("Name"),
        "zone": Text("Time zone"),
    }
)
"""What is known of every deal and of every user, by name."""

_STATES: Mapping[str, tuple[Text, Text]] = MappingProxyType(
    {
        "open": (Text("the deal is open"), Text("the deal is closed")),
        "closed": (Text("the deal is closed"), Text("the deal is open")),
        "won": (Text("the deal is won"), Text("the deal is not won")),
        "lost": (Text("the deal is lost"), Text("the deal is not lost")),
        "replied": (Text("the client has answered"), Text("the client has not answered")),
        "contacted": (Text("the client was contacted"), Text("nobody has contacted the client")),
        "owner.absent": (Text("the owner is away"), Text("the owner is not away")),
    }
)
"""What is known of every deal and is true or not, as sentences."""


class Naming:
    """Names of a workspace in words of a `language`.

    `subject`: of what the names of an expression are, where they say nothing else.
    """

    def __init__(self, workspace: Workspace, language: str, subject: Subject = Subject.DEALS) -> None:
        self.workspace = workspace
        self.language = language
        self.subject = subject

    def about(self, subject: Subject) -> Naming:
        """Return the same for expressions about another subject."""
        return self if subject is self.subject else Naming(self.workspace, self.language, subject)

    def say(self, sentence: Sentence) -> str:
        """Return a sentence in words, on one line."""
        return " ".join(sentence.render(self.language).split())

    def quoted(self, text: Sentence | str) -> str:
        """Return what somebody called a thing, in quotation marks."""
        words = text if isinstance(text, str) else self.say(text)
        return self.say(Text("“{text}”", text=words))

    def listed(self, texts: Iterable[str]) -> str:
        """Return the texts with commas between them."""
        return ", ".join(texts)

    def field_of(self, name: str, collection: str = "") -> Field | None:
        """Return the field that a name means; None for one that is no field. `collection`: whose row has the name."""
        if collection:
            rows = self.collection_of(collection)
            return None if rows is None else rows.fields.get(name)
        head, dot, rest = name.partition(".")
        if dot:
            return self._field(_SUBJECTS[head], rest) if head in _SUBJECTS else None
        return self._field(self.subject, name)

    def _field(self, subject: Subject, name: str) -> Field | None:
        return self.workspace.fields.get(subject, {}).get(name) or BUILT_IN_FIELDS[subject].get(name)

    def collection_of(self, name: str) -> Collection | None:
        """Return the collection that a name means; None for what is none (``deals`` in a KPI)."""
        head, dot, rest = name.partition(".")
        subject, name = (_SUBJECTS.get(head, self.subject), rest) if dot else (self.subject, name)
        declared = self.workspace.collections
        found = declared.get(subject, {}).get(name)
        for each in () if found else declared.values():
            found = found or each.get(name)
        return found or BUILT_IN_COLLECTIONS.get(name)

    def collection(self, name: str) -> str:
        """Return what people call the rows of a collection."""
        found = self.collection_of(name)
        if found is not None:
            return self.quoted(found.label)
        subject = next((each for each in Subject if each.value == name), None)
        return self.say(_RECORDS[subject]) if subject is not None else self.quoted(name)

    def label(self, name: str, collection: str = "") -> str:
        """Return the label of a field by its name in expressions, or the name where nothing is so called."""
        field = self.field_of(name, collection)
        if field is not None:
            return self.say(field.label)
        term = self.workspace.terms.get(name)
        if term is not None:
            return self.say(term.label)
        return self.say(_COMPUTED[name]) if name in _COMPUTED else name

    def known(self, name: str, collection: str = "") -> bool:
        """Tell whether people have a word for a name, so that it needs no telling what it is made of."""
        own = name.rpartition(".")[2]
        return (
            self.field_of(name, collection) is not None
            or name in self.workspace.terms
            or (not collection and own in _COMPUTED)
            or own in {KNOWN_AT, STALE}
            or self._decided(name) is not None
        )

    def called(self, name: str, collection: str = "") -> str:
        """Return a name as a part of a sentence, in quotation marks and with whose it is."""
        decided = self._decided(name)
        if decided is not None:
            return decided
        base, _, asked = name.rpartition(".")
        if base and asked in {KNOWN_AT, STALE} and self.field_of(name, collection) is None:
            field = self.called(base, collection)
            known, stale = Text("when {field} became known", field=field), Text("{field} is out of date", field=field)
            return self.say(known if asked == KNOWN_AT else stale)
        head, dot, rest = name.partition(".")
        if dot and head in {"account", "contact", "owner"} and not collection:
            if head == "owner":
                told = self.say(_COMPUTED[rest]) if rest in _COMPUTED else rest
            else:
                told = self.about(_SUBJECTS[head]).label(rest)
            return self.say(_whose(head, self.quoted(told)))
        return self.quoted(self.label(rest if head == "deal" and dot else name, collection))

    def _decided(self, name: str) -> str | None:
        """Return what a table, a scorecard or a matrix gives, in words; None for another name."""
        kind, _, rest = name.partition(".")
        table, _, output = rest.partition(".")
        declared: Mapping[str, Mapping[str, DecisionTable | Scorecard | Matrix]] = {
            "tables": self.workspace.tables,
            "scores": self.workspace.scorecards,
            "matrices": self.workspace.matrices,
        }
        found = declared.get(kind, {}).get(table)
        if found is None:
            return None
        outputs = _outputs(found)
        what = self.quoted(found.label)
        if output in outputs:
            return self.say(Text("{output} by {table}", output=self.quoted(outputs[output]), table=what))
        given = self.say(_GIVEN[output]) if output in _GIVEN else self.quoted(output)
        return self.say(Text("{output} of {table}", output=given, table=what))

    def state(self, name: str, *, holds: bool) -> str:
        """Return that something which is true or not is so, or is not."""
        if name in _STATES:
            return self.say(_STATES[name][0 if holds else 1])
        if name.endswith(f".{STALE}"):
            field = self.called(name.removesuffix(f".{STALE}"))
            stale, fresh = Text("{field} is out of date", field=field), Text("{field} is not out of date", field=field)
            return self.say(stale if holds else fresh)
        called = self.called(name)
        return self.say(Text("{name}: yes", name=called) if holds else Text("{name}: no", name=called))

    def option(self, name: str, value: str, collection: str = "") -> str:
        """Return the value of a choice as people read it."""
        field = self.field_of(name, collection)
        if field is not None and value in field.options:
            return self.quoted(field.options[value])
        if value in self.workspace.people and field is not None and field.type is FieldType.USER:
            return self.quoted(self.role(value))
        if field is not None and field.form is Form.CODE:
            return self.quoted(in_words(value))
        own = name.removeprefix("deal.")
        if own == "funnel" and value in self.workspace.funnels:
            return self.quoted(self.workspace.funnels[value].label)
        if own == "stage" or (collection == "visits" and own == "stage"):
            return self.stage(value)
        if own in {"role", "owner.role"} and value in self.workspace.roles:
            return self.quoted(self.workspace.roles[value].label)
        if own in {"team", "owner.team"} and value in self.workspace.teams:
            return self.quoted(self.workspace.teams[value].label)
        return self.quoted(self._band(own, value))

    def _band(self, name: str, value: str) -> Sentence | str:
        """Return what a table, a scorecard or a matrix calls one of its results."""
        kind, _, rest = name.partition(".")
        owner, _, output = rest.partition(".")
        if kind == "matrices" and owner in self.workspace.matrices:
            return _results(self.workspace.matrices[owner], output).get(value, value)
        if kind == "scores" and owner in self.workspace.scorecards:
            card = self.workspace.scorecards[owner]
            known: dict[str, Label] = {each.name: each.label for each in card.bands}
            if output != "band":
                known = {name: factor.label for name, factor in card.factors.items()}
            return known.get(value, value)
        if kind == "tables" and owner in self.workspace.tables:
            options = {each.name: each.options for each in self.workspace.tables[owner].outputs}
            return options.get(output, {}).get(value, value)
        return value

    def stage(self, name: str, funnel: str | None = None) -> str:
        """Return the label of a stage; of several that are called so, in the order of the funnels, the first."""
        for each in self.workspace.funnels.values():
            if funnel in {None, each.name}:
                for variant in each.variants.values():
                    if name in variant.stages:
                        return self.quoted(variant.stages[name].label)
        return self.quoted(name)

    def role(self, name: str) -> str:
        """Return the label of a role; of a user that of the role the user holds, for documents name no persons."""
        if name in self.workspace.roles:
            return self.say(self.workspace.roles[name].label)
        user = self.workspace.people.get(name)
        if user is not None and user.role in self.workspace.roles:
            return self.say(self.workspace.roles[user.role].label)
        return name

    def value(self, value: Value | None, type_: Type) -> str:
        """Return a constant as people read it."""
        if value is None:
            return self.say(Text("empty"))
        kind = type_.kind
        if kind is Kind.DATE:
            return show_date(str(value), self.language)
        if kind is Kind.DATETIME and isinstance(value, int):
            return show_moment(value, self.workspace.timezone, self.language)
        if kind is Kind.DURATION:
            return self.say(Duration.parse(str(value)).sentence())
        if isinstance(value, str):
            return self.quoted(value)
        shown = Explanation(text="", kind=kind, result=value, digits=self.workspace.currency.digits)
        text = shown.answer(self.language)
        if kind is Kind.MONEY:
            zeros = "0" * self.workspace.currency.digits
            whole = text.removesuffix(f".{zeros}").removesuffix(f",{zeros}")
            return f"{whole}\u00a0{self.workspace.currency.code}"
        return text

    def type_name(self, type_: FieldType) -> str:
        """Return what people call the type of a field."""
        return self.say(_TYPES[type_])


def _whose(head: str, field: str) -> Text:
    match head:
        case "account":
            return Text("{field} of the account", field=field)
        case "contact":
            return Text("{field} of the contact", field=field)
    return Text("{field} of the owner", field=field)


def _outputs(found: DecisionTable | Scorecard | Matrix) -> dict[str, Label]:
    """Return what people call the results of a table, and the axes of a matrix; not what every matrix gives."""
    if isinstance(found, Matrix):
        given = {each.name: each.label for each in found.table.outputs if each.name != CELL}
        return given | {axis.name: axis.label for axis in found.axes}
    return {each.name: each.label for each in found.outputs} if isinstance(found, DecisionTable) else {}


def _results(matrix: Matrix, output: str) -> dict[str, Label]:
    """Return what people call the values of one result of a matrix, or the bands of one of its axes."""
    if output == CELL:
        return dict(matrix.cells)
    options = {each.name: dict(each.options) for each in matrix.table.outputs}
    bands = {axis.name: {band.name: band.label for band in axis.bands} for axis in matrix.axes}
    return {**bands, **options}.get(output, {})


_RECORDS = {Subject.DEALS: Text("Deals"), Subject.ACCOUNTS: Text("Accounts"), Subject.CONTACTS: Text("Contacts")}
_GIVEN = {
    "total": Text("the score"),
    "band": Text("the band"),
    "gaps": Text("what is not known"),
    "next": Text("what to ask next"),
    "cell": Text("the cell"),
    "row": Text("the number of the row"),
}
_TYPES = {
    FieldType.TEXT: Text("text"),
    FieldType.LONG_TEXT: Text("long text"),
    FieldType.NUMBER: Text("number"),
    FieldType.INTEGER: Text("whole number"),
    FieldType.MONEY: Text("money"),
    FieldType.PERCENT: Text("percent"),
    FieldType.BOOL: Text("yes or no"),
    FieldType.DATE: Text("date"),
    FieldType.DATETIME: Text("date and time"),
    FieldType.DURATION: Text("length of time"),
    FieldType.CHOICE: Text("one of a list"),
    FieldType.CHOICES: Text("some of a list"),
    FieldType.PHONE: Text("telephone"),
    FieldType.EMAIL: Text("email address"),
    FieldType.URL: Text("link"),
    FieldType.USER: Text("colleague"),
    FieldType.ACCOUNT: Text("account"),
    FieldType.CONTACT: Text("contact"),
    FieldType.FILE: Text("file"),
}
