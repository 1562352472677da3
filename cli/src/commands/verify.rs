//! `rdbfetch verify`

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rdbfetch::Timestamp;
use rdbfetch::rdb::{self, Report, Verdict};
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
    /// What the verdict follows from, such as `cut-short`; more may come. Null where the file cannot be read.
    finding: Option<&'static str>,
    /// Where what is wrong begins, in bytes from 0 of the unpacked file; null where nothing is, or has no place.
    offset: Option<u64>,
    /// What became of the checksum in the file; null where it cannot be read.
    #[schemars(extend("enum" = ["ok", "absent", "bad", null]))]
    checksum: Option<&'static str>,
    /// Size of what was unpacked in bytes; null where the file is not compressed.
    unpacked_size: Option<u64>,
    /// What is in the file; null where it has no sound header.
    contents: Option<Contents>,
}

/// What is in a file. Nobody vouches for it unless the verdict is ok.
#[derive(JsonSchema, Serialize)]
struct Contents {
    /// Whether the file was followed to its end, so that all counts are of the whole.
    complete: bool,
    /// The program that wrote it and its version.
    producer: Option<String>,
    /// The word size of the machine that wrote it, in bits.
    bits: Option<u64>,
    /// When it was written.
    #[schemars(with = "Option<String>")]
    created_at: Option<Timestamp>,
    /// The memory that the server used then, in bytes.
    used_memory: Option<u64>,
    /// Whether it is the beginning of an append-only file.
    aof_base: Option<bool>,
    /// The number of keys in all databases.
    keys: u64,
    /// How many of the keys expire.
    expiries: u64,
    /// The number of keys of each type that there is: string, list, set, zset, hash, stream or module.
    by_type: BTreeMap<&'static str, u64>,
    /// The databases in the order of the file, the first 256.
    databases: Vec<Database>,
    /// The number of libraries of functions.
    functions: u64,
    /// The types of modules that left data, the first 16.
    modules: Vec<String>,
    /// What can load the file, with its modules if it has any; empty where that is not known.
    loadable_by: Vec<String>,
}

/// A database.
#[derive(JsonSchema, Serialize)]
struct Database {
    /// Its number.
    index: u64,
    /// The number of its keys.
    keys: u64,
    /// How many of them expire.
    expiries: u64,
}

impl From<rdb::Contents> for Contents {
    fn from(found: rdb::Contents) -> Self {
        let seconds = found.created_at.and_then(|seconds| i64::try_from(seconds).ok());
        let databases = found.databases.iter();
        Self {
            complete: found.complete,
            producer: found.producer,
            bits: found.bits,
            created_at: seconds.and_then(Timestamp::from_unix),
            used_memory: found.used_memory,
            aof_base: found.aof_base,
            keys: found.keys,
            expiries: found.expiries,
            by_type: found.by_type.iter().map(|(kind, keys)| (kind.as_str(), *keys)).collect(),
            databases: databases
                .map(|one| Database { index: one.index, keys: one.keys, expiries: one.expiries })
                .collect(),
            functions: found.functions,
            modules: found.modules,
            loadable_by: found.loadable_by,
        }
    }
}

impl Contents {
    /// The most of it in a line or two, for people.
    fn summary(&self) -> String {
        let producer = self.producer.as_deref().map(|producer| format!("{producer}: "));
        let mut parts = vec![format!("{} keys", self.keys)];
        parts.extend(self.by_type.iter().map(|(kind, keys)| format!("{kind} {keys}")));
        let counts = [("expiring", self.expiries), ("functions", self.functions)];
        parts.extend(
            counts.iter().filter(|(_, count)| *count > 0).map(|(what, count)| format!("{what} {count}")),
        );
        parts.extend((self.databases.len() > 1).then(|| format!("databases {}", self.databases.len())));
        let mut summary = producer.unwrap_or_default() + &parts.join(", ");
        if !self.loadable_by.is_empty() {
            summary += &format!("\nloaded by {}", self.loadable_by.join(", "));
            if !self.modules.is_empty() {
                summary += &format!(", with the modules of {}", self.modules.join(", "));
            }
        }
        summary
    }
}

impl Row for Checked {
    const HEADS: &'static [&'static str] = &["verdict", "size", "rdb", "path"];

    fn cells(&self) -> Vec<String> {
        let verdict = self.verdict.unwrap_or("unreadable");
        let mut lines = vec![self.path.clone()];
        lines.extend((self.verdict != Some("ok")).then(|| self.detail.clone()));
        lines.extend(self.contents.as_ref().filter(|contents| contents.complete).map(Contents::summary));
        let path = lines.join("\n");
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
        Ok(report) => Checked::new(path, report),
        Err(error) => Checked {
            path,
            size: None,
            verdict: None,
            rdb_version: None,
            detail: error.to_string(),
            finding: None,
            offset: None,
            checksum: None,
            unpacked_size: None,
            contents: None,
        },
    }
}

impl Checked {
    fn new(path: String, report: Report) -> Self {
        Self {
            path,
            size: Some(report.size),
            verdict: Some(report.verdict.as_str()),
            rdb_version: report.version,
            detail: report.detail,
            finding: Some(report.finding.as_str()),
            offset: report.offset,
            checksum: Some(report.checksum.as_str()),
            unpacked_size: report.unpacked,
            contents: report.contents.map(|contents| (*contents).into()),
        }
    }
}
