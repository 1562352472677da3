//! What a fleet is made of: a file's targets, or the instances of an account as their list comes.

use std::collections::VecDeque;
use std::sync::Arc;

use rdbfetch::{Instance, Listing};
use serde_json::json;

use super::Shard;
use super::report::{Failed, Place};
use super::seen::Seen;
use super::targets::{Target, Targets};
use crate::args::Pull;
use crate::commands::{instances, service};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::session::{LATEST, Session};

/// How many instances are listed ahead of their turn. So many that the next page is there when it is needed, and that the
/// number of all is known soon where it is not large; so few that they need little memory.
const AHEAD: usize = 1000;

/// Where targets come from.
pub enum Source {
    /// Those of a file.
    File(Targets),
    /// The instances of an account.
    Account(Box<Account>),
}

/// The instances of an account, region by region.
pub struct Account {
    session: Arc<Session>,
    /// The region that is configured.
    configured: Option<String>,
    shard: Option<Shard>,
    /// The regions that are still to be asked; without a name, the one that is configured.
    regions: VecDeque<Option<String>>,
    listing: Option<(Option<String>, Listing<Instance>)>,
    /// Those that were listed and whose turn has not come, with the region that was asked.
    ahead: VecDeque<(Option<String>, Instance)>,
    /// Documents may have two codes for one region.
    seen: Seen,
    /// How many were found, and regions that were not listed.
    found: u64,
}

impl Source {
    /// As the command line says.
    ///
    /// # Errors
    ///
    /// If a file of targets is wrong, or an account cannot be asked.
    pub async fn new(args: &Pull, output: Output) -> Result<Self, Failure> {
        let (shard, configured) = (args.fleet.shard, args.cloud.region.clone());
        if let Some(path) = args.fleet.targets.clone() {
            let ours = move |target: &Target| {
                let region = target.region.as_deref().or(configured.as_deref());
                shard.is_none_or(|shard| shard.has(target.service.service.name, region, &target.instance))
            };
            // Stdin may keep us waiting.
            let read = tokio::task::spawn_blocking(move || Targets::read(&path, ours)).await;
            let targets = read.unwrap_or_else(|_| {
                Err(Failure::new(Exit::Other, "other", "The program is ending: the targets were not read."))
            })?;
            if args.cloud.endpoint.is_some() && targets.services() > 1 {
                return Err(Failure::usage("One --endpoint cannot be that of several services."));
            }
            return Ok(Self::File(targets));
        }
        let service = service(args.service.as_deref().unwrap_or_default())?;
        let mut cloud = args.cloud.clone();
        cloud.dry_run = false;
        let session = Session::open(service, &cloud, output).await?;
        let operation = session.uniform("instances", rdbfetch::service::Operation::lists_instances)?;
        session.ready(operation)?;
        let regions = if args.fleet.all_regions {
            instances::regions(&session, output).await?.0.into_iter().map(Some).collect()
        } else {
            VecDeque::from([None])
        };
        Ok(Self::Account(Box::new(Account {
            session: Arc::new(session),
            configured,
            shard,
            regions,
            listing: None,
            ahead: VecDeque::new(),
            seen: Seen::default(),
            found: 0,
        })))
    }

    /// The session that the instances are listed with, for whatever is in its region.
    pub fn session(&self) -> Option<Arc<Session>> {
        match self {
            Self::File(_) => None,
            Self::Account(account) => Some(Arc::clone(&account.session)),
        }
    }

    /// How many backups there are in all, once that is known.
    pub fn known(&self) -> Option<u64> {
        match self {
            Self::File(targets) => Some(targets.count()),
            Self::Account(account) => account.is_listed().then_some(account.found),
        }
    }

    /// The next backup to pull of a service that has room for more, and what is known of its instance.
    ///
    /// # Errors
    ///
    /// If the targets cannot be read again.
    pub fn take(
        &mut self,
        room: impl Fn(&str) -> bool,
    ) -> Result<Option<(Target, Option<Instance>)>, Failure> {
        match self {
            Self::File(targets) => Ok(targets.next(room)?.map(|target| (target, None))),
            Self::Account(account) if room(account.session.service.service.name) => Ok(account.take()),
            Self::Account(_) => Ok(None),
        }
    }

    /// Whether instances should be listed now.
    pub fn lists(&self) -> bool {
        match self {
            Self::File(_) => false,
            Self::Account(account) => !account.is_listed() && account.ahead.len() < AHEAD,
        }
    }

    /// Lists on. Whoever drops this loses nothing.
    ///
    /// # Errors
    ///
    /// If the instances of a region could not be listed. The others can.
    pub async fn list(&mut self) -> Result<(), Box<Failed>> {
        match self {
            Self::File(_) => Ok(()),
            Self::Account(account) => account.list().await,
        }
    }
}

impl Account {
    fn is_listed(&self) -> bool {
        self.regions.is_empty() && self.listing.is_none()
    }

    async fn list(&mut self) -> Result<(), Box<Failed>> {
        let name = self.session.service.service.name;
        if let Some((region, listing)) = &mut self.listing {
            match listing.next().await {
                Some(Ok(instance)) => {
                    let place = region.as_deref().or(self.configured.as_deref());
                    let ours = self.shard.is_none_or(|shard| shard.has(name, place, &instance.instance));
                    if self.seen.insert(&instance.instance) && ours {
                        self.found += 1;
                        self.ahead.push_back((region.clone(), instance));
                    }
                }
                Some(Err(error)) => {
                    let region = region.clone();
                    self.listing = None;
                    return Err(self.failed(region, error));
                }
                None => self.listing = None,
            }
            return Ok(());
        }
        let Some(region) = self.regions.pop_front() else { return Ok(()) };
        let operation = self.session.uniform("instances", rdbfetch::service::Operation::lists_instances);
        let parameter = operation
            .ok()
            .and_then(|operation| operation.parameters.iter().find(|one| one.from == Some("region")));
        let parameters = match (parameter, &region) {
            (Some(parameter), Some(region)) => vec![(parameter.name, json!(region))],
            _ => Vec::new(),
        };
        match self.session.cloud.list_instances(parameters) {
            Ok(listing) => {
                self.listing = Some((region, listing));
                Ok(())
            }
            Err(error) => Err(self.failed(region, error)),
        }
    }

    fn take(&mut self) -> Option<(Target, Option<Instance>)> {
        let (region, instance) = self.ahead.pop_front()?;
        let target = Target {
            service: self.session.service,
            region,
            project: None,
            instance: instance.instance.clone(),
            backup: LATEST.to_owned(),
            dir: None,
        };
        Some((target, Some(instance)))
    }

    fn failed(&mut self, region: Option<String>, error: rdbfetch::Error) -> Box<Failed> {
        self.found += 1;
        let name = self.session.service.service.name;
        let place = Place { service: name.to_owned(), region, instance: None, backup: None };
        Box::new(Failed::new(place, &self.session.doubting(Failure::from(error)).at(name)))
    }
}
