//! Answers in a service's envelope.

use bytes::Bytes;
use rdbfetch::metadata::{MessagePiece, ServiceMetadata};
use rdbfetch::projection::put;
use rdbfetch::service::{
    Envelope, ErrorCode, JsonKind, Operation, Place, Root, Service, Template, Want, Whole,
};
use rdbfetch::sign::{Octets as _, Text};
use serde_json::{Map, Number, Value};

use crate::api::Said;
use crate::refusal::{Refusal, entry};
use crate::server::Answer;
use crate::template;

/// An answer in the making.
pub(crate) struct Reply {
    metadata: &'static ServiceMetadata,
    service: &'static Service,
    operation: Option<&'static Operation>,
    request_id: String,
    status: u16,
    headers: Vec<(String, String)>,
    body: Value,
    /// The region that the call is about, as far as it is known.
    region: Option<String>,
    /// The access key that the request shows.
    access_key: Option<String>,
}

/// An error as a service tells it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'a> {
    pub(crate) code: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) status: Option<u16>,
    pub(crate) message: &'a str,
}

impl Reply {
    /// What the service calls the request.
    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The answer to the request with this number, of an emulator with this seed.
    pub(crate) fn new(
        metadata: &'static ServiceMetadata,
        operation: Option<&'static Operation>,
        number: u64,
        seed: u64,
    ) -> Self {
        let service = metadata.service;
        let request_id = request_id(service.name, number, seed);
        let body = Value::Object(Map::new());
        let (headers, region, access_key) = (Vec::new(), None, None);
        Self { metadata, service, operation, request_id, status: 200, headers, body, region, access_key }
    }

    /// Who asks, and about which region.
    pub(crate) fn to(self, access_key: Option<String>, region: Option<String>) -> Self {
        Self { access_key, region, ..self }
    }

    /// A successful answer with what the operation has to say.
    pub(crate) fn success(mut self, said: Said) -> Answer {
        self.body = said.body;
        self.headers.extend(said.headers.into_iter().map(|(name, text)| (name.to_owned(), text)));
        let envelope = &self.service.envelope;
        self.values(envelope.values, |_| true);
        self.values(self.operation.map_or(&[], |operation| operation.values), |_| true);
        let success = self.operation.map_or(envelope.success, |operation| operation.succeeds(envelope));
        for (place, wants) in success {
            // The status is one that fits already, mostly.
            if place.root == Root::Status && wants.iter().any(|want| want.accepts(Some("200"))) {
                continue;
            }
            let plain = |want: &Want| match want {
                Want::Like(text) if !text.contains('*') => Some((*text).to_owned()),
                Want::Range(low, _) => Some(low.to_string()),
                _ => None,
            };
            if wants.contains(&Want::Absent) {
                continue;
            }
            if let Some(text) = wants.iter().find_map(plain) {
                self.set(place, success_kind(envelope, place, &text), &text);
            }
        }
        let root = self.operation.and_then(|operation| operation.root);
        self.finish(root)
    }

    /// The service's error for a refusal.
    pub(crate) fn refused(self, refusal: &Refusal) -> Answer {
        let Some(error) = entry(self.service, self.operation, refusal.when) else {
            return self.nameless(&format!("{:?}: {}", refusal.when, refusal.reason));
        };
        let message = self.message(error, refusal);
        let ErrorCode { code, name, status, .. } = *error;
        self.error(&Told { code, name, status, message: &message })
    }

    /// What stands for an error that the spec does not name.
    fn nameless(&self, what: &str) -> Answer {
        Answer::text(500, &format!("The spec of {} names no error for {what}.", self.service.name))
    }

