#!/usr/bin/env python3
"""emulator.py SCRATCH [--seconds 8] [--runs 3] [--prism]

The emulator under load: the server pinned to one core, the load to another, 16 connections, every request freshly signed
and every signature verified. Prints answers per second, CPU per answer, latencies, memory, and how long a start takes
until the first answer. `--prism` measures a generic mock server beside it in the same run: prism-cli, installed from npm
into SCRATCH, on the OpenAPI document of our 128 synthetic operations, posting a body that it validates. Needs Linux,
Python 3, cargo, and for --prism node and npm.
"""
import argparse
import json
import os
import socket
import statistics
import subprocess
import time
from pathlib import Path

import timing

SERVICES = ["tencent", "jdcloud", "qcloud", "ucloud"]
PRISM = "@stoplight/prism-cli@5.14.2"


def pinned(core, command, **options):
    return subprocess.Popen(["taskset", "-c", str(core), *map(str, command)], **options)


def cpu(process):
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(process, what="VmRSS"):
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    return 0


def load(binary, process, arguments, connections, seconds):
    """One run of the load on core 1."""
    before = cpu(process)
    command = ["taskset", "-c", "1", str(binary), *arguments, str(connections), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True)
    if not done.stdout:
        raise SystemExit(f"the load did not run: {done.stderr}")
    report = json.loads(done.stdout)
    report["cpu_us"] = (cpu(process) - before) * 1e6 / max(report["answers"], 1)
    report["rss_mib"] = resident(process)
    return report


def show(name, reports):
    middle = lambda key: statistics.median(report[key] for report in reports)
    spread = " ".join(f"{report['per_second']:.0f}" for report in reports)
    failures = sum(report["failures"] for report in reports)
    print(f"| {name} | {middle('per_second'):.0f} ({spread}) | {middle('cpu_us'):.1f} | {middle('p50_us')} / "
          f"{middle('p99_us')} | {middle('rss_mib'):.1f} | {failures} |", flush=True)
    return middle("per_second")


def first_answer(rdbfetch, scratch):
    """Milliseconds from the start of the program to the first answer of a service, over several starts."""
    out = []
    for _ in range(9):
        started = time.perf_counter()
        process = pinned(0, [rdbfetch, "emulator", "--quiet"], stdout=subprocess.PIPE)
        facts = json.loads(process.stdout.readline())
        host, port = facts["endpoints"]["tencent"].removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            if not connection.recv(12).startswith(b"HTTP/1.1"):
                raise SystemExit("no answer")
        out.append((time.perf_counter() - started) * 1000)
        process.terminate()
        process.wait()
    return out


def prism(scratch, binary, seconds, runs):
    folder = scratch / "prism"
    folder.mkdir(exist_ok=True)
    if not (folder / "node_modules").exists():
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", PRISM], cwd=folder, check=True)
    synth = timing.REPOSITORY / "target/release/synth"
    subprocess.run([synth, "128", scratch / "operations"], check=True, stdout=subprocess.DEVNULL)
    document = scratch / "operations/openapi30.json"
    described = json.loads(document.read_text())
    path, body = posting(described)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["node", folder / "node_modules/.bin/prism", "mock", "-h", "127.0.0.1", "-p", port, document]
    process = pinned(0, command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(120):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.5)
        arguments = ["--plain", f"http://127.0.0.1:{port}{path}", body]
        load(binary, process, arguments, 16, 2)
        return show("prism-cli 5.14.2", [load(binary, process, arguments, 16, seconds) for _ in range(runs)])
    finally:
        process.terminate()
        process.wait()


def posting(document):
    """A path of the document that takes a POST, and a body for it from its schema's required fields."""
    def example(schema):
        if "$ref" in schema:
            node = document
            for key in schema["$ref"].removeprefix("#/").split("/"):
                node = node[key]
            return example(node)
        kind = schema.get("type")
        if "enum" in schema:
            return schema["enum"][0]
        if kind == "object":
            required = schema.get("required", [])
            return {name: example(schema["properties"][name]) for name in required if name in schema["properties"]}
        if kind == "array":
            return []
        if kind in ("integer", "number"):
            return schema.get("minimum", 1)
        return {"boolean": True}.get(kind, "a" * schema.get("minLength", 1))

    for path, item in document["paths"].items():
        if "post" in item and "requestBody" in item["post"] and "{" not in path:
            schema = item["post"]["requestBody"]["content"]["application/json"]["schema"]
            return path, json.dumps(example(schema))
    raise SystemExit("no operation takes a POST with a body")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("scratch", type=Path)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--prism", action="store_true")
    arguments = parser.parse_args()
    scratch = arguments.scratch.resolve()
    scratch.mkdir(parents=True, exist_ok=True)
    build = ["cargo", "build", "--release", "--quiet", "-p", "rdbfetch-cli", "-p", "rdbfetch-benches"]
    subprocess.run(build, cwd=timing.REPOSITORY, check=True)
    rdbfetch, binary = (timing.REPOSITORY / "target/release" / name for name in ("rdbfetch", "load"))

    starts = sorted(first_answer(rdbfetch, scratch))
    print(f"first answer after {statistics.median(starts):.1f} ms ({starts[0]:.1f} to {starts[-1]:.1f}); "
          f"load average {os.getloadavg()[0]:.1f}\n")
    print("| server | answers/s, median (runs) | CPU us each | p50 / p99 us | RSS MiB | failures |")
    print("|---|---|---|---|---|---|")
    facts = scratch / "facts.json"
    speeds = {}
    with facts.open("w") as out:
        process = pinned(0, [rdbfetch, "emulator", "--quiet"], stdout=out)
    try:
        while not facts.read_text().endswith("\n"):
            time.sleep(0.01)
        for service in SERVICES:
            load(binary, process, [facts, service], 16, 1)
            runs = [load(binary, process, [facts, service], 16, arguments.seconds) for _ in range(arguments.runs)]
            speeds[service] = show(service, runs)
        show("tencent, 2,000 connections", [load(binary, process, [facts, "tencent"], 2000, arguments.seconds)])
        print(f"\nlargest resident size: {resident(process, 'VmHWM'):.1f} MiB")
    finally:
        process.terminate()
        process.wait()
    if arguments.prism:
        other = prism(scratch, binary, arguments.seconds, arguments.runs)
        print(f"\ntencent / prism: {speeds['tencent'] / other:.1f}")


if __name__ == "__main__":
    main()
