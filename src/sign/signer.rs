//! What a generated signing function sees.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use zeroize::Zeroizing;

use super::fresh::Fresh;
use super::headers::Covered;
use super::memo::Memo;
use super::value::{Bytes, Key, List, Octets as _, Pairs, Text};
use super::{Auth, Body, Draft};
use crate::service::TimeFormat;
use crate::time::Timestamp;

/// What a signature depends on besides the request.
#[derive(Clone)]
pub struct Inputs {
    /// The access key, which names the credentials.
    pub access_key: String,
    /// The secret key, wiped when it is no longer needed.
    pub secret: Zeroizing<String>,
    /// The token of temporary credentials.
    pub token: Option<String>,
    /// The clock, read once per request.
    pub now: Timestamp,
    /// A fresh UUID.
    pub uuid: String,
    /// A fresh positive number.
    pub random: String,
    /// Settings by name.
    pub settings: Vec<(String, String)>,
    /// The names of the signed headers, where the request says which; otherwise the service's rule decides.
    pub signed_headers: Option<Vec<String>>,
    /// Placements that are left out, for requests whose sender does not send them.
    pub omit: Vec<String>,
}

/// The values of a signature's steps, in the order in which they were made: what to show when two sides disagree.
pub type Trace = Vec<(&'static str, Vec<u8>)>;

/// What a signing function reads from and writes to.
pub struct Signer<'a> {
    pub(super) auth: &'static Auth,
    variant: &'static str,
    pub(super) inputs: &'a Inputs,
    pub(super) draft: &'a mut Draft,
    trace: RefCell<Option<Trace>>,
    fault: Cell<Option<&'static str>>,
    memo: Option<&'a Memo>,
    fresh: Option<Fresh>,
    /// The headers that are covered, until another one is placed.
    pub(super) covered: RefCell<Covered>,
}

impl<'a> Signer<'a> {
    /// A signer of `draft` with the variant of this name.
    pub fn new(auth: &'static Auth, variant: &'static str, inputs: &'a Inputs, draft: &'a mut Draft) -> Self {
        Self {
            auth,
            variant,
            inputs,
            draft,
            trace: RefCell::new(None),
            fault: Cell::new(None),
            memo: None,
            fresh: None,
            covered: RefCell::default(),
        }
    }

    /// The same, taking the values of steps that last from here, and keeping them there.
    #[must_use]
    pub fn remembering(mut self, memo: &'a Memo) -> Self {
        self.memo = Some(memo);
        self
    }

    /// The same with a UUID and a random number of its own in place of those of the inputs. They are drawn when the
    /// signature asks for them.
    #[must_use]
    pub(crate) fn drawing(mut self) -> Self {
        self.fresh = Some(Fresh::default());
        self
    }

    /// Whether something was to be drawn, and the system gave no random bytes.
    pub(crate) fn drew_nothing(&self) -> bool {
        self.fresh.as_ref().is_some_and(Fresh::failed)
    }

