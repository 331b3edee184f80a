"""The specification's curl, then OCSP and CRL as OpenSSL sees them."""

import tempfile
import time
import unittest

from demo import Demo, run


class RevocationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()
        cls.vin = cls.demo.new_unit()
        cls.serial = cls.demo.provision(cls.vin)["serial"]
        cls.leaf = tempfile.NamedTemporaryFile("w", suffix=".pem")
        cls.leaf.write(cls.demo.command("read-certificate").stdout)
        cls.leaf.flush()

    @classmethod
    def tearDownClass(cls):
        cls.leaf.close()

    def ocsp(self, *options):
        result = run("openssl", "ocsp", *options, "-issuer", self.demo["DEVICE_CA_CERT"], "-cert", self.leaf.name,
                     "-url", self.demo["OCSP_URL"], "-CAfile", self.demo["ROOT_CERT"], "-verify_other", self.demo["CHAIN"])
        self.assertIn("Response verify OK", result.stderr + result.stdout)
        return result.stdout

    def crl_text(self):
        der = tempfile.NamedTemporaryFile(suffix=".crl")
        run("curl", "-fsS", "-o", der.name, self.demo["CRL_URL"])
        verified = run("openssl", "crl", "-inform", "DER", "-in", der.name, "-noout", "-text", "-CAfile", self.demo["DEVICE_CA_CERT"])
        self.assertIn("verify OK", verified.stderr + verified.stdout)
        return verified.stdout

    def test_revocation_reaches_ocsp_and_crl(self):
        plain = self.serial.replace(":", "")
        self.assertIn(": good", self.ocsp())
        self.assertIn(": good", self.ocsp("-sha256"))
        self.assertNotIn(plain, self.crl_text())
        number_before = self.crl_number()

        body = {"serial": self.serial, "reason": "KEY_COMPROMISE", "severity": "P0",
                "notes": "Private key found in GitHub repository"}
        status, answer = self.demo.curl("POST", "/certificates/revoke", body, token=self.demo["ADMIN_TOKEN"])
        self.assertEqual(status, 200, answer)
        self.assertEqual(answer["serial"], self.serial)
        self.assertIn("revoked_at", answer)

        for options in ((), ("-sha256",), ("-no_nonce",)):
            text = self.ocsp(*options)
            self.assertIn(": revoked", text)
            self.assertIn("Reason: keyCompromise", text)
        deadline = time.monotonic() + 5
        while plain not in self.crl_text() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertIn(plain, self.crl_text())
        self.assertIn("Key Compromise", self.crl_text())
        self.assertGreater(self.crl_number(), number_before)

        # Repeated, by the diagram's path, and in another spelling of the serial: the first revocation stands.
        status, again = self.demo.curl("POST", "/api/certificates/revoke",
                                       {"serial": plain.lower(), "reason": "CESSATION_OF_OPERATION"}, token=self.demo["ADMIN_TOKEN"])
        self.assertEqual(status, 200, again)
        self.assertEqual(again["revoked_at"], answer["revoked_at"])
        rows = self.demo.sql("SELECT status, reason FROM certificates WHERE serial = :'serial'", serial=self.serial)
        self.assertEqual(rows, [{"status": "REVOKED", "reason": "KEY_COMPROMISE"}])
        events = self.demo.sql("SELECT event_type, metadata FROM audit WHERE subject->>'serial' = :'serial'"
                               " AND event_type = 'certificate_revoked'", serial=self.serial)
        self.assertEqual(len(events), 1)
        self.assertEqual(events[0]["metadata"]["severity"], "P0")

    def crl_number(self):
        text = self.crl_text()
        return int(text.split("X509v3 CRL Number:")[1].split()[0], 0)

    def test_unknown_serial_and_reason(self):
        token = self.demo["ADMIN_TOKEN"]
        status, problem = self.demo.curl("POST", "/api/certificates/revoke",
                                         {"serial": "1A:2B:3C:4D:5E:6F", "reason": "KEY_COMPROMISE"}, token=token)
        self.assertEqual(status, 404, problem)
        for body in ({"serial": self.serial, "reason": "STOLEN"}, {"serial": "x", "reason": "KEY_COMPROMISE"},
                     {"serial": self.serial}, {"serial": self.serial, "reason": "KEY_COMPROMISE", "severity": "P9"}):
            status, problem = self.demo.curl("POST", "/api/certificates/revoke", body, token=token)
            self.assertEqual(status, 400, problem)

    def test_serial_that_was_never_issued_is_unknown(self):
        result = run("openssl", "ocsp", "-issuer", self.demo["DEVICE_CA_CERT"], "-serial", "0x1A2B3C4D5E6F",
                     "-url", self.demo["OCSP_URL"], "-CAfile", self.demo["ROOT_CERT"], "-verify_other", self.demo["CHAIN"])
        self.assertIn(": unknown", result.stdout)


if __name__ == "__main__":
    unittest.main()
