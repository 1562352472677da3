//! `rdbfetch verify`

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rdbfetch::rdb::{self, Verdict};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Verify;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Row, or_dash};
use crate::schemas::members;
use crate::text::size;

/// A checked file.
#[derive(JsonSchema, Serialize)]
pub struct Checked {
    /// The path as it was given.
    path: String,
    /// Its size in bytes; null where it cannot be read.
    size: Option<u64>,
    /// What was found; null where it cannot be read.
    #[schemars(extend("enum" = ["ok", "not-verifiable", "corrupt", null]))]
    verdict: Option<&'static str>,
    /// The version of the RDB format.
    rdb_version: Option<u32>,
    /// The verdict in words.
    detail: String,
}

impl Row for Checked {
    const HEADS: &'static [&'static str] = &["verdict", "size", "rdb", "path"];

    fn cells(&self) -> Vec<String> {
        let verdict = self.verdict.unwrap_or("unreadable");
        let path = match self.verdict {
            Some("ok") => self.path.clone(),
            _ => format!("{}\n{}", self.path, self.detail),
        };
        vec![verdict.to_owned(), or_dash(self.size.map(size)), or_dash(self.rdb_version), path]
    }

    fn members() -> Vec<String> {
        members::<Self>()
    }
}

/// Checks files; an unreadable one keeps the others from nothing.
pub async fn run(args: Verify, output: Output) -> Result<Exit, Failure> {
    let accept = args.accept_unverified;
    let files = args.files;
    let work = tokio::task::spawn_blocking(move || files.into_iter().map(check).collect::<Vec<_>>());
    let checked =
        work.await.map_err(|error| Failure::new(Exit::Other, "other", format!("verify: {error}")))?;
    output.list(&checked)?;

    let verdict =
        |wanted: Verdict| checked.iter().filter(move |file| file.verdict == Some(wanted.as_str())).count();
    let unreadable = checked.iter().filter(|file| file.verdict.is_none());
    let unreadable: Vec<String> = unreadable.map(|file| format!("{}: {}", file.path, file.detail)).collect();
    let (corrupt, unverified) = (verdict(Verdict::Corrupt), verdict(Verdict::NotVerifiable));
    let of = checked.len();
    if !unreadable.is_empty() {
        let also =
            if corrupt > 0 { format!(" Of the others, {corrupt} are corrupt.") } else { String::new() };
        let count = unreadable.len();
        Err(Failure::disk(format!("{count} of {of} files cannot be read: {}.{also}", unreadable.join("; "))))
    } else if corrupt > 0 {
        let message = format!("{corrupt} of {of} files are corrupt. Get them again with `rdbfetch pull`.");
        Err(Failure::new(Exit::Verification, "verification", message))
    } else if unverified > 0 && !accept {
        let message = format!(
            "{unverified} of {of} files cannot be verified: nothing vouches for their contents. \
             --accept-unverified takes them as they are."
        );
        Err(Failure::new(Exit::Verification, "verification", message))
    } else {
        Ok(Exit::Done)
    }
}

fn check(file: PathBuf) -> Checked {
    let report = if file == Path::new("-") {
        rdb::check(io::stdin().lock())
    } else {
        File::open(&file).and_then(rdb::check)
    };
    let path = file.display().to_string();
    match report {
        Ok(report) => Checked {
            path,
            size: Some(report.size),
            verdict: Some(report.verdict.as_str()),
            rdb_version: report.version,
            detail: report.detail,
        },
        Err(error) => {
            Checked { path, size: None, verdict: None, rdb_version: None, detail: error.to_string() }
        }
    }
}
