//! Calls services.

mod attempts;
mod builder;
mod create;
mod instances;
mod limiter;
mod listing;
mod pages;
mod reply;
mod retry;
mod skew;
#[cfg(test)]
mod tests;
mod timeouts;
mod uniform;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use attempts::Call;
pub use builder::Builder;
pub use create::{Created, NewBackup};
pub use instances::Question;
use limiter::Limiter;
pub use listing::Listing;
pub use reply::Reply;
pub use retry::Retry;
use skew::Skew;
use timeouts::Timeouts;

use crate::answer::Read;
use crate::check::Strictness;
use crate::config::{Credentials, Keys, credential_ways};
use crate::error::Error;
use crate::model::Instance;
use crate::request::{self, Bases, Built, build_at};
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
    keys: Option<Keys>,
    /// What people who have no credentials should know.
    hints: Vec<String>,
    variant: Option<&'static Variant>,
    method: Option<String>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    strictness: Strictness,
    /// Instances that were looked up or told.
    known: Mutex<BTreeMap<String, Instance>>,
    timeouts: Timeouts,
    retry: Retry,
    /// A number from 0 to 1: the share of the longest wait that a repeat waits.
    jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    limiter: Limiter,
    skew: Skew,
    clock_correction: bool,
    /// Derived keys.
    memo: Memo,
    bases: Bases,
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

    /// The URL below which calls of an operation go: the endpoint that was given or found, else the documented one.
    ///
    /// # Errors
    /// [`Error::Config`] where a setting is missing or the endpoint is not one.
    pub fn endpoint(&self, operation: &'static Operation) -> Result<String, Error> {
        let Inner { service, settings, endpoint, .. } = &*self.inner;
        request::base_url(service, operation, settings, endpoint.as_deref())
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

    /// A number from 0 to 1: the share of the longest wait to wait next.
    pub(crate) fn share(&self) -> f64 {
        (self.inner.jitter)()
    }

    /// Calls an operation. Of the checks on parameters, those run that are needed to form the request; documented
    /// limits and values are for [`request::validate`] and the typed clients.
    ///
    /// The call waits for its turn where the vendor limits the rate, is repeated as [`Retry`] says, with a fresh clock,
    /// nonce and signature each time, and once with other credentials where temporary ones are no longer good and their
    /// source has newer ones; it is given up when its timeouts run out. Dropping the future at any point leaves the
    /// client as good as before. Waiting needs a tokio runtime with its clock enabled; outside of one, a transport that
    /// needs none is called once, and has to keep the timeouts by itself.
    ///
    /// # Errors
    /// Every [`Error`] but [`Error::NoBackup`] and [`Error::NotReady`].
    pub async fn call(&self, operation: &'static Operation, parameters: Parameters) -> Result<Reply, Error> {
        Call::new(self, operation, &parameters).traced(None).await
    }

    /// Calls an operation, and has the answer read.
    pub(crate) async fn read(
        &self,
        operation: &'static Operation,
        parameters: &Parameters,
        read: Read<'_>,
    ) -> Result<Reply, Error> {
        Call::new(self, operation, parameters).traced(Some(read)).await
    }

    /// The request that [`Cloud::call`] would send now, signed. Where credentials come from a command or a provider,
    /// they must have been fetched before: see [`Cloud::fetch_credentials`].
    ///
    /// # Errors
    /// [`Error::Config`] where the client is not configured well enough, [`Error::Invalid`] where the request cannot
    /// be formed, [`Error::Credentials`] where there are none at hand.
    pub fn prepare(
        &self,
        operation: &'static Operation,
        parameters: &Parameters,
    ) -> Result<transport::Request, Error> {
        let keys = match &self.inner.keys {
            Some(keys) => keys.at_hand().ok_or_else(|| {
                Error::Credentials("nobody asked the source of the credentials for them yet".to_owned())
            }),
            None => Err(self.inner.no_keys(operation)),
        };
        // What is wrong with the request itself comes first.
        let keys = keys.or_else(|missing| self.form(operation, parameters).and(Err(missing)))?;
        let (mut request, _) = self.signed(operation, parameters, &keys, self.now())?;
        request.timeout = Some(self.inner.timeouts.attempt);
        Ok(request)
    }

    /// Gets the credentials if they are not at hand or run out soon: runs the command, or asks the provider. Calls do
    /// this themselves.
    ///
    /// # Errors
    /// [`Error::Credentials`] where the source fails or gives none that are still good, [`Error::Config`] where there is
    /// no source.
    pub async fn fetch_credentials(&self) -> Result<Arc<Credentials>, Error> {
        match &self.inner.keys {
            Some(keys) => keys.get(self.now()).await,
            None => {
                let ways = credential_ways(self.inner.service, &self.inner.hints);
                Err(Error::Config(format!("there are no credentials: set {ways}")))
            }
        }
    }

    /// Forms a request, not signed yet.
    fn form(&self, operation: &'static Operation, parameters: &Parameters) -> Result<Built, Error> {
        let Inner { service, settings, endpoint, method, bases, .. } = &*self.inner;
        let form = method.as_deref().map(|method| request::form(operation, method)).transpose()?.flatten();
        build_at(bases, service, operation, settings, endpoint.as_deref(), form, parameters)
    }

    /// Forms a request and signs it at a moment, with a UUID and a random number of its own. Says which host it is for.
    fn signed(
        &self,
        operation: &'static Operation,
        parameters: &Parameters,
        keys: &Credentials,
        now: Timestamp,
    ) -> Result<(transport::Request, String), Error> {
        let mut built = self.form(operation, parameters)?;
        self.sign(&mut built, keys, now)?;
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
            body: built.draft.take_body(),
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
            secret: credentials.secret().to_owned().into(),
            token: credentials.token().map(str::to_owned),
            now,
            uuid: String::new(),
            random: String::new(),
            settings: std::mem::take(&mut built.settings),
            signed_headers: None,
            omit: Vec::new(),
        };
        let signer = Signer::new(auth, variant.name, &inputs, &mut built.draft);
        let mut signer = signer.remembering(&self.inner.memo).drawing();
        (variant.sign)(&mut signer);
        if signer.drew_nothing() {
            return Err(Error::Config("the system gives no random numbers to sign with".to_owned()));
        }
        signer.fault().map_or(Ok(()), |what| {
            let why = if what.ends_with("unhex") {
                "is not made of pairs of hexadecimal digits"
            } else {
                "is no padded base64"
            };
            Err(Error::Config(format!("the credentials cannot sign: what flows through `{what}` {why}")))
        })
    }
}

