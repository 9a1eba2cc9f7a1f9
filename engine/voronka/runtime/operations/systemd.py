"""Units of systemd for a workspace: the service, hardened, and a backup every night."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from voronka.errors import UsageFault
from voronka.messages import Text

__all__ = ["units"]

_SERVICE = """\
[Unit]
Description=Voronka ({name})
After=network-online.target time-sync.target
Wants=network-online.target

[Service]
ExecStart={program} -C {root} run --log-format json
User={user}
Restart=on-failure
RestartSec=2
# The service ends within 25 s what it has begun.
TimeoutStopSec=30
KillSignal=SIGTERM
UMask=0077
Environment=LANG=C.UTF-8
EnvironmentFile=-/etc/voronka/{name}.env

{hardening}
[Install]
WantedBy=multi-user.target
"""
_BACKUP = """\
[Unit]
Description=Backup of Voronka ({name})

[Service]
Type=oneshot
ExecStart={program} -C {root} backup --force {backups}/{name}.backup
User={user}
UMask=0077
Environment=LANG=C.UTF-8
EnvironmentFile=-/etc/voronka/{name}.env

{hardening}"""
_TIMER = """\
[Unit]
Description=Backup of Voronka ({name}) every night

[Timer]
OnCalendar=*-*-* 03:30
RandomizedDelaySec=10min
Persistent=true

[Install]
WantedBy=timers.target
"""
_HARDENING = """\
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths={written}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
CapabilityBoundingSet=
SystemCallArchitectures=native
SystemCallFilter=@system-service
"""


def units(*, name: str, root: Path, program: Path, user: str, backups: Path | None) -> Mapping[str, str]:
    """Return the texts of the units by the names of their files; the paths are whole.

    The nightly backup has one file, which the newest replaces; `backups` None: there is none. Raises `UsageFault` for
    what a unit cannot hold.
    """
    given = {"name": name, "root": str(root), "program": str(program), "user": user, "backups": str(backups or "")}
    for key, each in given.items():
        if key == "backups" and backups is None:
            continue
        # systemd would split it, or take it for a sign of its own.
        if not each or any(sign.isspace() or sign in "\"'%$;\\" for sign in each):
            raise UsageFault(
                Text("“{text}” cannot stand in a unit of systemd.", text=each),
                Text("Use names without spaces, quotes and the signs % $ ; \\."),
            )
    written = given["root"] if backups is None else f"{root} {backups}"
    told = {**given, "hardening": _HARDENING.format(written=written)}
    service = {f"voronka-{name}.service": _SERVICE.format_map(told)}
    if backups is None:
        return service
    return {
        **service,
        f"voronka-{name}-backup.service": _BACKUP.format_map(told),
        f"voronka-{name}-backup.timer": _TIMER.format_map(told),
    }
