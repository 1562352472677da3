//! A service, where its calls go, and as whom: what commands that call have in common.

use std::sync::Arc;
use std::time::Duration;

use rdbfetch::check::ViolationKind;
use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::place::{Field, Projection};
use rdbfetch::service::Operation;
use rdbfetch::transport::Request;
use rdbfetch::value::Parameters;
use rdbfetch::{
    BackupId, Builder, Cloud, Credentials, Error, Instance, InstanceKind, Question, State, Timestamp,
    projection,
};
use rdbfetch_emulator::{Emulator, Sample};

use crate::args::{CloudArgs, KindWord, Known};
use crate::curl;
use crate::dry_run::{self, DryRun};
use crate::exit::{Exit, Failure, of};
use crate::log::Logged;
use crate::output::{Output, write};
use crate::parameters::{Given, places};
use crate::target::Target;
use crate::text::nearest;

/// The word for the newest finished backup.
pub const LATEST: &str = "latest";

/// A client of a service, and the emulator behind it if there is one.
pub struct Session {
    /// The service.
    pub service: &'static ServiceMetadata,
    /// The client.
    pub cloud: Cloud,
    /// How often things are done at most, where that is said.
    pub attempts: Option<u32>,
    output: Output,
    /// The variant of the signature.
    variant: String,
    /// Why calls cannot be signed, where there are no credentials.
    lacking: Option<String>,
    /// Whether calls are printed for curl.
    print_curl: bool,
    /// What ids default to. The emulator lives as long as the session.
    emulator: Option<(Emulator, Sample)>,
}

impl Session {
    /// Makes a client as the command line says, and starts the emulator if it says so.
    ///
    /// # Errors
    ///
    /// Where the command line or the environment says too little or something wrong.
    pub async fn open(
        service: &'static ServiceMetadata,
        args: &CloudArgs,
        output: Output,
    ) -> Result<Self, Failure> {
        if let Some(reason) = service.service.deprecated {
            output.remark(&format!("warning: {}: {reason}", service.service.name));
        }
        let emulator = if args.emulator { Some(start(service).await?) } else { None };
        let target = Target::new(service, args)?;
        if !output.format.machine() || output.verbose > 0 {
            for warning in target.all_warnings() {
                output.remark(&format!("warning: {}: {warning}", service.service.name));
            }
        }
        let Target { mut builder, variant, transport, attempts, .. } = target;
        builder = match &emulator {
            Some((emulator, sample)) => to_emulator(builder, service, args, emulator, sample),
            None => builder,
        };
        let transport = Arc::new(transport);
        builder = builder.transport(if output.verbose > 0 {
            Arc::new(Logged::new(transport, output))
        } else {
            transport
        });
        let signs = builder.has_credentials();
        let at_hand = builder.origins().get("access_key").is_some_and(|key| key.set);
        if args.dry_run && !at_hand {
            // Nothing is sent: whose signature it would be does not matter, and it is not shown either.
            builder = builder.credentials(Credentials::new("ACCESS_KEY", "SECRET_KEY"));
        }
        let cloud = builder.build()?;
        let lacking = match cloud.fetch_credentials().await {
            Ok(_) => None,
            Err(error) if signs => return Err(error.into()),
            Err(error) => Some(error.to_string()),
        };
        let session = Self {
            service,
            cloud,
            attempts,
            output,
            variant,
            lacking,
            print_curl: args.print_curl,
            emulator,
        };
        if let Some(doubt) = session.doubt() {
            output.remark(&format!("warning: {doubt} It is sent as it stands."));
        }
        Ok(session)
    }

    /// What the documents do not know among the settings, with the nearest that they do.
    fn doubt(&self) -> Option<String> {
        let name = self.service.service.name;
        let doubts = self.service.settings.iter().filter_map(|known| {
            let value = self.cloud.setting(known.name)?;
            let values = || known.values.iter().map(|(value, _)| *value);
            if values().any(|one| one == value) {
                return None;
            }
            let meant = nearest(value, values());
            let meant =
                meant.map(|meant| format!("; did you mean {meant:?}?")).unwrap_or_else(|| ".".to_owned());
            Some(format!("The documents of {name} know no {} {value:?}{meant}", known.name))
        });
        let doubts: Vec<String> = doubts.collect();
        (!doubts.is_empty()).then(|| doubts.join(" "))
    }

