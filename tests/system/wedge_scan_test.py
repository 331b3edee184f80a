"""The operator's window as it is used: a wedge scanner types a VIN into it, and the vehicle is provisioned."""

import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from demo import Demo, run

PASS_GREEN = "#0B6B2E"  # Theme.qml: only ever a passed vehicle


class WedgeScanTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()

    def setUp(self):
        self.display = self.start_display()
        self.environment = {**os.environ, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb", "QT_QUICK_BACKEND": "software"}

    def start_display(self):
        reading, writing = os.pipe()
        server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
                                  pass_fds=[writing], stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        os.close(writing)
        with os.fdopen(reading) as number:
            return ":" + number.readline().strip()

    def start_window(self):
        log = tempfile.TemporaryFile()
        window = subprocess.Popen([pathlib.Path(self.demo["BIN"], "v2c-station"), "window", "--config", self.demo["STATION_CONFIG"]],
                                  env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(log.close)
        self.addCleanup(window.wait)
        self.addCleanup(window.terminate)
        found = self.xdotool("search", "--sync", "--onlyvisible", "--name", "V2C Station").split()[0]
        self.xdotool("windowfocus", "--sync", found)
        return found

    def xdotool(self, *arguments):
        return run("xdotool", *arguments, env=self.environment, timeout=60).stdout

    def green_share(self):
        """Of the screen, 0 to 1."""
        picture = subprocess.run(["import", "-window", "root", "png:-"], env=self.environment, capture_output=True, check=True).stdout
        share = subprocess.run(["convert", "png:-", "-fill", "white", "-opaque", PASS_GREEN, "-fill", "black", "+opaque", "white",
                                "-format", "%[fx:mean]", "info:"], input=picture, capture_output=True, check=True).stdout
        return float(share)

    def scan(self, text):
        """As a wedge does: some milliseconds from key to key, and Enter."""
        self.xdotool("type", "--delay", "8", text)
        self.xdotool("key", "Return")

    def wait_for(self, what, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.1)

    def test_a_scan_gives_pass_on_the_screen_and_a_row_in_the_database(self):
        vin = self.demo.new_unit()
        device, _ = self.demo.identity(vin)
        self.start_window()
        self.wait_for("the window is not drawn", lambda: self.green_share() < 0.5)
        self.scan("*I" + vin + "*")  # as a Code 39 label says it
        self.wait_for("no PASS on the screen", lambda: self.green_share() > 0.3)
        rows = self.demo.sql("SELECT status, provisioned_at FROM certificates WHERE device_id = :'device'", device=device)
        self.assertEqual([row["status"] for row in rows], ["ACTIVE"])
        self.wait_for("the report did not arrive",
                      lambda: self.demo.sql("SELECT provisioned_at FROM certificates WHERE device_id = :'device'", device=device)[0]["provisioned_at"])


if __name__ == "__main__":
    unittest.main()
