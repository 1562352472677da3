"""What the suites share: running the program, keeping an emulator, and telling why a test failed."""

import atexit
import json
import os
import queue
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request
from pathlib import Path

# Everything here talks to this machine only; a proxy from the environment would answer instead of the server.
for _name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
    os.environ.pop(_name, None)
    os.environ.pop(_name.lower(), None)
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"

SERVICES = ("ucloud", "tencent", "qcloud", "jdcloud")
LINK_OPERATION = {
    "ucloud": "DescribeURedisBackupURL",
    "tencent": "DescribeBackupUrl",
    "qcloud": "GetBackupDownloadUrl",
    "jdcloud": "describeDownloadUrl",
}
TIMEOUT = float(os.environ.get("RDBFETCH_TEST_TIMEOUT", "60"))

_SCRATCH = Path(tempfile.mkdtemp(prefix="rdbfetch-sdk-"))
atexit.register(shutil.rmtree, _SCRATCH, ignore_errors=True)


def scratch(name):
    """A fresh empty folder, gone when the run ends."""
    return Path(tempfile.mkdtemp(prefix=name + "-", dir=_SCRATCH))


def binary():
    """The program under test, or a skip that says how to name it."""
    named = os.environ.get("RDBFETCH_BIN")
    if not named:
        raise unittest.SkipTest("RDBFETCH_BIN is not set: name the rdbfetch program to be tested")
    found = shutil.which(named)
    if not found:
        raise AssertionError(f"RDBFETCH_BIN={named} is not a program that can be run")
    return os.path.abspath(found)


def _environment(extra):
    """Only what is named: no credential, configuration file or proxy of the person who runs the tests."""
    keep = {"PATH", "LANG", "TMPDIR"}
    env = {k: v for k, v in os.environ.items() if k in keep or k.startswith(("RUST_", "LLVM_"))}
    env["HOME"] = str(scratch("home"))
    env.update({k: v for k, v in (extra or {}).items() if v is not None})
    return env


class Run:
    """One finished run of the program."""

    def __init__(self, args, env, code, stdout, stderr):
        self.args, self.env, self.code, self.stdout, self.stderr = args, env, code, stdout, stderr

    def json(self):
        try:
            return json.loads(self.stdout)
        except ValueError as problem:
            raise AssertionError(f"stdout is not one JSON document ({problem})\n{self}") from None

    def error(self):
        """The one-line JSON error of contract.md's exit-code chapter."""
        lines = [line for line in self.stderr.splitlines() if line.startswith('{"error"')]
        if len(lines) != 1:
            raise AssertionError(f"expected one line {{\"error\": …}} on stderr, found {len(lines)}\n{self}")
        return json.loads(lines[0])["error"]

    def __str__(self):
        env = " ".join(f"{k}={shlex.quote(v)}" for k, v in sorted(self.env.items()) if k.startswith("RDBFETCH_"))
        return (f"command: {env} {shlex.join(self.args)}\nexit code: {self.code}\n"
                f"stdout: {self.stdout or '(empty)'}\nstderr: {self.stderr or '(empty)'}")


def run(*args, env=None, cwd=None, timeout=TIMEOUT):
    """Runs the program to its end. `env` is added to an environment without anybody's credentials."""
    command = [binary(), *map(str, args)]
    env = _environment(env)
    try:
        done = subprocess.run(command, env=env, cwd=cwd or scratch("cwd"), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=timeout)
        code, out, err = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        out, err, code = late.stdout or b"", late.stderr or b"", f"none: killed after {timeout} s"
    return Run(command, env, code, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))


def credentials(access_key, secret_key, token=None):
    return {"RDBFETCH_ACCESS_KEY": access_key, "RDBFETCH_SECRET_KEY": secret_key, "RDBFETCH_TOKEN": token}


class Emulator:
    """`rdbfetch emulator` as a child of this process; `facts` is its first line."""

    def __init__(self, *args):
        self.command = [binary(), "emulator", "--listen", "127.0.0.1:0", *args]
        self._errors = open(scratch("emulator") / "stderr", "w+b")
        self._lines = queue.Queue()
        self.process = subprocess.Popen(
            self.command, env=_environment(None), cwd=scratch("cwd"), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self._errors)
        atexit.register(self.stop)
        threading.Thread(target=self._read, daemon=True).start()
        try:
            scheme = "https" if "--tls" in args else "http"
            line = self._lines.get(timeout=TIMEOUT)
            self.facts = json.loads(line)
            self.access_key = self.facts["credentials"]["access_key"]
            self.secret_key = self.facts["credentials"]["secret_key"]
            for service in SERVICES:
                assert self.facts["endpoints"][service].startswith(f"{scheme}://"), service
                if "--scenario" not in args:  # where what there is has other names
                    assert set(self.facts["samples"][service]) >= {"region", "instance", "backup"}, service
        except (queue.Empty, ValueError, KeyError, TypeError, AssertionError) as problem:
            first = line if "line" in locals() else "(no line)"
            self.stop()
            raise AssertionError(f"the emulator's first line is not as contract.md says: {problem!r}\n"
                                 f"line: {first!r}\n{self}") from None

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(b"")  # the end: wakes whoever waits for a first line that never came

    def control(self, method, path, body=None):
        """A call of the control API (`--control`), which must succeed; returns what it says."""
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.facts["control"].rstrip("/") + path, data, method=method,
                                       headers={"Content-Type": "application/json"} if data else {})
        with _opener.open(asked, timeout=TIMEOUT) as reply:
            said = reply.read()
        return json.loads(said) if said else None

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def __str__(self):
        self._errors.flush()
        text = Path(self._errors.name).read_text("utf-8", "replace")
        return (f"command: {shlex.join(self.command)}\nexit code: {self.process.poll()}\n"
                f"stderr (its end): {text[-4000:] or '(empty)'}")


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def fetch(url, headers=None):
    """(status, headers, body) of a GET, whatever the status; the URL goes out as it stands."""
    try:
        with _opener.open(urllib.request.Request(url, headers=headers or {}), timeout=TIMEOUT) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers, refused.read()


def redis_check(path):
    """None if redis-check-rdb accepts the file, else what it printed."""
    done = subprocess.run(["redis-check-rdb", str(path)], capture_output=True, text=True, timeout=TIMEOUT)
    return None if done.returncode == 0 else f"redis-check-rdb exit {done.returncode}\n{done.stdout}{done.stderr}"


class Case(unittest.TestCase):
    """A test whose failure prints everything it noted: commands, exit codes, stderr, journals."""

    maxDiff = None

    def setUp(self):
        self._notes = []

    def run(self, result=None):
        result = result if result is not None else self.defaultTestResult()
        bad = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > bad and getattr(self, "_notes", None):
            text = "\n".join(str(thing) for thing in self._notes)
            print(f"\n--- {self.id()}\n{text}\n---", file=sys.stderr, flush=True)
        return result

    def note(self, thing):
        """Keeps `thing` to be printed (with str, late) should the test fail; returns it."""
        self._notes.append(thing)
        return thing

    def run_program(self, *args, **options):
        return self.note(run(*args, **options))

    def assertExit(self, expected, finished):
        self.assertEqual(finished.code, expected, "exit code")
