"""A gateway whose profiles exceed what its CAs may do does not start, and says what was expected and what came (docs/profiles.md)."""

import json
import pathlib
import shutil
import tempfile
import unittest

from demo import Demo, run
from load import as_demo_user

# Change of a profile, and the end of the refusal.
BAD_PROFILES = [
    ("name outside the constraints", "vehicle-device", ["subject_alt_names", "dns"], ["{device_id}.example.org"],
     "vehicle-device: subject_alt_names.dns: expected names in v2c.example.com, localhost, permitted by 'V2C Intermediate CA', got {device_id}.example.org"),
    ("name without its label", "vehicle-device", ["subject_alt_names", "dns"], ["{device_id}v2c.example.com"],
     "vehicle-device: subject_alt_names.dns: expected names in v2c.example.com, localhost, permitted by 'V2C Intermediate CA', got {device_id}v2c.example.com"),
    ("address outside the constraints", "vehicle-device", ["subject_alt_names", "ip"], ["192.0.2.1"],
     "vehicle-device: subject_alt_names.ip: expected addresses in 10.0.0.0/8, 127.0.0.0/8, permitted by 'V2C Intermediate CA', got 192.0.2.1"),
    ("name of the OCSP signer", "ocsp-signer", ["subject_alt_names"], {"dns": ["ocsp.example.org"]},
     "ocsp-signer: subject_alt_names.dns: expected names in v2c.example.com, localhost, permitted by 'V2C Intermediate CA', got ocsp.example.org"),
    ("name of the brokers", "mqtt-broker", ["subject_alt_names", "dns"], ["mqtt-broker-{region}.example.org"],
     "mqtt-broker: subject_alt_names.dns: expected names in v2c.example.com, localhost, permitted by 'V2C Intermediate CA', got mqtt-broker-{region}.example.org")]


class StartUpTest(unittest.TestCase):
    def setUp(self):
        self.demo = Demo()
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.demo.state))
        self.addCleanup(shutil.rmtree, self.folder)
        self.config = json.loads((self.demo.state / "etc/gateway.json").read_text())
        shutil.copytree(self.config["pki"]["profiles"], self.folder / "profiles")
        self.config["pki"]["profiles"] = str(self.folder / "profiles")

    def start(self):
        """Starts a gateway that must refuse to. Returns what it said."""
        file = self.folder / "gateway.json"
        file.write_text(json.dumps(self.config))
        run("chown", "-R", "--reference", self.demo.state / "etc/gateway.json", self.folder)
        ended = run(*as_demo_user(), self.demo.state / "opt/bin/v2c-ca-gateway", "serve", "--config", file, check=False, timeout=20)
        self.assertEqual(ended.returncode, 1, ended.stdout + ended.stderr)
        return ended.stderr

    def change(self, profile, path, value):
        file = self.folder / f"profiles/{profile}.json"
        document = json.loads(file.read_text())
        place = document
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value
        file.write_text(json.dumps(document))

    def test_profiles_beyond_their_ca(self):
        for name, profile, path, value, refusal in BAD_PROFILES:
            with self.subTest(name):
                original = (self.folder / f"profiles/{profile}.json").read_text()
                self.change(profile, path, value)
                self.assertIn("profile-exceeds-ca: " + refusal, self.start())
                (self.folder / f"profiles/{profile}.json").write_text(original)

    def test_issuer_that_may_not_issue(self):
        """The gateway's own certificate in the CA's place."""
        self.config["pki"] |= {"issuer_certificate": "gateway-server.pem", "issuer_chain": "gateway-server.pem"}
        self.assertIn("vehicle-device: issuer: expected a CA that may sign certificates (keyCertSign), got 'localhost', which may not", self.start())


if __name__ == "__main__":
    unittest.main()
