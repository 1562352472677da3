//! What the suites share: three made-up services as generated code would describe them, and a client that says every
//! byte it sends.
#![allow(dead_code, reason = "no suite uses everything")]

mod alpha;
mod beta;
mod delta;
mod gamma;
pub mod random;
pub mod strict;
pub mod under;
pub mod wire;

use std::net::SocketAddr;

use rdbfetch::Timestamp;
use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::place::{Place, Root, Step};
use rdbfetch::service::{Bounds, Class, ErrorCode, Kind, Parameter, Service, Traits, When};
use rdbfetch::sign::{Body, Draft, Inputs, Pairs, Signer, Trace};
use rdbfetch_emulator::{Builder, Clock, Emulator};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub static ALPHA: &ServiceMetadata = &alpha::METADATA;
pub static BETA: &ServiceMetadata = &beta::METADATA;
pub static GAMMA: &ServiceMetadata = &gamma::METADATA;
pub static DELTA: &ServiceMetadata = &delta::METADATA;
pub static SERVICES: &[&ServiceMetadata] = &[ALPHA, BETA, GAMMA];

pub const INSTANCE: &str = "emulated-1";
pub const BACKUP: &str = "20260101000000-1";
pub const RUNNING: &str = "20260102000000-1";

pub const fn body(steps: &'static [Step]) -> Place {
    Place { root: Root::Body, steps }
}

pub const fn error(code: &'static str, class: Class, when: &'static [When]) -> ErrorCode {
    ErrorCode { code, name: None, class, retry: false, status: None, when, doc: "What the spec says." }
}

pub const fn parameter(name: &'static str, kind: Kind, required: bool) -> Parameter {
    Parameter {
        name,
        wire: name,
        place: None,
        kind,
        required,
        from: None,
        default: None,
        values: &[],
        bounds: Bounds::NONE,
        traits: Traits::NONE,
    }
}

/// An emulator of the three services, and the clock it goes by.
pub async fn start(configure: impl FnOnce(Builder) -> Builder) -> (Emulator, Clock) {
    let clock = Clock::frozen(Timestamp::from_unix(1_700_000_000).unwrap());
    let builder = Emulator::builder().services(SERVICES).clock(clock.clone());
    (configure(builder).start().await.unwrap(), clock)
}

/// Who signs, and with what.
#[derive(Clone)]
pub struct Signing {
    pub access_key: String,
    pub secret: String,
    pub token: Option<String>,
    pub now: Timestamp,
    pub nonce: String,
    pub variant: &'static str,
    pub signed_headers: Option<Vec<String>>,
    pub settings: Vec<(String, String)>,
    pub omit: Vec<String>,
}

impl Signing {
    pub fn new(access_key: &str, secret: &str, now: Timestamp, service: &Service) -> Self {
        let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Self {
            access_key: access_key.to_owned(),
            secret: secret.to_owned(),
            token: None,
            now,
            nonce: "1".to_owned(),
            variant: service.auth.default,
            signed_headers: None,
            settings: vec![setting("region", "north-1"), setting("service", "store")],
            omit: Vec::new(),
        }
    }

    /// What an emulator's own credentials sign.
    pub fn of(emulator: &Emulator, clock: &Clock, service: &Service) -> Self {
        let credentials = emulator.credentials();
        Self::new(credentials.access_key(), credentials.secret(), clock.now(), service)
    }

    pub fn sign(&self, service: &'static Service, draft: &mut Draft) -> Trace {
        let inputs = Inputs {
            access_key: self.access_key.clone(),
            secret: self.secret.clone().into(),
            token: self.token.clone(),
            now: self.now,
            uuid: self.nonce.clone(),
            random: self.nonce.clone(),
            settings: self.settings.clone(),
            signed_headers: self.signed_headers.clone(),
            omit: self.omit.clone(),
        };
        let variant = service.auth.variant(self.variant).unwrap();
        Signer::new(&service.auth, variant.name, &inputs, draft).traced(variant.sign)
    }
}

