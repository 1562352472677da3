//! How an emulator is configured and started.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rdbfetch::config::Credentials;
use rdbfetch::metadata::ServiceMetadata;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::Emulator;
use crate::api::Api;
use crate::clock::Clock;
use crate::control::Control;
use crate::control::lever::{Facts, Whole};
use crate::faults::{Fault, FaultError, Faults};
use crate::files::Files;
use crate::journal::{self, Journal, Log};
use crate::links::LinkMaker;
use crate::server::{Handler, serve};
use crate::shared::Shared;
use crate::stock::{self, Stock};

/// Configures an [`Emulator`].
#[derive(Clone)]
#[must_use]
pub struct Builder {
    listen: SocketAddr,
    link_ttl: Option<Duration>,
    clock: Clock,
    log: Log,
    seed: u64,
    faults: Vec<Fault>,
    journal: Option<PathBuf>,
    keep: usize,
    control: Option<SocketAddr>,
    services: &'static [&'static ServiceMetadata],
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            link_ttl: None,
            clock: Clock::real(),
            log: Log::Nothing,
            seed: 0,
            faults: Vec::new(),
            journal: None,
            keep: journal::CAPACITY,
            control: None,
            services: rdbfetch::metadata::services(),
        }
    }
}

impl Builder {
    /// The address to listen on, 127.0.0.1 with any free ports unless this is called. With a port, the services take
    /// it and the ones after it, in their order, and the files take the last.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// How long links live. Otherwise as long as the spec says, or an hour where it does not.
    pub fn link_ttl(mut self, lifetime: Duration) -> Self {
        self.link_ttl = Some(lifetime);
        self
    }

    /// The clock to go by in place of the machine's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Which calls are told on standard error; none unless this is called.
    pub fn log(mut self, log: Log) -> Self {
        self.log = log;
        self
    }

    /// What decides everything that looks like chance, 0 unless this is called. The same seed, clock and calls give the
    /// same answers.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Adds a rule by which calls go wrong. Of several the first goes before those that contradict it.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Adds rules by which calls go wrong.
    pub fn faults(mut self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.faults.extend(faults);
        self
    }

    /// Writes every call to a file, as a line of JSON when its answer is over. What the file holds already stays there.
    /// A file that is made can be read by its owner only. A disk that is too slow slows no call: calls that could not
    /// be written are counted, in a line `{"lost":NUMBER}`.
    pub fn journal(mut self, file: impl Into<PathBuf>) -> Self {
        self.journal = Some(file.into());
        self
    }

    /// How many calls the journal in memory keeps, 10,000 unless this is called. It keeps fewer where they would take
    /// more than 8 MiB.
    pub fn keep_calls(mut self, calls: usize) -> Self {
        self.keep = calls;
        self
    }

    /// Serves the control API on this address of this machine; with port 0 on any free port.
    pub fn control(mut self, address: SocketAddr) -> Self {
        self.control = Some(address);
        self
    }

    /// The services to serve in place of all that are compiled in.
    pub fn services(mut self, services: &'static [&'static ServiceMetadata]) -> Self {
        self.services = services;
        self
    }

    /// Starts the emulator on the current tokio runtime. When this returns, every port accepts connections.
    ///
    /// # Errors
    /// When a port or the file of the journal cannot be had, when a rule for faults makes no sense or names what there is
    /// not, and when the address of the control API is not one of this machine's loopback addresses.
    ///
    /// # Panics
    /// Outside a tokio runtime with network and time.
    pub async fn start(self) -> Result<Emulator, StartError> {
        let mut listeners = Vec::with_capacity(self.services.len() + 1);
        for offset in 0..=self.services.len() {
            listeners.push(TcpListener::bind(self.address(offset)?).await?);
        }
        let addresses = listeners.iter().map(TcpListener::local_addr).collect::<io::Result<Vec<_>>>()?;
        let Some((files_address, service_addresses)) = addresses.split_last() else {
            return Err(io::Error::other("no port for the files").into());
        };
        let files_url = url(*files_address);

        let stock = Stock::samples(self.services, self.clock.now());
        let names = || self.services.iter().map(|metadata| metadata.service.name);
        let samples = names().filter_map(|name| Some((name, stock.sample(name)?))).collect();
        let links = LinkMaker::new(&files_url, internal_url(*files_address), self.link_ttl);
        let faults = Faults::new(self.services, self.seed);
        faults.add_all(self.faults.clone())?;
        let mut journal = Journal::new(self.keep, self.log);
        if let Some(path) = &self.journal {
            journal = journal.with_file(path).map_err(StartError::Journal)?;
        }
        let shared = Arc::new(Shared::new(self.clock.clone(), stock, links, journal, faults));
        let api = |metadata: &&'static ServiceMetadata| Arc::new(Api::new(metadata, Arc::clone(&shared)));
        let apis: Vec<Arc<Api>> = self.services.iter().map(api).collect();
        let mut handlers: Vec<Arc<dyn Handler>> = Vec::with_capacity(listeners.len());
        handlers.extend(apis.iter().map(|api| Arc::clone(api) as Arc<dyn Handler>));
        handlers.push(Arc::new(Files::new(Arc::clone(&shared))));

        let endpoints: Vec<(&'static str, String)> =
            names().zip(service_addresses.iter().map(|address| url(*address))).collect();
        let credentials = Credentials::new(stock::ACCESS_KEY, stock::SECRET);
        let temporary = Credentials::new(stock::TEMPORARY_KEY, stock::TEMPORARY_SECRET)
            .with_token(stock::TEMPORARY_TOKEN);

        let mut tasks = JoinSet::new();
        let mut control_url = None;
        if let Some(address) = self.control {
            let listener = local(address).await.map_err(StartError::Control)?;
            control_url = Some(url(listener.local_addr()?));
            let facts = Facts {
                endpoints: endpoints.clone(),
                files_url: files_url.clone(),
                access_keys: Facts::keys(&[&credentials, &temporary]),
            };
            let (hands, faults) = (self.clock.hands(), shared.faults.save());
            let control = Control::new(Whole { shared: Arc::clone(&shared), apis, facts, hands, faults });
            // The machine's clock, since asking for a stepped one must not move it.
            tasks.spawn(serve(listener, Arc::new(control), Clock::real()));
        }
        for (listener, handler) in listeners.into_iter().zip(handlers) {
            tasks.spawn(serve(listener, handler, self.clock.clone()));
        }
        Ok(Emulator {
            endpoints,
            files_url,
            control_url,
            credentials,
            temporary,
            samples,
            shared,
            _tasks: tasks,
        })
    }

    /// The address of the listener with this number.
    fn address(&self, offset: usize) -> io::Result<SocketAddr> {
        let mut address = self.listen;
        if address.port() != 0 {
            let port = u16::try_from(offset).ok().and_then(|offset| address.port().checked_add(offset));
            let problem = || io::Error::new(io::ErrorKind::InvalidInput, "the ports would go beyond 65535");
            address.set_port(port.ok_or_else(problem)?);
        }
        Ok(address)
    }
}

