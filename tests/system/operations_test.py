"""The commands of `v2c-ca-gateway` that an operator types, with their audit rows, bad arguments and --help."""

import base64
import json
import os
import pathlib
import shutil
import struct
import tempfile
import unittest

from demo import Demo, random_vin, run
from load import as_demo_user

TRANSACTION = "00112233445566778899aabbccddeeff"


class OperationsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()
        cls.vin = cls.demo.new_unit()
        cls.serial = cls.demo.provision(cls.vin)["serial"]
        cls.device_id, cls.vin_hash = cls.demo.identity(cls.vin)

    def setUp(self):
        self.last = self.demo.sql("SELECT coalesce(max(id), 0) AS n FROM audit")[0]["n"]

    def gateway(self, *arguments, expect=0, input=None, config=True):
        """As the servers' user, whom the signer knows. Returns (standard output, standard error)."""
        options = ["--config", self.demo["GATEWAY_CONFIG"]] if config else []
        result = run(*as_demo_user(), self.demo["BIN"] + "/v2c-ca-gateway", *arguments, *options, check=False, input=input)
        self.assertEqual(result.returncode, expect, f"{arguments}: {result.stdout}{result.stderr}")
        return result.stdout, result.stderr

    def refused(self, words, *arguments, expect=1, **options):
        with self.subTest(arguments):
            out, error = self.gateway(*arguments, expect=expect, **options)
            self.assertEqual(out, "")
            self.assertIn(words, error)

    def audited(self, *events):
        return self.demo.sql("SELECT event_type, actor, subject, metadata FROM audit WHERE id > :last AND actor LIKE 'host-administrator uid %' "
                             "AND event_type = ANY (string_to_array(:'events', ' ')) ORDER BY id", last=self.last, events=" ".join(events))

    def test_each_command_explains_itself(self):
        for command in ("vault", "vault find", "vault check", "vault rewrap", "quarantine", "quarantine list", "quarantine release",
                        "override", "override sign", "search", "token", "token create", "token list", "token revoke"):
            with self.subTest(command):
                out, error = self.gateway(*command.split(), "--help", config=False)
                self.assertIn("Usage: v2c-ca-gateway " + command, out)
                self.assertEqual(error, "")
                _, error = self.gateway(*command.split(), "--nonsense", config=False, expect=64)
                self.assertTrue(error)

    def test_vault(self):
        found = json.loads(self.gateway("vault", "find", "--vin", "-", "--reason", "recall 7", input=self.vin + "\n")[0])
        self.assertEqual((found["device_id"], found["vin_hash"]), (self.device_id, self.vin_hash))
        self.assertNotIn("vin", found)
        self.assertEqual(json.loads(self.gateway("vault", "find", "--device-id", self.device_id, "--reason", "recall 7")[0])["vin"], self.vin)
        checked = json.loads(self.gateway("vault", "check", "--reason", "yearly")[0])
        self.assertGreaterEqual(checked["rows"], 1)
        self.assertEqual(checked["damaged"], [])
        self.assertIn("data keys rewrapped: 0", self.gateway("vault", "rewrap")[0])
        rows = self.audited("vin_vault_read", "vin_vault_rewrapped")
        self.assertEqual([(row["event_type"], row["metadata"].get("method"), row["metadata"].get("reason")) for row in rows],
                         [("vin_vault_read", "vin", "recall 7"), ("vin_vault_read", "device-id", "recall 7"),
                          ("vin_vault_read", "check", "yearly"), ("vin_vault_rewrapped", None, None)])
        self.assertNotIn(self.vin, json.dumps(rows))

        self.refused("vin-length: a VIN has 17 characters, got 16", "vault", "find", "--vin", self.vin[1:], "--reason", "x")
        self.refused("vault-unknown", "vault", "find", "--vin", random_vin(), "--reason", "x")
        self.refused("device-id-format", "vault", "find", "--device-id", "zz", "--reason", "x")
        self.refused("--reason: expected a text, got an empty one", "vault", "check", "--reason", " ", expect=64)
        self.refused("--vin excludes --device-id", "vault", "find", "--vin", "-", "--device-id", self.device_id, "--reason", "x", expect=64)
        self.refused("--reason is required", "vault", "check", expect=64)

    def test_quarantine(self):
        # The unit's TPM in another vehicle, under another serial number: an original and its clone.
        unit, vin = (self.demo.state / "units/slot1").resolve(), random_vin()
        os.kill(self.demo.pid("tcu-slot1"), 9)
        for file in (unit / "tcu").iterdir():
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        (unit / "vin").write_text(vin + "\n")
        (unit / "ecu-serial").write_text("TCU-CLONE\n")
        self.addCleanup(self.demo.new_unit)
        self.demo.start()
        self.assertEqual(self.demo.provision(vin, expect=3)["failure"]["cause"], "ek-quarantined")

        def listed(*options):
            return {row["id"]: row for row in map(json.loads, self.gateway("quarantine", "list", *options)[0].splitlines())
                    if row["first_device_id"] == self.device_id}

        (number, entry), = listed().items()
        self.assertEqual((entry["kind"], entry["second_tcu_serial"]), ("ek", "TCU-CLONE"))
        self.refused("release-reason", "quarantine", "release", "--id", number, "--reason", " ")
        self.refused("quarantine-unknown: no entry with id 999999", "quarantine", "release", "--id", 999999, "--reason", "x")
        self.refused("--id", "quarantine", "release", "--id", "one", "--reason", "x", expect=64)
        self.assertEqual(self.audited("ek_released"), [])
        self.assertEqual(self.gateway("quarantine", "release", "--id", number, "--reason", "TPM moved")[0], "released\n")
        self.assertEqual(self.gateway("quarantine", "release", "--id", number, "--reason", "again")[0], "was released before\n")
        self.assertEqual((listed(), list(listed("--all"))), ({}, [number]))
        row, = self.audited("ek_released")
        self.assertEqual((row["metadata"]["reason"], row["metadata"]["first_device_id"]), ("TPM moved", self.device_id))

    def test_override(self):
        pki = self.demo.state / "pki"

        def sign(**changed):
            options = {"key": pki / "technician-demo-01.key", "certificate": pki / "technician-demo-01.pem", "transaction": TRANSACTION,
                       "device-id": self.device_id, "tcu-serial": "TCU-1", "reason": "board replaced", "expires-at": "2999-01-01T00:00:00Z", **changed}
            return ["override", "sign", *(part for name, value in options.items() for part in ("--" + name, value))]

        answer = json.loads(self.gateway(*sign(), config=False)[0])
        texts = ("v2c-provisioning issuing override 1", TRANSACTION, self.device_id, "TCU-1", "board replaced", "32472144000")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            (path / "signed").write_bytes(b"".join(struct.pack(">I", len(text)) + text.encode() for text in texts))
            (path / "signature").write_bytes(base64.b64decode(answer["signature"]))
            (path / "key").write_text(run("openssl", "x509", "-noout", "-pubkey", "-in", pki / "technician-demo-01.pem").stdout)
            run("openssl", "dgst", "-sha256", "-verify", path / "key", "-signature", path / "signature", path / "signed")
        self.refused("transaction-id-format", *sign(transaction="1"), config=False)
        self.refused("device-id-format", *sign(**{"device-id": "1"}), config=False)
        self.refused("time-format", *sign(**{"expires-at": "tomorrow"}), config=False)
        self.refused("override-order: --expires-at: expected a time to come", *sign(**{"expires-at": "2020-01-01T00:00:00Z"}), config=False)
        self.refused("override-order: --reason: expected a text", *sign(reason=" "), config=False)
        self.refused("override-order: --tcu-serial: expected a text", *sign(**{"tcu-serial": ""}), config=False)
        self.refused("cannot read /none", *sign(certificate="/none"), config=False)
        self.refused("key-file", *sign(key=pki / "technician-demo-02.key"), config=False)

    def test_search(self):
        for condition in (("--serial", self.serial), ("--device_id", self.device_id), ("--vin_hash", self.vin_hash)):
            found = json.loads(self.gateway("search", *condition)[0])["certificates"]
            self.assertEqual([entry["serial"] for entry in found], [self.serial], condition)
        first = json.loads(self.gateway("search", "--limit", "1")[0])
        second = json.loads(self.gateway("search", "--limit", "1", "--cursor", first["next_cursor"])[0])
        self.assertNotEqual(first["certificates"], second["certificates"])
        self.refused("parameter status: expected ACTIVE, REVOKED, SUPERSEDED or EXPIRED", "search", "--status", "nope")
        self.refused("parameter limit", "search", "--limit", "501")
        self.refused("parameter", "search", "--cursor", "AAAA")

    def test_tokens(self):
        name = "operations-" + self.device_id
        token = self.gateway("token", "create", "--name", name, "--scopes", "list", "--expires-in-days", 1)[0].strip()
        self.assertEqual(self.demo.curl("GET", "/api/certificates?limit=1", token=token)[0], 200)
        listing = self.gateway("token", "list")[0]
        self.assertNotIn(token, listing)
        entry, = (entry for entry in json.loads(listing) if entry["name"] == name)
        self.assertEqual((entry["status"], entry["scopes"]), ("ACTIVE", ["list"]))
        self.refused("token-exists", "token", "create", "--name", name, "--scopes", "list")
        self.assertIn("is revoked", self.gateway("token", "revoke", "--name", name)[0])
        self.assertEqual(self.demo.curl("GET", "/api/certificates?limit=1", token=token)[0], 401)
        rows = self.audited("api_token_created", "api_token_revoked")
        self.assertEqual([row["event_type"] for row in rows], ["api_token_created", "api_token_revoked"])
        self.assertNotIn(token, json.dumps(rows))
        self.refused("token-name", "token", "create", "--name", "a b", "--scopes", "list")
        self.refused("--scopes: everything not in", "token", "create", "--name", "x", "--scopes", "everything", expect=64)
        self.refused("not in range 1 to 3650", "token", "create", "--name", "x", "--scopes", "list", "--expires-in-days", 0, expect=64)
        self.refused("token-unknown", "token", "revoke", "--name", "nobody")


if __name__ == "__main__":
    unittest.main()
