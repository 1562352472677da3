//! `rdbfetch schema`

use serde_json::{Map, Value};

use crate::args::Schema;
use crate::exit::{Exit, Failure};
use crate::output::{Output, table};
use crate::schemas::{self, ALL};

/// Prints the schema of a command's JSON, or all of them by name.
pub fn run(args: &Schema, output: Output) -> Result<Exit, Failure> {
    if args.command.is_empty() {
        let all: Map<String, Value> =
            ALL.iter().map(|document| (document.name.to_owned(), document.schema())).collect();
        output.object(&all, || {
            table(
                &["name", "what it is"],
                ALL.iter().map(|one| vec![one.name.to_owned(), one.title.to_owned()]),
            )
        })?;
        return Ok(Exit::Done);
    }
    let name = args.command.join("-");
    let document = schemas::find(&name).ok_or_else(|| {
        let names: Vec<&str> = ALL.iter().map(|document| document.name).collect();
        super::unknown("schema", &name, &names, "")
    })?;
    output.json(&document.schema())?;
    Ok(Exit::Done)
}
