//! Projections in the notation of the specs, read and, with the feature `metadata`, written.

mod expiry;
mod read;
#[cfg(feature = "metadata")]
mod write;

use serde_json::Value;

use super::*;
use crate::place::{Expiry, Source};

const NOW: i64 = 1_800_000_000;

/// A place as specs write it, with `{}` for the step through a map.
fn place(text: &'static str) -> Place {
    if text == "$key" {
        return Place { root: Root::Key, steps: &[] };
    }
    if let Some(name) = text.strip_prefix("$request.") {
        return Place { root: Root::Request(name), steps: &[] };
    }
    let mut steps = Vec::new();
    for part in text.split('.') {
        let name = part.trim_end_matches(['[', ']', '{', '}']);
        if !name.is_empty() {
            steps.push(Step::Key(name));
        }
        for bracket in part[name.len()..].chars() {
            match bracket {
                '[' => steps.push(Step::Each),
                '{' => steps.push(Step::EachKey),
                _ => {}
            }
        }
    }
    Place { root: Root::Body, steps: steps.leak() }
}

fn source(kind: JsonKind, convert: Convert, text: &'static str) -> Source {
    Source { place: place(text), kind, convert }
}

/// Plain sources; sizes are numbers.
fn fields(fields: &[(Field, &[&'static str])]) -> &'static [(Field, &'static [Source])] {
    let sources = |field: Field, places: &[&'static str]| {
        let kind = if field == Field::Size { JsonKind::Integer } else { JsonKind::String };
        let list: Vec<_> = places.iter().map(|text| source(kind, Convert::Plain, text)).collect();
        &*list.leak()
    };
    let list: Vec<_> = fields.iter().map(|(field, places)| (*field, sources(*field, places))).collect();
    list.leak()
}

fn projection(list: &[(Field, &[&'static str])]) -> Projection {
    Projection { fields: fields(list), ..Projection::NONE }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn no_request(_: &str) -> Option<String> {
    None
}

fn now() -> Timestamp {
    Timestamp::from_unix(NOW).unwrap()
}

fn read_body(projections: &[Projection], body: &Value) -> Vec<Row> {
    let context = Context { status: 200, headers: &[], body, request: &no_request, now: now() };
    super::read(projections, &context)
}

/// The shapes of the notation's table, with a name for each.
fn shapes() -> Vec<(&'static str, Projection)> {
    use Field::{Backup, InternalUrl, Name, PublicUrl, Size};
    vec![
        ("one text", projection(&[(PublicUrl, &["url"])])),
        ("one object", projection(&[(PublicUrl, &["data.extranet"]), (InternalUrl, &["data.intranet"])])),
        ("twins", projection(&[(PublicUrl, &["BackupPath", "BackupURL"]), (InternalUrl, &["Inner"])])),
        ("texts", projection(&[(PublicUrl, &["BackupURL[]"])])),
        (
            "objects",
            projection(&[
                (Name, &["Infos[].FileName"]),
                (Size, &["Infos[].FileSize"]),
                (PublicUrl, &["Infos[].Url"]),
                (InternalUrl, &["Infos[].InnerUrl"]),
            ]),
        ),
        (
            "nested objects",
            projection(&[(Name, &["R.Items.Item[].A.Name"]), (PublicUrl, &["R.Items.Item[].B.Url"])]),
        ),
        ("the root is a list", projection(&[(Name, &["[].name"]), (PublicUrl, &["[].url"])])),
        (
            "two levels",
            projection(&[
                (Backup, &["Groups[].Id"]),
                (Name, &["Groups[].Files[].Name"]),
                (PublicUrl, &["Groups[].Files[].Url"]),
                (InternalUrl, &["Groups[].Files[].Inner"]),
            ]),
        ),
        ("texts in groups", projection(&[(Backup, &["Groups[].Id"]), (PublicUrl, &["Groups[].Urls[]"])])),
        ("lists in lists", projection(&[(PublicUrl, &["Urls[][]"])])),
        (
            "parallel arrays",
            projection(&[
                (Name, &["Filenames[]"]),
                (Size, &["Sizes[]"]),
                (PublicUrl, &["DownloadUrl[]"]),
                (InternalUrl, &["InnerDownloadUrl[]"]),
            ]),
        ),
        ("array and objects", projection(&[(Name, &["Names[]"]), (PublicUrl, &["Files[].Url"])])),
        ("map of texts", projection(&[(Name, &["$key"]), (PublicUrl, &["result{}"])])),
        (
            "two maps",
            projection(&[(Name, &["$key"]), (PublicUrl, &["public{}"]), (InternalUrl, &["internal{}.url"])]),
        ),
        (
            "lists in a map",
            projection(&[(Backup, &["$key"]), (Name, &["all{}[].n"]), (PublicUrl, &["all{}[].u"])]),
        ),
        (
            "maps in a list",
            projection(&[(Backup, &["all[].id"]), (Name, &["$key"]), (PublicUrl, &["all[].files{}"])]),
        ),
    ]
}
