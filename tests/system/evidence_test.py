"""Units whose TPM says the wrong thing, or nothing: each is refused with its own cause, and no certificate exists."""

import tempfile
import unittest

from demo import Demo, random_vin, run


class EvidenceTest(unittest.TestCase):
    def refused(self, fault, cause):
        demo = Demo()
        vin = random_vin()
        demo.command("new-tcu", "--vin", vin, "--fault", fault)
        result = demo.provision(vin, expect=1)
        self.assertEqual(result["failure"]["cause"], cause)
        device_id, _ = demo.identity(vin)
        self.assertEqual(demo.sql("SELECT 1 AS one FROM certificates WHERE device_id = :'device'", device=device_id), [])
        self.assertEqual(demo.sql("SELECT 1 AS one FROM certificate_requests WHERE device_id = :'device'", device=device_id), [])
        return demo, device_id, result

    def refused_and_audited(self, fault, cause):
        demo, device_id, _ = self.refused(fault, cause)
        events = demo.sql("SELECT event_type, metadata->>'cause' AS cause FROM audit WHERE subject->>'device_id' = :'device'",
                          device=device_id)
        self.assertEqual(events, [{"event_type": "certificate_refused", "cause": cause}])

    def test_soft_key(self):
        self.refused_and_audited("soft-key", "evidence-key-soft")

    def test_exportable_key(self):
        self.refused_and_audited("exportable-key", "evidence-key-exportable")

    def test_another_keys_evidence(self):
        self.refused_and_audited("other-key-evidence", "evidence-key-mismatch")

    def test_replay(self):
        self.refused_and_audited("replayed-evidence", "evidence-replay")

    def test_no_evidence(self):
        self.refused_and_audited("no-ek-certificate", "evidence-missing")

    def test_foreign_ek(self):
        # Refused when the challenge is asked for, before there is anything to audit about a vehicle: the transaction tells which it was.
        demo, device_id, result = self.refused("foreign-ek", "evidence-ek-untrusted")
        rows = demo.sql("SELECT event_type, actor, result, subject, metadata FROM audit WHERE metadata ->> 'transaction' = :'transaction'",
                        transaction=result["transaction"])
        self.assertEqual([(row["event_type"], row["actor"], row["result"]) for row in rows], [("certificate_refused", "station-demo-01", "failure")])
        metadata = rows[0]["metadata"]
        self.assertEqual((metadata["cause"], metadata["step"]), ("evidence-ek-untrusted", "challenge"))
        self.assertRegex(metadata["ek_certificate_sha256"], "^[0-9a-f]{64}$")
        self.assertTrue(metadata["detail"])
        self.assertEqual(demo.sql("SELECT 1 AS one FROM audit WHERE subject ->> 'device_id' = :'device'", device=device_id), [])


class BundleTest(unittest.TestCase):
    def test_show_names_each_end(self):
        demo = Demo()
        shown = run(demo["BIN"] + "/v2c-ca-gateway", "evidence", "show", "--bundle", demo.state / "pki/evidence-bundle.json",
                    "--root", demo["ROOT_CERT"]).stdout.splitlines()
        self.assertEqual([line.split()[0] for line in shown], ["created", "signer", "root", "intermediate"])
        self.assertIn("CN = V2C Evidence Bundle Signer", shown[1])

    def test_health_and_metrics_tell_of_it(self):
        demo = Demo()
        status, health = demo.curl("GET", "/health")
        self.assertEqual((status, health["parts"]["evidence_bundle"]), (200, "ok"))
        metrics = run("curl", "-sS", demo["METRICS_URL"]).stdout
        self.assertRegex(metrics, r'v2c_evidence_bundle_expiry_days{kind="signer",name="CN = V2C Evidence Bundle Signer[^"]*"} 36[45]')

    def test_bundle_of_another_signer_is_not_taken(self):
        demo = Demo()
        gateway = demo["BIN"] + "/v2c-ca-gateway"
        with tempfile.TemporaryDirectory() as folder:
            run(gateway, "evidence", "bundle", "--roots", demo["ROOT_CERT"], "--certificate", demo["STATION_CERT"],
                "--key", demo["STATION_KEY"], "--output", f"{folder}/bundle.json")
            result = run(gateway, "evidence", "show", "--bundle", f"{folder}/bundle.json", "--root", demo["ROOT_CERT"], check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("expected a signer with extended key usage 1.3.6.1.4.1.99999.3", result.stderr)


if __name__ == "__main__":
    unittest.main()
