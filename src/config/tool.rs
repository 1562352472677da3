//! The files of a vendor's tool, as its spec says they are laid out.

use std::path::{Path, PathBuf};

use serde_json::Value;
use zeroize::Zeroizing;

use super::ini::{Ini, without_percents};
use super::machine::Machine;
use super::provider::Trouble;
use crate::service::{Layout, Piece, ProfileChoice, Template, Tool, ToolFile};

/// What the files of a tool say about one profile.
#[derive(Default)]
pub(super) struct Read {
    /// The profile, where the tool has profiles and one is chosen.
    pub profile: Option<String>,
    /// Whether somebody chose it: by name, by a variable, in a file.
    pub chosen: bool,
    /// Whether any file knows it.
    pub known: bool,
    /// The names of the profiles that there are, sorted.
    pub names: Vec<String>,
    /// What the files hold, by name.
    pub values: Vec<Held>,
    /// Why the profile cannot be used.
    pub refusal: Option<String>,
    /// The files that were looked for, for people.
    pub files: Vec<String>,
    /// What people should mend.
    pub warnings: Vec<String>,
}

/// A value, and the file that holds it.
pub(super) struct Held {
    pub name: &'static str,
    pub value: Zeroizing<String>,
    pub file: String,
}

impl Read {
    pub fn value(&self, name: &str) -> Option<&Held> {
        self.values.iter().find(|held| held.name == name)
    }
}

/// The content of a file.
enum Content {
    Json(Value),
    Ini(Ini),
}

struct Opened<'f> {
    spec: &'f ToolFile,
    shown: String,
    path: PathBuf,
    content: Content,
}

/// Reads the files of a tool about the profile that was asked for, or the one that the tool itself would take.
///
/// # Errors
/// Where a file cannot be read or understood. The message names the file and the line, and nothing in it.
pub(super) fn read(tool: &Tool, machine: &Machine, asked: Option<&str>) -> Result<Read, Trouble> {
    let mut read = Read::default();
    let chosen = choose(tool, machine, asked)?;
    read.chosen = chosen.is_some();
    let default = tool.profile.as_ref().and_then(|choice| choice.default);
    let mut opened = Vec::new();
    read.profile = chosen.or_else(|| default.map(str::to_owned));
    // The rows in use can be known only from the files themselves, whose paths then hold no profile.
    for spec in tool.files {
        opened.extend(open(spec, machine, read.profile.as_deref(), &mut read.files)?);
    }
    if !read.chosen
        && let Some(key) = tool.profile.as_ref().and_then(|choice| choice.active)
        && let Some(active) = opened.iter().find_map(|file| active_row(file, key))
    {
        (read.profile, read.chosen) = (Some(active), true);
    }
    for file in &opened {
        names(file, default, &mut read.names);
        let Some(view) = view(file, tool.profile.as_ref(), read.profile.as_deref())? else { continue };
        read.known = true;
        take(file, &view, &mut read)?;
        let secret = |(name, _): &(&str, _)| matches!(*name, "secret" | "token");
        if file.spec.fields.iter().any(secret) {
            read.warnings.extend(machine.lax(&file.path));
        }
    }
    for spec in tool.files {
        neighbours(spec, machine, &mut read.names);
    }
    read.names.sort();
    read.names.dedup();
    Ok(read)
}

/// The profile that somebody chose.
fn choose(tool: &Tool, machine: &Machine, asked: Option<&str>) -> Result<Option<String>, Trouble> {
    let Some(choice) = &tool.profile else { return Ok(None) };
    if let Some(asked) = asked {
        return Ok(Some(asked.to_owned()));
    }
    if let Some(name) = choice.env.and_then(|name| machine.variable(name)) {
        return Ok(Some(name));
    }
    let Some(path) = choice.file.and_then(|path| machine.path(path)) else { return Ok(None) };
    let text = machine.read(&path).map_err(Trouble::Config)?;
    let name = text.as_deref().map(|text| text.trim().to_owned());
    Ok(name.filter(|name| !name.is_empty()))
}

