"""Decision tables: rows of conditions and results, compiled to one function. Pure."""

from voronka.definition.tables.analysis import Gap, Overlap, Unfinished, find_gap, idle_rows, overlaps
from voronka.definition.tables.conditions import ANY, Condition, read_condition
from voronka.definition.tables.table import DecisionTable, HitPolicy, Input, Output, Row

__all__ = [
    "ANY",
    "Condition",
    "DecisionTable",
    "Gap",
    "HitPolicy",
    "Input",
    "Output",
    "Overlap",
    "Row",
    "Unfinished",
    "find_gap",
    "idle_rows",
    "overlaps",
    "read_condition",
]
