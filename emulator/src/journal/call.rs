//! A call and what became of it.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use rdbfetch::Timestamp;
use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::service::When;
use rdbfetch::value::{Parameters, Value, text};
use serde::{Serialize, Serializer};
use serde_json::{Map, json};

use crate::faults::units::word;

/// How many characters of a text a journal keeps.
const LONGEST: usize = 1000;
/// How many values of a list or an object it keeps.
const WIDEST: usize = 100;
/// What stands in place of what must not be shown.
const REDACTED: &str = "[redacted]";

/// A request that an emulator answered. Holds no secrets, no signatures and no links.
///
/// Serialised, and in a journal file, it is a JSON object with the names of these fields; `verdict` is a word, and what
/// belongs to it stands beside it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Call {
    /// Its number, counted from 1 over all ports in the order in which answers were made.
    pub number: u64,
    /// When it came, by the emulator's clock.
    pub at: Timestamp,
    /// How many microseconds went by until the answer was made, by the machine's clock: the one thing that differs
    /// between runs.
    pub took: u64,
    /// The service that was called; `None` for the files.
    pub service: Option<&'static str>,
    /// The HTTP method.
    pub method: Cow<'static, str>,
    /// The path, without the query.
    pub path: String,
    /// The operation, where the request asked for one that there is.
    pub operation: Option<&'static str>,
    /// The parameters by their documented names, without the sensitive ones; long ones are shortened.
    pub parameters: Parameters,
    /// The access key that the request shows.
    pub access_key: Option<String>,
    /// The region that it asks for.
    pub region: Option<String>,
    /// How it was signed; only where the signature was right.
    pub signature: Option<&'static str>,
    /// What the service called the request.
    pub request_id: Option<String>,
    /// What was asked of the object store; `None` for calls of services.
    pub file: Option<FileCall>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// What became of the request.
    pub verdict: Verdict,
    /// The names of all rules for faults that hit it.
    pub faults: Vec<Arc<str>>,
    /// What is known at the end only.
    end: OnceLock<Sent>,
    /// Whether it is in the file, or on its way there.
    written: OnceLock<()>,
    /// Roughly how many bytes it takes.
    pub(super) weight: usize,
}

/// What was asked of the object store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FileCall {
    /// The service whose file it is.
    pub service: String,
    /// The instance.
    pub instance: String,
    /// The backup.
    pub backup: String,
    /// The name of the file.
    pub name: String,
    /// The number of the file in its backup, counted from 0, as the path shows it.
    pub number: String,
    /// The Range header, as it was sent.
    pub range: Option<String>,
    /// By which link it was asked for: `public` or `internal`.
    pub side: &'static str,
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sent {
    /// How many bytes of the body were handed to the connection.
    pub bytes: u64,
    /// Whether that was all of it.
    pub whole: bool,
    /// How many microseconds went by from the request to the end of the answer, by the machine's clock.
    pub took: u64,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It got what it asked for.
    Answered,
    /// It was refused.
    #[non_exhaustive]
    Refused {
        /// The situation, as specs name it; `None` for the files.
        when: Option<When>,
        /// The vendor's code, where the spec names one.
        code: Option<&'static str>,
        /// Why, in a line.
        reason: String,
        /// Where the signature was wrong: its steps as they should have been, without the secret ones.
        expected: Vec<(&'static str, String)>,
    },
    /// A rule decided, or changed, what it got.
    #[non_exhaustive]
    Faulted {
        /// The name of the rule; of several, the first.
        rule: Arc<str>,
    },
}

impl Verdict {
    /// The word for it: `answered`, `refused` or `faulted`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused { .. } => "refused",
            Self::Faulted { .. } => "faulted",
        }
    }
}

impl Call {
    /// A call to which nothing has happened yet.
    pub(crate) fn new(method: &str, path: &str, at: Timestamp) -> Self {
        Self {
            number: 0,
            at,
            took: 0,
            service: None,
            method: known(method),
            path: path.to_owned(),
            operation: None,
            parameters: Vec::new(),
            access_key: None,
            region: None,
            signature: None,
            request_id: None,
            file: None,
            status: 0,
            verdict: Verdict::Answered,
            faults: Vec::new(),
            end: OnceLock::new(),
            written: OnceLock::new(),
            weight: 0,
        }
    }

    /// How its answer ended; `None` as long as it is on its way, and where the connection went away before.
    #[must_use]
    pub fn sent(&self) -> Option<Sent> {
        self.end.get().copied()
    }

