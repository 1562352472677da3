"""`rdbfetch pull SERVICE --emulator --backup latest`: every file is a backup that Redis itself accepts and loads."""

import hashlib
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from support import SERVICES, TIMEOUT, Case, binary, redis_check, scratch


def redis_size(path):
    """DBSIZE of a real redis-server that has loaded this file; its log where it would not."""
    folder = Path(tempfile.mkdtemp(prefix="rdb"))  # short: a Unix socket's path may have 107 bytes
    log = folder / "log"
    server = None
    try:
        shutil.copy(path, folder / "dump.rdb")
        server = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(folder / "s"), "--dir", str(folder), "--dbfilename",
             "dump.rdb", "--save", "", "--appendonly", "no", "--daemonize", "no", "--logfile", str(log)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline and server.poll() is None:
            reply = _ask(folder / "s", b"INFO keyspace\r\n")
            if reply.startswith(b"$"):
                return sum(int(part.partition(b"keys=")[2].split(b",")[0]) for part in reply.split(b"\n")
                           if part.startswith(b"db"))
            time.sleep(0.02)  # bounded: until it listens and has loaded
        raise AssertionError(f"redis-server did not load {path} (exit {server.poll()})\n"
                             + (log.read_text("utf-8", "replace") if log.exists() else "(no log)"))
    finally:
        if server is not None and server.poll() is None:
            server.kill()
            server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _ask(path, command):
    """The whole reply to one command, or nothing while the server does not listen yet."""
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(10)
            link.connect(str(path))
            link.sendall(command)
            reply = b""
            while not _whole(reply):
                piece = link.recv(65536)
                if not piece:
                    return b""
                reply += piece
            return reply
    except OSError:
        return b""


def _whole(reply):
    head, line, rest = reply.partition(b"\r\n")
    return bool(line) and (not head.startswith(b"$") or len(rest) >= int(head[1:]) + 2)


class Pull:
    """`service` is set by the subclasses below; one pull serves all its tests."""

    service = None
    _pulled = {}

    def setUp(self):
        binary()
        super().setUp()
        if self.service not in self._pulled:
            folder = scratch("pull")
            finished = self.run_program("pull", self.service, "--emulator", "--backup", "latest", "--dir", "out",
                                        "--output", "json", cwd=folder)
            self._pulled[self.service] = folder, finished
        self.folder, self.finished = self._pulled[self.service]
        self.note(self.finished)
        self.assertExit(0, self.finished)
        self.manifest = self.finished.json()

    def files(self):
        self.assertTrue(self.manifest["files"], "a backup has files")
        return [(entry, self.folder / entry["path"]) for entry in self.manifest["files"]]

    def test_the_manifest(self):
        self.assertEqual(sorted(self.manifest), ["backup", "files", "instance", "service"])
        self.assertEqual(self.manifest["service"], self.service)
        self.assertTrue(self.manifest["instance"] and self.manifest["backup"])
        self.assertNotEqual(self.manifest["backup"], "latest")
        for entry, path in self.files():
            self.assertEqual(sorted(entry), ["name", "path", "rdb", "sha256", "size"])
            self.assertFalse(Path(entry["path"]).is_absolute(), "path is relative to the current folder")
            self.assertEqual(Path(entry["path"]).parts[0], "out", entry)
            self.assertTrue(path.resolve().is_relative_to((self.folder / "out").resolve()), entry)
            content = path.read_bytes()
            self.assertEqual((entry["size"], entry["sha256"]),
                             (len(content), hashlib.sha256(content).hexdigest()), entry)
            self.assertEqual(int(entry["rdb"]["version"]), int(content[5:9]), entry)
            self.assertIn(entry["rdb"]["checksum"], ("ok", "absent"), entry)

    def test_nothing_partial_is_left(self):
        listed = {path.resolve() for _, path in self.files()}
        rdb = {path.resolve() for path in self.folder.rglob("*")
               if path.is_file() and path.open("rb").read(5) == b"REDIS"}
        self.assertEqual(rdb, listed)

    def test_nothing_secret_is_told(self):
        for told in (self.finished.stdout, self.finished.stderr):
            self.assertNotRegex(told, r"(?i)signature=|q-sign|https?://\S+\?")

    @unittest.skipUnless(shutil.which("redis-check-rdb"), "redis-check-rdb is not installed")
    def test_redis_check_rdb_accepts_every_file(self):
        for entry, path in self.files():
            self.assertIsNone(redis_check(path), entry)

    @unittest.skipUnless(shutil.which("redis-server"), "redis-server is not installed")
    def test_redis_server_loads_every_file(self):
        for entry, path in self.files():
            self.assertGreater(redis_size(path), 0, f"keys in {entry}")


for _service in SERVICES:
    globals()[_service.title()] = type(_service.title(), (Pull, Case), {"service": _service, "__module__": __name__})

if __name__ == "__main__":
    unittest.main()
