//! A successful answer.

use std::fmt;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::service::Operation;
use crate::time::Timestamp;

/// A successful answer. `Debug` shows nothing of its body, which can hold signed links.
#[derive(Clone)]
#[non_exhaustive]
pub struct Reply {
    /// The operation that was called.
    pub operation: &'static Operation,
    /// The HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// The body, parsed; null where it is empty. Where one field is the whole body, an object with that field.
    pub json: Value,
    /// The id under which the vendor finds the request.
    pub request_id: Option<String>,
    /// When the request was signed: lifetimes that an answer gives in seconds count from here.
    pub at: Timestamp,
}

/// More members than this are not searched for the one with the wrong type.
const SEARCHED: usize = 256;

impl Reply {
    /// The operation's own part of the answer, without the envelope. Where it is absent or null, it counts as empty.
    ///
    /// # Errors
    /// [`Error::Answer`] where a value has another type than the spec says; which one, but not what it holds.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let part = self.operation.within.iter().try_fold(&self.json, |value, key| value.get(key));
        let empty = Value::Object(Map::new());
        let part = part.filter(|part| !part.is_null()).unwrap_or(&empty);
        T::deserialize(part).map_err(|why| {
            let mut path: Vec<String> = self.operation.within.iter().map(|key| (*key).to_owned()).collect();
            path.extend(culprit::<T>(part));
            let place =
                if path.is_empty() { "the answer".to_owned() } else { path.join(".").replace(".[", "[") };
            self.error(format!("{place} is not as specified: {}", valueless(&why.to_string())))
        })
    }

    /// The error that the answer is not what the spec says.
    pub(super) fn error(&self, problem: impl Into<String>) -> Error {
        Error::Answer {
            operation: self.operation.name,
            problem: problem.into(),
            http_status: self.status,
            request_id: self.request_id.clone(),
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Reply");
        shown.field("operation", &self.operation.name).field("status", &self.status);
        shown.field("request_id", &self.request_id).finish_non_exhaustive()
    }
}

/// What serde says, without the value it says it about.
fn valueless(message: &str) -> String {
    if message.starts_with("missing field") {
        return message.to_owned();
    }
    let expected = message.rsplit_once("expected ");
    expected.map_or_else(|| "it cannot be read".to_owned(), |(_, expected)| format!("expected {expected}"))
}

/// The way to the value that cannot be read: the one without which the rest can.
fn culprit<T: DeserializeOwned>(value: &Value) -> Vec<String> {
    let mut root = value.clone();
    let mut path: Vec<Member> = Vec::new();
    loop {
        let members: Vec<Member> = match inside(&mut root, &path) {
            Some(Value::Object(map)) => map.keys().take(SEARCHED).cloned().map(Member::Key).collect(),
            Some(Value::Array(list)) => (0..list.len().min(SEARCHED)).map(Member::At).collect(),
            _ => Vec::new(),
        };
        let culprit = members.into_iter().find(|member| reads_without::<T>(&mut root, &path, member));
        let Some(culprit) = culprit else { break };
        path.push(culprit);
    }
    path.into_iter()
        .map(|member| match member {
            Member::Key(key) => key,
            Member::At(at) => format!("[{at}]"),
        })
        .collect()
}

/// A step of the way.
enum Member {
    Key(String),
    At(usize),
}

fn inside<'a>(root: &'a mut Value, path: &[Member]) -> Option<&'a mut Value> {
    path.iter().try_fold(root, |value, member| match member {
        Member::Key(key) => value.get_mut(key),
        Member::At(at) => value.get_mut(at),
    })
}

/// Whether `root` can be read when the member of the value at `path` is taken out of it.
fn reads_without<T: DeserializeOwned>(root: &mut Value, path: &[Member], member: &Member) -> bool {
    let value = match (inside(root, path), member) {
        (Some(Value::Object(map)), Member::Key(key)) => map.get_mut(key).map(Value::take).unwrap_or_default(),
        (Some(Value::Array(list)), Member::At(at)) => list.remove(*at),
        _ => return false,
    };
    let reads = T::deserialize(&*root).is_ok();
    match (inside(root, path), member) {
        (Some(Value::Object(map)), Member::Key(key)) => drop(map.insert(key.clone(), value)),
        (Some(Value::Array(list)), Member::At(at)) => list.insert(*at, value),
        _ => {}
    }
    reads
}
