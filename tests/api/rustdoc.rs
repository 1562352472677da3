//! rustdoc, asked by a stable compiler for what is not stable. Only rustdoc is: in the environment of cargo itself, the
//! same would have every dependency built anew.

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut rustdoc = Command::new("rustdoc");
    rustdoc.env("RUSTC_BOOTSTRAP", "1").args(std::env::args_os().skip(1));
    match rustdoc.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("rustdoc: {problem}");
            ExitCode::FAILURE
        }
    }
}
