//! Credentials, and where they come from.

use std::fmt;

use crate::service::{EnvCredentials, Service};

/// The keys that calls are signed with. `Debug` shows none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    access_key: String,
    secret: String,
    token: Option<String>,
}

impl Credentials {
    /// An access key, which names the credentials, and its secret key. Outer white space is trimmed.
    pub fn new(access_key: impl AsRef<str>, secret: impl AsRef<str>) -> Self {
        Self {
            access_key: access_key.as_ref().trim().to_owned(),
            secret: secret.as_ref().trim().to_owned(),
            token: None,
        }
    }

    /// The same with the token of temporary credentials. An empty one counts as none.
    #[must_use]
    pub fn with_token(mut self, token: impl AsRef<str>) -> Self {
        self.token = Some(token.as_ref().trim().to_owned()).filter(|token| !token.is_empty());
        self
    }

    /// The access key.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// The secret key. Keep it out of logs.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The token of temporary credentials. Keep it out of logs.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials([redacted])")
    }
}

/// The value of an environment variable, or of what stands for one in tests.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The environment of this process; an empty variable counts as absent.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

const OURS: EnvCredentials = EnvCredentials {
    access_key: "RDBFETCH_ACCESS_KEY",
    secret: "RDBFETCH_SECRET_KEY",
    token: Some("RDBFETCH_TOKEN"),
    settings: &[],
};

/// Looks for credentials in our own variables, then in those of the vendor's tools; the first complete ones win.
///
/// # Errors
/// When half of a pair is set and the other half is not.
pub(crate) fn find_credentials(service: &Service, lookup: Lookup<'_>) -> Result<Option<Credentials>, String> {
    let value = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
    for names in [&OURS].into_iter().chain(service.credentials) {
        return match (value(names.access_key), value(names.secret)) {
            (None, None) => continue,
            (Some(access_key), Some(secret)) => {
                let token = names.token.and_then(value).unwrap_or_default();
                Ok(Some(Credentials::new(access_key, secret).with_token(token)))
            }
            (Some(_), None) => Err(half(names.access_key, names.secret)),
            (None, Some(_)) => Err(half(names.secret, names.access_key)),
        };
    }
    Ok(None)
}

fn half(set: &str, unset: &str) -> String {
    format!("{set} is set but {unset} is not: set both or neither")
}

/// Looks for a setting in our own variable, then in those of the vendor's tools.
pub(crate) fn find_setting(service: &Service, name: &str, lookup: Lookup<'_>) -> Option<String> {
    let variables = setting_variables(service, name);
    variables.iter().find_map(|variable| lookup(variable).filter(|value| !value.trim().is_empty()))
}

/// The environment variables that a setting is read from, in order.
pub(crate) fn setting_variables(service: &Service, name: &str) -> Vec<String> {
    let ours = format!("RDBFETCH_{}", name.to_uppercase().replace(['-', '.'], "_"));
    let theirs = service.credentials.iter().flat_map(|names| names.settings);
    let theirs = theirs.filter(|(setting, _)| *setting == name).map(|(_, variable)| (*variable).to_owned());
    let mut variables = vec![ours];
    for variable in theirs {
        if !variables.contains(&variable) {
            variables.push(variable);
        }
    }
    variables
}

/// All the ways to give credentials, for messages.
pub(crate) fn credential_ways(service: &Service) -> String {
    let pairs = [&OURS].into_iter().chain(service.credentials);
    let pairs: Vec<String> =
        pairs.map(|names| format!("{} and {}", names.access_key, names.secret)).collect();
    pairs.join(", or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SERVICE;

    fn find(variables: &[(&str, &str)]) -> Result<Option<Credentials>, String> {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        find_credentials(&SERVICE, &lookup)
    }

    #[test]
    fn the_first_complete_pair_wins() {
        let vendors = [("ACME_ID", "theirs"), ("ACME_KEY", " secret\n"), ("ACME_TOKEN", "t")];
        let found = find(&vendors).unwrap().unwrap();
        assert_eq!(found, Credentials::new("theirs", "secret").with_token("t"));
        let ours = [("RDBFETCH_ACCESS_KEY", "ours"), ("RDBFETCH_SECRET_KEY", "x")];
        let found = find(&[&ours[..], &vendors].concat()).unwrap().unwrap();
        assert_eq!((found.access_key(), found.token()), ("ours", None));
        assert_eq!(find(&[]), Ok(None));
        let empty = [("RDBFETCH_ACCESS_KEY", ""), ("RDBFETCH_SECRET_KEY", " ")];
        assert_eq!(find(&[&empty[..], &vendors].concat()).unwrap().unwrap().access_key(), "theirs");
    }

    #[test]
    fn half_a_pair_is_a_mistake() {
        let problem = find(&[("RDBFETCH_ACCESS_KEY", "a"), ("ACME_ID", "b"), ("ACME_KEY", "c")]).unwrap_err();
        assert_eq!(problem, "RDBFETCH_ACCESS_KEY is set but RDBFETCH_SECRET_KEY is not: set both or neither");
        assert!(find(&[("ACME_KEY", "c")]).unwrap_err().starts_with("ACME_KEY is set but ACME_ID is not"));
    }

    #[test]
    fn settings_have_variables_too() {
        assert_eq!(setting_variables(&SERVICE, "region"), ["RDBFETCH_REGION", "ACME_REGION"]);
        let lookup = |name: &str| (name == "ACME_REGION").then(|| "r-1".to_owned());
        assert_eq!(find_setting(&SERVICE, "region", &lookup).as_deref(), Some("r-1"));
        assert_eq!(find_setting(&SERVICE, "project", &lookup), None);
    }

    #[test]
    fn debug_shows_nothing() {
        let shown = format!("{:?}", Credentials::new("AKID", "hush").with_token("tok"));
        assert_eq!(shown, "Credentials([redacted])");
    }
}
