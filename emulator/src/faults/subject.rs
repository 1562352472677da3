//! What rules look at in a call.

use rdbfetch::metadata::{Placement, PlacementPiece, ServiceMetadata};
use rdbfetch::projection::asked;
use rdbfetch::service::{Field, Operation, Service};
use rdbfetch::sign::Draft;
use rdbfetch::value::Parameters;

use crate::api::value_of;
use crate::links::Side;
use crate::parameters::Sources;
use crate::route::route;
use crate::server::Request;
use crate::sign;

/// What rules look at in a call.
#[derive(Debug, Default)]
pub(crate) struct Subject {
    pub(crate) is_file: bool,
    /// The service that is called; none for files.
    pub(crate) called: Option<&'static Service>,
    pub(crate) service: Option<String>,
    pub(crate) operation: Option<&'static Operation>,
    pub(crate) method: String,
    pub(crate) region: Option<String>,
    pub(crate) instance: Option<String>,
    pub(crate) backup: Option<String>,
    /// Name and number.
    pub(crate) file: Option<(String, String)>,
    pub(crate) side: Option<&'static str>,
    pub(crate) account: Option<String>,
    pub(crate) parameters: Parameters,
    /// What tells this file from all others.
    pub(crate) path: String,
}

impl Subject {
    /// A call of a service, as far as it can be understood.
    pub(crate) fn of_call(metadata: &'static ServiceMetadata, request: &Request) -> Self {
        let draft = sign::draft(request, sign::signs_members(metadata));
        let sources = Sources::new(request, &draft);
        let mut subject = Self {
            called: Some(metadata.service),
            service: Some(metadata.service.name.to_owned()),
            method: request.method.clone(),
            account: access_key(metadata, &draft),
            ..Self::default()
        };
        let Ok(route) = route(metadata.service, &request.method, &request.path, &sources) else {
            return subject;
        };
        let operation = route.operation;
        let (parameters, _) = sources.parameters(&route);
        let names = [operation.links, operation.backups, operation.instances, operation.creates]
            .map(|projections| asked(projections, &|name| value_of(&parameters, name)));
        let named = |field| names.iter().find_map(|row| row.text(field)).map(str::to_owned);
        subject.instance = named(Field::Instance);
        subject.backup = named(Field::Backup);
        let region = operation.parameters.iter().find(|parameter| parameter.from == Some("region"));
        subject.region = region.and_then(|region| value_of(&parameters, region.name));
        subject.operation = Some(operation);
        subject.parameters = parameters;
        subject
    }

    /// A request for a file: service, instance, backup, number and name, if the path has that form.
    pub(crate) fn of_file(request: &Request, segments: Option<&[String; 5]>, side: Side) -> Self {
        let mut subject = Self {
            is_file: true,
            method: request.method.clone(),
            side: Some(side.word()),
            path: request.path.clone(),
            ..Self::default()
        };
        if let Some([service, instance, backup, number, name]) = segments {
            subject.service = Some(service.clone());
            subject.instance = Some(instance.clone());
            subject.backup = Some(backup.clone());
            subject.file = Some((name.clone(), number.clone()));
        }
        subject
    }

    /// Whether what stands under the name of a condition is as wanted.
    pub(crate) fn any(&self, condition: &str, wanted: impl Fn(&str) -> bool) -> bool {
        let text = match condition {
            "service" => self.service.as_deref(),
            "operation" => self.operation.map(|operation| operation.name),
            "port" => Some(if self.is_file { "files" } else { "api" }),
            "method" => Some(self.method.as_str()),
            "region" => self.region.as_deref(),
            "instance" => self.instance.as_deref(),
            "backup" => self.backup.as_deref(),
            "side" => self.side,
            "account" => self.account.as_deref(),
            _ => return self.file.as_ref().is_some_and(|(name, number)| wanted(name) || wanted(number)),
        };
        text.is_some_and(wanted)
    }
}

/// The access key that a request shows, whether or not its signature is right.
pub(crate) fn access_key(metadata: &ServiceMetadata, draft: &Draft) -> Option<String> {
    let placements = metadata.variants.iter().flat_map(|variant| variant.placements);
    placements.flat_map(|placement| values(draft, placement).map(move |value| (placement, value))).find_map(
        |(placement, value)| {
            let at = placement.pattern.iter().position(|piece| *piece == PlacementPiece::AccessKey)?;
            let rest = match at.checked_sub(1).and_then(|before| placement.pattern.get(before)) {
                None => value.as_str(),
                Some(PlacementPiece::Text(before)) => value.split_once(before)?.1,
                Some(_) => return None,
            };
            let key = match placement.pattern.get(at + 1) {
                Some(PlacementPiece::Text(after)) => rest.split_once(after)?.0,
                _ => rest,
            };
            (!key.is_empty()).then(|| key.chars().take(128).collect())
        },
    )
}

/// What a request has under the name of a placement.
fn values<'d>(draft: &'d Draft, placement: &'d Placement) -> impl Iterator<Item = String> + use<'d> {
    let headers = draft
        .headers
        .iter()
        .filter(|(name, _)| placement.header && name.eq_ignore_ascii_case(placement.name));
    let pairs = draft.query.iter().chain(draft.form().into_iter().flat_map(|form| form.iter()));
    let pairs = pairs.filter(|(name, _)| !placement.header && name.as_ref() == placement.name.as_bytes());
    let headers = headers.map(|(_, value)| value.trim().to_owned());
    headers.chain(pairs.map(|(_, value)| value.to_string_lossy()))
}
