//! What a run of many backups prints: as it goes, so that their number does not matter.

use std::io::{self, Seek as _, SeekFrom, Write as _};

use schemars::JsonSchema;
use serde::Serialize;
use tempfile::SpooledTempFile;

use crate::commands::pull::doc::Pulled;
use crate::exit::Failure;
use crate::output::{Format, Output, Row, line, or_dash, print};
use crate::schemas::members;

/// How much of each list is kept in memory until its turn comes, in bytes; what is more waits in a temporary file.
const KEPT: usize = 64 << 10;

/// How many lines a table has at most, whose columns are as wide as the widest of them. More come as further tables.
const ROWS: usize = 1000;

/// What became of many backups.
#[derive(Default, JsonSchema, Serialize)]
pub struct Report {
    /// The backups that this run has brought.
    backups: Vec<Pulled>,
    /// The backups that were there.
    already: Vec<Pulled>,
    /// With --dry-run: the backups that would be fetched.
    planned: Vec<Planned>,
    /// The backups that are not there, or not with all that should follow.
    failed: Vec<Failed>,
    /// The instances without a finished backup, where --skip-empty was given.
    skipped: Vec<Place>,
    /// The backups that --keep has removed, or with --dry-run would remove.
    removed: Vec<Place>,
    /// How many of each.
    summary: Summary,
}

/// What became of one of them: a line of --output jsonl.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum Line {
    /// It was brought.
    Pulled(Pulled),
    /// It was there.
    Already(Pulled),
    /// It would be fetched.
    Planned(Planned),
    /// It is not there, or not with all that should follow.
    Failed(Failed),
    /// The instance has no finished backup.
    Skipped(Place),
    /// It went, as there are enough newer ones.
    Removed(Place),
    /// The last line: how many of each.
    Summary(Summary),
}

/// A backup, or an instance without one.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Place {
    /// The service.
    pub service: String,
    /// The region, where one was said.
    pub region: Option<String>,
    /// The instance; null where a region's instances could not be listed.
    pub instance: Option<String>,
    /// The backup, or `latest` where that is not known.
    pub backup: Option<String>,
}

/// A backup that would be fetched.
#[derive(JsonSchema, Serialize)]
pub struct Planned {
    /// Which backup.
    #[serde(flatten)]
    pub place: Place,
    /// When it was taken, as far as the list says it.
    pub created_at: Option<String>,
    /// Where it would go, from the current folder.
    pub dir: String,
}

/// A backup that is not there.
#[derive(JsonSchema, Serialize)]
pub struct Failed {
    /// Which backup.
    #[serde(flatten)]
    pub place: Place,
    /// What kind of failure it is, as on stderr.
    kind: &'static str,
    /// What a pull of this backup alone would end with.
    exit_code: i32,
    /// What happened and what to do next.
    message: String,
    /// The failure itself.
    #[serde(skip)]
    #[schemars(skip)]
    pub failure: Failure,
}

/// How many of each.
#[derive(Clone, Debug, Default, JsonSchema, Serialize)]
pub struct Summary {
    /// Backups that this run has brought.
    pub pulled: u64,
    /// Backups that were there.
    pub already: u64,
    /// Backups that would be fetched.
    pub planned: u64,
    /// Backups that are not there.
    pub failed: u64,
    /// Instances without a finished backup that do not count.
    pub skipped: u64,
    /// Backups that were removed, or would be.
    pub removed: u64,
    /// The files of those that were brought or were there.
    pub files: u64,
    /// The bytes of these files.
    pub bytes: u64,
    /// Whether all of them were looked at; not where the run was stopped.
    pub complete: bool,
}

impl Failed {
    /// Why this is not there.
    #[must_use]
    pub fn new(place: Place, failure: &Failure) -> Self {
        Self {
            place,
            kind: failure.kind(),
            exit_code: failure.exit.code(),
            message: failure.to_string(),
            failure: failure.clone(),
        }
    }
}

impl Summary {
    /// Counts one.
    pub fn count(&mut self, line: &Line) {
        match line {
            Line::Pulled(one) | Line::Already(one) => {
                self.files += one.files();
                self.bytes += one.bytes();
                match line {
                    Line::Already(_) => self.already += 1,
                    _ => self.pulled += 1,
                }
            }
            Line::Planned(_) => self.planned += 1,
            Line::Failed(_) => self.failed += 1,
            Line::Skipped(_) => self.skipped += 1,
            Line::Removed(_) => self.removed += 1,
            Line::Summary(_) => {}
        }
    }
}

/// A line for people, and for TSV.
#[derive(JsonSchema, Serialize)]
struct Cells {
    status: &'static str,
    service: String,
    region: Option<String>,
    instance: Option<String>,
    backup: Option<String>,
    bytes: Option<u64>,
    message: Option<String>,
}

impl Row for Cells {
    const HEADS: &'static [&'static str] = &["status", "service", "instance", "backup", "size", "message"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.status.to_owned(),
            self.service.clone(),
            or_dash(self.instance.as_ref()),
            or_dash(self.backup.as_ref()),
            or_dash(self.bytes.map(crate::text::size)),
            self.message.clone().unwrap_or_default(),
        ]
    }

    fn members() -> Vec<String> {
        members::<Self>()
    }
}

