//! Generates the clouds under `codegen/tests/clouds`, for a crate that depends on the runtime.

fn main() {
    rdbfetch_codegen::configure().specs("../../codegen/tests/clouds").run();
}
