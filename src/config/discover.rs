//! Looks for credentials and settings where people keep them.

use std::sync::Arc;

use super::credentials::expiry;
use super::machine::Machine;
use super::origin::Origin;
use super::provider::{CredentialError, CredentialProvider, Trouble};
use super::tool::{Held, Read, read};
use super::{CredentialCommand, Credentials, variables};
use crate::service::{Service, Tool};
use crate::transport::BoxFuture;

/// What was found.
#[derive(Clone)]
pub(crate) struct Discovery {
    /// The credentials, or why those that are there cannot be used.
    pub credentials: Result<Option<FoundKeys>, Trouble>,
    /// Settings with their values.
    pub settings: Vec<(&'static str, String, Origin)>,
    /// The endpoint, and whether it goes with the credentials of a tool.
    pub endpoint: Option<(String, Origin, bool)>,
    /// What people should mend although calls can be made.
    pub warnings: Vec<String>,
    /// What is wrong with the files of tools. It does not matter to those who have credentials from elsewhere.
    pub trouble: Option<Trouble>,
    /// What people who find no credentials should know: which profiles there are.
    pub hints: Vec<String>,
}

/// Where the access key, the secret key and the token came from.
type Parts = [Option<Origin>; 3];

/// Credentials that were found, or the command that gives them.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one of them per client, and not for long")]
pub(crate) enum FoundKeys {
    /// The credentials, where each part came from, and who gives newer ones.
    Keys { keys: Credentials, origins: Parts, source: Option<Arc<dyn CredentialProvider>> },
    /// The command.
    Command(CredentialCommand),
}

impl Default for Discovery {
    fn default() -> Self {
        Self {
            credentials: Ok(None),
            settings: Vec::new(),
            endpoint: None,
            warnings: Vec::new(),
            trouble: None,
            hints: Vec::new(),
        }
    }
}

/// Looks through the variables, and through the files of the vendor's tools if those are wanted.
pub(crate) fn discover(
    service: &'static Service,
    machine: &Machine,
    files: bool,
    profile: Option<&str>,
) -> Discovery {
    let mut found = Discovery::default();
    found.credentials = from_variables(service, machine, profile.is_some(), &mut found.warnings);
    let names = || service.settings.iter().map(|setting| setting.name);
    for name in names() {
        let told = variables::setting(service, name, machine, profile.is_some());
        found.settings.extend(told.map(|(value, origin)| (name, value, origin)));
    }
    let endpoint = variables::setting(service, "endpoint", machine, profile.is_some());
    found.endpoint = endpoint.map(|(value, origin)| (value, origin, false));
    if !files {
        return found;
    }

    let mut tools = Tools::read(service, machine, profile);
    let wanted = matches!(found.credentials, Ok(None));
    let mut order: Vec<usize> = (0..tools.read.len()).collect();
    let (keys, trouble) = match tools.keys(machine, profile) {
        Ok(keys) => (keys, None),
        Err(trouble) => (None, Some(trouble)),
    };
    let trouble = trouble.or_else(|| tools.trouble.take());
    if let Some((index, keys)) = keys.filter(|_| wanted) {
        // What stands beside the keys is meant for them.
        order.retain(|other| *other != index);
        order.insert(0, index);
        let (tool, read) = &tools.read[index];
        found.warnings.extend(read.warnings.iter().cloned());
        if found.endpoint.is_none() {
            found.endpoint = endpoint_of(tool, read);
        }
        found.credentials = Ok(Some(keys));
    }
    for index in order {
        let (tool, read) = &tools.read[index];
        for name in names() {
            if found.settings.iter().all(|(known, ..)| *known != name)
                && let Some(held) = read.value(name)
            {
                found.settings.push((name, held.value.to_string(), origin(tool, read, held)));
            }
        }
    }
    found.hints = tools.hints();
    match trouble {
        Some(trouble) if matches!(found.credentials, Ok(None)) => found.credentials = Err(trouble),
        trouble => found.trouble = trouble,
    }
    found
}

fn from_variables(
    service: &Service,
    machine: &Machine,
    profile: bool,
    warnings: &mut Vec<String>,
) -> Result<Option<FoundKeys>, Trouble> {
    let found = |keys: variables::Keys| {
        Some(FoundKeys::Keys { keys: keys.keys, origins: keys.origins, source: None })
    };
    if let Some(keys) = variables::ours(machine, warnings)? {
        return Ok(found(keys));
    }
    if let Some(command) = variables::command(machine)? {
        return Ok(Some(FoundKeys::Command(command)));
    }
    Ok(variables::theirs(service, machine, profile)?.and_then(found))
}

/// The files of the vendor's tools, about one profile.
struct Tools {
    service: &'static Service,
    read: Vec<(&'static Tool, Read)>,
    trouble: Option<Trouble>,
}

impl Tools {
    fn read(service: &'static Service, machine: &Machine, profile: Option<&str>) -> Self {
        let mut tools = Self { service, read: Vec::new(), trouble: None };
        for tool in service.tools.iter().filter(|tool| profile.is_none() || tool.profile.is_some()) {
            match read(tool, machine, profile) {
                Ok(read) => tools.read.push((tool, read)),
                Err(trouble) => {
                    // Whatever comes after a file that cannot be understood is not what its owner means.
                    tools.trouble = Some(trouble);
                    break;
                }
            }
        }
        tools
    }

