//! Places: what they reach, and the projections made of them.

use super::scope::{File, at};
use crate::diagnostics::suggest;
use crate::model::{
    Convert, Expiry, Field, JsonKind, Object, Piece, Place, Projection, Root, Source, Step, Type, UrlPiece,
};
use crate::notation::{parse_duration, parse_place, split_template, time_format};
use crate::spec::{self, ExpirySpec, FieldSource, OneOrMany, Scalar, WithValue};

/// What places of an operation can reach.
pub struct Reach<'a> {
    /// The envelope's fields with their places' keys.
    pub envelope: &'a [(Place, Field)],
    /// Keys of the operation's own fields.
    pub within: &'a [String],
    /// The operation's own fields.
    pub fields: &'a [Field],
    /// Types of the operation, then of the service.
    pub objects: Vec<&'a Object>,
    /// Parameters.
    pub parameters: &'a [Field],
}

impl Reach<'_> {
    /// Follows a body place from the root and gives it back with maps told from lists, and the field at its end.
    pub fn follow(&self, place: &Place) -> Result<(Place, Field, Type), (String, Option<String>)> {
        let own = place.steps.len() > self.within.len()
            && self
                .within
                .iter()
                .zip(&place.steps)
                .all(|(key, step)| matches!(step, Step::Key(name) if name == key));
        let inner = &place.steps[if own { self.within.len() } else { 0 }..];
        if own {
            if let Some(Step::Key(first)) = inner.first() {
                if let Some(field) = self.fields.iter().find(|field| field.name == *first) {
                    let mut steps: Vec<Step> = place.steps[..=self.within.len()].to_vec();
                    let (field, kind) = self.descend(field.clone(), &inner[1..], &mut steps)?;
                    return Ok((Place { root: Root::Body, steps }, field, kind));
                }
            }
        }
        let above = self
            .envelope
            .iter()
            .filter(|(known, _)| place.steps.starts_with(&known.steps))
            .max_by_key(|(known, _)| known.steps.len());
        if let Some((known, field)) = above {
            let mut steps = known.steps.clone();
            let (field, kind) = self.descend(field.clone(), &place.steps[known.steps.len()..], &mut steps)?;
            return Ok((Place { root: Root::Body, steps }, field, kind));
        }
        let missing = inner.iter().find_map(|step| match step {
            Step::Key(name) => Some(name.as_str()),
            _ => None,
        });
        let name = missing.unwrap_or_default();
        let known = self.fields.iter().map(|field| field.name.as_str());
        Err((format!("no answer has a field `{name}`"), suggest(name, known)))
    }

    fn descend(
        &self,
        field: Field,
        rest: &[Step],
        steps: &mut Vec<Step>,
    ) -> Result<(Field, Type), (String, Option<String>)> {
        let mut field = field;
        let mut kind = field.kind.clone();
        for step in rest {
            match (step, &kind) {
                (Step::Each | Step::EachKey, Type::List(inner)) => {
                    steps.push(Step::Each);
                    kind = (**inner).clone();
                }
                (Step::Each | Step::EachKey, Type::Map(inner)) => {
                    steps.push(Step::EachKey);
                    kind = (**inner).clone();
                }
                (Step::Each | Step::EachKey, _) => {
                    let message = format!("`{}` is no list or map, so `[]` cannot step into it", field.name);
                    return Err((message, None));
                }
                (Step::Key(name), Type::Named(object)) => {
                    let object = self.objects.iter().find(|known| known.name == *object);
                    let members = object.map_or(&[][..], |object| &object.fields);
                    let Some(member) = members.iter().find(|member| member.name == *name) else {
                        let message = format!("`{}` has no field `{name}`", field.kind_text);
                        let known = members.iter().map(|member| member.name.as_str());
                        return Err((message, suggest(name, known)));
                    };
                    field = member.clone();
                    kind = field.kind.clone();
                    steps.push(step.clone());
                }
                (Step::Key(_), Type::Any) => steps.push(step.clone()),
                (Step::Key(name), Type::List(_) | Type::Map(_)) => {
                    let message = format!("`{}` is a list or map: write `[]` before `.{name}`", field.name);
                    return Err((message, None));
                }
                (Step::Key(name), _) => {
                    return Err((format!("`{}` has no field `{name}`", field.name), None));
                }
            }
        }
        Ok((field, kind))
    }

    /// Resolves a place of the operation: body places start at `within`.
    fn resolve(&self, file: &File<'_>, path: &[&str], text: &str) -> Option<(Place, Option<(Field, Type)>)> {
        let place = file.accept(path, parse_place(text))?;
        match &place.root {
            Root::Body => {
                let mut steps: Vec<Step> = self.within.iter().cloned().map(Step::Key).collect();
                steps.extend(place.steps.clone());
                match self.follow(&Place { root: Root::Body, steps }) {
                    Ok((place, field, kind)) => Some((place, Some((field, kind)))),
                    Err((message, help)) => {
                        file.wrong_help(path, message, help);
                        None
                    }
                }
            }
            Root::Request(name) => match self.parameters.iter().find(|field| field.name == *name) {
                Some(field) => Some((place.clone(), Some((field.clone(), field.kind.clone())))),
                None => {
                    let known = self.parameters.iter().map(|field| field.name.as_str());
                    file.unknown(path, "parameter", name, known);
                    None
                }
            },
            Root::Key | Root::Url | Root::Header(_) => Some((place, None)),
            Root::Status => {
                file.wrong(path, "`$status` belongs to `success`, `error` and `request_id`");
                None
            }
        }
    }
}

