//! A draft as YAML.

use std::fmt::Write as _;

use serde_json::Value;

use super::guess::{self, parameter_kind};
use super::{Drafting, Member, Without};
use crate::document::Field;

/// A text in quotes that YAML reads as it stands.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A key, in quotes where YAML would take it for something else.
fn key(name: &str) -> String {
    let plain = name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        && !matches!(
            name.to_lowercase().as_str(),
            "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
        );
    if plain { name.to_owned() } else { quoted(name) }
}

/// Writing to a text never fails.
macro_rules! line {
    ($out:expr, $($argument:tt)*) => {
        let _ = writeln!($out, $($argument)*);
    };
}

impl Drafting<'_> {
    pub(super) fn write(&self, without: Without) -> String {
        let mut out = String::new();
        line!(out, "# yaml-language-server: $schema=../schema.json");
        line!(
            out,
            "# A first draft, read from a document by a program. GUESS marks what the document does not say; TODO is to be"
        );
        line!(out, "# written in our own words. Compare it with the document: `rdbfetch spec compare`.");
        line!(out, "summary: \"TODO: what it does, in a line.\"");
        line!(out, "source:");
        let date = self.ask.date.map(|date| format!(", date: {}", quoted(date))).unwrap_or_default();
        line!(out, "  - {{document: {}{date}}}", quoted(self.ask.document));
        if let Some(told) = &self.document.rate_limit {
            line!(out, "rate_limit: {}", told.what);
        }
        let reads = ["describe", "get", "list", "query", "show"];
        if reads.iter().any(|word| self.operation.to_lowercase().starts_with(word)) {
            line!(out, "idempotent: true # GUESS: by its name, it only reads");
        }
        self.request(&mut out);
        self.parameters(&mut out, without);
        if !self.types.is_empty() {
            line!(out, "types:");
            for (name, members) in &self.types {
                line!(out, "  {}:", key(name));
                members.iter().for_each(|one| member(&mut out, one, "    ", without));
            }
        }
        if let Some(within) = &self.within {
            line!(out, "within: {} # GUESS: by the example", key(within));
        }
        if !self.response.is_empty() {
            line!(out, "response:");
            self.response.iter().for_each(|one| member(&mut out, one, "  ", without));
        }
        let links = if without.links { None } else { self.links() };
        self.errors(&mut out, links.is_some());
        out.extend(links);
        if !without.examples {
            self.examples(&mut out);
        }
        out
    }

    fn request(&self, out: &mut String) {
        let path =
            self.document.path.as_ref().map(|told| told.what.as_str()).filter(|path| path.contains('{'));
        let Some(path) = path else { return };
        line!(out, "request:");
        if let Some(method) = &self.document.method {
            line!(out, "  method: {}", method.what);
        }
        line!(out, "  path: {}", quoted(path));
    }

    fn parameters(&self, out: &mut String, without: Without) {
        if self.parameters.is_empty() {
            return;
        }
        let lost = self.document.lost.iter().any(|lost| lost.part == "parameters");
        let path = self.document.path.as_ref().map(|told| told.what.as_str()).unwrap_or_default();
        line!(out, "parameters:");
        if lost {
            line!(
                out,
                "  # GUESS: the table lost its column of what is required; all are taken for optional."
            );
        }
        for field in &self.parameters {
            let name = field.name.split('.').next().unwrap_or_default();
            let (kind, guess) = parameter_kind(field, self.document);
            line!(out, "  {}:", key(name));
            line!(out, "    type: {}{}", quoted(&kind), comment(guess));
            if field.required == Some(true) {
                line!(out, "    required: true");
            }
            if path.contains(&format!("{{{name}}}")) {
                line!(out, "    place: path");
            }
            if !without.defaults {
                extras(out, field, &kind);
            }
            if field.deprecated {
                line!(out, "    deprecated: \"TODO: what to use instead\"");
            }
            line!(out, "    doc: TODO");
        }
    }

    /// The errors. Where there are links, some of them say that what they are asked of is not there, or not yet.
    fn errors(&self, out: &mut String, links: bool) {
        let fails = |code: &str| !(code.len() == 3 && code.starts_with('2'));
        let mut lines: Vec<(&str, String, &str, Vec<&str>)> = Vec::new();
        let mut left = vec!["no-instance", "no-backup", "not-ready"];
        for error in self.document.errors.iter().filter(|error| fails(&error.code)) {
            if lines.iter().any(|(code, ..)| *code == error.code) {
                continue;
            }
            let (class, retry) = guess::class(error);
            let name =
                error.name.as_ref().map(|name| format!("name: {}, ", quoted(name))).unwrap_or_default();
            let retry = if retry { "retry: true, " } else { "" };
            let fits: Vec<&str> =
                guess::situations(error, class).into_iter().filter(|one| left.contains(one)).collect();
            left.retain(|one| !fits.contains(one));
            lines.push((&error.code, format!("{name}class: {class}, {retry}"), " # GUESS: the class", fits));
        }
        if links {
            // One code can stand for both.
            let missing: Vec<&str> = left.iter().copied().filter(|one| *one != "not-ready").collect();
            if !missing.is_empty() {
                match lines.iter_mut().find(|(_, text, ..)| text.contains("class: not-found")) {
                    Some((.., when)) => when.extend(missing),
                    None => {
                        let text = "class: not-found, assumed: true, ".to_owned();
                        lines.push((
                            "TODO.NotFound",
                            text,
                            " # GUESS: the document names no such code",
                            missing,
                        ));
                    }
                }
            }
            if left.contains(&"not-ready") {
                let text = "class: not-ready, assumed: true, ".to_owned();
                let mark = " # GUESS: the document names no such code";
                lines.push(("TODO.NotReady", text, mark, vec!["not-ready"]));
            }
        }
        if lines.is_empty() {
            return;
        }
        line!(out, "errors:");
        for (code, text, mark, when) in lines {
            let when = if links && !when.is_empty() {
                format!("when: [{}], ", when.join(", "))
            } else {
                String::new()
            };
            line!(out, "  {}: {{{text}{when}doc: TODO}}{mark}", quoted(code));
        }
    }

    /// The projection of the links, if the names of fields and parameters show one.
    fn links(&self) -> Option<String> {
        let (Some(instance), Some(backup)) = guess::ids(&self.parameters, self.operation) else {
            return None;
        };
        let mut out = String::new();
        let mut found = guess::links(&self.response, "");
        for member in &self.response {
            let (kind, list) = match member.kind.strip_suffix("[]") {
                Some(kind) => (kind, "[]"),
                None => (member.kind.as_str(), ""),
            };
            if let Some((_, members)) = self.types.iter().find(|(name, _)| name == kind) {
                let inner = guess::links(members, &format!("{}{list}.", member.name));
                // What is told of each file goes before what is told of all.
                if inner.public.is_some() || inner.internal.is_some() {
                    found = inner;
                }
            }
        }
        if found.public.is_none() && found.internal.is_none() {
            return None;
        }
        line!(out, "links: # GUESS: by the names of the fields");
        line!(out, "  instance: $request.{instance}");
        line!(out, "  backup: $request.{backup}");
        let fields = [
            ("name", found.name),
            ("size", found.size),
            ("public_url", found.public),
            ("internal_url", found.internal),
        ];
        for (name, place) in fields {
            if let Some(place) = place {
                line!(out, "  {name}: {}", quoted(&place));
            }
        }
        if let Some(told) = self.document.lifetimes.first() {
            let text = match told.what {
                seconds if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
                seconds if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
                seconds => format!("{seconds}s"),
            };
            line!(out, "  expires: {text}");
        }
        Some(out)
    }

    fn examples(&self, out: &mut String) {
        let request = self.document.examples.iter().find(|example| !example.response);
        let response = self.document.examples.iter().find(|example| example.response);
        if request.is_none() && response.is_none() {
            return;
        }
        line!(out, "examples:");
        line!(out, "  - source: {}", quoted(self.ask.document));
        let mut values = request.map(|example| self.example_request(&example.json)).unwrap_or_default();
        let mut made_up = false;
        for field in self.parameters.iter().filter(|field| field.required == Some(true)) {
            let name = field.name.split('.').next().unwrap_or_default();
            if !values.contains_key(name) {
                let (kind, _) = parameter_kind(field, self.document);
                values.insert(name.to_owned(), stand_in(field, &kind));
                made_up = true;
            }
        }
        let mark = if made_up { " # GUESS: the document's example lacks some of these" } else { "" };
        if values.is_empty() {
            line!(out, "    request: {{}}");
        } else {
            line!(out, "    request:{mark}");
            for (name, value) in values {
                line!(out, "      {}: {value}", key(&name));
            }
        }
        if let Some(example) = response {
            let text = serde_json::to_string_pretty(&example.json).unwrap_or_default();
            let mended =
                if example.mended { " # GUESS: braces that the document lost are put back" } else { "" };
            line!(out, "    response: |{mended}");
            text.lines().for_each(|line| {
                line!(out, "      {line}");
            });
        }
    }
}

