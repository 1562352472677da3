//! One call: as many attempts as it takes.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;
use tracing::{Instrument as _, Span};

use super::limiter::Bucket;
use super::retry::worth_it;
use super::skew::{Measured, http_date, shifted};
use super::timeouts::{Deadline, has_clock};
use super::{Cloud, Reply, secrets};
use crate::answer::{Answer, Read, classify, clean};
use crate::config::Credentials;
use crate::error::{ApiError, Error, TimeoutKind, TransportError};
use crate::service::{Class, Operation};
use crate::time::Timestamp;
use crate::transport;
use crate::value::Parameters;

/// The largest answer of an API that is read, in bytes.
const LARGEST_ANSWER: usize = 64 << 20;

/// A call under way.
pub(super) struct Call<'a> {
    cloud: &'a Cloud,
    operation: &'static Operation,
    parameters: &'a Parameters,
    deadline: Deadline,
    /// How many attempts were begun.
    attempts: u32,
    /// What is added to the clock, in milliseconds, and whether this call measured it.
    offset: i64,
    corrected: bool,
    /// Whether the credentials were renewed.
    renewed: bool,
    span: Span,
}

/// What an attempt came to, and what the next can learn from it.
struct Failure {
    error: Error,
    measured: Option<Measured>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, measured: None }
    }
}

impl<'a> Call<'a> {
    pub(super) fn new(cloud: &'a Cloud, operation: &'static Operation, parameters: &'a Parameters) -> Self {
        let deadline = Deadline::after(cloud.inner.timeouts.call, TimeoutKind::Call);
        let offset = cloud.inner.skew.get();
        // Nothing in it that a caller passed, and of what the service gives only ids.
        let span = tracing::info_span!(
            "rdbfetch.call",
            service = cloud.service().name,
            operation = operation.name,
            attempt = tracing::field::Empty,
            http_status = tracing::field::Empty,
            request_id = tracing::field::Empty,
            code = tracing::field::Empty,
        );
        Self {
            cloud,
            operation,
            parameters,
            deadline,
            attempts: 0,
            offset,
            corrected: false,
            renewed: false,
            span,
        }
    }

    /// Makes the call inside its span. `read` reads the answer; without it nobody does yet.
    pub(super) async fn traced(self, read: Option<Read<'_>>) -> Result<Reply, Error> {
        let span = self.span.clone();
        self.run(read).instrument(span).await
    }

