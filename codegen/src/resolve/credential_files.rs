//! The files of a vendor's tool.

use super::envelope::wants;
use super::scope::{File, at};
use crate::model::{Layout, Piece, Refusal, Template, ToolFile};
use crate::notation::split_template;
use crate::spec::{CredentialFileSpec, FormatWord, OneOrMany, ProfileSpec};

/// What the words of a file can refer to.
#[derive(Clone, Copy)]
pub struct Reach<'a> {
    /// How the tool knows which profile is meant.
    pub profile: Option<&'a ProfileSpec>,
}

/// Whether a path means the same wherever the program is started.
pub fn rooted(path: &str) -> bool {
    path.starts_with("~/") || path.starts_with('/')
}

/// A file of a tool.
pub fn file(file: &File<'_>, path: &[&str], spec: &CredentialFileSpec, reach: Reach<'_>) -> ToolFile {
    let layout = layout(file, path, spec, reach);
    if spec.fields.is_empty() {
        file.wrong_key(&at(path, &["fields"]), "nothing is read from this file", None);
    }
    for name in spec.ignore.keys().filter(|name| spec.fields.get(name).is_none()) {
        file.unknown_key(&at(path, &["ignore", name]), "field", spec.fields.keys());
    }
    if let Some(name) = &spec.env {
        super::credentials::check_variable(file, &at(path, &["env"]), name);
    }
    ToolFile {
        paths: paths(file, path, &spec.path, reach),
        env: spec.env.clone(),
        layout,
        fields: fields(file, path, spec),
        ignore: spec
            .ignore
            .iter()
            .map(|(name, values)| {
                (name.to_owned(), values.list().iter().map(|value| value.0.clone()).collect())
            })
            .collect(),
        refuse: refusals(file, path, spec),
    }
}

fn paths(file: &File<'_>, path: &[&str], paths: &OneOrMany<String>, reach: Reach<'_>) -> Vec<Template> {
    let many = matches!(paths, OneOrMany::Many(_));
    if paths.list().is_empty() {
        file.wrong(&at(path, &["path"]), "there is no path");
    }
    let mut out = Vec::new();
    for (index, text) in paths.list().iter().enumerate() {
        let number = index.to_string();
        let place = if many { at(path, &["path", &number]) } else { at(path, &["path"]) };
        if !rooted(text) {
            let help = "begin with `~/` or `/`".to_owned();
            file.wrong_help(&place, "this path depends on the current folder", Some(help));
        }
        out.push(profiled(file, &place, text, reach));
    }
    out
}

/// A template with no other hole than the profile.
fn profiled(file: &File<'_>, path: &[&str], text: &str, reach: Reach<'_>) -> Template {
    let Some(pieces) = file.accept(path, split_template(text)) else { return Vec::new() };
    for piece in &pieces {
        match piece {
            Piece::Hole(name) if name != "profile" => {
                file.wrong_part(path, name, format!("only `profile` has a value here, not `{name}`"), None);
            }
            Piece::Hole(name) if reach.profile.is_none() => {
                let help = "say `profile: {…}` of the tool".to_owned();
                file.wrong_part(path, name, "the tool has no profiles", Some(help));
            }
            _ => {}
        }
    }
    pieces
}

fn layout(file: &File<'_>, path: &[&str], spec: &CredentialFileSpec, reach: Reach<'_>) -> Layout {
    let ini = spec.format == FormatWord::Ini;
    let words = [
        ("rows", spec.rows.is_some() && ini),
        ("section", spec.section.is_some() && !ini),
        ("default_section", spec.default_section.is_some() && !ini),
        ("percent", spec.percent && !ini),
    ];
    // Where the format is none, nobody knows what its words are.
    let known = !file.hides(&at(path, &["format"]));
    for (word, _) in words.into_iter().filter(|(_, wrong)| *wrong && known) {
        let format = if ini { "JSON" } else { "INI" };
        file.wrong_key(&at(path, &[word]), format!("`{word}` is a word for {format} files"), None);
    }
    if !ini {
        let Some(key) = &spec.rows else { return Layout::Json };
        if reach.profile.is_none() {
            let help = "say `profile: {…}` of the tool".to_owned();
            file.wrong_key(&at(path, &["rows"]), "the tool has no profiles to have rows", Some(help));
        }
        return Layout::Rows(key.clone());
    }
    let Some(section) = &spec.section else {
        let help = "say `section: NAME`".to_owned();
        file.wrong_key(&at(path, &["format"]), "an INI file has sections", Some(help));
        return Layout::Ini { section: Vec::new(), default: None, percent: false };
    };
    if spec.default_section.is_some() && reach.profile.is_none_or(|profile| profile.default.is_none()) {
        let help = "say `default: NAME` of the tool's `profile`".to_owned();
        file.wrong_key(
            &at(path, &["default_section"]),
            "no profile of the tool is meant by default",
            Some(help),
        );
    }
    Layout::Ini {
        section: profiled(file, &at(path, &["section"]), section, reach),
        default: spec.default_section.clone(),
        percent: spec.percent,
    }
}

/// Keys joined by dots.
fn keys(text: &str) -> Vec<String> {
    text.split('.').map(str::to_owned).collect()
}

fn fields(file: &File<'_>, path: &[&str], spec: &CredentialFileSpec) -> Vec<(String, Vec<Vec<String>>)> {
    let ini = spec.format == FormatWord::Ini;
    let mut out = Vec::new();
    for (name, places) in spec.fields.iter() {
        for place in places.list() {
            if place.split('.').any(str::is_empty) {
                file.wrong(&at(path, &["fields", name]), "this is no key, nor keys joined by dots");
            }
        }
        // The keys of an INI file are one word each, dots and all.
        let split = |text: &String| if ini { vec![text.clone()] } else { keys(text) };
        out.push((name.to_owned(), places.list().iter().map(split).collect()));
    }
    out
}

fn refusals(file: &File<'_>, path: &[&str], spec: &CredentialFileSpec) -> Vec<Refusal> {
    let mut out = Vec::new();
    for (index, refusal) in spec.refuse.iter().enumerate() {
        let number = index.to_string();
        let path = at(path, &["refuse", &number]);
        if refusal.when.is_empty() {
            file.wrong_key(&at(&path, &["when"]), "a profile that is always refused is none", None);
        }
        if refusal.doc.trim().is_empty() {
            file.wrong_key(&at(&path, &["doc"]), "nobody is told why, nor what to do instead", None);
        }
        let split = |text: &str| {
            if spec.format == FormatWord::Ini { vec![text.to_owned()] } else { keys(text) }
        };
        let when = refusal.when.iter().map(|(key, wanted)| (split(key), wants(wanted))).collect();
        out.push(Refusal { when, doc: refusal.doc.trim().to_owned() });
    }
    out
}
