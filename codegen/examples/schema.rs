//! Prints the JSON Schema of the spec language: `specs/schema.json`.

fn main() {
    println!("{}", serde_json::to_string_pretty(&rdbfetch_codegen::schema()).expect("a schema is JSON"));
}