    /// The same failure, with what is doubtful about the settings where that could be why.
    #[must_use]
    pub fn doubting(&self, failure: Failure) -> Failure {
        let why = matches!(failure.exit, Exit::Other | Exit::Auth | Exit::NotFound | Exit::Network);
        match self.doubt().filter(|_| why) {
            Some(doubt) => failure.advise(&doubt),
            None => failure,
        }
    }

    /// Makes a failure of what the library says about an operation.
    pub fn failed<E: Into<Failure>>(&self, operation: &'static Operation) -> impl FnOnce(E) -> Failure + '_ {
        move |error| self.doubting(of(operation)(error))
    }

    /// Makes sure that calls can be signed.
    ///
    /// # Errors
    ///
    /// If there are no credentials.
    pub fn ready(&self, operation: &Operation) -> Result<(), Failure> {
        let Some(problem) = &self.lacking else { return Ok(()) };
        let message = format!(
            "{}: nothing was sent: {problem}; with --emulator none are needed.",
            self.service.service.name
        );
        Err(Failure::new(Exit::Auth, "auth", message).of(operation.name))
    }

    /// The instance that is meant.
    ///
    /// # Errors
    ///
    /// If it is empty.
    pub fn instance(&self, given: Option<&str>) -> Result<String, Failure> {
        self.id("--instance", given, |sample| &sample.instance)
    }

    /// The backup that is meant; `latest` is not resolved yet.
    ///
    /// # Errors
    ///
    /// If an id is empty.
    pub fn backup_id(&self, instance: Option<&str>, backup: Option<&str>) -> Result<BackupId, Failure> {
        let instance = self.instance(instance)?;
        let backup = self.id("--backup", backup, |sample| &sample.backup)?;
        Ok(BackupId::new(instance, backup))
    }

    fn id(&self, flag: &str, given: Option<&str>, sample: fn(&Sample) -> &String) -> Result<String, Failure> {
        let default = || self.emulator.as_ref().map(|(_, samples)| sample(samples).as_str());
        match given.or_else(default) {
            Some(id) if !id.trim().is_empty() => Ok(id.to_owned()),
            _ => Err(Failure::usage(format!("{flag} takes an id, and the one given is empty."))),
        }
    }

    /// Tells the client what the command line says of an instance.
    pub fn know(&self, instance: &str, known: &Known) {
        let Some(kind) = known.kind else { return };
        let kind = match kind {
            KindWord::Standalone => InstanceKind::Standalone,
            KindWord::Cluster => InstanceKind::Cluster,
        };
        let told = Instance::new(instance).with_kind(kind);
        self.cloud.remember(match &known.zone {
            Some(zone) => told.with_zone(zone),
            None => told,
        });
    }

    /// The operation that answers a question about an instance, which is looked up where that decides; but not for a
    /// preview, which asks nobody.
    ///
    /// # Errors
    ///
    /// If the service has none, or whatever goes wrong with looking it up.
    pub async fn about(
        &self,
        instance: &str,
        question: Question,
        preview: bool,
        ids: &[(Field, &str)],
        params: &[String],
    ) -> Result<&'static Operation, Failure> {
        let what = match question {
            Question::Links => "links",
            Question::Backups => "backups",
            _ => "a way to make backups",
        };
        let answers = |operation: &&&'static Operation| !question.projections(operation).is_empty();
        let operations = self.service.service.operations;
        let Some(first) = question.operation(self.service.service) else {
            return self.uniform(what, |_| &[]);
        };
        let alone = operations.iter().filter(answers).count() == 1;
        if self.cloud.known_instance(instance).is_none() && preview {
            if !alone {
                self.output.remark(
                    "note: which operation it would be depends on the instance's kind; --kind says it without a call.",
                );
            }
            return Ok(first);
        }
        if !alone && self.cloud.known_instance(instance).is_none() {
            self.foresee(question, first, ids, params)?;
        }
        if !preview {
            self.ready(first)?;
        }
        let instances = operations.iter().find(|operation| !operation.instances.is_empty()).copied();
        let found = self.cloud.operation_about(instance, question).await;
        found.map_err(self.failed(instances.unwrap_or(first)))
    }

