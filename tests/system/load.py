"""A gateway and signers under the tests' own hand, beside the demo's database, and load from tests/bench/issue_load."""

import contextlib
import json
import os
import pathlib
import pwd
import signal
import subprocess
import tempfile
import time

from demo import BUILD, run

TAKEOVER_SECONDS = 0.8  # backup.after_ms


def as_demo_user():
    """The prefix with which installer/demo starts its servers."""
    if os.getuid() != 0:
        return []
    return ["setpriv", "--reuid=v2c-demo", "--regid=v2c-demo", "--init-groups", "--inh-caps=-all"]


def own(path):
    """Gives a file to the servers' user, for that user only."""
    path.chmod(0o600)
    if os.getuid() == 0:
        user = pwd.getpwnam("v2c-demo")
        os.chown(path, user.pw_uid, user.pw_gid)
    return path


def wait_for(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


class Server:
    """One process in the place of the demo's process of that name, whose end is the test's business."""

    def __init__(self, demo, name, command, env=None):
        self.demo, self.name, self.command, self.env = demo, name, [str(part) for part in command], env or {}
        self.log = open(demo.state / f"log/{name}-test.log", "ab")
        self.process = None

    def start(self):
        self.process = subprocess.Popen(as_demo_user() + self.command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        env={**os.environ, **self.env})
        # So that installer/demo counts it as its own.
        (self.demo.state / f"run/{self.name}.pid").write_text(f"{self.process.pid}\n")

    def workers(self):
        return [int(pid) for pid in run("pgrep", "-P", self.process.pid, check=False).stdout.split()]

    def worker(self):
        wait_for(self.workers, 30, f"a worker of {self.name}")
        return self.workers()[0]

    def kill(self):
        """SIGKILL, as a power cut; a supervised worker dies with its supervisor."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()

    def close(self):
        self.kill()
        (self.demo.state / f"run/{self.name}.pid").unlink(missing_ok=True)
        self.log.close()


class OwnServers(contextlib.ExitStack):
    """Gateway and primary signer restarted with raised limits and for units without a TPM, so that they can be killed; the demo's
    again at the end."""

    def __init__(self, demo):
        super().__init__()
        self.demo = demo
        self.callback(demo.start)
        self.callback(self._forget_rate)
        try:
            self._take_over()
        except BaseException:
            self.close()
            raise

    def _take_over(self):
        demo = self.demo
        for name in ("gateway", "signer"):
            self.stop_demo_process(name)
        document = json.loads((demo.state / "etc/gateway.json").read_text())
        document["issuing"] = {**document.get("issuing", {}), "per_issuer_and_hour": 1000000}
        document["evidence"]["policy"] = "recorded"
        document["backup"]["after_ms"] = int(TAKEOVER_SECONDS * 1000)
        config = demo.state / "etc/gateway-test.json"
        config.write_text(json.dumps(document))
        self.callback(own(config).unlink)
        self.gateway = self.server("gateway", [demo.state / "opt/bin/v2c-ca-gateway", "serve", "--config", config])
        self.signer = self.signer_server(demo.state / "etc/signer.json")
        self.signer.start()
        self.gateway.start()
        self.wait_healthy()

    def _forget_rate(self):
        """The load was let through the CA's hourly limit; the tests that follow are not to pay for it."""
        run("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.demo["DATABASE_URL"],
            input="UPDATE certificate_requests SET requested_at = requested_at - interval '1 hour'")

    def server(self, name, command, env=None):
        server = Server(self.demo, name, command, env)
        self.callback(server.close)
        return server

    def signer_server(self, config, env=None):
        return self.server("signer", [self.demo.state / "opt/bin/v2c-signer", "--supervise", "--config", config],
                           {"SOFTHSM2_CONF": str(self.demo.state / "etc/softhsm2.conf"), **(env or {})})

    def stop_demo_process(self, name):
        pid_file = self.demo.state / f"run/{name}.pid"
        pid = int(pid_file.read_text())
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: self._is_gone(pid), 15, f"the end of the demo's {name}")
        pid_file.unlink()

    @staticmethod
    def _is_gone(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
        except FileNotFoundError:
            return True

    def health(self):
        url = self.demo["API_URL"]
        try:
            return self.demo.curl("GET", "/health")[1]
        except AssertionError:  # nobody listens at the URL
            return {"status": "down", "parts": {}, "url": url}

    def wait_healthy(self, status=("ok",), seconds=60):
        wait_for(lambda: self.health()["status"] in status, seconds, f"health {status}")

    def ca_in_use(self):
        return [name for name, state in self.health()["parts"].items() if state == "in use"]


class Load:
    """issue_load in the background; stop() gives its report and its records."""

    def __init__(self, demo, clients, requests=4000, repeats=0, patience=60):
        self.records_file = tempfile.NamedTemporaryFile(suffix=".jsonl")
        self.process = subprocess.Popen(
            [str(part) for part in (
                BUILD / "test-bin/issue_load", "--url", demo["API_URL"], "--root", demo["ROOT_CERT"], "--certificate", demo["STATION_CERT"],
                "--key", demo["STATION_KEY"], "--identity", demo.state / "secrets/identity.json", "--clients", clients,
                "--requests", requests, "--repeats", repeats, "--patience", patience, "--records", self.records_file.name)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        first = self.process.stderr.readline()
        if first.strip() != "ready":
            raise AssertionError(first + self.process.stderr.read())

    def stop(self, wait_for_the_end=False):
        if not wait_for_the_end:
            self.process.terminate()
        out, err = self.process.communicate(timeout=180)
        if not out:
            raise AssertionError(err)
        with open(self.records_file.name) as stream:
            return json.loads(out), [json.loads(line) for line in stream]

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def check_exactly_once(test, demo, records):
    """Each key of the records has exactly one certificate, the one that was answered; each serial has its audit rows."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as stream:
        os.chmod(stream.name, 0o644)
        for record in records:
            stream.write(f"{record['key']},{record['serial']}\n")
        stream.flush()
        script = f"""
            CREATE TEMP TABLE answered (key text PRIMARY KEY, serial text);
            \\copy answered FROM '{stream.name}' CSV
            SELECT json_build_object(
                'answered', (SELECT count(*) FROM answered),
                'stored', (SELECT count(*) FROM answered a JOIN certificates c ON c.request_key = a.key AND c.serial = a.serial),
                'several', (SELECT count(*) FROM (SELECT request_key FROM certificates WHERE request_key IS NOT NULL
                                                  GROUP BY 1 HAVING count(*) > 1) x),
                'in doubt', (SELECT count(*) FROM certificate_requests WHERE tcu_serial LIKE 'LOAD-%' AND state = 'intent'),
                'two live', (SELECT count(*) FROM (SELECT device_id FROM certificates WHERE type = 'vehicle' AND status = 'ACTIVE'
                             AND replaced_by IS NULL GROUP BY 1 HAVING count(*) > 1) x),
                'issued without audit', (SELECT count(*) FROM certificates c WHERE request_key IS NOT NULL AND 1 <> (
                    SELECT count(*) FROM audit WHERE subject->>'serial' = c.serial
                    AND event_type IN ('certificate_issued', 'certificate_renewed'))),
                'intent without audit', (SELECT count(*) FROM certificate_requests r WHERE NOT EXISTS (
                    SELECT FROM audit WHERE subject->>'serial' = r.serial AND event_type IN ('certificate_intent', 'certificate_reassigned'))),
                'burned without audit', (SELECT count(*) FROM burned_serials b WHERE 1 <> (
                    SELECT count(*) FROM audit WHERE subject->>'serial' = b.serial AND event_type = 'certificate_burned')),
                'burned and stored', (SELECT count(*) FROM burned_serials JOIN certificates USING (issuer, serial)))
        """
        text = "\n".join(line.strip() for line in script.split("\n"))  # \copy stands at the beginning of a line
        found = json.loads(run("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", demo["DATABASE_URL"], input=text).stdout)
    expected = {name: 0 for name in found} | {"answered": len(records), "stored": len(records)}
    test.assertEqual(found, expected)
