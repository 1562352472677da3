//! How an emulator is configured and started.

mod addresses;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rdbfetch::Timestamp;
use rdbfetch::config::Credentials;
use rdbfetch::metadata::ServiceMetadata;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::Emulator;
use crate::admission::Admission;
use crate::api::Api;
use crate::clock::Clock;
use crate::control::Control;
use crate::control::lever::Lever;
use crate::faults::ports::{Door, mind};
use crate::faults::{Fault, FaultError, Faults};
use crate::files::Files;
use crate::gate::Gate;
use crate::journal::{self, Journal, Log};
use crate::limits::Limits;
use crate::links::LinkMaker;
use crate::port::{Layer, Port, listen};
use crate::scenario::Scenario;
use crate::server::{Desk, Handler};
use crate::shared::{Beginning, Shared};
use crate::snapshot::{Counters, Snapshot};
use crate::stock::Stock;
use crate::world::{Account, FIRST, TEMPORARY, World, accounts};

/// Configures an [`Emulator`].
#[derive(Clone)]
#[must_use]
pub struct Builder {
    listen: SocketAddr,
    link_ttl: Option<Duration>,
    clock: Clock,
    seed: u64,
    world: World,
    backups: Vec<PathBuf>,
    restored: Option<Box<Snapshot>>,
    limits: Limits,
    allow_remote: bool,
    advertise: Option<String>,
    #[cfg(feature = "tls")]
    tls: bool,
    #[cfg(feature = "tls")]
    ca_file: Option<std::path::PathBuf>,
    log: Log,
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
            seed: 0,
            world: World::default(),
            backups: Vec::new(),
            restored: None,
            log: Log::Nothing,
            faults: Vec::new(),
            limits: Limits::default(),
            allow_remote: false,
            advertise: None,
            #[cfg(feature = "tls")]
            tls: false,
            #[cfg(feature = "tls")]
            ca_file: None,
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

    /// What all that looks random follows from: generated contents, request ids, ids of created backups, chance in rules for
    /// faults. 0 unless this is called.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The accounts, and what services have, in place of the built-in accounts and samples.
    pub fn world(mut self, world: World) -> Self {
        self.world = world;
        self
    }

