"""Who does what on our side: a workspace does not say who works which funnel, so it is read off its roles."""

from __future__ import annotations

from collections.abc import Iterator

from voronka.definition.actions import Action, OpenDealAction
from voronka.definition.funnels import Funnel, Gate
from voronka.definition.workspace import Workspace

__all__ = ["Staff"]


class Staff:
    """The sellers of each funnel, and who may lift a condition.

    Funnels are ordered by hand-offs (`open_deal`): those that nobody hands over to come first. Roles are taken in the
    order in which they are declared, without those that only decide on exceptions or only own a funnel: the first sells
    in the first funnels, the next in those that they hand over to; the last one in all that follow. `campaigns`: the
    funnels whose deals open others for a whole segment; nobody comes to these and to those by himself.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        funnels = workspace.funnels
        invited = {name: set(_invited(funnel)) for name, funnel in funnels.items()}
        self.campaigns = [name for name, found in invited.items() if found]
        self._ours = {*self.campaigns, *(name for found in invited.values() for name in found)}
        self.handed_over = {
            name: sorted(found)
            for name, funnel in funnels.items()
            if name not in self._ours and (found := set(_targets(funnel, workspace)) - {name})
        }
        self.fed = {target for targets in self.handed_over.values() for target in targets}
        if self.fed >= funnels.keys():  # a ring: any funnel may be the first
            self.fed = set()
        self._depth = self._depths()
        above = {role for funnel in funnels.values() for role in _deciding(funnel)}
        held = {user.role for user in workspace.people.values()}
        self._roles = [role for role in workspace.roles if role in held and role not in above] or sorted(held)
        helping = {role for funnel in funnels.values() for role in _assigned(funnel)}
        self._roles = [role for role in self._roles if role not in helping] or self._roles

    def first_funnels(self) -> list[str]:
        """Return the funnels that nobody hands over to."""
        return [name for name in self._workspace.funnels if name not in self.fed and name not in self._ours]

    def sellers(self, funnel: str) -> list[str]:
        """Return who may own deals of a funnel; everybody if its role has nobody."""
        if not self._roles:
            return list(self._workspace.people)
        role = self._roles[min(self._depth.get(funnel, 0), len(self._roles) - 1)]
        return [name for name, user in self._workspace.people.items() if user.role == role]

    def next_sellers(self, funnel: str) -> list[str]:
        """Return who goes on with what a funnel hands over; its own sellers if it hands nothing over."""
        targets = self.handed_over.get(funnel)
        return self.sellers(targets[0] if targets else funnel)

    def holder(self, roles: tuple[str, ...]) -> str | None:
        """Return the first user of one of the roles; None if there is none."""
        return next((name for name, user in self._workspace.people.items() if user.role in roles), None)

    def _depths(self) -> dict[str, int]:
        depth = dict.fromkeys(self.first_funnels(), 0)
        waiting = list(depth)
        while waiting:
            name = waiting.pop(0)
            for target in self.handed_over.get(name, ()):
                if target not in depth:
                    depth[target] = depth[name] + 1
                    waiting.append(target)
        return depth


def _gates(funnel: Funnel) -> Iterator[Gate]:
    for variant in funnel.variants.values():
        for stage in variant.stages.values():
            yield from (stage.enter, stage.leave)
        yield from (transition.gate for transition in variant.transitions.values())


def _actions(funnel: Funnel) -> Iterator[Action]:
    for gate in _gates(funnel):
        yield from gate.actions
    for variant in funnel.variants.values():
        for event in variant.timed.values():
            yield from event.actions


def _invited(funnel: Funnel) -> Iterator[str]:
    return (action.funnel for action in _actions(funnel) if isinstance(action, OpenDealAction) and action.each)


def _targets(funnel: Funnel, workspace: Workspace) -> Iterator[str]:
    of_rules = (each for rule in workspace.rules.values() if funnel.name in rule.places for each in rule.done)
    for action in (*_actions(funnel), *of_rules):
        if isinstance(action, OpenDealAction):
            yield from (action.funnel,) if action.funnel else _routed(workspace)


def _routed(workspace: Workspace) -> Iterator[str]:
    """Yield the funnels that the routing may choose: the entries after one without a condition are not asked."""
    for entry in workspace.routing:
        yield entry.funnel
        if entry.where is None:
            return


def _assigned(funnel: Funnel) -> Iterator[str]:
    return (assignee for action in _actions(funnel) if (assignee := getattr(action, "assignee", None)) is not None)


def _deciding(funnel: Funnel) -> Iterator[str]:
    if funnel.owner is not None:
        yield funnel.owner
    for gate in _gates(funnel):
        for check in gate.checks:
            yield from check.override_by
