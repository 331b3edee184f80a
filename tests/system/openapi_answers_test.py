"""What the real gateway answers is what docs/api/openapi.yaml says: status, media type, schema, and the slug of each error."""

import json
import pathlib
import sys
import tempfile
import unittest
import uuid

from demo import Demo, run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "ca-gateway/api"))
import openapi_test as openapi  # noqa: E402


class OpenApiAnswersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()
        rows = cls.demo.sql("SELECT serial FROM certificates WHERE type = 'station' LIMIT 1")
        cls.serial = rows[0]["serial"]

    def ask(self, method, path, status, body=None, token=False, station=False, headers=None, operation=None):
        """Asks by curl, then holds the answer against the operation's entry (by default the path itself)."""
        command = ["curl", "-sS", "--max-time", "20", "--cacert", self.demo["ROOT_CERT"], "-X", method, "-D", "/dev/stderr",
                   self.demo["API_URL"] + path]
        if token:
            command += ["-H", f"Authorization: Bearer {self.demo['ADMIN_TOKEN']}"]
        if station:
            command += ["--cert", self.demo["STATION_CERT"], "--key", self.demo["STATION_KEY"]]
        for name, value in (headers or {}).items():
            command += ["-H", f"{name}: {value}"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "--data-binary", json.dumps(body)]
        result = run(*command)
        head = result.stderr.replace("\r", "").strip().split("\n\n")[-1].splitlines()
        fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:])}
        self.assertEqual(int(head[0].split()[1]), status, result.stdout)
        self.assertIn("x-trace-id", fields)
        media = fields.get("content-type", "")
        operations = openapi.DOCUMENT["paths"].get(operation or path.split("?")[0])
        if operations is None or method.lower() not in operations:
            described = {"$ref": "#/components/responses/Problem"}
        else:
            responses = operations[method.lower()]["responses"]
            described = responses.get(str(status)) or responses["default"]
        while "$ref" in described:
            described = openapi.resolve(described["$ref"])
        self.assertIn(media, described["content"])
        if not media.endswith("json"):
            return result.stdout
        answer = json.loads(result.stdout)
        faults = [error.message for error in openapi.validator(described["content"][media]["schema"]).iter_errors(answer)]
        self.assertEqual(faults, [], answer)
        if media == "application/problem+json":
            self.assertEqual(answer["status"], status)
            slugs = openapi.DOCUMENT["components"]["schemas"]["Problem"]["properties"]["type"]["x-slugs"]
            self.assertIn(answer["type"].rsplit("/", 1)[1], slugs)
        if status == 401:
            self.assertIn("www-authenticate", fields)
        if status == 405:
            self.assertIn("allow", fields)
        return answer

    def test_search(self):
        page = self.ask("GET", "/api/certificates?limit=2", 200, token=True)
        self.assertEqual(len(page["certificates"]), 2)
        following = self.ask("GET", f"/api/certificates?limit=2&cursor={page['next_cursor']}", 200, station=True)
        self.assertNotEqual(page["certificates"], following["certificates"])
        for query in ("limit=0", "what=1", "limit=1&limit=1", "cursor=x", "station=%ff"):
            self.ask("GET", "/api/certificates?" + query, 400, token=True)

    def test_one_certificate(self):
        path, operation = f"/api/certificates/{self.serial}", "/api/certificates/{serial}"
        self.assertEqual(self.ask("GET", path, 200, token=True, operation=operation)["serial"], self.serial)
        pem = self.ask("GET", path, 200, token=True, operation=operation, headers={"Accept": "application/pem-certificate-chain"})
        self.assertIn("-----BEGIN CERTIFICATE-----", pem)
        self.ask("GET", "/api/certificates/01", 404, token=True, operation=operation)
        self.ask("GET", "/api/certificates/xyz", 400, token=True, operation=operation)

    def test_errors(self):
        key = {"Idempotency-Key": uuid.uuid4().hex}
        self.ask("GET", "/nothing", 404)
        self.ask("PUT", "/api/certificates", 405)
        self.ask("GET", "/api/certificates", 401)
        self.ask("GET", "/api/certificates", 401, headers={"Authorization": "Bearer x"})
        self.ask("POST", "/api/certificates", 401, body={}, headers=key)
        self.ask("POST", "/api/certificates", 400, body={}, station=True)
        self.ask("POST", "/api/certificates", 400, body={}, station=True, headers=key)
        self.ask("POST", "/api/certificates/renew", 403, body={}, station=True, headers=key)
        self.ask("POST", "/api/certificates/revoke", 404, body={"serial": "01", "reason": "UNSPECIFIED"}, token=True)
        self.ask("POST", "/api/certificates/revoke", 400, body={"serial": "01", "reason": "WHIM"}, token=True)
        self.ask("GET", f"/api/certificates/requests/{uuid.uuid4().hex}", 404, station=True,
                 operation="/api/certificates/requests/{key}")

    def test_broker(self):
        with tempfile.TemporaryDirectory() as folder:
            run("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/key", "-out", f"{folder}/csr", "-utf8",
                "-subj", "/CN=mqtt-broker-us-east.v2c.example.com/O=Automotive OEM/OU=Cloud Platform/C=US")
            body = {"csr": pathlib.Path(f"{folder}/csr").read_text(), "region": "us-east"}
            key = {"Idempotency-Key": uuid.uuid4().hex}
            path = "/api/certificates/broker"
            issued = self.ask("POST", path, 200, body=body, token=True, headers=key)
            self.assertEqual(self.ask("POST", path, 200, body=body, token=True, headers=key), issued)
            pathlib.Path(f"{folder}/cert.pem").write_text(issued["certificate"])
            pathlib.Path(f"{folder}/chain.pem").write_text("".join(issued["chain"]))
            run("openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", self.demo["ROOT_CERT"], "-untrusted",
                f"{folder}/chain.pem", "-verify_hostname", "mqtt-broker-us-east.v2c.example.com", f"{folder}/cert.pem")
            self.ask("POST", path, 409, body=body, token=True, headers={"Idempotency-Key": uuid.uuid4().hex})
            self.ask("POST", path, 404, body={**body, "region": "mars"}, token=True, headers={"Idempotency-Key": uuid.uuid4().hex})
            self.ask("POST", path, 400, body={**body, "csr": "MAA="}, token=True, headers={"Idempotency-Key": uuid.uuid4().hex})
            self.ask("POST", path, 403, body=body, station=True, headers=key)

    def test_health(self):
        self.ask("GET", "/health", 200)


if __name__ == "__main__":
    unittest.main()