/// The file that is there, with what it holds. An empty one holds nothing.
fn open<'f>(
    spec: &'f ToolFile,
    machine: &Machine,
    profile: Option<&str>,
    looked: &mut Vec<String>,
) -> Result<Option<Opened<'f>>, Trouble> {
    let elsewhere = spec.env.and_then(|name| machine.variable(name));
    let paths: Vec<String> = match &elsewhere {
        Some(path) => vec![path.clone()],
        None => spec.paths.iter().filter_map(|path| filled(path, profile)).collect(),
    };
    for path in paths.iter().filter_map(|path| machine.path(path)) {
        let shown = machine.shown(&path);
        looked.push(shown.clone());
        let Some(text) = machine.read(&path).map_err(Trouble::Config)? else { continue };
        if text.trim().is_empty() {
            return Ok(None);
        }
        let wrong = |line: usize, column: Option<usize>, what: &str| {
            let column = column.map_or(String::new(), |column| format!(":{column}"));
            Trouble::Config(format!(
                "{shown}:{line}{column}: this is no {what}; mend the line, or write the file anew"
            ))
        };
        let content = match spec.layout {
            Layout::Json | Layout::Rows(_) => Content::Json(
                serde_json::from_str(&text)
                    .map_err(|error| wrong(error.line(), Some(error.column()), "JSON"))?,
            ),
            Layout::Ini { .. } => Content::Ini(
                Ini::parse(&text)
                    .map_err(|line| wrong(line, None, "section, no `key = value` and no comment"))?,
            ),
        };
        return Ok(Some(Opened { spec, shown, path, content }));
    }
    Ok(None)
}

/// A template with the profile in it; `None` where there is none to put in, or one that would lead elsewhere.
fn filled(template: Template, profile: Option<&str>) -> Option<String> {
    let mut out = String::new();
    for piece in template {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Hole(_) => {
                let profile = profile?;
                if profile.contains(['/', '\\', '\0']) || profile == ".." {
                    return None;
                }
                out.push_str(profile);
            }
        }
    }
    Some(out)
}

/// The rows of a file that is a list of profiles.
fn rows<'f>(file: &'f Opened<'_>) -> Option<(&'static str, &'f [Value])> {
    match (&file.spec.layout, &file.content) {
        (Layout::Rows(key), Content::Json(Value::Array(rows))) => Some((key, rows)),
        _ => None,
    }
}

/// The name of the profile whose row is marked as the one in use; the last one counts.
fn active_row(file: &Opened<'_>, active: &str) -> Option<String> {
    let (key, rows) = rows(file)?;
    let marked = |row: &&Value| text(row.get(active)).is_some_and(|value| *value == "true");
    let row = rows.iter().rev().find(marked)?;
    text(row.get(key)).map(|name| name.to_string())
}

/// What a file says about the profile.
enum View<'f> {
    Json(&'f Value),
    Ini(&'f Ini, String, bool),
}

/// The part of a file that is about the profile; `None` where it has none.
fn view<'f>(
    file: &'f Opened<'_>,
    choice: Option<&ProfileChoice>,
    profile: Option<&str>,
) -> Result<Option<View<'f>>, Trouble> {
    let shape = |wanted: &str| {
        Trouble::Config(format!(
            "{}: this is JSON but no {wanted}; let the tool that it belongs to write it anew",
            file.shown
        ))
    };
    match (&file.content, &file.spec.layout) {
        (Content::Json(value), Layout::Rows(key)) => {
            let rows = value.as_array().ok_or_else(|| shape("list of profiles"))?;
            let named = |row: &&Value| text(row.get(*key)).as_deref().map(String::as_str) == profile;
            Ok(rows.iter().rev().find(named).filter(|_| profile.is_some()).map(View::Json))
        }
        (Content::Json(value), _) => {
            if !value.is_object() {
                return Err(shape("object"));
            }
            Ok(Some(View::Json(value)))
        }
        (Content::Ini(ini), Layout::Ini { section, default, percent }) => {
            let usual = choice.and_then(|choice| choice.default);
            let name = match default {
                Some(default) if profile == usual => Some((*default).to_owned()),
                _ => section_name(section, profile),
            };
            Ok(name.filter(|name| ini.has(name)).map(|name| View::Ini(ini, name, *percent)))
        }
        _ => Ok(None),
    }
}

/// The name of a section. Unlike a path it can have any profile in it.
fn section_name(template: Template, profile: Option<&str>) -> Option<String> {
    let parts = template.iter().map(|piece| match piece {
        Piece::Text(text) => Some(*text),
        Piece::Hole(_) => profile,
    });
    parts.collect()
}

