//! Projections: how an answer maps onto the uniform model.

use super::choosers::{choosers, sorting};
use super::envelope::wants;
use super::expiry::{expires, milliseconds};
use super::networks;
use super::places::{Reach, json_kind, plain_kind, shown};
use super::scope::{File, at};
use super::words::{check_words, translation};
use crate::diagnostics::suggest;
use crate::model::{Convert, Field, JsonKind, Projection, Root, Source, Step, Type, Want, With};
use crate::notation::parse_now;
use crate::spec::{self, FieldSource, OneOrMany, Wanted, WithValue};

/// The fields of the uniform model that a projection of this name has, and the runtime's names for them.
pub(super) fn allowed(kind: &str) -> &'static [(&'static str, &'static str)] {
    match kind {
        "links" => &[
            ("instance", "Instance"),
            ("backup", "Backup"),
            ("name", "Name"),
            ("size", "Size"),
            ("public_url", "PublicUrl"),
            ("internal_url", "InternalUrl"),
        ],
        "backups" => &[
            ("instance", "Instance"),
            ("backup", "Backup"),
            ("name", "Name"),
            ("created_at", "CreatedAt"),
            ("size", "Size"),
            ("state", "State"),
            ("kind", "Kind"),
        ],
        "creates" => &[("instance", "Instance"), ("backup", "Backup"), ("name", "Name"), ("task", "Task")],
        "tasks" => &[("task", "Task"), ("state", "State")],
        "shards" => &[("instance", "Instance"), ("shard", "Shard"), ("name", "Name"), ("state", "State")],
        "regions" => &[("region", "Region"), ("name", "Name")],
        "projects" => &[("project", "Project"), ("name", "Name"), ("default", "Default")],
        _ => LISTED,
    }
}

/// The fields of an instance in a list.
const LISTED: &[(&str, &str)] = &[
    ("region", "Region"),
    ("project", "Project"),
    ("zone", "Zone"),
    ("instance", "Instance"),
    ("name", "Name"),
    ("created_at", "CreatedAt"),
    ("state", "State"),
    ("kind", "Kind"),
];

/// What is asked of an instance.
const INSTANCE: &[(&str, &str)] = &[
    ("region", "Region"),
    ("project", "Project"),
    ("zone", "Zone"),
    ("instance", "Instance"),
    ("name", "Name"),
    ("state", "State"),
    ("kind", "Kind"),
];

/// What `for` and `with` can ask of an instance besides: the vendor's own words.
const VENDORS: &[(&str, &str)] = &[("vendor_state", "VendorState"), ("vendor_kind", "VendorKind")];

/// The runtime's name of what an instance is asked for.
fn of_instance(name: &str) -> Option<&'static str> {
    INSTANCE.iter().chain(VENDORS).find(|(known, _)| *known == name).map(|(_, runtime)| *runtime)
}

/// Resolves the projections under `key`: `links`, `backups`, `instances`, `creates`, `tasks`, `shards`, `regions` or
/// `projects`.
pub fn projections(
    file: &File<'_>,
    key: &str,
    specs: Option<&spec::Projections>,
    reach: &Reach<'_>,
) -> Vec<Projection> {
    let list = specs.map_or(&[][..], OneOrMany::list);
    let many = matches!(specs, Some(OneOrMany::Many(_)));
    let numbers: Vec<String> = (0..list.len()).map(|at| at.to_string()).collect();
    for (word, bound) in [
        ("backup", list.iter().any(|one| one.backup.is_some() || one.instance.is_some())),
        ("instance", list.iter().any(|one| one.instance.is_some())),
    ] {
        let needs = matches!((key, word), ("links", "backup") | ("backups" | "shards", "instance"));
        if needs && !bound && !list.is_empty() {
            let help = format!(
                "bind `{word}` to a parameter, as in `{word}: $request.NAME`, or to a place of the rows"
            );
            file.wrong_key(&[key], format!("nothing says which {word} these {key} are of"), Some(help));
        }
    }
    let path = |number: usize| if many { vec![key, numbers[number].as_str()] } else { vec![key] };
    let resolved: Vec<Projection> = list
        .iter()
        .enumerate()
        .map(|(number, projection)| resolve_projection(file, &path(number), key, projection, reach))
        .collect();
    networks::check(file, path, &resolved);
    resolved
}

