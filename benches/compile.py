#!/usr/bin/env python3
"""compile.py SCRATCH [--operations 128] [--runs 3] [--only peers|ours|downstream]

Compile time of what rdbfetch, progenitor and oas3-gen emit for the same synthetic operations: the crate alone, its
dependencies built before, dev profile, incremental. Ours is the whole library with the synthetic service as its only
one; what the operations add is that less the same library with one operation. Needs Python 3 and cargo.

Ours is measured twice: with the pinned text, as a crate that depends on rdbfetch sees it, and with the generator, as one
who edits specs in the repository does. "touch" is one operation edited: a literal of its name in the emitted text, or
(`edit`) a parameter added to its YAML, which runs the generator too.
"""
import argparse
import json
import re
import shutil
import statistics
import subprocess
from pathlib import Path

import timing

GENERATOR = {"rdbfetch-codegen", "saphyr-parser", "yaml_serde", "schemars", "annotate-snippets", "heck"}


def copy(to, specs=None):
    """A copy of the repository's tracked files; with `specs`, those are its only ones and nothing is pinned."""
    timing.fresh(to)
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=timing.REPOSITORY,
                           capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if specs and (name.startswith("generated/") or (name.startswith("specs/") and name.count("/") > 1)):
            continue
        source = timing.REPOSITORY / name
        if source.exists():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, to / name)
    if specs:
        shutil.copytree(specs, to / "specs", dirs_exist_ok=True)
    return to


def pin(copied, emitted):
    """Pins emitted text in a copy, in the form of its snapshots, and takes the generator out of reach."""
    shutil.rmtree(copied / ".cargo")
    for path in filter(Path.is_file, emitted.rglob("*")):
        to = copied / "generated" / f"{path.relative_to(emitted)}.snap"
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text("---\nsource: codegen/tests/pinned.rs\n---\n" + path.read_text())


class Crate:
    """A crate whose compilation is timed."""

    def __init__(self, name, folder, package, target, log, features=()):
        self.name, self.folder, self.package, self.target = name, folder, package, target
        self.log, self.features = log, ["--features", ",".join(features)] if features else []

    def cargo(self, *arguments):
        environment = {"CARGO_TARGET_DIR": str(self.target), "CARGO_INCREMENTAL": "1"}
        return timing.once(["cargo", *arguments, "-p", self.package, "--offline", "--quiet"], self.log,
                           cwd=self.folder, env=environment)

    def compile(self, what):
        return self.cargo(what, "--lib", *self.features)

    def cold(self, what, runs):
        """Dependencies first, then the crate alone."""
        self.compile(what)
        out = []
        for _ in range(runs):
            self.cargo("clean")
            shutil.rmtree(self.target / "debug" / "incremental", ignore_errors=True)
            out.append(self.compile(what))
        return out

    def touched(self, what, runs, path, edit):
        """`edit(text, n)` makes the text of the n-th edit."""
        before = path.read_text()
        self.compile(what)
        out = []
        for n in range(runs):
            text = edit(before, n)
            assert text != before, path
            path.write_text(text)
            out.append(self.compile(what))
        path.write_text(before)
        return out


def literal(operation):
    def edit(text, n):
        return text.replace(f'"{operation}"', f'"{operation}{n}"', 1)
    return edit


def parameter(text, n):
    return text.replace("\nparameters:\n", f"\nparameters:\n  Touched{n}: {{type: string, doc: Added by an edit.}}\n", 1)


def figure(measured):
    wall, cpu = (statistics.median(one[column] for one in measured) for column in (0, 1))
    return wall, cpu, max(one[2] for one in measured)


def cell(figures):
    return f"{figures[0]:.2f} / {figures[1]:.2f}"


def measure(crate, runs, text=None, edit=None, yaml=None):
    """{column: (wall, CPU, MiB)} of a crate."""
    out = {what: figure(crate.cold(what, runs)) for what in ("check", "build")}
    for what in ("check", "build"):
        if text:
            out[f"touch + {what}"] = figure(crate.touched(what, runs, text, edit))
        if yaml:
            out[f"edit + {what}"] = figure(crate.touched(what, runs, yaml, parameter))
    print(f"{crate.name}: " + ", ".join(f"{what} {cell(one)}" for what, one in out.items()), flush=True)
    return out