    /// The credentials of the first tool that has some, and which one that is.
    fn keys(&self, machine: &Machine, asked: Option<&str>) -> Result<Option<(usize, FoundKeys)>, Trouble> {
        for (index, (tool, read)) in self.read.iter().enumerate() {
            if let Some(reason) = &read.refusal {
                return Err(Trouble::Credentials(refused(read, reason)));
            }
            if let Some((keys, origins)) = credentials(tool, read)? {
                let source = ToolProvider {
                    service: self.service,
                    tool,
                    machine: machine.clone(),
                    profile: asked.map(str::to_owned),
                };
                let source: Option<Arc<dyn CredentialProvider>> = Some(Arc::new(source));
                return Ok(Some((index, FoundKeys::Keys { keys, origins, source })));
            }
            if asked.is_none() && read.chosen {
                return Err(self.without_keys(tool, read));
            }
        }
        match asked {
            Some(asked) if self.trouble.is_none() => Err(self.nowhere(asked)),
            _ => Ok(None),
        }
    }

    /// A profile that a tool was told to use has no keys.
    fn without_keys(&self, tool: &Tool, read: &Read) -> Trouble {
        let profile = read.profile.as_deref().unwrap_or_default();
        let what = if read.known { "has no complete keys" } else { "is not there" };
        Trouble::Config(format!(
            "the profile {profile}, which {} is told to use, {what} in {}{}",
            tool.name,
            read.files.join(" and "),
            there_are(&read.names)
        ))
    }

    /// The profile that was asked for has no keys in any file.
    fn nowhere(&self, asked: &str) -> Trouble {
        if self.read.is_empty() {
            let problem =
                format!("the tools of {} know no profiles: leave the profile out", self.service.name);
            return Trouble::Config(problem);
        }
        let places = self.read.iter().map(|(tool, read)| {
            let what = if read.known { "no complete keys for" } else { "no" };
            let files = read.files.join(" and ");
            let files = if files.is_empty() { String::new() } else { format!(" in {files}") };
            format!("{} has {what} profile {asked}{files}{}", tool.name, there_are(&read.names))
        });
        Trouble::Config(places.collect::<Vec<_>>().join("; "))
    }

