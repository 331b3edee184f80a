"""From a VIN to a certificate in a TPM, looked at with tools that are not ours: openssl, tpm2-tools, psql, curl."""

import base64
import hashlib
import re
import tempfile
import unittest
import uuid

from demo import SOURCE, Demo, random_vin, run
from load import OwnServers


class ProvisioningTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()
        cls.vin = cls.demo.new_unit()
        cls.result = cls.demo.provision(cls.vin)
        cls.leaf = tempfile.NamedTemporaryFile("w", suffix=".pem")
        cls.leaf.write(cls.demo.command("read-certificate").stdout)
        cls.leaf.flush()

    @classmethod
    def tearDownClass(cls):
        cls.leaf.close()

    def test_result_names_everything(self):
        device_id, _ = self.demo.identity(self.vin)
        self.assertEqual(self.result["result"], "provisioned")
        self.assertEqual(self.result["device_id"], device_id)
        self.assertRegex(self.result["serial"], r"^([0-9A-F]{2}:){15}[0-9A-F]{2}$")
        self.assertEqual([step["name"] for step in self.result["steps"]],
                         ["openSession", "readVin", "requestCsr", "certifyKey", "issueCertificate",
                          "installCertificate", "verifyCertificate", "reportProvisioned"])
        for step in self.result["steps"]:
            self.assertEqual(step["state"], "done")
            self.assertGreaterEqual(step["ms"], 0)
        self.assertTrue(self.result["reported"])
        self.assertNotIn(self.vin, str(self.result))

    def test_chain_verifies_strictly(self):
        verified = run("openssl", "verify", "-x509_strict", "-CAfile", self.demo["ROOT_CERT"],
                       "-untrusted", self.demo["CHAIN"], self.leaf.name)
        self.assertIn(": OK", verified.stdout)

    def test_certificate_is_the_specification_s(self):
        device_id, vin_hash = self.demo.identity(self.vin)
        text = run("openssl", "x509", "-noout", "-text", "-in", self.leaf.name).stdout
        self.assertIn(f"Subject: CN = {device_id}, O = Automotive OEM, OU = Connected Vehicles, "
                      f"serialNumber = {vin_hash}, C = US", text)
        self.assertIn("Issuer: CN = V2C Device Issuing CA", text)
        self.assertIn(f"DNS:{device_id}.v2c.example.com, URI:urn:v2c:vehicle:{vin_hash}", text)
        self.assertRegex(text, r"Key Usage: critical\s+Digital Signature, Key Encipherment, Key Agreement\n")
        self.assertRegex(text, r"Extended Key Usage:\s+TLS Web Client Authentication, 1\.3\.6\.1\.4\.1\.99999\.1\n")
        self.assertRegex(text, r"Basic Constraints: *(critical)?\s+CA:FALSE\n")
        self.assertIn("ASN1 OID: prime256v1", text)
        identifier = re.search(r"Subject Key Identifier: *\n\s+([0-9A-F:]+)\n", text).group(1).replace(":", "")
        self.assertEqual(len(identifier), 64)

        import datetime
        import hashlib
        key = run("openssl", "x509", "-noout", "-pubkey", "-in", self.leaf.name).stdout
        spki = base64.b64decode("".join(key.splitlines()[1:-1]))
        # The last 65 bytes of a P-256 SubjectPublicKeyInfo are the point: the BIT STRING's content.
        self.assertEqual(identifier.lower(), hashlib.sha256(spki[-65:]).hexdigest())
        dates = dict(line.split("=", 1) for line in run(
            "openssl", "x509", "-noout", "-dates", "-in", self.leaf.name).stdout.splitlines())
        parsed = [datetime.datetime.strptime(dates[name], "%b %d %H:%M:%S %Y GMT") for name in ("notBefore", "notAfter")]
        self.assertEqual(parsed[1] - parsed[0], datetime.timedelta(days=365))

    def test_row_and_audit_are_complete(self):
        device_id, vin_hash = self.demo.identity(self.vin)
        rows = self.demo.sql("SELECT * FROM certificates WHERE device_id = :'device'", device=device_id)
        self.assertEqual(len(rows), 1)
        row = rows[0]
        self.assertEqual((row["serial"], row["vin_hash"], row["type"], row["status"], row["provisioned"]),
                         (self.result["serial"], vin_hash, "vehicle", "ACTIVE", True))
        self.assertIsNotNone(row["provisioned_at"])
        events = self.demo.sql("SELECT * FROM audit WHERE subject->>'device_id' = :'device' ORDER BY id",
                               device=device_id)
        self.assertEqual([event["event_type"] for event in events],
                         ["certificate_intent", "certificate_issued", "certificate_provisioned"])
        for event in events:
            self.assertEqual(event["result"], "success")
            self.assertEqual(event["subject"]["vin_hash"], vin_hash)
            self.assertEqual(event["subject"]["serial"], self.result["serial"])
            self.assertTrue(event["actor"])
            uuid.UUID(event["trace_id"])
        issued = events[1]["metadata"]
        self.assertEqual((issued["validity"], issued["issuer"], issued["key_algorithm"]),
                         ("365 days", "Device Issuing CA", "ECC P-256"))

    def test_audit_names_the_tpm(self):
        device_id, _ = self.demo.identity(self.vin)
        intent = self.demo.sql("SELECT metadata FROM audit WHERE subject->>'device_id' = :'device'"
                               " AND event_type = 'certificate_intent'", device=device_id)[0]["metadata"]
        self.assertEqual(intent["evidence"], "verified")
        self.assertEqual((intent["tpm_manufacturer"], intent["tpm_model"]), ("id:00001014", "swtpm"))
        hashes = []
        with tempfile.TemporaryDirectory() as folder:
            # EK certificates in NV: RSA-2048, and the high range's P-384.
            for index in ("0x1c00002", "0x1c00016"):
                run("tpm2_nvread", "-T", self.demo["TPM"], "-C", "o", "-o", f"{folder}/ek", index)
                run("sh", "-c", "openssl x509 -inform DER -in $0/ek -noout -pubkey | openssl pkey -pubin -outform DER -out $0/spki", folder)
                with open(f"{folder}/spki", "rb") as stream:
                    hashes.append(hashlib.sha256(stream.read()).hexdigest())
        self.assertIn(intent["ek_sha256"], hashes)

    def test_no_raw_vin_in_logs_or_database(self):
        dump = run("pg_dump", "--inserts", self.demo["DATABASE_URL"]).stdout
        self.assertNotIn(self.vin, dump)
        self.assertNotIn(self.vin.encode().hex(), dump)
        for log in (self.demo.state / "log").glob("*.log"):
            self.assertNotIn(self.vin, log.read_text(errors="replace"), log.name)

    def test_key_is_in_the_tpm(self):
        with tempfile.NamedTemporaryFile(suffix=".pem") as public:
            text = run("tpm2_readpublic", "-T", self.demo["TPM"], "-c", self.demo["TPM_HANDLE"], "-f", "pem",
                       "-o", public.name).stdout
            for attribute in ("fixedtpm", "fixedparent", "sensitivedataorigin", "noda"):
                self.assertIn(attribute, text)
            self.assertNotIn("decrypt", text.split("attributes:")[1].split("raw:")[0])
            certified = run("openssl", "x509", "-noout", "-pubkey", "-in", self.leaf.name).stdout
            self.assertEqual(run("openssl", "pkey", "-pubin", "-in", public.name, "-pubout").stdout, certified)

    def test_second_provisioning_within_a_day_is_refused(self):
        again = self.demo.provision(self.vin, expect=3)
        self.assertEqual(again["result"], "refused")
        self.assertEqual(again["failure"]["cause"], "rate-limited")
        self.assertEqual(again["failure"]["http_status"], 429)
        self.assertGreater(again["failure"]["retry_after"], 0)
        self.assertRegex(again["failure"]["detail"], r"was issued a certificate at .*, the next one may be asked for at ")
        device_id, _ = self.demo.identity(self.vin)
        self.assertEqual(len(self.demo.sql("SELECT 1 AS one FROM certificates WHERE device_id = :'device'", device=device_id)), 1)