    /// The world and the faults of a scenario, and its clock, seed and link lifetime where it has them.
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        if let Some(clock) = scenario.clock() {
            self.clock = clock;
        }
        self.seed = scenario.seed.unwrap_or(self.seed);
        self.link_ttl = scenario.link_ttl.or(self.link_ttl);
        self.faults.extend(scenario.faults);
        self.world(scenario.world)
    }

    /// The backups of a folder that holds `SERVICE/INSTANCE/BACKUP/*`, in place of what the world says about these
    /// services. See [`World::backups`]; the folder is read at the start.
    pub fn backups(mut self, folder: impl Into<PathBuf>) -> Self {
        self.backups.push(folder.into());
        self
    }

    /// The state of a snapshot, with its clock and seed, in place of a world. The given clock is set to it.
    pub fn restore(mut self, snapshot: Snapshot) -> Self {
        self.restored = Some(Box::new(snapshot));
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
    /// more than 4 MiB.
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

    /// How much is taken from clients in place of what [`Limits`] says.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whether [`listen`](Self::listen) may name an address that other machines reach. Without this the emulator stays
    /// on the loopback interface: its credentials are known to everybody.
    pub fn allow_remote(mut self, allow: bool) -> Self {
        self.allow_remote = allow;
        self
    }

    /// The host that clients know this machine by, for endpoints and public links: a name or an IP address, such as
    /// that of the container. Otherwise the address that is listened on.
    pub fn advertise(mut self, host: impl Into<String>) -> Self {
        self.advertise = Some(host.into());
        self
    }

    /// Whether every port speaks HTTPS, with a certificate of an authority that is made at the start and trusted by
    /// nobody else: clients have to be told of [`Emulator::ca_file`].
    #[cfg(feature = "tls")]
    pub fn tls(mut self, tls: bool) -> Self {
        self.tls = tls;
        self
    }

    /// Where to write the certificate of the authority, PEM, over what is there; it stays. Otherwise a new file in the
    /// system's folder for temporary files, which goes with the emulator.
    #[cfg(feature = "tls")]
    pub fn ca_file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Starts the emulator on the current tokio runtime. When this returns, every port accepts connections.
    ///
    /// # Errors
    /// When the world, the folder of backups or the snapshot cannot be used: then the kind is
    /// [`InvalidInput`](io::ErrorKind::InvalidInput), and the source a [`ScenarioError`](crate::world::ScenarioError).
    /// When a port cannot be had, or the file for the authority's certificate; with
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) when other machines could reach it and
    /// [`allow_remote`](Self::allow_remote) does not allow it, or when the advertised host is none.
    /// When a rule for faults makes no sense or names what there is not, when the file of the journal cannot be written,
    /// and when the control API has no port or is not on a loopback address: then the source is a [`StartError`].
    ///
    /// # Panics
    /// Outside a tokio runtime with network and time.
    pub async fn start(self) -> io::Result<Emulator> {
        self.check()?;
        let beginning = self.beginning()?;
        let mut listeners = Vec::with_capacity(self.services.len() + 1);
        for offset in 0..=self.services.len() {
            listeners.push(listen(self.address(offset)?)?);
        }
        let addresses = listeners.iter().map(TcpListener::local_addr).collect::<io::Result<Vec<_>>>()?;
        let Some((files_address, service_addresses)) = addresses.split_last() else {
            return Err(io::Error::other("no port for the files"));
        };
        let files_url = self.url(*files_address);
        #[cfg(feature = "tls")]
        let (layer, ca_file) = self.secure()?;
        #[cfg(not(feature = "tls"))]
        let layer = Layer::Plain;

        let (stock, now) = (&beginning.stock, self.clock.now());
        let names = || self.services.iter().map(|metadata| metadata.service.name);
        let samples = names().filter_map(|name| Some((name, stock.sample(name, now)?))).collect();
        let (credentials, temporary) = credentials(stock.accounts.list(), now);
        let internal = self.internal_url(*files_address);
        let links = LinkMaker::new(&files_url, internal, self.link_ttl, self.services);
        let faults = Faults::new(self.services, beginning.seed);
        if let Some(snapshot) = &self.restored {
            snapshot.faults_into(&faults)?;
        }
        faults.add_all(self.faults.clone()).map_err(StartError::Fault)?;
        let mut journal = Journal::new(self.keep, self.log);
        if let Some(path) = &self.journal {
            journal = journal.with_file(path).map_err(StartError::Journal)?;
        }
        let shared = Arc::new(Shared::new(self.clock.clone(), beginning, links, journal, faults));
        let mut handlers: Vec<Arc<dyn Handler>> = Vec::with_capacity(listeners.len());
        for metadata in self.services {
            handlers.push(Arc::new(Api::new(metadata, Arc::clone(&shared))));
        }
        handlers.push(Arc::new(Files::new(Arc::clone(&shared))));
        let endpoints: Vec<(&'static str, String)> =
            names().zip(service_addresses.iter().map(|address| self.url(*address))).collect();

        let admission = Arc::new(Admission::new(self.limits.clone()));
        let mut tasks = JoinSet::new();
        let mut control_url = None;
        if let Some(address) = self.control {
            let listener = local(address).map_err(StartError::Control)?;
            control_url = Some(format!("http://{}", listener.local_addr()?));
            let (shared, endpoints, files_url) = (Arc::clone(&shared), endpoints.clone(), files_url.clone());
            let control = Control::new(Lever { shared, endpoints, files_url });
            // The machine's clock, since asking for a stepped one must not move it.
            let admission = Arc::new(Admission::new(self.limits.clone()));
            let desk = Desk { handler: Arc::new(control), clock: Clock::real(), admission };
            let port = Port { listener, layer: Layer::Plain, desk, gate: Gate::default() };
            tasks.spawn(async { drop(port.serve().await) });
        }
        let mut doors: Vec<Door> = Vec::with_capacity(listeners.len());
        let of = names().map(Some).chain([None]);
        for ((listener, handler), service) in listeners.into_iter().zip(handlers).zip(of) {
            let gate = Gate::default();
            let door = gate.clone();
            doors.push((service, Box::new(move |shut| if shut { door.shut() } else { door.open() })));
            let desk = Desk { handler, clock: self.clock.clone(), admission: Arc::clone(&admission) };
            let port = Port { listener, layer: layer.clone(), desk, gate };
            tasks.spawn(async { drop(port.serve().await) });
        }
        tasks.spawn(mind(Arc::clone(&shared), doors));
        Ok(Emulator {
            endpoints,
            files_url,
            control_url,
            credentials,
            temporary,
            samples,
            #[cfg(feature = "tls")]
            ca_file,
            shared,
            _tasks: tasks,
        })
    }

    /// The state at the start.
    fn beginning(&self) -> io::Result<Beginning> {
        let services = self.services;
        if let Some(snapshot) = &self.restored {
            self.clock.set(snapshot.hands());
            let stock = snapshot.open(services, self.clock.now())?;
            let (seed, counters) = (snapshot.seed(), snapshot.counters().clone());
            return Ok(Beginning { services, seed, stock, counters });
        }
        let mut world = self.world.clone();
        for folder in &self.backups {
            world = world.backups_of(folder, services)?;
        }
        let stock = Stock::open(&world, services, self.clock.now(), self.seed)?;
        Ok(Beginning { services, seed: self.seed, stock, counters: Counters::default() })
    }
}

