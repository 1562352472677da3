//! Reads a document and prints what was found.
fn main() {
    let text = std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap();
    println!(
        "{}",
        serde_json::to_string_pretty(&rdbfetch_spec_tools::document::Document::read(&text)).unwrap()
    );
}
