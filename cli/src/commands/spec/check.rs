//! `rdbfetch spec check`

use std::io::{ErrorKind, Write};
use std::path::Path;

use rdbfetch_codegen::{Checked, Folder, Located};
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{Report, SpecCheck};
use crate::exit::{Exit, Failure};
use crate::output::{Format, Output};

/// A problem as editors read it.
#[derive(JsonSchema, Serialize)]
pub struct Problem<'a> {
    /// The file.
    file: &'a str,
    /// The line, from 1.
    line: usize,
    /// The column, from 1, in characters.
    column: usize,
    /// The line where it ends.
    end_line: usize,
    /// The column behind its end.
    end_column: usize,
    /// How bad it is: always `error`.
    severity: &'static str,
    /// What is wrong.
    message: &'a str,
    /// What to do about it.
    help: Option<&'a str>,
}

impl<'a> From<&'a Located> for Problem<'a> {
    fn from(located: &'a Located) -> Self {
        let Located { problem, start, end, .. } = located;
        Self {
            file: &problem.file,
            line: start.0,
            column: start.1,
            end_line: end.0,
            end_column: end.1,
            severity: "error",
            message: &problem.message,
            help: problem.help.as_deref(),
        }
    }
}

/// Checks specs. Programs get the problems on stdout, people on stderr; who did not say what they are gets both.
pub async fn run(args: SpecCheck, mut output: Output) -> Result<Exit, Failure> {
    match (args.format, output.chosen.then_some(output.format)) {
        (Some(Report::Text), Some(Format::Json | Format::Jsonl | Format::Tsv))
        | (Some(Report::Json), Some(Format::Table | Format::Jsonl | Format::Tsv)) => {
            return Err(Failure::usage("--format and --output ask for different things; say one of them."));
        }
        (Some(Report::Text), _) => (output.format, output.chosen) = (Format::Table, true),
        (Some(Report::Json), _) => (output.format, output.chosen) = (Format::Json, true),
        (None, _) => {}
    }
    let work = tokio::task::spawn_blocking(move || {
        let path = args.folder.as_path();
        let path = if path.is_file() { path.parent().unwrap_or(path) } else { path };
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let folder = Folder::read(path).map_err(|error| {
            let why = match error.kind() {
                ErrorKind::NotFound => "there is no such folder".to_owned(),
                _ => error.to_string(),
            };
            Failure::usage(format!("{} cannot be checked: {why}.", args.folder.display()))
        })?;
        Ok::<_, Failure>(folder.check())
    });
    let checked =
        work.await.map_err(|error| Failure::new(Exit::Other, "other", format!("spec check: {error}")))??;

    let asked = output.query.is_some();
    let programs = output.format.machine() || asked;
    let people = !(programs && (output.chosen || asked));
    match checked {
        Ok(checked) if programs => {
            output.list_as(&[] as &[Problem<'_>], String::new)?;
            if people {
                output.remark(&summary(checked));
            }
            Ok(Exit::Done)
        }
        Ok(checked) => {
            crate::output::write(&summary(checked))?;
            Ok(Exit::Done)
        }
        Err(failure) => {
            if people {
                // Colours where the terminal has them and nobody objects. Whoever closed stderr does not want to know.
                let _ = anstream::stderr().write_all(failure.styled().as_bytes());
            }
            if programs {
                let located = failure.located();
                output.list_as(&located.iter().map(Problem::from).collect::<Vec<_>>(), String::new)?;
            }
            if people {
                return Ok(Exit::Other);
            }
            let files = failure.files();
            let message =
                format!("{} in {}.", count(failure.problems.len(), "problem"), count(files, "file"));
            Err(Failure::new(Exit::Other, "spec", message))
        }
    }
}

fn summary(checked: Checked) -> String {
    let Checked { services, operations, vectors, examples } = checked;
    let counts =
        [(services, "service"), (operations, "operation"), (vectors, "vector"), (examples, "example")];
    let counts: Vec<String> = counts.iter().map(|(number, what)| count(*number, what)).collect();
    format!("{}: no problems", counts.join(", "))
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
