"""`voronka contact`."""

from voronka.cli.party import party_commands

app = party_commands("contact")