    fn hints(&self) -> Vec<String> {
        let told = self.read.iter().filter(|(tool, read)| tool.profile.is_some() && !read.names.is_empty());
        told.map(|(tool, read)| format!("{} has the profiles {}", tool.name, read.names.join(", "))).collect()
    }
}

fn refused(read: &Read, reason: &str) -> String {
    match &read.profile {
        Some(profile) => format!("the profile {profile} cannot be used: {reason}"),
        None => reason.to_owned(),
    }
}

fn there_are(names: &[String]) -> String {
    match names {
        [] => "; there are no profiles".to_owned(),
        names => format!("; there are: {}", names.join(", ")),
    }
}

/// The credentials in the files of a tool.
fn credentials(tool: &Tool, read: &Read) -> Result<Option<(Credentials, Parts)>, Trouble> {
    let (access_key, secret) = match (read.value("access_key"), read.value("secret")) {
        (None, None) => return Ok(None),
        (Some(access_key), Some(secret)) => (access_key, secret),
        (Some(held), None) => return Err(half(read, held, "secret key")),
        (None, Some(held)) => return Err(half(read, held, "access key")),
    };
    let token = read.value("token");
    let mut keys = Credentials::new(&*access_key.value, &*secret.value);
    if let Some(token) = token {
        keys = keys.with_token(&*token.value);
    }
    // Permanent keys have no end, whatever a login before them left behind.
    if let (Some(held), true) = (read.value("expires_at"), keys.token().is_some()) {
        let end = expiry(&held.value).ok_or_else(|| {
            Trouble::Config(format!("{}: the end of the credentials is no time; log in again", held.file))
        })?;
        keys = keys.with_expiry(end);
    }
    let of = |held: &Held| Some(origin(tool, read, held));
    Ok(Some((keys, [of(access_key), of(secret), token.and_then(of)])))
}

fn half(read: &Read, held: &Held, missing: &str) -> Trouble {
    let profile = read.profile.as_ref().map_or(String::new(), |profile| format!("the profile {profile} of "));
    Trouble::Config(format!("{profile}{} has half of a pair: its {missing} is missing", held.file))
}

fn origin(tool: &Tool, read: &Read, held: &Held) -> Origin {
    let profile = tool.profile.as_ref().and(read.profile.clone());
    Origin::File { path: held.file.clone(), tool: Some(tool.name.to_owned()), profile }
}

/// The endpoint in the files of a tool, which can be a mere host.
fn endpoint_of(tool: &Tool, read: &Read) -> Option<(String, Origin, bool)> {
    let held = read.value("endpoint")?;
    let scheme = read.value("scheme").map_or("https", |scheme| scheme.value.as_str());
    let url = if held.value.contains("://") {
        held.value.to_string()
    } else {
        format!("{scheme}://{}", *held.value)
    };
    Some((url, origin(tool, read, held), true))
}

/// Reads the files of a tool again, since the tool may have renewed what stands in them.
struct ToolProvider {
    service: &'static Service,
    tool: &'static Tool,
    machine: Machine,
    profile: Option<String>,
}

impl CredentialProvider for ToolProvider {
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, CredentialError>> {
        Box::pin(std::future::ready(self.keys()))
    }

    fn describe(&self) -> String {
        format!("the files of {}", self.tool.name)
    }
}

impl ToolProvider {
    fn keys(&self) -> Result<Credentials, CredentialError> {
        let wrong = |trouble: Trouble| CredentialError::new(trouble.text());
        let read = read(self.tool, &self.machine, self.profile.as_deref()).map_err(wrong)?;
        if let Some(reason) = &read.refusal {
            return Err(CredentialError::new(refused(&read, reason)));
        }
        let keys = credentials(self.tool, &read).map_err(wrong)?;
        keys.map(|(keys, _)| keys).ok_or_else(|| {
            CredentialError::new(format!(
                "{} of {} hold no keys any more",
                read.files.join(" and "),
                self.service.name
            ))
        })
    }
}

/// All the ways to give credentials, for messages.
pub(crate) fn credential_ways(service: &Service, hints: &[String]) -> String {
    let pairs: Vec<String> =
        variables::pairs(service).map(|(access_key, secret)| format!("{access_key} and {secret}")).collect();
    let mut ways = pairs.join(", or ");
    let tools: Vec<&str> = service.tools.iter().map(|tool| tool.name).collect();
    if !tools.is_empty() {
        ways.push_str(&format!("; or configure {}", tools.join(" or ")));
    }
    for hint in hints {
        ways.push_str(&format!("; {hint}"));
    }
    ways
}