fn resolve_projection(
    file: &File<'_>,
    path: &[&str],
    key: &str,
    spec: &spec::Projection,
    reach: &Reach<'_>,
) -> Projection {
    let all: [(&str, &Option<FieldSource>); 15] = [
        ("region", &spec.region),
        ("project", &spec.project),
        ("zone", &spec.zone),
        ("instance", &spec.instance),
        ("backup", &spec.backup),
        ("name", &spec.name),
        ("size", &spec.size),
        ("public_url", &spec.public_url),
        ("internal_url", &spec.internal_url),
        ("created_at", &spec.created_at),
        ("state", &spec.state),
        ("kind", &spec.kind),
        ("task", &spec.task),
        ("shard", &spec.shard),
        ("default", &spec.default),
    ];
    let allowed = allowed(key);
    let mut fields = Vec::new();
    for (name, source) in all {
        let Some(source) = source else { continue };
        let path = at(path, &[name]);
        match allowed.iter().find(|(known, _)| *known == name) {
            Some((_, runtime)) => {
                let found = sources(file, &path, (key, name), source, reach);
                fields.push((*runtime, found));
            }
            None => {
                let help = suggest(name, allowed.iter().map(|(known, _)| *known));
                file.wrong_key(&path, format!("`{key}` has no `{name}`"), help);
            }
        }
    }
    check_rows(file, path, key, &fields);
    if key != "links" && spec.expires.is_some() {
        file.wrong_key(&at(path, &["expires"]), "`expires` belongs to `links`", None);
    }
    Projection {
        only: only(file, path, key, spec),
        with: with(file, path, key, spec, reach),
        filters: spec.filters.as_ref().map_or_else(Vec::new, |filters| {
            choosers(file, &at(path, &["filters"]), key, filters, &fields, reach)
        }),
        sort: spec
            .sort
            .as_ref()
            .and_then(|sort| sorting(file, &at(path, &["sort"]), key, sort, &fields, reach)),
        fields,
        expires: expires(file, &at(path, &["expires"]), spec.expires.as_ref(), reach),
    }
}

/// Rows hold what makes them rows, and those in a map have their key.
fn check_rows(file: &File<'_>, path: &[&str], key: &str, fields: &[(&'static str, Vec<Source>)]) {
    let has = |name: &str| fields.iter().any(|(known, _)| *known == name);
    if key == "links" && !has("PublicUrl") && !has("InternalUrl") {
        let help = "say `public_url: PLACE`, such as `files[].url`".to_owned();
        file.wrong_help(path, "links need a `public_url` or an `internal_url`", Some(help));
    }
    if key == "backups" && !has("Backup") {
        let help = "say `backup: PLACE`, such as `items[].id`".to_owned();
        file.wrong_help(path, "backups need a `backup`, the place of their id", Some(help));
    }
    if key == "instances" && !has("Instance") {
        let help = "say `instance: PLACE`, such as `items[].id`".to_owned();
        file.wrong_help(path, "instances need an `instance`, the place of their id", Some(help));
    }
    for (of, field, name, what) in [
        ("tasks", "State", "state", "tasks need a `state`, the place of what became of them"),
        ("shards", "Shard", "shard", "shards need a `shard`, the place of their id"),
        ("regions", "Region", "region", "regions need a `region`, the place of their code"),
        ("projects", "Project", "project", "projects need a `project`, the place of their id"),
    ] {
        if key == of && !has(field) {
            file.wrong_help(path, what, Some(format!("say `{name}: PLACE`")));
        }
    }
    let sources = || fields.iter().flat_map(|(_, sources)| sources);
    if key == "tasks" && !asks(fields, "Task") && (!has("Task") || unbroken(fields, "Task")) {
        let help = "say `task: $request.NAME`".to_owned();
        file.wrong_help(path, "nothing says which task this operation tells of", Some(help));
    }
    // What could not be resolved was complained about.
    let whose = fields.iter().find(|(known, sources)| *known == "Instance" && !sources.is_empty());
    let asked = whose
        .is_some_and(|(_, sources)| sources.iter().any(|one| matches!(one.place.root, Root::Request(_))));
    if key == "creates" && !asked && (whose.is_some() || !has("Instance")) {
        let help = "say `instance: $request.NAME`".to_owned();
        file.wrong_help(path, "nothing says whose backup this operation makes", Some(help));
    }
    let many = |source: &&Source| source.place.steps.iter().any(|step| !matches!(step, Step::Key(_)));
    if key == "creates" && sources().any(|source| many(&source)) {
        let help = Some("take a place without `[]`".to_owned());
        file.wrong_help(path, "an operation makes one backup, and no list of them", help);
        return;
    }
    check_depth(file, path, key, fields);
    let through_map = sources().any(|source| source.place.steps.contains(&Step::EachKey));
    let keyed = sources().any(|source| source.place.root == Root::Key);
    if through_map && !keyed {
        let help = "bind one field, such as `name`, to `$key`".to_owned();
        file.wrong_help(path, "rows that stand in a map need a field that is their key", Some(help));
    }
    if keyed && !through_map && sources().any(|source| source.place.root == Root::Body) {
        file.wrong(path, "`$key` is the key of a map, and no place here steps into one");
    }
}