fn comment(guess: Option<&str>) -> String {
    guess.map(|guess| format!(" # {guess}")).unwrap_or_default()
}

/// The default and the values of a parameter, as far as they fit its type.
fn extras(out: &mut String, field: &Field, kind: &str) {
    let values = values(&field.values, kind);
    let default = field.default.as_deref().and_then(|text| fitting(text, kind));
    let default = default.filter(|default| {
        field.required != Some(true) && values.as_ref().is_none_or(|values| values.contains(default))
    });
    if let Some(default) = default {
        line!(out, "    default: {default}");
    }
    if let Some(values) = values {
        line!(out, "    values: [{}]", values.join(", "));
    }
}

/// The values that a page lists, as far as they fit the type, or that of its elements.
fn values(listed: &[String], kind: &str) -> Option<Vec<String>> {
    let kind = kind.trim_end_matches("[]");
    let values: Option<Vec<String>> = listed.iter().map(|value| fitting(value, kind)).collect();
    values.filter(|values| !values.is_empty() && matches!(kind, "string" | "int64"))
}

/// A value in a type, as YAML has it.
fn fitting(text: &str, kind: &str) -> Option<String> {
    match kind {
        "string" => Some(quoted(text)),
        "int64" => text.parse::<i64>().ok().map(|number| number.to_string()),
        "bool" => text.to_lowercase().parse::<bool>().ok().map(|flag| flag.to_string()),
        "double" => text.parse::<f64>().ok().map(|number| number.to_string()),
        _ => None,
    }
}

