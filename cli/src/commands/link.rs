//! `rdbfetch link`

use rdbfetch::place::Field;
use rdbfetch::{BackupFile, BackupId, BackupLinks, Question, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Link;
use crate::exit::{Exit, Failure};
use crate::output::{Output, or_dash, pairs};
use crate::parameters::Given;
use crate::session::Session;
use crate::text::size;

/// The links of a backup.
#[derive(JsonSchema, Serialize)]
pub struct Links<'a> {
    /// The service.
    service: &'static str,
    /// The operation that gave the links.
    operation: &'static str,
    /// The instance.
    instance: &'a str,
    /// The backup.
    backup: &'a str,
    /// What the vendor's support asks for.
    request_id: Option<&'a str>,
    /// A link for each file.
    links: Vec<File<'a>>,
}

/// A file of a backup.
#[derive(JsonSchema, Serialize)]
struct File<'a> {
    /// Its name, where the service has one.
    name: Option<&'a str>,
    /// Its size in bytes.
    size: Option<u64>,
    /// The link over the public network, byte for byte as the service sent it. A secret while it lives.
    public_url: Option<&'a str>,
    /// The link over the vendor's own network. A secret while it lives.
    internal_url: Option<&'a str>,
    /// When the links end, RFC 3339 in UTC.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    expires_at: Option<Timestamp>,
}

/// Prints the links of a backup.
pub async fn run(args: &Link, output: Output) -> Result<Exit, Failure> {
    let service = super::service(&args.which.service)?;
    let session = Session::open(service, &args.cloud, output).await?;
    let id = session.backup_id(args.which.instance.as_deref(), args.which.backup.as_deref())?;
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
    let (id, _) = session.resolve(id, args.which.wait.wait).await?;
    let links = session.cloud.backup_links_with(&id, own).await.map_err(session.failed(operation))?;
    print(service.service.name, &id, &links, output)?;
    Ok(Exit::Done)
}

fn print(service: &'static str, id: &BackupId, links: &BackupLinks, output: Output) -> Result<(), Failure> {
    let links = Links {
        service,
        operation: links.operation,
        instance: &id.instance,
        backup: &id.backup,
        request_id: links.request_id.as_deref(),
        links: links.files.iter().map(File::from).collect(),
    };
    output.object(&links, || {
        let mut parts = vec![pairs(&[
            ("service", links.service.to_owned()),
            ("instance", links.instance.to_owned()),
            ("backup", links.backup.to_owned()),
            ("request id", or_dash(links.request_id)),
        ])];
        parts.extend(links.links.iter().map(File::record));
        parts.join("\n\n")
    })
}

impl<'a> From<&'a BackupFile> for File<'a> {
    fn from(file: &'a BackupFile) -> Self {
        Self {
            name: file.name.as_deref(),
            size: file.size,
            public_url: file.public_url.as_ref().map(rdbfetch::Link::expose),
            internal_url: file.internal_url.as_ref().map(rdbfetch::Link::expose),
            expires_at: file.expires_at,
        }
    }
}

impl File<'_> {
    /// The file for people: each link on a line of its own, so that it can be copied.
    fn record(&self) -> String {
        pairs(&[
            ("name", or_dash(self.name)),
            ("size", or_dash(self.size.map(size))),
            ("expires at", or_dash(self.expires_at)),
            ("public", or_dash(self.public_url)),
            ("internal", or_dash(self.internal_url)),
        ])
    }
}
