//! How a client is configured.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::limiter::Limiter;
use super::skew::Skew;
use super::timeouts::{self, Timeouts};
use super::{Cloud, Inner, Retry};
use crate::check::Strictness;
use crate::config::{
    Configured, CredentialCommand, CredentialProvider, Credentials, Discovery, FoundKeys, Keys, Machine,
    Origin, Origins, Trouble, discover,
};
use crate::error::Error;
use crate::request::Bases;
use crate::service::Service;
use crate::sign::Memo;
use crate::time::Timestamp;
use crate::transport::{HttpTransport, Transport};

/// Configures a [`Cloud`]. What is set here wins over what [`Builder::from_env`] and [`Builder::discover`] find,
/// whatever comes first.
/// `Debug` shows no secret.
#[derive(Clone)]
#[must_use]
pub struct Builder {
    service: &'static Service,
    settings: Vec<(String, String)>,
    endpoint: Option<String>,
    source: Option<Source>,
    found: Discovery,
    signature: Option<String>,
    method: Option<String>,
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    strictness: Strictness,
    timeouts: Timeouts,
    /// Of the default transport: to connect, and between two reads.
    connect_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
    retry: Retry,
    jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    rate_limit: Rate,
    clock_correction: bool,
}

/// Which rate is kept.
#[derive(Clone, Copy)]
enum Rate {
    Documented,
    Limit(u32),
    Off,
}

/// What signs calls, where a program says it.
#[derive(Clone)]
enum Source {
    Keys(Credentials),
    Command(CredentialCommand),
    Provider(Arc<dyn CredentialProvider>),
}

impl Builder {
    pub(super) fn new(service: &'static Service) -> Self {
        Self {
            service,
            settings: Vec::new(),
            endpoint: None,
            source: None,
            found: Discovery::default(),
            signature: None,
            method: None,
            transport: None,
            clock: Arc::new(Timestamp::now),
            strictness: Strictness::default(),
            timeouts: Timeouts::default(),
            connect_timeout: None,
            read_timeout: None,
            retry: Retry::default(),
            jitter: Arc::new(jitter),
            rate_limit: Rate::Documented,
            clock_correction: true,
        }
    }

