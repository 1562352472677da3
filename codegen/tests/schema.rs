//! The schema that editors use is the one that specs are checked against.

use std::fs;
use std::path::Path;

#[test]
fn the_schema_file_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs/schema.json");
    let file = fs::read_to_string(path).unwrap_or_default().replace('\r', "");
    let schema = serde_json::to_string_pretty(&rdbfetch_codegen::schema()).unwrap() + "\n";
    assert!(
        file == schema,
        "specs/schema.json is stale: run `cargo run -q -p rdbfetch-codegen --example schema > specs/schema.json`"
    );
}
