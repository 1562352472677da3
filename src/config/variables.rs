//! Environment variables: ours, then those of the vendor's tools.

use zeroize::Zeroizing;

use super::machine::Machine;
use super::origin::Origin;
use super::provider::Trouble;
use super::{CredentialCommand, Credentials};
use crate::service::{EnvCredentials, Service};

const ACCESS_KEY: &str = "RDBFETCH_ACCESS_KEY";
const SECRET_KEY: &str = "RDBFETCH_SECRET_KEY";
const SECRET_KEY_FILE: &str = "RDBFETCH_SECRET_KEY_FILE";
const TOKEN: &str = "RDBFETCH_TOKEN";
const COMMAND: &str = "RDBFETCH_CREDENTIAL_COMMAND";

/// Credentials with the origin of each half.
pub(super) struct Keys {
    pub keys: Credentials,
    /// Of the access key, the secret key, and the token.
    pub origins: [Option<Origin>; 3],
}

/// Our own variables.
///
/// # Errors
/// When half of a pair is set and the other half is not, when both halves of a choice are, and when the named file
/// cannot be read.
pub(super) fn ours(machine: &Machine, warnings: &mut Vec<String>) -> Result<Option<Keys>, Trouble> {
    let variable = |name: &str| machine.variable(name).map(Zeroizing::new);
    let secret = match (variable(SECRET_KEY), machine.variable(SECRET_KEY_FILE)) {
        (Some(_), Some(_)) => {
            let problem = format!("{SECRET_KEY} and {SECRET_KEY_FILE} are both set: set one of them");
            return Err(Trouble::Config(problem));
        }
        (Some(secret), None) => Some((secret, Origin::Variable(SECRET_KEY.to_owned()))),
        (None, Some(path)) => Some(secret_file(machine, &path, warnings)?),
        (None, None) => None,
    };
    match (variable(ACCESS_KEY), secret) {
        (None, None) => Ok(None),
        (Some(access_key), Some((secret, origin))) => {
            let token = variable(TOKEN);
            let origins = [
                Some(Origin::Variable(ACCESS_KEY.to_owned())),
                Some(origin),
                token.is_some().then(|| Origin::Variable(TOKEN.to_owned())),
            ];
            let keys = Credentials::new(&*access_key, &*secret);
            let token = token.unwrap_or_default();
            Ok(Some(Keys { keys: keys.with_token(&*token), origins }))
        }
        (Some(_), None) => Err(half(ACCESS_KEY, SECRET_KEY)),
        (None, Some(_)) => Err(half(SECRET_KEY, ACCESS_KEY)),
    }
}

fn secret_file(
    machine: &Machine,
    path: &str,
    warnings: &mut Vec<String>,
) -> Result<(Zeroizing<String>, Origin), Trouble> {
    let wrong = |what: &str| Trouble::Config(format!("{SECRET_KEY_FILE}: {what}"));
    let path = machine.path(path).ok_or_else(|| wrong("there is no home folder to begin the path with"))?;
    let text = machine.read(&path).map_err(|problem| wrong(&problem))?;
    let shown = machine.shown(&path);
    let text = text.ok_or_else(|| wrong(&format!("there is no file {shown}")))?;
    if text.trim().is_empty() {
        return Err(wrong(&format!("{shown} is empty")));
    }
    warnings.extend(machine.lax(&path));
    Ok((text, Origin::File { path: shown, tool: None, profile: None }))
}

/// The command that our variable names.
///
/// # Errors
/// If it is no command.
pub(super) fn command(machine: &Machine) -> Result<Option<CredentialCommand>, Trouble> {
    let Some(text) = machine.variable(COMMAND) else { return Ok(None) };
    let command = CredentialCommand::parse(&text);
    command.map(Some).map_err(|error| Trouble::Config(format!("{COMMAND}: {error}")))
}

/// The variables of the vendor's tools, the first complete pair.
///
/// # Errors
/// When half of a pair is set and the other half is not.
pub(super) fn theirs(service: &Service, machine: &Machine, profile: bool) -> Result<Option<Keys>, Trouble> {
    let variable = |name: &str| machine.variable(name).map(Zeroizing::new);
    for names in looked_at(service, profile) {
        match (variable(names.access_key), variable(names.secret)) {
            (None, None) => {}
            (Some(access_key), Some(secret)) => {
                let token = names.token.and_then(|name| Some((name, variable(name)?)));
                let origin = |name: &str| Some(Origin::Variable(name.to_owned()));
                let origins = [
                    origin(names.access_key),
                    origin(names.secret),
                    token.as_ref().and_then(|(name, _)| origin(name)),
                ];
                let token = token.map(|(_, token)| token).unwrap_or_default();
                let keys = Credentials::new(&*access_key, &*secret).with_token(&*token);
                return Ok(Some(Keys { keys, origins }));
            }
            (Some(_), None) => return Err(half(names.access_key, names.secret)),
            (None, Some(_)) => return Err(half(names.secret, names.access_key)),
        }
    }
    Ok(None)
}

/// The variables that count, which can depend on whether a profile was asked for.
fn looked_at(service: &Service, profile: bool) -> impl Iterator<Item = &'static EnvCredentials> {
    service.credentials.iter().filter(move |names| !(profile && names.unless_profile))
}

fn half(set: &str, unset: &str) -> Trouble {
    Trouble::Config(format!("{set} is set but {unset} is not: set both or neither"))
}

/// A setting, or the endpoint, from our own variable, else from those of the vendor's tools.
pub(super) fn setting(
    service: &Service,
    name: &str,
    machine: &Machine,
    profile: bool,
) -> Option<(String, Origin)> {
    let names = variables_of(service, name, profile).into_iter();
    names.filter_map(|variable| Some((machine.variable(&variable)?, Origin::Variable(variable)))).next()
}

/// The environment variables that a setting or the endpoint is read from, in order.
pub(super) fn variables_of(service: &Service, name: &str, profile: bool) -> Vec<String> {
    let ours = format!("RDBFETCH_{}", name.to_uppercase().replace(['-', '.'], "_"));
    let mut variables = vec![ours];
    let theirs = looked_at(service, profile).flat_map(|names| names.settings);
    for (_, variable) in theirs.filter(|(setting, _)| *setting == name) {
        if !variables.iter().any(|known| known == variable) {
            variables.push((*variable).to_owned());
        }
    }
    variables
}

/// The pairs of variables that credentials can be given in.
pub(super) fn pairs(service: &Service) -> impl Iterator<Item = (&'static str, &'static str)> {
    let theirs = service.credentials.iter().map(|names| (names.access_key, names.secret));
    [(ACCESS_KEY, SECRET_KEY)].into_iter().chain(theirs)
}
