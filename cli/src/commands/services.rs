//! `rdbfetch services`

use rdbfetch::metadata;
use serde::Serialize;

use crate::exit::{Exit, Failure};
use crate::output::{Output, Row};

#[derive(Serialize)]
struct Service {
    service: &'static str,
    title: &'static str,
    operations: Vec<&'static str>,
}

impl Row for Service {
    const HEADS: &'static [&'static str] = &["service", "title", "operations"];

    fn cells(&self) -> Vec<String> {
        vec![self.service.to_owned(), self.title.to_owned(), self.operations.join("\n")]
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