impl Inner {
    /// The credentials to sign a call with now.
    async fn keys(&self, operation: &Operation, now: Timestamp) -> Result<Arc<Credentials>, Error> {
        match &self.keys {
            Some(keys) => keys.get(now).await,
            None => Err(self.no_keys(operation)),
        }
    }

    /// Other credentials than these, which the service no longer takes; `None` where these are permanent, and where
    /// their source has no others.
    async fn renewed(&self, stale: &Arc<Credentials>, now: Timestamp) -> Option<Arc<Credentials>> {
        if stale.token().is_none() && stale.expires_at().is_none() {
            return None;
        }
        self.keys.as_ref()?.renew(stale, now).await
    }

    fn no_keys(&self, operation: &Operation) -> Error {
        let ways = credential_ways(self.service, &self.hints);
        Error::Config(format!("{}: there are no credentials: set {ways}", operation.name))
    }
}

/// What must not show in messages; empty texts hide nothing.
fn secrets(keys: &Credentials) -> [&str; 2] {
    [keys.secret(), keys.token().unwrap_or_default()]
}

impl fmt::Debug for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Cloud");
        shown.field("service", &self.inner.service.name).field("settings", &self.inner.settings);
        shown.field("credentials", &self.inner.keys.is_some()).finish_non_exhaustive()
    }
}
