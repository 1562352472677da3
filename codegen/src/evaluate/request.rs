//! A request before it is signed.

use percent_encoding::percent_decode;

use super::Text;
use super::filters::encode;
use crate::model::Variant;
use crate::spec::VectorSpec;

/// A request without what its signature places.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The HTTP method.
    pub method: String,
    /// The host as the Host header shows it, a default port removed.
    pub host: String,
    /// The path as it travels, at least `/`.
    pub path: String,
    /// The query, decoded.
    pub query: Vec<(Text, Text)>,
    /// The query as it travels, where that is not the usual spelling of `query`.
    pub raw_query: Option<Text>,
    /// Headers other than Host.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// The body of a [`Request`].
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// A form, decoded.
    Form(Vec<(Text, Text)>),
    /// Anything else.
    Bytes(Vec<u8>),
}

impl Request {
    /// The request of a vector; `None` where its URL is none.
    pub fn of(vector: &VectorSpec, variant: &Variant) -> Option<Self> {
        let url = vector.request.url.split('#').next().unwrap_or_default();
        let (scheme, rest) = url.split_once("://")?;
        let port = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => return None,
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, target) = rest.split_at(end);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        // A query that the signature is placed into is written anew; any other travels as it stands.
        let signed_query = variant.placements.iter().any(|placement| !placement.header);
        let body = match (&vector.request.form, &vector.request.body) {
            (Some(form), _) => Body::Form(
                form.iter()
                    .map(|(name, value)| (name.as_bytes().to_vec(), value.0.clone().into_bytes()))
                    .collect(),
            ),
            (None, Some(body)) => Body::Bytes(body.clone().into_bytes()),
            (None, None) => Body::Empty,
        };
        Some(Self {
            method: vector.request.method.clone(),
            host: host.strip_suffix(port).unwrap_or(host).to_owned(),
            path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
            query: parse_query(query.as_bytes()),
            raw_query: (!signed_query).then(|| query.as_bytes().to_vec()),
            headers: vector
                .request
                .headers
                .iter()
                .map(|(name, value)| (name.to_owned(), value.0.clone()))
                .collect(),
            body,
        })
    }

    /// The query as it travels.
    pub(super) fn sent_query(&self) -> Text {
        self.raw_query.clone().unwrap_or_else(|| write_query(&self.query))
    }

    /// The body as it travels.
    pub(super) fn sent_body(&self) -> Vec<u8> {
        match &self.body {
            Body::Empty => Vec::new(),
            Body::Form(pairs) => write_query(pairs),
            Body::Bytes(bytes) => bytes.clone(),
        }
    }

    /// Query and form.
    pub(super) fn params(&self) -> Vec<(Text, Text)> {
        let form: &[(Text, Text)] = match &self.body {
            Body::Form(pairs) => pairs,
            Body::Empty | Body::Bytes(_) => &[],
        };
        [&self.query[..], form].concat()
    }

    /// The values of a header without outer blanks, joined by commas.
    pub(super) fn header(&self, name: &str) -> String {
        let host = (name == "host").then_some(self.host.as_str());
        let sent = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let values: Vec<&str> =
            host.into_iter().chain(sent.map(|(_, value)| value.as_str())).map(str::trim).collect();
        values.join(",")
    }
}

fn write_query(pairs: &[(Text, Text)]) -> Text {
    let pair = |(name, value): &(Text, Text)| [encode(name, b""), encode(value, b"")].join(&b'=');
    pairs.iter().map(pair).collect::<Vec<Text>>().join(&b'&')
}

fn parse_query(query: &[u8]) -> Vec<(Text, Text)> {
    let decode = |text: &[u8]| -> Text {
        let spaced: Text = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        percent_decode(&spaced).collect()
    };
    let pairs = query.split(|byte| *byte == b'&').map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = at.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
        (decode(name), decode(value))
    });
    pairs.filter(|(name, _)| !name.is_empty()).collect()
}