/// What identifies a row is as deep as anything in it; else rows would repeat it.
fn check_depth(file: &File<'_>, path: &[&str], key: &str, fields: &[(&'static str, Vec<Source>)]) {
    let depth =
        |source: &Source| source.place.steps.iter().filter(|step| !matches!(step, Step::Key(_))).count();
    let deepest =
        |sources: &[Source]| sources.iter().filter(|one| one.place.root == Root::Body).map(depth).max();
    let identity: &[&str] = match key {
        "links" => &["PublicUrl", "InternalUrl"],
        "backups" => &["Backup"],
        "tasks" => &["State"],
        "shards" => &["Shard"],
        "regions" => &["Region"],
        "projects" => &["Project"],
        _ => &["Instance"],
    };
    let names = allowed(key);
    let spelt =
        |runtime: &str| names.iter().find(|(_, known)| *known == runtime).map_or("", |(name, _)| *name);
    let identities = fields.iter().filter(|(name, _)| identity.contains(name));
    let Some((own, of)) = identities.filter_map(|(name, list)| Some((deepest(list)?, spelt(name)))).max()
    else {
        return;
    };
    for (name, sources) in fields {
        let name = spelt(name);
        if deepest(sources).is_some_and(|depth| depth > own) {
            let message = format!("`{name}` steps into more lists than `{of}`, which every row would repeat");
            let help = format!("take a place with as many `[]` as that of `{of}`");
            file.wrong_help(&at(path, &[name]), message, Some(help));
        }
    }
}

