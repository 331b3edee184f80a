"""Vehicles at the MQTT broker: a revoked one is out within a second and stays out, the others stay in."""

import os
import pathlib
import ssl
import socket
import struct
import tempfile
import time
import unittest

from demo import Demo, run


def mqtt_connect(client_id):
    """An MQTT 3.1.1 CONNECT packet (OASIS standard, 3.1) with a clean session."""
    body = b"\x00\x04MQTT\x04\x02\x00\x3c" + struct.pack(">H", len(client_id)) + client_id.encode()
    return bytes([0x10, len(body)]) + body


class BrokerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()

    def setUp(self):
        self.addCleanup(self.stop_vehicles)

    def stop_vehicles(self):
        for file in (self.demo.state / "run").glob("vehicle-slot*.pid"):
            run("kill", file.read_text().strip(), check=False)
            file.unlink()

    def log(self, slot):
        return (self.demo.state / f"log/vehicle-slot{slot}.log").read_text().splitlines()

    def wait_for(self, condition, seconds=15):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, "gave up waiting")
            time.sleep(0.005)

    def connected_vehicle(self, slot):
        """A freshly provisioned unit, connected. Returns its serial."""
        vin = self.demo.new_unit(slot=slot)
        serial = self.demo.provision(vin, slot=slot)["serial"]
        self.assertIn("connected", self.demo.command("connect", "--slot", str(slot)).stdout)
        return serial

    def revoke(self, serial):
        status, answer = self.demo.curl("POST", "/api/certificates/revoke", token=self.demo["ADMIN_TOKEN"],
                                        body={"serial": serial, "reason": "KEY_COMPROMISE", "severity": "P0"})
        self.assertEqual(status, 200, answer)

    def test_revoked_vehicle_is_out_and_stays_out(self):
        revoked, other = self.connected_vehicle(1), self.connected_vehicle(2)
        self.assertNotEqual(revoked, other)
        self.revoke(revoked)
        answered = time.monotonic()
        self.wait_for(lambda: any(line.startswith("disconnected") for line in self.log(1)))
        elapsed = time.monotonic() - answered
        print(f"disconnected {elapsed * 1000:.0f} ms after the API's answer")
        self.assertLess(elapsed, 1.0)
        self.wait_for(lambda: "refused: Connection Refused: not authorised." in self.log(1))

        # The broker comes back with nothing in memory: the snapshot is there before its listener.
        pid = self.demo.pid("broker")
        os.kill(pid, 9)
        refusals = self.log(1).count("refused: Connection Refused: not authorised.")
        self.demo.start()
        self.wait_for(lambda: self.log(1).count("refused: Connection Refused: not authorised.") > refusals)
        self.assertEqual(self.log(1).count("connected"), 1)
        self.wait_for(lambda: self.log(2).count("connected") == 2)  # lost with the broker, and back
        self.assertEqual([line for line in self.log(2) if line.startswith("refused: Connection Refused: not")], [])

    def session(self, context, client_id, session=None):
        """One TLS connection and MQTT login. Returns (CONNACK's code, the TLS session, whether it was resumed)."""
        host, port = self.demo["BROKER"].rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=10) as plain:
            with context.wrap_socket(plain, server_hostname="localhost", session=session) as tls:
                tls.sendall(mqtt_connect(client_id))
                answer = tls.recv(4)
                return (answer[3] if len(answer) == 4 else None), tls.session, tls.session_reused

    def test_resumed_session_of_a_revoked_certificate_is_refused(self):
        pki = self.demo.state / "pki"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.demo["ROOT_CERT"])
        context.load_cert_chain(pki / "technician-demo-02.pem", pki / "technician-demo-02.key")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version=version.name):
                context.minimum_version = context.maximum_version = version
                code, session, _ = self.session(context, "technician")
                self.assertEqual(code, 0)
                code, session, resumed = self.session(context, "technician", session)
                self.assertTrue(resumed, "the broker gave no resumable session")
                self.assertEqual(code, 0)
                if version == ssl.TLSVersion.TLSv1_3:
                    serial = run("openssl", "x509", "-in", pki / "technician-demo-02.pem", "-noout", "-serial").stdout
                    self.revoke(serial.strip().removeprefix("serial="))
                    end = time.monotonic() + 5
                    while code == 0 and time.monotonic() < end:
                        code, _, resumed = self.session(context, "technician", session)
                    self.assertTrue(resumed)
                    self.assertEqual(code, 5)  # not authorised

    def test_connect_says_what_is_wrong(self):
        demo, vin = self.demo, self.demo.new_unit()
        with tempfile.TemporaryDirectory() as folder:
            empty, other = pathlib.Path(folder, "empty"), pathlib.Path(folder, "other.pem")
            os.chmod(folder, 0o755)  # v2c-tcu becomes the unit's user
            empty.mkdir()
            run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Other", "-keyout",
                folder + "/other.key", "-out", other)

            def connect(expected, words, **changed):
                options = {"state": demo["UNIT_STATE"], "tpm": demo["TPM"], "root": demo["ROOT_CERT"], "broker": demo["BROKER"], **changed}
                arguments = [part for name, value in options.items() if value is not None for part in (f"--{name}", value)]
                with self.subTest(**changed):
                    result = run(demo["BIN"] + "/v2c-tcu", "connect", "--once", *arguments, check=False, timeout=30)
                    self.assertEqual(result.returncode, expected, result.stdout + result.stderr)
                    self.assertIn(words, result.stdout + result.stderr)

            connect(3, "no certificate is installed")
            demo.provision(vin)
            for broker in ("", "localhost", "localhost:0", "localhost:65536", "localhost:mqtt", ":8883", "mqtts://localhost:8883", "::1:8883"):
                connect(64, f"expected host:port as in mqtt.example.com:8883 or [2001:db8::1]:8883, got '{broker}'", broker=broker)
            for option in ("broker", "state", "tpm", "root"):
                connect(64, f"--{option} is required", **{option: None})
            connect(2, "--state: expected a unit's folder, got '" + folder + "/none'", state=folder + "/none")
            self.assertFalse(pathlib.Path(folder, "none").exists())
            connect(3, "no certificate is installed", state=empty)
            connect(2, "root certificate: cannot read " + folder + "/none", root=folder + "/none")
            connect(2, "root certificate: no PEM certificate in " + folder, root=folder)
            connect(2, "TPM: connect: ", tpm="swtpm:host=127.0.0.1,port=9")
            connect(2, "unreachable: Connection refused", broker="127.0.0.1:9")
            connect(2, "unreachable: Lookup error.", broker="no-such-host.invalid:8883")
            connect(3, "certificate verify failed", root=other)

    def test_broker_does_not_start_past_its_guard(self):
        with tempfile.TemporaryDirectory() as folder:
            text = (self.demo.state / "etc/mosquitto.conf").read_text()
            config = pathlib.Path(folder, "mosquitto.conf")
            config.write_text(text.replace(f"{self.demo.state}/etc/mosquitto.conf", str(config)).replace(
                "require_certificate true", "require_certificate true\nuser root\nuse_identity_as_username true"))
            result = run("mosquitto", "-c", config, check=False, timeout=20)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn("use_identity_as_username takes the login past the guard", result.stderr)


if __name__ == "__main__":
    unittest.main()