    /// The service that is to be called.
    #[must_use]
    pub fn service(&self) -> &'static Service {
        self.service
    }

    /// Sets one of the service's settings. An empty value counts as none.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.settings.retain(|(other, _)| *other != name);
        self.settings.push((name, value.into()));
        self
    }

    /// Sets the region.
    pub fn region(self, region: impl Into<String>) -> Self {
        self.setting("region", region)
    }

    /// Sets the project.
    pub fn project(self, project: impl Into<String>) -> Self {
        self.setting("project", project)
    }

    /// Sends calls here instead of the documented endpoint: scheme, host and port are replaced, and a path is put
    /// before the paths of the operations.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Signs calls with these keys.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.source = Some(Source::Keys(credentials));
        self
    }

    /// Signs calls with the keys that a source of your own gives. It takes the place of [`Builder::credentials`].
    pub fn credential_provider(mut self, provider: Arc<dyn CredentialProvider>) -> Self {
        self.source = Some(Source::Provider(provider));
        self
    }

    /// Signs calls with the keys that a program prints. It takes the place of [`Builder::credentials`].
    pub fn credential_command(mut self, command: CredentialCommand) -> Self {
        self.source = Some(Source::Command(command));
        self
    }

    /// Signs calls with the variant of the signature that has this name.
    pub fn signature(mut self, variant: impl Into<String>) -> Self {
        self.signature = Some(variant.into());
        self
    }

    /// Sends calls with this HTTP method: the service must document another form of the operation that has it.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Sends calls through this instead of [`HttpTransport`].
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Takes the time from here instead of the clock of this machine.
    pub fn clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Says how strict the checks of parameters are.
    pub fn strictness(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// Says how long a call may take as a whole, with all its attempts and the waiting between them; 60 seconds unless
    /// set. [`Duration::MAX`] is no limit.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.call = timeout;
        self
    }

    /// Says how long one attempt may take, from connecting to the end of the answer; 30 seconds unless set.
    /// [`Duration::MAX`] is no limit.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.attempt = timeout;
        self
    }

    /// Says how long connecting may take, TLS included; 10 seconds unless set. [`Duration::MAX`] is no limit. Of the
    /// default transport: one that is given with [`Builder::transport`] has timeouts of its own.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Says how long the service may be silent, before an answer or within it; 30 seconds unless set.
    /// [`Duration::MAX`] is no limit. Of the default transport, as [`Builder::connect_timeout`].
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = Some(timeout);
        self
    }

    /// Says how often a call is made before it is given up; see [`Retry`]. [`Retry::none`] switches repeats off.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Takes the share of the longest wait that a repeat waits, from 0 to 1, from here instead of a random number.
    pub fn jitter(mut self, share: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.jitter = Arc::new(share);
        self
    }

    /// Keeps this rate, in calls per second and operation, instead of those that the vendor documents; `None` keeps
    /// none. All clones of a client share it.
    pub fn rate_limit(mut self, calls_per_second: Option<u32>) -> Self {
        self.rate_limit = calls_per_second.map_or(Rate::Off, Rate::Limit);
        self
    }

    /// Says whether the clock is corrected when the service refuses a request for it and shows its own (in the header
    /// `Date`); it is unless this says otherwise. Where signatures show no clock, nothing is done.
    pub fn clock_correction(mut self, correct: bool) -> Self {
        self.clock_correction = correct;
        self
    }

    /// Takes what is not set otherwise from the environment: credentials from `RDBFETCH_ACCESS_KEY`,
    /// `RDBFETCH_SECRET_KEY` (or `RDBFETCH_SECRET_KEY_FILE`) and `RDBFETCH_TOKEN`, else from the command in
    /// `RDBFETCH_CREDENTIAL_COMMAND`, else from the variables of the vendor's own tools; settings and the endpoint from
    /// `RDBFETCH_` and their name, such as `RDBFETCH_REGION`, else from the vendor's variables. No file of a tool is
    /// read: see [`Builder::discover`].
    pub fn from_env(self) -> Self {
        self.look(&Machine::this(), false, None)
    }

    /// Takes what is not set otherwise from wherever the vendor's own tools would take it: as
    /// [`Builder::from_env`], then from the files of those tools and the profile that they would use. Files are read
    /// here and now; what is wrong with them is told by [`Builder::build`].
    pub fn discover(self) -> Self {
        self.look(&Machine::this(), true, None)
    }

    /// The same, with this profile of the vendor's tools in place of the one that they would use. Variables of the
    /// vendor that its tools pass over for a profile are passed over.
    pub fn from_profile(self, name: impl AsRef<str>) -> Self {
        self.look(&Machine::this(), true, Some(name.as_ref()))
    }

    pub(crate) fn look(mut self, machine: &Machine, files: bool, profile: Option<&str>) -> Self {
        self.found = discover(self.service, machine, files, profile);
        self
    }

    /// Whether calls can be signed: credentials were given or found.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        self.source.is_some() || matches!(self.found.credentials, Ok(Some(_)))
    }

    /// Where every value comes from, as far as it is known now: nothing is called and no command is run. No secret is in
    /// it.
    #[must_use]
    pub fn origins(&self) -> Origins {
        let mut values = self.key_origins();
        let endpoint = self.resolved_endpoint();
        values.push(row("endpoint", endpoint));
        for setting in self.service.settings {
            let name = setting.name;
            let given = self.settings.iter().find(|(key, value)| key == name && !value.is_empty());
            let given = given.map(|(_, value)| (value.clone(), Origin::Given));
            let found = || self.found.settings.iter().find(|(key, ..)| *key == name);
            let found = || found().map(|(_, value, origin)| (value.clone(), origin.clone()));
            let default = || setting.default.map(|value| (value.to_owned(), Origin::Default));
            values.push(row(name, given.or_else(found).or_else(default)));
        }
        let mut warnings = self.found.warnings.clone();
        warnings.extend(self.overlooked().map(|trouble| trouble.text().to_owned()));
        Origins { values, warnings }
    }

    /// What is wrong with files that turn out not to be needed, as the credentials come from elsewhere.
    fn overlooked(&self) -> Option<&Trouble> {
        let found = self.source.as_ref().and_then(|_| self.found.credentials.as_ref().err());
        found.or(self.found.trouble.as_ref())
    }

    fn key_origins(&self) -> Vec<Configured> {
        let (keys, origins) = match (&self.source, &self.found.credentials) {
            (Some(Source::Keys(keys)), _) => (Some(keys), [const { Some(Origin::Given) }; 3]),
            (Some(Source::Provider(provider)), _) => (None, from(Origin::Provider(provider.describe()))),
            (Some(Source::Command(command)), _) | (None, Ok(Some(FoundKeys::Command(command)))) => {
                (None, from(Origin::Command(command.program().to_owned())))
            }
            (None, Ok(Some(FoundKeys::Keys { keys, origins, .. }))) => (Some(keys), origins.clone()),
            (None, _) => (None, [const { None }; 3]),
        };
        let [access_key, secret, token] = origins;
        let end = keys.and_then(Credentials::expires_at).map(|end| end.to_string());
        let end = end.zip(access_key.clone().or(token.clone()));
        let shown = keys.map(|keys| keys.access_key().to_owned());
        let token = token.filter(|_| keys.is_some_and(|keys| keys.token().is_some()));
        vec![
            Configured {
                name: "access_key".to_owned(),
                set: shown.is_some(),
                value: shown,
                secret: false,
                origin: access_key,
            },
            secret_row("secret_key", keys.is_some(), secret),
            secret_row("token", token.is_some(), token),
            row("expires_at", end),
        ]
    }

    /// The endpoint that was given or found. One that goes with the credentials of a tool counts with those only.
    fn resolved_endpoint(&self) -> Option<(String, Origin)> {
        if let Some(url) = &self.endpoint {
            return Some((url.clone(), Origin::Given));
        }
        let found = self.found.endpoint.as_ref().filter(|(_, _, tied)| !tied || self.source.is_none());
        found.map(|(url, origin, _)| (url.clone(), origin.clone()))
    }

    /// The client. Missing credentials and settings are no error yet, but of the calls that need them.
    ///
    /// # Errors
    /// [`Error::Config`] where the service has no such setting or signature, where a timeout or a rate is zero, and where
    /// what was found is wrong: half of a pair of credentials, a file that cannot be read, a profile that is not there.
    /// [`Error::Credentials`] where a profile that was found is of a kind that gives no API keys.
    pub fn build(self) -> Result<Cloud, Error> {
        let service = self.service;
        for (name, _) in &self.settings {
            if service.setting(name).is_none() {
                let known: Vec<&str> = service.settings.iter().map(|setting| setting.name).collect();
                let problem = format!("{} has no setting {name}; it has {}", service.name, known.join(", "));
                return Err(Error::Config(problem));
            }
        }
        let variant = match self.signature.as_deref() {
            None => None,
            Some(name) => Some(service.auth.variant(name).ok_or_else(|| {
                let known: Vec<&str> = service.auth.variants.iter().map(|variant| variant.name).collect();
                Error::Config(format!(
                    "{} has no signature {name}; it has {}",
                    service.name,
                    known.join(", ")
                ))
            })?),
        };
        let endpoint = self.resolved_endpoint();
        let endpoint = endpoint.map(|(url, _)| url);
        let hints = self.found.hints;
        let keys = match self.source {
            Some(Source::Keys(keys)) if keys.lacking() => {
                return Err(Error::Config("the access key or the secret key is empty".to_owned()));
            }
            Some(Source::Keys(keys)) => Some(Keys::fixed(keys)),
            Some(Source::Provider(provider)) => Some(Keys::new(None, Some(provider))),
            Some(Source::Command(command)) => Some(Keys::new(None, Some(Arc::new(command)))),
            None => match self.found.credentials? {
                Some(FoundKeys::Keys { keys, source, .. }) => Some(Keys::new(Some(keys), source)),
                Some(FoundKeys::Command(command)) => Some(Keys::new(None, Some(Arc::new(command)))),
                None => None,
            },
        };
        let mut settings = self.settings;
        settings.retain(|(_, value)| !value.is_empty());
        for (name, value, _) in self.found.settings {
            if settings.iter().all(|(other, _)| other != name) {
                settings.push((name.to_owned(), value));
            }
        }
        timeouts::check(&[
            ("the timeout", self.timeouts.call),
            ("the timeout of an attempt", self.timeouts.attempt),
        ])?;
        let limiter = match self.rate_limit {
            Rate::Limit(0) => {
                return Err(Error::Config(
                    "the rate limit is zero, so that no call could be made; None stands for no limit"
                        .to_owned(),
                ));
            }
            Rate::Limit(rate) => Limiter::new(service, Some(rate)),
            Rate::Documented => Limiter::new(service, None),
            Rate::Off => Limiter::none(),
        };
        let transport = match self.transport {
            Some(_) if self.connect_timeout.or(self.read_timeout).is_some() => {
                return Err(Error::Config(
                    "timeouts to connect and to read are the transport's: set them where it is made"
                        .to_owned(),
                ));
            }
            Some(transport) => transport,
            None => Arc::new(http(self.connect_timeout, self.read_timeout)?),
        };
        let inner = Inner {
            service,
            settings,
            endpoint,
            keys,
            hints,
            variant,
            method: self.method,
            transport,
            clock: self.clock,
            strictness: self.strictness,
            known: Default::default(),
            timeouts: self.timeouts,
            retry: self.retry,
            jitter: self.jitter,
            limiter,
            skew: Skew::default(),
            clock_correction: self.clock_correction,
            memo: Memo::default(),
            bases: Bases::default(),
        };
        Ok(Cloud { inner: Arc::new(inner) })
    }
}

