"""CSRs that no unit of ours makes, sent to the real API: refused before signing, and nothing is stored but the audit row."""

import base64
import subprocess
import tempfile
import unittest
import uuid

from demo import Demo, random_vin, run

P256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]


class CsrPolicyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()

    def setUp(self):
        self.vin = random_vin()
        self.device_id, self.vin_hash = self.demo.identity(self.vin)
        self.subject = (f"/CN={self.device_id}/O=Automotive OEM/OU=Connected Vehicles"
                        f"/serialNumber={self.vin_hash}/C=US")

    def csr(self, key=P256, subject=None, extensions=()):
        with tempfile.TemporaryDirectory() as folder:
            command = ["openssl", "req", "-new", *key, "-nodes", "-keyout", f"{folder}/key", "-subj", subject or self.subject,
                       "-outform", "DER", "-out", f"{folder}/csr", "-utf8"]
            for extension in extensions:
                command += ["-addext", extension]
            run(*command)
            with open(f"{folder}/csr", "rb") as stream:
                return stream.read()

    def refused(self, der, slug, status=422):
        before = self.stored()
        answer_status, problem = self.demo.curl(
            "POST", "/api/certificates",
            {"csr": base64.b64encode(der).decode(), "vin": self.vin, "tcu_serial": "TCU-" + uuid.uuid4().hex[:10]},
            station=True, headers={"Idempotency-Key": uuid.uuid4().hex})
        self.assertEqual(answer_status, status, problem)
        self.assertTrue(problem["type"].endswith("/" + slug), problem)
        self.assertGreater(len(problem["detail"]), 20)
        after = self.stored()
        self.assertEqual(after["audit"], before["audit"] + 1)
        self.assertEqual({**after, "audit": 0}, {**before, "audit": 0})
        event = self.demo.sql("SELECT event_type, result, metadata FROM audit WHERE event_type <> 'access' ORDER BY id DESC LIMIT 1")[0]
        self.assertEqual(event["event_type"], "certificate_refused")
        self.assertEqual(event["metadata"]["cause"], slug)

    def stored(self):
        return self.demo.sql("SELECT (SELECT count(*) FROM certificates) AS certificates,"
                             " (SELECT count(*) FROM certificate_requests) AS requests,"
                             " (SELECT count(*) FROM outbox) AS outbox,"
                             " (SELECT count(*) FROM audit WHERE event_type <> 'access') AS audit")[0]

    def test_p384_key(self):
        self.refused(self.csr(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"]), "csr-key-not-p256")

    def test_rsa_key(self):
        self.refused(self.csr(["-newkey", "rsa:2048"]), "csr-key-not-p256")

    def test_explicit_curve_parameters(self):
        self.refused(self.csr([*P256, "-pkeyopt", "ec_param_enc:explicit"]), "csr-key-not-p256")

    def test_wrong_names(self):
        for subject in (
                self.subject.replace(self.device_id, self.device_id[::-1]),
                self.subject.replace("Connected Vehicles", "Connected Platform"),
                self.subject.replace("/OU=Connected Vehicles", ""),
                self.subject + "/L=Somewhere",
                self.subject.replace(self.vin_hash, self.vin_hash[::-1])):
            with self.subTest(subject=subject):
                self.refused(self.csr(subject=subject), "csr-subject")

    def test_broken_signature(self):
        der = bytearray(self.csr())
        der[-1] ^= 0x01
        self.refused(bytes(der), "csr-signature")

    def test_ca_extension(self):
        self.refused(self.csr(extensions=["basicConstraints=critical,CA:TRUE"]), "csr-extension")

    def test_other_extension(self):
        self.refused(self.csr(extensions=["subjectAltName=DNS:api.v2c.example.com"]), "csr-extension")

    def test_good_request_whose_key_is_in_no_tpm(self):
        """The box in the harness: everything fits but the evidence, which it cannot give."""
        self.refused(self.csr(), "evidence-missing")

    def test_unreadable(self):
        for name, der in {"truncated": self.csr()[:-20], "trailing": self.csr() + b"\0", "text": b"not a request at all"}.items():
            with self.subTest(name):
                self.refused(der, "csr-malformed", status=400)


class AccessTest(unittest.TestCase):
    """Who may ask at all."""

    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()

    def test_no_credential(self):
        status, problem = self.demo.curl("POST", "/api/certificates", {}, headers={"Idempotency-Key": uuid.uuid4().hex})
        self.assertEqual(status, 401, problem)

    def test_wrong_token(self):
        status, problem = self.demo.curl("POST", "/api/certificates/revoke",
                                         {"serial": "1A:2B:3C:4D:5E:6F", "reason": "KEY_COMPROMISE"}, token="wrong")
        self.assertEqual(status, 401, problem)

    def test_station_may_not_revoke_by_token_route(self):
        status, problem = self.demo.curl("POST", "/api/certificates/revoke",
                                         {"serial": "1A:2B:3C:4D:5E:6F", "reason": "KEY_COMPROMISE"}, station=True)
        self.assertIn(status, (401, 403), problem)

    def test_foreign_client_certificate(self):
        with tempfile.TemporaryDirectory() as folder:
            run("openssl", "req", "-x509", *P256, "-nodes", "-keyout", f"{folder}/key", "-out", f"{folder}/cert",
                "-subj", "/CN=station-demo-01", "-days", "1")
            result = subprocess.run(["curl", "-sS", "--max-time", "10", "--cacert", self.demo["ROOT_CERT"], "--cert", f"{folder}/cert",
                                     "--key", f"{folder}/key", self.demo["API_URL"] + "/health"], capture_output=True, text=True)
            self.assertNotEqual(result.returncode, 0)
            self.assertNotIn("200", result.stdout)

    def test_bad_bodies(self):
        bodies = [{}, {"csr": 1}, {"csr": "%%%", "vin": "5VXTC2E41SA000017", "tcu_serial": "T"},
                  {"csr": "AAAA", "vin": "SHORT", "tcu_serial": "T"}, [], "text",
                  {"csr": "AAAA", "vin": "5VXTC2E41SA000017", "tcu_serial": "T" * 65},
                  {"csr": "AAAA", "vin": "5VXTC2E41SA000017", "tcu_serial": "T", "surplus": True}]
        for body in bodies:
            with self.subTest(body=body):
                status, problem = self.demo.curl("POST", "/api/certificates", body, station=True,
                                                 headers={"Idempotency-Key": uuid.uuid4().hex})
                self.assertEqual(status, 400, problem)
                self.assertIn("detail", problem)


if __name__ == "__main__":
    unittest.main()
