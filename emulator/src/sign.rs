//! The signature of a received request.

use rdbfetch::Timestamp;
use rdbfetch::metadata::{PlacementPiece, ServiceMetadata};
use rdbfetch::service::{In, Piece, Service};
use rdbfetch::sign::verify::{Refusal, Verified, verify};
use rdbfetch::sign::{Body, Draft, Pairs};
use rdbfetch::value::Value;

use crate::links::host_name;
use crate::server::Request;
use crate::stock::Accounts;

/// Whether the members of a JSON body are signed as those of a form are: where a service takes its calls as JSON besides,
/// and has the signature among the parameters.
pub(crate) fn signs_members(metadata: &ServiceMetadata) -> bool {
    let mut operations = metadata.service.operations.iter();
    let json = operations.any(|operation| {
        operation.place != In::Json && operation.also.iter().any(|form| form.place == In::Json)
    });
    let mut placements = metadata.variants.iter().flat_map(|variant| variant.placements);
    json && placements.any(|placement| !placement.header)
}

/// A JSON object as the form that is signed in its place: lists and objects are their elements one after the other, and
/// what is null is not there.
fn members(body: &[u8]) -> Option<Pairs> {
    let object: serde_json::Map<String, Value> = serde_json::from_slice(body).ok()?;
    let mut pairs = Pairs::default();
    for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
        pairs.push(name.as_str(), joined(value));
    }
    Some(pairs)
}

fn joined(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        // A number without a fraction shows none.
        Value::Number(number) => number
            .as_f64()
            .filter(|_| number.is_f64())
            .map_or_else(|| number.to_string(), |number| number.to_string()),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(joined).collect(),
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            members.into_iter().map(|(name, value)| format!("{name}{}", joined(value))).collect()
        }
    }
}

/// A received request in the parts that signatures are about. `signs_members` says whether a JSON body is signed member
/// by member.
pub(crate) fn draft(request: &Request, signs_members: bool) -> Draft {
    let body = match media_type(request).as_str() {
        "application/json" if signs_members && !request.body.is_empty() => match members(&request.body) {
            Some(pairs) => Body::ReceivedForm(request.body.to_vec(), pairs),
            None => Body::Bytes(request.body.to_vec()),
        },
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

/// Checks the signature, in every way in which vendors' SDKs compute it when they are pointed at another machine: they
/// differ in whether they sign the port that the Host header shows, and some take the product's name from the first
/// part of the host, where a vendor's own hosts have it.
pub(crate) fn check(
    metadata: &ServiceMetadata,
    draft: &Draft,
    now: Timestamp,
    settings: &[(String, String)],
    accounts: &Accounts,
) -> Result<Verified, Refusal> {
    let secrets = |access_key: &str| accounts.secrets(metadata.service.name, access_key);
    let verify = |draft: &Draft, settings: &[(String, String)]| {
        let result = verify(metadata, draft, &secrets, now, settings);
        let verified = result.as_ref().ok();
        match verified.filter(|one| accounts.expired(metadata.service.name, &one.access_key, now)) {
            Some(_) => Err(Refusal::BadToken),
            None => result,
        }
    };
    let result = verify(draft, settings);
    if !matches!(result, Err(Refusal::BadSignature(_))) {
        return result;
    }
    let with = |draft: &Draft, settings: &[(String, String)]| {
        Some(verify(draft, settings)).filter(|result| !matches!(result, Err(Refusal::BadSignature(_))))
    };
    let bare = host_name(&draft.host);
    let without_port = (bare != draft.host).then(|| Draft { host: bare.to_owned(), ..draft.clone() });
    let drafts = [Some(draft), without_port.as_ref()];
    let mut ways = drafts.into_iter().flatten();
    let of_host = settings_of_host(metadata, bare, settings);
    let usual = without_port.as_ref().and_then(|draft| with(draft, settings));
    usual.or_else(|| ways.find_map(|draft| with(draft, of_host.as_deref()?))).unwrap_or(result)
}

/// The settings as SDKs have them that take the product's name from the host, where that is a machine of no vendor.
fn settings_of_host(
    metadata: &ServiceMetadata,
    host: &str,
    settings: &[(String, String)],
) -> Option<Vec<(String, String)>> {
    let local = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok() || host == "localhost";
    let first = host.split('.').next().filter(|first| local && !first.is_empty())?;
    let product = |name: &str| {
        let mut known = metadata.service.settings.iter();
        let insisted = known.any(|one| one.name == name && one.default.is_some());
        insisted && !is_used(metadata.service, name) && is_shown(metadata, name)
    };
    if !settings.iter().any(|(name, _)| product(name)) {
        return None;
    }
    let changed = settings.iter().map(|(name, value)| {
        let value = if product(name) { first } else { value };
        (name.clone(), value.to_owned())
    });
    Some(changed.collect())
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
