"""`rdbfetch pull --dir s3://…`, into a server that speaks S3 and is not ours.

S3_SERVER names the program moto_server of a venv with stores.txt; without it these tests are skipped.
"""

import atexit
import hashlib
import os
import re
import shutil
import signal
import subprocess
import time
import unittest
import urllib.parse
import urllib.request

from support import TIMEOUT, Case, Emulator, _environment, binary, credentials, scratch
from test_pull import _ask

INSTANCE = "crs-store"
SERVICE = "tencent"


class Store:
    """moto_server with a bucket, and what is in it."""

    _one = None

    @classmethod
    def get(cls):
        if cls._one is None:
            cls._one = cls()
        return cls._one

    def __init__(self):
        named = os.environ.get("S3_SERVER")
        if not named:
            raise unittest.SkipTest("S3_SERVER is not set: name the program moto_server")
        log = scratch("store") / "log"
        with open(log, "wb") as errors:
            self.process = subprocess.Popen([named, "-H", "127.0.0.1", "-p", "0"], stdout=errors, stderr=errors)
        atexit.register(self.process.kill)
        deadline = time.monotonic() + TIMEOUT
        port = None
        while port is None and time.monotonic() < deadline and self.process.poll() is None:
            port = re.search(rb"Running on http://127\.0\.0\.1:(\d+)", log.read_bytes())
            time.sleep(0.05)  # bounded: until it says where it listens
        assert port, f"moto_server did not start: {log.read_text('utf-8', 'replace')}"
        self.url = f"http://127.0.0.1:{int(port[1])}"
        self.request("PUT", "/backups")

    def request(self, method, path):
        # It checks no signatures, but whether there is one.
        signed = "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
        request = urllib.request.Request(self.url + path, method=method, headers={"Authorization": signed})
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return answer.read()

    def names(self, prefix):
        listed = self.request("GET", f"/backups?list-type=2&prefix={urllib.parse.quote(prefix)}").decode()
        return sorted(re.findall(r"<Key>([^<]*)</Key>", listed))

    def unfinished(self):
        return re.findall(r"<UploadId>", self.request("GET", "/backups?uploads").decode())

    def read(self, name):
        return self.request("GET", "/backups/" + urllib.parse.quote(name))

    def environment(self):
        return {"AWS_ENDPOINT": self.url, "AWS_ALLOW_HTTP": "true", "AWS_ACCESS_KEY_ID": "store",
                "AWS_SECRET_ACCESS_KEY": "hush-store", "AWS_REGION": "us-east-1"}


def large_backup(path, megabytes):
    """A backup of about this size that a redis-server wrote."""
    folder = scratch("rdb")
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", str(folder / "s"), "--dir", str(folder), "--dbfilename",
         "dump.rdb", "--save", "", "--appendonly", "no", "--rdbcompression", "no", "--logfile", str(folder / "log")],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + TIMEOUT
        while not _ask(folder / "s", b"PING\r\n").startswith(b"+"):
            assert time.monotonic() < deadline and server.poll() is None, (folder / "log").read_text()
            time.sleep(0.02)  # bounded: until it listens
        for number in range(megabytes):
            value = hashlib.sha512(str(number).encode()).digest() * (1 << 14)
            command = b"*3\r\n$3\r\nSET\r\n$4\r\nk%03d\r\n$%d\r\n%s\r\n" % (number, len(value), value)
            assert _ask(folder / "s", command).startswith(b"+OK")
        assert _ask(folder / "s", b"SAVE\r\n").startswith(b"+OK")
    finally:
        server.kill()
        server.wait(10)
    shutil.copy(folder / "dump.rdb", path)