/// Why an emulator does not start: what [`Builder::start`] has as the source of its error, where that is not about the
/// world or the ports of services and files.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
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
            Self::Control(error) => write!(f, "the control API cannot be served: {error}"),
            Self::Journal(error) => write!(f, "the journal cannot be written: {error}"),
            Self::Fault(error) => write!(f, "a rule for faults: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

impl From<StartError> for io::Error {
    fn from(error: StartError) -> Self {
        let kind = match &error {
            StartError::Control(error) | StartError::Journal(error) => error.kind(),
            StartError::Fault(_) => io::ErrorKind::InvalidInput,
        };
        Self::new(kind, error)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let services: Vec<&str> = self.services.iter().map(|metadata| metadata.service.name).collect();
        f.debug_struct("Builder")
            .field("listen", &self.listen)
            .field("link_ttl", &self.link_ttl)
            .field("seed", &self.seed)
            .field("world", &self.world)
            .field("backups", &self.backups)
            .field("services", &services)
            .finish_non_exhaustive()
    }
}

/// A listener that only this machine can reach.
fn local(address: SocketAddr) -> io::Result<TcpListener> {
    if !address.ip().is_loopback() {
        let problem = format!("the control API is for this machine only: {address} is no loopback address");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    listen(address)
}

/// Credentials to call with: the first account that is still good, and the first temporary credentials. Where there
/// are none, the built-in ones, which the services then do not know.
fn credentials(list: &[Account], now: Timestamp) -> (Credentials, Credentials) {
    let builtin = accounts();
    let good = |account: &&Account| account.expires.is_none_or(|end| now < end.on(now));
    let of = |known: &Account| {
        let credentials = Credentials::new(&*known.access_key, &*known.secret_key);
        match &known.token {
            Some(token) => credentials.with_token(&**token),
            None => credentials,
        }
    };
    let all = || list.iter().filter(good).chain(&builtin);
    let pick = |temporary: bool, usual: &str| {
        let fits = |one: &&Account| one.token.is_some() == temporary;
        all().find(fits).map_or_else(|| Credentials::new(usual, ""), of)
    };
    (pick(false, FIRST), pick(true, TEMPORARY))
}
