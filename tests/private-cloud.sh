#!/usr/bin/env bash
# Builds and runs the example of a private cloud from a copy outside the repository, as a newcomer has it. With a broken
# spec the same build must fail and say where.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
repository=$PWD
scratch=${1:-$(mktemp -d)}
cp -r examples/private-cloud "$scratch/private-cloud"
cd "$scratch/private-cloud"
sed -i "s|path = \"../..|path = \"$repository|" Cargo.toml
# Builds out here do not read the repository's configuration; what was resolved and tested there is what is built.
cp "$repository/Cargo.lock" Cargo.lock
export CARGO_TARGET_DIR=${OUTSIDE:-$scratch/outside}
cargo run --quiet > "$scratch/private-cloud.out"
diff - "$scratch/private-cloud.out" <<'OUT'
3 backups
links of 1 file
no such backup
OUT

sed -i 's/type: string, required: true, doc: Id of the backup/type: strin, required: true, doc: Id of the backup/' specs/acme/GetLinks.yaml
if cargo build --quiet 2> "$scratch/private-cloud.err"; then
    echo "a build with a broken spec went through" >&2
    exit 1
fi
grep -q 'error: there is no type `strin`' "$scratch/private-cloud.err"
grep -q -- '--> specs/acme/GetLinks.yaml:7:18' "$scratch/private-cloud.err"
grep -q 'did you mean `string`?' "$scratch/private-cloud.err"
echo "a private cloud is built and called; broken specs are told with their places"
