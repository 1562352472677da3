//! What goes through proxies: reqwest speaks to all kinds of them.

mod exact;

use std::error::Error as _;
use std::sync::OnceLock;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderMap;

use self::exact::exact;
use super::super::shared::{Call, Timeouts, USER_AGENT, deepest, finite, texts};
use super::super::{Body, BoxFuture, Response};
use super::target::Target;
use crate::error::{TimeoutKind, TransportError, TransportErrorKind as Kind};

/// A client that goes through the proxies that the environment and the system name.
#[derive(Default)]
pub(super) struct Proxied(OnceLock<Result<reqwest::Client, String>>);

impl Proxied {
    /// The same with a client that is there already.
    #[cfg(test)]
    pub(super) fn with(
        timeouts: Timeouts,
        configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Self {
        Self(OnceLock::from(client(timeouts, configure)))
    }

    /// Sends a request whose method and headers are read already.
    pub(super) async fn exchange(
        &self,
        target: &Target,
        (method, headers): (Method, HeaderMap),
        body: Vec<u8>,
        call: Call,
        timeouts: Timeouts,
    ) -> Result<Response, TransportError> {
        let refused = |why| call.error(Kind::Refused, why);
        let url = exact(&target.uri.to_string(), call.host()).map_err(refused)?;
        #[cfg(not(feature = "rustls"))]
        if url.scheme() == "https" {
            return Err(refused(super::super::shared::without_tls(call.host())));
        }
        let client = self.0.get_or_init(|| client(timeouts, |builder| builder));
        let client = client.as_ref().map_err(|why| refused(why.clone()))?;
        let mut message = reqwest::Request::new(method, url);
        *message.headers_mut() = headers;
        if !body.is_empty() {
            *message.body_mut() = Some(body.into());
        }
        // One clock for all limits instead of two of reqwest's for every request.
        let response = call.silent(client.execute(message)).await?;
        let response = response.map_err(|why| failure(&call, timeouts, why))?;
        let (status, headers) = (response.status().as_u16(), texts(response.headers()));
        let pieces = Pieces { response, call, timeouts, lost: None };
        Ok(Response { status, headers, body: Box::new(pieces) })
    }
}

fn client(
    timeouts: Timeouts,
    configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        // What can be repeated is known where calls are made; every request would be copied for it.
        .retry(reqwest::retry::never())
        .user_agent(USER_AGENT);
    if let Some(timeout) = finite(timeouts.connect) {
        builder = builder.connect_timeout(timeout);
    }
    configure(builder).build().map_err(|why| format!("cannot set up HTTP: {}", deepest(why.source())))
}

/// A body on its way.
struct Pieces {
    response: reqwest::Response,
    call: Call,
    timeouts: Timeouts,
    /// Why the rest never came. reqwest tells it once, and then the end.
    lost: Option<TransportError>,
}

impl Pieces {
    async fn next(&mut self) -> Result<Option<Bytes>, TransportError> {
        if let Some(why) = &self.lost {
            return Err(why.clone());
        }
        let piece = self.call.silent(self.response.chunk()).await;
        let piece = piece.and_then(|piece| piece.map_err(|why| failure(&self.call, self.timeouts, why)));
        piece.inspect_err(|why| self.lost = Some(why.clone()))
    }
}

impl Body for Pieces {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(self.next())
    }
}

/// A failure of reqwest in our words, without the URL, which can be signed.
fn failure(call: &Call, timeouts: Timeouts, why: reqwest::Error) -> TransportError {
    let why = why.without_url();
    let host = call.host();
    if why.is_builder() {
        call.error(Kind::Refused, format!("the request to {host} cannot be sent: {}", deepest(why.source())))
    } else if why.is_timeout() && why.is_connect() {
        call.timed_out(TimeoutKind::Connect, timeouts.connect)
    } else if why.is_connect() {
        call.error(Kind::Connect, format!("cannot connect to {host}: {}", deepest(why.source())))
    } else {
        call.broken(&why)
    }
}
