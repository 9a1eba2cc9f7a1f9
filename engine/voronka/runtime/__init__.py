"""What makes things happen: commands, timers, the outbox, releases, the service and its control endpoint.

Modules are imported one by one (`voronka.runtime.engine`, `voronka.runtime.client` …), so that a command that only
forwards to a running service pays for no database.
"""
