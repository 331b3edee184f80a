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

    def export(self, name, *options):
        return self.demo.export_audit(self.folder / name, *options)

    def verify(self, folder, *options, check=True):
        return self.demo.verify_export(folder, *options, check=check)

    def test_export_verifies_with_the_root_alone(self):
        first = self.export("first")
        self.assertIn("every row is as it was sealed, and none is missing", self.verify(first).stdout)
        rows = [json.loads(line) for line in (first / "audit.jsonl").read_text().splitlines()]
        sealed = self.demo.sql("SELECT count(*) AS n FROM audit_leaves")[0]["n"]  # accesses may have been sealed since
        self.assertTrue(sealed - 50 <= len(rows) <= sealed, (len(rows), sealed))
        self.assertLessEqual({"certificate_intent", "certificate_issued", "certificate_provisioned"},
                             {row["event_type"] for row in rows})

        self.demo.curl("POST", "/api/certificates/revoke", token=self.demo["ADMIN_TOKEN"],
                       body={"serial": next(row["subject"]["serial"] for row in rows
                                            if row["event_type"] == "certificate_issued" and "vin_hash" in row["subject"]),
                             "reason": "CESSATION_OF_OPERATION"})
        second = self.export("second", "--previous", first)
        self.assertIn("the audit has only grown", self.verify(second, "--previous", first).stdout)
        self.assertIn("certificate_revoked", (second / "audit.jsonl").read_text())

    def test_export_by_the_api(self):
        gateway, config = pathlib.Path(self.demo["BIN"], "v2c-ca-gateway"), self.demo["GATEWAY_CONFIG"]
        name = "auditor-" + self.folder.name
        token = run(gateway, "token", "create", "--config", config, "--name", name, "--scopes", "audit", "--expires-in-days", 1).stdout.strip()
        self.addCleanup(run, gateway, "token", "revoke", "--config", config, "--name", name)
        status, problem = self.demo.curl("GET", "/api/audit/export", token=self.demo["ADMIN_TOKEN"])
        self.assertEqual((status, problem["type"].rsplit("/", 1)[1]), (403, "scope"))
        archive = self.folder / "export.tar"
        run("curl", "-sSf", "--cacert", self.demo["ROOT_CERT"], "-H", f"Authorization: Bearer {token}", "-o", archive,
            self.demo["API_URL"] + "/api/audit/export")
        run("tar", "-C", self.folder, "-xf", archive)
        folder, = self.folder.glob("v2c-audit-*")
        self.assertIn("every row is as it was sealed, and none is missing", self.verify(folder).stdout)
        status, problem = self.demo.curl("GET", "/api/audit/export?from=2001-01-01&to=2001-01-02", token=token)
        self.assertEqual((status, problem["type"].rsplit("/", 1)[1]), (404, "audit-empty"))

    def test_a_stations_batch_verifies_offline(self):
        gateway, config = pathlib.Path(self.demo["BIN"], "v2c-ca-gateway"), self.demo["GATEWAY_CONFIG"]
        name = "station-" + self.folder.name
        token = run(gateway, "token", "create", "--config", config, "--name", name, "--scopes", "audit", "--expires-in-days", 1).stdout.strip()
        self.addCleanup(run, gateway, "token", "revoke", "--config", config, "--name", name)
        (self.folder / "token").write_text(token + "\n")
        (self.folder / "token").chmod(0o600)
        settings = json.loads(pathlib.Path(self.demo["STATION_CONFIG"]).read_text())
        settings["export"] = {"audit_token_file": str(self.folder / "token")}
        station = pathlib.Path(self.demo["STATION_CONFIG"]).with_name("station-export.json")
        station.write_text(json.dumps(settings))
        self.addCleanup(station.unlink)
        written = run(pathlib.Path(self.demo["BIN"], "v2c-station"), "export-audit", "--config", station, "--to", self.folder).stdout
        self.assertIn("records of the gateway", written)
        batch, = self.folder.glob("v2c-batch-*")
        run("sh", "-c", f"cd '{batch}' && sha256sum -c SHA256SUMS && openssl x509 -in station.pem -pubkey -noout > ../station.pub && "
            "openssl dgst -sha256 -verify ../station.pub -signature SHA256SUMS.sig SHA256SUMS")
        self.assertIn("every row is as it was sealed, and none is missing", self.verify(batch / "gateway-1").stdout)
        issued = {row["trace_id"].replace("-", "") for row in map(json.loads, (batch / "gateway-1/audit.jsonl").read_text().splitlines())}
        runs = [json.loads(line) for line in (batch / "runs.jsonl").read_text().splitlines()]
        self.assertTrue(runs)
        self.assertEqual({"provisioned"}, {row["outcome"] for row in runs} & {"provisioned"})
        self.assertTrue({row["transaction"] for row in runs} & issued, "the station's runs are in the gateway's records")

    def test_accesses_and_ocsp_answers_are_audited(self):
        trace = "0af7651916cd43dd8448eb211c80319c"
        self.demo.curl("GET", "/api/certificates?limit=1", token="v2c_nobody", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
        end = time.monotonic() + 20
        while not (rows := self.demo.sql("SELECT actor, result, metadata FROM audit WHERE event_type = 'access' AND trace_id = :'trace'",
                                         trace=trace)):
            self.assertLess(time.monotonic(), end, "no row of the access")
            time.sleep(0.1)
        self.assertEqual((rows[0]["actor"], rows[0]["result"]), ("unknown", "failure"))
        self.assertEqual({key: rows[0]["metadata"][key] for key in ("route", "status", "cause")},
                         {"route": "GET /api/certificates", "status": "401", "cause": "token-unknown"})
        self.assertEqual(self.demo.sql("SELECT count(*) AS n FROM audit WHERE event_type = 'access' AND metadata ->> 'route' = 'GET /health'"),
                         [{"n": 0}])

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
        result = run(pathlib.Path(self.demo["BIN"], "v2c-ca-gateway"), "verify-export", export, "--root", self.folder / "other.pem",
                     check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("no valid path", result.stdout)


if __name__ == "__main__":
    unittest.main()