    /// Makes attempts until one succeeds or no other can help.
    async fn run(mut self, mut read: Option<Read<'_>>) -> Result<Reply, Error> {
        let mut keys = match self.keys().await {
            Ok(keys) => keys,
            // What is wrong with the request itself comes first: it costs nothing to find out.
            Err(error) => {
                return Err(self.cloud.form(self.operation, self.parameters).err().unwrap_or(error));
            }
        };
        loop {
            self.attempts = self.attempts.saturating_add(1);
            let failure = match self.attempt(&keys, read.as_mut().map(|read| &mut **read as Read<'_>)).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            let Failure { mut error, measured } = failure;
            self.count(&mut error);
            if self.correct(&mut error, measured) {
                continue;
            }
            if let Some(newer) = self.renew(&error, &keys).await {
                keys = newer;
                continue;
            }
            match self.wait(&error) {
                Some(wait) => {
                    tracing::info!(attempt = self.attempts, wait_ms = milliseconds(wait), %error, "repeating");
                    sleep(wait).await;
                }
                None => return Err(error),
            }
        }
    }

    /// The credentials to sign with, which may have to be asked for.
    async fn keys(&self) -> Result<Arc<Credentials>, Error> {
        let Cloud { inner } = self.cloud;
        if !has_clock() {
            return inner.keys(self.operation, self.cloud.now()).await;
        }
        let keys = self.deadline.within(inner.keys(self.operation, self.cloud.now())).await;
        keys.unwrap_or_else(|| {
            Err(Error::Transport(self.deadline.error(self.operation.name, "waiting for the credentials")))
        })
    }

    /// Newer credentials, once, where the service no longer takes these.
    async fn renew(&mut self, error: &Error, keys: &Arc<Credentials>) -> Option<Arc<Credentials>> {
        let auth = matches!(error, Error::Api(error) if error.class == Class::Auth);
        if !auth || std::mem::replace(&mut self.renewed, auth) {
            return None;
        }
        self.cloud.inner.renewed(keys, self.cloud.now()).await
    }

    /// Says in an error how many attempts there were.
    fn count(&self, error: &mut Error) {
        match error {
            Error::Api(error) => error.attempts = self.attempts,
            Error::Transport(error) => error.attempts = self.attempts,
            _ => {}
        }
    }

    /// How long to wait before the next attempt; `None` where there is to be none.
    fn wait(&self, error: &Error) -> Option<Duration> {
        let inner = &self.cloud.inner;
        let over = self.attempts >= inner.retry.max_attempts || !has_clock();
        if over || !worth_it(error, self.operation.idempotent) {
            return None;
        }
        let asked = error.api().and_then(|error| error.retry_after).unwrap_or_default();
        let wait = inner.retry.wait(self.attempts, error, (inner.jitter)()).max(asked);
        self.deadline.allows(wait).then_some(wait)
    }

    /// Takes the service's clock for the next attempt, where that can help and was not done yet. A request that was
    /// refused for its clock did nothing: any operation can be repeated.
    fn correct(&mut self, error: &mut Error, measured: Option<Measured>) -> bool {
        let (Error::Api(error), Some(measured)) = (error, measured) else { return false };
        let service = self.cloud.service();
        if !measured.explains(error, service, self.offset) {
            return false;
        }
        let inner = &self.cloud.inner;
        let clocks = measured.clocks(shifted((inner.clock)(), self.offset));
        if !inner.clock_correction || self.corrected || !measured.sane() {
            error.clocks = Some(clocks);
            return false;
        }
        tracing::warn!(offset_ms = measured.offset, "the clock of this machine is off: {clocks}; corrected");
        self.offset = measured.offset;
        self.corrected = true;
        true
    }

    /// Waits for its turn, signs, sends, and reads the answer.
    async fn attempt(&self, keys: &Credentials, read: Option<Read<'_>>) -> Result<Reply, Failure> {
        if let Some(bucket) = self.cloud.inner.limiter.bucket(self.operation) {
            self.take_turn(bucket).await?;
        }
        let Cloud { inner } = self.cloud;
        let sent = (inner.clock)();
        let at = shifted(sent, self.offset);
        let (mut request, host) = self.cloud.signed(self.operation, self.parameters, keys, at)?;
        let limit = Deadline::after(inner.timeouts.attempt, TimeoutKind::Attempt).or_sooner(self.deadline);
        request.timeout = limit.left();
        let answer = match limit.within(self.exchange(request, keys)).await {
            Some(Err(Error::Transport(error))) => Err(Error::Transport(limit.named(error))),
            Some(answer) => answer,
            None => Err(Error::Transport(limit.error(self.operation.name, &format!("waiting for {host}")))),
        };
        let answer = answer.inspect_err(|error| self.note(None, error))?;
        match classify(inner.service, self.operation, &answer, &secrets(keys), read) {
            Ok(request_id) => {
                if self.corrected {
                    inner.skew.keep(self.offset);
                }
                self.span.record("attempt", self.attempts).record("http_status", answer.status);
                self.span.record("request_id", request_id.as_deref());
                Ok(Reply {
                    operation: self.operation,
                    status: answer.status,
                    headers: answer.headers,
                    body: answer.body,
                    request_id,
                    at,
                    json: OnceLock::new(),
                })
            }
            Err(mut error) => {
                if let Error::Api(error) = &mut error {
                    error.retry_after = retry_after(&answer, at);
                }
                self.note(Some(answer.status), &error);
                Err(Failure { error, measured: Measured::new(&answer.headers, sent, (inner.clock)()) })
            }
        }
    }

    /// Waits until the rate allows another call.
    async fn take_turn(&self, bucket: &Bucket) -> Result<(), Error> {
        if bucket.try_take() || !has_clock() {
            return Ok(());
        }
        tracing::debug!(rate = bucket.rate(), "waiting for the rate limit");
        self.deadline.within(bucket.take()).await.ok_or_else(|| {
            let doing = format!("waiting for the rate limit of {} calls a second", bucket.rate());
            Error::Transport(self.deadline.error(self.operation.name, &doing))
        })
    }

    /// Notes in the span how an attempt failed.
    fn note(&self, status: Option<u16>, error: &Error) {
        self.span.record("attempt", self.attempts).record("http_status", status);
        if let Some(ApiError { code, request_id, .. }) = error.api() {
            self.span.record("code", code.as_str()).record("request_id", request_id.as_deref());
        }
    }

    /// Sends a request and reads the whole answer.
    async fn exchange(&self, request: transport::Request, keys: &Credentials) -> Result<Answer, Error> {
        let broken = |mut error: TransportError| {
            error.message = clean(&error.message, &secrets(keys));
            Error::Transport(error)
        };
        let mut response = self.cloud.inner.transport.send(request).await.map_err(broken)?;
        let (status, headers) = (response.status, response.headers);
        let mut body = Collected::default();
        while let Some(piece) = response.body.chunk().await.map_err(broken)? {
            if piece.len() > LARGEST_ANSWER - body.len() {
                return Err(Error::Answer {
                    operation: self.operation.name,
                    problem: format!("the answer is larger than {} MiB", LARGEST_ANSWER >> 20),
                    http_status: status,
                    request_id: None,
                });
            }
            body.add(piece);
        }
        Ok(Answer { status, headers, body: body.finish() })
    }
}

/// The pieces of a body. What comes in one piece is not copied, and anything else once.
#[derive(Default)]
struct Collected {
    first: Bytes,
    all: Vec<u8>,
}

impl Collected {
    fn len(&self) -> usize {
        self.first.len().max(self.all.len())
    }

    fn add(&mut self, piece: Bytes) {
        if self.len() == 0 {
            self.first = piece;
            return;
        }
        if self.all.is_empty() {
            self.all.reserve(self.first.len() + piece.len());
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&piece);
    }

    fn finish(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.into() }
    }
}

/// How long an answer asks to wait: seconds, or a date by the clock that the request was signed with (RFC 9110, section
/// 10.2.3).
fn retry_after(answer: &Answer, now: Timestamp) -> Option<Duration> {
    let header = answer.headers.iter().find(|(name, _)| name == "retry-after");
    let text = header.map(|(_, value)| value.trim())?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let wait = http_date(text)?.unix_millis().saturating_sub(now.unix_millis());
    Some(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
}

fn milliseconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
