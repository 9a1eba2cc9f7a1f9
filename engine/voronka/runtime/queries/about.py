"""What a client needs to know of a workspace before it shows anything of it."""

from __future__ import annotations

from voronka.runtime.queries.asked import Asked, parameters
from voronka.runtime.words import Json, words

__all__ = ["about"]


@parameters()
def about(asked: Asked) -> Json:
    """Answer with the workspace's name, title, languages, time zone, currency, and the names that commands take."""
    workspace = asked.workspace
    return {
        "name": workspace.name,
        "title": words(workspace.title),
        "release": workspace.release,
        "locale": workspace.locale,
        "timezone": workspace.timezone,
        "currency": {"code": workspace.currency.code, "digits": workspace.currency.digits},
        "funnels": [{"name": funnel.name, "label": words(funnel.label)} for funnel in workspace.funnels.values()],
        "imports": sorted({*workspace.imports, *workspace.row_imports}),
        "segments": {segment.name: segment.of.value for segment in workspace.segments.values()},
        "work": list(workspace.work),
    }
