//! Pulling many backups, some at a time.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use rdbfetch::download::Connections;
use rdbfetch::place::Field;
use rdbfetch::value::Parameters;
use rdbfetch::{BackupId, Instance, Question, Timestamp, download};
use tokio::sync::{Mutex, OnceCell};

use super::report::{Failed, Line, Place, Planned, Summary, Writer};
use super::source::Source;
use super::targets::Target;
use crate::args::Pull;
use crate::commands::pull::doc::Pulled;
use crate::commands::pull::one::{Brought, Job};
use crate::commands::pull::retention;
use crate::destination::Destination;
use crate::exit::{Exit, Failure};
use crate::manifest::Subject;
use crate::output::Output;
use crate::parameters::Given;
use crate::progress::{About, Backup, Outcome, Progress};
use crate::session::{LATEST, Session};
use crate::stop::stopped;

/// Service, region and project: what has a client of its own.
type Key = (&'static str, Option<String>, Option<String>);

/// A client, or why there is none.
type Opened = Arc<OnceCell<Result<Arc<Session>, Failure>>>;

/// What became of one, with its service.
type Ended = (&'static str, Vec<Line>, Option<Failure>);

/// What all who pull share.
struct Fleet<'a> {
    args: &'a Pull,
    output: Output,
    destination: Destination,
    progress: Progress,
    connections: Connections,
    sessions: Mutex<BTreeMap<Key, Opened>>,
    /// How many backups of an instance are being pulled: what is known of it is needed until the last of them is done.
    held: Mutex<BTreeMap<(Key, String), usize>>,
}

/// Pulls many backups.
///
/// # Errors
///
/// If some are not there in the end, or the run was interrupted.
pub async fn run(args: &Pull, output: Output) -> Result<Exit, Failure> {
    if args.backup.as_deref().is_some_and(|backup| backup != LATEST) {
        return Err(Failure::usage(
            "--all takes the newest backups: leave --backup out, or make it `latest`.",
        ));
    }
    let destination = Destination::open(&args.dir, !args.no_fsync)?;
    crate::commands::pull::suits(args, &destination)?;
    let mut stop = Box::pin(stopped()?);
    let mut source = tokio::select! {
        source = Source::new(args, output) => source?,
        () = &mut stop => return Err(Failure::interrupted()),
    };
    let progress = Progress::of_many(args.progress, output);
    let (sessions, held) = (Mutex::default(), Mutex::default());
    let connections = args.in_all();
    let fleet = Fleet { args, output, destination, progress, connections, sessions, held };
    if let Some(session) = source.session() {
        let key = (session.service.service.name, None, None);
        fleet.sessions.lock().await.insert(key, Arc::new(OnceCell::new_with(Some(Ok(session)))));
    }
    let (mut writer, mut summary) = (Writer::new(output), Summary::default());
    let (mut first, mut same) = (None, true);
    let mut interrupted = false;
    {
        let mut note = |lines: Vec<Line>, failure: Option<Failure>| {
            if let Some(failure) = failure {
                same &= first.as_ref().is_none_or(|one: &Failure| one.kind() == failure.kind());
                first.get_or_insert(failure);
            }
            for line in lines {
                summary.count(&line);
                writer.add(line)?;
            }
            Ok(first.is_some() && args.fleet.fail_fast)
        };
        let work = fleet.work(&mut source, &mut note);
        tokio::select! {
            complete = work => summary.complete = complete?,
            () = &mut stop => interrupted = true,
        }
    }
    fleet.progress.finish();
    writer.finish(&summary)?;
    if interrupted {
        return Err(Failure::interrupted());
    }
    let Some(first) = first else { return Ok(Exit::Done) };
    if same && summary.pulled + summary.already + summary.planned + summary.skipped == 0 {
        return Err(first);
    }
    let all = summary.pulled + summary.already + summary.planned + summary.skipped + summary.failed;
    let message = format!("{} of {all} backups are not there; the first: {first}", summary.failed);
    Err(Failure::new(Exit::Partial, "partial", message))
}

impl Fleet<'_> {
    /// Pulls one after the other, some at a time. Gives whether all were looked at.
    async fn work(
        &self,
        source: &mut Source,
        note: &mut impl FnMut(Vec<Line>, Option<Failure>) -> Result<bool, Failure>,
    ) -> Result<bool, Failure> {
        let jobs = self.args.fleet.jobs;
        let most = self.args.fleet.jobs_per_service.unwrap_or(jobs);
        let mut running: FuturesUnordered<Pin<Box<dyn Future<Output = Ended> + '_>>> =
            FuturesUnordered::new();
        let mut busy: BTreeMap<&'static str, usize> = BTreeMap::new();
        loop {
            while running.len() < jobs
                && let Some((target, known)) =
                    source.take(|name| busy.get(name).is_none_or(|busy| *busy < most))?
            {
                *busy.entry(target.service.service.name).or_default() += 1;
                running.push(Box::pin(self.one(target, known)));
            }
            self.progress.know(source.known());
            // Those that are being pulled are not kept waiting by the list of the others.
            let stop = tokio::select! {
                biased;
                Some((name, lines, failure)) = running.next() => {
                    if let Some(busy) = busy.get_mut(name) {
                        *busy = busy.saturating_sub(1);
                    }
                    note(lines, failure)?
                }
                listed = source.list(), if source.lists() => match listed {
                    Ok(()) => false,
                    Err(failed) => {
                        self.progress.missed(about(&failed.place), &failed.failure.to_string());
                        let failure = failed.failure.clone();
                        note(vec![Line::Failed(*failed)], Some(failure))?
                    }
                },
                else => return Ok(true),
            };
            if stop {
                return Ok(false);
            }
        }
    }

    /// Pulls one.
    async fn one(&self, target: Target, known: Option<Instance>) -> Ended {
        let name = target.service.service.name;
        let mut place = Place {
            service: name.to_owned(),
            region: target.region.clone(),
            instance: Some(target.instance.clone()),
            backup: Some(target.backup.clone()),
        };
        let key = (name, target.region.clone(), target.project.clone());
        let held = (key, target.instance.clone());
        *self.held.lock().await.entry(held.clone()).or_default() += 1;
        let backup = self.progress.begin(about(&place));
        let pulled = self.pull(target, known, &mut place, &backup).await;
        self.release(held).await;
        match pulled {
            Ok(lines) => {
                backup.ended(&outcome(&lines));
                (name, lines, None)
            }
            Err(failure) if failure.empty && self.args.fleet.skip_empty => {
                backup.ended(&Outcome::Skipped);
                (name, vec![Line::Skipped(place)], None)
            }
            Err(failure) => {
                let failure = failure.at(name);
                backup.ended(&Outcome::Failed(&failure.to_string()));
                (name, vec![Line::Failed(Failed::new(place, &failure))], Some(failure))
            }
        }
    }

    /// Forgets what is known of an instance, unless another backup of it is being pulled.
    async fn release(&self, held: (Key, String)) {
        let mut all = self.held.lock().await;
        let Some(count) = all.get_mut(&held) else { return };
        *count = count.saturating_sub(1);
        if *count > 0 {
            return;
        }
        all.remove(&held);
        let (key, instance) = held;
        let session = self.sessions.lock().await.get(&key).cloned();
        if let Some(Ok(session)) = session.as_ref().and_then(|session| session.get()) {
            session.cloud.forget(&instance);
        }
    }

    async fn pull(
        &self,
        target: Target,
        known: Option<Instance>,
        place: &mut Place,
        followed: &Backup<'_>,
    ) -> Result<Vec<Line>, Failure> {
        let session = self.session(&target).await?;
        if let Some(known) = known {
            session.cloud.remember(known);
        }
        let service = target.service.service.name;
        let folders = target
            .dir
            .clone()
            .unwrap_or_else(|| vec![download::component(service), download::component(&target.instance)]);
        let destination = &self.destination.below(&folders);
        let id = BackupId::new(&target.instance, &target.backup);
        let ids = [(Field::Instance, id.instance.as_str()), (Field::Backup, id.backup.as_str())];
        let params = &self.args.cloud.params;
        let (args, session) = (self.args, &*session);
        let setting = |name| session.cloud.setting(name).map(str::to_owned);
        let job = |id, created_at: Option<Timestamp>, operation, parameters| Job {
            args,
            session,
            destination,
            subject: Subject {
                service,
                region: setting("region"),
                project: setting("project"),
                id,
                created_at: created_at.map(|at| at.to_string()),
            },
            operation,
            parameters,
            connections: self.connections.clone(),
        };
        // Where it is said which one it is, nobody needs to be asked to see that it is there.
        let said = target.backup != LATEST && args.wait.wait.is_none() && args.keep.is_none();
        if said && let Some(operation) = Question::Links.operation(target.service.service) {
            let job = job(id.clone(), None, operation.name, Parameters::new());
            if let Some(manifest) = job.there().await? {
                return Ok(vec![Line::Already(Pulled::of(&manifest, destination))]);
            }
        }
        let operation = session.about(&id.instance, Question::Links, false, &ids, params).await?;
        let given = Given::read(operation, Vec::new(), params);
        let parameters = given.own();
        session.check_links(operation, &id, given)?;
        session.ready(operation)?;
        let (id, created_at) = session.resolve(id, self.args.wait.wait).await?;
        let created_at = match created_at {
            None if self.args.keep.is_some() => session.created(&id).await?,
            known => known,
        };
        place.backup = Some(id.backup.clone());
        followed.is(&id.backup);
        let job = job(id, created_at, operation.name, parameters);
        let created_at = job.subject.created_at.clone();
        let gone = |id: BackupId| Line::Removed(Place { backup: Some(id.backup), ..place.clone() });
        if args.cloud.dry_run {
            if let Some(manifest) = job.there().await? {
                return Ok(vec![Line::Already(Pulled::of(&manifest, destination))]);
            }
            let planned =
                Planned { place: place.clone(), created_at: created_at.clone(), dir: destination.shown("") };
            let mut lines = vec![Line::Planned(planned)];
            if let Some(keep) = args.keep {
                let coming = created_at.as_deref();
                let old = retention::old(destination, service, &target.instance, keep.get(), coming).await?;
                lines.extend(old.iter().map(|manifest| gone(manifest.id())));
            }
            return Ok(lines);
        }
        let brought =
            job.bring(&mut |event| followed.event(&event)).await.map_err(|missed| missed.failure)?;
        let Brought { manifest, already, removed } = brought;
        let pulled = Pulled::of(&manifest, destination);
        let mut lines = vec![if already { Line::Already(pulled) } else { Line::Pulled(pulled) }];
        lines.extend(removed.into_iter().map(gone));
        Ok(lines)
    }

    /// The client for a target, which all targets of its service, region and project share.
    async fn session(&self, target: &Target) -> Result<Arc<Session>, Failure> {
        let key = (target.service.service.name, target.region.clone(), target.project.clone());
        let cell = Arc::clone(self.sessions.lock().await.entry(key).or_default());
        let open = || async {
            let mut cloud = self.args.cloud.clone();
            cloud.dry_run = false;
            let has = |name| target.service.service.setting(name).is_some();
            cloud.region = target.region.clone().or(cloud.region).filter(|_| has("region"));
            cloud.project = target.project.clone().or(cloud.project).filter(|_| has("project"));
            Session::open(target.service, &cloud, self.output).await.map(Arc::new)
        };
        cell.get_or_init(open).await.clone()
    }
}

/// Which backup that is, for those who follow.
fn about(place: &Place) -> About {
    About {
        service: Some(place.service.clone()),
        region: place.region.clone(),
        instance: place.instance.clone(),
        backup: place.backup.clone(),
    }
}

/// What became of one that did not fail.
fn outcome(lines: &[Line]) -> Outcome<'static> {
    match lines.first() {
        Some(Line::Pulled(one)) => Outcome::Pulled(one.bytes()),
        Some(Line::Already(one)) => Outcome::Already(one.bytes()),
        _ => Outcome::Planned,
    }
}
