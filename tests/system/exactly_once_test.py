"""32 clients repeat their requests while the gateway is killed -9 twenty times: every key ends with exactly one certificate."""

import json
import os
import pathlib
import random
import shutil
import signal
import tempfile
import unittest

from demo import Demo
from load import Load, OwnServers, check_exactly_once, wait_for

KILLS = 20


class ExactlyOnceTest(unittest.TestCase):
    def test_storm(self):
        demo = Demo()
        servers = OwnServers(demo)
        self.addCleanup(servers.close)
        # Each certificate is asked for again after it came, and must be the same.
        load = Load(demo, clients=32, requests=6000, repeats=1, patience=120)
        self.addCleanup(load.close)
        count = lambda: demo.sql("SELECT count(*) AS n FROM certificates WHERE request_key IS NOT NULL")[0]["n"]
        for kill in range(KILLS):
            before = count()
            wait_for(lambda: count() > before + random.randrange(4, 16), 60, "progress")
            servers.gateway.kill()
            if kill % 5 == 4:  # together with the HSM's process: serials are burned in the middle of a restart
                os.kill(servers.signer.worker(), signal.SIGKILL)
            servers.gateway.start()
            servers.wait_healthy(status=("ok", "degraded"))
        report, records = load.stop()
        print(f"{KILLS} kills, {report['issued']} keys, {sum(report['repeated'].values())} repetitions {report['repeated']}, {report['issuers']}")
        self.assertEqual(report["errors"], {})
        self.assertGreater(sum(report["repeated"].values()), KILLS)
        check_exactly_once(self, demo, records)
        self.check_audit(demo)

    def check_audit(self, demo):
        """The export verifies, and has a row for the end of each serial number that was ever reserved."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="v2c-storm-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o777)  # the gateway's user writes into it
        export = demo.export_audit(folder / "export")
        self.assertIn("every row is as it was sealed, and none is missing", demo.verify_export(export).stdout)
        serials = {}
        for line in (export / "audit.jsonl").read_text().splitlines():
            row = json.loads(line)
            serials.setdefault(row["event_type"], set()).add(row["subject"].get("serial"))
        reserved = {row["serial"] for row in demo.sql("SELECT serial FROM certificate_requests UNION SELECT serial FROM burned_serials")}
        self.assertGreater(len(reserved), KILLS)
        ended = set().union(*(serials.get(event, set()) for event in
                              ("certificate_issued", "certificate_renewed", "certificate_burned")))
        self.assertEqual(reserved - ended, set())


if __name__ == "__main__":
    unittest.main()
