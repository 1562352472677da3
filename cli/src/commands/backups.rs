//! `rdbfetch backups`

use rdbfetch::place::Field;
use rdbfetch::{Backup, Question, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Backups;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Row, or_dash};
use crate::parameters::Given;
use crate::schemas::members;
use crate::session::Session;
use crate::text::size;

/// A backup.
#[derive(JsonSchema, Serialize)]
pub struct Listed<'a> {
    /// The service.
    service: &'static str,
    /// The region that was asked; null where the service has none.
    region: Option<&'a str>,
    /// The instance.
    instance: &'a str,
    /// The id of the backup, for --backup.
    backup: &'a str,
    /// When it was made, RFC 3339 in UTC.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    created_at: Option<Timestamp>,
    /// Its size in bytes; null where the service does not say.
    size: Option<u64>,
    /// How far it is.
    #[schemars(extend("enum" = ["running", "finished", "failed", "expired", "unknown"]))]
    state: String,
    /// Who asked for it.
    #[schemars(extend("enum" = ["manual", "automatic", "unknown"]))]
    kind: String,
    /// The name or remark that it was given.
    name: Option<&'a str>,
    /// The vendor's own word for the state.
    vendor_state: Option<&'a str>,
}

impl Row for Listed<'_> {
    const HEADS: &'static [&'static str] = &["backup", "created at", "size", "state", "kind"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.backup.to_owned(),
            or_dash(self.created_at),
            or_dash(self.size.map(size)),
            self.state.clone(),
            self.kind.clone(),
        ]
    }

    fn members() -> Vec<String> {
        members::<Self>()
    }
}

/// Lists the backups of an instance.
pub async fn run(args: &Backups, output: Output) -> Result<Exit, Failure> {
    let service = super::service(&args.service)?;
    let session = Session::open(service, &args.cloud, output).await?;
    let instance = session.instance(args.instance.as_deref())?;
    session.know(&instance, &args.known);
    let operation = session
        .about(
            &instance,
            Question::Backups,
            args.cloud.previews(),
            &[(Field::Instance, &instance)],
            &args.cloud.params,
        )
        .await?;
    let given = Given::read(operation, Vec::new(), &args.cloud.params);
    let own = given.own();
    let parameters = session.check_backups(operation, &instance, given)?;
    if args.cloud.previews() {
        return session.dry_run(operation, &parameters, None);
    }
    session.ready(operation)?;

    let backups = session.cloud.backups_with(&instance, own).await.map_err(session.failed(operation))?;
    let region = session.cloud.setting("region");
    let listed: Vec<Listed<'_>> =
        backups.iter().map(|backup| row(session.service.service.name, region, backup)).collect();
    output.list(&listed)?;
    Ok(Exit::Done)
}

fn row<'a>(service: &'static str, region: Option<&'a str>, backup: &'a Backup) -> Listed<'a> {
    Listed {
        service,
        region,
        instance: &backup.instance,
        backup: &backup.backup,
        created_at: backup.created_at,
        size: backup.size,
        state: word(&backup.state),
        kind: word(&backup.kind),
        name: backup.name.as_deref(),
        vendor_state: backup.vendor_state.as_deref(),
    }
}

/// The word that the model itself uses.
fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or("unknown").to_owned()
}