class Stores(Case):
    _files = None

    def setUp(self):
        binary()
        self.store = Store.get()
        super().setUp()
        if Stores._files is None:
            folder = scratch("backups")
            good = folder / SERVICE / INSTANCE
            for backup, sizes in {"b-1": [1, 13], "b-2": [1], "b-bad": [12]}.items():
                (good / backup).mkdir(parents=True)
                for number, size in enumerate(sizes):
                    large_backup(good / backup / f"{number}.rdb", size)
            bad = good / "b-bad" / "0.rdb"
            bytes_ = bytearray(bad.read_bytes())
            bytes_[len(bytes_) // 2] ^= 1
            bad.write_bytes(bytes_)
            silent = good / "b-silent"
            silent.mkdir()
            # A checksum of zeros stands for none.
            (silent / "0.rdb").write_bytes((good / "b-2" / "0.rdb").read_bytes()[:-8] + bytes(8))
            Stores._files = good, Emulator("--backups", str(folder))
        self.files, self.emulator = Stores._files

    def pull(self, backup, prefix, *flags, env=None):
        finished = self.run_program(
            "pull", SERVICE, "--instance", INSTANCE, "--backup", backup, "--endpoint",
            self.emulator.facts["endpoints"][SERVICE], "--region", self.emulator.facts["samples"][SERVICE]["region"],
            "--dir", f"s3://backups/{prefix}", "--output", "json", *flags, env=self.environment(env))
        assert "hush" not in finished.stdout + finished.stderr
        return finished

    def environment(self, more=None):
        keys = credentials(self.emulator.access_key, self.emulator.secret_key)
        return {**keys, **self.store.environment(), **(more or {})}

    def whole(self, backup, prefix):
        """Every file is there, byte for byte, under names of ours."""
        stem = f"{prefix}/{INSTANCE}-{backup}"
        for number, path in enumerate(sorted((self.files / backup).iterdir())):
            name = f"{stem}-{number:03}-{path.stem}.rdb"
            self.assertEqual(hashlib.sha256(self.store.read(name)).digest(),
                             hashlib.sha256(path.read_bytes()).digest(), name)
        self.assertEqual(self.store.unfinished(), [])
        return stem

    def test_files_manifest_and_sums_are_there_and_once_only(self):
        first = self.pull("b-1", "plain")
        self.assertEqual(first.code, 0, first)
        stem = self.whole("b-1", "plain")
        sums = self.store.read(f"{stem}.sha256").decode()
        self.assertEqual([line.split("  ")[0] for line in sums.splitlines()],
                         [file["sha256"] for file in first.json()["files"]])
        self.assertIn(b'"complete": true', self.store.read(f"{stem}.manifest.json"))
        self.assertTrue(first.json()["files"][1]["path"].startswith("s3://backups/plain/"))
        again = self.pull("b-1", "plain", "--recheck")
        self.assertEqual((again.code, again.json()), (0, first.json()), again)
        self.assertIn("is there already", again.stderr)

    def test_what_is_lost_is_fetched_again_and_nothing_else(self):
        self.assertEqual(self.pull("b-1", "lost").code, 0)
        stem = f"lost/{INSTANCE}-b-1"
        self.store.request("DELETE", f"/backups/{stem}-000-0.rdb")
        again = self.pull("b-1", "lost", "--progress", "json")
        self.assertEqual(again.code, 0, again)
        self.whole("b-1", "lost")
        self.assertEqual(again.stderr.count('"started"'), 1, again)

    def test_a_stranger_in_the_way_is_not_replaced_unasked(self):
        self.store.request("PUT", f"/backups/taken/{INSTANCE}-b-2-000-0.rdb")
        refused = self.pull("b-2", "taken")
        self.assertEqual((refused.code, refused.error()["kind"]), (9, "exists"), refused)
        replaced = self.pull("b-2", "taken", "--overwrite")
        self.assertEqual(replaced.code, 0, replaced)
        self.whole("b-2", "taken")

    def test_nothing_corrupt_is_ever_there(self):
        finished = self.pull("b-bad", "bad")
        self.assertEqual((finished.code, finished.error()["kind"]), (8, "verification"), finished)
        self.assertEqual([name for name in self.store.names("bad/") if ".rdb" in name], [])
        self.assertEqual(self.store.unfinished(), [])

    def test_what_nothing_vouches_for_gets_the_name_for_that(self):
        finished = self.pull("b-silent", "silent")
        self.assertEqual(finished.code, 8, finished)
        rdbs = [name for name in self.store.names("silent/") if ".rdb" in name]
        self.assertEqual(rdbs, [f"silent/{INSTANCE}-b-silent-000-0.rdb.unverified"])
        accepted = self.pull("b-silent", "accepted", "--accept-unverified")
        self.assertEqual(accepted.code, 0, accepted)
        self.whole("b-silent", "accepted")

    def test_older_backups_go(self):
        for backup in ["b-1", "b-2"]:
            kept = self.pull(backup, "few", "--keep", "1")
            self.assertEqual(kept.code, 0, kept)
        manifests = [name for name in self.store.names("few/") if name.endswith("manifest.json")]
        self.assertEqual(len(manifests), 1, kept)
        stem = manifests[0].removesuffix(".manifest.json")
        self.assertTrue(all(name.startswith(stem) for name in self.store.names("few/")))

    def test_a_run_that_was_killed_is_gone_on_with(self):
        command = [binary(), "pull", SERVICE, "--instance", INSTANCE, "--backup", "b-1", "--endpoint",
                   self.emulator.facts["endpoints"][SERVICE], "--region",
                   self.emulator.facts["samples"][SERVICE]["region"], "--dir", "s3://backups/killed",
                   "--progress", "json"]
        for event in [b'"progress"', b'"finished"']:
            with subprocess.Popen(command, env=_environment(self.environment()), cwd=scratch("cwd"),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as running:
                for line in running.stderr:
                    if event in line:
                        running.send_signal(signal.SIGKILL)
                        break
                running.stderr.read()
            for name in self.store.names("killed/"):
                if name.endswith(".rdb"):
                    number = int(name.split("-")[-2])
                    self.assertEqual(self.store.read(name), (self.files / "b-1" / f"{number}.rdb").read_bytes())
        finished = self.pull("b-1", "killed")
        self.assertEqual(finished.code, 0, finished)
        for number in range(2):
            self.assertEqual(self.store.read(f"killed/{INSTANCE}-b-1-{number:03}-{number}.rdb"),
                             (self.files / "b-1" / f"{number}.rdb").read_bytes())

    def test_a_store_that_refuses_is_named(self):
        finished = self.run_program("pull", SERVICE, "--emulator", "--backup", "latest", "--dir", "s3://nowhere/x",
                                    "--output", "json", env=self.environment())
        self.assertEqual((finished.code, finished.error()["kind"]), (9, "destination"), finished)
        self.assertIn("s3://nowhere/x/", finished.error()["message"])
        self.assertIn("NoSuchBucket", finished.error()["message"])

    def test_stdout_takes_one_file(self):
        flags = ("--instance", INSTANCE, "--endpoint", self.emulator.facts["endpoints"][SERVICE], "--region",
                 self.emulator.facts["samples"][SERVICE]["region"], "--dir", "-")
        done = subprocess.run([binary(), "pull", SERVICE, "--backup", "b-1", *flags, "--only", "1"],
                              env=_environment(self.environment()), cwd=scratch("cwd"), capture_output=True,
                              timeout=TIMEOUT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, (self.files / "b-1" / "1.rdb").read_bytes())
        refused = self.run_program("pull", SERVICE, "--backup", "b-1", *flags, env=self.environment())
        self.assertEqual((refused.code, refused.stdout), (9, ""), refused)
        self.assertIn("--only", refused.stderr)
        corrupt = subprocess.run([binary(), "pull", SERVICE, "--backup", "b-bad", *flags],
                                 env=_environment(self.environment()), cwd=scratch("cwd"), capture_output=True,
                                 timeout=TIMEOUT)
        self.assertEqual(corrupt.returncode, 8, corrupt.stderr)
        closed = subprocess.Popen([binary(), "pull", SERVICE, "--backup", "b-1", *flags, "--only", "1"],
                                  env=_environment(self.environment()), cwd=scratch("cwd"), stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        closed.stdout.read(10)
        closed.stdout.close()
        self.assertNotEqual(closed.wait(TIMEOUT), 0)
        closed.stderr.close()


del Case
