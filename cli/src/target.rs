//! Where calls go and as whom, put together from the command line, variables, our file and the vendor's tools.

use std::time::Duration;

use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::transport::HttpTransport;
use rdbfetch::{Builder, Cloud, CredentialCommand, Retry};

use crate::args::{CloudArgs, some_time};
use crate::config::{self, Entry, File, Given};
use crate::exit::{Exit, Failure};

/// Variables of ours that credentials can stand in, which go before the configuration file.
const OURS: [&str; 4] =
    ["RDBFETCH_ACCESS_KEY", "RDBFETCH_SECRET_KEY", "RDBFETCH_SECRET_KEY_FILE", "RDBFETCH_CREDENTIAL_COMMAND"];

/// A client that is being configured.
pub struct Target {
    /// The client, which knows nothing of emulators.
    pub builder: Builder,
    /// The name of the variant that signs.
    pub variant: String,
    /// What calls travel by.
    pub transport: HttpTransport,
    /// How often things are done at most, where that is said.
    pub attempts: Option<u32>,
    /// What was said here and not in the library: name, value and origin.
    pub told: Vec<(String, String, String)>,
    /// What people should know although calls can be made.
    pub warnings: Vec<String>,
}

/// A variable that says something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

impl Target {
    /// Puts together what the command line, the variables and the files say.
    ///
    /// # Errors
    ///
    /// Where one of them says something wrong.
    pub fn new(service: &'static ServiceMetadata, args: &CloudArgs) -> Result<Self, Failure> {
        let file = if args.emulator { None } else { config::load()? };
        let asked = args.profile.clone().map(|name| (name, "--profile".to_owned()));
        let named =
            || variable("RDBFETCH_PROFILE").map(|name| (name, "variable RDBFETCH_PROFILE".to_owned()));
        let asked = if args.emulator { None } else { asked.or_else(named) };
        if asked.as_ref().is_some_and(|(name, _)| name.trim().is_empty()) {
            return Err(Failure::usage("--profile takes a name, and the one given is empty."));
        }
        let entries = match &file {
            Some(file) => file.entries(service.service.name, asked.as_ref().map(|(name, _)| name.as_str())),
            None => Vec::new(),
        };
        let entry = |key: &str| entries.iter().find(|entry| entry.key == key);

        let given = args.signature.clone().map(|name| (name, "--signature".to_owned()));
        let signature = given.or_else(|| entry("signature").map(said));
        let variant = variant(service, signature.as_ref())?;
        let mut target = Self {
            builder: Cloud::builder(service.service).signature(&variant),
            variant,
            transport: HttpTransport::new()?,
            attempts: None,
            told: Vec::new(),
            warnings: Vec::new(),
        };
        target.tell("signature", signature);
        target.settings(service, args, &entries)?;
        let given = args.endpoint.clone().map(|url| (url, "--endpoint".to_owned()));
        let ours = || entry("endpoint").filter(|_| variable("RDBFETCH_ENDPOINT").is_none()).map(said);
        if let Some((url, origin)) = given.or_else(ours) {
            target.builder = target.builder.endpoint(&url);
            target.tell("endpoint", Some((url, origin)));
        }
        let given = args.http_method.clone().map(|method| (method, "--http-method".to_owned()));
        if let Some((method, origin)) = given.or_else(|| entry("http_method").map(said)) {
            target.builder = target.builder.method(method.to_uppercase());
            target.tell("http_method", Some((method.to_uppercase(), origin)));
        }
        target.calling(args, &entries)?;
        if !args.emulator {
            target.credentials(file.as_ref(), &entries, asked)?;
        }
        Ok(target)
    }

    fn tell(&mut self, name: &str, told: Option<(String, String)>) {
        self.told.extend(told.map(|(value, origin)| (name.to_owned(), value, origin)));
    }

    /// How long calls may take, and how often they are repeated.
    fn calling(&mut self, args: &CloudArgs, entries: &[Entry]) -> Result<(), Failure> {
        let entry = |key: &str| entries.iter().find(|entry| entry.key == key).map(said);
        let time = |flag: &str, given: Option<Duration>, key: &str| match (given, entry(key)) {
            (Some(time), _) => Ok(Some((time, format!("{time:?}"), flag.to_owned()))),
            (None, Some((text, origin))) => match some_time(&text) {
                Ok(time) => Ok(Some((time, text, origin))),
                Err(problem) => Err(config_problem(&origin, &problem)),
            },
            (None, None) => Ok(None),
        };
        if let Some((limit, text, origin)) = time("--timeout", args.timeout, "timeout")? {
            self.builder = self.builder.clone().timeout(limit);
            self.tell("timeout", Some((text, origin)));
        }
        if let Some((limit, text, origin)) =
            time("--connect-timeout", args.connect_timeout, "connect_timeout")?
        {
            self.transport = std::mem::take(&mut self.transport).connect_timeout(limit)?;
            self.tell("connect_timeout", Some((text, origin)));
        }
        let given = args.retries.map(|retries| (retries.to_string(), "--retries".to_owned()));
        if let Some((text, origin)) = given.or_else(|| entry("retries")) {
            let retries: u32 = text.parse().map_err(|_| config_problem(&origin, "this is no number"))?;
            let attempts = retries.saturating_add(1);
            self.builder = self.builder.clone().retry(Retry::default().max_attempts(attempts));
            self.attempts = Some(attempts);
            self.tell("retries", Some((text, origin)));
        }
        Ok(())
    }

