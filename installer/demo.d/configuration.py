"""Writes the demo's secrets, ports and configuration files into the state folder; what is there stays."""

import json
import os
import pathlib
import random
import secrets
import socket
import sys

state = pathlib.Path(sys.argv[1])


given: set[int] = set()


def free_port() -> int:
    """Below the range that the kernel gives to outgoing connections, which would take the port while its server is down."""
    for port in random.sample(range(20000, 32000), 12000):
        if port in given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        given.add(port)
        return port
    raise SystemExit("no free port from 20000 to 31999")


def write(path: pathlib.Path, text: str, mode: int = 0o644) -> None:
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as stream:
        stream.write(text)
    os.replace(new, path)


def write_once(path: pathlib.Path, make, mode: int = 0o600) -> str:
    if not path.exists():
        write(path, make(), mode)
    return path.read_text()


for name in (
    "database-admin",
    "database-owner",
    "database-gateway",
    "database-feed",
    "database-vault_owner",
    "database-vault_writer",
    "database-vault_reader",
):
    write_once(state / "secrets" / name, lambda: secrets.token_urlsafe(24))
write_once(
    state / "secrets/identity.json",
    lambda: json.dumps({"device_id_salt": secrets.token_hex(32), "vin_hash_key": secrets.token_hex(32)}),
)
write_once(state / "secrets/vault.json", lambda: json.dumps({"vin_index_key": secrets.token_hex(32)}))
write_once(state / "secrets/evidence.json", lambda: json.dumps({"evidence_key": secrets.token_hex(32)}))
ports = json.loads(
    write_once(
        state / "etc/ports.json",
        lambda: json.dumps({name: free_port() for name in ("api", "ocsp", "crl", "metrics", "bus", "broker")}),
        0o644,
    )
)
write(state / "etc/ports.sh", "".join(f"{name}_port={port}\n" for name, port in ports.items()))

share = state / "opt/share/v2c"
bin_folder = state / "opt/bin"


def write_json(path: pathlib.Path, document) -> None:
    write(path, json.dumps(document, indent=2) + "\n")


write(state / "etc/softhsm2.conf", f"directories.tokendir = {state}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")

ceremony = json.loads((share / "ceremony/demo.json").read_text())
ceremony |= {
    "profiles": str(share / "profiles"),
    "output": str(state / "pki"),
    "secrets": str(state / "secrets/ceremony"),
    "signer": str(bin_folder / "v2c-signer"),
}
write_json(state / "etc/ceremony.json", ceremony)
# New CRLs of the intermediates; the ceremony's paths are relative to its own folders.
lists = json.loads((share / "ceremony/crl.json").read_text())
lists |= {
    "profiles": str(share / "profiles"),
    "output": str(state / "pki-crl"),
    "secrets": str(state / "secrets/ceremony-crl"),
    "signer": str(bin_folder / "v2c-signer"),
}
for token in lists["tokens"]:
    token["earlier"] = {"secrets": str(state / "secrets/ceremony")}
for certificate in lists["certificates"]:
    certificate["earlier"] = str(state / certificate["earlier"])
for crl in lists["crls"]:
    crl["previous"] = str(state / crl["previous"])
write_json(state / "etc/ceremony-crl.json", lists)

cloud_service_ca = {
    "label": "cloud-service-ca",
    "certificate": str(state / "pki/cloud-service-ca.pem"),
    "profiles": ["mqtt-broker"],
    "crl": True,
}
for name, token, key, vault_key, service_keys in (
    ("signer", "v2c-issuing", "device-issuing-ca", "vin-vault", [cloud_service_ca]),
    ("signer-backup", "v2c-backup", "device-issuing-ca-backup", "vin-vault-backup", []),
):
    write_json(
        state / f"etc/{name}.json",
        {
            "socket": str(state / f"run/{name}.sock"),
            "socket_mode": "0600",
            "allowed_uids": [os.getuid()],
            "profiles": str(share / "profiles"),
            "module": ceremony["module"],
            "token": token,
            "pin_file": str(state / f"secrets/ceremony/{token}.pin"),
            "keys": [
                {
                    "label": key,
                    "certificate": str(state / f"pki/{key}.pem"),
                    "profiles": ["vehicle-device", "vehicle-device-rfc8813", "ocsp-signer"],
                    "crl": True,
                },
                *service_keys,
                {"label": vault_key, "kind": "vault", "operations": ["make", "open", "rewrap"]},
                *(
                    [
                        {
                            "label": "audit-signer",
                            "certificate": str(state / "pki/audit-signer.pem"),
                            "profiles": [],
                            "audit_heads": True,
                        }
                    ]
                    if token == "v2c-issuing"
                    else []
                ),
            ],
        },
    )

