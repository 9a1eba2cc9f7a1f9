"""The language of conditions and formulas: checked before it runs, three-valued, explained. Pure."""

from voronka.expressions.compiler import compile_expression, problems_of
from voronka.expressions.environment import Env, RowsNotLoaded
from voronka.expressions.explanation import Explanation
from voronka.expressions.expression import Expression, Reads
from voronka.expressions.fusion import fuse
from voronka.expressions.money import to_money
from voronka.expressions.names import WORDS
from voronka.expressions.possibility import Possibility
from voronka.expressions.problem import CODES, Problem, Severity
from voronka.expressions.scope import Name, Scope
from voronka.expressions.suggestion import in_latin, in_latin_layout, one_of, suggest
from voronka.expressions.values import Kind, Type, Value

__all__ = [
    "CODES",
    "WORDS",
    "Env",
    "Explanation",
    "Expression",
    "Kind",
    "Name",
    "Possibility",
    "Problem",
    "Reads",
    "RowsNotLoaded",
    "Scope",
    "Severity",
    "Type",
    "Value",
    "compile_expression",
    "fuse",
    "in_latin",
    "in_latin_layout",
    "one_of",
    "problems_of",
    "suggest",
    "to_money",
]