/// A call of alpha, not signed yet.
pub fn alpha_call(operation: &str, body: Value, host: &str) -> Draft {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Draft {
        method: "POST".to_owned(),
        host: host.to_owned(),
        path: "/".to_owned(),
        headers: vec![
            header("Content-Type", "application/json"),
            header("X-A-Action", operation),
            header("X-A-Version", "2020-01-01"),
            header("X-A-Region", "north-1"),
        ],
        body: Body::Bytes(body.to_string().into_bytes()),
        ..Draft::default()
    }
}

/// A call of beta, not signed yet: a form, or a query.
pub fn beta_call(method: &str, pairs: &[(&str, &str)], host: &str) -> Draft {
    let mut list = Pairs::default();
    pairs.iter().for_each(|(name, value)| list.push(*name, *value));
    let mut draft = Draft {
        method: method.to_owned(),
        host: host.to_owned(),
        path: "/v2/index".to_owned(),
        ..Draft::default()
    };
    if method == "POST" {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        draft.headers.push(("Content-Type".to_owned(), form.to_owned()));
        draft.body = Body::Form(list);
    } else {
        draft.query = list;
    }
    draft
}

/// A call of gamma, not signed yet.
pub fn gamma_call(path: &str, pairs: &[(&str, &str)], host: &str) -> Draft {
    let mut draft = beta_call("GET", pairs, host);
    draft.path = path.to_owned();
    draft
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|problem| panic!("{problem}: {self:?}"))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The host and port of a URL.
pub fn host(url: &str) -> &str {
    url.split_once("://").unwrap().1.split('/').next().unwrap()
}

/// Sends a draft as it is.
pub async fn send(url: &str, draft: &Draft) -> Reply {
    exchange(host(url), draft_bytes(draft, LAST)).await
}

/// Gets a link, with these headers.
pub async fn fetch(method: &str, link: &str, headers: &[(&str, &str)]) -> Reply {
    let headers: Vec<(&str, &str)> = LAST.iter().chain(headers).copied().collect();
    exchange(host(link), link_bytes(method, link, &headers)).await
}

/// What says that no other request follows.
const LAST: &[(&str, &str)] = &[("Connection", "close")];

/// The bytes of a draft as it is, with more headers.
pub fn draft_bytes(draft: &Draft, more: &[(&str, &str)]) -> Vec<u8> {
    let query = draft.encoded_query();
    let mark = if query.is_empty() { "" } else { "?" };
    let target = format!("{}{mark}{}", draft.path, String::from_utf8(query).unwrap());
    let own = draft.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let headers: Vec<(&str, &str)> = more.iter().copied().chain(own).collect();
    request(&draft.method, &target, &draft.host, &headers, &draft.encoded_body())
}

/// The bytes of a request for a link.
pub fn link_bytes(method: &str, link: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let (_, rest) = link.split_once("://").unwrap();
    let (authority, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    request(method, target, authority, headers, b"")
}

/// The bytes of a request.
pub fn request(method: &str, target: &str, host: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let target = if target.is_empty() { "/" } else { target };
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    [head.as_bytes(), body].concat()
}

async fn exchange(authority: &str, request: Vec<u8>) -> Reply {
    let port: u16 = authority.rsplit_once(':').unwrap().1.parse().unwrap();
    let mut stream = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await.unwrap();
    // A server that has seen enough may hang up early; what counts is its answer.
    let _ = stream.write_all(&request).await;
    read(&mut stream).await
}

/// Reads an answer until the other side hangs up.
pub async fn read(stream: &mut TcpStream) -> Reply {
    let mut received = Vec::new();
    let _ = stream.read_to_end(&mut received).await;
    let end = received.windows(4).position(|four| four == b"\r\n\r\n").expect("the head of an answer");
    let head = String::from_utf8(received[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    Reply { status, headers, body: received[end + 4..].to_vec() }
}
