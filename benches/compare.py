#!/usr/bin/env python3
"""compare.py SCRATCH [--sizes 8 128 1024 8192] [--shape narrow|wide]

Generates the same synthetic operations with rdbfetch, oas3-gen and progenitor, in turn, and prints tables in Markdown:
CPU and memory by size, growth, and what was emitted. Needs Python 3 and cargo; the peers are installed below SCRATCH
(some 2 GB with their builds). Read ratios rather than seconds.
"""
import argparse
import json
import math
import subprocess
from pathlib import Path

import timing

# Rounds by size: many where a run is short.
ROUNDS = {8: 15, 128: 7, 1024: 3}
PARTS = ["Types", "Errors", "Tables", "Client", "Metadata", "Unknown"]


def emitted(folder):
    """(lines, bytes, bytes without comment lines) of the Rust below a folder."""
    lines = size = code = 0
    for path in folder.rglob("*.rs"):
        for line in path.read_bytes().splitlines(keepends=True):
            lines += 1
            size += len(line)
            code += 0 if line.lstrip().startswith(b"//") else len(line)
    return lines, size, code


def exponent(points):
    """The slope of a straight line through the logarithms."""
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("scratch", type=Path)
    arguments.add_argument("--sizes", type=int, nargs="+", default=[8, 128, 1024, 8192])
    arguments.add_argument("--shape", choices=["narrow", "wide"], default="narrow")
    options = arguments.parse_args()
    scratch = options.scratch.resolve()
    scratch.mkdir(parents=True, exist_ok=True)
    synth, runner, classify = timing.release("synth", "run", "classify")
    growth, table, emission, parts = {}, [], [], []
    print(timing.machine(), flush=True)
    for size in options.sizes:
        folder, out = scratch / options.shape / str(size), scratch / "out" / options.shape / str(size)
        subprocess.run([synth, str(size), timing.fresh(folder), options.shape], check=True)
        out.mkdir(parents=True, exist_ok=True)
        commands = timing.generators(scratch, runner, folder, out)
        rounds = ROUNDS.get(size, 2)
        before = lambda name: timing.fresh(out / name)
        runs = timing.in_turn(commands, rounds, 1 if rounds > 2 else 0, out / "run", before)
        for name, measured in runs.items():
            cpu, peak = timing.median(measured, 1), timing.median(measured, 2)
            growth.setdefault(name, []).append((size, cpu))
            table.append(f"| {size} | {name} | {cpu:.3f} | {1000 * cpu / size:.2f} | "
                         f"{timing.ratio(measured, runs['oas3-gen'], 1):.2f} | {peak:.0f} | "
                         f"{timing.ratio(measured, runs['oas3-gen'], 2):.2f} | {rounds} |")
            lines, bytes_, code = emitted(out / name)
            emission.append(f"| {size} | {name} | {lines / size:.0f} | {bytes_ / size:.0f} | {code / size:.0f} |")
        answer = subprocess.run([classify, out / "rdbfetch"], capture_output=True, text=True, check=True)
        sizes = json.loads(answer.stdout)["parts"]
        parts.append(f"| {size} | " + " | ".join(f"{sizes[part] / size:.0f}" for part in PARTS) + " |")
        print(table[-3], table[-2], table[-1], sep="\n", flush=True)
    print("\n| operations | generator | CPU s | ms/op | / oas3-gen | peak MiB | / oas3-gen | rounds |")
    print("|---|---|---|---|---|---|---|---|", *table, sep="\n")
    print("\nGrowth: the exponent e in CPU ~ operations^e\n\n| generator | all sizes | from 128 on |\n|---|---|---|")
    for name, points in growth.items():
        large = [point for point in points if point[0] >= 128]
        fits = [f"{exponent(some):.3f}" if len(some) > 1 else "" for some in (points, large)]
        print(f"| {name} | {fits[0]} | {fits[1]} |")
    print("\n| operations | generator | lines/op | bytes/op | without comments |\n|---|---|---|---|---|")
    print(*emission, sep="\n")
    print("\nBytes per operation without comments, by part (`src/classify.rs`):\n")
    print("| operations | " + " | ".join(PARTS).lower() + " |\n|---|" + "---|" * len(PARTS))
    print(*parts, sep="\n")
    print(f"\nload at the end: {timing.machine().rsplit(' ', 1)[1]}")


if __name__ == "__main__":
    main()
