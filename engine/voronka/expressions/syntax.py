"""From tokens to a tree, by Python's own parser.

The parser never sees the text: every name, number and quoted text goes in as the number of its token. So the tree has
no byte offsets, no huge literals, no escapes and no Unicode names, and each place leads back to the characters.
"""

from __future__ import annotations

import ast
from itertools import pairwise

from voronka.expressions.problem import Problem
from voronka.expressions.tokens import Token, TokenKind, tokenize
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["MOST_LEVELS", "Source", "parse", "too_large"]

_MOST_CHARACTERS = 4_000
_MOST_TOKENS = 1_000
_MOST_BRACKETS = 40
MOST_LEVELS = 100
"""How deep an expression may nest, its formulas included. Each term of a sum is a level."""

_VALUES = frozenset({TokenKind.NAME, TokenKind.NUMBER, TokenKind.PERCENT, TokenKind.TEXT, TokenKind.FAULTY})
_WORD_VALUES = frozenset({"true", "false", "missing"})
_CLOSING = {")": "(", "]": "["}


@frozen(kw_only=False)
class Source:
    """A text with its tokens and the tree that was made of them."""

    text: str
    tokens: tuple[Token, ...]
    tree: ast.expr
    begins: dict[int, int]
    ends: dict[int, int]

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Return the columns of `node` in characters of the text, the end exclusive."""
        first, last = self.begins[node.col_offset], self.ends[node.end_col_offset or 0]
        return self.tokens[first].start, self.tokens[last].end

    def written(self, node: ast.expr) -> str:
        """Return `node` as it is written, on one line."""
        start, end = self.span(node)
        return " ".join(self.text[start:end].splitlines())

    def token(self, node: ast.expr) -> Token:
        """Return the token of a name or a constant."""
        return self.tokens[self.begins[node.col_offset]]

    def dotted(self, node: ast.expr) -> str | None:
        """Return a name, with its dots, as it is written; None if `node` is none."""
        if isinstance(node, ast.Name) and node.id.startswith("_"):
            return self.tokens[int(node.id[1:])].value
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            before = self.dotted(node.value)
            return before and f"{before}.{self.tokens[int(node.attr[1:])].value}"
        return None


_HABITS = frozenset({TokenKind.NAME, TokenKind.KEYWORD})


def parse(text: str) -> tuple[Source | None, list[Problem]]:
    """Return the parsed text, None if it cannot be parsed, and all problems found on the way."""
    if len(text) > _MOST_CHARACTERS:
        return None, [too_large(len(text))]
    tokens, problems, readable = tokenize(text)
    if not readable:
        return None, problems
    if not tokens:
        reason, remedy = Text("There is no expression here."), Text("Write one, or delete the key.")
        return None, [
            *problems,
            Problem(code="E1005", reason=reason, remedy=remedy, start=0, end=len(text)),
        ]
    if len(tokens) > _MOST_TOKENS:
        return None, [*problems, too_large(len(text))]
    if found := _brackets(tokens, len(text)) or _habit(tokens) or _neighbours(tokens):
        return None, [*problems, found]
    source, problem = _read(text, tokens)
    # What does not parse after a wrong sign was read as another one is a consequence of it.
    if problem is not None and not problems:
        problems = [problem]
    return source, problems


def too_deep(length: int) -> Problem:
    """Return the problem of an expression of so many characters that is beyond a limit with the formulas it reads."""
    return Problem(
        code="E1110",
        reason=Text("With all that its names are computed from, it is too large or too deeply nested."),
        remedy=Text(
            "Compute it from fields in fewer steps: names may read one another {levels} levels deep.",
            levels=MOST_LEVELS,
        ),
        start=0,
        end=length,
    )


def too_large(length: int) -> Problem:
    """Return the problem of an expression of so many characters that is beyond a limit."""
    return Problem(
        code="E1001",
        reason=Text("The expression is too long or too deeply nested."),
        remedy=Text(
            "Split it: a computed field with a formula of its own can be named here. At most {characters} "
            "characters, {brackets} brackets within each other and {levels} terms in a row.",
            characters=_MOST_CHARACTERS,
            brackets=_MOST_BRACKETS,
            levels=MOST_LEVELS,
        ),
        start=0,
        end=length,
    )


def _brackets(tokens: list[Token], length: int) -> Problem | None:
    opened: list[Token] = []
    for token in tokens:
        if token.kind is not TokenKind.SIGN:
            continue
        if token.value in "([":
            opened.append(token)
            if len(opened) > _MOST_BRACKETS:
                return too_large(length)
        elif token.value in _CLOSING:
            if not opened or opened[-1].value != _CLOSING[token.value]:
                return _odd_bracket(token)
            opened.pop()
    return _odd_bracket(opened[-1]) if opened else None


def _odd_bracket(token: Token) -> Problem:
    return Problem(
        code="E1005",
        reason=Text("The bracket {bracket} has no partner.", bracket=token.value),
        remedy=Text("Add the missing bracket, or delete this one."),
        start=token.start,
        end=token.end,
    )


def _habit(tokens: list[Token]) -> Problem | None:
    """Return a form of another language that this one writes otherwise, with what stands for it here."""
    words = [each.value.casefold() if each.kind in _HABITS else "" for each in tokens]
    for place, (token, word) in enumerate(zip(tokens, words, strict=True)):
        if word == "between" and place and tokens[place - 1].kind is TokenKind.NAME and "and" in words[place:]:
            reason = Text("A range is not written with {word}.", word=token.value)
            remedy = Text("Compare with both ends at once: 5 <= amount <= 10.")
        elif word == "if" and not place and "then" in words:
            reason = Text("A choice does not begin with {word}.", word=token.value)
            remedy = Text("Write the value first: y if x else z.")
        else:
            continue
        return Problem(code="E1005", reason=reason, remedy=remedy, start=token.start, end=token.end)
    return None


def _neighbours(tokens: list[Token]) -> Problem | None:
    """Return the first place where two values stand side by side without an operator."""
    for left, right in pairwise(tokens):
        ends = left.kind in _VALUES or left.value in _WORD_VALUES or left.value in _CLOSING
        begins = right.kind in _VALUES or (right.kind is TokenKind.KEYWORD and right.value in _WORD_VALUES)
        if ends and begins:
            return _unreadable(right)
    return None


def _unreadable(token: Token) -> Problem:
    return Problem(
        code="E1005",
        reason=Text("The expression cannot be read from here on."),
        remedy=Text("Look for a missing operator, comma, quote or bracket just before this place."),
        start=token.start,
        end=token.end,
    )


def _read(text: str, tokens: list[Token]) -> tuple[Source | None, Problem | None]:
    pieces: list[str] = []
    begins: dict[int, int] = {}
    ends: dict[int, int] = {}
    column = 0
    for place, token in enumerate(tokens):
        match token.kind:
            case TokenKind.NAME:
                piece = f"_{place}"
            case TokenKind.NUMBER | TokenKind.PERCENT | TokenKind.FAULTY:
                piece = str(place)
            case TokenKind.TEXT:
                piece = f'"{place}"'
            case _:
                piece = token.value
        begins[column] = place
        column += len(piece)
        ends[column] = place
        column += 1
        pieces.append(piece)
    try:
        tree = ast.parse(" ".join(pieces), mode="eval").body
    except SyntaxError as error:
        # At the end of the text the parser tells 0.
        column = (error.offset or column) - 1
        place = max((place for start, place in begins.items() if start <= column), default=0)
        return None, _unreadable(tokens[place])
    except (RecursionError, MemoryError):
        return None, too_large(len(text))
    if _levels(tree) > MOST_LEVELS:
        return None, too_large(len(text))
    return Source(text, tuple(tokens), tree, begins, ends), None


def _levels(tree: ast.expr) -> int:
    deepest, pending = 0, [(tree, 1)]
    while pending:
        node, level = pending.pop()
        deepest = max(deepest, level)
        pending += [(child, level + 1) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    return deepest
