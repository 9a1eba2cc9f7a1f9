"""A workspace of a random process, in which random things are done."""

from __future__ import annotations

import os
import shutil

from tests.property.processes import changed, process_files
from voronka.calendars import HOUR
from voronka.config import read_workspace
from voronka.config.finding import Severity
from voronka.simulation.clock import VirtualClock
from voronka.testing import TestWorkspace, write_files

NEXT_MODE = {"active": "shadow", "shadow": "active", "off": "active"}
EXAMPLES = 400 if os.environ.get("VORONKA_DEEP") else 12


class Life:
    """A workspace with two deals, in which things are done."""

    def __init__(self, root, funnel, rules, empty):
        self.funnel = funnel
        self.rules = rules
        shutil.copytree(empty, root)
        write_files(root, process_files(funnel, rules))
        assert [str(found.reason) for found in read_workspace(root).findings if found.severity is Severity.ERROR] == []
        self.run = TestWorkspace(root, start="2026-03-02 10:00", zone="Europe/Moscow")
        self.run.execute("account.create", fields={"name": "Acme"})
        self.run.execute("contact.create", fields={"name": "Olga", "email": "olga@client.example"})
        for _ in range(2):
            known = {"account": "Acme", "contact": "Olga", "owner": "anna"}
            assert self.run.execute("deal.create", funnel="f", fields=known)["refusal"] is None

    def do(self, what, *how):
        match what, *how:
            case (("account.set" | "contact.set"), value):
                self.of_party(what, value)
            case "pass", span:
                self.run.advance(span)
            case "outage", span:
                self.outage(span)
            case "back", hours:
                self.run.clock = VirtualClock(self.run.clock.now() - hours * HOUR)
                self.run.reopen()
            case "release", change:
                self.release(change)
            case "import", rows:
                self.imports(rows)
            case ("undo",):
                runs = self.run.query("imports")
                if runs:
                    self.run.work("import.undo", **{"import": runs[0]["import"]})
            case _, deal, *more:
                self.of_deal(what, deal, *more)

    def of_party(self, what, value):
        if what == "account.set":
            self.run.execute(what, account="Acme", fields={"turnover": value})
        else:
            self.run.execute(what, contact="Olga", fields={"zone": value})

    def of_deal(self, what, deal, *how):
        match what, *how:
            case "deal.move", to, fields:
                override = {"override": "because", "actor": "boss"} if fields.get("flag") == "true" else {}
                self.run.execute(what, deal=deal, to=to, fields=fields, **override)
            case "deal.set", fields:
                self.run.execute(what, deal=deal, fields=fields, **self.actor(fields))
            case "interaction.log", direction:
                self.run.execute(what, deal=deal, fields={"kind": "call", "direction": direction})
            case "row.put", part, agreed, by:
                values = {"part": part, "agreed": agreed, "by": by}
                self.run.execute(what, deal=deal, collection="parts", fields=values)
            case "row.remove", part:
                self.run.execute(what, deal=deal, collection="parts", key=part)
            case "checklist.tick", item:
                self.run.execute(what, deal=deal, item=item)
            case ("task.complete",):
                with self.run.client.engine.read() as reader:
                    tasks = [task for state in reader.list_deals() if state.number == deal for task in state.tasks]
                if tasks:
                    self.run.execute(what, deal=deal, task=tasks[0])

    def actor(self, fields):
        """A limit of 2 is set by the one whose field it is, any other by the operator."""
        return {"actor": "boss"} if fields.get("limit") == "2" else {}

    def outage(self, span):
        """The engine stands still for a while, then comes back and learns of it."""
        engine = self.run.client.engine
        engine.beat()
        hours = 2 if span == "2 hours" else 72
        self.run.clock.advance(hours * HOUR)
        self.run.reopen()
        self.run.client.engine.beat()
        self.run.client.engine.settle()

    def release(self, change):
        """The configuration changes while deals are under way."""
        for stage in self.funnel["stages"].values():
            for name, event in stage.get("timed", {}).items():
                stage["timed"][name] = changed(event, change)
        for rule in self.rules.values():
            rule["mode"] = NEXT_MODE[rule["mode"]]
        write_files(self.run.root, process_files(self.funnel, self.rules))
        assert self.run.work("reload")["release"]

    def imports(self, rows):
        """The past of some deals comes in."""
        file = self.run.root.parent / "past.csv"
        lines = ["id,at,what", *(",".join(row) for row in sorted(rows, key=lambda row: row[1]))]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.run.work("import", mapping="past", file=str(file))
