//! Calls services.

mod attempts;
mod builder;
mod limiter;
mod pages;
mod reply;
mod retry;
mod skew;
#[cfg(test)]
mod tests;
mod timeouts;
mod uniform;

use std::fmt;
use std::sync::Arc;

use attempts::Call;
pub use builder::Builder;
use limiter::Limiter;
pub use reply::Reply;
pub use retry::Retry;
use skew::Skew;
use timeouts::Timeouts;

use crate::check::Strictness;
use crate::config::{Credentials, credential_ways};
use crate::error::Error;
use crate::request::{self, Built, build};
use crate::service::{Operation, Service};
use crate::sign::{Inputs, Memo, Signer, Variant};
use crate::time::Timestamp;
use crate::transport::{self, Transport};
use crate::value::Parameters;

/// A client of a service. Clones share everything. `Debug` shows no secret.
#[derive(Clone)]
pub struct Cloud {
    inner: Arc<Inner>,
}

struct Inner {
    service: &'static Service,
    /// The settings that the client was told.
    settings: Vec<(String, String)>,
    endpoint: Option<String>,
    credentials: Option<Credentials>,
    variant: Option<&'static Variant>,
    method: Option<String>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    strictness: Strictness,
    timeouts: Timeouts,
    retry: Retry,
    /// A number from 0 to 1: the share of the longest wait that a repeat waits.
    jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    limiter: Limiter,
    skew: Skew,
    clock_correction: bool,
    /// Derived keys.
    memo: Memo,
}

impl Cloud {
    /// Starts to configure a client.
    pub fn builder(service: &'static Service) -> Builder {
        Builder::new(service)
    }

    /// The service that it calls.
    #[must_use]
    pub fn service(&self) -> &'static Service {
        self.inner.service
    }

    /// The operation with this wire name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&'static Operation> {
        self.inner.service.operation(name)
    }

    /// The value of a setting that calls are made with, unless a parameter says otherwise.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        let told = self.inner.settings.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        told.or_else(|| self.inner.service.setting(name)?.default)
    }

    /// How strict the checks of parameters are.
    #[must_use]
    pub fn strictness(&self) -> Strictness {
        self.inner.strictness
    }

    /// What calls travel through.
    #[must_use]
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.inner.transport
    }

    /// The time, by the clock that calls are signed with: that of this machine, or as it was corrected by the service's.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        skew::shifted((self.inner.clock)(), self.inner.skew.get())
    }

    /// Calls an operation. Of the checks on parameters, those run that are needed to form the request; documented
    /// limits and values are for [`request::validate`] and the typed clients.
    ///
    /// The call waits for its turn where the vendor limits the rate, is repeated as [`Retry`] says, with a fresh clock,
    /// nonce and signature each time, and is given up when its timeouts run out. Dropping the future at any point leaves
    /// the client as good as before. Waiting needs a tokio runtime with its clock enabled; outside of one, a transport
    /// that needs none is called once, and has to keep the timeouts by itself.
    ///
    /// # Errors
    /// Every [`Error`] but [`Error::NoBackup`] and [`Error::NotReady`].
    pub async fn call(&self, operation: &'static Operation, parameters: Parameters) -> Result<Reply, Error> {
        Call::new(self, operation, &parameters).traced().await
    }

    /// The request that [`Cloud::call`] would send now, signed.
    ///
    /// # Errors
    /// [`Error::Config`] where the client is not configured well enough, [`Error::Invalid`] where the request cannot
    /// be formed.
    pub fn prepare(
        &self,
        operation: &'static Operation,
        parameters: &Parameters,
    ) -> Result<transport::Request, Error> {
        let (mut request, _) = self.signed(operation, parameters, self.now())?;
        request.timeout = Some(self.inner.timeouts.attempt);
        Ok(request)
    }

    /// Forms a request and signs it at a moment, with a UUID and a random number of its own. Says which host it is for.
    fn signed(
        &self,
        operation: &'static Operation,
        parameters: &Parameters,
        now: Timestamp,
    ) -> Result<(transport::Request, String), Error> {
        let Inner { service, settings, endpoint, method, .. } = &*self.inner;
        let form = method.as_deref().map(|method| request::form(operation, method)).transpose()?.flatten();
        let mut built = build(service, operation, settings, endpoint.as_deref(), form, parameters)?;
        let Some(credentials) = &self.inner.credentials else {
            let ways = credential_ways(service);
            return Err(Error::Config(format!("{}: there are no credentials: set {ways}", operation.name)));
        };
        self.sign(&mut built, credentials, now)?;
        for (name, value) in &built.draft.headers {
            // The token of temporary credentials is the only thing in a header that was not checked yet.
            if !request::fits_header(value) {
                return Err(Error::Config(format!(
                    "{}: a key or token cannot travel in the header {name}: only printable ASCII can",
                    operation.name
                )));
            }
        }
        let request = transport::Request {
            what: operation.name.to_owned(),
            url: built.url(),
            body: built.draft.encoded_body(),
            method: built.draft.method,
            headers: built.draft.headers,
            timeout: None,
        };
        Ok((request, built.draft.host))
    }

    fn sign(&self, built: &mut Built, credentials: &Credentials, now: Timestamp) -> Result<(), Error> {
        let auth = &self.inner.service.auth;
        let Some(variant) = self.inner.variant.or_else(|| auth.variant(auth.default)) else {
            let problem = format!("{} has no signature {}", self.inner.service.name, auth.default);
            return Err(Error::Config(problem));
        };
        let inputs = Inputs {
            access_key: credentials.access_key().to_owned(),
            secret: credentials.secret().to_owned(),
            token: credentials.token().map(str::to_owned),
            now,
            uuid: uuid()?,
            random: random()?,
            settings: built.settings.clone(),
            signed_headers: None,
            omit: Vec::new(),
        };
        let mut signer =
            Signer::new(auth, variant.name, &inputs, &mut built.draft).remembering(&self.inner.memo);
        (variant.sign)(&mut signer);
        signer.fault().map_or(Ok(()), |what| {
            let why = if what.ends_with("unhex") {
                "is not made of pairs of hexadecimal digits"
            } else {
                "is no padded base64"
            };
            Err(Error::Config(format!("the credentials cannot sign: what flows through `{what}` {why}")))
        })
    }

    /// What must not show in messages.
    fn secrets(&self) -> Vec<&str> {
        let credentials = self.inner.credentials.iter();
        credentials.flat_map(|keys| [Some(keys.secret()), keys.token()]).flatten().collect()
    }
}

impl fmt::Debug for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Cloud");
        shown.field("service", &self.inner.service.name).field("settings", &self.inner.settings);
        shown.field("credentials", &self.inner.credentials).finish_non_exhaustive()
    }
}

fn fill(bytes: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(bytes)
        .map_err(|why| Error::Config(format!("the system gives no random numbers to sign with: {why}")))
}

/// A random UUID (RFC 9562, version 4).
fn uuid() -> Result<String, Error> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = crate::encoding::hex(&bytes);
    Ok(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

/// A random positive number of 31 bits.
fn random() -> Result<String, Error> {
    let mut bytes = [0; 4];
    fill(&mut bytes)?;
    Ok((u32::from_le_bytes(bytes) >> 1).max(1).to_string())
}
