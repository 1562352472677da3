//! What specs record for those who keep them: when documents were read, and where specs depart from them knowingly.

use rdbfetch_codegen::spec::{DepartureSpec, SourceSpec};
use rdbfetch_codegen::{Written, as_written};

use super::walk::{At, Rule, Walk};

/// Compares what is recorded in services and operations that both sides have.
pub fn compare(walk: &mut Walk<'_>) {
    let (old, new) = walk.sides();
    let (before, after) = (as_written(&old.files), as_written(&new.files));
    for one in &old.services {
        let find = |list: &[Written]| list.iter().position(|written| written.name == one.name);
        let (Some(was), Some(is)) = (find(&before), find(&after)) else { continue };
        let Some(other) = new.services.iter().find(|other| other.name == one.name) else { continue };
        let (was, is) = (&before[was], &after[is]);
        walk.pair = Some((one, other));
        walk.operation = None;
        sources(walk, &was.service.source, &is.service.source);
        for operation in &was.operations {
            let Some(now) = is.operations.iter().find(|now| now.name == operation.name) else { continue };
            walk.operation = other.operations.iter().find(|one| one.name == operation.name);
            sources(walk, &operation.spec.source, &now.spec.source);
            departures(walk, &operation.spec.departures, &now.spec.departures);
        }
        walk.operation = None;
    }
}

fn sources(walk: &mut Walk<'_>, old: &[SourceSpec], new: &[SourceSpec]) {
    let shown = |source: &SourceSpec| match &source.date {
        Some(date) => format!("{} of {date}", source.document),
        None => source.document.clone(),
    };
    lists(walk, "source", ("source", "the documents it comes from"), (old, new), shown);
}

fn departures(walk: &mut Walk<'_>, old: &[DepartureSpec], new: &[DepartureSpec]) {
    let shown = |one: &DepartureSpec| {
        let about: Vec<&str> = one.about.list().iter().map(String::as_str).collect();
        format!("{}: {} ({:?}): {}", one.document, about.join(", "), one.differs, one.why)
    };
    let what = ("departures", "where it departs from its documents");
    lists(walk, "departures", what, (old, new), shown);
}

fn lists<T>(
    walk: &mut Walk<'_>,
    key: &str,
    (rule, what): (&str, &str),
    (old, new): (&[T], &[T]),
    shown: impl Fn(&T) -> String,
) {
    let (old, new): (Vec<String>, Vec<String>) =
        (old.iter().map(&shown).collect(), new.iter().map(&shown).collect());
    if old == new {
        return;
    }
    // Only what differs is shown.
    let gone: Vec<&str> = old.iter().filter(|one| !new.contains(one)).map(String::as_str).collect();
    let come: Vec<&str> = new.iter().filter(|one| !old.contains(one)).map(String::as_str).collect();
    let text = |list: Vec<&str>| if list.is_empty() { "nothing".to_owned() } else { list.join("; ") };
    walk.note(Rule::tells(rule), what, &At::Keys(&[key]), (Some(text(gone)), Some(text(come))));
}