def standalone(manifest):
    text = manifest.read_text()
    manifest.write_text(text if "[workspace]" in text else text + "\n[workspace]\n")


def peer_crates(scratch, folder, operation):
    """(crate, file to touch, edit) of each peer's output."""
    programs = timing.peers(scratch)
    commands = {
        "progenitor": [programs / "cargo-progenitor", "progenitor", "-i", folder / "openapi30.json", "-o",
                       "OUT", "-n", "peer-progenitor", "-v", "0.1.0", "--include-client", "true"],
        "oas3-gen": [programs / "oas3-gen", "generate", "client-mod", "-i", folder / "openapi31.json", "-o", "OUT",
                     "--workspace"],
    }
    out = []
    for name, argv in commands.items():
        to = scratch / "compile" / f"peer-{name}"
        shutil.rmtree(to, ignore_errors=True)
        timing.once([to if word == "OUT" else word for word in argv], scratch / "compile" / f"{name}.log")
        manifest = to / "Cargo.toml"
        standalone(manifest)
        subprocess.run(["cargo", "fetch", "--quiet"], cwd=to, check=True)
        package = re.search(r'^name = "(.*)"', manifest.read_text(), re.M)[1]
        # progenitor writes a path, oas3-gen its segments.
        wanted = f'/{operation}"' if name == "progenitor" else f'"{operation}"'
        text = next(path for path in sorted(to.rglob("*.rs")) if wanted in path.read_text())
        edit = lambda text, n, wanted=wanted: text.replace(wanted, f'{wanted[:-1]}{n}"', 1)
        out.append((Crate(name, to, package, scratch / "compile" / f"target-{name}",
                          scratch / "compile" / f"{name}.log"), text, edit))
    return out


def ours(scratch, synth, runner, operations, runs):
    """Figures of the library with all and with one operation, pinned and generating."""
    figures, base = {}, scratch / "compile"
    for count in (operations, 1):
        made = timing.fresh(base / f"synthetic-{count}")
        subprocess.run([synth, str(count), made], check=True)
        emitted = timing.fresh(base / f"emitted-{count}")
        timing.once([runner, "specs", emitted], base / "run.log", cwd=made)
        yaml = next(path for path in sorted((made / "specs").glob("*/*.yaml"))
                    if path.stem != "service" and "\nparameters:\n" in path.read_text())
        for way in ("pinned", "generating"):
            folder = copy(base / f"ours-{way}-{count}", made / "specs")
            text = edit = None
            if way == "pinned":
                pin(folder, emitted)
                wanted = f'"{yaml.stem}"'
                text = next(path for path in sorted((folder / "generated").rglob("*.snap"))
                            if "synthetic" in path.parts and wanted in path.read_text())
                edit = literal(yaml.stem)
            for features in ((), ("metadata",)) if way == "pinned" else ((),):
                name = f"rdbfetch, {count} operations, {way}{', ' + features[0] if features else ''}"
                crate = Crate(name, folder, "rdbfetch", base / f"target-{way}", base / "ours.log", features)
                edited = folder / "specs" / yaml.relative_to(made / "specs") if way == "generating" else None
                figures[count, way, features] = measure(crate, runs, text, edit, edited)
    return figures


