//! Faults on demand: rules that say which calls go wrong and how.

mod calls;
mod chance;
mod check;
mod effects;
mod files;
mod glob;
mod json;
pub(crate) mod ports;
mod read;
mod rule;
mod subject;
#[cfg(test)]
mod tests;
mod travel;
pub(crate) mod units;
mod write;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdbfetch::Timestamp;
use rdbfetch::metadata::ServiceMetadata;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

pub(crate) use effects::{Effects, Shard};
pub(crate) use files::changed;
pub(crate) use glob::fits;
pub use rule::{Fault, FaultError};
pub(crate) use subject::{Subject, access_key};

use effects::{Mask, Ports, bit, contradiction};

/// The rules of an emulator, and how often each was of use.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Whether there is any rule: all that calls look at where there is none.
    any: AtomicBool,
    /// Tells whoever shuts ports when rules or counts changed.
    news: Notify,
    seed: AtomicU64,
    services: &'static [&'static ServiceMetadata],
    rules: Mutex<Vec<Rule>>,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    name: Arc<str>,
    mask: Mask,
    ports: Ports,
    matched: u64,
    applied: u64,
}

/// A rule, and what became of it so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FaultCount {
    /// The rule, with its name.
    pub fault: Fault,
    /// How many calls it was about.
    pub matched: u64,
    /// How many of them it hit.
    pub applied: u64,
}

/// What goes wrong with a call.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    pub(crate) effects: Effects,
    /// The names of the rules.
    pub(crate) names: Vec<Arc<str>>,
    /// The first rule that shows in the answer.
    pub(crate) telling: Option<Arc<str>>,
    /// How much later the answer comes.
    delay: Duration,
    /// What decides which bits are wrong.
    bits: u64,
}

impl Faults {
    /// No rules yet.
    pub(crate) fn new(services: &'static [&'static ServiceMetadata], seed: u64) -> Self {
        Self { seed: AtomicU64::new(seed), services, ..Self::default() }
    }

    /// Decides by another seed from now on.
    pub(crate) fn set_seed(&self, seed: u64) {
        self.seed.store(seed, Ordering::Relaxed);
    }

    /// Whether there are rules.
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// Adds a rule, and gives its name.
    pub(crate) fn add(&self, fault: Fault) -> Result<String, FaultError> {
        let names = self.add_all(vec![fault])?;
        Ok(names.into_iter().next().unwrap_or_default())
    }

    /// Adds rules, all or none of them, and gives their names.
    pub(crate) fn add_all(&self, faults: Vec<Fault>) -> Result<Vec<String>, FaultError> {
        for fault in &faults {
            fault.check()?;
            fault.check_names(self.services)?;
        }
        self.insert(faults)
    }

    /// Adds rules that make sense.
    fn insert(&self, faults: Vec<Fault>) -> Result<Vec<String>, FaultError> {
        let mut rules = self.lock();
        let mut fresh: Vec<Rule> = Vec::with_capacity(faults.len());
        for mut fault in faults {
            let taken = |name: &str| rules.iter().chain(&fresh).any(|rule| &*rule.name == name);
            let name = match fault.name.take() {
                Some(name) if taken(&name) => {
                    return Err(FaultError(format!(
                        "`name`: there is a rule {name:?} already; remove it first"
                    )));
                }
                Some(name) => name,
                None => (1_u64..)
                    .map(|number| format!("fault-{number}"))
                    .find(|name| !taken(name))
                    .unwrap_or_default(),
            };
            fault.name = Some(name.clone());
            fresh.push(Rule::new(fault, name.into(), 0, 0));
        }
        let names = fresh.iter().map(|rule| rule.name.to_string()).collect();
        rules.append(&mut fresh);
        self.changed(&rules);
        Ok(names)
    }

    /// Removes the rule with this name, and says whether there was one.
    pub(crate) fn remove(&self, name: &str) -> bool {
        let mut rules = self.lock();
        let before = rules.len();
        rules.retain(|rule| &*rule.name != name);
        self.changed(&rules);
        rules.len() < before
    }

    /// Removes all rules.
    pub(crate) fn clear(&self) {
        let mut rules = self.lock();
        rules.clear();
        self.changed(&rules);
    }

    /// The rules and their counts, which is all that there is to be saved.
    pub(crate) fn save(&self) -> Vec<FaultCount> {
        let count = |rule: &Rule| FaultCount {
            fault: rule.fault.clone(),
            matched: rule.matched,
            applied: rule.applied,
        };
        self.lock().iter().map(count).collect()
    }

    /// Goes on with rules and counts that were saved.
    pub(crate) fn load(&self, saved: Vec<FaultCount>) -> Result<(), FaultError> {
        let fresh = Self::new(self.services, 0);
        let counts: Vec<(u64, u64)> = saved.iter().map(|one| (one.matched, one.applied)).collect();
        fresh.add_all(saved.into_iter().map(|one| one.fault).collect())?;
        let mut loaded = std::mem::take(&mut *fresh.lock());
        for (rule, (matched, applied)) in loaded.iter_mut().zip(counts) {
            (rule.matched, rule.applied) = (matched, applied);
        }
        let mut rules = self.lock();
        *rules = loaded;
        self.changed(&rules);
        Ok(())
    }

    /// What goes wrong with a call, if anything. The call counts for every rule that is about it; of several that hit
    /// it the first goes before those that contradict it, which it does not use up.
    pub(crate) fn judge(&self, subject: &Subject, now: Timestamp) -> Option<Box<Applied>> {
        let mut applied: Option<Box<Applied>> = None;
        let seed = self.seed.load(Ordering::Relaxed);
        let mut mask: Mask = 0;
        for rule in self.lock().iter_mut().filter(|rule| rule.is_about(subject, now)) {
            rule.matched = rule.matched.saturating_add(1);
            if rule.fault.effects.refuse {
                self.news.notify_one();
            }
            let together = mask | rule.mask;
            if rule.mask == 0
                || mask & rule.mask != 0
                || contradiction(together).is_some()
                || !rule.hits(seed)
            {
                continue;
            }
            rule.applied = rule.applied.saturating_add(1);
            mask = together;
            applied.get_or_insert_default().add(rule, seed, subject);
        }
        applied
    }

    /// Whether a port has to be shut: that of a service, or with `None` that of the files.
    pub(crate) fn shut(&self, service: Option<&str>, now: Timestamp) -> bool {
        if !self.any() {
            return false;
        }
        let shuts = |rule: &Rule| {
            let fault = &rule.fault;
            fault.effects.refuse && fault.is_port(service) && fault.is_time(now) && rule.matched >= fault.skip
        };
        self.lock().iter().any(shuts)
    }

    /// Waits until rules or counts changed, for one who waits.
    pub(crate) fn news(&self) -> impl Future<Output = ()> {
        self.news.notified()
    }

    /// Whether a rule shuts a port from or until some moment.
    pub(crate) fn has_moments(&self) -> bool {
        let timed = |rule: &Rule| {
            let Fault { from, until, effects, .. } = &rule.fault;
            effects.refuse && (from.is_some() || until.is_some())
        };
        self.any() && self.lock().iter().any(timed)
    }

    fn changed(&self, rules: &[Rule]) {
        self.any.store(!rules.is_empty(), Ordering::Relaxed);
        self.news.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fault {
    /// Whether a port that the rule closes is this one.
    fn is_port(&self, service: Option<&str>) -> bool {
        let of_files = self.bound("port") == Some("files");
        match (service, self.bound("service")) {
            (Some(service), Some(pattern)) => fits(pattern, service),
            (Some(_), None) => !of_files,
            (None, pattern) => pattern.is_none() && self.bound("port") != Some("api"),
        }
    }

    /// Whether it is the rule's time.
    fn is_time(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| now >= from) && self.until.is_none_or(|until| now < until)
    }
}

