#!/usr/bin/env bash
# What a change of specs has to go through: checked, built, its snapshots reviewed, and told by its effect, which the
# version must say. BASE is the revision before; without one the specs are compared with the last commit's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
base=${1:-HEAD}
program=${PROGRAM:-}
if [ -z "$program" ]; then
    cargo build --quiet -p rdbfetch-cli
    program=${CARGO_TARGET_DIR:-target}/debug/rdbfetch
fi

"$program" spec check specs --format text
# The pinned code is what the specs give, and nothing else is pinned.
INSTA_UPDATE=no cargo test --quiet -p rdbfetch-codegen --test pinned
# What breaks code does not compile, and everything else does.
cargo test --quiet -p rdbfetch-spec-tools --test compiled -- --ignored
"$program" spec diff "$base" specs --format markdown --bump | tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}"
