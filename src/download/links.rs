//! The links of a backup, shared by all who fetch its files, and which network to use.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;

use super::engine::{Events, Origin};
use super::failure::{Failure, Remedy};
use super::{Event, Network, NetworkChoice, PullErrorKind};
use crate::model::BackupFile;
use crate::sensitive::Link;
use crate::time::Timestamp;
use crate::transport::Request;

/// Links are renewed when they are to live for less than this, or than a quarter of their life. In seconds.
const MARGIN: i64 = 30;

/// How many links in turn may be refused before a byte arrives: the first, a fresh one, and one that is surely fresh.
const MOST_REFUSED: u32 = 3;

/// How long an internal link has time to show that it works.
const PROBE: Duration = Duration::from_secs(3);

/// The links of a backup.
pub(super) struct Links<'a> {
    origin: &'a dyn Origin,
    events: &'a Events<'a>,
    choice: NetworkChoice,
    /// Held while links are asked for: whoever needs them meanwhile waits and takes the new ones.
    state: Mutex<State>,
}

struct State {
    files: Vec<BackupFile>,
    /// When they were given.
    since: Timestamp,
    /// Counts renewals.
    generation: u64,
    /// Whether fresh links were about to expire, too: one of the clocks is wrong, or their life is short.
    in_vain: bool,
    /// Whether internal links work, once that was tried.
    internal: Option<bool>,
}

/// Links of a file that were refused in turn, before a byte arrived.
#[derive(Default)]
pub(super) struct Refused {
    /// The last of them, by its renewal.
    last: Option<u64>,
    count: u32,
}

impl Refused {
    /// Notes that the links of this renewal were refused, each once. Says whether new ones are worth asking for.
    pub(super) fn note(&mut self, generation: u64) -> bool {
        // Others may be late to learn of a renewal.
        if self.last.is_none_or(|last| generation > last) {
            (self.last, self.count) = (Some(generation), self.count + 1);
        }
        self.count < MOST_REFUSED
    }
}

/// A link to use now.
pub(super) struct Chosen {
    pub(super) link: Link,
    pub(super) network: Network,
    /// Which renewal it comes from.
    pub(super) generation: u64,
}

impl<'a> Links<'a> {
    pub(super) fn new(
        origin: &'a dyn Origin,
        events: &'a Events<'a>,
        choice: NetworkChoice,
        files: Vec<BackupFile>,
    ) -> Self {
        let state = State { files, since: origin.now(), generation: 0, in_vain: false, internal: None };
        Self { origin, events, choice, state: Mutex::new(state) }
    }

    /// The link of a file. Links that expired or are about to are renewed first.
    pub(super) async fn link(&self, file: usize) -> Result<Chosen, Failure> {
        let mut state = self.state.lock().await;
        let now = self.origin.now();
        if !state.in_vain && state.expires(file, now, true) {
            match self.ask(&mut state).await {
                // They are good for a little while.
                Err(_) if !state.expires(file, now, false) => state.in_vain = true,
                asked => asked?,
            }
            state.in_vain |= state.expires(file, self.origin.now(), true);
        }
        let network = self.network(&mut state, file).await;
        let link = state.files.get(file).and_then(|file| match network {
            Network::Public => file.public_url.clone(),
            Network::Internal => file.internal_url.clone(),
        });
        let none = || Failure::new(PullErrorKind::NoLinks, Remedy::GiveUp, "it has no link");
        Ok(Chosen { link: link.ok_or_else(none)?, network, generation: state.generation })
    }

    /// Asks for new links, unless those of this generation were replaced already.
    pub(super) async fn renew(&self, generation: u64) -> Result<(), Failure> {
        let mut state = self.state.lock().await;
        if state.generation == generation { self.ask(&mut state).await } else { Ok(()) }
    }

