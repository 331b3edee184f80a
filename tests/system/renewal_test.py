"""The vehicle renews by itself: mutual TLS with the old key in the TPM, a new key, and the row says what replaced it."""

import tempfile
import unittest

from demo import Demo, run


class RenewalTest(unittest.TestCase):
    @staticmethod
    def renew(demo):
        """As whoever runs the test, root perhaps: the unit's files must stay the unit's."""
        run(demo["BIN"] + "/v2c-tcu", "renew", "--state", demo["UNIT_STATE"], "--tpm", demo["TPM"], "--url", demo["API_URL"],
            "--root", demo["ROOT_CERT"], "--force")

    def test_unit_renews_with_its_old_key(self):
        demo = Demo()
        vin = demo.new_unit()
        first = demo.provision(vin)
        self.renew(demo)
        device_id, _ = demo.identity(vin)
        rows = {row["serial"]: row for row in demo.sql("SELECT * FROM certificates WHERE device_id = :'device'", device=device_id)}
        self.assertEqual(len(rows), 2)
        old = rows.pop(first["serial"])
        new = rows.popitem()[1]
        self.assertEqual(old["replaced_by"], new["serial"])
        self.assertEqual((old["status"], new["status"], new["replaced_by"]), ("ACTIVE", "ACTIVE", None))
        self.assertNotEqual(old["public_key_sha256"], new["public_key_sha256"])

        with tempfile.NamedTemporaryFile("w", suffix=".pem") as leaf:
            leaf.write(demo.command("read-certificate").stdout)
            leaf.flush()
            serial = run("openssl", "x509", "-noout", "-serial", "-in", leaf.name).stdout.strip().removeprefix("serial=")
            self.assertEqual(serial, new["serial"].replace(":", ""))
            verified = run("openssl", "verify", "-x509_strict", "-CAfile", demo["ROOT_CERT"], "-untrusted", demo["CHAIN"], leaf.name)
            self.assertIn(": OK", verified.stdout)
        events = demo.sql("SELECT event_type, subject FROM audit WHERE subject->>'device_id' = :'device'"
                          " AND event_type = 'certificate_renewed'", device=device_id)
        self.assertEqual(len(events), 1)

    def test_revoked_vehicle_cannot_renew(self):
        demo = Demo()
        vin = demo.new_unit()
        serial = demo.provision(vin)["serial"]
        status, answer = demo.curl("POST", "/api/certificates/revoke", {"serial": serial, "reason": "PRIVILEGE_WITHDRAWN"},
                                   token=demo["ADMIN_TOKEN"])
        self.assertEqual(status, 200, answer)
        self.assertNotEqual(demo.command("renew", check=False).returncode, 0)
        device_id, _ = demo.identity(vin)
        self.assertEqual(demo.sql("SELECT status FROM certificates WHERE device_id = :'device'", device=device_id),
                         [{"status": "REVOKED"}])


if __name__ == "__main__":
    unittest.main()
