"""Two gateway processes on one database: a request through both gives one certificate, and a unit's limit counts at both."""

import base64
import concurrent.futures
import json
import socket
import tempfile
import unittest
import uuid

from demo import Demo, random_vin, run
from load import Server, own, wait_for

VEHICLES = 6


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class ReplicaTest(unittest.TestCase):
    def setUp(self):
        self.demo = self.replica("gateway-replica-1")
        self.other = self.replica("gateway-replica-2")

    def replica(self, name):
        """A gateway of its own over the demo's database. Its units are keys in files, so it only records evidence."""
        demo = Demo()
        document = json.loads((demo.state / "etc/gateway.json").read_text())
        document["evidence"]["policy"] = "recorded"
        for listener in document["listeners"].values():
            listener["port"] = free_port()
        config = demo.state / f"etc/{name}.json"
        config.write_text(json.dumps(document))
        self.addCleanup(own(config).unlink)
        server = Server(demo, name, [demo.state / "opt/bin/v2c-ca-gateway", "serve", "--config", config, "--roles", "api"])
        self.addCleanup(server.close)
        server.start()
        demo.environment["V2C_API_URL"] = f"https://localhost:{document['listeners']['api']['port']}"
        wait_for(lambda: self.is_up(demo), 60, name)
        return demo

    @staticmethod
    def is_up(gateway):
        try:
            return gateway.curl("GET", "/health")[0] == 200
        except AssertionError:  # nobody listens yet
            return False

    def body(self, vin, unit):
        device_id, vin_hash = self.demo.identity(vin)
        with tempfile.TemporaryDirectory() as folder:
            run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{folder}/key",
                "-subj", f"/CN={device_id}/O=Automotive OEM/OU=Connected Vehicles/serialNumber={vin_hash}/C=US",
                "-outform", "DER", "-out", f"{folder}/csr", "-utf8")
            with open(f"{folder}/csr", "rb") as stream:
                return {"csr": base64.b64encode(stream.read()).decode(), "vin": vin, "tcu_serial": unit}

    @staticmethod
    def issue(gateway, key, body):
        return gateway.curl("POST", "/api/certificates", body, station=True, headers={"Idempotency-Key": key})

    def test_one_database_two_gateways(self):
        requests = [(uuid.uuid4().hex, self.body(random_vin(), "TCU-" + uuid.uuid4().hex[:10])) for _ in range(VEHICLES)]
        with concurrent.futures.ThreadPoolExecutor(2 * VEHICLES) as pool:
            pairs = [(pool.submit(self.issue, self.demo, *request), pool.submit(self.issue, self.other, *request)) for request in requests]
            for one, two in pairs:
                (status, first), (other_status, second) = one.result(), two.result()
                self.assertEqual((status, other_status), (200, 200), (first, second))
                self.assertEqual(first["certificate"], second["certificate"])
        for key, body in requests:
            self.assertEqual(self.demo.sql("SELECT count(*) AS n FROM certificates WHERE request_key = :'key'", key=key), [{"n": 1}])
            for gateway in (self.demo, self.other):
                status, problem = self.issue(gateway, uuid.uuid4().hex, self.body(random_vin(), body["tcu_serial"]))
                self.assertEqual((status, problem["type"].rsplit("/", 1)[1]), (429, "rate-limit-tcu"))


if __name__ == "__main__":
    unittest.main()