    pub(super) fn end(&self, sent: Sent) {
        // An answer ends once.
        let _ = self.end.set(sent);
    }

    /// The service that was called, or whose file was asked for.
    #[must_use]
    pub fn about(&self) -> Option<&str> {
        self.service.or(self.file.as_ref().map(|file| file.service.as_str()))
    }

    /// Whether nobody has written it to the file yet; now somebody has.
    pub(super) fn take_to_write(&self) -> bool {
        self.written.set(()).is_ok()
    }

    /// A parameter by its documented name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Value> {
        self.parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The parameters of an operation as the journal shows them.
    pub(crate) fn tell(&mut self, metadata: &ServiceMetadata, parameters: Parameters) {
        self.parameters = parameters;
        let documented = metadata.operations.iter().find(|one| Some(one.operation.name) == self.operation);
        for sensitive in documented.iter().flat_map(|one| one.parameters).filter(|one| one.sensitive) {
            let mut path = sensitive.name.split('.');
            let first = path.next().unwrap_or_default();
            let (name, is_list) = element(first);
            if let Some((_, value)) = self.parameters.iter_mut().find(|(known, _)| *known == name) {
                redact(value, is_list, &path.collect::<Vec<_>>());
            }
        }
        let operations = metadata.service.operations.iter();
        let operation = operations.copied().find(|one| Some(one.name) == self.operation);
        let region = operation.and_then(|one| one.parameters.iter().find(|one| one.from == Some("region")));
        self.region = region.and_then(|region| self.parameter(region.name).and_then(text));
    }

    /// Shortens what is long, and says how many bytes remain, roughly.
    pub(super) fn shorten(&mut self) -> usize {
        let mut weight = size_of::<Self>() + cut(&mut self.path) + self.method.len();
        for (_, value) in &mut self.parameters {
            weight += 32 + shorten(value, 0);
        }
        let texts = [&mut self.access_key, &mut self.region, &mut self.request_id];
        weight += texts.into_iter().flatten().map(cut).sum::<usize>();
        if let Some(file) = &mut self.file {
            let FileCall { service, instance, backup, name, number, range, .. } = file;
            weight +=
                [service, instance, backup, name, number].into_iter().chain(range).map(cut).sum::<usize>();
        }
        if let Verdict::Refused { reason, expected, .. } = &mut self.verdict {
            // These were shortened where they were made, and a canonical request is of use as a whole only.
            weight += reason.len() + expected.iter().map(|(_, text)| 24 + text.len()).sum::<usize>();
        }
        self.weight = weight;
        weight
    }

    /// The call as JSON.
    pub(crate) fn to_value(&self) -> Value {
        let parameters: Map<String, Value> =
            self.parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let mut value = json!({
            "number": self.number,
            "at": self.at.to_string(),
            "took": self.took,
            "service": self.service,
            "method": self.method,
            "path": self.path,
            "operation": self.operation,
            "parameters": parameters,
            "access_key": self.access_key,
            "region": self.region,
            "signature": self.signature,
            "request_id": self.request_id,
            "file": self.file,
            "status": self.status,
            "verdict": self.verdict.word(),
            "faults": self.faults.iter().map(|name| &**name).collect::<Vec<_>>(),
            "sent": self.sent(),
        });
        match &self.verdict {
            Verdict::Answered => {}
            Verdict::Refused { when, code, reason, expected } => {
                let expected: Vec<Value> =
                    expected.iter().map(|(step, value)| json!({"step": step, "value": value})).collect();
                value["when"] = json!(when.map(word));
                value["code"] = json!(code);
                value["reason"] = json!(reason);
                value["expected"] = json!(expected);
            }
            Verdict::Faulted { rule } => value["rule"] = json!(&**rule),
        }
        value
    }
}

impl Serialize for Call {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

/// A method, without a text of its own where it is a usual one.
fn known(method: &str) -> Cow<'static, str> {
    /// How many characters of an unusual one are kept.
    const LONGEST: usize = 32;
    let usual = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"];
    match usual.into_iter().find(|usual| *usual == method) {
        Some(usual) => Cow::Borrowed(usual),
        None => Cow::Owned(method.chars().take(LONGEST).collect()),
    }
}

/// A segment of a documented name, and whether it stands for the elements of a list.
fn element(segment: &str) -> (&str, bool) {
    segment.strip_suffix("[]").map_or((segment, false), |name| (name, true))
}