impl Rule {
    fn new(fault: Fault, name: Arc<str>, matched: u64, applied: u64) -> Self {
        let (mask, ports) = (fault.effects.mask(), fault.ports());
        Self { fault, name, mask, ports, matched, applied }
    }

    /// Whether the rule is about a call.
    fn is_about(&self, subject: &Subject, now: Timestamp) -> bool {
        let port = if subject.is_file { Ports::Files } else { Ports::Api };
        let fault = &self.fault;
        if fault.effects.refuse {
            let service = subject.service.as_deref().filter(|_| !subject.is_file);
            return fault.is_port(service) && fault.is_time(now);
        }
        (self.ports == port || self.ports == Ports::Both)
            && fault.is_time(now)
            && fault.on.iter().all(|(name, pattern)| subject.any(name, |text| fits(pattern, text)))
            && fault.effects.is_known_to(subject)
    }

    /// Whether the call that was counted last is hit.
    fn hits(&self, seed: u64) -> bool {
        let fault = &self.fault;
        self.matched > fault.skip
            && fault.times.is_none_or(|times| self.applied < times)
            && fault
                .probability
                .is_none_or(|wanted| chance::fraction(chance::draw(seed, &self.name, self.matched)) < wanted)
    }
}

impl Applied {
    fn add(&mut self, rule: &Rule, seed: u64, subject: &Subject) {
        let effects = &rule.fault.effects;
        if let Some((min, max)) = effects.latency {
            let part = chance::fraction(chance::draw(seed, &rule.name, !rule.matched));
            self.delay = min + max.saturating_sub(min).mul_f64(part);
        }
        if effects.flip.is_some() {
            self.bits = chance::draw(seed, &format!("{} {}", rule.name, subject.path), 0);
        }
        if rule.mask & !(bit("latency") | bit("clock_skew")) != 0 && self.telling.is_none() {
            self.telling = Some(Arc::clone(&rule.name));
        }
        self.effects.add(effects);
        self.names.push(Arc::clone(&rule.name));
    }
}
