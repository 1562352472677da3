#!/usr/bin/env python3
"""Time and peak memory of one run that pulls many tiny backups from the emulator, and of a rerun.

    benches/fleet.py PROGRAM SERVICE [COUNT]
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def stock(folder: pathlib.Path, service: str, count: int) -> None:
    """Makes backups that are hard links of one file."""
    first = folder / "empty.rdb"
    first.write_bytes((ROOT / "tests/fixtures/rdb/empty.rdb").read_bytes())
    for number in range(count):
        backup = folder / "backups" / service / f"redis-{number:05}" / "1001"
        backup.mkdir(parents=True)
        os.link(first, backup / "0.rdb")


def run(command: list[str], environment: dict[str, str], out: pathlib.Path) -> tuple[float, int]:
    """Seconds, and the peak memory in KiB."""
    begun = time.monotonic()
    with out.open("wb") as report:
        child = subprocess.Popen(command, env=environment, stdout=report, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{command} ended with {child.returncode}")
    return time.monotonic() - begun, usage.ru_maxrss


def main() -> None:
    program, service = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        stock(folder, service, count)
        command = [program, "emulator", "--backups", str(folder / "backups")]
        emulator = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            facts = json.loads(emulator.stdout.readline())
            environment = {
                **os.environ,
                "RDBFETCH_ACCESS_KEY": facts["credentials"]["access_key"],
                "RDBFETCH_SECRET_KEY": facts["credentials"]["secret_key"],
                "RDBFETCH_ENDPOINT": facts["endpoints"][service],
                "RDBFETCH_REGION": facts["samples"].get(service, {}).get("region") or "region",
            }
            for what in ["first run", "rerun"]:
                line = ["pull", service, "--all", "--no-fsync", "--dir", str(folder / "out"), "--output", "json"]
                seconds, peak = run([program, *line, "--quiet"], environment, folder / "report.json")
                summary = json.loads((folder / "report.json").read_text())["summary"]
                print(f"{what}: {count} backups, {seconds:.1f} s, {peak / 1024:.1f} MiB at most, {summary}")
        finally:
            emulator.kill()
            emulator.wait()


if __name__ == "__main__":
    main()
