//! What a fleet is made of: a file's targets, or the instances of an account as their list comes.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use rdbfetch::{Instance, Listing};
use serde_json::json;

use super::report::{Failed, Place};
use super::targets::{self, Target};
use crate::args::Pull;
use crate::commands::{instances, service};
use crate::exit::Failure;
use crate::output::Output;
use crate::session::{LATEST, Session};

/// What comes next.
pub enum Next {
    /// A backup to pull, and what is known of its instance.
    Target(Target, Option<Instance>),
    /// The instances of a region could not be listed.
    Failed(Failed),
    /// Nothing until one that is under way has ended.
    Wait,
    /// Nothing.
    End,
}

/// Where targets come from.
pub enum Source {
    /// Those of a file, by service.
    File(BTreeMap<&'static str, VecDeque<Target>>),
    /// The instances of an account.
    Account(Box<Account>),
}

/// The instances of an account, region by region.
pub struct Account {
    session: Arc<Session>,
    /// The regions that are still to be asked; without a name, the one that is configured.
    regions: VecDeque<Option<String>>,
    listing: Option<(Option<String>, Listing<Instance>)>,
    /// Documents may have two codes for one region.
    seen: HashSet<String>,
}

impl Source {
    /// As the command line says.
    ///
    /// # Errors
    ///
    /// If a file of targets is wrong, or an account cannot be asked.
    pub async fn new(args: &Pull, output: Output) -> Result<Self, Failure> {
        if let Some(path) = &args.fleet.targets {
            let mut queues: BTreeMap<_, VecDeque<Target>> = BTreeMap::new();
            for target in targets::read(path)? {
                queues.entry(target.service.service.name).or_default().push_back(target);
            }
            if args.cloud.endpoint.is_some() && queues.len() > 1 {
                return Err(Failure::usage("One --endpoint cannot be that of several services."));
            }
            return Ok(Self::File(queues));
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
        let session = Arc::new(session);
        Ok(Self::Account(Box::new(Account { session, regions, listing: None, seen: HashSet::new() })))
    }

    /// The session that the instances are listed with, for whatever is in its region.
    pub fn session(&self) -> Option<Arc<Session>> {
        match self {
            Self::File(_) => None,
            Self::Account(account) => Some(Arc::clone(&account.session)),
        }
    }

    /// What comes next, of a service that has room for more.
    pub async fn next(&mut self, room: impl Fn(&str) -> bool) -> Next {
        match self {
            Self::File(queues) => {
                queues.retain(|_, queue| !queue.is_empty());
                if queues.is_empty() {
                    return Next::End;
                }
                let mut open = queues.iter_mut().filter(|(name, _)| room(name));
                match open.next().and_then(|(_, queue)| queue.pop_front()) {
                    Some(target) => Next::Target(target, None),
                    None => Next::Wait,
                }
            }
            Self::Account(account) if room(account.session.service.service.name) => account.next().await,
            Self::Account(_) => Next::Wait,
        }
    }
}

impl Account {
    async fn next(&mut self) -> Next {
        loop {
            if let Some((region, listing)) = &mut self.listing {
                let region = region.clone();
                match listing.next().await {
                    Some(Ok(instance)) if self.seen.insert(instance.instance.clone()) => {
                        return Next::Target(self.target(region, &instance), Some(instance));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => {
                        self.listing = None;
                        return self.failed(region, error);
                    }
                    None => self.listing = None,
                }
                continue;
            }
            let Some(region) = self.regions.pop_front() else { return Next::End };
            let operation = self.session.uniform("instances", rdbfetch::service::Operation::lists_instances);
            let parameter = operation.ok().and_then(|operation| {
                operation.parameters.iter().find(|parameter| parameter.from == Some("region"))
            });
            let parameters = match (parameter, &region) {
                (Some(parameter), Some(region)) => vec![(parameter.name, json!(region))],
                _ => Vec::new(),
            };
            match self.session.cloud.list_instances(parameters) {
                Ok(listing) => self.listing = Some((region, listing)),
                Err(error) => return self.failed(region, error),
            }
        }
    }

    fn target(&self, region: Option<String>, instance: &Instance) -> Target {
        Target {
            service: self.session.service,
            region,
            project: None,
            instance: instance.instance.clone(),
            backup: LATEST.to_owned(),
            dir: None,
        }
    }

    fn failed(&self, region: Option<String>, error: rdbfetch::Error) -> Next {
        let name = self.session.service.service.name;
        let place = Place { service: name.to_owned(), region, instance: None, backup: None };
        Next::Failed(Failed::new(place, &self.session.doubting(Failure::from(error)).at(name)))
    }
}
