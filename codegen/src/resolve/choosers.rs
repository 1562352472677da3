//! Parameters that choose among rows.

use super::places::Reach;
use super::projections::{allowed, translation};
use super::scope::{File, at};
use crate::model::{Chooser, Field, Source, Type};
use crate::spec::{FilterSpec, FiltersSpec, OneOrMany};

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
        let Some(field) = self.reach.parameters.iter().find(|field| field.name == parameter) else {
            let known = self.reach.parameters.iter().map(|field| field.name.as_str());
            self.file.unknown(path, "parameter", parameter, known);
            return None;
        };
        let field = match condition {
            None => field.clone(),
            Some(members) => self.member(path, field, members)?,
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

    /// The member that holds what a condition wants.
    fn member(&self, path: &[&str], field: &Field, [about, _, values]: [&str; 3]) -> Option<Field> {
        let object = match &field.kind {
            Type::List(inner) => match &**inner {
                Type::Named(name) => self.reach.objects.find(name),
                _ => None,
            },
            _ => None,
        };
        let Some(object) = object else {
            if *field.kind.leaf() != Type::UNKNOWN {
                let message = format!("`{}` is a `{}`, no list of conditions", field.name, field.kind_text);
                self.file.wrong(path, message);
            }
            return None;
        };
        let mut found = None;
        for name in [about, values] {
            found = object.fields.iter().find(|member| member.name == name);
            if found.is_none() {
                let known = object.fields.iter().map(|member| member.name.as_str());
                self.file.unknown(path, "field", name, known);
                return None;
            }
        }
        found.cloned()
    }

    /// The words of a filter are among the documented values.
    fn check_values(&self, field: &Field, table: &[(&'static str, Vec<String>)]) {
        let known = || field.values.iter().map(|known| known.value.as_str());
        for (word, values) in table {
            for value in
                values.iter().filter(|value| !field.values.is_empty() && !known().any(|one| one == **value))
            {
                self.file.no_value(&at(self.path, &[word]), &field.name, value, known());
            }
        }
    }
}
