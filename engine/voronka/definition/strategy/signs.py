"""The seven questions about readiness, the sign that a no is, and its remedy. The wording is ours, after Taber."""

from __future__ import annotations

from collections.abc import Mapping

from voronka.definition.strategy.readiness import Sign
from voronka.messages import Text

__all__ = ["QUESTIONS", "REMEDIES", "SIGNS"]

QUESTIONS: Mapping[Sign, Text] = {
    Sign.INVESTMENT: Text("Is there an organised, long-term investment in how you sell?"),
    Sign.CLEAN_DATA: Text("Have the data ever been brought together and cleaned?"),
    Sign.ONE_SIDE: Text("Do sales, marketing and support work as one side?"),
    Sign.SOBER_CASES: Text("Are business cases worked out soberly, not made as a contest?"),
    Sign.SIZE: Text("Is the business large enough for a strategy to pay?"),
    Sign.FEW_SYSTEMS: Text("Are the systems few enough to be joined?"),
    Sign.ATTENTION: Text("Do leaders attend to a decision until it is carried out?"),
}

SIGNS: Mapping[Sign, Text] = {
    Sign.INVESTMENT: Text("No organised long-term investment"),
    Sign.CLEAN_DATA: Text("Data never brought together or cleaned"),
    Sign.ONE_SIDE: Text("Sales, marketing and support as rivals"),
    Sign.SOBER_CASES: Text("Business cases made as contests"),
    Sign.SIZE: Text("Too small"),
    Sign.FEW_SYSTEMS: Text("Dozens of systems"),
    Sign.ATTENTION: Text("Attention that does not last"),
}

REMEDIES: Mapping[Sign, Text] = {
    Sign.INVESTMENT: Text("Undertake tactical projects only."),
    Sign.CLEAN_DATA: Text("Limit data from outside, and buy data services of good quality."),
    Sign.ONE_SIDE: Text("Begin in the area of one head."),
    Sign.SOBER_CASES: Text("Make no proposal that takes longer than six months."),
    Sign.SIZE: Text("Aim at tactical benefits."),
    Sign.FEW_SYSTEMS: Text("Begin with one unit."),
    Sign.ATTENTION: Text("Promise little, and always have decisions confirmed in writing."),
}
