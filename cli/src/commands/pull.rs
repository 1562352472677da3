//! `rdbfetch pull`

use rdbfetch::Question;
use rdbfetch::download::{self, FileEntry, Manifest, NetworkChoice, Options, PullError, PullErrorKind};
use rdbfetch::place::Field;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{NetworkWord, Pull};
use crate::exit::{Exit, Failure};
use crate::output::{Output, or_dash, table};
use crate::parameters::Given;
use crate::progress::Progress;
use crate::session::Session;
use crate::text::size;

/// What was downloaded.
#[derive(JsonSchema, Serialize)]
pub struct Pulled<'a> {
    /// The service.
    service: &'a str,
    /// The instance.
    instance: &'a str,
    /// The backup.
    backup: &'a str,
    /// The files that are there.
    files: Vec<File<'a>>,
    /// The files that are not; only there where some are not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Missing<'a>>,
}

/// A downloaded file.
#[derive(JsonSchema, Serialize)]
struct File<'a> {
    /// The name that the service gives it.
    name: Option<&'a str>,
    /// Where it is, from the current folder.
    path: &'a str,
    /// Its size in bytes.
    size: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    sha256: &'a str,
    /// What its own format says.
    rdb: Rdb,
}

/// What the RDB format says about a file.
#[derive(JsonSchema, Serialize)]
struct Rdb {
    /// The version of the format; null where it is none.
    version: Option<u32>,
    /// How the checksum inside of the file compares.
    #[schemars(extend("enum" = ["ok", "absent", "bad"]))]
    checksum: &'static str,
}

/// A file that did not arrive.
#[derive(JsonSchema, Serialize)]
struct Missing<'a> {
    /// Its place among the links, from 0.
    index: usize,
    /// The name that the service gives it.
    name: Option<&'a str>,
    /// What kind of problem it is.
    #[schemars(with = "String")]
    kind: PullErrorKind,
    /// The HTTP status that the storage answered with.
    http_status: Option<u16>,
    /// What happened.
    problem: &'a str,
}

/// Downloads the files of a backup.
pub async fn run(args: &Pull, output: Output) -> Result<Exit, Failure> {
    let service = super::service(&args.which.service)?;
    let session = Session::open(service, &args.cloud, output).await?;
    let id = session.backup_id(&args.which)?;
    session.know(&id.instance, &args.which.known);
    let ids = [(Field::Instance, id.instance.as_str()), (Field::Backup, id.backup.as_str())];
    let params = &args.cloud.params;
    let operation = session.about(&id.instance, Question::Links, args.cloud.previews(), &ids, params).await?;
    let given = Given::read(operation, Vec::new(), &args.cloud.params);
    let own = given.own();
    let parameters = session.check_links(operation, &id, given)?;
    if args.cloud.previews() {
        return session.dry_run_links(operation, &id, &parameters).await;
    }
    session.ready(operation)?;

    let id = session.resolve(id, args.which.wait.wait).await?;
    let mut options = Options::new(&args.dir);
    options.overwrite = args.overwrite;
    options.accept_unverified = args.accept_unverified;
    options.network = match args.network {
        NetworkWord::Auto => NetworkChoice::Auto,
        NetworkWord::Internal => NetworkChoice::Internal,
        NetworkWord::Public => NetworkChoice::Public,
    };
    options.files = args.files;
    options.connections = args.connections;
    options.piece = args.piece;
    options.sync = !args.no_fsync;
    if let Some(attempts) = session.attempts {
        options.retry = options.retry.max_attempts(attempts);
    }
    let mut progress = Progress::new(args.progress, output);
    let pulled = download::pull(&session.cloud, &id, &options, own, &mut |event| progress.event(event)).await;
    progress.finish();
    match pulled {
        Ok(manifest) => {
            print(&manifest, output)?;
            Ok(Exit::Done)
        }
        Err(error) => {
            let PullError { kind, manifest, .. } = &error;
            let told = matches!(kind, PullErrorKind::Partial | PullErrorKind::Verification);
            if told || !manifest.files.is_empty() {
                print(manifest, output)?;
            }
            Err(session.doubting(failure(error).of(operation.name)))
        }
    }
}

/// What kept files from arriving, with its exit code and what to do next.
fn failure(error: PullError) -> Failure {
    let PullError { kind, message, manifest, cause, .. } = error;
    if let (PullErrorKind::Api, Some(cause)) = (kind, cause) {
        return Failure::from(*cause);
    }
    let (exit, kind, advice) = match kind {
        PullErrorKind::NoLinks => {
            (Exit::Other, "no-links", "`rdbfetch call` shows the answer as it was received.")
        }
        PullErrorKind::Exists => (Exit::Disk, "exists", ""),
        PullErrorKind::Busy => (Exit::Disk, "busy", "Wait for the other download, or choose another --dir."),
        PullErrorKind::Disk => {
            (Exit::Disk, "disk", "Check the free space and the permissions of the folder.")
        }
        PullErrorKind::Network => {
            (Exit::Network, "network", "Check the network and try again: it goes on where it was.")
        }
        PullErrorKind::Refused => {
            let status = manifest.failed.iter().find_map(|file| file.http_status);
            let fresh = "The storage refused fresh links; they may work from certain networks only.";
            match status {
                Some(401 | 403) => (Exit::Auth, "denied", fresh),
                Some(404 | 410) => (Exit::NotFound, "not-found", fresh),
                Some(429 | 500..) => (Exit::Network, "server", "Try again later: it goes on where it was."),
                _ => (
                    Exit::Network,
                    "server",
                    "Something on the way may alter answers; try another --network.",
                ),
            }
        }
        PullErrorKind::Verification => (
            Exit::Verification,
            "verification",
            "Try again; --accept-unverified takes files that are complete but cannot be verified.",
        ),
        PullErrorKind::Partial => {
            (Exit::Partial, "partial", "The files that are there are verified; --overwrite gets all again.")
        }
        _ => (Exit::Other, "other", ""),
    };
    let failure = Failure::new(exit, kind, message);
    if advice.is_empty() { failure } else { failure.advise(advice) }
}

fn print(manifest: &Manifest, output: Output) -> Result<(), Failure> {
    let failed = manifest.failed.iter().map(|file| Missing {
        index: file.index,
        name: file.name.as_deref(),
        kind: file.kind,
        http_status: file.http_status,
        problem: &file.problem,
    });
    let pulled = Pulled {
        service: &manifest.service,
        instance: &manifest.instance,
        backup: &manifest.backup,
        files: manifest.files.iter().map(File::from).collect(),
        failed: failed.collect(),
    };
    output.object(&pulled, || {
        let row = |file: &FileEntry| {
            let version = or_dash(file.rdb.version);
            vec![file.path.clone(), size(file.size), version, file.verdict.to_string()]
        };
        table(&["path", "size", "rdb", "verdict"], manifest.files.iter().map(row))
    })
}

impl<'a> From<&'a FileEntry> for File<'a> {
    fn from(file: &'a FileEntry) -> Self {
        Self {
            name: file.name.as_deref(),
            path: &file.path,
            size: file.size,
            sha256: &file.sha256,
            rdb: Rdb { version: file.rdb.version, checksum: file.rdb.checksum.as_str() },
        }
    }
}
