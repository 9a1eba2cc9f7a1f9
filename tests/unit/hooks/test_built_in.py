"""What comes with the engine is declared through the same hooks as what plugins bring."""

import json
from importlib import resources

from voronka.hooks.built_in import plugin


def test_every_action_of_the_language_is_declared():
    schema = json.loads((resources.files("voronka.config") / "schemas" / "funnels.json").read_text(encoding="utf-8"))
    declared = {action.name for action in plugin.voronka_actions()}
    assert declared == set(schema["$defs"]["action"]["properties"])
