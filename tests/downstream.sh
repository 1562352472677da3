#!/usr/bin/env bash
# Packages the library, builds a crate that depends on the package in a folder outside the repository, and shows that
# the generator is not among what was compiled. With stale pinned code the same build must fail and say why.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=${1:-$(mktemp -d)}
packages=$scratch/packages
mkdir -p "$packages" "$scratch/downstream/src"
cargo package --quiet --allow-dirty --no-verify -p rdbfetch-codegen -p rdbfetch --target-dir "$scratch/package"
for crate in "$scratch"/package/package/*.crate; do
    tar -xzf "$crate" -C "$packages"
done
library=$(echo "$packages"/rdbfetch-0*)
generator=$(echo "$packages"/rdbfetch-codegen-0*)

cat > "$scratch/downstream/Cargo.toml" <<TOML
[package]
name = "downstream"
version = "0.0.0"
edition = "2024"

[dependencies]
rdbfetch = { path = "$library" }

# The generator is named by the package but must not be compiled; it is not published yet, so cargo is told where it is.
[patch.crates-io]
rdbfetch-codegen = { path = "$generator" }

[workspace]
TOML
cat > "$scratch/downstream/src/main.rs" <<'RUST'
use rdbfetch::tencent::{Client, describe_backup_url::LimitType};

fn main() {
    let cloud = Client::new(|builder| builder.region("ap-guangzhou")).expect("a client without keys");
    let call = cloud.describe_backup_url("crs-4y9t57vt", "1").limit_type(LimitType::NoLimit);
    println!("{} services; {:?}", rdbfetch::SERVICES.len(), call.request().limit_type);
}
RUST
# What was resolved and tested is what is built.
cp Cargo.lock "$scratch/downstream/Cargo.lock"
cd "$scratch/downstream"
export CARGO_TARGET_DIR=${OUTSIDE:-$scratch/outside}
cargo build --message-format=json > "$scratch/messages"
"$CARGO_TARGET_DIR/debug/downstream"
grep -o '"package_id":"[^"]*"' "$scratch/messages" | sed -E 's/.*[#/]([A-Za-z0-9_-]+)[@#]([0-9.]+).*/\1 \2/' | sort -u > "$scratch/compiled"
echo "compiled: $(wc -l < "$scratch/compiled") packages"
if grep -E '^(rdbfetch-codegen|prettyplease|saphyr-parser|yaml_serde|schemars|annotate-snippets|heck) ' "$scratch/compiled"; then
    echo "the packages above belong to the generator; a downstream build must not compile them" >&2
    exit 1
fi

echo "# a change that was not pinned" >> "$library/specs/tencent/service.yaml"
if cargo build --quiet 2> "$scratch/stale"; then
    echo "a build with stale pinned code went through" >&2
    exit 1
fi
grep -q "generated/ does not belong to specs/" "$scratch/stale"
echo "stale pinned code is refused"