class RepeatedTransactionTest(unittest.TestCase):
    def test_same_transaction_gets_the_same_certificate(self):
        demo = Demo()
        # A key of openssl's has no evidence.
        servers = OwnServers(demo)
        self.addCleanup(servers.close)
        vin = random_vin()
        csr = make_csr(demo, vin)
        key = uuid.uuid4().hex
        body = {"csr": csr, "vin": vin, "tcu_serial": "TCU-" + key[:10]}
        answers = [demo.curl("POST", "/api/certificates", body, station=True, headers={"Idempotency-Key": key})
                   for _ in range(3)]
        self.assertEqual([status for status, _ in answers], [answers[0][0]] * 3)
        self.assertIn(answers[0][0], (200, 201))
        self.assertEqual(len({answer["certificate"] for _, answer in answers}), 1)
        device_id, _ = demo.identity(vin)
        self.assertEqual(len(demo.sql("SELECT 1 AS one FROM certificates WHERE device_id = :'device'", device=device_id)), 1)
        status, found = demo.curl("GET", f"/api/certificates/requests/{key}", station=True)
        self.assertEqual(status, 200)
        self.assertIn(answers[0][1]["serial"], str(found))

        status, problem = demo.curl("POST", "/api/certificates", {**body, "csr": make_csr(demo, vin)}, station=True,
                                    headers={"Idempotency-Key": key})
        self.assertEqual(status, 409)
        self.assertTrue(problem["type"].endswith("/idempotency-conflict"), problem)


class RefusedVinTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()
        cls.vin = cls.demo.new_unit()

    def refuse(self, scanned, cause):
        before = self.demo.sql("SELECT count(*) AS n FROM certificate_requests")
        result = self.demo.command("provision", "--vin", scanned, "--json", check=False)
        self.assertEqual(result.returncode, 3, result.stdout + result.stderr)
        self.assertIn(cause, result.stdout)
        self.assertEqual(self.demo.sql("SELECT count(*) AS n FROM certificate_requests"), before)

    def test_wrong_vehicle(self):
        other = random_vin()
        self.refuse(other, "vin-mismatch")

    def test_letters_that_no_vin_has(self):
        for letter in "IOQ":
            self.refuse(self.vin[:-1] + letter, "vin-character")

    def test_wrong_length(self):
        self.refuse(self.vin[:-1], "vin-length")
        self.refuse(self.vin + "7", "vin-length")

    def test_wrong_check_digit(self):
        self.refuse(self.vin[:-1] + ("1" if self.vin[-1] != "1" else "2"), "vin-check-digit")


class LabelTextTest(unittest.TestCase):
    def test_lower_case_and_data_identifier_are_taken(self):
        demo = Demo()
        vin = demo.new_unit()
        self.assertEqual(demo.provision("I" + vin.lower())["result"], "provisioned")

    def test_sample_label_picture(self):
        demo = Demo()
        demo.new_unit("5VXTC2E41SA000017")
        label = SOURCE / "resources/sample-labels/vin-code39.png"
        # The vehicle may have been provisioned before in this demo: its label is read all the same.
        result = demo.command("provision", "--image", label, "--json", check=False)
        self.assertIn("***********000017", result.stdout)


def make_csr(demo, vin):
    """A well-formed CSR with a software key, base64 DER."""
    device_id, vin_hash = demo.identity(vin)
    with tempfile.TemporaryDirectory() as folder:
        run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{folder}/key",
            "-subj", f"/CN={device_id}/O=Automotive OEM/OU=Connected Vehicles/serialNumber={vin_hash}/C=US",
            "-outform", "DER", "-out", f"{folder}/csr")
        with open(f"{folder}/csr", "rb") as stream:
            return base64.b64encode(stream.read()).decode()


if __name__ == "__main__":
    unittest.main()