    /// Uses the other network from now on, if there is a choice: this one failed.
    pub(super) async fn avoid(&self, file: usize, network: Network) {
        let mut state = self.state.lock().await;
        let both = state.files.get(file).is_some_and(|file| both(file).is_some());
        if self.choice == NetworkChoice::Auto && both {
            state.internal = Some(network == Network::Public);
        }
    }

    /// Asks for the links. They belong to the same files: by name where the names tell them apart, else by position.
    async fn ask(&self, state: &mut State) -> Result<(), Failure> {
        let fresh = self.origin.links().await.map_err(Failure::api)?.files;
        if fresh.len() != state.files.len() {
            let problem = format!(
                "the links expired, and the service now names {} files instead of {}",
                fresh.len(),
                state.files.len()
            );
            return Err(Failure::new(PullErrorKind::NoLinks, Remedy::GiveUp, problem));
        }
        state.files = in_order_of(&state.files, fresh);
        state.since = self.origin.now();
        state.generation += 1;
        self.events.tell(Event::Renewed);
        Ok(())
    }

    /// The network to use for a file.
    async fn network(&self, state: &mut State, file: usize) -> Network {
        let Some(file) = state.files.get(file) else { return Network::Public };
        let Some(internal) = both(file) else {
            return if file.public_url.is_some() { Network::Public } else { Network::Internal };
        };
        let works = match self.choice {
            NetworkChoice::Internal => true,
            NetworkChoice::Public => false,
            NetworkChoice::Auto => match state.internal {
                Some(works) => works,
                None => {
                    let problem = self.probe(internal).await;
                    let works = problem.is_none();
                    state.internal = Some(works);
                    self.events.tell(Event::Probed { problem });
                    works
                }
            },
        };
        if works { Network::Internal } else { Network::Public }
    }

    /// Asks for a byte over an internal link, and says why none came.
    async fn probe(&self, link: &Link) -> Option<String> {
        let mut request = get("probe of the internal network".to_owned(), link);
        request.headers.push(("Range".to_owned(), "bytes=0-0".to_owned()));
        match timeout(PROBE, self.origin.transport().send(request)).await {
            Ok(Ok(response)) if matches!(response.status, 200 | 206) => None,
            Ok(Ok(response)) => Some(format!("the storage answered HTTP {}", response.status)),
            Ok(Err(error)) => Some(error.message),
            Err(_) => Some(format!("no answer within {} s", PROBE.as_secs())),
        }
    }
}

impl State {
    /// Whether the links of a file have expired, or are `about` to.
    fn expires(&self, file: usize, now: Timestamp, about: bool) -> bool {
        let Some(at) = self.files.get(file).and_then(|file| file.expires_at) else { return false };
        let life = at.unix().saturating_sub(self.since.unix());
        let margin = if about { MARGIN.min(life / 4).max(0) } else { 0 };
        at.unix() <= now.unix().saturating_add(margin)
    }
}

/// The request for a link, without a range.
pub(super) fn get(what: String, link: &Link) -> Request {
    Request {
        what,
        method: "GET".to_owned(),
        url: link.expose().to_owned(),
        headers: vec![("Accept-Encoding".to_owned(), "identity".to_owned())],
        body: Vec::new(),
        timeout: None,
    }
}

/// The internal link of a file that has links of both kinds.
fn both(file: &BackupFile) -> Option<&Link> {
    file.internal_url.as_ref().filter(|_| file.public_url.is_some())
}

/// Fresh files in the order of the old ones.
fn in_order_of(old: &[BackupFile], fresh: Vec<BackupFile>) -> Vec<BackupFile> {
    use std::collections::HashMap;

    let named: HashMap<_, _> =
        fresh.iter().enumerate().filter_map(|(at, file)| Some((file.name.clone()?, at))).collect();
    let places: Option<Vec<usize>> = old.iter().map(|file| named.get(file.name.as_ref()?).copied()).collect();
    match places {
        Some(places) if named.len() == fresh.len() => {
            places.into_iter().filter_map(|at| fresh.get(at).cloned()).collect()
        }
        _ => fresh,
    }
}