/// How a field is written in JSON.
pub fn json_kind(field: &Field, kind: &Type) -> JsonKind {
    match kind.leaf() {
        Type::Int64 => JsonKind::Integer,
        Type::Double => JsonKind::Number,
        Type::Bool => JsonKind::Bool,
        Type::Timestamp if field.time.format.starts_with("%s") => JsonKind::Integer,
        _ => JsonKind::String,
    }
}

/// The fields of the uniform model that a projection of this name has, and the runtime's names for them.
fn allowed(kind: &str) -> &'static [(&'static str, &'static str)] {
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
            ("created_at", "CreatedAt"),
            ("size", "Size"),
            ("state", "State"),
            ("kind", "Kind"),
        ],
        _ => &[
            ("region", "Region"),
            ("instance", "Instance"),
            ("name", "Name"),
            ("state", "State"),
            ("kind", "Kind"),
        ],
    }
}

/// Resolves the projections under `key`: `links`, `backups` or `instances`.
pub fn projections(
    file: &File<'_>,
    key: &str,
    specs: Option<&spec::Projections>,
    reach: &Reach<'_>,
) -> Vec<Projection> {
    let list = specs.map_or(&[][..], OneOrMany::list);
    let many = matches!(specs, Some(OneOrMany::Many(_)));
    let numbers: Vec<String> = (0..list.len()).map(|at| at.to_string()).collect();
    list.iter()
        .zip(&numbers)
        .map(|(projection, number)| {
            let path = if many { vec![key, number.as_str()] } else { vec![key] };
            resolve_projection(file, &path, key, projection, reach)
        })
        .collect()
}

fn resolve_projection(
    file: &File<'_>,
    path: &[&str],
    key: &str,
    spec: &spec::Projection,
    reach: &Reach<'_>,
) -> Projection {
    let all: [(&str, &Option<FieldSource>); 10] = [
        ("region", &spec.region),
        ("instance", &spec.instance),
        ("backup", &spec.backup),
        ("name", &spec.name),
        ("size", &spec.size),
        ("public_url", &spec.public_url),
        ("internal_url", &spec.internal_url),
        ("created_at", &spec.created_at),
        ("state", &spec.state),
        ("kind", &spec.kind),
    ];
    let allowed = allowed(key);
    let mut fields = Vec::new();
    for (name, source) in all {
        let Some(source) = source else { continue };
        let path = at(path, &[name]);
        match allowed.iter().find(|(known, _)| *known == name) {
            Some((_, runtime)) => fields.push((*runtime, sources(file, &path, name, source, reach))),
            None => file.wrong_key(&path, format!("`{key}` has no `{name}`"), None),
        }
    }
    let has = |name: &str| fields.iter().any(|(known, _)| *known == name);
    if key == "links" && !has("PublicUrl") && !has("InternalUrl") {
        file.wrong(path, "links need a `public_url` or an `internal_url`");
    }
    if key == "backups" && !has("Backup") {
        file.wrong(path, "backups need a `backup`, the place of their id");
    }
    let through_map = fields
        .iter()
        .flat_map(|(_, sources)| sources)
        .any(|source| source.place.steps.contains(&Step::EachKey));
    let keyed = fields.iter().flat_map(|(_, sources)| sources).any(|source| source.place.root == Root::Key);
    if through_map && !keyed {
        let help = "bind one field, such as `name`, to `$key`".to_owned();
        file.wrong_help(path, "rows that stand in a map need a field that is their key", Some(help));
    }
    if key != "links" && spec.expires.is_some() {
        file.wrong_key(&at(path, &["expires"]), "`expires` belongs to `links`", None);
    }
    Projection {
        with: with(file, path, spec, reach),
        fields,
        expires: expires(file, &at(path, &["expires"]), spec.expires.as_ref(), reach),
    }
}

