//! `rdbfetch services`

use rdbfetch::metadata;
use schemars::JsonSchema;
use serde::Serialize;

use crate::exit::{Exit, Failure};
use crate::output::{Output, Row};
use crate::schemas::members;

/// A supported service.
#[derive(JsonSchema, Serialize)]
pub struct Service {
    /// Its name on the command line.
    service: &'static str,
    /// Its name for people.
    title: &'static str,
    /// The names of its operations.
    operations: Vec<&'static str>,
}

impl Row for Service {
    const HEADS: &'static [&'static str] = &["service", "title", "operations"];

    fn cells(&self) -> Vec<String> {
        vec![self.service.to_owned(), self.title.to_owned(), self.operations.join("\n")]
    }

    fn members() -> Vec<String> {
        members::<Self>()
    }
}

/// Lists what is supported.
pub fn run(output: Output) -> Result<Exit, Failure> {
    let services = metadata::services().iter().map(|metadata| Service {
        service: metadata.service.name,
        title: metadata.service.title,
        operations: metadata.operations.iter().map(|metadata| metadata.operation.name).collect(),
    });
    output.list(&services.collect::<Vec<_>>())?;
    Ok(Exit::Done)
}