    /// The first operation that gives something.
    ///
    /// # Errors
    ///
    /// If the service has none.
    pub fn uniform(
        &self,
        what: &str,
        projections: fn(&Operation) -> &'static [Projection],
    ) -> Result<&'static Operation, Failure> {
        let operations = self.service.service.operations;
        operations.iter().find(|operation| !projections(operation).is_empty()).copied().ok_or_else(|| {
            let name = self.service.service.name;
            Failure::usage(format!(
                "No operation of {name} gives {what}; `rdbfetch ops {name}` lists what it has."
            ))
        })
    }

    /// Makes sure that one of the operations that it may come to would take the parameters, before anybody is asked.
    fn foresee(
        &self,
        question: Question,
        usual: &'static Operation,
        ids: &[(Field, &str)],
        params: &[String],
    ) -> Result<(), Failure> {
        let check = |operation: &'static Operation| {
            // What is going to be known of the instance is not known yet, but it will be there.
            let known = Instance::new("instance").with_zone("zone");
            let projections = question.projections(operation);
            let given = Given::read(operation, Vec::new(), params).of(Some(known)).and(projections, ids);
            given.check(|violation| {
                let about = |field| places(projections, field).any(|name| name == violation.path);
                violation.kind != ViolationKind::Rule && (about(Field::Backup) || about(Field::Name))
            })
        };
        let operations = self.service.service.operations.iter().copied();
        let mut others =
            operations.filter(|one| one.name != usual.name && !question.projections(one).is_empty());
        match check(usual) {
            Err(failure) if !others.any(|operation| check(operation).is_ok()) => Err(failure),
            _ => Ok(()),
        }
    }

    /// The ids of the samples, as parameters of an operation.
    #[must_use]
    pub fn samples(&self, operation: &'static Operation) -> Parameters {
        let Some((_, sample)) = &self.emulator else { return Vec::new() };
        let fields = [(Field::Instance, sample.instance.as_str()), (Field::Backup, sample.backup.as_str())];
        let all = [operation.links, operation.backups].map(|projections| {
            let ids = places(projections, Field::Instance).chain(places(projections, Field::Backup));
            let ids: Vec<&str> = ids.collect();
            let parameters = projection::parameters(operation, projections, &fields, None, Timestamp::now());
            let parameters = parameters.into_iter();
            parameters.filter(|(name, _)| ids.contains(name)).collect::<Parameters>()
        });
        all.concat()
    }

    /// All parameters of the list of backups.
    ///
    /// # Errors
    ///
    /// All that is wrong with them.
    pub fn check_backups(
        &self,
        operation: &'static Operation,
        instance: &str,
        given: Given,
    ) -> Result<Parameters, Failure> {
        let given = given.of(self.cloud.known_instance(instance));
        given.and(operation.backups, &[(Field::Instance, instance)]).check(|_| false)
    }

    /// All parameters of the call for links; `latest` stands for whatever the list is going to say.
    ///
    /// # Errors
    ///
    /// All that is wrong with them.
    pub fn check_links(
        &self,
        operation: &'static Operation,
        id: &BackupId,
        given: Given,
    ) -> Result<Parameters, Failure> {
        let given = given.of(self.cloud.known_instance(&id.instance));
        let fields = [(Field::Instance, id.instance.as_str()), (Field::Backup, id.backup.as_str())];
        given.and(operation.links, &fields).check(|violation| {
            let about = |name| name == violation.path && violation.kind != ViolationKind::Rule;
            id.backup == LATEST && places(operation.links, Field::Backup).any(about)
        })
    }

    /// The backup itself, where `latest` is meant the newest finished one, and when it was taken, if the list was needed
    /// and says it.
    ///
    /// # Errors
    ///
    /// Whatever goes wrong with the list.
    pub async fn resolve(
        &self,
        id: BackupId,
        wait: Option<Duration>,
    ) -> Result<(BackupId, Option<Timestamp>), Failure> {
        if id.backup != LATEST && wait.is_none() {
            return Ok((id, None));
        }
        let list = self
            .about(&id.instance, Question::Backups, false, &[(Field::Instance, &id.instance)], &[])
            .await?;
        let wanted = match id.backup.as_str() {
            LATEST => match (self.cloud.latest_backup(&id.instance).await, wait) {
                (Ok(latest), _) => {
                    return Ok((BackupId::new(id.instance, latest.backup), latest.created_at));
                }
                // None is finished, but one may soon be.
                (Err(error @ Error::NoBackup(_)), Some(_)) => {
                    let backups = self.cloud.backups(&id.instance).await.map_err(self.failed(list))?;
                    let running = backups.into_iter().find(|backup| backup.state == State::Running);
                    let running = running.ok_or(error).map_err(self.failed(list))?;
                    BackupId::new(&id.instance, running.backup)
                }
                (Err(error), _) => return Err(self.failed(list)(error)),
            },
            _ => id,
        };
        let waited = self.cloud.wait_backup(&wanted, wait.unwrap_or_default()).await;
        let backup = waited.map_err(self.failed(list))?;
        Ok((wanted, backup.created_at))
    }

    /// When a backup was taken, if the list of backups says it.
    ///
    /// # Errors
    ///
    /// Whatever goes wrong with the list.
    pub async fn created(&self, id: &BackupId) -> Result<Option<Timestamp>, Failure> {
        let fields = [(Field::Instance, id.instance.as_str())];
        let list = self.about(&id.instance, Question::Backups, false, &fields, &[]).await?;
        let backups = self.cloud.backups(&id.instance).await.map_err(self.failed(list))?;
        Ok(backups.into_iter().find(|backup| backup.backup == id.backup).and_then(|backup| backup.created_at))
    }

    /// Says what a call would send, as `--dry-run` or `--print-curl` asks.
    ///
    /// # Errors
    ///
    /// If the call cannot be formed; for curl also if there are no credentials.
    pub fn dry_run(
        &self,
        operation: &'static Operation,
        parameters: &Parameters,
        then: Option<String>,
    ) -> Result<Exit, Failure> {
        if self.print_curl {
            self.ready(operation)?;
        }
        let request = self.cloud.prepare(operation, parameters).map_err(of(operation))?;
        if self.print_curl {
            self.output.plain("--print-curl")?;
            let command = curl::command(&request)?;
            curl::warn(self.service.service, self.emulator.is_some(), then.as_deref(), self.output);
            if dry_run::Secret::token(self.service, &self.variant).any(|name| request_has(&request, name)) {
                self.output.remark("warning: the command holds the token of the temporary credentials.");
            }
            write(&command)?;
            return Ok(Exit::Done);
        }
        let secret = dry_run::Secret::new(self.service, operation, &self.variant);
        let shown = DryRun::new(self.service, operation, parameters, &request, &secret, then);
        self.output.json(&shown)?;
        Ok(Exit::Done)
    }

    /// Says what the call for links would send, or the list of backups before it.
    ///
    /// # Errors
    ///
    /// As [`dry_run`](Self::dry_run).
    pub async fn dry_run_links(
        &self,
        operation: &'static Operation,
        id: &BackupId,
        parameters: &Parameters,
    ) -> Result<Exit, Failure> {
        if id.backup != LATEST {
            return self.dry_run(operation, parameters, None);
        }
        let list = self.about(&id.instance, Question::Backups, true, &[], &[]).await?;
        let parameters = self.check_backups(list, &id.instance, Given::read(list, Vec::new(), &[]))?;
        self.dry_run(
            list,
            &parameters,
            Some(format!("{} for the newest finished backup listed", operation.name)),
        )
    }
}

