"""Jinja2 in its sandbox: what a template says, with marks where values belong."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import ChainableUndefined, Template, TemplateError, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from voronka.config.template_names import FILTERS, TESTS, TemplateFault, read_names
from voronka.messages import Text
from voronka.runtime.rendering import Filled, RenderingError

__all__ = ["said"]

_FILLED = " filled"  # no name that a template could write


def said(source: str, names: Mapping[str, Any], filled: Filled) -> str:
    """Return what a template says, a mark for each value; the values are put into `filled`.

    Raises `RenderingError`.
    """
    try:
        return _compiled(source).render({**names, _FILLED: filled})
    except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise RenderingError(str(error)) from error


@pass_context
def _say(context: Context, value: object) -> str:
    filled: Filled = context.parent[_FILLED]
    return filled.say("" if value is None else str(value))


# Every name was checked against the workspace's fields when the configuration was read. What is missing at the
# time of sending reads as nothing. Nothing is escaped here: the marks keep values apart from the text until the end.
_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=ChainableUndefined, autoescape=False, finalize=_say)
_ENVIRONMENT.globals.clear()
_ENVIRONMENT.filters = {name: _ENVIRONMENT.filters[name] for name in FILTERS}
_ENVIRONMENT.tests = {name: _ENVIRONMENT.tests[name] for name in TESTS}


@lru_cache(maxsize=1024)
def _compiled(source: str) -> Template:
    # Again, for releases that another version has checked.
    for each in read_names(source):
        if isinstance(each, TemplateFault):
            raise RenderingError(Text("line {line}: {reason}", line=each.line, reason=each.reason))
    return _ENVIRONMENT.from_string(source)