impl Cells {
    /// `None` for the summary.
    fn of(line: &Line) -> Option<Self> {
        let place = |status, place: &Place, message: Option<String>| Self {
            status,
            service: place.service.clone(),
            region: place.region.clone(),
            instance: place.instance.clone(),
            backup: place.backup.clone(),
            bytes: None,
            message,
        };
        let pulled = |status, pulled: &Pulled| Self {
            status,
            service: pulled.service.clone(),
            region: None,
            instance: Some(pulled.instance.clone()),
            backup: Some(pulled.backup.clone()),
            bytes: Some(pulled.bytes()),
            message: None,
        };
        Some(match line {
            Line::Pulled(one) => pulled("pulled", one),
            Line::Already(one) => pulled("already", one),
            Line::Planned(one) => place("planned", &one.place, None),
            Line::Failed(one) => place("failed", &one.place, Some(one.message.clone())),
            Line::Skipped(one) => place("skipped", one, None),
            Line::Removed(one) => place("removed", one, None),
            Line::Summary(_) => return None,
        })
    }
}

/// Writes a report.
pub struct Writer {
    output: Output,
    form: Form,
}

enum Form {
    /// A line for each, at once.
    Lines,
    /// One document: what was brought at once, the other lists when their turn comes.
    Document { begun: bool, lists: Box<[List; 5]> },
    /// One document for a query, which needs all of it.
    Whole(Box<Report>),
    /// Cells: those that were not written yet, and whether any were.
    Rows { rows: Vec<Cells>, begun: bool },
}

/// A list of the document that waits for its turn.
struct List {
    name: &'static str,
    items: SpooledTempFile,
    empty: bool,
}

impl Writer {
    /// Writes as the output wants it.
    #[must_use]
    pub fn new(output: Output) -> Self {
        let list = |name| List { name, items: SpooledTempFile::new(KEPT), empty: true };
        let form = match output.format {
            Format::Jsonl => Form::Lines,
            _ if output.query.is_some() => Form::Whole(Box::default()),
            Format::Json => Form::Document {
                begun: false,
                lists: Box::new(["already", "planned", "failed", "skipped", "removed"].map(list)),
            },
            Format::Table | Format::Tsv => Form::Rows { rows: Vec::new(), begun: false },
        };
        Self { output, form }
    }

    /// Takes what became of one.
    ///
    /// # Errors
    ///
    /// If stdout or the temporary file takes no more.
    pub fn add(&mut self, item: Line) -> Result<(), Failure> {
        match &mut self.form {
            Form::Lines => self.output.first_line(&item),
            Form::Rows { rows, begun } => {
                rows.extend(Cells::of(&item));
                let most = if self.output.format == Format::Tsv { 1 } else { ROWS };
                if rows.len() < most {
                    return Ok(());
                }
                self.output.part(&std::mem::take(rows), !std::mem::replace(begun, true))
            }
            Form::Whole(report) => {
                match item {
                    Line::Pulled(one) => report.backups.push(one),
                    Line::Already(one) => report.already.push(one),
                    Line::Planned(one) => report.planned.push(one),
                    Line::Failed(one) => report.failed.push(one),
                    Line::Skipped(one) => report.skipped.push(one),
                    Line::Removed(one) => report.removed.push(one),
                    Line::Summary(summary) => report.summary = summary,
                }
                Ok(())
            }
            Form::Document { begun, lists } => {
                let [already, planned, failed, skipped, removed] = &mut **lists;
                match item {
                    Line::Pulled(one) => {
                        let before = if std::mem::replace(begun, true) { ",\n" } else { "{\"backups\":[\n" };
                        print(&format!("{before}{}", line(&one)?))
                    }
                    Line::Already(one) => already.add(&one),
                    Line::Planned(one) => planned.add(&one),
                    Line::Failed(one) => failed.add(&one),
                    Line::Skipped(one) => skipped.add(&one),
                    Line::Removed(one) => removed.add(&one),
                    // It is the end of the document.
                    Line::Summary(_) => Ok(()),
                }
            }
        }
    }

    /// Writes the rest.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    pub fn finish(mut self, summary: &Summary) -> Result<(), Failure> {
        self.add(Line::Summary(summary.clone()))?;
        match self.form {
            Form::Lines => Ok(()),
            Form::Whole(report) => self.output.object(&*report, String::new),
            Form::Rows { rows, begun } if begun && rows.is_empty() => Ok(()),
            Form::Rows { rows, begun } => self.output.part(&rows, !begun),
            Form::Document { begun, lists } => {
                print(if begun { "\n]" } else { "{\"backups\":[]" })?;
                for list in *lists {
                    list.write()?;
                }
                print(&format!(",\"summary\":{}}}\n", line(summary)?))
            }
        }
    }
}

impl List {
    fn add<T: Serialize>(&mut self, item: &T) -> Result<(), Failure> {
        let before = if std::mem::replace(&mut self.empty, false) { "\n" } else { ",\n" };
        let text = format!("{before}{}", line(item)?);
        self.items.write_all(text.as_bytes()).map_err(|error| spooled(&error))
    }

    fn write(mut self) -> Result<(), Failure> {
        print(&format!(",\"{}\":[", self.name))?;
        self.items.seek(SeekFrom::Start(0)).map_err(|error| spooled(&error))?;
        match io::copy(&mut self.items, &mut io::stdout().lock()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(spooled(&error)),
            _ => {}
        }
        print(if self.empty { "]" } else { "\n]" })
    }
}

fn spooled(error: &io::Error) -> Failure {
    Failure::disk(format!("The report could not be kept until it was written: {error}."))
}
