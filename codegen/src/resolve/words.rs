//! The vendor's words for states and kinds.

use super::places::Reach;
use super::scope::{File, at};
use crate::spec::{self, OneOrMany, Scalar};

/// A translated word's values are among the field's documented values.
pub(super) fn check_words(
    file: &File<'_>,
    path: &[&str],
    text: &str,
    table: &[(&'static str, Vec<String>)],
    reach: &Reach<'_>,
) {
    let Some((_, Some((field, _)))) = reach.resolve(file, path, text) else { return };
    if field.values.is_empty() {
        return;
    }
    for (word, values) in table {
        let path = at(&path[..path.len() - 1], &[word]);
        for value in values.iter().filter(|value| !field.values.iter().any(|known| known.value == **value)) {
            let known = field.values.iter().map(|known| known.value.as_str());
            file.no_value(&path, &field.name, value, known);
        }
    }
}

/// Our words for a field of a projection.
fn words(key: &str, name: &str) -> &'static [&'static str] {
    match (key, name) {
        ("backups", "state") => &["running", "finished", "failed", "expired"],
        ("backups", "kind") => &["manual", "automatic"],
        ("tasks", "state") => &["running", "finished", "failed"],
        ("instances" | "shards", "state") => {
            &["creating", "running", "changing", "stopped", "failed", "deleting"]
        }
        ("instances", "kind") => &["standalone", "cluster"],
        _ => &[],
    }
}

/// What the vendor's words for a state or a kind stand for.
pub(super) fn translation(
    file: &File<'_>,
    path: &[&str],
    key: &str,
    name: &str,
    spec: &spec::WordsSource,
) -> Vec<(&'static str, Vec<String>)> {
    let all: [(&'static str, &Option<OneOrMany<Scalar>>); 12] = [
        ("creating", &spec.creating),
        ("running", &spec.running),
        ("changing", &spec.changing),
        ("stopped", &spec.stopped),
        ("finished", &spec.finished),
        ("failed", &spec.failed),
        ("expired", &spec.expired),
        ("deleting", &spec.deleting),
        ("standalone", &spec.standalone),
        ("cluster", &spec.cluster),
        ("manual", &spec.manual),
        ("automatic", &spec.automatic),
    ];
    let mut table = Vec::new();
    for (word, values) in all {
        let Some(values) = values else { continue };
        if !words(key, name).contains(&word) {
            let other = ["state", "kind"].into_iter().find(|other| words(key, other).contains(&word));
            let message = match other {
                Some(other) => format!("`{word}` is a word for `{other}`"),
                None => format!("`{word}` is no word for the `{name}` of `{key}`"),
            };
            let known = words(key, name);
            let help =
                (other.is_none() && !known.is_empty()).then(|| format!("its words are {}", known.join(", ")));
            file.wrong_key(&at(path, &[word]), message, help);
            continue;
        }
        let values: Vec<String> = values.list().iter().map(|value| value.0.clone()).collect();
        for (index, value) in values.iter().enumerate() {
            if values[..index].contains(value) {
                file.wrong_part(&at(path, &[word]), value, format!("`{value}` stands here twice"), None);
            }
            let other = table.iter().find(|(_, known): &&(&str, Vec<String>)| known.contains(value));
            if let Some((other, _)) = other {
                file.wrong_part(
                    &at(path, &[word]),
                    value,
                    format!("`{value}` reads as `{other}` already"),
                    None,
                );
            }
        }
        table.push((word, values));
    }
    if table.is_empty() {
        file.wrong(path, "a translation needs words, as in `{from: PLACE, finished: [2, 3]}`");
    }
    table
}