/// Whether a field is bound to a parameter.
fn asks(fields: &[(&'static str, Vec<Source>)], name: &str) -> bool {
    let mut sources = fields.iter().filter(|(known, _)| *known == name).flat_map(|(_, sources)| sources);
    sources.any(|source| matches!(source.place.root, Root::Request(_)))
}

/// Whether what a field is bound to could be resolved.
fn unbroken(fields: &[(&'static str, Vec<Source>)], name: &str) -> bool {
    fields.iter().any(|(known, sources)| *known == name && !sources.is_empty())
}

/// For which instances a projection is.
fn only(
    file: &File<'_>,
    path: &[&str],
    key: &str,
    spec: &spec::Projection,
) -> Vec<(&'static str, Vec<Want>)> {
    let path = at(path, &["for"]);
    if !matches!(key, "links" | "backups" | "creates" | "shards" | "instances") && !spec.only.is_empty() {
        let message = format!("`{key}` are not asked of an instance");
        let message = format!("`for` says of which instances something is: {message}");
        file.wrong_key(&path, message, None);
        return Vec::new();
    }
    let mut out = Vec::new();
    for (name, wanted) in spec.only.iter() {
        let path = at(&path, &[name]);
        let Some(field) = of_instance(name) else {
            file.unknown_key(
                &path,
                "field of an instance",
                INSTANCE.iter().chain(VENDORS).map(|(known, _)| *known),
            );
            continue;
        };
        if let (Some(words), Wanted::AnyOf(texts)) = (words_of(name), wanted) {
            for text in texts.iter().filter(|text| !words.contains(&text.as_str())) {
                file.wrong_part(
                    &path,
                    text,
                    format!("`{text}` is no `{name}` of an instance"),
                    suggest(text, words.iter().copied())
                        .map(|help| format!("{help}; the vendor's own words are those of `vendor_{name}`")),
                );
            }
        }
        out.push((field, wants(wanted)));
    }
    out
}

/// Our words for a field of an instance.
fn words_of(name: &str) -> Option<&'static [&'static str]> {
    match name {
        "kind" => Some(&["standalone", "cluster", "unknown"]),
        "state" => Some(&["creating", "running", "changing", "stopped", "failed", "deleting", "unknown"]),
        _ => None,
    }
}

fn with(
    file: &File<'_>,
    path: &[&str],
    key: &str,
    spec: &spec::Projection,
    reach: &Reach<'_>,
) -> Vec<(String, With)> {
    let mut out = Vec::new();
    for (name, value) in spec.with.iter() {
        if let WithValue::Text(text) = value
            && let Some(asked) = text.strip_prefix("$instance.")
        {
            let path = at(path, &["with", name]);
            if !reach.parameters.iter().any(|field| field.name == name) {
                file.unknown_key(
                    &path,
                    "parameter",
                    reach.parameters.iter().map(|field| field.name.as_str()),
                );
            }
            match of_instance(asked) {
                _ if !matches!(key, "links" | "backups" | "creates" | "shards") => {
                    file.wrong(&path, format!("`{key}` are not asked of an instance"));
                }
                Some(field) => out.push((name.to_owned(), With::Instance(field))),
                None => {
                    let known = INSTANCE.iter().chain(VENDORS).map(|(known, _)| *known);
                    file.unknown(&path, "field of an instance", asked, known);
                }
            }
            continue;
        }
        match reach.parameters.iter().find(|field| field.name == name) {
            Some(field) => check_with(file, &at(path, &["with", name]), field, value),
            None => {
                let known = reach.parameters.iter().map(|field| field.name.as_str());
                file.unknown_key(&at(path, &["with", name]), "parameter", known);
            }
        }
        let field = reach.parameters.iter().find(|field| field.name == name);
        if let (Some(Type::Timestamp), WithValue::Text(text)) = (field.map(|field| &field.kind), value) {
            match parse_now(text) {
                Some(seconds) => out.push((name.to_owned(), With::Now(seconds))),
                None => {
                    let help = Some("write `now`, `now-30d` or `now+1h`".to_owned());
                    let message = format!("`{text}` is no moment relative to now");
                    file.wrong_help(&at(path, &["with", name]), message, help);
                }
            }
            continue;
        }
        let json = match value {
            WithValue::List(list) => serde_json::Value::from(list.clone()),
            WithValue::Text(text) => serde_json::Value::from(text.as_str()),
            WithValue::Integer(number) => serde_json::Value::from(*number),
            WithValue::Bool(flag) => serde_json::Value::from(*flag),
        };
        out.push((name.to_owned(), With::Json(json.to_string())));
    }
    out
}

/// A value that is sent besides has the parameter's type, and is one that it takes.
fn check_with(file: &File<'_>, path: &[&str], field: &Field, value: &WithValue) {
    let fits = match (&field.kind, value) {
        (kind, _) if *kind == Type::UNKNOWN => true,
        (Type::Any, _)
        | (Type::List(_), WithValue::List(_))
        | (Type::Int64 | Type::Double, WithValue::Integer(_))
        | (Type::Bool, WithValue::Bool(_)) => true,
        (Type::String | Type::Timestamp, WithValue::Text(text)) => {
            if !field.values.is_empty() && !field.values.iter().any(|known| known.value == *text) {
                let known = field.values.iter().map(|known| known.value.as_str());
                file.no_value(path, &field.name, text, known);
            }
            true
        }
        _ => false,
    };
    if !fits {
        file.wrong(path, format!("`{}` is a `{}`, which this value is not", field.name, field.kind_text));
    }
    if let (WithValue::Integer(number), Some((low, high))) = (value, field.bounds)
        && (low.is_some_and(|low| *number < low) || high.is_some_and(|high| *number > high))
    {
        let bounds = field.bounds_text.as_deref().unwrap_or_default();
        file.wrong(path, format!("`{}` takes {bounds}, and `{number}` is outside of it", field.name));
    }
}

fn sources(
    file: &File<'_>,
    path: &[&str],
    (key, name): (&str, &str),
    source: &FieldSource,
    reach: &Reach<'_>,
) -> Vec<Source> {
    let one = |path: &[&str], text: &str| -> Option<Source> {
        let (place, end) = reach.resolve(file, path, text)?;
        let (kind, convert) = match &end {
            None => (JsonKind::String, Convert::Plain),
            Some((field, kind)) => {
                if let Some(help) = goes_on(text, kind) {
                    let message = format!("`{text}` is a `{}`, not one value", shown(field, kind));
                    file.wrong_help(path, message, help);
                    return None;
                }
                let asked = matches!(place.root, Root::Request(_));
                let json = if asked { plain_kind(field, kind) } else { json_kind(field, kind) };
                (json, convert(file, path, name, field, kind))
            }
        };
        Some(Source { place, kind, convert })
    };
    if matches!(source, FieldSource::Places(list) if list.is_empty()) {
        file.wrong(path, "an empty list names no place");
    }
    match source {
        FieldSource::Place(text) => one(path, text).into_iter().collect(),
        FieldSource::Places(list) => {
            let numbers: Vec<String> = (0..list.len()).map(|at| at.to_string()).collect();
            list.iter().zip(&numbers).filter_map(|(text, number)| one(&at(path, &[number]), text)).collect()
        }
        FieldSource::Words(words) => {
            let table = translation(file, path, key, name, words);
            let path = at(path, &["from"]);
            let mut out: Vec<Source> = words.from.list().iter().filter_map(|text| one(&path, text)).collect();
            for (source, text) in out.iter_mut().zip(words.from.list()) {
                check_words(file, &path, text, &table, reach);
                source.convert = Convert::Words(table.clone());
            }
            out
        }
    }
}

/// A place that ends before a single value, and how it may go on.
fn goes_on(text: &str, kind: &Type) -> Option<Option<String>> {
    match kind {
        Type::List(_) | Type::Map(_) => Some(Some(format!("write `{text}[]`"))),
        Type::Named(_) => Some(Some(format!("name one of its fields, as in `{text}.FIELD`"))),
        _ => None,
    }
}

fn convert(file: &File<'_>, path: &[&str], name: &str, field: &Field, kind: &Type) -> Convert {
    match name {
        "created_at" if *kind == Type::Timestamp => Convert::Time(field.time.clone()),
        "created_at" => {
            let help = "declare it as `timestamp`, with its `format` and `zone`".to_owned();
            file.wrong_help(path, format!("`{}` is no timestamp", field.name), Some(help));
            Convert::Plain
        }
        "size" if milliseconds(field.unit.as_deref()).is_some() => {
            file.wrong(path, format!("`{}` is a duration, not a size", field.name));
            Convert::Plain
        }
        "size" => Convert::Bytes(match field.unit.as_deref() {
            Some("KB") => 1 << 10,
            Some("MB") => 1 << 20,
            Some("GB") => 1 << 30,
            Some("TB") => 1 << 40,
            _ => 1,
        }),
        _ => Convert::Plain,
    }
}
