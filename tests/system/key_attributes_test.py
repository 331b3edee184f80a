"""What every key of the ceremony says about itself to C_GetAttributeValue, on the real tokens, and that it means it (docs/key-policy.md)."""

import json
import unittest

from demo import BUILD, Demo, run
from load import as_demo_user

# For every key, whatever it is for.
ALWAYS = {
    "token": True, "private": True, "sensitive": True, "always_sensitive": True, "extractable": False, "never_extractable": True, "local": True,
    "modifiable": False, "copyable": False, "wrap": False, "unwrap": False, "derive": False, "sign_recover": False,
    "lets_itself_be_changed": False, "lets_itself_be_copied": False, "shows_its_value": False}
# A key that is backed up was an object of one session before, and is what its backup gave back.
BACKED_UP = {"always_sensitive": False, "never_extractable": False, "local": False}
PURPOSE = {
    "private": {"sign": True, "decrypt": False, "encrypt": False},
    "secret": {"sign": False, "decrypt": True, "encrypt": True}}


class KeyAttributesTest(unittest.TestCase):
    def test_every_key_of_the_ceremony(self):
        demo = Demo()
        ceremony = json.loads((demo.state / "etc/ceremony.json").read_text())
        program = demo.state / "opt/bin/key_attributes"  # where the tokens' user can run it
        program.write_bytes((BUILD / "test-bin/key_attributes").read_bytes())
        program.chmod(0o755)
        self.addCleanup(program.unlink)
        tokens = json.loads(run(*as_demo_user(), "env", f"SOFTHSM2_CONF={demo.state}/etc/softhsm2.conf", program, ceremony["module"],
                                demo.state / "secrets/ceremony").stdout)

        wanted = {(entry["token"], entry["key"]) for entry in ceremony["certificates"] + ceremony.get("secret_keys", []) if "token" in entry}
        backed_up = {(entry["token"], entry["key"]) for entry in ceremony["certificates"] if entry.get("backup")}
        # A root that has been taken offline is not here to be asked.
        offline = {token["label"] for token in ceremony["tokens"]} - set(tokens)
        self.assertLessEqual(offline, {"v2c-root"})
        found = {(token, key["label"]) for token, keys in tokens.items() for key in keys}
        self.assertEqual(found, {pair for pair in wanted if pair[0] not in offline})
        for token, keys in tokens.items():
            for key in keys:
                with self.subTest(token=token, key=key["label"]):
                    history = BACKED_UP if (token, key["label"]) in backed_up else {}
                    for name, value in {**ALWAYS, **history, **PURPOSE[key["class"]]}.items():
                        self.assertEqual(key.get(name, False), value, name)


if __name__ == "__main__":
    unittest.main()
