//! Generates the clients of everything under `specs/`.

fn main() {
    rdbfetch_codegen::configure().specs("specs").run();
}
