"""A reader that loops over the CRL's URL while a thousand certificates are revoked and the builder is killed."""

import http.client
import json
import pathlib
import random
import ssl
import tempfile
import threading
import time
import unittest
import urllib.parse

from cryptography import x509

from demo import Demo, run
from load import Server, own, wait_for
from ocsp_test import free_port

REVOCATIONS = 1000
KILLS = 6


class Builder:
    """`serve --roles crl` over the demo's database, with a folder that it may share."""

    def __init__(self, demo, name, folder):
        document = json.loads((demo.state / "etc/gateway.json").read_text())
        for listener in document["listeners"].values():
            listener["port"] = free_port()
        document["crl"] = {"folder": str(folder)}
        self.port = document["listeners"]["crl"]["port"]
        self.config = demo.state / f"etc/{name}.json"
        self.config.write_text(json.dumps(document))
        own(self.config)
        self.server = Server(demo, name, [demo.state / "opt/bin/v2c-ca-gateway", "serve", "--config", self.config, "--roles", "crl"])

    def start(self):
        self.server.start()
        wait_for(self.serves, 30, "the list")

    def serves(self):
        try:
            return fetch(self.port)[0] == 200
        except OSError:
            return False

    def close(self):
        self.server.close()
        self.config.unlink()


def fetch(port, headers=None):
    """Status, header fields and body of /v2c.crl."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/v2c.crl", headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


class Reader(threading.Thread):
    """Fetches again and again, and notes whatever is not as it must be."""

    def __init__(self, port, issuer):
        super().__init__()
        self.port, self.issuer = port, issuer
        self.wrong, self.reads, self.numbers, self.entries = [], 0, [], 0
        self.stop = threading.Event()

    def run(self):
        while not self.stop.is_set():
            try:
                status, _, der = fetch(self.port)
                if status != 200:
                    self.wrong.append(f"status {status}")
                    continue
                crl = x509.load_der_x509_crl(der)
                number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
                if not crl.is_signature_valid(self.issuer.public_key()):
                    self.wrong.append(f"the signature of {number} does not verify")
                if self.numbers and number < self.numbers[-1]:
                    self.wrong.append(f"number {number} after {self.numbers[-1]}")
                if not self.numbers or number != self.numbers[-1]:
                    self.numbers.append(number)
                if len(crl) < self.entries:
                    self.wrong.append(f"{len(crl)} entries after {self.entries}")
                self.entries = len(crl)
                self.reads += 1
            except Exception as error:  # noqa: BLE001: whatever goes wrong is what the test looks for
                self.wrong.append(repr(error))


class CrlTest(unittest.TestCase):
    def setUp(self):
        self.demo = Demo()
        self.demo.start()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crl-", dir=self.demo.state))
        own(self.folder).chmod(0o700)
        self.addCleanup(run, "rm", "-rf", self.folder)
        self.issuer = x509.load_pem_x509_certificate(pathlib.Path(self.demo["DEVICE_CA_CERT"]).read_bytes())

    def insert_certificates(self, count):
        """Rows of vehicles that nobody has; returns their serials."""
        tag = random.randrange(1 << 60)
        return run("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.demo["DATABASE_URL"], input=f"""
            INSERT INTO certificates (issuer, serial, type, subject, device_id, vin_hash, status, issued_at, expires_at,
                                      public_key_sha256, certificate_der, created_by)
            SELECT c.issuer, upper(regexp_replace('4' || substr(md5('{tag}' || n), 2), '(..)(?!$)', '\\1:', 'g')), 'vehicle', 'CN = test',
                   upper(md5('{tag}device' || n)), encode(sha256(('{tag}' || n)::bytea), 'hex'), 'ACTIVE', now(), now() + interval '1 year',
                   sha256(('{tag}key' || n)::bytea), '\\x00', 'crl_test'
            FROM generate_series(1, {count}) n,
                 (SELECT issuer FROM certificates WHERE type = 'vehicle' AND issuer LIKE '%Device Issuing CA,%' LIMIT 1) c
            RETURNING serial""").stdout.split()

    def revoke_all(self, serials):
        url = urllib.parse.urlsplit(self.demo["API_URL"])
        connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=20,
                                                 context=ssl.create_default_context(cafile=self.demo["ROOT_CERT"]))
        for serial in serials:
            connection.request("POST", "/api/certificates/revoke", json.dumps({"serial": serial, "reason": "KEY_COMPROMISE"}),
                               {"Authorization": "Bearer " + self.demo["ADMIN_TOKEN"], "Content-Type": "application/json"})
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.read())[0], 200)
        connection.close()

    def test_reader_always_gets_a_valid_list(self):
        builder, server = Builder(self.demo, "crl-builder", self.folder), Builder(self.demo, "crl-server", self.folder)
        self.addCleanup(builder.close)
        self.addCleanup(server.close)
        server.start()
        builder.start()
        reader = Reader(server.port, self.issuer)
        reader.start()
        self.addCleanup(reader.join)
        self.addCleanup(reader.stop.set)
        serials = self.insert_certificates(REVOCATIONS)
        worker = threading.Thread(target=self.revoke_all, args=(serials,))
        worker.start()
        kills = 0
        while worker.is_alive() or kills < KILLS:
            time.sleep(random.uniform(0.2, 0.8))  # a moment that nobody chose
            builder.server.kill()
            builder.start()
            kills += 1
        worker.join()
        expected = {int(serial.replace(":", ""), 16) for serial in serials}

        def listed():
            return {entry.serial_number for entry in x509.load_der_x509_crl(fetch(server.port)[2])}

        wait_for(lambda: expected <= listed(), 10, "all thousand on the list")
        reader.stop.set()
        reader.join()
        print(f"{reader.reads} reads, {len(reader.numbers)} lists, {kills} kills")
        self.assertEqual(reader.wrong, [])
        self.assertGreater(len(reader.numbers), 3)
        left = [file.name for file in self.folder.iterdir() if not file.name.endswith((".crl", ".pem", ".lock"))]
        self.assertLessEqual(len(left), 4, left)  # the next start of the builder clears up

    def test_http(self):
        builder = Builder(self.demo, "crl-server", self.folder)
        self.addCleanup(builder.close)
        builder.start()
        status, fields, body = fetch(builder.port)
        self.assertEqual((status, fields["Content-Type"], fields["Cache-Control"]),
                         (200, "application/pkix-crl", "max-age=60, public, no-transform"))
        self.assertIn("Last-Modified", fields)
        status, again, body = fetch(builder.port, {"If-None-Match": fields["ETag"]})
        if status == 200:  # it has just been published anew
            self.assertNotEqual(again["ETag"], fields["ETag"])
        else:
            self.assertEqual((status, body), (304, b""))


if __name__ == "__main__":
    unittest.main()
