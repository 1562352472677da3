#!/usr/bin/env python3
"""Time and peak memory of runs that pull many tiny backups from the emulator, and of reruns where all is there.

    benches/fleet.py PROGRAM SERVICE [COUNT...]

Where the documents of the service name a rate, a run takes no less than the calls of one operation at that rate.
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


def summary(report: pathlib.Path) -> dict[str, int]:
    """The end of a report. What this process holds in memory counts as its children's, so that it does not read all of it."""
    with report.open("rb") as file:
        file.seek(max(0, report.stat().st_size - 1000))
        _, end = file.read().rsplit(b'"summary":', 1)
    return json.loads(end.rstrip()[:-1])


def measure(program: str, service: str, count: int) -> None:
    """Pulls so many backups from an emulator of their own, twice as instances and twice as targets of a file."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        stock(folder, service, count)
        targets = folder / "fleet.txt"
        with targets.open("w") as file:
            file.writelines(f"{service} redis-{number:05} 1001\n" for number in range(count))
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
            for kind, what in [("instances", [service, "--all"]), ("targets", ["--targets", str(targets)])]:
                out = folder / kind
                for when in ["first run", "rerun"]:
                    line = ["pull", *what, "--no-fsync", "--dir", str(out), "--output", "json", "--progress", "none"]
                    seconds, peak = run([program, *line], environment, folder / "report.json")
                    counts = summary(folder / "report.json")
                    print(
                        f"| {service} | {count} | {kind} | {when} | {seconds:.1f} | {peak / 1024:.1f} "
                        f"| {counts['pulled']} | {counts['already']} |",
                        flush=True,
                    )
        finally:
            emulator.kill()
            emulator.wait()


def main() -> None:
    program, service = sys.argv[1:3]
    print("| service | backups | of | run | wall s | peak MiB | brought | there |", flush=True)
    for count in map(int, sys.argv[3:] or ["10000"]):
        measure(program, service, count)


if __name__ == "__main__":
    main()
