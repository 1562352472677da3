//! The signature of a received request.

use rdbfetch::Timestamp;
use rdbfetch::metadata::{PlacementPiece, ServiceMetadata};
use rdbfetch::service::{Piece, Service};
use rdbfetch::sign::verify::{Refusal, Verified, verify};
use rdbfetch::sign::{Body, Draft, Pairs};

use crate::links::host_name;
use crate::server::Request;
use crate::stock::Accounts;

/// A received request in the parts that signatures are about.
pub(crate) fn draft(request: &Request) -> Draft {
    let body = match media_type(request).as_str() {
        "application/x-www-form-urlencoded" => {
            Body::ReceivedForm(request.body.to_vec(), Pairs::from(&request.body[..]))
        }
        _ if request.body.is_empty() => Body::Empty,
        _ => Body::Bytes(request.body.to_vec()),
    };
    Draft {
        method: request.method.clone(),
        host: request.host.clone(),
        path: request.path.clone(),
        query: Pairs::from(request.query.as_bytes()),
        raw_query: Some(request.query.clone().into_bytes()),
        headers: request.headers.clone(),
        body,
    }
}

/// What the body is said to be, in lower case, without parameters.
fn media_type(request: &Request) -> String {
    let header = request.header("content-type").unwrap_or_default();
    header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Checks the signature. Vendors' SDKs differ in whether they sign the port that the Host header shows, so both ways
/// are right.
pub(crate) fn check(
    metadata: &ServiceMetadata,
    draft: &Draft,
    now: Timestamp,
    settings: &[(String, String)],
    accounts: &Accounts,
) -> Result<Verified, Refusal> {
    let service = metadata.service.name;
    let verified = verified(metadata, draft, now, settings, accounts)?;
    if accounts.expired(service, &verified.access_key, now) {
        return Err(Refusal::BadToken);
    }
    Ok(verified)
}

fn verified(
    metadata: &ServiceMetadata,
    draft: &Draft,
    now: Timestamp,
    settings: &[(String, String)],
    accounts: &Accounts,
) -> Result<Verified, Refusal> {
    let secrets = |access_key: &str| accounts.secrets(metadata.service.name, access_key);
    let result = verify(metadata, draft, &secrets, now, settings);
    let bare = host_name(&draft.host);
    if bare == draft.host || !matches!(result, Err(Refusal::BadSignature(_))) {
        return result;
    }
    let without_port = Draft { host: bare.to_owned(), ..draft.clone() };
    match verify(metadata, &without_port, &secrets, now, settings) {
        Err(Refusal::BadSignature(_)) => result,
        other => other,
    }
}

/// The settings that a verifier insists on: those with a default that appear nowhere but in the signature, such as
/// the product's name in a scope. And those that it has to take from the parameters, because no placement shows them.
pub(crate) fn settings(
    metadata: &ServiceMetadata,
    parameter: &dyn Fn(&str) -> Option<String>,
) -> Vec<(String, String)> {
    let mut settings = Vec::new();
    for setting in metadata.service.settings {
        let value = match setting.default.filter(|_| !is_used(metadata.service, setting.name)) {
            Some(value) => Some(value.to_owned()),
            None if is_shown(metadata, setting.name) => None,
            None => parameter(setting.name).or_else(|| setting.default.map(str::to_owned)),
        };
        settings.extend(value.map(|value| (setting.name.to_owned(), value)));
    }
    settings
}

/// Whether requests of a service depend on a setting, their signature apart.
fn is_used(service: &Service, name: &str) -> bool {
    let in_template =
        |pieces: &[Piece]| pieces.iter().any(|piece| matches!(piece, Piece::Hole(hole) if *hole == name));
    service.endpoints.iter().any(|endpoint| {
        in_template(endpoint.url) || endpoint.when.iter().any(|(setting, _)| *setting == name)
    }) || service.operations.iter().any(|operation| {
        in_template(operation.path)
            || operation.constants.iter().any(|constant| in_template(constant.value))
            || operation.parameters.iter().any(|parameter| parameter.from == Some(name))
    })
}

/// Whether a signed request shows a setting.
fn is_shown(metadata: &ServiceMetadata, name: &str) -> bool {
    let placements = metadata.variants.iter().flat_map(|variant| variant.placements);
    let mut pieces = placements.flat_map(|placement| placement.pattern);
    pieces.any(|piece| matches!(piece, PlacementPiece::Setting(shown) if *shown == name))
}