impl View<'_> {
    /// The value under these keys; an empty one counts as none.
    fn get(&self, keys: &[&str], shown: &str) -> Result<Option<Zeroizing<String>>, Trouble> {
        let value = match self {
            Self::Json(value) => text(keys.iter().try_fold(*value, |value, key| value.get(key))),
            Self::Ini(ini, section, percent) => {
                let Some((value, line)) = keys.first().and_then(|key| ini.get(section, key)) else {
                    return Ok(None);
                };
                let value = if *percent { without_percents(value) } else { Some(value.to_owned()) };
                let value = value.ok_or_else(|| {
                    Trouble::Config(format!(
                        "{shown}:{line}: the value refers to another one with %(…), which is not followed; write it out"
                    ))
                })?;
                Some(Zeroizing::new(value.trim().to_owned()))
            }
        };
        Ok(value.filter(|value| !value.is_empty()))
    }
}

/// A JSON value as text without white space around it.
fn text(value: Option<&Value>) -> Option<Zeroizing<String>> {
    let text = match value? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => return None,
    };
    Some(Zeroizing::new(text))
}

/// Takes over what a file says about the profile.
fn take(file: &Opened<'_>, view: &View<'_>, read: &mut Read) -> Result<(), Trouble> {
    for refusal in file.spec.refuse {
        let mut holds = true;
        for (keys, wants) in refusal.when {
            let value = view.get(keys, &file.shown)?;
            holds &= wants.iter().any(|want| want.accepts(value.as_deref().map(String::as_str)));
        }
        if holds && read.refusal.is_none() {
            read.refusal = Some(format!("{}: {}", file.shown, refusal.doc));
        }
    }
    for (name, places) in file.spec.fields {
        let ignored = file.spec.ignore.iter().find(|(ignored, _)| ignored == name);
        for keys in *places {
            let Some(value) = view.get(keys, &file.shown)? else { continue };
            if ignored.is_some_and(|(_, values)| values.contains(&value.as_str())) {
                continue;
            }
            read.values.push(Held { name, value, file: file.shown.clone() });
            break;
        }
    }
    Ok(())
}

/// The names of the profiles in a file.
fn names(file: &Opened<'_>, default: Option<&str>, out: &mut Vec<String>) {
    if let Some((key, rows)) = rows(file) {
        out.extend(rows.iter().filter_map(|row| text(row.get(key))).map(|name| name.to_string()));
    }
    let (Content::Ini(ini), Layout::Ini { section, default: usual, .. }) = (&file.content, &file.spec.layout)
    else {
        return;
    };
    for name in ini.sections() {
        if Some(name) == *usual {
            out.extend(default.map(str::to_owned));
        } else if let Some(profile) = hole(section, name) {
            out.push(profile.to_owned());
        }
    }
}

/// What stands where the template has its hole.
fn hole(template: Template, text: &str) -> Option<&str> {
    let at = template.iter().position(|piece| matches!(piece, Piece::Hole(_)))?;
    let literal = |pieces: &[Piece]| match pieces {
        [Piece::Text(text)] => *text,
        _ => "",
    };
    let rest = text.strip_prefix(literal(&template[..at]))?;
    rest.strip_suffix(literal(&template[at + 1..])).filter(|name| !name.is_empty())
}

/// The names of the profiles that have a file of their own.
fn neighbours(spec: &ToolFile, machine: &Machine, out: &mut Vec<String>) {
    /// More than anybody has profiles.
    const MOST: usize = 1000;
    for template in spec.paths {
        let [Piece::Text(before), Piece::Hole(_), after @ ..] = template else { continue };
        let Some((folder, before)) = before.rsplit_once('/') else { continue };
        let after = match after {
            [Piece::Text(after)] if !after.contains('/') => after,
            [] => "",
            _ => continue,
        };
        let folder = machine.path(&format!("{folder}/"));
        let Some(entries) = folder.and_then(|folder: PathBuf| std::fs::read_dir(folder).ok()) else {
            continue;
        };
        out.extend(entries.take(MOST).flatten().filter_map(|entry| {
            let path = entry.path();
            let name = Path::new(path.file_name()?).to_str()?;
            let name = name.strip_prefix(before)?.strip_suffix(after)?;
            (!name.is_empty()).then(|| name.to_owned())
        }));
    }
}
