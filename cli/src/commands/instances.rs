//! `rdbfetch instances`

use rdbfetch::Instance;
use rdbfetch::service::Operation;
use rdbfetch::value::Parameters;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::args::Instances;
use crate::exit::{Exit, Failure};
use crate::output::{Output, Row, or_dash};
use crate::parameters::Given;
use crate::schemas::members;
use crate::session::Session;

/// An instance.
#[derive(JsonSchema, Serialize)]
pub struct Listed {
    /// The service.
    service: &'static str,
    /// The region; null where the service has none.
    region: Option<String>,
    /// The id of the instance, for --instance.
    instance: String,
    /// The name that it was given.
    name: Option<String>,
    /// How it is.
    #[schemars(extend("enum" = ["creating", "running", "changing", "stopped", "failed", "deleting", "unknown"]))]
    state: &'static str,
    /// What kind it is: one data set, or sharded.
    #[schemars(extend("enum" = ["standalone", "cluster", "unknown"]))]
    kind: &'static str,
    /// The zone.
    zone: Option<String>,
    /// The vendor's own word for the state.
    vendor_state: Option<String>,
    /// The vendor's own word for the kind.
    vendor_kind: Option<String>,
}

impl Row for Listed {
    const HEADS: &'static [&'static str] = &["instance", "name", "region", "state", "kind"];

    fn cells(&self) -> Vec<String> {
        let word = |ours: &str, vendors: &Option<String>| match vendors {
            Some(word) if ours == "unknown" => format!("unknown ({word})"),
            _ => ours.to_owned(),
        };
        vec![
            self.instance.clone(),
            or_dash(self.name.as_ref()),
            or_dash(self.region.as_ref()),
            word(self.state, &self.vendor_state),
            word(self.kind, &self.vendor_kind),
        ]
    }

    fn members() -> Vec<String> {
        members::<Self>()
    }
}

impl Listed {
    fn new(service: &'static str, instance: Instance) -> Self {
        Self {
            service,
            state: instance.state.as_str(),
            kind: instance.kind.as_str(),
            region: instance.region,
            instance: instance.instance,
            name: instance.name,
            zone: instance.zone,
            vendor_state: instance.vendor_state,
            vendor_kind: instance.vendor_kind,
        }
    }
}

/// Lists the instances of an account.
pub async fn run(args: &Instances, output: Output) -> Result<Exit, Failure> {
    let service = super::service(&args.service)?;
    let session = Session::open(service, &args.cloud, output).await?;
    let operation = session.uniform("instances", Operation::lists_instances)?;
    let given = Given::read(operation, Vec::new(), &args.cloud.params);
    let own = given.own();
    let parameters = given.and(operation.instances, &[]).check(|_| false)?;
    if args.cloud.previews() {
        return session.dry_run(operation, &parameters, None);
    }
    session.ready(operation)?;
    if args.all_regions {
        return all(&session, own, output).await;
    }
    let listed = list(&session, own).await.map_err(session.failed(operation))?;
    output.list(&listed)?;
    Ok(Exit::Done)
}

async fn list(session: &Session, parameters: Parameters) -> Result<Vec<Listed>, rdbfetch::Error> {
    let instances = session.cloud.list_instances(parameters)?.collect().await?;
    let service = session.service.service.name;
    Ok(instances.into_iter().map(|instance| Listed::new(service, instance)).collect())
}

/// Asks region by region, and lists what those say that answer.
async fn all(session: &Session, own: Parameters, output: Output) -> Result<Exit, Failure> {
    let operation = session.uniform("instances", Operation::lists_instances)?;
    let parameter = operation.parameters.iter().find(|parameter| parameter.from == Some("region"));
    let Some(parameter) = parameter else {
        let name = operation.name;
        return Err(Failure::usage(format!(
            "--all-regions does nothing here: {name} is not asked by region. Leave it out."
        )));
    };
    let (regions, told) = regions(session, output).await?;
    let (mut listed, mut failed) = (Vec::<Listed>::new(), Vec::new());
    for region in &regions {
        let mut parameters = own.clone();
        parameters.push((parameter.name, json!(region)));
        match list(session, parameters).await {
            Ok(rows) if told => listed.extend(rows),
            // Documents may have two codes for one region.
            Ok(mut rows) => {
                rows.retain(|row| listed.iter().all(|known| known.instance != row.instance));
                listed.append(&mut rows);
            }
            Err(error) => {
                output.remark(&format!("warning: {region}: {error}"));
                failed.push((region.as_str(), error));
            }
        }
    }
    output.list(&listed)?;
    let names: Vec<&str> = failed.iter().map(|(region, _)| *region).collect();
    let names = names.join(", ");
    match failed.into_iter().next() {
        None => Ok(Exit::Done),
        Some((_, error)) if listed.is_empty() => Err(session.failed(operation)(error)),
        Some((_, error)) => {
            let message = format!(
                "{} of {} regions could not be asked: {names}. The first said: {error}",
                names.split(", ").count(),
                regions.len()
            );
            Err(Failure::new(Exit::Partial, "partial", message).of(operation.name))
        }
    }
}

/// The regions, and whether the service told of them; else they are those that its documents name.
pub async fn regions(session: &Session, output: Output) -> Result<(Vec<String>, bool), Failure> {
    let telling = session.uniform("regions", |operation| operation.regions);
    let known = session.service.known_values("region");
    if telling.is_err() && !known.is_empty() {
        output.remark("note: no operation lists regions; those are asked that the documents name.");
        return Ok((known.iter().map(|(region, _)| (*region).to_owned()).collect(), false));
    }
    let regions = session.cloud.regions().await.map_err(session.failed(telling?))?;
    Ok((regions.into_iter().map(|region| region.region).collect(), true))
}