write_json(
    state / "etc/station.json",
    {
        "name": "station-demo-01",
        "gateway": {
            "urls": [f"https://127.0.0.1:{ports['api']}"],
            "root_certificate": str(state / "pki/root-ca.pem"),
        },
        "credential": {
            "certificate": str(state / "pki/station-demo-01.pem"),
            "key": str(state / "pki/station-demo-01.key"),
        },
        "identity_secrets": str(state / "secrets/identity.json"),
        "journal": str(state / "station/journal.sqlite"),
        "slots": [{"bus": f"virtualcan:tcp://127.0.0.1:{ports['bus']}/can{channel}"} for channel in (0, 1)],
        "log": {"file": str(state / "log/station.log"), "level": "info"},
        "window": {"full_screen": False},
    },
)


def gateway_url(role: str, database: str = "v2c") -> str:
    password = (state / f"secrets/database-{role}").read_text()
    return f"postgresql://v2c_{role}:{password}@/{database}?host={state}/pg"


write_once(state / "etc/feed.url", lambda: gateway_url("feed") + "\n")
write(
    state / "etc/mosquitto.conf",
    f"""listener {ports['broker']} 127.0.0.1
cafile {state}/pki/root-ca.pem
certfile {state}/pki/mqtt-broker.pem
keyfile {state}/pki/mqtt-broker.key
require_certificate true
allow_anonymous false
persistence false
log_dest stderr
plugin {next((state / "opt/lib").rglob("libv2c-broker-guard.so"))}
plugin_opt_database_url_file {state}/etc/feed.url
plugin_opt_broker_config {state}/etc/mosquitto.conf
plugin_opt_consumer broker-guard:demo
plugin_opt_metrics_file {state}/run/broker.prom
""",
)
write(
    state / "etc/gateway.json",
    json.dumps(
        {
            "database": {
                "gateway_url": gateway_url("gateway"),
                "owner_url": gateway_url("owner"),
                "migrations": str(share / "sql"),
            },
            "signer": {"sockets": [str(state / "run/signer.sock")]},
            "backup": {"sockets": [str(state / "run/signer-backup.sock")]},
            "pki": {"folder": str(state / "pki"), "profiles": str(share / "profiles"),
                    "weak_keys": str(share / "weak-keys.txt")},
            "issuing": {"override": {"issuer_certificate": "cloud-service-ca.pem", "signers": 1}},
            "brokers": {"regions": {"us-east": {"dns_names": ["localhost"], "ip_addresses": ["127.0.0.1"]}}},
            "identity_secrets": str(state / "secrets/identity.json"),
            "evidence": {
                "policy": write_once(state / "etc/evidence-policy", lambda: os.environ.get("V2C_EVIDENCE_POLICY", "required"), 0o644),
                "bundle": str(state / "pki/evidence-bundle.json"),
                "key_file": str(state / "secrets/evidence.json"),
            },
            "crl": {"folder": str(state / "crl")},
            "vault": {
                "writer_url": gateway_url("vault_writer", "v2c_vault"),
                "reader_url": gateway_url("vault_reader", "v2c_vault"),
                "owner_url": gateway_url("vault_owner", "v2c_vault"),
                "secrets": str(state / "secrets/vault.json"),
                "sockets": [str(state / "run/signer.sock"), str(state / "run/signer-backup.sock")],
                "keys": ["vin-vault", "vin-vault-backup"],
            },
            "audit": {"origin": "demo.v2c.example.com"},
            "listeners": {
                "api": {
                    "port": ports["api"],
                    "certificate": str(state / "pki/gateway-server.pem"),
                    "key": str(state / "pki/gateway-server.key"),
                    "root": str(state / "pki/root-ca.pem"),
                },
                "ocsp": {"port": ports["ocsp"]},
                "crl": {"port": ports["crl"]},
                "metrics": {"port": ports["metrics"]},
            },
        },
        indent=2,
    )
    + "\n",
    0o600,
)