/// A value for a parameter of which the document shows none.
fn stand_in(field: &Field, kind: &str) -> Value {
    let shown = ["示例值：", "示例值:", "Example: ", "Example value: "]
        .iter()
        .find_map(|before| field.text.split(before).nth(1))
        .and_then(|rest| rest.split_whitespace().next());
    match kind {
        "int64" => Value::from(shown.and_then(|text| text.parse::<i64>().ok()).unwrap_or(1)),
        "double" => Value::from(1.5),
        "bool" => Value::from(true),
        "string" => Value::from(field.values.first().map(String::as_str).or(shown).unwrap_or("TODO")),
        list if list.ends_with("[]") => Value::Array(Vec::new()),
        _ => Value::from("TODO"),
    }
}

fn member(out: &mut String, member: &Member, indent: &str, without: Without) {
    line!(out, "{indent}{}:", key(&member.name));
    line!(out, "{indent}  type: {}{}", quoted(&member.kind), comment(member.guess));
    if member.required {
        line!(out, "{indent}  required: true");
    }
    if let Some(values) = values(&member.values, &member.kind).filter(|_| !without.defaults) {
        line!(out, "{indent}  values: [{}]", values.join(", "));
    }
    if member.nullable {
        line!(out, "{indent}  nullable: true");
    }
    if member.seen {
        line!(out, "{indent}  seen: example");
    }
    if member.deprecated {
        line!(out, "{indent}  deprecated: \"TODO: what to use instead\"");
    }
    let lower = member.name.to_lowercase();
    let link = ["url", "link"].iter().any(|word| lower.contains(word)) && member.kind.starts_with("string");
    if link {
        line!(out, "{indent}  sensitive: true # GUESS: by its name, a signed link");
    }
    line!(out, "{indent}  doc: TODO");
}