/// The default transport, with the timeouts that were set.
fn http(connect: Option<Duration>, read: Option<Duration>) -> Result<HttpTransport, Error> {
    let mut transport = HttpTransport::new()?;
    if let Some(timeout) = connect {
        transport = transport.connect_timeout(timeout)?;
    }
    if let Some(timeout) = read {
        transport = transport.read_timeout(timeout)?;
    }
    Ok(transport)
}

/// A random number from 0 to 1.
fn jitter() -> f64 {
    let mut bytes = [0; 4];
    // Where there are no random numbers, the longest wait is as good as any.
    getrandom::fill(&mut bytes).map_or(1.0, |()| f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Builder");
        shown.field("service", &self.service.name).field("settings", &self.settings);
        shown.field("credentials", &self.has_credentials()).finish_non_exhaustive()
    }
}

fn row(name: &str, told: Option<(String, Origin)>) -> Configured {
    let (value, origin) = told.unzip();
    Configured { name: name.to_owned(), set: value.is_some(), value, secret: false, origin }
}

fn secret_row(name: &str, set: bool, origin: Option<Origin>) -> Configured {
    Configured { name: name.to_owned(), value: None, secret: true, set, origin }
}

/// All three parts of credentials come from there.
fn from(origin: Origin) -> [Option<Origin>; 3] {
    [Some(origin.clone()), Some(origin.clone()), Some(origin)]
}