fn with(file: &File<'_>, path: &[&str], spec: &spec::Projection, reach: &Reach<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (name, value) in spec.with.iter() {
        if !reach.parameters.iter().any(|field| field.name == name) {
            let known = reach.parameters.iter().map(|field| field.name.as_str());
            let help = suggest(name, known);
            file.wrong_key(&at(path, &["with", name]), format!("there is no parameter `{name}`"), help);
        }
        let json = match value {
            WithValue::List(list) => serde_json::Value::from(list.clone()),
            WithValue::Text(text) => serde_json::Value::from(text.as_str()),
            WithValue::Integer(number) => serde_json::Value::from(*number),
            WithValue::Bool(flag) => serde_json::Value::from(*flag),
        };
        out.push((name.to_owned(), json.to_string()));
    }
    out
}

fn sources(
    file: &File<'_>,
    path: &[&str],
    name: &str,
    source: &FieldSource,
    reach: &Reach<'_>,
) -> Vec<Source> {
    let one = |path: &[&str], text: &str| -> Option<Source> {
        let (place, end) = reach.resolve(file, path, text)?;
        let (kind, convert) = match &end {
            None => (JsonKind::String, Convert::Plain),
            Some((field, kind)) => {
                if !matches!(
                    kind,
                    Type::String | Type::Int64 | Type::Double | Type::Bool | Type::Timestamp | Type::Any
                ) {
                    let message = format!("`{text}` ends at `{}`, not at one value", field.kind_text);
                    file.wrong(path, message);
                    return None;
                }
                (json_kind(field, kind), convert(file, path, name, field, kind))
            }
        };
        Some(Source { place, kind, convert })
    };
    match source {
        FieldSource::Place(text) => one(path, text).into_iter().collect(),
        FieldSource::Places(list) => {
            let numbers: Vec<String> = (0..list.len()).map(|at| at.to_string()).collect();
            list.iter().zip(&numbers).filter_map(|(text, number)| one(&at(path, &[number]), text)).collect()
        }
        FieldSource::Words(words) => {
            let table = translation(file, path, name, words);
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

/// A translated word's values are among the field's documented values.
fn check_words(
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
    for value in table.iter().flat_map(|(_, values)| values) {
        if !field.values.iter().any(|known| known.value == *value) {
            let known = field.values.iter().map(|known| known.value.as_str());
            file.unknown(&path[..path.len() - 1], &format!("value of `{}`", field.name), value, known);
        }
    }
}

fn translation(
    file: &File<'_>,
    path: &[&str],
    name: &str,
    words: &spec::WordsSource,
) -> Vec<(&'static str, Vec<String>)> {
    let all: [(&'static str, &str, &Option<OneOrMany<Scalar>>); 6] = [
        ("running", "state", &words.running),
        ("finished", "state", &words.finished),
        ("failed", "state", &words.failed),
        ("expired", "state", &words.expired),
        ("manual", "kind", &words.manual),
        ("automatic", "kind", &words.automatic),
    ];
    let mut table = Vec::new();
    for (word, field, values) in all {
        let Some(values) = values else { continue };
        if field != name {
            file.wrong_key(&at(path, &[word]), format!("`{word}` is a word for `{field}`"), None);
            continue;
        }
        table.push((word, values.list().iter().map(|value| value.0.clone()).collect()));
    }
    table
}

fn convert(file: &File<'_>, path: &[&str], name: &str, field: &Field, kind: &Type) -> Convert {
    match name {
        "created_at" if *kind == Type::Timestamp => Convert::Time(field.time.clone()),
        "created_at" => {
            file.wrong(path, format!("`{}` is no timestamp", field.name));
            Convert::Plain
        }
        "size" => Convert::Bytes(match field.unit.as_deref() {
            Some("KB") => 1 << 10,
            Some("MB") => 1 << 20,
            Some("GB") => 1 << 30,
            _ => 1,
        }),
        _ => Convert::Plain,
    }
}

fn expires(
    file: &File<'_>,
    path: &[&str],
    specs: Option<&OneOrMany<ExpirySpec>>,
    reach: &Reach<'_>,
) -> Vec<Expiry> {
    let list = specs.map_or(&[][..], OneOrMany::list);
    let many = matches!(specs, Some(OneOrMany::Many(_)));
    let numbers: Vec<String> = (0..list.len()).map(|at| at.to_string()).collect();
    let mut out = Vec::new();
    for (one, number) in list.iter().zip(&numbers) {
        let path = if many { at(path, &[number]) } else { path.to_vec() };
        match one {
            ExpirySpec::Text(text) => match parse_duration(text) {
                Some(seconds) => out.push(Expiry::After(seconds)),
                None => out.extend(expiry_field(file, &path, text, reach)),
            },
            ExpirySpec::Url(parts) => out.extend(expiry_url(file, &path, parts)),
        }
    }
    out
}

fn expiry_field(file: &File<'_>, path: &[&str], text: &str, reach: &Reach<'_>) -> Option<Expiry> {
    let (place, end) = reach.resolve(file, path, text)?;
    let Some((field, kind)) = end else {
        file.wrong(path, "this is neither a duration such as `6h` nor the place of a field");
        return None;
    };
    let convert = match (&kind, field.unit.as_deref()) {
        (Type::Timestamp, _) => Convert::Time(field.time.clone()),
        (_, Some("s")) => Convert::Seconds,
        _ => {
            let help = "declare the field as `timestamp`, or say `unit: s`".to_owned();
            file.wrong_help(path, format!("`{}` is neither a moment nor seconds", field.name), Some(help));
            return None;
        }
    };
    Some(Expiry::Field(Source { place, kind: json_kind(&field, &kind), convert }))
}

fn expiry_url(file: &File<'_>, path: &[&str], parts: &spec::Ordered<String>) -> Option<Expiry> {
    let mut out = Vec::new();
    let (mut at_end, mut from, mut seconds) = (false, false, false);
    for (key, template) in parts.iter() {
        let path = at(path, &[key]);
        let place = file.accept(&path, parse_place(key))?;
        if place.root != Root::Url {
            file.wrong_key(&path, "places in a link begin with `$url.`", None);
            return None;
        }
        let mut pieces = Vec::new();
        for piece in file.accept(&path, split_template(template))? {
            pieces.push(match piece {
                Piece::Text(text) => UrlPiece::Text(text),
                Piece::Hole(hole) => {
                    let (name, filter) = hole.split_once('|').unwrap_or((hole.as_str(), ""));
                    let time = |file: &File<'_>| {
                        let format = filter.trim().strip_prefix("time('").and_then(|f| f.strip_suffix("')"));
                        let time = format.ok_or_else(|| {
                            format!("`{}` needs its format, as in `{{at | time('%s')}}`", name.trim())
                        });
                        file.accept(&path, time.and_then(|format| time_format(Some(format), None)))
                    };
                    match name.trim() {
                        "at" => {
                            at_end = true;
                            UrlPiece::At(time(file)?)
                        }
                        "from" => {
                            from = true;
                            UrlPiece::From(time(file)?)
                        }
                        "seconds" => {
                            seconds = true;
                            UrlPiece::Seconds
                        }
                        "_" => UrlPiece::Ignore,
                        other => {
                            file.unknown(&path, "hole", other, ["at", "from", "seconds", "_"]);
                            return None;
                        }
                    }
                }
            });
        }
        let names = place.steps.into_iter().filter_map(|step| match step {
            Step::Key(name) => Some(name),
            _ => None,
        });
        out.push((names.collect(), pieces));
    }
    if !(at_end || (from && seconds)) {
        file.wrong(path, "an expiry in a link shows `at`, or `from` and `seconds`");
    }
    Some(Expiry::Url(out))
}
