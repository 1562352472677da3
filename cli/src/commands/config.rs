//! `rdbfetch config`

use rdbfetch::Origins;
use rdbfetch::metadata::ServiceMetadata;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{ConfigCommand, ConfigShow};
use crate::config;
use crate::exit::{Exit, Failure};
use crate::output::{Output, or_dash, table};
use crate::target::Target;

/// What stands for a secret that there is.
const SET: &str = "set";

/// A value that calls are made with.
#[derive(Serialize, JsonSchema)]
pub struct Row {
    /// What it is called.
    name: String,
    /// The value; of a secret only `set`, null where there is none.
    value: Option<String>,
    /// Which option, variable, file or command it comes from.
    origin: Option<String>,
}

/// Where the configuration file is looked for.
#[derive(Serialize, JsonSchema)]
pub struct Place {
    /// The file; null where this machine has no place for it.
    path: Option<String>,
    /// Whether it is there.
    exists: bool,
}

/// Shows the configuration.
pub fn run(command: ConfigCommand, output: Output) -> Result<Exit, Failure> {
    match command {
        ConfigCommand::Show(args) => show(&args, output),
        ConfigCommand::Path => {
            let path = config::path();
            let exists = path.as_ref().is_some_and(|path| path.exists());
            let path = path.map(|path| path.display().to_string());
            output.object(&Place { path: path.clone(), exists }, || or_dash(path))?;
            Ok(Exit::Done)
        }
    }
}

fn show(args: &ConfigShow, output: Output) -> Result<Exit, Failure> {
    let cloud = &args.cloud;
    let idle =
        [(cloud.emulator, "--emulator"), (!cloud.params.is_empty(), "--param"), (cloud.dry_run, "--dry-run")];
    if let Some((_, flag)) = idle.into_iter().find(|(given, _)| *given) {
        return Err(Failure::usage(format!("{flag} does nothing here: nothing is called. Leave it out.")));
    }
    let service = super::service(&args.service)?;
    let target = Target::new(service, cloud)?;
    for warning in target.all_warnings() {
        output.remark(&format!("warning: {warning}"));
    }
    let rows = rows(service, &target);
    // What is wrong with it is told here as it is everywhere.
    let client = target.builder.build()?;
    let rows = with_endpoint(rows, service, &client);
    output.list_as(&rows, || {
        let heads: &[&str] = if args.origin { &["name", "value", "origin"] } else { &["name", "value"] };
        let cells = |row: &Row| {
            let mut cells = vec![row.name.clone(), or_dash(row.value.as_ref())];
            cells.extend(args.origin.then(|| or_dash(row.origin.as_ref())));
            cells
        };
        table(heads, rows.iter().map(cells))
    })?;
    Ok(Exit::Done)
}

/// The library's values, with those that were said here in their places.
fn rows(service: &ServiceMetadata, target: &Target) -> Vec<Row> {
    let origins: Origins = target.builder.origins();
    let told = |name: &str| target.told.iter().find(|(told, ..)| told == name);
    let mut rows: Vec<Row> = origins
        .values()
        .iter()
        .map(|value| {
            let shown = if value.secret { value.set.then(|| SET.to_owned()) } else { value.value.clone() };
            let origin = value.origin.as_ref().map(ToString::to_string);
            let origin = told(&value.name).map(|(_, _, origin)| origin.clone()).or(origin);
            Row { name: value.name.clone(), value: shown, origin }
        })
        .collect();
    let default = Some(service.service.auth.default).filter(|name| !name.is_empty());
    for (name, default) in [
        ("profile", None),
        ("signature", default),
        ("http_method", None),
        ("timeout", Some("60s")),
        ("connect_timeout", Some("10s")),
        ("retries", Some("2")),
    ] {
        let told = told(name).map(|(_, value, origin)| (value.clone(), origin.clone()));
        let profile = || (name == "profile").then(|| profile_of(&origins)).flatten();
        let default = default.map(|value| (value.to_owned(), rdbfetch::Origin::Default.to_string()));
        let (value, origin) = told.or_else(profile).or(default).unzip();
        rows.push(Row { name: name.to_owned(), value, origin });
    }
    rows
}

/// The profile that a tool of the vendor would use by itself, where the keys come from there.
fn profile_of(origins: &Origins) -> Option<(String, String)> {
    match origins.get("access_key")?.origin.as_ref()? {
        rdbfetch::Origin::File { tool: Some(tool), profile: Some(profile), .. } => {
            Some((profile.clone(), format!("what {tool} uses")))
        }
        _ => None,
    }
}

/// The documented endpoint, where nobody says another one and the settings are enough to know it.
fn with_endpoint(mut rows: Vec<Row>, service: &ServiceMetadata, client: &rdbfetch::Cloud) -> Vec<Row> {
    let operation = service.service.operations.first();
    let documented = || client.endpoint(operation?).ok();
    if let Some(row) = rows.iter_mut().find(|row| row.name == "endpoint" && row.value.is_none()) {
        row.value = documented();
        row.origin = row.value.as_ref().map(|_| rdbfetch::Origin::Default.to_string());
    }
    rows
}
