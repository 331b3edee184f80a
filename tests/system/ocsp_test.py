"""Three OCSP replicas, processes of their own, as openssl, GnuTLS and curl see them."""

import base64
import concurrent.futures
import json
import os
import pathlib
import signal
import socket
import tempfile
import time
import unittest

from demo import Demo, run
from load import Server, own, wait_for

REPLICAS = 3


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Replica:
    """`serve --roles ocsp` over the demo's database, with further settings of the section ocsp."""

    def __init__(self, demo, number, **settings):
        document = json.loads((demo.state / "etc/gateway.json").read_text())
        for listener in document["listeners"].values():
            listener["port"] = free_port()
        document["ocsp"] = {"responder": f"replica-{number}", **settings}
        self.config = demo.state / f"etc/ocsp-replica-{number}.json"
        self.config.write_text(json.dumps(document))
        own(self.config)
        self.url = f"http://127.0.0.1:{document['listeners']['ocsp']['port']}"
        self.metrics_url = f"http://127.0.0.1:{document['listeners']['metrics']['port']}/metrics"
        self.server = Server(demo, f"ocsp-replica-{number}",
                             [demo.state / "opt/bin/v2c-ca-gateway", "serve", "--config", self.config, "--roles", "ocsp"])
        self.start()

    def start(self):
        self.server.start()
        wait_for(self.is_healthy, 30, self.url)

    def is_healthy(self):
        return run("curl", "-fsS", "--max-time", "5", self.url + "/health", check=False).returncode == 0

    def close(self):
        self.server.close()
        self.config.unlink()


class OcspTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()
        cls.demo.start()
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.replicas = []
        for number in range(REPLICAS):
            cls.replicas.append(Replica(cls.demo, number))
            cls.addClassCleanup(cls.replicas[-1].close)

    def certificate(self, name="leaf"):
        """A freshly provisioned vehicle. Returns its serial and the file with its certificate."""
        serial = self.demo.provision(self.demo.new_unit())["serial"]
        file = pathlib.Path(self.folder.name, name + ".pem")
        file.write_text(self.demo.command("read-certificate").stdout)
        return serial, file

    def revoke(self, serial):
        status, answer = self.demo.curl("POST", "/api/certificates/revoke", token=self.demo["ADMIN_TOKEN"],
                                        body={"serial": serial, "reason": "KEY_COMPROMISE", "severity": "P0"})
        self.assertEqual(status, 200, answer)

    def wait_revoked(self, leaf):
        for replica in self.replicas:
            wait_for(lambda: ": revoked" in self.openssl(replica, leaf, "-no_nonce"), 5, replica.url)

    def cut_feeds(self):
        """Ends the connections of all replicas to the feed of revocations."""
        url = json.loads((self.demo.state / "etc/gateway.json").read_text())["database"]["gateway_url"]
        run("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", url, "-c", "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = 'v2c-feed' AND usename = current_user")

    def openssl(self, replica, leaf, *options):
        result = run("openssl", "ocsp", *options, "-issuer", self.demo["DEVICE_CA_CERT"], "-cert", leaf, "-url", replica.url,
                     "-CAfile", self.demo["ROOT_CERT"], "-verify_other", self.demo["CHAIN"])
        self.assertIn("Response verify OK", result.stderr + result.stdout)
        return result.stdout + result.stderr

    def request(self, leaf, *options):
        file = pathlib.Path(self.folder.name, "request.der")
        run("openssl", "ocsp", *options, "-issuer", self.demo["DEVICE_CA_CERT"], "-cert", leaf, "-reqout", file)
        return file.read_bytes()

    def curl(self, url, *options):
        """Returns status, header fields by lower-case name, and body."""
        body = pathlib.Path(self.folder.name, "body")
        body.write_bytes(b"")
        head = run("curl", "-sS", "--max-time", "10", "--path-as-is", "-D", "-", "-o", body, *options, url).stdout.splitlines()
        fields = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        return int(head[0].split()[1]), fields, body.read_bytes()

    def test_openssl(self):
        serial, leaf = self.certificate()
        for expected in ("good", "revoked"):
            for replica in self.replicas:
                for options in ((), ("-sha256",), ("-no_nonce",), ("-sha256", "-no_nonce")):
                    text = self.openssl(replica, leaf, *options)
                    self.assertIn(f": {expected}\n", text)
                    self.assertNotIn("no nonce in response", text)
            if expected == "good":
                self.revoke(serial)
                self.wait_revoked(leaf)
        self.assertIn("Reason: keyCompromise", text)

    def test_gnutls(self):
        serial, leaf = self.certificate()
        for expected in ("good", "revoked"):
            for options in ((), ("--nonce",)):
                result = run("ocsptool", f"--ask={self.replicas[0].url}/", "--load-cert", leaf,
                             "--load-issuer", self.demo["DEVICE_CA_CERT"], "--load-trust", self.demo["DEVICE_CA_CERT"], *options)
                self.assertIn("Verifying OCSP Response: Success.", result.stdout)
                self.assertIn(f"Certificate Status: {expected}\n", result.stdout)
            if expected == "good":
                self.revoke(serial)
                self.wait_revoked(leaf)

    def test_curl(self):
        _, leaf = self.certificate()
        url = self.replicas[0].url
        der = self.request(leaf, "-no_nonce")
        text = base64.b64encode(der).decode()
        encoded = text.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        answers = set()
        for path in (f"/{text}", f"//{text}", f"/{encoded}", f"/ocsp/{text}", f"/ocsp/{encoded}", f"/ocsp//{text.rstrip('=')}"):
            status, fields, body = self.curl(url + path)
            self.assertEqual(status, 200, path)
            answers.add(body)
        for path in ("/", "/ocsp"):
            file = pathlib.Path(self.folder.name, "request.der")
            status, _, body = self.curl(url + path, "-H", "Content-Type: application/ocsp-request", "--data-binary", f"@{file}")
            self.assertEqual(status, 200, path)
            answers.add(body)
        self.assertEqual(len(answers), 1, "one signed answer for all ways to ask")

        self.assertEqual(fields["content-type"], "application/ocsp-response")
        max_age, *rest = fields["cache-control"].split(", ")
        self.assertEqual(rest, ["public", "no-transform", "must-revalidate"])
        self.assertLessEqual(int(max_age.removeprefix("max-age=")), 300)
        self.assertRegex(fields["expires"], r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d gmt$")
        self.assertRegex(fields["last-modified"], r" gmt$")
        status, again, body = self.curl(f"{url}/{text}", "-H", f"If-None-Match: {fields['etag']}")
        self.assertEqual((status, body, again["etag"]), (304, b"", fields["etag"]))
        status, head, written = self.curl(f"{url}/{text}", "--head")  # curl writes the header there
        self.assertEqual((status, written[-4:], head["etag"]), (200, b"\r\n\r\n", fields["etag"]))
        for method in ("PUT", "DELETE"):
            self.assertEqual(self.curl(f"{url}/", "-X", method)[0], 405)

    def test_garbage(self):
        _, leaf = self.certificate()
        url = self.replicas[0].url
        der = self.request(leaf)
        file = pathlib.Path(self.folder.name, "garbage")
        for body in (b"", b"\x30", b"\x30\x03\x02\x01", os.urandom(500), der[:-1], der + b"\x00", der.replace(b"\x30", b"\x31", 1), b"\x00" * 10240):
            file.write_bytes(body)
            status, fields, answer = self.curl(url, "-H", "Content-Type: application/ocsp-request", "--data-binary", f"@{file}")
            self.assertEqual((status, answer.hex()), (200, "30030a0101"), body[:20])  # malformedRequest
            self.assertEqual(fields["cache-control"], "no-store")
        file.write_bytes(b"\x00" * 10241)
        self.assertEqual(self.curl(url, "-H", "Content-Type: application/ocsp-request", "--data-binary", f"@{file}")[0], 413)
        for path, expected in (("/%%%", 400), ("/" + "A" * 9000, 431), ("/not*base64", 400)):
            self.assertEqual(self.curl(url + path)[0], expected, path[:20])

    def test_unknown_and_unauthorized(self):
        status_text = run("openssl", "ocsp", "-issuer", self.demo["DEVICE_CA_CERT"], "-serial", "0x1A2B3C4D5E6F", "-url", self.replicas[0].url,
                          "-CAfile", self.demo["ROOT_CERT"], "-verify_other", self.demo["CHAIN"])
        self.assertIn(": unknown", status_text.stdout)
        self.assertIn("Response verify OK", status_text.stderr)
        foreign = run("openssl", "ocsp", "-issuer", self.demo["ROOT_CERT"], "-serial", "1", "-url", self.replicas[0].url, check=False)
        self.assertIn("unauthorized", foreign.stdout + foreign.stderr)

    def test_revoked_everywhere_within_a_second_and_for_good(self):
        serial, leaf = self.certificate()
        path = "/" + base64.b64encode(self.request(leaf, "-no_nonce")).decode()
        good = {self.curl(replica.url + path)[2] for replica in self.replicas}
        self.assertEqual(len(good), REPLICAS)  # each signs for itself

        def time_to_revoked(replica, since):
            while self.curl(replica.url + path)[2] in good:
                self.assertLess(time.monotonic() - since, 10, replica.url)
            return time.monotonic() - since

        self.revoke(serial)
        answered = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:  # curl() has one body file
            times = [pool.submit(time_to_revoked, replica, answered).result() for replica in self.replicas]
        print("revoked on each replica after ms:", [round(1000 * seconds) for seconds in times])
        self.assertLess(max(times), 1.0)

        def all_say_revoked():
            for replica in self.replicas:
                self.assertIn(": revoked", self.openssl(replica, leaf, "-no_nonce"))

        all_say_revoked()
        # A replica that comes back from a power cut has it before it is healthy.
        self.replicas[0].server.kill()
        self.replicas[0].start()
        all_say_revoked()
        # One that was stopped while others moved on has missed nothing, and one whose connections are cut neither.
        other, other_leaf = self.certificate("other")
        for replica in self.replicas:
            self.assertIn(": good", self.openssl(replica, other_leaf, "-no_nonce"))
        stopped = self.replicas[1].server.process
        os.kill(stopped.pid, signal.SIGSTOP)
        try:
            self.cut_feeds()
            self.revoke(other)
        finally:
            os.kill(stopped.pid, signal.SIGCONT)
        revoked_at = time.monotonic()
        for replica in self.replicas:
            while ": good" in self.openssl(replica, other_leaf, "-no_nonce"):
                self.assertLess(time.monotonic() - revoked_at, 10)
        for replica in self.replicas:
            self.assertIn(": revoked", self.openssl(replica, other_leaf, "-no_nonce"))
        all_say_revoked()
        wait_for(lambda: all(replica.is_healthy() for replica in self.replicas), 10, "health")
        metrics = run("curl", "-fsS", self.replicas[2].metrics_url).stdout
        self.assertRegex(metrics, r'v2c_revocation_propagation_seconds_count\{stage="ocsp"\} [1-9]')


if __name__ == "__main__":
    unittest.main()
