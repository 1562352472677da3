//! Checks an RDB file without a network: `cargo run --example verify -- dump.rdb`. Without a file, a small one.

use std::fs::File;

use rdbfetch::rdb::{self, Verdict};

/// Nothing but a header, an end and the checksum.
const EMPTY: &[u8] = b"REDIS0010\xff\xa9\xfd\x37\xfe\x89\xa7\x7e\xeb";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let report = match std::env::args_os().nth(1).filter(|_| !cfg!(test)) {
        Some(file) => rdb::check(File::open(file)?)?,
        None => rdb::check(EMPTY)?,
    };
    println!("RDB {:?}, {} bytes: {}, {}", report.version, report.size, report.verdict, report.detail);
    match report.verdict {
        Verdict::Corrupt => Err("the file is corrupt".into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[test]
fn it_runs() {
    main().unwrap();
}
