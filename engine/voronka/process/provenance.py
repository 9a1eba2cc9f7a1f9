"""Where values come from: what the sources of a field said, and which value stands by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from voronka.calendars import due
from voronka.definition.fields import Field
from voronka.definition.sources import Merge
from voronka.definition.values import ValueFault, check_value, still_fits
from voronka.definition.workspace import Workspace
from voronka.expressions.suggestion import suggest
from voronka.frozen import frozen
from voronka.messages import Text, listed
from voronka.process.chronology import is_written, moment_label, precision
from voronka.process.commands import BY_HAND, Origin
from voronka.process.events import Kept, ValuesObserved
from voronka.process.events.values import Observed
from voronka.process.evolve import held
from voronka.process.state import Held, Observation, VaultRef, same
from voronka.process.step import Failure, Moment

__all__ = [
    "Standing",
    "Telling",
    "check_newer",
    "check_origin",
    "check_sums",
    "fresh_since",
    "merged",
    "observed",
    "telling",
]


@frozen(kw_only=False)
class Standing:
    """What stands after sources were heard: the `value`, and since when (UTC microseconds) it is `known_at`."""

    value: Held | None = None
    known_at: int | None = None


@frozen(kw_only=False)
class Telling:
    """When a source says something: `at` which moment in the world (UTC microseconds).

    What was said after `now` is not newer, whatever its moment: a clock that was ahead has recorded it. None: moments
    are compared as they are. `written`: somebody has written the time down: people do it to the minute, systems to the
    second. `imported`: a row of an import tells it; the rows of a file stand in any order.
    """

    at: int
    now: int | None = None
    written: bool = False
    imported: bool = False

    def after(self, said: Sequence[Observation], source: str) -> int | None:
        """Return the moment to remember of what `source` says after the sources have `said` these things, one each;
        None if it has said something newer.
        """
        own = next((one.at for one in said if one.source == source), self.at)
        if own <= self.at:
            moment = self.at
        elif self._ahead(own) or (self.written and own < self.at + precision(self.at)):
            moment = own
        else:
            return None
        others = (one.at + 1 for one in said if one.source != source and self._ahead(one.at))
        return max((moment, *others))

    def _ahead(self, moment: int) -> bool:
        return self.now is not None and moment > self.now


def telling(moment: Moment) -> Telling:
    """Return when what a command tells is told."""
    told = min(moment.occurred_at, moment.now)
    return Telling(told, moment.now, is_written(moment), imported=moment.import_id is not None)


def merged(said: Sequence[Observation], field: Field, since: int | None = None) -> Standing:
    """Return what stands of a field, by its merge rule, when its sources `said` this, one thing each at most.

    What was told before the moment `since` counts only if nothing newer is there. A source that the field does not
    list, and whoever named none, comes after those that it lists. A field without sources believes the newest. A sum
    is as old as the oldest of its parts. What the field does not take any more, since a release, is left out.
    """
    said = [one for one in said if _fits(field, one.value)]
    fresh = [one for one in said if since is None or one.at >= since] or said
    if not fresh:
        return Standing()
    ranks = {name: rank for rank, name in enumerate(field.sources)}

    def rank(one: Observation) -> tuple[int, int, str]:
        return ranks.get(one.source, len(ranks)), -one.at, one.source

    rule = field.merge if field.sources else Merge.LATEST
    fresh.sort(key=rank)
    if rule is Merge.SUM:
        total = sum(one.value for one in fresh)  # type: ignore[misc] # only amounts and numbers are added
        return Standing(total, min(one.at for one in fresh))
    if rule is Merge.MAX:
        best = max(fresh, key=lambda one: one.value)  # type: ignore[arg-type, return-value] # of what has an order
    elif rule is Merge.LATEST:
        best = max(fresh, key=lambda one: one.at)
    else:
        best = fresh[0]
    return Standing(best.value, best.at)


def _fits(field: Field, value: Held) -> bool:
    """Tell whether a value that was told once is one of the field, by what a release may not take from what stands:
    its bounds alone may have become narrower.
    """
    if field.pii or isinstance(value, VaultRef):
        return field.pii and isinstance(value, VaultRef)
    return still_fits(field, value)


def fresh_since(field: Field, workspace: Workspace, now: int) -> int | None:
    """Return the moment before which a value of the field is out of date; None if it never is."""
    if field.ttl is None:
        return None
    return due(now, field.ttl, calendar=workspace.calendar, zone=workspace.timezone, sign=-1)


def observed(
    values: Mapping[str, Kept],
    fields: Mapping[str, Field],
    known: Mapping[str, Sequence[Observation]],
    origin: Origin,
    *,
    when: Telling,
    by: str,
    since: Callable[[Field], int | None],
    each_alone: bool = False,
) -> tuple[list[ValuesObserved], dict[str, Kept]]:
    """Return what is to be remembered of values that `by` has given, and what the fields hold after it.

    A field that is cleared by hand is cleared of what all sources said, with `each_alone` of what was said by hand.
    `known`: what the sources said before. Of a field of which nobody wants to know where its value comes from, nothing
    is remembered unless a source is named. What is older than what the same source said since changes nothing.
    """
    told: dict[int, dict[str, Observed]] = {}
    after: dict[str, Kept] = {}
    for name, value in values.items():
        field, before = fields[name], known.get(name, ())
        if not field.followed and origin == BY_HAND:
            after[name] = value
            if before:
                told.setdefault(when.at, {})[name] = Observed("", None, None, all=True)
            continue
        everything = value is None and origin.source == "" and not each_alone
        rest = () if everything else tuple(one for one in before if one.source != origin.source)
        at = when.after(before, origin.source)
        if at is None:
            continue
        kept, evidence = held(value), held(origin.evidence)
        said = rest
        if kept is not None:
            link = evidence if isinstance(evidence, (str, VaultRef)) else None
            new = Observation(origin.source, at, "", kept, link)
            said = (*rest, new)
        standing = merged(said, field, since(field))
        after[name] = value if standing.value == kept else standing.value
        if kept is not None or before:
            word = Observed(origin.source, value, standing.known_at, origin.evidence, everything)
            told.setdefault(at, {})[name] = word
    return [ValuesObserved(values=words, at=at, by=by) for at, words in told.items()], after


def check_newer(
    workspace: Workspace,
    fields: Mapping[str, Field],
    values: Mapping[str, Kept],
    known: Mapping[str, Sequence[Observation]],
    origin: Origin,
    when: Telling,
    place: str,
) -> Iterator[Failure]:
    """Yield which of the values, whose time somebody has written down, are older than others of the same source."""
    if when.imported or not when.written:
        return
    for name, value in values.items():
        field, before = fields[name], known.get(name, ())
        own = next((one for one in before if one.source == origin.source), None)
        if own is None or (not field.followed and origin == BY_HAND) or same(held(value), own.value):
            continue
        if when.after(before, origin.source) is None:
            moment = moment_label(own.at, workspace.timezone)
            yield Failure(
                gate=f"{place}.{name}",
                reason=Text("“{field}” was given a newer value at {moment}.", field=field.label, moment=moment),
                unblock=Text(
                    "Give {moment} or a later time; if the value holds now, leave the time out.", moment=moment
                ),
            )


def check_origin(
    workspace: Workspace, fields: Mapping[str, Field], values: Mapping[str, Kept], origin: Origin, place: str
) -> Iterator[Failure]:
    """Yield why `values` cannot come from the source that was named, or cannot be what they come to with the others."""
    source = origin.source
    if not source:
        return
    if source not in workspace.data_sources:
        meant = suggest(source, workspace.data_sources)
        yield Failure(
            gate=f"{place}.source",
            reason=Text("There is no source of values {name}.", name=source),
            unblock=Text("Did you mean {meant}?", meant=meant)
            if meant
            else Text("Declare it under “sources” in a file of configs/fields, or correct the name."),
        )
        return
    for name in values:
        field = fields[name]
        if field.sources and source not in field.sources:
            yield Failure(
                gate=f"{place}.{name}",
                reason=Text(
                    "“{field}” is not taken from “{source}”.",
                    field=field.label,
                    source=workspace.data_sources[source].label,
                ),
                unblock=Text(
                    "Its sources are: {sources}. Name one of them, or add the source to the field.",
                    sources=listed(workspace.data_sources[each].label for each in field.sources),
                ),
            )


def check_sums(fields: Mapping[str, Field], values: Mapping[str, Kept], place: str) -> Iterator[Failure]:
    """Yield why what the sources say cannot be added up into a field."""
    for name, value in values.items():
        field = fields[name]
        if field.merge is Merge.SUM and field.sources and value is not None:
            try:
                check_value(field, value)
            except ValueFault as fault:
                reason = Text("“{field}”: {reason}", field=field.label, reason=fault.reason)
                yield Failure(gate=f"{place}.{name}", reason=reason, unblock=fault.remedy)
