//! The check of RDB files on any bytes: `cargo +nightly fuzz run check`.

#![no_main]

#[path = "../body.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::body(data));
