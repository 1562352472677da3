#!/usr/bin/env python3
"""check.py SCRATCH [--rounds 5] [--small]

The check of RDB files beside redis-check-rdb, on files that redis-server writes into SCRATCH: 1 GiB of values of 1,000
bytes, 10 million keys of 20 bytes with their values, and values of every type, plain and compressed. Both run in turn on
files that lie in the page cache. `--small` makes files of a hundredth of that, to try the script. Needs 2 GB of room,
Python 3, cargo, redis-server, redis-cli and redis-check-rdb.
"""
import argparse
import os
import subprocess
import time
from pathlib import Path

import timing

MIXED = """
for i = 1, tonumber(ARGV[1]) do
    local n = tostring(i)
    redis.call('SET', 'string:' .. n, string.rep(n .. ' value ', 20))
    redis.call('HSET', 'hash:' .. n, 'name', 'name ' .. n, 'number', i, 'text', string.rep('text', 10))
    for j = 1, 20 do
        redis.call('RPUSH', 'list:' .. n, 'element ' .. j .. ' of ' .. n)
        redis.call('ZADD', 'zset:' .. n, j / 3, 'member ' .. j)
        redis.call('SADD', 'set:' .. n, i * j)
        redis.call('XADD', 'stream:' .. n, j .. '-1', 'field', 'value ' .. j)
    end
    for j = 1, 200 do redis.call('HSET', 'fields:' .. (i % 500), 'field ' .. n .. ' ' .. j, 'value') end
    redis.call('EXPIRE', 'string:' .. n, 1000000)
end
"""


def write(folder, name, compression, *commands):
    """Has a server write a file of what the commands make."""
    file = folder / name
    if file.exists():
        return file
    socket = folder / "redis.sock"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder, "--dbfilename", name,
         "--rdbcompression", compression, "--enable-debug-command", "yes", "--lua-time-limit", "0"],
        stdout=subprocess.DEVNULL)
    try:
        while not socket.exists():
            time.sleep(0.05)
        for command in [*commands, ["SAVE"]]:
            done = subprocess.run(["redis-cli", "-s", socket, *command], capture_output=True, text=True, check=True)
            if "ERR" in done.stdout:
                raise SystemExit(f"{command[0]}: {done.stdout}")
    finally:
        server.terminate()
        server.wait()
    return file


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scratch", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--small", action="store_true")
    arguments = parser.parse_args()
    scratch = arguments.scratch.resolve()
    scratch.mkdir(parents=True, exist_ok=True)
    part = 100 if arguments.small else 1
    subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "rdbfetch-cli"], cwd=timing.REPOSITORY, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", timing.REPOSITORY / "target"))

    mixed = ["EVAL", MIXED, "0", str(60_000 // part)]
    files = {
        "large values": write(scratch, "large.rdb", "no", ["DEBUG", "POPULATE", str(1_050_000 // part), "key", "1000"]),
        "small keys": write(scratch, "small.rdb", "no", ["DEBUG", "POPULATE", str(10_000_000 // part), "key", "4"]),
        "every type": write(scratch, "mixed.rdb", "no", mixed),
        "every type, compressed": write(scratch, "packed.rdb", "yes", mixed),
    }
    print(timing.machine(), flush=True)
    print("| file | bytes | redis-check-rdb s | rdbfetch verify s | ratio | peak MiB |\n|---|---|---|---|---|---|")
    for name, file in files.items():
        commands = {"ours": [target / "release/rdbfetch", "verify", file], "theirs": ["redis-check-rdb", file]}
        measured = timing.in_turn(commands, arguments.rounds, 1, scratch / "check")
        ours, theirs = measured["ours"], measured["theirs"]
        print(f"| {name} | {file.stat().st_size:,} | {timing.median(theirs, 0):.2f} | {timing.median(ours, 0):.2f} | "
              f"{timing.ratio(ours, theirs, 0):.2f} | {timing.median(ours, 2):.1f} |", flush=True)


if __name__ == "__main__":
    main()