    /// An error in the service's envelope.
    pub(crate) fn error(mut self, error: &Told<'_>) -> Answer {
        let envelope = &self.service.envelope;
        let Some(shape) = envelope.errors.first() else { return self.nameless(error.code) };
        self.status = error.status.unwrap_or(envelope.error_status);
        // Neither what only a success has, nor what the error is about to say itself.
        let said = envelope.errors.iter().flat_map(|shape| [Some(shape.code), shape.name, shape.message]);
        let mut told: Vec<Place> = said.flatten().collect();
        told.extend(envelope.success.iter().map(|(place, _)| *place));
        self.values(envelope.values, |place| !told.contains(place));
        // A flag that says of a call whether it succeeded says no.
        for (place, wants) in envelope.success.iter().filter(|(place, _)| place.root == Root::Body) {
            let opposite = match wants {
                [Want::Like("true")] => "false",
                [Want::Like("false")] => "true",
                _ => continue,
            };
            self.set(place, success_kind(envelope, place, opposite), opposite);
        }
        self.set(&shape.code, shape.code_kind, error.code.trim_end_matches('*'));
        if let (Some(place), Some(name)) = (&shape.name, error.name) {
            self.set(place, JsonKind::String, name);
        }
        if let Some(place) = &shape.message {
            self.set(place, JsonKind::String, error.message);
        }
        self.finish(None)
    }

    /// What is said with an error: as the vendor says it where the spec knows that, otherwise what the error means, and
    /// why it is answered.
    fn message(&self, error: &'static ErrorCode, refusal: &Refusal) -> String {
        let place = |operation: &Operation| {
            self.service.operations.iter().position(|known| std::ptr::eq(*known, operation))
        };
        let own = self.operation.and_then(place).and_then(|at| self.metadata.operations.get(at));
        let messages = own.into_iter().flat_map(|own| own.messages).chain(self.metadata.messages);
        let mut fitting = messages.into_iter().filter(|message| message.code == error.code);
        let Some(message) = fitting.find(|message| message.when.is_none_or(|when| when == refusal.when))
        else {
            return format!("{} ({})", error.doc(), refusal.reason);
        };
        let step = |name: &str| refusal.expected.iter().find(|(known, _)| *known == name);
        let text = message.pieces.iter().map(|piece| match piece {
            MessagePiece::Text(text) => *text,
            MessagePiece::Reason => &refusal.reason,
            MessagePiece::Step(name) => step(name).map_or("", |(_, value)| value),
            MessagePiece::Parameter => refusal.parameter.as_deref().unwrap_or_default(),
            MessagePiece::AccessKey => self.access_key.as_deref().unwrap_or_default(),
        });
        text.collect()
    }

    /// Writes fields that have a known value, where `wanted` wants them.
    fn values(&mut self, values: &'static [(Place, JsonKind, Template)], wanted: impl Fn(&Place) -> bool) {
        let names = template::names(self.service, self.operation);
        for (place, kind, value) in values {
            let region = self.region.as_deref();
            let known = |name: &str| names(name).or_else(|| self.setting(name, region));
            if let (true, Some(text)) = (wanted(place), template::write(value, &known)) {
                self.set(place, *kind, &text);
            }
        }
    }

    /// What a setting stands for, as far as the emulator knows it.
    fn setting<'a>(&self, name: &str, region: Option<&'a str>) -> Option<&'a str> {
        let default = || self.service.settings.iter().find(|known| known.name == name)?.default;
        region.filter(|_| name == "region").or_else(default)
    }

    /// Writes a value wherever it belongs.
    fn set(&mut self, place: &Place, kind: JsonKind, text: &str) {
        match place.root {
            Root::Body => put(&mut self.body, place, typed(kind, text)),
            Root::Status => self.status = text.parse().unwrap_or(self.status),
            Root::Header(name) => self.headers.push((name.to_owned(), text.to_owned())),
            Root::Request(_) | Root::Key | Root::Url => {}
        }
    }

    /// The answer; `root` says what is the whole body instead of all that was written.
    fn finish(mut self, root: Option<Whole>) -> Answer {
        if let Some(place) = self.service.envelope.request_id.first() {
            let id = std::mem::take(&mut self.request_id);
            self.set(place, JsonKind::String, &id);
        }
        let mut part = |name: &str| self.body.get_mut(name).map(Value::take).unwrap_or_default();
        let answer = match root {
            None => Answer::new(self.status, "application/json", json(&self.body)),
            Some(Whole::Json(name)) => Answer::new(self.status, "application/json", json(&part(name))),
            Some(Whole::Text(name)) => {
                let text = part(name).as_str().unwrap_or_default().to_owned();
                Answer::new(self.status, "text/plain; charset=utf-8", text)
            }
        };
        self.headers.into_iter().fold(answer, |answer, (name, value)| answer.with(&name, value))
    }
}