    fn settings(
        &mut self,
        service: &'static ServiceMetadata,
        args: &CloudArgs,
        entries: &[Entry],
    ) -> Result<(), Failure> {
        let flags = [("region", &args.region), ("project", &args.project)];
        for (name, value) in flags {
            if value.is_some() && service.service.setting(name).is_none() {
                let settings: Vec<&str> =
                    service.service.settings.iter().map(|setting| setting.name).collect();
                return Err(Failure::usage(format!(
                    "{} knows no {name}; --{name} does nothing there. It is configured with: {}.",
                    service.service.name,
                    settings.join(", ")
                )));
            }
        }
        for setting in service.service.settings {
            let name = setting.name;
            let flag = flags.into_iter().find(|(flag, _)| *flag == name).and_then(|(_, value)| value.clone());
            let flag = flag.filter(|value| !value.is_empty()).map(|value| (value, format!("--{name}")));
            let ours = format!("RDBFETCH_{}", name.to_uppercase().replace(['-', '.'], "_"));
            let entry = entries.iter().find(|entry| entry.key == name);
            let entry = entry.filter(|_| args.emulator || variable(&ours).is_none()).map(said);
            if let Some((value, origin)) = flag.or(entry) {
                self.set(name, &value);
                self.tell(name, Some((value, origin)));
            }
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: &str) {
        self.builder = self.builder.clone().setting(name, value);
    }

    /// Whose keys sign: those of the variables, of a command, or of a profile of the vendor's tools.
    fn credentials(
        &mut self,
        file: Option<&File>,
        entries: &[Entry],
        asked: Option<(String, String)>,
    ) -> Result<(), Failure> {
        let entry = |key: &str| entries.iter().find(|entry| entry.key == key);
        let ours = OURS.into_iter().find(|name| variable(name).is_some());
        let command = entry("credential_command").filter(|_| ours.is_none());
        let own = asked.as_ref().is_some_and(|(name, _)| file.is_some_and(|file| file.has_profile(name)));
        let theirs = entry("profile").map(said);
        let profile = match &asked {
            // A profile of ours that says who signs needs none of the vendor's.
            Some(_) if own && command.is_some_and(|command| command.profiled) => theirs,
            Some(asked) => theirs.filter(|_| own).or_else(|| Some(asked.clone())),
            None => theirs,
        };
        if let (Some(name), Some((profile, _))) = (ours, &profile) {
            self.warnings.push(format!(
                "{name} is set and goes before the profile {profile}, which the keys therefore do not come from"
            ));
        }
        let builder = self.builder.clone();
        self.builder = match &profile {
            Some((name, _)) => builder.from_profile(name),
            None => builder.discover(),
        };
        self.tell("profile", profile);
        if let Some(entry) = command {
            let command = match &entry.value {
                Given::Words(words) => {
                    let mut words = words.iter().cloned();
                    let program = words.next().filter(|program| !program.trim().is_empty());
                    program.map(|program| CredentialCommand::new(program, words))
                }
                Given::Text(text) => CredentialCommand::parse(text).ok(),
            };
            let command = command.ok_or_else(|| {
                config_problem(&entry.place, "credential_command is empty, or has a quote that is not closed")
            })?;
            self.builder = self.builder.clone().credential_command(command);
        }
        Ok(())
    }

    /// What people should know although calls can be made.
    #[must_use]
    pub fn all_warnings(&self) -> Vec<String> {
        [&self.warnings, self.builder.origins().warnings()].concat()
    }
}

/// The value of an entry, and where it stands.
fn said(entry: &Entry) -> (String, String) {
    (entry.value.text(), format!("file {}", entry.place))
}

fn config_problem(place: &str, problem: &str) -> Failure {
    Failure::new(Exit::Usage, "config", format!("{place}: {problem}."))
}

/// The name of the variant that signs.
fn variant(service: &'static ServiceMetadata, given: Option<&(String, String)>) -> Result<String, Failure> {
    let auth = &service.service.auth;
    let Some((given, origin)) = given else { return Ok(auth.default.to_owned()) };
    if auth.variant(given).is_some() && !given.is_empty() {
        return Ok(given.to_owned());
    }
    let names: Vec<&str> =
        auth.variants.iter().map(|variant| variant.name).filter(|name| !name.is_empty()).collect();
    let name = service.service.name;
    Err(Failure::usage(if names.is_empty() {
        format!("{name} documents one way to sign only, so {origin} {given:?} is none. Leave it out.")
    } else {
        format!("{name} documents no signature {given:?}. The ones it has: {}.", names.join(", "))
    }))
}