/// Why an emulator does not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// A port of a service or of the files cannot be had.
    Listen(io::Error),
    /// The port of the control API cannot be had, or is not on a loopback address.
    Control(io::Error),
    /// The file of the journal cannot be written.
    Journal(io::Error),
    /// A rule for faults makes no sense, or names what there is not.
    Fault(FaultError),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(error) | Self::Control(error) | Self::Journal(error) => error.fmt(f),
            Self::Fault(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StartError {}

impl From<io::Error> for StartError {
    fn from(error: io::Error) -> Self {
        Self::Listen(error)
    }
}

impl From<FaultError> for StartError {
    fn from(error: FaultError) -> Self {
        Self::Fault(error)
    }
}

impl From<StartError> for io::Error {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Listen(error) | StartError::Control(error) | StartError::Journal(error) => error,
            StartError::Fault(error) => Self::new(io::ErrorKind::InvalidInput, error),
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let services: Vec<&str> = self.services.iter().map(|metadata| metadata.service.name).collect();
        f.debug_struct("Builder")
            .field("listen", &self.listen)
            .field("link_ttl", &self.link_ttl)
            .field("services", &services)
            .finish_non_exhaustive()
    }
}

/// A listener that only this machine can reach.
async fn local(address: SocketAddr) -> io::Result<TcpListener> {
    if !address.ip().is_loopback() {
        let problem = format!("the control API is for this machine only: {address} is no loopback address");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    TcpListener::bind(address).await
}

/// The URL that leads to an address from this machine.
fn url(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    format!("http://{address}")
}

/// Another URL of the same address, with a name as host: what stands for the inside of the vendor's network. `None`
/// where the name would lead elsewhere.
fn internal_url(address: SocketAddr) -> Option<String> {
    let ip = address.ip();
    let named =
        ip.is_unspecified() || ip == IpAddr::V4(Ipv4Addr::LOCALHOST) || ip == IpAddr::V6(Ipv6Addr::LOCALHOST);
    named.then(|| format!("http://localhost:{}", address.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_ports_are_consecutive() {
        let builder = Builder::default().listen(SocketAddr::from(([127, 0, 0, 1], 65534)));
        assert_eq!(builder.address(1).unwrap().port(), 65535);
        assert_eq!(builder.address(2).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(Builder::default().address(2).unwrap().port(), 0);
    }

    #[test]
    fn urls_lead_back_here() {
        let of = |text: &str| url(text.parse().unwrap());
        assert_eq!(of("127.0.0.1:80"), "http://127.0.0.1:80");
        assert_eq!(of("0.0.0.0:8000"), "http://127.0.0.1:8000");
        assert_eq!(of("[::1]:8000"), "http://[::1]:8000");
        assert_eq!(internal_url("192.0.2.1:8000".parse().unwrap()), None);
        assert_eq!(internal_url("127.0.0.1:8000".parse().unwrap()).as_deref(), Some("http://localhost:8000"));
    }
}
