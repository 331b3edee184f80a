"""A hostile client against the real gateway: each attack gets an error or a close, an honest client is served meanwhile, and the memory stays bounded.

The attackers come from 127.0.1.x, the honest client from 127.0.0.1.
"""

import concurrent.futures
import contextlib
import errno
import http.client
import os
import pathlib
import resource
import selectors
import socket
import ssl
import statistics
import tempfile
import threading
import time
import unittest
import urllib.parse

from demo import Demo, run

MEMORY_BOUND_MIB = 512
CONNECTIONS = 10_000
SLOW_SENDERS = 200


class HonestClient(threading.Thread):
    """Searches with a token, again and again, in turn on a kept connection and on a fresh one."""

    def __init__(self, demo):
        super().__init__(daemon=True)
        self.address = ("127.0.0.1", urllib.parse.urlsplit(demo["API_URL"]).port)
        self.context = ssl.create_default_context(cafile=demo["ROOT_CERT"])
        self.token = demo["ADMIN_TOKEN"]
        self.latencies, self.faults, self.ends = [], [], threading.Event()

    def run(self):
        kept = None
        while not self.ends.is_set():
            begin = time.monotonic()
            try:
                if kept is None or len(self.latencies) % 2:
                    if kept is not None:
                        kept.close()
                    kept = http.client.HTTPSConnection(*self.address, context=self.context, timeout=20)
                kept.request("GET", "/api/certificates?limit=1", headers={"Authorization": "Bearer " + self.token})
                answer = kept.getresponse()
                body = answer.read()
                if answer.status != 200:
                    self.faults.append(f"{answer.status} {body[:200]}")
            except (OSError, http.client.HTTPException) as error:
                self.faults.append(repr(error))
                kept = None
            self.latencies.append(time.monotonic() - begin)
            self.ends.wait(0.01)
        if kept is not None:
            kept.close()


class HostileClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.demo = Demo()
        cls.port = urllib.parse.urlsplit(cls.demo["API_URL"]).port
        cls.pid = cls.demo.pid("gateway")
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = CONNECTIONS + 2000
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), max(hard, wanted)))

    def setUp(self):
        self.honest = HonestClient(self.demo)
        self.honest.start()

    def tearDown(self):
        served = len(self.honest.latencies)
        # The honest client had time for some requests of its own after the attack, too.
        deadline = time.monotonic() + 30
        while len(self.honest.latencies) < served + 10 and time.monotonic() < deadline:
            time.sleep(0.02)
        self.honest.ends.set()
        self.honest.join(30)
        latencies = sorted(self.honest.latencies)
        p99 = latencies[int(len(latencies) * 0.99)] if latencies else float("inf")
        print(f"{self.id().rsplit('.', 1)[1]}: honest client {len(latencies)} requests, median "
              f"{statistics.median(latencies) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, {len(self.honest.faults)} failed; "
              f"gateway at most {self.peak_mib():.0f} MiB")
        self.assertEqual(self.honest.faults, [])
        self.assertGreaterEqual(len(latencies), 10)
        self.assertLess(p99, 8)
        self.assertEqual(self.demo.pid("gateway"), self.pid)
        self.assertLess(self.peak_mib(), MEMORY_BOUND_MIB)

    def peak_mib(self):
        """The most memory the gateway has had in use since it was started."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        self.fail("the gateway is gone")

    def tcp(self, number=1):
        made = socket.socket()
        made.settimeout(20)
        made.bind((f"127.0.1.{number}", 0))
        made.connect(("127.0.0.1", self.port))
        return made

    def tls(self, number=1, cert=None, key=None, minimum=None):
        context = ssl.create_default_context(cafile=self.demo["ROOT_CERT"])
        if cert:
            context.load_cert_chain(cert, key)
        return context.wrap_socket(self.tcp(number), server_hostname="127.0.0.1")

    def exchange(self, data, **credential):
        """What comes back until the gateway closes; a reset counts as a close."""
        received = b""
        with contextlib.closing(self.tls(**credential)) as connection:
            try:
                connection.sendall(data)
                while chunk := connection.recv(65536):
                    received += chunk
            except OSError as error:
                if error.errno not in (errno.ECONNRESET, errno.EPIPE) and not isinstance(error, ssl.SSLError):
                    raise
        return received.decode("latin-1")

    def status(self, data, **credential):
        answer = self.exchange(data, **credential)
        self.assertTrue(answer.startswith("HTTP/1.1 "), answer[:100] or "closed without an answer")
        self.assertIn("application/problem+json", answer)
        return int(answer.split()[1])

    def request(self, target="/api/certificates", method="GET", extra=b""):
        return f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode("latin-1") + extra + b"\r\n"

    @property
    def token(self):
        return f"Authorization: Bearer {self.demo['ADMIN_TOKEN']}\r\n".encode()

    def test_slow_headers(self):
        """200 connections that send one byte a second are cut off by the deadline for a whole request."""
        selector = selectors.DefaultSelector()
        connections = []
        for number in range(SLOW_SENDERS):
            connection = self.tls(1 + number % 4)
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            connections.append(connection)
            selector.register(connection, selectors.EVENT_READ)
        open_ones = set(connections)
        begin = time.monotonic()
        while open_ones and time.monotonic() < begin + 60:
            for connection in list(open_ones):
                try:
                    connection.send(b"x")
                except OSError:
                    open_ones.discard(connection)
            for key, _ in selector.select(1):
                try:
                    if not key.fileobj.recv(4096):
                        open_ones.discard(key.fileobj)
                except OSError:
                    open_ones.discard(key.fileobj)
            for connection in connections:
                if connection not in open_ones and connection.fileno() >= 0:
                    selector.unregister(connection)
                    connection.close()
        self.assertEqual(len(open_ones), 0)
        self.assertLess(time.monotonic() - begin, 30)

    def test_silent_handshakes(self):
        """Connections that never begin TLS are closed after the handshake's deadline."""
        connections = [self.tcp(1 + number % 4) for number in range(200)]
        for connection in connections:
            with contextlib.suppress(ConnectionResetError):
                self.assertEqual(connection.recv(1), b"")
            connection.close()

    def test_huge_bodies(self):
        gigabyte = 1 << 30
        post = b"POST /api/certificates HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        self.assertEqual(self.status(post + f"Content-Length: {gigabyte}\r\n\r\n".encode()), 413)
        for head, piece in ((f"Content-Length: {gigabyte}\r\n\r\n".encode(), b"x" * 65536),
                            (b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n")):
            sent = 0
            with contextlib.closing(self.tls()) as connection:
                try:
                    connection.sendall(post + head)
                    while sent < gigabyte:
                        connection.sendall(piece)
                        sent += len(piece)
                except OSError:
                    pass
            self.assertLess(sent, 64 << 20, "the gateway went on reading")

    def test_ten_thousand_connections(self):
        """From 80 addresses, none says a word; the gateway lets go of them rather than of the honest client."""
        connections = []
        for number in range(CONNECTIONS):
            connection = socket.socket()
            connection.setblocking(False)
            connection.bind((f"127.0.1.{1 + number % 80}", 0))
            with contextlib.suppress(BlockingIOError, ConnectionError):
                connection.connect(("127.0.0.1", self.port))
            connections.append(connection)
            if number % 500 == 499:
                time.sleep(0.05)
        count = len(os.listdir(f"/proc/{self.pid}/fd"))
        self.assertLess(count, 1000)
        metrics = run("curl", "-sS", self.demo["METRICS_URL"]).stdout
        self.assertRegex(metrics, r'v2c_http_refused_total\{cause="(evicted|total|address)",listener="api"\} [1-9]')
        for connection in connections:
            connection.close()

    def test_handshake_flood(self):
        """Complete handshakes as fast as eight threads make them."""
        ends = time.monotonic() + 5

        def flood(number):
            made = 0
            while time.monotonic() < ends:
                with contextlib.suppress(OSError), contextlib.closing(self.tls(10 + number)):
                    made += 1
            return made

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertGreater(sum(pool.map(flood, range(8))), 50)

    def test_garbage_instead_of_tls(self):
        for garbage in (b"\x00" * 100, b"\xff" * 5000, b"\x16\x03\x01\x40\x00" + b"\x01" * 20000, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                        b"SSH-2.0-x\r\n", os.urandom(3000)):
            with contextlib.closing(self.tcp()) as connection, contextlib.suppress(OSError):
                connection.sendall(garbage)
                connection.shutdown(socket.SHUT_WR)
                answer = b""
                while chunk := connection.recv(4096):
                    answer += chunk
                self.assertNotIn(b"HTTP", answer)

    def test_plain_http_on_the_tls_port(self):
        with contextlib.closing(self.tcp()) as connection:
            connection.sendall(self.request("/health"))
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while chunk := connection.recv(4096):
                    answer += chunk
            self.assertNotIn(b"200", answer)

    def test_old_tls(self):
        host = f"127.0.0.1:{self.port}"
        for version in ("-tls1", "-tls1_1"):
            result = run("openssl", "s_client", "-connect", host, version, "-cipher", "ALL:@SECLEVEL=0", check=False, input="")
            self.assertNotEqual(result.returncode, 0, version)
        for suite in ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-RSA-AES128-SHA", "NULL-SHA256", "aNULL"):
            result = run("openssl", "s_client", "-connect", host, "-tls1_2", "-cipher", suite + ":@SECLEVEL=0", check=False, input="")
            self.assertNotEqual(result.returncode, 0, suite)

    def test_tricks_in_paths(self):
        for target, status in (("/api/certificates/%2e%2e/%2e%2e/etc/passwd", 404), ("/api/certificates/..", 400), ("/api/certificates/%2e%2e", 400),
                               ("//api/certificates", 404), ("/api//certificates", 404), ("/api/certificates/", 404), ("/api/./certificates", 404),
                               ("/api/certificates/%00", 400), ("/api/certificates/1A%00", 400), ("/api/certificates/%c0%ae%c0%ae", 400),
                               ("/api/certificates/1A'%20OR%20'1'='1", 400), ("/api/certificates/1A;DROP%20TABLE%20certificates", 400),
                               ("/api/certificates/%", 404), ("/API/certificates", 404), ("/api/certificates%2f1A", 404),
                               ("http://other/api/certificates", 404), ("*", 404)):
            with self.subTest(target):
                self.assertEqual(self.status(self.request(target, extra=self.token)), status)

    def test_tricks_in_queries(self):
        rows = self.demo.sql("SELECT count(*) AS number FROM certificates")[0]["number"]
        for query in ("serial=1A'%3B%20DROP%20TABLE%20certificates%3B--", "status=ACTIVE'--", "limit=1;DROP", "limit=1%27", "station=%00", "station=%c0%af",
                      "station=a&station=b", "cursor=%2e%2e", "vin=5VXTC2E41SA000017", "issued_from=now()", "x", "%"):
            with self.subTest(query):
                self.assertEqual(self.status(self.request("/api/certificates?" + query, extra=self.token)), 400)
        answer = self.exchange(self.request("/api/certificates?station=%27%3B+DROP+TABLE+certificates%3B+--", extra=self.token))
        self.assertIn('{"certificates":[]}', answer)
        self.assertEqual(self.demo.sql("SELECT count(*) AS number FROM certificates")[0]["number"], rows)

    def test_methods_and_types(self):
        self.assertEqual(self.status(self.request("/api/certificates", "DELETE")), 405)
        self.assertEqual(self.status(self.request("/api/certificates", "BREW")), 405)
        self.assertEqual(self.status(self.request("/none")), 404)
        self.assertEqual(self.status(self.request("/api/certificates/revoke", "POST", self.token + b"Content-Type: text/xml\r\nContent-Length: 0\r\n")), 415)
        self.assertEqual(self.status(self.request("/" + "x" * 9000)), 431)
        self.assertEqual(self.status(self.request("/", extra=b"X: " + b"x" * 9000 + b"\r\n")), 431)

    def test_smuggling(self):
        post = b"POST /api/certificates/revoke HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        smuggled = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
        for head in (b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n",
                     b"Content-Length: 0\r\nContent-Length: 35\r\n\r\n", b"Transfer-Encoding: xchunked\r\n\r\n", b"Transfer-Encoding : chunked\r\n\r\n",
                     b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", b"Content-Length: 1e1\r\n\r\n", b"Host: y\r\n\r\n"):
            with self.subTest(head):
                answer = self.exchange(post + head + b"0\r\n\r\n" + smuggled)
                self.assertTrue(answer.startswith("HTTP/1.1 400 "), answer[:200])
                self.assertEqual(answer.count("Server: "), 1, answer)

    def test_credentials(self):
        with tempfile.TemporaryDirectory() as folder:
            def openssl(*arguments):
                run("openssl", *arguments)
            names = {}
            for name, options in (("self-signed", ("-days", "30")), ("expired", ("-not_before", "20200101000000Z", "-not_after", "20210101000000Z"))):
                key, request, cert = (f"{folder}/{name}.{end}" for end in ("key", "csr", "pem"))
                openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-subj", "/CN=station-demo-01", "-out", request)
                if name == "self-signed":
                    openssl("x509", "-req", "-in", request, "-signkey", key, "-out", cert, *options)
                else:
                    pathlib.Path(f"{folder}/index").touch()
                    pathlib.Path(f"{folder}/ca.cnf").write_text(
                        f"[ca]\ndefault_ca=a\n[a]\ndatabase={folder}/index\nnew_certs_dir={folder}\ndefault_md=sha256\npolicy=p\nrand_serial=yes\n[p]\ncommonName=supplied\n")
                    openssl("ca", "-batch", "-selfsign", "-config", f"{folder}/ca.cnf", "-in", request, "-keyfile", key, "-out", cert,
                            "-startdate", "20200101000000Z", "-enddate", "20210101000000Z", "-notext")
                names[name] = (cert, key)
            # A real certificate of the hierarchy that is for servers only.
            names["not for clients"] = (self.demo.state / "pki/gateway-server.pem", self.demo.state / "pki/gateway-server.key")
            for name, (cert, key) in names.items():
                with self.subTest(name):
                    try:
                        answer = self.exchange(self.request(), cert=cert, key=key)
                    except (ssl.SSLError, ConnectionResetError):
                        answer = ""
                    self.assertNotIn("HTTP/1.1 2", answer)
        station = {"cert": self.demo["STATION_CERT"], "key": self.demo["STATION_KEY"]}
        self.assertIn("HTTP/1.1 200", self.exchange(self.request(), **station))
        self.assertEqual(self.status(self.request("/api/certificates/renew", "POST"), **station), 403)
        self.assertEqual(self.status(self.request(extra=b"Client-Cert: :AAAA:\r\n"), **station), 403)
        self.assertEqual(self.status(self.request(), ), 401)
        self.assertEqual(self.status(self.request(extra=b"Authorization: Bearer v2c_guess\r\n")), 401)
        # What the database says of a certificate counts at once, also on an open connection.
        where = "WHERE type = 'station' AND subject LIKE '%station-demo-01%'"
        change = lambda assignments, condition=where: run("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", self.demo["DATABASE_URL"], "-c",
                                                          f"UPDATE certificates SET {assignments} {condition}")
        change("status = 'REVOKED', revoked_at = now(), reason = 'KEY_COMPROMISE'")
        try:
            self.assertEqual(self.status(self.request(), **station), 403)
        finally:
            change("status = 'ACTIVE', revoked_at = NULL, reason = NULL")
        change("type = 'broker'")
        try:
            self.assertEqual(self.status(self.request(), **station), 403)
        finally:
            change("type = 'station'", "WHERE type = 'broker' AND subject LIKE '%station-demo-01%'")
        self.assertIn("HTTP/1.1 200", self.exchange(self.request(), **station))


if __name__ == "__main__":
    unittest.main()