    /// Signs, and returns the value of every step. They include secrets: for tests and verifiers only.
    #[must_use]
    pub fn traced(mut self, sign: fn(&mut Signer<'_>)) -> Trace {
        self.trace = RefCell::new(Some(Trace::new()));
        sign(&mut self);
        self.trace.into_inner().unwrap_or_default()
    }

    /// Notes the value of a step and gives it back.
    #[inline]
    pub fn step<T: Step>(&self, name: &'static str, value: T) -> T {
        if let Some(trace) = self.trace.borrow_mut().as_mut() {
            trace.push((name, value.shown()));
        }
        value
    }

    /// Notes the value of a step that is something else's name. It is made only if somebody wants to see it.
    pub fn note<T: Step>(&self, name: &'static str, value: impl FnOnce() -> T) {
        if self.is_traced() {
            self.step(name, value());
        }
    }

    fn is_traced(&self) -> bool {
        self.trace.borrow().is_some()
    }

    /// A step whose value depends on nothing but `inputs`, which are the same for many requests: it is made only if no
    /// earlier signature made it, or if somebody wants to see what it is made of.
    pub fn kept<T>(&self, name: &'static str, inputs: &[&[u8]], make: impl FnOnce() -> T) -> T
    where
        T: Step + AsRef<[u8]> + for<'v> From<&'v [u8]>,
    {
        let made = || self.step(name, make());
        self.remembered(name, inputs, |kept| Some(T::from(kept)), made, |value| value.as_ref().to_vec())
    }

    /// The same for a step that is nothing but a key of HMAC-SHA256.
    pub fn kept_key<T>(&self, name: &'static str, inputs: &[&[u8]], make: impl FnOnce() -> T) -> Key
    where
        T: Step + AsRef<[u8]>,
    {
        let made = || Key::new(self.step(name, make()).as_ref());
        self.remembered(name, inputs, Key::from_states, made, Key::states)
    }

    fn remembered<T>(
        &self,
        name: &'static str,
        inputs: &[&[u8]],
        read: impl FnOnce(&[u8]) -> Option<T>,
        make: impl FnOnce() -> T,
        write: impl FnOnce(&T) -> Vec<u8>,
    ) -> T {
        let Some(memo) = self.memo.filter(|_| !self.is_traced()) else { return make() };
        if let Some(value) = memo.get(self.variant, name, inputs, read) {
            return value;
        }
        let value = make();
        // What could not be decoded has to be noticed each time.
        if self.fault.get().is_none() {
            memo.keep(self.variant, name, inputs, write(&value).into());
        }
        value
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &[u8] {
        self.draft.method.as_bytes()
    }

    /// The host as the Host header shows it.
    #[must_use]
    pub fn host(&self) -> &[u8] {
        self.draft.host.as_bytes()
    }

    /// The path as it travels.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        self.draft.path.as_bytes()
    }

    /// The query as it travels.
    #[must_use]
    pub fn raw_query(&self) -> Cow<'_, [u8]> {
        self.draft.query_as_sent()
    }

    /// The query, decoded.
    #[must_use]
    pub fn query(&self) -> Pairs {
        self.draft.query.clone()
    }

    /// Query and form, decoded.
    #[must_use]
    pub fn params(&self) -> Pairs {
        let mut pairs = self.draft.query.clone();
        pairs.extend(self.draft.form().cloned().unwrap_or_default());
        pairs
    }

    /// The body as it travels.
    #[must_use]
    pub fn body(&self) -> Cow<'_, [u8]> {
        self.draft.body_as_sent()
    }

    /// The access key.
    #[must_use]
    pub fn access_key(&self) -> &[u8] {
        self.inputs.access_key.as_bytes()
    }

    /// The secret key.
    #[must_use]
    pub fn secret(&self) -> &[u8] {
        self.inputs.secret.as_bytes()
    }

    /// The token of temporary credentials.
    #[must_use]
    pub fn token(&self) -> Option<Text> {
        self.inputs.token.as_deref().map(Text::from)
    }

    /// The clock in a format, at an offset from UTC in seconds.
    #[must_use]
    pub fn now(&self, format: &'static str, offset: i32) -> Text {
        self.time(self.inputs.now, format, offset)
    }

    /// A moment so many seconds after the clock, as [`Signer::now`] writes it.
    #[must_use]
    pub fn later(&self, seconds: i64, format: &'static str, offset: i32) -> Text {
        self.time(self.inputs.now.plus_seconds(seconds), format, offset)
    }

    fn time(&self, at: Timestamp, format: &'static str, offset: i32) -> Text {
        let mut text = Text::default();
        at.write(TimeFormat { format, offset }, &mut text);
        text
    }

    /// What was decoded. Where that failed, nothing can be signed: [`Signer::fault`] says so.
    pub fn decoded(&self, what: &'static str, bytes: Option<Bytes>) -> Bytes {
        if bytes.is_none() {
            self.fault.set(self.fault.get().or(Some(what)));
        }
        bytes.unwrap_or_default()
    }

    /// What could not be decoded, as the description of the signature writes it.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        self.fault.get()
    }

    /// A fresh UUID.
    #[must_use]
    pub fn uuid(&self) -> &[u8] {
        self.fresh.as_ref().map_or(self.inputs.uuid.as_str(), Fresh::uuid).as_bytes()
    }

    /// A fresh positive number.
    #[must_use]
    pub fn random(&self) -> &[u8] {
        self.fresh.as_ref().map_or(self.inputs.random.as_str(), Fresh::random).as_bytes()
    }

    /// The variant's name.
    #[must_use]
    pub fn variant(&self) -> &[u8] {
        self.variant.as_bytes()
    }

    /// A setting; empty where it has no value.
    #[must_use]
    pub fn setting(&self, name: &str) -> &[u8] {
        let found = self.inputs.settings.iter().find(|(key, _)| key == name);
        found.map_or(&[], |(_, value)| value.as_bytes())
    }

    /// Puts a header into the request, in place of one with the same name.
    pub fn header(&mut self, name: &str, value: impl Into<Text>) {
        if !self.omitted(name) {
            *self.covered.get_mut() = Covered::Unknown;
            let is = |(key, _): &(String, String)| key.eq_ignore_ascii_case(name);
            if self.draft.headers.iter().any(is) {
                self.draft.headers.retain(|header| !is(header));
            }
            self.draft.headers.push((name.to_owned(), value.into().into_string_lossy()));
        }
    }

    /// Puts a parameter into the form, or into the query where there is no form, in place of one with the same name.
    pub fn param(&mut self, name: &str, value: impl Into<Text>) {
        if self.omitted(name) {
            return;
        }
        let pairs = match &mut self.draft.body {
            Body::Form(pairs) | Body::ReceivedForm(_, pairs) => pairs,
            Body::Empty | Body::Bytes(_) => &mut self.draft.query,
        };
        pairs.retain(|key, _| key.as_ref() != name.as_bytes());
        pairs.push(name, value);
    }

    fn omitted(&self, name: &str) -> bool {
        self.inputs.omit.iter().any(|omitted| omitted == name)
    }
}

/// A value that a step can have.
pub trait Step {
    /// How it shows in a [`Trace`]: text as it is, bytes as hexadecimal digits.
    fn shown(&self) -> Vec<u8>;
}

impl Step for Text {
    fn shown(&self) -> Vec<u8> {
        self.to_vec()
    }
}

impl Step for Bytes {
    fn shown(&self) -> Vec<u8> {
        self.hex().to_vec()
    }
}

impl Step for List {
    fn shown(&self) -> Vec<u8> {
        self.lines().to_vec()
    }
}

impl Step for Pairs {
    fn shown(&self) -> Vec<u8> {
        self.join("=").lines().to_vec()
    }
}
