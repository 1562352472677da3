//! A request in parts, before it is signed.

use std::borrow::Cow;

use super::value::{Pairs, Text};
use crate::encoding::{parse_query, percent_encode};

/// A request in parts: what signing functions read and add to.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The HTTP method in upper case.
    pub method: String,
    /// The host as the Host header shows it, a default port removed.
    pub host: String,
    /// The path as it travels, percent-encoded, at least `/`.
    pub path: String,
    /// The query, decoded.
    pub query: Pairs,
    /// The query as it was received; `None` while a request is being built.
    pub raw_query: Option<Vec<u8>>,
    /// Headers other than Host, as they are sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// The body of a [`Draft`].
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// A form, decoded.
    Form(Pairs),
    /// A form as it was received, and what it decodes to.
    ReceivedForm(Vec<u8>, Pairs),
    /// Anything else.
    Bytes(Vec<u8>),
}

impl Draft {
    /// The query as it travels, without `?`.
    #[must_use]
    pub fn encoded_query(&self) -> Vec<u8> {
        self.query_as_sent().into_owned()
    }

    /// The body as it travels.
    #[must_use]
    pub fn encoded_body(&self) -> Vec<u8> {
        self.body_as_sent().into_owned()
    }

    /// The query as it travels, which may have to be written first.
    pub(crate) fn query_as_sent(&self) -> Cow<'_, [u8]> {
        match &self.raw_query {
            Some(raw) => Cow::Borrowed(raw),
            None => Cow::Owned(encode(&self.query).into_bytes()),
        }
    }

    /// The body as it travels, which may have to be written first.
    pub(crate) fn body_as_sent(&self) -> Cow<'_, [u8]> {
        match &self.body {
            Body::Empty => Cow::Borrowed(&[]),
            Body::Form(pairs) => Cow::Owned(encode(pairs).into_bytes()),
            Body::ReceivedForm(bytes, _) | Body::Bytes(bytes) => Cow::Borrowed(bytes),
        }
    }

    /// Takes the body out, as it travels.
    pub(crate) fn take_body(&mut self) -> Vec<u8> {
        match &mut self.body {
            Body::Bytes(bytes) => std::mem::take(bytes),
            _ => self.encoded_body(),
        }
    }

    /// The form, if the body is one.
    #[must_use]
    pub fn form(&self) -> Option<&Pairs> {
        match &self.body {
            Body::Form(pairs) | Body::ReceivedForm(_, pairs) => Some(pairs),
            Body::Empty | Body::Bytes(_) => None,
        }
    }

    /// The form for changing, if the body is one.
    pub fn form_mut(&mut self) -> Option<&mut Pairs> {
        match &mut self.body {
            Body::Form(pairs) | Body::ReceivedForm(_, pairs) => Some(pairs),
            Body::Empty | Body::Bytes(_) => None,
        }
    }

    /// The first header with this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Writes pairs as a query or a form body.
fn encode(pairs: &Pairs) -> String {
    let mut out = String::new();
    for (name, value) in pairs.iter() {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(&percent_encode(name, b""));
        out.push('=');
        out.push_str(&percent_encode(value, b""));
    }
    out
}

/// Reads a query or a form body.
impl From<&[u8]> for Pairs {
    fn from(query: &[u8]) -> Self {
        parse_query(query).into_iter().map(|(name, value)| (Text::from(name), Text::from(value))).collect()
    }
}