/// A body as it travels.
fn json(body: &Value) -> Bytes {
    // Room for most answers, so that it need not grow.
    let mut out = Vec::with_capacity(4096);
    write_json(&mut out, body);
    Bytes::from(out)
}

/// Writes JSON. Links are most of what is written here, and have nothing to escape: to copy them is several times as
/// fast as to look at each byte.
fn write_json(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Object(members) => {
            out.push(b'{');
            for (number, (name, member)) in members.iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                write_text(out, name);
                out.push(b':');
                write_json(out, member);
            }
            out.push(b'}');
        }
        Value::Array(list) => {
            out.push(b'[');
            for (number, element) in list.iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                write_json(out, element);
            }
            out.push(b']');
        }
        Value::String(text) => write_text(out, text),
        // Memory takes all that is written to it.
        other => drop(serde_json::to_writer(out, other)),
    }
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        return drop(serde_json::to_writer(out, text));
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// How a value is written that a success must have: as the code of an error where both stand in one place, otherwise
/// as it looks.
fn success_kind(envelope: &Envelope, place: &Place, text: &str) -> JsonKind {
    let mut values = envelope.values.iter().map(|(place, kind, _)| (place, *kind));
    let mut shapes = envelope.errors.iter().map(|shape| (&shape.code, shape.code_kind));
    let looks = match text {
        "true" | "false" => JsonKind::Bool,
        _ if text.parse::<i64>().is_ok() => JsonKind::Integer,
        _ => JsonKind::String,
    };
    let declared =
        shapes.find(|(known, _)| *known == place).or_else(|| values.find(|(known, _)| *known == place));
    declared.map_or(looks, |(_, kind)| kind)
}

/// A text as JSON of this kind; a text that does not fit stays text.
fn typed(kind: JsonKind, text: &str) -> Value {
    let fitting = match kind {
        JsonKind::String => None,
        JsonKind::Integer => text.parse::<i64>().ok().map(Value::from),
        JsonKind::Number => text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number),
        JsonKind::Bool => text.parse::<bool>().ok().map(Value::from),
    };
    fitting.unwrap_or_else(|| Value::from(text))
}

/// An id in the form of a random UUID, the same for the same request of every run with the same seed.
fn request_id(service: &str, number: u64, seed: u64) -> String {
    let what = if seed == 0 { format!("{service} {number}") } else { format!("{seed} {service} {number}") };
    let hex = Text::from(what).sha256().hex().to_string_lossy();
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18], &hex[18..30])
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::*;

    #[test]
    fn json_is_written_as_serde_writes_it() {
        let odd: String = (0..0x80).filter_map(char::from_u32).chain("é\u{2028}\u{fffd}".chars()).collect();
        let mut body = value!({
            "": null, "a\"b\\c\n": [true, false, 0, -1, 1.5, 1e300, u64::MAX], "empty": [{}, [], ""],
        });
        body["odd"] = Value::from(odd.clone());
        body[odd] = value!([[["x"], {"y": {"z": 1}}]]);
        assert_eq!(json(&body), body.to_string());
        for scalar in [value!(null), value!("\t"), value!(-7), value!([])] {
            assert_eq!(json(&scalar), scalar.to_string());
        }
    }
}
