"""Runs every suite in this folder and ends with one line: `N passed, N failed, N skipped`.

    python3.11 -m venv sdk && sdk/bin/pip install -r tests/sdk/requirements.txt
    RDBFETCH_BIN=target/release/rdbfetch sdk/bin/python tests/sdk/run.py [--self-test] [--no-skips] [NAME…]

A NAME is a part of a test's name (`Jdcloud3`, `test_emulator`). `--self-test` runs only the checking server's own
tests, which need no program; `--no-skips` has a skipped test fail the run. Also read, each skipping its tests where it is
not set: JDCLOUD2_CORE (see requirements.txt), NODE_SDKS (the folder `node_modules` that `npm ci` makes of
node/package-lock.json), SDK_TOOLS (the folder `bin` of a venv with tools.txt), S3_SERVER (`moto_server` of a venv with
stores.txt). And RDBFETCH_TEST_TIMEOUT in seconds.
"""

import os
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))


class Result(unittest.TextTestResult):
    """Counts tests, each once: an error in a fixture counts as one failure, a skipped class as one skip."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.bad, self.passed = {}, 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1

    def _count(self, test):
        self.bad[test.id()] = test

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._count(test)

    def addError(self, test, err):
        super().addError(test, err)
        self._count(test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._count(test)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._count(test)


def _flat(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from _flat(item)
        else:
            yield item


def main(arguments):
    self_test = "--self-test" in arguments
    names = [name for name in arguments if not name.startswith("-")]
    if unknown := [name for name in arguments if name.startswith("-") and name not in ("--self-test", "--no-skips")]:
        sys.exit(f"unknown option {unknown[0]}\n\n{__doc__}")
    if not self_test and not os.environ.get("RDBFETCH_BIN"):
        sys.exit(f"RDBFETCH_BIN is not set\n\n{__doc__}")
    pattern = "test_checking_server.py" if self_test else "test_*.py"
    suite = unittest.defaultTestLoader.discover(str(HERE), pattern, str(HERE))
    if names:
        suite = unittest.TestSuite(test for test in _flat(suite) if any(name in test.id() for name in names))
    started = time.monotonic()
    # The runner stops nothing and hides nothing: what a failing test noted is printed beside its traceback.
    result = unittest.TextTestRunner(sys.stderr, verbosity=2, resultclass=Result).run(suite)
    for test, reason in result.skipped:
        print(f"SKIPPED {test.id()}: {reason}")
    for identifier in result.bad:
        print(f"FAILED {identifier}")
    passed, failed, skipped = result.passed, len(result.bad), len(result.skipped)
    if not passed and not failed:
        print("no test ran")
    print(f"in {time.monotonic() - started:.1f} s")
    sys.stderr.flush()
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed or not passed or (skipped and "--no-skips" in arguments) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
