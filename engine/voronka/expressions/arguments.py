"""The arguments of a function: how many it takes, and what it says of those that do not fit."""

from __future__ import annotations

import ast

from voronka.expressions.functions import SIGNATURES
from voronka.expressions.ir import Node
from voronka.expressions.refusal import Refusal, described
from voronka.messages import Text

__all__ = ["arguments", "wrong"]


def arguments(tree: ast.Call, name: str, least: int, most: int) -> list[ast.expr]:
    """Return the arguments of a call; `Refusal` if they are fewer than `least` or more than `most`."""
    if not least <= len(tree.args) <= most:
        raise Refusal(
            "E1103",
            Text("{name} takes other arguments.", name=name),
            Text("Write {signature}.", signature=SIGNATURES[name]),
        )
    return tree.args


def wrong(name: str, node: Node) -> Refusal:
    """Return the refusal of an argument of the wrong type."""
    return Refusal(
        "E1103",
        Text(
            "{name} cannot work with {text}, which is {kind}.",
            name=name,
            text=node.text,
            kind=described(node.type),
        ),
        Text("Write {signature}.", signature=SIGNATURES[name]),
    )
