"""kill -9 of station, gateway, signer and unit at every record of the station's journal, then start again.

Whatever dies and whenever, the vehicle ends provisioned with exactly one live certificate, or failed with none.
"""

import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

from demo import BUILD, Demo, run


class PausedStation:
    """The station's command line, which stops after each durable journal record until it is told to go on."""

    def __init__(self, demo, vin):
        self.folder = tempfile.TemporaryDirectory()
        paths = {name: pathlib.Path(self.folder.name, name) for name in ("points", "go")}
        for path in paths.values():
            os.mkfifo(path)
        self.process = subprocess.Popen(
            [BUILD / "test-bin/station_at_journal_points", "provision", "--config", demo["STATION_CONFIG"], "--vin", vin, "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "V2C_POINT_OUT": str(paths["points"]), "V2C_POINT_IN": str(paths["go"])})
        self.points = open(paths["points"])
        self.go = open(paths["go"], "wb", buffering=0)

    def next_point(self):
        """Waits for the next journal record. Returns its text, or None when the run has ended."""
        return self.points.readline().strip() or None

    def release(self):
        try:
            self.go.write(b"g")
        except BrokenPipeError:
            pass

    def run_to_end(self):
        while self.next_point() is not None:
            self.release()
        return self.process.wait(timeout=60)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        self.points.close()
        self.go.close()
        self.process.stdout.close()
        self.folder.cleanup()


class PowerCutTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()
        station = PausedStation(cls.demo, cls.demo.new_unit())
        cls.names = []
        while (point := station.next_point()) is not None:
            cls.names.append(point)
            station.release()
        assert station.process.wait() == 0, f"a run without a cut failed after {cls.names}"
        station.close()

    def kill_gateway(self):
        os.kill(self.demo.pid("gateway"), signal.SIGKILL)

    def kill_signer(self):
        os.kill(self.demo.pid("signer"), signal.SIGKILL)  # the supervisor; its worker dies with it

    def kill_signer_worker(self):
        # None while the supervisor pauses before it starts the next one: then it is dead already.
        for worker in run("pgrep", "-P", str(self.demo.pid("signer")), check=False).stdout.split():
            os.kill(int(worker), signal.SIGKILL)

    def kill_unit(self):
        for name in ("tcu-slot1", "tpm-slot1"):
            os.kill(self.demo.pid(name), signal.SIGKILL)

    def cut_everywhere(self, kill):
        self.assertGreaterEqual(len(self.names), 16, self.names)  # before and after each of the eight steps
        for index, name in enumerate(self.names):
            with self.subTest(point=name):
                vin = self.demo.new_unit()
                station = PausedStation(self.demo, vin)
                for _ in range(index):
                    station.next_point()
                    station.release()
                self.assertIsNotNone(station.next_point())
                if kill is None:
                    station.kill()
                    code = None
                else:
                    kill()
                    station.release()  # the station goes on against what is dead, while it comes back
                    self.demo.start()
                    code = station.run_to_end()
                station.close()
                self.check_end(vin, code)

    def check_end(self, vin, code):
        for _ in range(3):  # an operator scans again until there is a verdict
            if code in (0, 1, 3):
                break
            code = self.demo.command("provision", "--vin", vin, "--json", check=False).returncode
        device_id, _ = self.demo.identity(vin)
        live = self.demo.sql("SELECT serial, provisioned FROM certificates WHERE device_id = :'device' AND status = 'ACTIVE'",
                             device=device_id)
        if code == 1:
            self.assertEqual(live, [], "a rejected unit keeps no live certificate")
            return
        # 3 after a finished run: the vehicle was provisioned already, the day's limit says so.
        self.assertIn(code, (0, 3))
        self.assertEqual(len(live), 1, f"{device_id}: {live}")
        if not live[0]["provisioned"]:
            run(self.demo["BIN"] + "/v2c-station", "report", "--config", self.demo["STATION_CONFIG"])
            live = self.demo.sql("SELECT serial, provisioned FROM certificates WHERE device_id = :'device'", device=device_id)
        self.assertEqual([row["provisioned"] for row in live], [True])
        self.assertEqual(len(self.demo.sql("SELECT 1 AS one FROM certificates WHERE device_id = :'device'", device=device_id)), 1)
        status = run(self.demo["BIN"] + "/v2c-tcu", "status", "--state", self.demo["UNIT_STATE"]).stdout
        self.assertIn(live[0]["serial"], status)

    def test_station(self):
        self.cut_everywhere(None)

    def test_gateway(self):
        self.cut_everywhere(self.kill_gateway)

    def test_signer(self):
        self.cut_everywhere(self.kill_signer)

    def test_signer_worker(self):
        self.cut_everywhere(self.kill_signer_worker)

    def test_unit(self):
        self.cut_everywhere(self.kill_unit)

    @classmethod
    def tearDownClass(cls):
        # Nothing that was issued meanwhile is without its audit row; crl_test's rows were never issued.
        orphans = cls.demo.sql("SELECT serial FROM certificates c WHERE type = 'vehicle' AND created_by <> 'crl_test' AND NOT EXISTS"
                               " (SELECT FROM audit a WHERE a.subject->>'serial' = c.serial AND a.event_type = 'certificate_issued')"
                               " AND NOT EXISTS (SELECT FROM audit a WHERE a.subject->>'serial' = c.serial AND a.event_type = 'certificate_renewed')")
        assert orphans == [], orphans


if __name__ == "__main__":
    unittest.main()
