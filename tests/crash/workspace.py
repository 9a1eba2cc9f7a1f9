"""The workspace that is killed: timed events, a gate, effects of two lanes, deals that open deals, personal values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from voronka.testing import write_files

__all__ = ["CANARY", "DATABASE", "SECRET", "change_workspace", "write_workspace"]

SECRET = "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5"
"""The key of the deliveries. It must not come to light anywhere."""

CANARY = "4509-canary-118822"
"""A personal value. It must stand nowhere but in the vault."""

DATABASE = "VORONKA_DATABASE_URL"
"""The variable with the address of a database on a server."""

_FILES: Mapping[str, str] = {
    "voronka.yaml": """\
workspace: crash
locale: en
timezone: Europe/Moscow
currency: RUB
allowed_hosts: [127.0.0.1]
channels: {{chat: {{via: webhook, endpoint: sink}}}}
plugins:
  webhook: {{endpoints: {{sink: {{url: "{sink}", secret: "${{env:SINK_SECRET}}"}}}}}}
""",
    "configs/people/people.yaml": """\
roles: {{manager: {{}}}}
people: {{anna: {{name: Anna, role: manager}}}}
""",
    "configs/fields/base.yaml": """\
set: base
fields:
  amount: {{type: money}}
  steps: {{type: number}}
  passport: {{type: text, pii: true}}
""",
    "configs/templates/offer.en.md": "---\nsubject: Deal {{{{ deal.number }}}}\n---\nThe offer is {{{{ amount }}}}.\n",
    "configs/funnels/sales.yaml": """\
funnel: sales
fields: [base]
stages:
  new:
    enter: {{do: [{{webhook: {{to: sink, type: opened, data: {{n: = steps}}}}}}]}}
    timed:
      remind: {{after: 10 minutes, do: [{{webhook: {{to: sink, type: remind, data: {{n: = steps}}}}}}]}}
      ask: {{after: [3 minutes, 6 minutes, 9 minutes], do: [{{task: {{title: Ask, due: 1 day}}}}]}}
  offer:
    enter:
      do:
        - webhook: {{to: sink, type: offered, data: {{amount: = amount}}}}
        - send: {{channel: chat, to: owner, template: offer}}
    leave: {{require: [amount]}}
    timed:
      chase: {{after: 5 minutes, do: [{{send: {{channel: chat, to: owner, template: offer}}}}]}}
  contract:
    enter: {{do: [{{open_deal: {{funnel: delivery}}}}]}}
transitions:
  back: {{from: offer, to: new}}
""",
    "configs/funnels/delivery.yaml": "funnel: delivery\nstages: {{packed: {{}}, sent: {{}}}}\n",
}


def write_workspace(root: Path, sink: str, *, shared: bool = False) -> None:
    """Write the files below `root`; effects go to the address `sink`. `shared`: `DATABASE` has its database."""
    files = {name: text.format(sink=sink) for name, text in _FILES.items()}
    if shared:
        files["voronka.yaml"] += f"database: ${{env:{DATABASE}}}\n"
    write_files(root, files)


def change_workspace(root: Path) -> None:
    """Change the files so that they are another release, under which all runs as before."""
    path = root / "configs/funnels/delivery.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
