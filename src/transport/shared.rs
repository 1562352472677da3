//! What the transports have in common.

use std::error::Error as StdError;
use std::time::{Duration, Instant};

use crate::error::Error;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// How transports call themselves.
pub(super) const USER_AGENT: &str = concat!("rdbfetch/", env!("CARGO_PKG_VERSION"));

/// How long a transport waits.
#[derive(Clone, Copy)]
pub(super) struct Timeouts {
    pub(super) connect: Duration,
    pub(super) read: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: CONNECT_TIMEOUT, read: READ_TIMEOUT }
    }
}

impl Timeouts {
    /// The same with this much time to connect; zero is refused.
    pub(super) fn with_connect(self, timeout: Duration) -> Result<Self, Error> {
        Ok(Self { connect: positive("connect", timeout)?, ..self })
    }

    /// The same with this much time between two reads; zero is refused.
    pub(super) fn with_read(self, timeout: Duration) -> Result<Self, Error> {
        Ok(Self { read: positive("read", timeout)?, ..self })
    }
}

fn positive(name: &str, timeout: Duration) -> Result<Duration, Error> {
    if timeout.is_zero() {
        let problem = format!("the time to {name} is zero; Duration::MAX stands for no limit");
        return Err(Error::Config(problem));
    }
    Ok(timeout)
}

/// Whether a clock can count so far: what is longer is no limit.
pub(super) fn finite(timeout: Duration) -> Option<Duration> {
    Instant::now().checked_add(timeout).map(|_| timeout)
}

/// Whether a request with this method and no body has no length either: where a body is expected, an empty one has.
pub(super) fn bodiless(method: &reqwest::Method) -> bool {
    method.is_safe() || method == reqwest::Method::DELETE
}

/// What an error comes down to.
pub(super) fn deepest(why: Option<&(dyn StdError + 'static)>) -> String {
    let mut text = None;
    let mut next = why;
    while let Some(error) = next {
        let io = error.downcast_ref::<std::io::Error>().filter(|error| error.raw_os_error().is_some());
        // The words of the standard library are plainer than those of the system.
        text = Some(io.map_or_else(|| error.to_string(), |io| io.kind().to_string()));
        next = error.source();
    }
    // Whatever it is, it must not smuggle a link into a message.
    text.filter(|text| !text.contains("://")).unwrap_or_else(|| "no details are known".to_owned())
}

/// What is said of https where there is no TLS.
#[cfg(not(feature = "rustls"))]
pub(super) fn without_tls(host: &str) -> String {
    format!("cannot reach {host} over https: built without the feature `rustls`")
}
