//! `rdbfetch spec diff`

use std::io::Write;
use std::path::Path;

use rdbfetch_spec_tools::diff::{
    Bump, Change, Effect, Report, Source, SourceError, Specs, Version, diff, file_at, needed,
};
use schemars::JsonSchema;
use serde::Serialize;
use toml::de::DeTable;

use crate::args::{self, Gravity, SpecDiff};
use crate::exit::{Exit, Failure};
use crate::output::{Format, Output};

/// What a change of specs means.
#[derive(JsonSchema, Serialize)]
pub struct Told<'a> {
    /// How many differences break code.
    breaking: usize,
    /// How many leave code right.
    compatible: usize,
    /// How many only readers notice.
    documentation: usize,
    /// Whether the version says so, where that was asked.
    version: Option<Judged>,
    /// The differences, the gravest first.
    changes: Vec<Difference<'a>>,
}

/// Whether a version says what changed.
#[derive(JsonSchema, Serialize)]
struct Judged {
    /// The version before.
    old: String,
    /// The version now.
    new: String,
    /// The lowest that would do.
    needed: String,
    /// Whether it suffices.
    suffices: bool,
}

/// A difference.
#[derive(JsonSchema, Serialize)]
struct Difference<'a> {
    /// What kind of difference it is: a name that stays the same.
    rule: &'a str,
    /// What it means for code: breaking, compatible or documentation.
    effect: &'static str,
    /// Whether the public items of the generated code differ.
    code: bool,
    /// What is different on the wire.
    wire: Option<&'a str>,
    /// The service's folder.
    service: &'a str,
    /// The operation, where only one is concerned.
    operation: Option<&'a str>,
    /// What is different.
    subject: &'a str,
    /// The file of the new specs, or of the old ones where the new ones no longer have it.
    file: &'a str,
    /// The line, from 1.
    line: usize,
    /// The column, from 1, in characters.
    column: usize,
    /// Whether the place is in the old specs.
    in_old: bool,
    /// What was said before.
    old: Option<&'a str>,
    /// What is said now.
    new: Option<&'a str>,
    /// Why it has this effect.
    why: &'a str,
}

impl<'a> From<&'a Change> for Difference<'a> {
    fn from(change: &'a Change) -> Self {
        Self {
            rule: &change.rule,
            effect: change.effect.word(),
            code: change.code,
            wire: change.wire.as_deref(),
            service: &change.service,
            operation: change.operation.as_deref(),
            subject: &change.subject,
            file: &change.file,
            line: change.line,
            column: change.column,
            in_old: change.in_old,
            old: change.old.as_deref(),
            new: change.new.as_deref(),
            why: &change.why,
        }
    }
}

/// Tells what a change of specs means.
pub async fn run(args: SpecDiff, mut output: Output) -> Result<Exit, Failure> {
    match (args.format, output.chosen.then_some(output.format)) {
        (Some(args::Told::Text | args::Told::Markdown), Some(Format::Json | Format::Jsonl | Format::Tsv))
        | (Some(args::Told::Json), Some(Format::Table | Format::Jsonl | Format::Tsv)) => {
            return Err(Failure::usage("--format and --output ask for different things; say one of them."));
        }
        (Some(args::Told::Json), _) => output.format = Format::Json,
        (Some(_), _) => output.format = Format::Table,
        (None, _) => {}
    }
    let work = tokio::task::spawn_blocking(move || {
        let (old, new) = (Source::of(&args.old), Source::of(&args.new));
        for (source, argument) in [(&old, &args.old), (&new, &args.new)] {
            if source.hides_revision() {
                output.remark(&format!(
                    "{argument} is a folder and a revision; the folder is taken. {argument}:specs names the revision's."
                ));
            }
        }
        let report = match (old.read(), new.read()) {
            (Ok(old), Ok(new)) => diff(&old, &new),
            (before, after) => {
                return Err(unreadable([("OLD", &args.old, before), ("NEW", &args.new, after)]));
            }
        };
        let version = match &args.against_version {
            Some(versions) => match versions.as_slice() {
                [old, new] => Some(judged(&report, old, new)?),
                _ => None,
            },
            None if args.bump => Some(judged(&report, &version(&old)?, &version(&new)?)?),
            None => None,
        };
        Ok::<_, Failure>((args, report, version))
    });
    let (args, report, version) =
        work.await.map_err(|error| Failure::new(Exit::Other, "other", format!("spec diff: {error}")))??;
    tell(&args, &report, version, &output)
}

