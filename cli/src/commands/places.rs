//! `rdbfetch regions` and `rdbfetch projects`

use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Places;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Row, or_dash};
use crate::parameters::Given;
use crate::schemas::members;
use crate::session::Session;

/// A region.
#[derive(JsonSchema, Serialize)]
pub struct Region {
    /// The service.
    service: &'static str,
    /// Its code, for --region.
    region: String,
    /// The name for people.
    name: Option<String>,
}

impl Row for Region {
    const HEADS: &'static [&'static str] = &["region", "name"];

    fn cells(&self) -> Vec<String> {
        vec![self.region.clone(), or_dash(self.name.as_ref())]
    }

    fn members() -> Vec<String> {
        members::<Self>()
    }
}

/// A project.
#[derive(JsonSchema, Serialize)]
pub struct Project {
    /// The service.
    service: &'static str,
    /// Its id, for --project.
    project: String,
    /// The name for people.
    name: Option<String>,
    /// Whether it is the one that is taken where none is named; null where the service does not say.
    default: Option<bool>,
}

impl Row for Project {
    const HEADS: &'static [&'static str] = &["project", "name", "default"];

    fn cells(&self) -> Vec<String> {
        let default = self.default.map(|default| if default { "yes" } else { "no" });
        vec![self.project.clone(), or_dash(self.name.as_ref()), or_dash(default)]
    }

    fn members() -> Vec<String> {
        members::<Self>()
    }
}

/// Lists the regions that a service tells of.
pub async fn regions(args: &Places, output: Output) -> Result<Exit, Failure> {
    let service = super::service(&args.service)?;
    let session = Session::open(service, &args.cloud, output).await?;
    if service.service.operations.iter().all(|operation| operation.regions.is_empty()) {
        let known = service.known_values("region");
        if known.is_empty() {
            return session.uniform("regions", |_| &[]).map(|_| Exit::Done);
        }
        output.remark("note: no operation lists regions; these are those that the documents name.");
        let name = service.service.name;
        let row = |(code, doc): &(&'static str, &'static str)| Region {
            service: name,
            region: (*code).to_owned(),
            name: Some((*doc).to_owned()).filter(|doc| !doc.is_empty()),
        };
        output.list(&known.iter().map(row).collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    let operation = session.uniform("regions", |operation| operation.regions)?;
    let given = Given::read(operation, Vec::new(), &args.cloud.params);
    let own = given.own();
    let parameters = given.and(operation.regions, &[]).check(|_| false)?;
    if args.cloud.previews() {
        return session.dry_run(operation, &parameters, None);
    }
    session.ready(operation)?;
    let regions = session.cloud.regions_with(own).await.map_err(session.failed(operation))?;
    let service = service.service.name;
    let rows = regions.into_iter().map(|one| Region { service, region: one.region, name: one.name });
    output.list(&rows.collect::<Vec<_>>())?;
    Ok(Exit::Done)
}

/// Lists the projects of an account.
pub async fn projects(args: &Places, output: Output) -> Result<Exit, Failure> {
    let service = super::service(&args.service)?;
    let session = Session::open(service, &args.cloud, output).await?;
    let operation = session.uniform("projects", |operation| operation.projects)?;
    let given = Given::read(operation, Vec::new(), &args.cloud.params);
    let own = given.own();
    let parameters = given.and(operation.projects, &[]).check(|_| false)?;
    if args.cloud.previews() {
        return session.dry_run(operation, &parameters, None);
    }
    session.ready(operation)?;
    let projects = session.cloud.projects_with(own).await.map_err(session.failed(operation))?;
    let service = service.service.name;
    let row = |one: rdbfetch::Project| Project {
        service,
        project: one.project,
        name: one.name,
        default: one.default,
    };
    output.list(&projects.into_iter().map(row).collect::<Vec<_>>())?;
    Ok(Exit::Done)
}
