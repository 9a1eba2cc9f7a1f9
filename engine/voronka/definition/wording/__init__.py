"""What a definition says, in words of one language: names, values, conditions, actions, what happens by the clock."""

from voronka.definition.wording.actions import told_action
from voronka.definition.wording.conditions import condition, told_of_row, told_value
from voronka.definition.wording.events import told_event
from voronka.definition.wording.naming import Naming
from voronka.definition.wording.rights import told_reach, told_restrictions

__all__ = [
    "Naming",
    "condition",
    "told_action",
    "told_event",
    "told_of_row",
    "told_reach",
    "told_restrictions",
    "told_value",
]
