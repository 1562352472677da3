#!/usr/bin/env python3
"""download.py SCRATCH [--mib 1024] [--runs 5]

A backup of one file and of eight, fetched over loopback by `rdbfetch pull` and by general downloaders: wall and CPU seconds
and peak memory of the process, in turn, on the same disk, from the page cache. One server in Python serves everybody with
sendfile; it also plays the service that gives the links. `pull` computes SHA-256 and CRC-64 while it writes; what the others
need for that is measured as commands after curl. Nobody else syncs, so pull is run with --no-fsync, and once more without.
What is not installed is skipped, and said. Needs Linux, Python 3 and cargo.
"""
import argparse
import json
import os
import shutil
import socketserver
import struct
import subprocess
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import timing

KEYS = {"RDBFETCH_ACCESS_KEY": "AKIDbench", "RDBFETCH_SECRET_KEY": "bench", "RDBFETCH_REGION": "ap-guangzhou"}


def make(path, size):
    """A sound RDB file of about this size without a checksum: keys with values of 1,000 bytes."""
    if path.exists() and abs(path.stat().st_size - size) < 4096:
        return
    value = os.urandom(1 << 20)
    with open(path, "wb") as out:
        out.write(b"REDIS0010\xfe\x00")
        entry, number = 0, 0
        while entry < size - 4096:
            block = bytearray()
            for _ in range(1000):
                at = number * 7919 % (len(value) - 1000)
                block += b"\x00\x0a%010d\x43\xe8" % number + value[at:at + 1000]
                number += 1
            out.write(block[:] if entry + len(block) < size else b"")
            entry += len(block)
        out.write(b"\xff" + struct.pack("<Q", 0))


class Handler(BaseHTTPRequestHandler):
    """Files with ranges, and the links to them."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        infos = [{"FileName": path.name, "FileSize": path.stat().st_size, "DownloadUrl": f"{self.server.url}/{path.name}"}
                 for path in self.server.files]
        body = json.dumps({"Response": {"BackupInfos": infos, "RequestId": "bench"}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET = lambda self: self.file()

    def file(self):
        path = self.server.folder / self.path.lstrip("/").split("?")[0]
        size = path.stat().st_size
        first, last, asked = 0, size - 1, self.headers.get("Range")
        if asked:
            start, end = asked.removeprefix("bytes=").split("-")
            first, last = int(start), min(int(end or last), last)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(last + 1 - first))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", f'"{path.name}-{size}"')
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.end_headers()
        if self.command == "HEAD":
            return
        with open(path, "rb") as source:
            while first <= last:
                first += os.sendfile(self.connection.fileno(), source.fileno(), first, last + 1 - first)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_):
        pass


def serve(folder):
    server = Server(("127.0.0.1", 0), Handler)
    server.folder, server.files = folder, []
    server.url = "http://127.0.0.1:%d" % server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def commands(rdbfetch, server, out):
    """{name: command} for the files that the server lists."""
    files = [path.name for path in server.files]
    urls = [f"{server.url}/{name}" for name in files]
    pull = [rdbfetch, "pull", "tencent", "--instance", "i", "--backup", "b", "--endpoint", server.url, "--dir", out,
            "--accept-unverified", "--quiet", "--overwrite"]
    curl = ["curl", "-sS", "--parallel", "--parallel-immediate"] if len(files) > 1 else ["curl", "-sS"]
    for name, url in zip(files, urls):
        curl += ["-o", out / name, url]
    shell = " ".join(map(str, curl))
    held = f"sha256sum {out}/*.rdb"
    check = f" && for file in {out}/*.rdb; do redis-check-rdb $file; done" if shutil.which("redis-check-rdb") else ""
    source = " ".join(str(path) for path in server.files)
    all_of_them = {
        "curl": curl,
        "rdbfetch pull --no-fsync": [*pull, "--no-fsync"],
        "rdbfetch pull": pull,
        "rdbfetch pull --no-fsync, one connection": [*pull, "--no-fsync", "--connections", "1", "--files", "1"],
        "curl, then sha256sum" + (" and redis-check-rdb" if check else ""): ["sh", "-c", f"{shell} && {held}{check}"],
        "cp": ["cp", "--reflink=never", *server.files, out],
        "cp, then sha256sum": ["sh", "-c", f"cp --reflink=never {source} {out} && {held}"],
        "wget": ["wget", "-q", "-P", out, *urls],
        "aria2c -x8": ["aria2c", "-q", "--no-conf", "--file-allocation=none", "-x8", "-s8", "-k1M", "-j8", "-Z", "-d", out,
                       *urls],
        "rclone copyurl": ["sh", "-c", " && ".join(
            f"rclone copyurl {url} {out}/{name} --config /dev/null" for name, url in zip(files, urls))],
    }
    there = {name: command for name, command in all_of_them.items() if shutil.which(name.split()[0].split(",")[0])
             or name.startswith("rdbfetch")}
    for name in all_of_them.keys() - there.keys():
        print(f"skipped, not installed: {name}")
    return there


def peak(command, scratch):
    """Peak MiB of a command, by GNU time: a process started by Python shows the memory of Python, too."""
    if not shutil.which("/usr/bin/time"):
        return "-"
    told = scratch / "peak"
    subprocess.run(["/usr/bin/time", "-f", "%M", "-o", told, *command], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return f"{int(told.read_text()) / 1024:.0f}"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("scratch", type=Path)
    arguments.add_argument("--mib", type=int, default=1024)
    arguments.add_argument("--runs", type=int, default=5)
    arguments = arguments.parse_args()
    subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "rdbfetch-cli"], cwd=timing.REPOSITORY, check=True)
    rdbfetch = Path(os.environ.get("CARGO_TARGET_DIR", timing.REPOSITORY / "target")) / "release" / "rdbfetch"
    os.environ.update(KEYS)
    os.environ["HOME"] = str(arguments.scratch)
    folder, out = arguments.scratch / "files", arguments.scratch / "out"
    folder.mkdir(parents=True, exist_ok=True)
    server = serve(folder)

    def clean(_):
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()

    for shards in (1, 8):
        server.files = [folder / f"{shards}-{number}.rdb" for number in range(shards)]
        for path in server.files:
            make(path, arguments.mib * 2**20 // shards)
            # Into the page cache, and not into this process, whose memory would count as that of all its children.
            subprocess.run(["cat", path], stdout=subprocess.DEVNULL, check=True)
        print(f"\n{arguments.mib} MiB in {shards} {'file' if shards == 1 else 'files'}\n")
        every = commands(rdbfetch, server, out)
        results = timing.in_turn(every, arguments.runs, 1, arguments.scratch / "log", clean)
        print("| what | wall s (min..max) | CPU s | peak MiB | wall / curl | CPU / curl |\n|---|---|---|---|---|---|")
        for name, runs in results.items():
            walls = [run[0] for run in runs]
            clean(name)
            memory = peak(every[name], arguments.scratch)
            print(f"| {name} | {timing.median(runs, 0):.2f} ({min(walls):.2f}..{max(walls):.2f}) | "
                  f"{timing.median(runs, 1):.2f} | {memory} | {timing.ratio(runs, results['curl'], 0):.2f} | "
                  f"{timing.ratio(runs, results['curl'], 1):.2f} |", flush=True)


if __name__ == "__main__":
    main()
