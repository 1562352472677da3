"""Whole processes, timed from outside: wall, user and system CPU of the process tree, peak memory."""
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PEERS = {"cargo-progenitor": "0.15.1", "oas3-gen": "0.29.0"}


def once(argv, log, cwd=None, env=None):
    """(wall seconds, CPU seconds, peak MiB) of a command that must succeed; its output goes to the file `log`."""
    with open(log, "wb") as out:
        start = time.monotonic()
        process = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=cwd,
                                   env=env and {**os.environ, **env})
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(map(str, argv))} ended with {process.returncode}; see {log}")
    # ru_maxrss is in KiB on Linux, in bytes on macOS.
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def in_turn(commands, rounds, warmup, log, before=lambda name: None):
    """{name: [measurements]} of commands run A B C A B C …, so that all meet the same weather."""
    out = {name: [] for name in commands}
    for turn in range(warmup + rounds):
        for name, argv in commands.items():
            before(name)
            measured = once(argv, f"{log}.{name}.log")
            if turn >= warmup:
                out[name].append(measured)
    return out


def median(measurements, column):
    return statistics.median(one[column] for one in measurements)


def ratio(measurements, others, column):
    """The median of the ratios of one round."""
    return statistics.median(a[column] / b[column] for a, b in zip(measurements, others))


def release(*binaries):
    """Builds the tools of this folder; returns their paths."""
    subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "rdbfetch-benches"], cwd=REPOSITORY, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return [target / "release" / name for name in binaries]


def peers(scratch):
    """Installs the other generators below `scratch`; returns the folder of their programs."""
    root = scratch / "peers"
    missing = [f"{name}@{version}" for name, version in PEERS.items() if not (root / "bin" / name).exists()]
    if missing:
        subprocess.run(["cargo", "install", "--root", root, *missing], cwd=scratch, check=True)
    return root / "bin"


def generators(scratch, runner, folder, out):
    """The command of each generator for the operations in `folder`, into `out`/NAME."""
    programs = peers(scratch)
    return {
        "rdbfetch": [runner, folder / "specs", out / "rdbfetch"],
        "oas3-gen": [programs / "oas3-gen", "generate", "client-mod", "-i", folder / "openapi31.json", "-o",
                     out / "oas3-gen"],
        "progenitor": [programs / "cargo-progenitor", "progenitor", "-i", folder / "openapi30.json", "-o",
                       out / "progenitor", "-n", "progenitor-out", "-v", "0.1.0", "--include-client", "true"],
    }


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{os.cpu_count()} cores ({model}), {rustc}, load {os.getloadavg()[0]:.1f}"


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