def downstream(scratch):
    """What a crate pays that depends on the library as it is."""
    base = scratch / "compile"
    library = copy(base / "library")
    shutil.rmtree(library / ".cargo")
    services = sorted(path.name for path in (library / "specs").iterdir() if path.is_dir())
    wanted = {
        "nothing": "",
        "rdbfetch": f'rdbfetch = {{ path = "{library}" }}',
        f"rdbfetch, {services[0]} alone, no TLS":
            f'rdbfetch = {{ path = "{library}", default-features = false, features = ["{services[0]}"] }}',
    }
    rows = []
    for at, (name, dependency) in enumerate(wanted.items()):
        folder = timing.fresh(base / f"downstream-{at}")
        (folder / "src").mkdir()
        (folder / "src" / "main.rs").write_text("fn main() {}\n")
        (folder / "Cargo.toml").write_text(f'[package]\nname = "downstream"\nversion = "0.0.0"\nedition = "2024"\n'
                                           f'[dependencies]\n{dependency}\n[workspace]\n')
        subprocess.run(["cargo", "fetch", "--quiet"], cwd=folder, check=True)
        tree = subprocess.run(["cargo", "tree", "--offline", "-e", "normal,build", "--prefix", "none", "-f", "{p}"],
                              cwd=folder, capture_output=True, text=True, check=True).stdout
        packages = {line.replace(" (*)", "") for line in tree.splitlines() if line} - {f"downstream v0.0.0 ({folder})"}
        environment = {"CARGO_TARGET_DIR": str(folder / "target")}
        log = base / "downstream.log"
        wall, cpu, _ = timing.once(["cargo", "check", "--offline", "--message-format=json"], log, folder, environment)
        compiled = {json.loads(line)["target"]["name"].replace("_", "-") for line in log.read_text().splitlines()
                    if line.startswith('{"reason":"compiler-artifact"')}
        assert not compiled & {name.replace("_", "-") for name in GENERATOR}, "the generator was compiled"
        rows.append(f"| {name} | {len(packages)} | {wall:.1f} / {cpu:.1f} |")
    return rows


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("scratch", type=Path)
    arguments.add_argument("--operations", type=int, default=128)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--only", choices=["peers", "ours", "downstream"], action="append")
    options = arguments.parse_args()
    only = options.only or ["peers", "ours", "downstream"]
    scratch, many = options.scratch.resolve(), options.operations
    (scratch / "compile").mkdir(parents=True, exist_ok=True)
    synth, runner = timing.release("synth", "run")
    print(timing.machine(), flush=True)
    rows = {}
    if "peers" in only:
        made = timing.fresh(scratch / "compile" / "synthetic-peers")
        subprocess.run([synth, str(many), made], check=True)
        operation = next(path.stem for path in sorted((made / "specs").glob("*/*.yaml"))
                         if path.stem != "service" and "\nparameters:\n" in path.read_text())
        for crate, text, edit in peer_crates(scratch, made, operation):
            rows[crate.name] = measure(crate, options.runs, text, edit)
    if "ours" in only:
        figures = ours(scratch, synth, runner, many, options.runs)
        for (count, way, features), of in figures.items():
            name = f"rdbfetch with {count}, {way}" + "".join(f", {feature}" for feature in features)
            rows[name] = of
            if count == 1:
                whole = figures[many, way, features]
                rows[f"**added by {many - 1} operations, {way}" + "".join(f", {f}" for f in features) + "**"] = {
                    what: tuple(a - b for a, b in zip(whole[what], one)) for what, one in of.items()}
    if rows:
        columns = ["check", "build", "touch + check", "touch + build", "edit + check", "edit + build"]
        print(f"\nThe crate alone, {many} operations, wall s / CPU s, median of {options.runs}:\n")
        print("| crate | " + " | ".join(columns) + " | peak MiB (build) |\n|---|" + "---|" * (len(columns) + 1))
        for name, of in rows.items():
            cells = [cell(of[column]) if column in of else "" for column in columns]
            peak = "" if name.startswith("**") else f"{of['build'][2]:.0f}"
            print(f"| {name} | " + " | ".join(cells) + f" | {peak} |")
        if "progenitor" in rows:
            print("\nCPU / progenitor's:\n\n| crate | " + " | ".join(columns[:4]) + " |\n|---|---|---|---|---|")
            for name, of in rows.items():
                shares = [f"{of[column][1] / rows['progenitor'][column][1]:.2f}" if column in of else ""
                          for column in columns[:4]]
                print(f"| {name} | " + " | ".join(shares) + " |")
    if "downstream" in only:
        print("\nA crate that depends on the library, `cargo check` from nothing:\n")
        print("| depends on | packages | wall s / CPU s |\n|---|---|---|", *downstream(scratch), sep="\n")
    print(f"\nload at the end: {timing.machine().rsplit(' ', 1)[1]}")


if __name__ == "__main__":
    main()
