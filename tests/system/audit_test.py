"""The audit as an auditor gets it: exported, verified with the root alone, and caught when it was touched."""

import json
import pathlib
import shutil
import tempfile
import time
import unittest

from demo import Demo, run


class AuditTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()
        cls.demo.provision(cls.demo.new_unit())

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="v2c-audit-"))
        self.folder.chmod(0o777)  # the gateway's user writes into it
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def gateway(self, *arguments, check=True):
        return run(pathlib.Path(self.demo["BIN"], "v2c-ca-gateway"), *arguments, check=check)

    def wait_until_sealed(self):
        end = time.monotonic() + 20
        while self.demo.sql("SELECT count(*) AS n FROM audit a WHERE NOT EXISTS "
                            "(SELECT FROM audit_leaves l WHERE l.audit_id = a.id)")[0]["n"]:
            self.assertLess(time.monotonic(), end, "rows stay unsealed")
            time.sleep(0.1)

    def export(self, name, *options):
        self.wait_until_sealed()
        self.gateway("export", "--config", self.demo["GATEWAY_CONFIG"], "--output", self.folder / name, *options)
        return self.folder / name

    def verify(self, folder, *options, check=True):
        return self.gateway("verify-export", folder, "--root", self.demo["ROOT_CERT"], *options, check=check)

    def test_export_verifies_with_the_root_alone(self):
        first = self.export("first")
        self.assertIn("every row is as it was sealed, and none is missing", self.verify(first).stdout)
        rows = [json.loads(line) for line in (first / "audit.jsonl").read_text().splitlines()]
        self.assertEqual(len(rows), self.demo.sql("SELECT count(*) AS n FROM audit_leaves")[0]["n"])
        self.assertLessEqual({"certificate_intent", "certificate_issued", "certificate_provisioned"},
                             {row["event_type"] for row in rows})

        self.demo.curl("POST", "/api/certificates/revoke", token=self.demo["ADMIN_TOKEN"],
                       body={"serial": next(row["subject"]["serial"] for row in rows
                                            if row["event_type"] == "certificate_issued" and "vin_hash" in row["subject"]),
                             "reason": "CESSATION_OF_OPERATION"})
        second = self.export("second", "--previous", first)
        self.assertIn("the audit has only grown", self.verify(second, "--previous", first).stdout)
        self.assertIn("certificate_revoked", (second / "audit.jsonl").read_text())

    def test_tampering_is_named(self):
        export = self.export("export")
        rows = (export / "audit.jsonl").read_text().splitlines()
        changed = rows.copy()
        changed[2] = changed[2].replace('"result":"success"', '"result":"failure"')
        for name, lines in {"changed": changed, "removed": rows[:3] + rows[4:], "cut": rows[:-2],
                            "reordered": [rows[1], rows[0], *rows[2:]]}.items():
            with self.subTest(name):
                (export / "audit.jsonl").write_text("\n".join(lines) + "\n")
                result = self.verify(export, check=False)
                self.assertEqual(result.returncode, 1, result.stdout)
                self.assertIn("WRONG", result.stdout)

    def test_foreign_root_proves_nothing(self):
        export = self.export("export")
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Other", "-keyout",
            self.folder / "other.key", "-out", self.folder / "other.pem")
        result = self.gateway("verify-export", export, "--root", self.folder / "other.pem", check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("no valid path", result.stdout)


if __name__ == "__main__":
    unittest.main()