/// Whether a request carries a header or a parameter of this name.
fn request_has(request: &Request, name: &str) -> bool {
    let parameter = format!("{name}=");
    request.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
        || request.url.contains(&parameter)
        || String::from_utf8_lossy(&request.body).contains(&parameter)
}

/// Starts the emulator, whose sample the command is then about.
pub async fn start(service: &'static ServiceMetadata) -> Result<(Emulator, Sample), Failure> {
    let emulator = Emulator::builder().start().await;
    let emulator = emulator.map_err(|error| {
        Failure::new(Exit::Other, "other", format!("The emulator cannot start: {error}."))
    })?;
    let sample = emulator.sample(service.service.name).cloned();
    let sample = sample.ok_or_else(|| {
        Failure::usage(format!("The emulator has no sample backup for {}.", service.service.name))
    })?;
    Ok((emulator, sample))
}

/// A client of the emulator, with its samples where the command line says nothing else.
pub fn to_emulator(
    builder: Builder,
    service: &ServiceMetadata,
    args: &CloudArgs,
    emulator: &Emulator,
    sample: &Sample,
) -> Builder {
    let endpoint = emulator.endpoint(service.service.name).unwrap_or_default().to_owned();
    let mut builder = builder.endpoint(endpoint).credentials(emulator.credentials().clone());
    for setting in service.service.settings {
        builder = match setting.name {
            "region" if args.region.is_some() => builder,
            "project" if args.project.is_some() => builder,
            "region" => builder.region(&sample.region),
            // The emulator takes any project or the like.
            name if setting.required && setting.default.is_none() => {
                builder.setting(name, format!("emulated-{name}"))
            }
            _ => builder,
        };
    }
    builder
}
