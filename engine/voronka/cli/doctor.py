"""`voronka doctor`: what whoever runs a workspace should know."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import typer

from voronka.cli.output import Output
from voronka.cli.parameters import AsJson, single
from voronka.cli.session import opened
from voronka.errors import EnvironmentFault, UsageFault
from voronka.messages import Plural, Text, original

app = single()

_PATIENCE = 2
"""Seconds that plugins have to be loaded."""


@app.command(help=original("Look at everything that whoever runs the workspace should know"))
def doctor(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Look at the machine, the database, the configuration and the plugins; tell what to do about each finding.

    Exit code 0: nothing is wrong; 1: something must not stay as it is; 5: the database cannot be opened.
    """
    from voronka.runtime.configuration import BrokenConfigurationError
    from voronka.runtime.operations.finding import Finding
    from voronka.runtime.operations.machine import examine_machine
    from voronka.runtime.state import state_folder

    out = Output(ctx.obj)
    found: list[dict[str, Any]] = []
    code = 0
    with ExitStack() as stack:
        try:
            found += [finding.to_json() for finding in examine_machine(state_folder(ctx.obj.root))]
            try:
                session = stack.enter_context(opened(ctx, patience=_PATIENCE))
            except UsageFault as fault:  # an address that cannot be used
                raise EnvironmentFault(fault.reason, fault.remedy) from fault
            found += session.work("doctor", {})
        except (BrokenConfigurationError, EnvironmentFault) as fault:
            found.append(Finding(part="database", told=fault.reason, remedy=fault.remedy, grave=True).to_json())
            code = fault.exit_code
    if as_json:
        out.json(found)
    else:
        _tell(out, found)
    raise typer.Exit(code or int(any(each["grave"] for each in found)))


def _tell(out: Output, found: list[dict[str, Any]]) -> None:
    for each in found:
        if each["told"] is None:
            out.data(f"  {each['part']}: {out.words(Text('well'))}")
    wrong = [each for each in found if each["told"] is not None]
    for each in wrong:
        out.data(f"{'!' if each['grave'] else '·'} {each['part']}: {out.words(each['told'])}")
        out.data(f"    {out.words(each['remedy'])}")
    if wrong:
        out.data(out.words(Plural("{n} finding", "{n} findings", n=len(wrong))))
    else:
        out.data(out.words(Text("Nothing is wrong.")))
