"""A full check by openssl with the lists that the demo serves: those of root and intermediates come from the ceremony."""

import json
import pathlib
import shutil
import tempfile
import unittest
import urllib.parse
import urllib.request

from cryptography import x509

from demo import Demo, run
from load import own, wait_for

NAMES = ("v2c", "intermediate-ca", "intermediate-ca-2", "root-ca")


class CaListsTest(unittest.TestCase):
    def setUp(self):
        self.demo = Demo()
        self.demo.start()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lists-", dir=self.demo.state))
        own(self.folder)
        self.addCleanup(shutil.rmtree, self.folder)

    def url(self, name):
        return urllib.parse.urljoin(self.demo["CRL_URL"], name)

    def fetch(self, name):
        """A list by the path that the certificates name, from the demo's host."""
        with urllib.request.urlopen(self.url(name + ".crl"), timeout=10) as answer:
            self.assertEqual(answer.headers["Content-Type"], "application/pkix-crl")
            return answer.read()

    def number(self, der):
        return x509.load_der_x509_crl(der).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number

    def verify(self, certificate, lists):
        file = self.folder / "all.pem"
        file.write_text("".join(run("openssl", "crl", "-in", self.write(f"{i}.crl", der)).stdout for i, der in enumerate(lists)))
        return run("openssl", "verify", "-x509_strict", "-crl_check_all", "-CAfile", self.demo["ROOT_CERT"], "-CRLfile", file,
                   "-untrusted", self.demo["CHAIN"], certificate, check=False)

    def write(self, name, content):
        (self.folder / name).write_bytes(content)
        return self.folder / name

    def gateway(self, *arguments, check=True):
        return run(pathlib.Path(self.demo["BIN"], "v2c-ca-gateway"), *arguments, check=check)

    def test_vehicle_is_checked_up_to_the_root(self):
        self.demo.provision(self.demo.new_unit())
        vehicle = self.write("vehicle.pem", self.demo.command("read-certificate").stdout.encode())
        wait_for(lambda: urllib.request.urlopen(self.url("v2c.crl"), timeout=10).status == 200, 30, "v2c.crl")
        # Each list by the URL in the certificates of the path.
        lists = []
        for pem in [vehicle.read_bytes(), *x509_files(self.demo["CHAIN"])]:
            points = x509.load_pem_x509_certificate(pem).extensions.get_extension_for_class(x509.CRLDistributionPoints).value
            url = urllib.parse.urlsplit(points[0].full_name[0].value)
            self.assertEqual(url.netloc, "crl.v2c.example.com")
            lists.append(self.fetch(url.path.removeprefix("/").removesuffix(".crl")))
        self.assertEqual(len(lists), 3)
        result = self.verify(vehicle, lists)
        self.assertEqual((result.returncode, result.stdout), (0, f"{vehicle}: OK\n"), result.stderr)
        for missing in range(3):
            result = self.verify(vehicle, lists[:missing] + lists[missing + 1:])
            self.assertIn("unable to get certificate CRL", result.stderr)

    def test_lists_are_renewed_and_never_go_back(self):
        before = {name: self.fetch(name) for name in NAMES}
        old = self.folder / "old"
        old.mkdir()
        for name in ("intermediate-ca-1.pem", "root-ca.pem"):
            shutil.copy(self.demo.state / "pki" / name, old)
        (old / "intermediate-ca.crl").write_bytes(before["intermediate-ca"])
        manifest = [{"file": "intermediate-ca.crl", "type": "crl", "issuer": "intermediate-ca-1.pem"}]
        (old / "manifest.json").write_text(json.dumps(manifest))
        same = self.gateway("import", "--config", self.demo["GATEWAY_CONFIG"], "--pki", old)
        self.assertEqual(same.stdout, "intermediate-ca.crl: crl, was published\n")

        self.demo.command("renew-crls")
        for name in ("intermediate-ca", "intermediate-ca-2"):
            self.assertGreater(self.number(self.fetch(name)), self.number(before[name]))
        self.assertEqual(self.fetch("root-ca"), before["root-ca"])
        renewed = self.fetch("intermediate-ca")
        refused = self.gateway("import", "--config", self.demo["GATEWAY_CONFIG"], "--pki", old, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("crl-older", refused.stderr)
        (old / "intermediate-ca.crl").write_bytes(self.fetch("intermediate-ca-2"))  # of another issuer
        refused = self.gateway("import", "--config", self.demo["GATEWAY_CONFIG"], "--pki", old, check=False)
        self.assertIn("signature-invalid", refused.stderr)
        self.assertEqual(self.fetch("intermediate-ca"), renewed)
        rows = self.demo.sql("SELECT count(*) AS n FROM audit WHERE event_type = 'ca_crl_imported'")
        self.assertGreaterEqual(rows[0]["n"], 5)  # three of the first ceremony, two now

    def test_health_and_metric(self):
        with urllib.request.urlopen(self.url("health"), timeout=10) as answer:
            parts = json.load(answer)["parts"]
        self.assertEqual({name: parts[f"{name}.crl"] for name in NAMES[1:]}, {name: "ok" for name in NAMES[1:]})

        def days():
            with urllib.request.urlopen(self.demo["METRICS_URL"], timeout=10) as answer:
                lines = answer.read().decode().splitlines()
            return {line.split('"')[1]: float(line.split()[-1]) for line in lines if line.startswith("v2c_ca_crl_expiry_days{")}

        wait_for(lambda: len(days()) == 3, 30, "the metric")
        self.assertTrue(25 < days()["intermediate-ca"] <= 30 and 360 < days()["root-ca"] <= 365, days())


def x509_files(bundle):
    """Each certificate of a PEM file."""
    end = b"-----END CERTIFICATE-----\n"
    return [part + end for part in pathlib.Path(bundle).read_bytes().split(end)[:-1]]


if __name__ == "__main__":
    unittest.main()
