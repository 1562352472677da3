//! Tells successful answers from errors, by the tables of the service.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::Value;

use crate::decode::{Decode, How, Wrong};
use crate::error::{ApiError, Error};
use crate::node::Node;
use crate::place::{Place, Root};
use crate::projection::{at, beside, scalar};
use crate::service::{Class, ErrorCode, ErrorShape, Operation, Service, Whole};
use crate::sign::Octets as _;

/// An answer, read completely.
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Headers, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Bytes,
}

/// The id of the request that a successful answer shows.
type RequestId = Option<String>;

/// What reads the operation's own part of a successful answer.
pub(crate) type Read<'r> = &'r mut (dyn FnMut(&mut Node<'_>, How) -> Result<(), Wrong> + Send);

/// Longest message of a vendor that is passed through, in characters.
const LONGEST_MESSAGE: usize = 2000;

/// Shorter secrets are no secrets, and hiding them would only garble messages.
const SHORTEST_SECRET: usize = 4;

/// Reads an answer: gives the operation's own part of a success to `read`. `secrets` are taken out of what the vendor
/// says.
pub(crate) fn classify(
    service: &Service,
    operation: &'static Operation,
    answer: &Answer,
    secrets: &[&str],
    read: Option<Read<'_>>,
) -> Result<RequestId, Error> {
    let parsed = parse(&answer.body, operation.root);
    let body = parsed.as_ref().unwrap_or(&Node::Null);
    let reader = Reader { service, operation, answer, body, secrets };
    let request_id = reader.request_id();
    match &parsed {
        Ok(_) if reader.succeeded() => {}
        Ok(_) => {
            return Err(
                reader.failure(request_id, "neither a success nor an error as the spec describes them")
            );
        }
        Err(problem) => return Err(reader.failure(request_id, problem)),
    }
    let Some(read) = read else { return Ok(request_id) };
    match own(operation, parsed.unwrap_or_default(), |part| read(part, How::new(operation.lenient))) {
        Ok(()) => Ok(request_id),
        Err(wrong) => Err(Error::Answer {
            operation: operation.name,
            problem: wrong.within(operation.within),
            http_status: answer.status,
            request_id,
        }),
    }
}

/// The body of a successful answer as JSON; where one field is the whole body, an object with that field.
pub(crate) fn json(operation: &Operation, body: &[u8]) -> Value {
    let json = parse(body, operation.root).unwrap_or_default().into_value();
    match operation.root {
        Some(whole) => whole.wrap(json),
        None => json,
    }
}

/// The operation's own part of a successful answer.
pub(crate) fn decode<T: Decode>(operation: &Operation, body: &[u8]) -> Result<T, Wrong> {
    let parsed = parse(body, operation.root).unwrap_or_default();
    own(operation, parsed, |part| T::decode(Some(part), How::new(operation.lenient)))
}

/// Reads the operation's own part of a body. Where it is absent or null, it counts as empty.
fn own<T>(
    operation: &Operation,
    parsed: Node<'_>,
    read: impl FnOnce(&mut Node<'_>) -> Result<T, Wrong>,
) -> Result<T, Wrong> {
    let mut body = match operation.root {
        Some(whole) => Node::Object(vec![(Cow::Borrowed(whole.field()), parsed)]),
        None => parsed,
    };
    let part = operation.within.iter().try_fold(&mut body, |value, key| value.member_mut(key));
    read(part.filter(|part| !matches!(part, Node::Null)).unwrap_or(&mut Node::Object(Vec::new())))
}

/// Parses a body, which is any text where the whole of it is one. What is wrong with it is said without repeating any
/// of it.
fn parse(body: &[u8], root: Option<Whole>) -> Result<Node<'_>, String> {
    if body.trim_ascii().is_empty() {
        return Ok(Node::Null);
    }
    // All text is looked at once, which takes less than to look at each text in it.
    let parsed = match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    };
    if let (Err(_), Some(Whole::Text(_)), Ok(text)) = (&parsed, root, std::str::from_utf8(body)) {
        return Ok(Node::Text(Cow::Borrowed(text.trim())));
    }
    parsed.map_err(|why| {
        if why.to_string().starts_with("recursion limit") {
            return "JSON that nests too deeply".to_owned();
        }
        let what = if why.is_eof() { "JSON that was cut short" } else { "not JSON" };
        format!("{what} (line {}, column {})", why.line(), why.column())
    })
}

struct Reader<'a> {
    service: &'a Service,
    operation: &'static Operation,
    answer: &'a Answer,
    body: &'a Node<'a>,
    secrets: &'a [&'a str],
}

