//! Parameters that choose among rows, and order them.

use super::places::Reach;
use super::projections::allowed;
use super::scope::{File, at};
use super::words::translation;
use crate::model::{Chooser, Field, Sort, Source, Type};
use crate::spec::{FilterSpec, FiltersSpec, OneOrMany, Scalar, SortSpec};

/// What a projection can be chosen by: the word, the runtime's name of it, and the fields of which rows need one, as the
/// runtime and as specs call them.
type Word = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const CREATED: &[(&str, &str)] = &[("CreatedAt", "created_at")];

/// Resolves the parameters that choose among the rows of a projection, by what the rows say of themselves.
pub fn choosers(
    file: &File<'_>,
    path: &[&str],
    key: &str,
    spec: &FiltersSpec,
    fields: &[(&'static str, Vec<Source>)],
    reach: &Reach<'_>,
) -> Vec<Chooser> {
    if key != "backups" && key != "instances" {
        file.wrong_key(path, "`filters` belong to `backups` and `instances`", None);
        return Vec::new();
    }
    let all: [(Word, &Option<OneOrMany<FilterSpec>>); 10] = [
        (("state", "State", &[("State", "state")]), &spec.state),
        (("kind", "Kind", &[("Kind", "kind")]), &spec.kind),
        (("since", "Since", CREATED), &spec.since),
        (("until", "Until", CREATED), &spec.until),
        (("instance", "Instance", &[("Instance", "instance")]), &spec.instance),
        (("backup", "Backup", &[("Backup", "backup")]), &spec.backup),
        (("zone", "Zone", &[("Zone", "zone")]), &spec.zone),
        (("project", "Project", &[("Project", "project")]), &spec.project),
        (("name", "Name", &[("Name", "name")]), &spec.name),
        (
            ("search", "Search", &[("Name", "name"), ("Instance", "instance"), ("Backup", "backup")]),
            &spec.search,
        ),
    ];
    let mut out = Vec::new();
    for ((word, runtime, needs), specs) in all {
        let Some(specs) = specs else { continue };
        let path = at(path, &[word]);
        if !needs.iter().any(|(needed, _)| fields.iter().any(|(known, _)| known == needed)) {
            let (_, needed) = needs[0];
            let message = format!("rows without `{needed}` cannot be chosen by it");
            let help = allowed(key).iter().any(|(known, _)| *known == needed);
            file.wrong_help(&path, message, help.then(|| format!("bind `{needed}` as well")));
            continue;
        }
        let many = matches!(specs, OneOrMany::Many(_));
        for (index, spec) in specs.list().iter().enumerate() {
            let number = index.to_string();
            let path = if many { at(&path, &[&number]) } else { path.clone() };
            let one = Choosing { file, path: &path, key, word, reach };
            out.extend(one.read(spec).into_iter().map(|chooser| Chooser { by: runtime, ..chooser }));
        }
    }
    out
}

/// Resolves the parameters that say in which order rows come.
pub fn sorting(
    file: &File<'_>,
    path: &[&str],
    key: &str,
    spec: &SortSpec,
    fields: &[(&'static str, Vec<Source>)],
    reach: &Reach<'_>,
) -> Option<Sort> {
    if key != "backups" && key != "instances" {
        file.wrong_key(path, "`sort` belongs to `backups` and `instances`", None);
        return None;
    }
    if spec.order.is_some() != spec.falling.is_some() {
        file.wrong_key(path, "`order` and `falling` go together", None);
    }
    let all: [(&str, &'static str, &Option<Scalar>); 8] = [
        ("instance", "Instance", &spec.instance),
        ("name", "Name", &spec.name),
        ("project", "Project", &spec.project),
        ("zone", "Zone", &spec.zone),
        ("state", "State", &spec.state),
        ("kind", "Kind", &spec.kind),
        ("created_at", "CreatedAt", &spec.created_at),
        ("size", "Size", &spec.size),
    ];
    let (by, parameter) = asked(file, &at(path, &["by"]), &spec.by, reach)?;
    let mut words = Vec::new();
    for (word, runtime, value) in all {
        let Some(Scalar(value)) = value else { continue };
        let path = at(path, &[word]);
        if !fields.iter().any(|(known, _)| *known == runtime) {
            let help = allowed(key).iter().any(|(known, _)| *known == word);
            let message = format!("rows without `{word}` cannot be sorted by it");
            file.wrong_help(&path, message, help.then(|| format!("bind `{word}` as well")));
        }
        among(file, &path, &parameter, value);
        words.push((runtime, value.clone()));
    }
    if words.is_empty() {
        let message = "a `sort` needs fields and the words for them, as in `created_at: createTime`";
        file.wrong_key(path, message, None);
    }
    let order = spec.order.as_ref().and_then(|order| asked(file, &at(path, &["order"]), order, reach));
    let falling = spec.falling.as_ref().map_or("", |falling| &falling.0);
    if let Some((_, order)) = &order {
        among(file, &at(path, &["falling"]), order, falling);
    }
    Some(Sort { by, order: order.map(|(order, _)| order), falling: falling.to_owned(), fields: words })
}

/// A value is among the documented ones.
fn among(file: &File<'_>, path: &[&str], field: &Field, value: &str) {
    let known = || field.values.iter().map(|known| known.value.as_str());
    if !field.values.is_empty() && !known().any(|one| one == value) {
        file.no_value(path, &field.name, value, known());
    }
}

/// A parameter, or a member of the elements of one.
type Asked = (String, Option<String>);

/// The parameter that a text names, or the member of its elements, and that field.
fn asked(file: &File<'_>, path: &[&str], text: &str, reach: &Reach<'_>) -> Option<(Asked, Field)> {
    let (name, member) = match text.split_once("[].") {
        Some((name, member)) => (name, Some(member)),
        None => (text, None),
    };
    let field = parameter(file, path, name, reach)?;
    let field = match member {
        Some(member) => element(file, path, field, member, reach)?,
        None => field,
    };
    Some(((name.to_owned(), member.map(str::to_owned)), field.clone()))
}

/// The parameter with this name.
fn parameter<'r>(file: &File<'_>, path: &[&str], name: &str, reach: &Reach<'r>) -> Option<&'r Field> {
    let found = reach.parameters.iter().find(|field| field.name == name);
    if found.is_none() {
        file.unknown(path, "parameter", name, reach.parameters.iter().map(|field| field.name.as_str()));
    }
    found
}

/// A member of the elements of a parameter.
fn element<'r>(
    file: &File<'_>,
    path: &[&str],
    of: &Field,
    name: &str,
    reach: &Reach<'r>,
) -> Option<&'r Field> {
    let object = match &of.kind {
        Type::List(inner) => match &**inner {
            Type::Named(name) => reach.objects.find(name),
            _ => None,
        },
        _ => None,
    };
    let Some(object) = object else {
        if *of.kind.leaf() != Type::UNKNOWN {
            file.wrong(path, format!("`{}` is a `{}`, no list of objects", of.name, of.kind_text));
        }
        return None;
    };
    let found = object.fields.iter().find(|member| member.name == name);
    if found.is_none() {
        file.unknown(path, "field", name, object.fields.iter().map(|member| member.name.as_str()));
    }
    found
}

/// One word of `filters` at work.
struct Choosing<'a> {
    file: &'a File<'a>,
    path: &'a [&'a str],
    key: &'a str,
    word: &'static str,
    reach: &'a Reach<'a>,
}

impl Choosing<'_> {
    fn read(&self, spec: &FilterSpec) -> Vec<Chooser> {
        match spec {
            FilterSpec::Parameter(text) => {
                self.chooser(self.path, text).map(|(one, _)| one).into_iter().collect()
            }
            FilterSpec::Words(_) if !matches!(self.word, "state" | "kind") => {
                self.file.wrong(self.path, format!("`{}` has no words to translate", self.word));
                Vec::new()
            }
            FilterSpec::Words(words) => {
                let table = translation(self.file, self.path, self.key, self.word, words);
                let path = at(self.path, &["from"]);
                let found = words.from.list().iter().filter_map(|text| self.chooser(&path, text));
                let found = found.map(|(chooser, field)| {
                    self.check_values(&field, &table);
                    Chooser { words: table.clone(), ..chooser }
                });
                found.collect()
            }
        }
    }

    /// The parameter that a text names, and the field that holds what is wanted.
    fn chooser(&self, path: &[&str], text: &str) -> Option<(Chooser, Field)> {
        let (parameter, condition) = match text.split_once('[') {
            None => (text, None),
            Some((parameter, rest)) => {
                let parts = rest.split_once("].").and_then(|(about, values)| {
                    let (member, about) = about.split_once('=')?;
                    Some([member, about, values]).filter(|parts| parts.iter().all(|part| !part.is_empty()))
                });
                let Some(parts) = parts else {
                    let help =
                        "write `PARAMETER`, or `PARAMETER[MEMBER=VALUE].MEMBER` for one of many conditions";
                    self.file.wrong_help(path, format!("`{text}` names no parameter"), Some(help.to_owned()));
                    return None;
                };
                (parameter, Some(parts))
            }
        };
        let field = self::parameter(self.file, path, parameter, self.reach)?;
        let field = match condition {
            None => field.clone(),
            Some([about, _, values]) => {
                element(self.file, path, field, about, self.reach)?;
                element(self.file, path, field, values, self.reach)?.clone()
            }
        };
        let moment = *field.kind.leaf() == Type::Timestamp;
        if matches!(self.word, "since" | "until") != moment && field.kind != Type::UNKNOWN {
            let wanted = if moment { "no moment" } else { "a `timestamp`" };
            let (name, kind, word) = (&field.name, &field.kind_text, self.word);
            self.file.wrong(path, format!("`{name}` is a `{kind}`: `{word}` takes {wanted}"));
        }
        let condition = condition.map(|parts| parts.map(str::to_owned));
        Some((Chooser { by: "", parameter: parameter.to_owned(), condition, words: Vec::new() }, field))
    }

    /// The words of a filter are among the documented values.
    fn check_values(&self, field: &Field, table: &[(&'static str, Vec<String>)]) {
        for (word, value) in
            table.iter().flat_map(|(word, values)| values.iter().map(move |value| (word, value)))
        {
            among(self.file, &at(self.path, &[word]), field, value);
        }
    }
}
