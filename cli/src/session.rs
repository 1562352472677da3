//! A service, where its calls go, and as whom: what commands that call have in common.

use std::sync::Arc;

use rdbfetch::check::ViolationKind;
use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::place::{Field, Projection};
use rdbfetch::service::Operation;
use rdbfetch::transport::HttpTransport;
use rdbfetch::value::Parameters;
use rdbfetch::{BackupId, Builder, Cloud, Credentials, Timestamp, projection};
use rdbfetch_emulator::{Emulator, Sample};

use crate::args::{CloudArgs, Which};
use crate::dry_run::{self, DryRun};
use crate::exit::{Exit, Failure, of};
use crate::log::Logged;
use crate::output::Output;
use crate::parameters::{Given, places};

/// The word for the newest finished backup.
const LATEST: &str = "latest";

/// A client of a service, and the emulator behind it if there is one.
pub struct Session {
    /// The service.
    pub service: &'static ServiceMetadata,
    /// The client.
    pub cloud: Cloud,
    output: Output,
    /// The variant of the signature.
    variant: String,
    /// Whether there are credentials.
    signs: bool,
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
        let variant = variant(service, args.signature.as_deref())?;
        let emulator = if args.emulator { Some(start(service).await?) } else { None };

        let mut builder = Cloud::builder(service.service).signature(&variant);
        builder = match &emulator {
            Some((emulator, sample)) => to_emulator(builder, service, emulator, sample),
            None => builder,
        };
        for (name, value) in [("region", &args.region), ("project", &args.project)] {
            let Some(value) = value else { continue };
            if service.service.setting(name).is_none() {
                let settings: Vec<&str> =
                    service.service.settings.iter().map(|setting| setting.name).collect();
                return Err(Failure::usage(format!(
                    "{} knows no {name}; --{name} does nothing there. It is configured with: {}.",
                    service.service.name,
                    settings.join(", ")
                )));
            }
            builder = builder.setting(name, value);
        }
        if let Some(endpoint) = &args.endpoint {
            builder = builder.endpoint(endpoint);
        }
        if let Some(method) = &args.http_method {
            builder = builder.method(method.to_uppercase());
        }
        if output.verbose > 0 {
            builder = builder.transport(Arc::new(Logged::new(Arc::new(HttpTransport::new()?), output)));
        }
        if !args.emulator {
            builder = builder.from_env();
        }
        let signs = builder.has_credentials();
        if args.dry_run && !signs {
            // Nothing is sent: whose signature it would be does not matter, and it is not shown either.
            builder = builder.credentials(Credentials::new("ACCESS_KEY", "SECRET_KEY"));
        }
        let cloud = builder.build()?;
        Ok(Self { service, cloud, output, variant, signs, emulator })
    }

    /// Makes sure that calls can be signed.
    ///
    /// # Errors
    ///
    /// If there are no credentials.
    pub fn ready(&self, operation: &Operation) -> Result<(), Failure> {
        if self.signs {
            return Ok(());
        }
        let service = self.service.service;
        let theirs =
            service.credentials.iter().map(|names| format!(", or {} and {}", names.access_key, names.secret));
        let message = format!(
            "{}: there are no credentials, so nothing was sent. Set RDBFETCH_ACCESS_KEY and RDBFETCH_SECRET_KEY{}; \
             with --emulator none are needed.",
            service.name,
            theirs.collect::<String>()
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
    pub fn backup_id(&self, which: &Which) -> Result<BackupId, Failure> {
        let instance = self.instance(which.instance.as_deref())?;
        let backup = self.id("--backup", which.backup.as_deref(), |sample| &sample.backup)?;
        Ok(BackupId::new(instance, backup))
    }

    fn id(&self, flag: &str, given: Option<&str>, sample: fn(&Sample) -> &String) -> Result<String, Failure> {
        let default = || self.emulator.as_ref().map(|(_, samples)| sample(samples).as_str());
        match given.or_else(default) {
            Some(id) if !id.trim().is_empty() => Ok(id.to_owned()),
            _ => Err(Failure::usage(format!("{flag} takes an id, and the one given is empty."))),
        }
    }

    /// The operation that gives links.
    ///
    /// # Errors
    ///
    /// If the service has none.
    pub fn uniform_links(&self) -> Result<&'static Operation, Failure> {
        self.uniform("links", |operation| operation.links)
    }

    /// The operation that lists backups.
    ///
    /// # Errors
    ///
    /// If the service has none.
    pub fn uniform_backups(&self) -> Result<&'static Operation, Failure> {
        self.uniform("backups", |operation| operation.backups)
    }

    fn uniform(
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
    pub fn check_backups(&self, instance: &str, given: Given) -> Result<Parameters, Failure> {
        let operation = self.uniform_backups()?;
        given.and(operation.backups, &[(Field::Instance, instance)]).check(|_| false)
    }

    /// All parameters of the call for links; `latest` stands for whatever the list is going to say.
    ///
    /// # Errors
    ///
    /// All that is wrong with them.
    pub fn check_links(&self, id: &BackupId, given: Given) -> Result<Parameters, Failure> {
        let operation = self.uniform_links()?;
        let fields = [(Field::Instance, id.instance.as_str()), (Field::Backup, id.backup.as_str())];
        given.and(operation.links, &fields).check(|violation| {
            let about = |name| name == violation.path && violation.kind != ViolationKind::Rule;
            id.backup == LATEST && places(operation.links, Field::Backup).any(about)
        })
    }

    /// The backup itself, where `latest` is meant the newest finished one.
    ///
    /// # Errors
    ///
    /// Whatever goes wrong with the list.
    pub async fn resolve(&self, id: BackupId) -> Result<BackupId, Failure> {
        if id.backup != LATEST {
            return Ok(id);
        }
        let list = self.uniform_backups()?;
        let latest = self.cloud.latest_backup(&id.instance).await.map_err(of(list))?;
        Ok(BackupId::new(id.instance, latest.backup))
    }

    /// Says what a call would send.
    ///
    /// # Errors
    ///
    /// If the call cannot be formed.
    pub fn dry_run(
        &self,
        operation: &'static Operation,
        parameters: &Parameters,
        then: Option<String>,
    ) -> Result<Exit, Failure> {
        let request = self.cloud.prepare(operation, parameters).map_err(of(operation))?;
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
    pub fn dry_run_links(&self, id: &BackupId, parameters: &Parameters) -> Result<Exit, Failure> {
        let operation = self.uniform_links()?;
        if id.backup != LATEST {
            return self.dry_run(operation, parameters, None);
        }
        let list = self.uniform_backups()?;
        let parameters = self.check_backups(&id.instance, Given::read(list, Vec::new(), &[]))?;
        self.dry_run(
            list,
            &parameters,
            Some(format!("{} for the newest finished backup listed", operation.name)),
        )
    }
}

/// The name of the variant that signs.
fn variant(service: &'static ServiceMetadata, given: Option<&str>) -> Result<String, Failure> {
    let auth = &service.service.auth;
    let Some(given) = given else { return Ok(auth.default.to_owned()) };
    if auth.variant(given).is_some() && !given.is_empty() {
        return Ok(given.to_owned());
    }
    let names: Vec<&str> =
        auth.variants.iter().map(|variant| variant.name).filter(|name| !name.is_empty()).collect();
    let name = service.service.name;
    Err(Failure::usage(if names.is_empty() {
        format!("{name} documents one way to sign only, so --signature {given:?} is none. Leave it out.")
    } else {
        format!("{name} documents no signature {given:?}. The ones it has: {}.", names.join(", "))
    }))
}

/// Starts the emulator, whose sample the command is then about.
async fn start(service: &'static ServiceMetadata) -> Result<(Emulator, Sample), Failure> {
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

fn to_emulator(builder: Builder, service: &ServiceMetadata, emulator: &Emulator, sample: &Sample) -> Builder {
    let endpoint = emulator.endpoint(service.service.name).unwrap_or_default().to_owned();
    let mut builder = builder.endpoint(endpoint).credentials(emulator.credentials().clone());
    for setting in service.service.settings {
        builder = match setting.name {
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