impl Reader<'_> {
    /// Whether all conditions hold. Even where a spec speaks only of the body, no HTTP error or redirect is a success,
    /// nor is JSON that cannot have the operation's part in it.
    fn succeeded(&self) -> bool {
        let holds = |(place, wants): &(Place, &[crate::service::Want])| {
            let value = self.present(place);
            wants.iter().any(|want| want.accepts(value.as_deref()))
        };
        let conditions = self.operation.succeeds(&self.service.envelope);
        let by_status = conditions.iter().any(|(place, _)| place.root == Root::Status);
        let status = by_status || (200..300).contains(&self.answer.status);
        let shape = self.operation.within.is_empty() || matches!(self.body, Node::Null | Node::Object(_));
        status && shape && conditions.iter().all(holds)
    }

    /// What stands at a place, as text; objects and lists, which have none, are there all the same.
    fn present(&self, place: &Place) -> Option<Cow<'_, str>> {
        match place.root {
            Root::Body => {
                let value = at(self.body, place.steps, &[])?;
                Some(scalar(value).unwrap_or_default())
            }
            _ => self.text(place),
        }
    }

    /// What stands at a place, as text.
    fn text(&self, place: &Place) -> Option<Cow<'_, str>> {
        match place.root {
            Root::Body => scalar(at(self.body, place.steps, &[])?),
            // What was asked for is no part of an envelope.
            root => beside(root, self.answer.status, &self.answer.headers),
        }
    }

    /// What stands at a place, if it says anything, fit to be shown.
    fn shown(&self, place: &Place) -> Option<String> {
        let text = self.text(place)?;
        Some(clean(&text, self.secrets)).filter(|text| !text.is_empty())
    }

    fn request_id(&self) -> Option<String> {
        self.service.envelope.request_id.iter().find_map(|place| self.shown(place))
    }

    /// The error that an answer is: the first shape with a code, else the HTTP status, else no error of the service.
    fn failure(&self, request_id: Option<String>, problem: &str) -> Error {
        let status = self.answer.status;
        let shape = |shape: &ErrorShape| {
            let code = self.shown(&shape.code)?;
            let name = shape.name.as_ref().and_then(|place| self.shown(place));
            let message = shape.message.as_ref().and_then(|place| self.shown(place));
            Some((code, name, message.unwrap_or_default()))
        };
        let told = self.service.envelope.errors.iter().find_map(shape);
        let (code, name, message) = match told {
            Some(told) => told,
            None if status >= 400 => {
                (status.to_string(), None, format!("the answer is {}", self.described(problem)))
            }
            None => {
                let problem = match status {
                    300..400 => "the answer is a redirect, which a signed call does not follow".to_owned(),
                    _ => format!("the answer is {}", self.described(problem)),
                };
                return Error::Answer {
                    operation: self.operation.name,
                    problem,
                    http_status: status,
                    request_id,
                };
            }
        };
        let known = self.known(&code);
        let (class, retryable) = known.map_or_else(|| by_status(status), |known| (known.class, known.retry));
        let known_name = known.and_then(|known| known.name).map(str::to_owned);
        Error::Api(Box::new(ApiError {
            operation: self.operation.name,
            http_status: status,
            name: name.or(known_name).filter(|name| *name != code),
            code,
            message,
            request_id,
            class,
            retryable,
            doc: known.map(ErrorCode::doc).filter(|doc| !doc.is_empty()),
            attempts: 1,
            retry_after: None,
            clocks: None,
            when: known.map_or(&[], |known| known.when),
        }))
    }

    /// What the spec says about a code: the operation's own errors come first.
    fn known(&self, code: &str) -> Option<&'static ErrorCode> {
        let mut errors = self.operation.errors.iter().chain(self.service.errors);
        errors.find(|error| error.matches(code))
    }

    /// Says what kind of body it is without showing any of it.
    fn described(&self, problem: &str) -> String {
        if self.answer.body.is_empty() {
            return "empty".to_owned();
        }
        let content_type = self.answer.headers.iter().find(|(name, _)| name == "content-type");
        let content_type = content_type.map_or("no content type", |(_, value)| value.as_str());
        format!("{problem} ({}, {} bytes)", clean(content_type, self.secrets), self.answer.body.len())
    }
}

/// What an HTTP status alone says.
fn by_status(status: u16) -> (Class, bool) {
    match status {
        401 => (Class::Auth, false),
        403 => (Class::Denied, false),
        404 => (Class::NotFound, false),
        429 => (Class::Throttled, true),
        500..=599 => (Class::Server, true),
        _ => (Class::Invalid, false),
    }
}

/// A vendor's text, fit to be shown: no secrets, no control characters, not endless.
pub(crate) fn clean(text: &str, secrets: &[&str]) -> String {
    let mut text = Cow::Borrowed(text.trim());
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST_SECRET) {
        redact(&mut text, secret);
        // A server that repeats the request shows a token as it travelled. Either spelling is at least as long.
        if secret.len() <= text.len() {
            redact(&mut text, &crate::encoding::percent_encode(secret.as_bytes(), b""));
        }
        if secret.len().div_ceil(3) * 4 <= text.len() {
            redact(&mut text, &secret.as_bytes().base64().to_string_lossy());
        }
    }
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => text[..end].chars().map(plain).chain(['…']).collect(),
        None if text.contains(char::is_control) => text.chars().map(plain).collect(),
        None => text.into_owned(),
    }
}

fn redact(text: &mut Cow<'_, str>, secret: &str) {
    if text.contains(secret) {
        *text = Cow::Owned(text.replace(secret, "[redacted]"));
    }
}

#[cfg(test)]
mod tests;