/// Replaces what a path leads to.
fn redact(value: &mut Value, is_list: bool, path: &[&str]) {
    match (value, path) {
        (Value::Array(list), _) if is_list => list.iter_mut().for_each(|value| redact(value, false, path)),
        (value, []) => *value = Value::from(REDACTED),
        (value, [first, rest @ ..]) => {
            let (name, is_list) = element(first);
            match value {
                Value::Object(map) => {
                    map.get_mut(name).into_iter().for_each(|value| redact(value, is_list, rest));
                }
                // What has not the documented form is not shown at all.
                other => *other = Value::from(REDACTED),
            }
        }
    }
}

/// Shortens a text, and says how many bytes remain.
fn cut(text: &mut String) -> usize {
    if text.len() > LONGEST
        && let Some((end, _)) = text.char_indices().nth(LONGEST)
    {
        text.truncate(end);
        text.push('…');
        text.shrink_to_fit();
    }
    text.len()
}

/// Shortens what is long in a value, and says how many bytes remain, roughly.
fn shorten(value: &mut Value, depth: usize) -> usize {
    /// Deeper values are left out.
    const DEEPEST: usize = 16;
    match value {
        Value::String(text) => cut(text),
        Value::Array(_) | Value::Object(_) if depth == DEEPEST => {
            *value = Value::from("…");
            3
        }
        Value::Array(list) => {
            if list.len() > WIDEST {
                list.truncate(WIDEST);
                list.push(Value::from("…"));
            }
            list.iter_mut().map(|value| 32 + shorten(value, depth + 1)).sum()
        }
        Value::Object(map) => {
            while map.len() > WIDEST {
                let Some(last) = map.keys().next_back().cloned() else { break };
                map.remove(&last);
            }
            map.iter_mut().map(|(name, value)| 64 + name.len() + shorten(value, depth + 1)).sum()
        }
        _ => 8,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::journal) fn call(path: &str) -> Call {
        Call { status: 200, ..Call::new("GET", path, Timestamp::from_unix(0).unwrap()) }
    }

    #[test]
    fn sensitive_parts_are_not_shown() {
        let shown = |path: &str, mut value: Value| {
            let mut segments = path.split('.');
            let (_, is_list) = element(segments.next().unwrap());
            redact(&mut value, is_list, &segments.collect::<Vec<_>>());
            value
        };
        assert_eq!(shown("Password", json!("hush")), json!(REDACTED));
        assert_eq!(shown("Keys[]", json!(["a", "b"])), json!([REDACTED, REDACTED]));
        let user = json!({"Name": "n", "Secret": "hush"});
        assert_eq!(shown("User.Secret", user.clone()), json!({"Name": "n", "Secret": REDACTED}));
        assert_eq!(shown("Users[].Secret", json!([user]))[0]["Secret"], REDACTED);
        assert_eq!(shown("Users[].Secret", json!("hush")), json!(REDACTED), "not as documented");
        assert_eq!(shown("User.Secret", json!({"Name": "n"})), json!({"Name": "n"}));
    }

    #[test]
    fn long_values_are_shortened() {
        let mut value = json!({"a": "é".repeat(5000), "b": vec![1; 5000]});
        let mut deep = json!(1);
        for _ in 0..100 {
            deep = json!([deep]);
        }
        value["c"] = deep;
        for number in 0..500 {
            value[format!("d{number}")] = json!(number);
        }
        assert!(shorten(&mut value, 0) < 20_000);
        assert_eq!(value["a"].as_str().unwrap().chars().count(), LONGEST + 1);
        assert_eq!(value["b"].as_array().unwrap().len(), WIDEST + 1);
        assert!(value.to_string().len() < 10_000);
    }

    #[test]
    fn a_call_is_json_with_its_verdict() {
        let mut one = call("/a");
        let expected = vec![("canonical", "GET".to_owned())];
        one.verdict = Verdict::Refused {
            when: Some(When::NotReady),
            code: Some("C"),
            reason: "r".to_owned(),
            expected,
        };
        one.end(Sent { bytes: 3, whole: true, took: 9 });
        let value = serde_json::to_value(&one).unwrap();
        assert_eq!(
            (&value["verdict"], &value["when"], &value["code"]),
            (&json!("refused"), &json!("not-ready"), &json!("C"))
        );
        assert_eq!(value["expected"], json!([{"step": "canonical", "value": "GET"}]));
        assert_eq!(value["sent"], json!({"bytes": 3, "whole": true, "took": 9}));
        one.verdict = Verdict::Faulted { rule: "x".into() };
        assert_eq!(one.to_value()["rule"], "x");
    }
}
