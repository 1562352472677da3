//! Where the calls of a service go.

use std::sync::{Mutex, PoisonError};

use super::settings::Settings;
use crate::error::Error;
use crate::service::{Operation, Service};

/// How many are known: a client calls few regions.
const MOST: usize = 8;

/// Where a service is.
#[derive(Clone)]
pub(super) struct Base {
    pub(super) scheme: String,
    pub(super) host: String,
    pub(super) path: String,
}

/// Endpoints that were taken apart already, since that takes a good part of the time that it takes to form a request.
#[derive(Default)]
pub(crate) struct Bases(Mutex<Vec<(String, Base)>>);

impl Bases {
    /// Where the calls of an operation go: below the endpoint that was given, else the documented one.
    pub(super) fn of(
        &self,
        service: &'static Service,
        operation: &'static Operation,
        settings: &Settings,
        endpoint: Option<&str>,
    ) -> Result<Base, Error> {
        match endpoint {
            Some(url) => {
                self.base(url).map_err(|why| Error::Config(format!("the endpoint is not usable: {why}")))
            }
            None => {
                let url = settings.endpoint(service, operation)?;
                self.base(&url)
                    .map_err(|why| Error::Config(format!("{}: its endpoint {why}", operation.name)))
            }
        }
    }

    fn base(&self, url: &str) -> Result<Base, String> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, base)) = known().iter().find(|(known, _)| known == url) {
            return Ok(base.clone());
        }
        let base = base(url)?;
        let mut known = known();
        if known.len() >= MOST {
            known.remove(0);
        }
        known.push((url.to_owned(), base.clone()));
        Ok(base)
    }
}

/// The URL below which the calls of an operation go.
///
/// # Errors
/// [`Error::Config`] where a setting is missing or the endpoint is not one.
pub(crate) fn base_url(
    service: &'static Service,
    operation: &'static Operation,
    settings: &[(String, String)],
    endpoint: Option<&str>,
) -> Result<String, Error> {
    let settings = Settings::resolve(service, operation, settings, &Vec::new())?;
    let base = Bases::default().of(service, operation, &settings, endpoint)?;
    Ok(format!("{}://{}{}/", base.scheme, base.host, base.path))
}

/// Takes an endpoint apart.
fn base(url: &str) -> Result<Base, String> {
    let url = url::Url::parse(url.trim()).map_err(|why| format!("is not an absolute URL ({why})"))?;
    let problem = match (url.scheme(), url.host_str()) {
        ("http" | "https", Some(_)) => {
            let user = !url.username().is_empty() || url.password().is_some();
            let rest = url.query().is_some() || url.fragment().is_some();
            match (user, rest) {
                (true, _) => Some("must not hold a user name or password"),
                (_, true) => Some("must not have a query or fragment"),
                _ => None,
            }
        }
        _ => Some("must begin with http:// or https://"),
    };
    if let Some(problem) = problem {
        return Err(problem.to_owned());
    }
    let host = url.host_str().unwrap_or_default();
    // The parser removes a default port.
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let path = url.path().trim_end_matches('/').to_owned();
    Ok(Base { scheme: url.scheme().to_owned(), host, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_the_same_and_does_not_grow() {
        let bases = Bases::default();
        for round in 0..2 {
            for number in 0..3 * MOST {
                let base = bases.base(&format!("https://H{number}.example:443/a/")).unwrap();
                let found = (base.scheme, base.host, base.path);
                let expected = ("https".to_owned(), format!("h{number}.example"), "/a".to_owned());
                assert_eq!(found, expected, "{round}");
            }
        }
        assert_eq!(bases.0.lock().unwrap().len(), MOST);
        assert!(bases.base("h.example").is_err() && bases.base("h.example").is_err());
    }
}
