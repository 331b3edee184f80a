"""The demo that the system tests share, and what they ask of it.

`demo.py up` brings one up in a temporary folder and notes the folder in the build folder; `demo.py down` takes it away.
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("V2C_BUILD_DIR", SOURCE / "build/release"))
INSTALLER = SOURCE / "installer/demo"
NOTE = BUILD / "system-demo.state"


def run(*command, check=True, input=None, env=None, timeout=120):
    """Runs a command; with check, a failure raises with everything it printed."""
    result = subprocess.run(
        [str(part) for part in command], input=input, capture_output=True, text=True, timeout=timeout,
        env={**os.environ, **(env or {})})
    if check and result.returncode != 0:
        raise AssertionError(f"{command} ended with {result.returncode}\n{result.stdout}\n{result.stderr}")
    return result


class Demo:
    """A running demo by its state folder."""

    def __init__(self, state=None):
        self.state = pathlib.Path(state or NOTE.read_text().strip())
        self._environment = None

    def command(self, name, *arguments, check=True, timeout=180):
        return run(INSTALLER, name, "--state", self.state, *arguments, check=check, timeout=timeout)

    def start(self):
        """Starts what is down."""
        self.command("start")

    @property
    def environment(self):
        """The variables of `installer/demo env` with their V2C_ names."""
        if self._environment is None:
            text = self.command("env").stdout
            self._environment = dict(line.removeprefix("export ").split("=", 1) for line in text.splitlines())
            self._environment = {name: value.strip("'") for name, value in self._environment.items()}
        return self._environment

    def __getitem__(self, name):
        return self.environment["V2C_" + name]

    def new_unit(self, vin=None, slot=1):
        """Puts a fresh unit into the slot. Returns its VIN."""
        vin = vin or random_vin()
        self.command("new-tcu", "--vin", vin, "--slot", str(slot))
        self._environment = None
        return vin

    def provision(self, vin, slot=1, expect=0):
        """Provisions headless; returns what --json printed."""
        result = self.command("provision", "--vin", vin, "--slot", str(slot), "--json", check=False)
        if result.returncode != expect:
            raise AssertionError(f"expected exit {expect}, got {result.returncode}\n{result.stdout}\n{result.stderr}")
        return json.loads(result.stdout)

    def pid(self, name):
        return int((self.state / f"run/{name}.pid").read_text())

    def sql(self, statement, **variables):
        """Rows of the query as dicts. Variables are psql's, used as :'name'."""
        arguments = [f"--set={name}={value}" for name, value in variables.items()]
        wrapped = f"SELECT coalesce(json_agg(row), '[]') FROM ({statement.strip().rstrip(';')}) AS row"
        result = run("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", *arguments, self["DATABASE_URL"], input=wrapped)
        return json.loads(result.stdout)

    def curl(self, method, path, body=None, station=False, token=None, headers=None):
        """One request to the API by curl. Returns (status, JSON or text)."""
        command = ["curl", "-sS", "--max-time", "20", "--cacert", self["ROOT_CERT"], "-X", method, "-w", "\n%{http_code}",
                   self["API_URL"] + path]
        if station:
            command += ["--cert", self["STATION_CERT"], "--key", self["STATION_KEY"]]
        if token:
            command += ["-H", f"Authorization: Bearer {token}"]
        for name, value in (headers or {}).items():
            command += ["-H", f"{name}: {value}"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "--data-binary", "@-"]
        text, status = run(*command, input=None if body is None else json.dumps(body)).stdout.rsplit("\n", 1)
        try:
            return int(status), json.loads(text)
        except json.JSONDecodeError:
            return int(status), text

    def export_audit(self, folder, *options):
        """An export of all rows that are there now, sealed; the gateway's user writes into the folder's parent."""
        end = time.monotonic() + 60
        while self.sql("SELECT count(*) AS n FROM audit a WHERE NOT EXISTS (SELECT FROM audit_leaves l WHERE l.audit_id = a.id)")[0]["n"]:
            if time.monotonic() > end:
                raise AssertionError("audit rows stay unsealed")
            time.sleep(0.1)
        run(pathlib.Path(self["BIN"], "v2c-ca-gateway"), "export", "--config", self["GATEWAY_CONFIG"], "--output", folder, *options)
        return folder

    def verify_export(self, folder, *options, check=True):
        return run(pathlib.Path(self["BIN"], "v2c-ca-gateway"), "verify-export", folder, "--root", self["ROOT_CERT"], *options, check=check)

    def identity(self, vin):
        """device_id and vin_hash of a VIN, computed here from the specification's definitions (notes 1 and 2)."""
        import hashlib
        import hmac
        secrets = json.loads((self.state / "secrets/identity.json").read_text())
        salt, key = (bytes.fromhex(secrets[name]) for name in ("device_id_salt", "vin_hash_key"))
        device_id = hashlib.sha256(vin.encode() + salt).hexdigest()[:32].upper()
        return device_id, hmac.new(key, vin.encode(), hashlib.sha256).hexdigest()


def random_vin():
    """A North American VIN with a right check digit (49 CFR 565.15)."""
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789"))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    vin = "5VXTC2E40SA" + f"{random.randrange(10**6):06}"
    remainder = sum(int(values.get(c, c)) * w for c, w in zip(vin, weights)) % 11
    return vin[:8] + ("X" if remainder == 10 else str(remainder)) + vin[9:]


def up():
    if NOTE.exists():
        down()
    state = tempfile.mkdtemp(prefix="v2c-system-")
    NOTE.write_text(state)
    result = subprocess.run([INSTALLER, "up", "--headless", "--state", state], stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        for log in sorted(pathlib.Path(state, "log").glob("*.log")):
            print(f"--- {log.name}\n{log.read_text(errors='replace')[-4000:]}")
    return result.returncode


def down():
    state = NOTE.read_text().strip()
    run(INSTALLER, "reset", "--state", state)
    shutil.rmtree(state, ignore_errors=True)
    NOTE.unlink()
    return 0


if __name__ == "__main__":
    sys.exit({"up": up, "down": down}[sys.argv[1]]())
