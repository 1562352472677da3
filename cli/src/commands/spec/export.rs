//! `rdbfetch spec export`

use rdbfetch_spec_tools::diff::{Source, SourceError};
use rdbfetch_spec_tools::openapi;

use super::diff::show;
use crate::args::{Exported, SpecExport};
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Writes a service in a format of other tools.
pub async fn run(args: SpecExport, output: Output) -> Result<Exit, Failure> {
    let work = tokio::task::spawn_blocking(move || (Source::of(&args.folder).read(), args));
    let (read, args) =
        work.await.map_err(|error| Failure::new(Exit::Other, "other", format!("spec export: {error}")))?;
    let specs = read.map_err(|error| match error {
        SourceError::Missing(why) => Failure::usage(format!("{why}.")),
        SourceError::Wrong(failure) => {
            show(&failure);
            Failure::new(Exit::Other, "spec", format!("The specs of {} have problems.", args.folder))
        }
    })?;
    let [service] = specs.services.as_slice() else {
        let names: Vec<&str> = specs.services.iter().map(|service| service.name.as_str()).collect();
        let names = names.join(", ");
        return Err(Failure::usage(format!("A document is about one service; {} has {names}.", args.folder)));
    };
    let document = match args.format {
        Exported::Openapi => openapi::document(service),
    };
    output.json(&document)?;
    Ok(Exit::Done)
}