fn tell(args: &SpecDiff, report: &Report, version: Option<Judged>, output: &Output) -> Result<Exit, Failure> {
    let lacking = version.as_ref().filter(|judged| !judged.suffices).map(|judged| {
        let Judged { old, new, needed, .. } = judged;
        format!("The version goes from {old} to {new}; these differences need {needed} at least.")
    });
    let suffices = version.as_ref().map(|Judged { old, new, suffices, .. }| {
        let word = if *suffices { "says" } else { "does not say" };
        format!("Going from version {old} to {new} {word} what changed.")
    });
    let told = Told {
        breaking: report.count(Effect::Breaking),
        compatible: report.count(Effect::Compatible),
        documentation: report.count(Effect::Documentation),
        version,
        changes: report.changes.iter().map(Difference::from).collect(),
    };
    output.object(&told, || {
        let markdown = args.format == Some(args::Told::Markdown);
        let mut text = if markdown { report.markdown().trim_end().to_owned() } else { report.text() };
        if let Some(suffices) = suffices {
            text.push_str(if markdown { "\n\n" } else { "\n" });
            text.push_str(&suffices);
        }
        text
    })?;
    if let Some(message) = lacking {
        return Err(Failure::new(Exit::Other, "version", message));
    }
    let limit = args.fail_on.map(|gravity| match gravity {
        Gravity::Breaking => Effect::Breaking,
        Gravity::Compatible => Effect::Compatible,
        Gravity::Any => Effect::Documentation,
    });
    match (limit, report.gravest()) {
        (Some(limit), Some(gravest)) if gravest <= limit => {
            let message = format!("There are such differences: {}.", report.summary());
            Err(Failure::new(Exit::Other, "spec", message))
        }
        _ => Ok(Exit::Done),
    }
}

/// Why there is nothing to compare: of each side that cannot be read.
fn unreadable(sides: [(&str, &String, Result<Specs, SourceError>); 2]) -> Failure {
    let mut missing = Vec::new();
    let mut wrong = Vec::new();
    for (side, argument, read) in sides {
        match read {
            Ok(_) => {}
            Err(SourceError::Missing(why)) => missing.push(format!("{side}: {why}.")),
            Err(SourceError::Wrong(failure)) => {
                show(&failure);
                wrong.push(format!("The specs of {side}, {argument}, have problems."));
            }
        }
    }
    if missing.is_empty() {
        return Failure::new(Exit::Other, "spec", wrong.join(" "));
    }
    missing.extend(wrong);
    Failure::usage(missing.join(" "))
}

/// Shows problems of specs as compilers do.
pub(super) fn show(failure: &rdbfetch_codegen::Failure) {
    // Whoever closed stderr does not want to know.
    let _ = anstream::stderr().write_all(failure.styled().as_bytes());
}

fn judged(report: &Report, old: &str, new: &str) -> Result<Judged, Failure> {
    let version = |text: &str| text.parse::<Version>().map_err(|why| Failure::usage(format!("{why}.")));
    let (before, after) = (version(old)?, version(new)?);
    let needed = needed(report, &before);
    let suffices = Bump::between(&before, &after).is_some_and(|bump| bump >= needed);
    Ok(Judged {
        old: old.to_owned(),
        new: new.to_owned(),
        needed: before.after(needed).to_string(),
        suffices,
    })
}

/// The version of the crate that specs belong to.
fn version(source: &Source) -> Result<String, Failure> {
    const MANIFEST: &str = "Cargo.toml";
    let none = |place: &str| {
        Failure::usage(format!(
            "{place}: no Cargo.toml there says a version in [package] or [workspace.package]; --against-version takes \
             two versions."
        ))
    };
    match source {
        Source::Folder(path) => {
            let folder = std::path::absolute(Path::new(path)).map_err(|_| none(path))?;
            let texts =
                folder.ancestors().filter_map(|folder| std::fs::read_to_string(folder.join(MANIFEST)).ok());
            texts.filter_map(|text| version_in(&text)).next().ok_or_else(|| none(path))
        }
        Source::Revision { revision, .. } => {
            let text = file_at(revision, MANIFEST).map_err(|why| Failure::usage(format!("{why}.")))?;
            version_in(&text).ok_or_else(|| none(revision))
        }
    }
}

fn version_in(manifest: &str) -> Option<String> {
    let manifest = DeTable::parse(manifest).ok()?;
    let package = |table: &DeTable<'_>| {
        Some(table.get("package")?.get_ref().as_table()?.get("version")?.get_ref().as_str()?.to_owned())
    };
    package(manifest.get_ref())
        .or_else(|| package(manifest.get_ref().get("workspace")?.get_ref().as_table()?))
}
