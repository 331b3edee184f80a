"""Writes the demo's secrets, ports and configuration files into the state folder; what is there stays."""

import json
import os
import pathlib
import secrets
import socket
import sys

state = pathlib.Path(sys.argv[1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write(path: pathlib.Path, text: str, mode: int = 0o644) -> None:
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as stream:
        stream.write(text)
    os.replace(new, path)


def write_once(path: pathlib.Path, make, mode: int = 0o600) -> str:
    if not path.exists():
        write(path, make(), mode)
    return path.read_text()


for name in ("database-admin", "database-owner", "database-gateway"):
    write_once(state / "secrets" / name, lambda: secrets.token_urlsafe(24))
write_once(
    state / "secrets/identity.json",
    lambda: json.dumps({"device_id_salt": secrets.token_hex(32), "vin_hash_key": secrets.token_hex(32)}),
)
ports = json.loads(
    write_once(
        state / "etc/ports.json",
        lambda: json.dumps({name: free_port() for name in ("api", "ocsp", "crl", "metrics", "bus")}),
        0o644,
    )
)
write(state / "etc/ports.sh", "".join(f"{name}_port={port}\n" for name, port in ports.items()))
