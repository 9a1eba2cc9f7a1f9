"""From text to tokens, with a remedy for what is not in the language but often written.

A wrong sign with an obvious meaning (``=``, ``&&``, ``≥``, curly quotes) is reported and read as what was meant, so
that the rest of the text is checked in the same run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum

from voronka.expressions.problem import Problem
from voronka.frozen import frozen
from voronka.messages import Text

__all__ = ["KEYWORDS", "Token", "TokenKind", "tokenize"]

KEYWORDS = frozenset({"and", "or", "not", "in", "is", "if", "else", "true", "false", "missing"})


class TokenKind(StrEnum):
    """What a token is. The value of a PERCENT is its number, without the sign; FAULTY is a value already reported."""

    NAME = "name"
    KEYWORD = "keyword"
    NUMBER = "number"
    PERCENT = "percent"
    TEXT = "text"
    SIGN = "sign"
    FAULTY = "faulty"


@frozen(kw_only=False)
class Token:
    """A piece of the text from `start` to `end` (exclusive), and what it says once quotes and escapes are gone."""

    kind: TokenKind
    value: str
    start: int
    end: int


_PIECES = re.compile(
    r"""
    (?P<space>[ \t\r\n]+)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<curly>[“”„][^“”"]*[“”]|«[^«»]*»|[‘’][^‘’']*[‘’])
  | (?P<date>(?:\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4})(?![\w.]))
  | (?P<grouped>[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?![\w.]))
  | (?P<number>\.?\d[\w.]*)
  | (?P<name>[^\W\d]\w*)
  | (?P<long>=>|=<|<>|&&|\|\||\*\*|//|:=|->)
  | (?P<sign>==|!=|<=|>=|[-+*/<>()\[\],.])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_NUMBER = re.compile(r"(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LONGEST_NUMBER = 25
_MOST_PROBLEMS = 20

_MEANT = {
    "=": "==",
    "=>": ">=",
    "=<": "<=",
    "<>": "!=",
    "≠": "!=",
    "≥": ">=",
    "≤": "<=",
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "!": "not",
    "×": "*",
    "÷": "/",
    "–": "-",
    "—": "-",
    "−": "-",
}
_WORDS = {"и": "and", "или": "or", "не": "not", "в": "in", "если": "if", "иначе": "else", "true": "true"}


_SCALES = re.compile(
    r"(?P<thousand>тыс|тысяч[аи]?)|(?P<million>млн|миллион(?:а|ов)?)|(?P<billion>млрд|миллиард(?:а|ов)?)"
)
_POWERS = {"thousand": 3, "million": 6, "billion": 9}
_COINS = re.compile(r"руб|рубл(?:ь|я|ей)|р")
_COMPARED = {"больше": ">", "меньше": "<", "равно": "==", "равен": "==", "равна": "=="}
_DAYS = re.compile(r"days?|д|дн|дня|дней|день|(?P<working>working|рабоч\w+)")


def tokenize(text: str) -> tuple[list[Token], list[Problem], bool]:
    """Return the tokens, the problems, and whether the tokens stand for what was meant in spite of them."""
    tokens: list[Token] = []
    problems: list[Problem] = []
    readable = True
    for piece in _PIECES.finditer(text):
        start, end = piece.span()
        if piece.lastgroup == "space":
            continue
        if piece.group() == "%" and tokens:
            last = tokens[-1]
            if last.kind is TokenKind.NUMBER and last.end == start and _ends(text, end):
                tokens[-1] = Token(TokenKind.PERCENT, last.value, last.start, end)
                continue
        if (stray := _stray(piece, tokens, problems)) is not None:
            problems.append(stray)
            continue
        if (other := _elsewhere(text, piece, tokens)) is not None:
            return tokens, [*problems, other], False
        token, problem = _READERS[piece.lastgroup or ""](piece.group(), start, end)
        if token is not None:
            tokens.append(token)
        if problem is not None:
            problems.append(problem)
            readable = readable and token is not None
            if len(problems) == _MOST_PROBLEMS:
                return tokens, problems, False
    return tokens, problems, readable


def _elsewhere(text: str, piece: re.Match[str], tokens: list[Token]) -> Problem | None:
    """Return what is wrong with a word that means in other languages what this one writes otherwise."""
    word, last = piece.group().casefold(), tokens[-1] if tokens else None
    opened = last is None or (last.kind is TokenKind.SIGN and last.value != ")")
    if word in {"if", "если"} and opened and text[piece.end() :].lstrip().startswith("("):
        return Problem(
            code="E1002",
            reason=Text("A choice between two values is not written as a function."),
            remedy=Text("Write {example}.", example="1 if amount > 0 else 0"),
            start=piece.start(),
            end=piece.end(),
        )
    if last is not None and last.kind is TokenKind.NUMBER and (unit := _DAYS.fullmatch(word)):
        function = "working_days" if unit["working"] else "days"
        return Problem(
            code="E1003",
            reason=Text("A number with its unit is not written so in an expression."),
            remedy=Text(
                "Write {duration} for a span of time; a number of days is compared with {count} alone.",
                duration=f"{function}({last.value})",
                count=last.value,
            ),
            start=last.start,
            end=piece.end(),
        )
    if last is not None and (meant := _meant_after(last, word)) is not None:
        started = last.start if last.kind is TokenKind.NUMBER else piece.start()
        return Problem(
            code="E1003" if last.kind is TokenKind.NUMBER else "E1002",
            reason=Text("{written} is not written so in an expression.", written=text[started : piece.end()]),
            remedy=Text("Write {meant}.", meant=meant),
            start=started,
            end=piece.end(),
            suggestion=meant,
        )
    return None


def _meant_after(last: Token, word: str) -> str | None:
    """Return what is written for a word after a value: of thousands, of roubles, of what is greater."""
    if last.kind is TokenKind.NUMBER and (scale := _SCALES.fullmatch(word)):
        power = next(power for name, power in _POWERS.items() if scale[name] is not None)
        return f"{Decimal(last.value).scaleb(power):f}"
    if last.kind is TokenKind.NUMBER and _COINS.fullmatch(word):
        return last.value
    if last.kind is TokenKind.NAME or last.value == ")":
        return _COMPARED.get(word)
    return None


def _within_brackets(tokens: list[Token]) -> bool:
    signs = [token.value for token in tokens if token.kind is TokenKind.SIGN]
    return sum(map(signs.count, "([")) > sum(map(signs.count, ")]"))


def _stray(piece: re.Match[str], tokens: list[Token], problems: list[Problem]) -> Problem | None:
    """Return what is wrong with a sign that only has to be deleted."""
    if piece.group() == "=" and not tokens and not problems:
        reason, remedy = Text("This place always holds an expression, so no = begins it."), Text("Delete the =.")
    elif piece.group() == ";" and not _within_brackets(tokens):
        reason = Text("{written} does not belong to an expression.", written=";")
        remedy = Text("Delete it; docs/expressions.md shows all that may be written.")
    else:
        return None
    return Problem(code="E1002", reason=reason, remedy=remedy, start=piece.start(), end=piece.end())


def _ends(text: str, place: int) -> bool:
    """Return whether a value is complete at `place`: nothing that could be a right operand of ``%`` follows."""
    rest = text[place : place + 40].lstrip(" \t\r\n")
    word = re.match(r"\w+", rest)
    if word:
        return word.group() in {"and", "or", "if", "else", "in", "is", "not"}
    return not rest or rest[0] not in "(\"'["


def _sign(written: str, start: int, end: int) -> tuple[Token, None]:
    return Token(TokenKind.SIGN, written, start, end), None


def _name(written: str, start: int, end: int) -> tuple[Token, Problem | None]:
    if written in KEYWORDS:
        return Token(TokenKind.KEYWORD, written, start, end), None
    meant = _WORDS.get(written.lower()) or (written.lower() if written.isupper() else "")
    if meant in KEYWORDS:
        problem = Problem(
            code="E1002",
            reason=Text("{written} is not a word of the language.", written=written),
            remedy=Text("Write {meant}.", meant=meant),
            start=start,
            end=end,
            suggestion=meant,
        )
        return Token(TokenKind.KEYWORD, meant, start, end), problem
    return Token(TokenKind.NAME, written, start, end), None


def _number(written: str, start: int, end: int) -> tuple[Token, Problem | None]:
    token = Token(TokenKind.NUMBER, written, start, end)
    if len(written) > _LONGEST_NUMBER:
        reason = Text("The number is too long.")
        remedy = Text("Write at most {count} digits.", count=_LONGEST_NUMBER)
    elif _NUMBER.fullmatch(written):
        return token, None
    else:
        reason = Text("{written} is not a number.", written=written)
        remedy = Text(
            "Write digits, with a point before decimals: 1000, 0.5, 10%. A code with leading zeros or letters is a "
            'text in quotes: "0077".'
        )
    problem = Problem(code="E1003", reason=reason, remedy=remedy, start=start, end=end)
    return Token(TokenKind.FAULTY, written, start, end), problem


def _date(written: str, start: int, end: int) -> tuple[Token, Problem]:
    meant = f'"{written}"'
    if "." in written:
        day, month, year = written.split(".")
        meant = f'"{year}-{month:>02}-{day:>02}"'
    problem = Problem(
        code="E1003",
        reason=Text("{written} is a date without quotes.", written=written),
        remedy=Text("Write year, month and day in quotes: {meant}.", meant=meant),
        start=start,
        end=end,
        suggestion=meant,
    )
    return Token(TokenKind.TEXT, meant[1:-1], start, end), problem


def _grouped(written: str, start: int, end: int) -> tuple[Token, Problem]:
    meant = re.sub(r"\s", "", written).replace(",", ".")
    problem = Problem(
        code="E1003",
        reason=Text("There are spaces within the number {written}.", written=written),
        remedy=Text("Write {meant}.", meant=meant),
        start=start,
        end=end,
        suggestion=meant,
    )
    return Token(TokenKind.NUMBER, meant, start, end), problem


def _text(written: str, start: int, end: int) -> tuple[Token, Problem | None]:
    body = written[1:-1]
    value = _ESCAPE.sub(r"\1", body)
    token = Token(TokenKind.TEXT, value, start, end)
    if written[0] not in "\"'":
        reason = Text("These are not the quotes of the language.")
        remedy = Text("Write straight quotes: {meant}.", meant=f'"{body}"')
        return token, Problem(code="E1002", reason=reason, remedy=remedy, start=start, end=end)
    if any(mark not in "\\\"'" for mark in _ESCAPE.findall(body)):
        reason = Text("A backslash in a text may stand only before a quote or another backslash.")
        remedy = Text("Write two backslashes for one.")
    elif not value.isprintable() and any(not c.isprintable() and not c.isspace() for c in value):
        reason = Text("The text holds a character that cannot be seen.")
        remedy = Text("Type the text anew.")
    elif any(c in "\n\r\t\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029" for c in value):
        reason = Text("The text goes over more than one line or holds a tab.")
        remedy = Text("Write it on one line, with plain spaces.")
    else:
        return token, None
    problem = Problem(code="E1004", reason=reason, remedy=remedy, start=start, end=end)
    return Token(TokenKind.FAULTY, value, start, end), problem


def _other(written: str, start: int, end: int) -> tuple[Token | None, Problem]:
    token: Token | None = None
    suggestion: str | None = None
    if written == "%":
        reason = Text("% is not an operator here: it makes a percent of the number it stands at, as in 10%.")
        remedy = Text("Write mod(a, b) for the remainder of a division.")
    elif meant := _MEANT.get(written):
        reason = Text("{written} is not an operator of the language.", written=written)
        remedy = Text("Write {meant}.", meant=meant)
        kind = TokenKind.KEYWORD if meant in KEYWORDS else TokenKind.SIGN
        token = Token(kind, meant, start, end)
        suggestion = meant
    elif written == ";":
        reason = Text("Values in brackets are parted by commas, not by semicolons.")
        remedy = Text("Write a comma.")
        token = Token(TokenKind.SIGN, ",", start, end)
        suggestion = ","
    elif written in "\"'“”„«»‘’":
        reason = Text("The text that begins here does not end.")
        remedy = Text('Close it with the same straight quote: "text".')
    elif written == "#":
        reason = Text("# does not belong to an expression.")
        remedy = Text("If a comment was meant, put the expression in quotes and leave a space before the comment.")
    elif written.isspace():
        reason = Text("There is a space here that is not an ordinary one.")
        remedy = Text("Delete it and type an ordinary space.")
    elif written == "**":
        reason = Text("The language has no powers.")
        remedy = Text("Multiply: x * x.")
    elif written == "//":
        reason = Text("// is not an operator of the language.")
        remedy = Text("Write / to divide; the result may have decimals.")
    else:
        shown = written if written.isprintable() else f"U+{ord(written[0]):04X}"
        reason = Text("{written} does not belong to an expression.", written=shown)
        remedy = Text("Delete it; docs/expressions.md shows all that may be written.")
    return token, Problem(code="E1002", reason=reason, remedy=remedy, start=start, end=end, suggestion=suggestion)


_READERS: dict[str, Callable[[str, int, int], tuple[Token | None, Problem | None]]] = {
    "sign": _sign,
    "name": _name,
    "date": _date,
    "grouped": _grouped,
    "number": _number,
    "text": _text,
    "curly": _text,
    "long": _other,
    "other": _other,
}
