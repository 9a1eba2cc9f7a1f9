"""`voronka account`."""

from voronka.cli.party import party_commands

app = party_commands("account")
