"""What installer/demo itself promises."""

import os
import tempfile
import unittest

from demo import INSTALLER, Demo, run


class DemoCommandTest(unittest.TestCase):
    def test_up_is_idempotent(self):
        demo = Demo()
        first = demo.environment
        demo.command("up", "--headless")
        demo._environment = None
        self.assertEqual(demo.environment, first)

    def test_status_is_zero_only_when_all_is_up(self):
        demo = Demo()
        self.assertEqual(demo.command("status", check=False).returncode, 0)
        os.kill(demo.pid("gateway"), 9)
        status = demo.command("status", check=False)
        self.assertNotEqual(status.returncode, 0)
        self.assertIn("gateway        DOWN", status.stdout)
        demo.start()
        self.assertEqual(demo.command("status", check=False).returncode, 0)

    def test_env_gives_the_promised_names(self):
        environment = Demo().environment
        for name in ("BIN API_URL OCSP_URL CRL_URL METRICS_URL ROOT_CERT DEVICE_CA_CERT CHAIN STATION_CERT STATION_KEY "
                     "ADMIN_TOKEN DATABASE_URL CAN TPM").split():
            self.assertTrue(environment.get("V2C_" + name), name)

    def test_metrics_are_served(self):
        demo = Demo()
        self.assertIn("v2c_", run("curl", "-fsS", demo["METRICS_URL"]).stdout)

    def test_bad_arguments_are_usage_errors(self):
        for arguments in (["fly"], ["provision", "--slot", "9"], ["provision", "--vin"], ["new-tcu"], ["up", "surplus"]):
            result = run(INSTALLER, *arguments, check=False)
            self.assertEqual(result.returncode, 64, arguments)
            self.assertTrue(result.stderr.startswith("installer/demo: "), result.stderr)

    def test_two_demos_side_by_side(self):
        one = Demo()
        with tempfile.TemporaryDirectory(prefix="v2c-second-") as folder:
            # Closed to the servers' user but for its right to pass.
            run(INSTALLER, "up", "--headless", "--state", folder + "/state", timeout=240)
            two = Demo(folder + "/state")
            try:
                self.assertNotEqual(one["API_URL"], two["API_URL"])
                vin = two.new_unit()
                self.assertEqual(two.provision(vin)["result"], "provisioned")
                self.assertEqual(one.command("status", check=False).returncode, 0)
                self.assertEqual(two.command("status", check=False).returncode, 0)
                device_id, _ = two.identity(vin)
                self.assertEqual(one.sql("SELECT 1 AS one FROM certificates WHERE device_id = :'device'", device=device_id), [])
            finally:
                reset = two.command("reset")
            self.assertFalse(two.state.exists())
            if os.getuid() == 0:  # the first demo still needs its own
                self.assertIn("another demo runs", reset.stderr)
                self.assertEqual(one.command("status", check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()
