//! What all operations of a service have in common: parameters and fields that no operation's own file lists.

use std::collections::BTreeSet;

use rdbfetch_codegen::spec::{OneOrMany, ServiceSpec};

/// The names that a service's requests and answers have whatever the operation.
#[derive(Debug, Default)]
pub struct Common {
    /// Parameters, and names of headers in lower case.
    parameters: BTreeSet<String>,
    headers: BTreeSet<String>,
    /// Keys on the way to fields around the operation's own.
    fields: BTreeSet<String>,
}

impl Common {
    /// Those of a service.
    #[must_use]
    pub fn of(service: &ServiceSpec) -> Self {
        let mut common = Self::default();
        let (request, response) = (&service.request, &service.response);
        let constants = request.params.keys().chain(request.query.keys()).chain(request.parameters.keys());
        common.parameters.extend(constants.map(str::to_owned));
        // Settings that paths name travel under their own names.
        common.parameters.extend(holes(request.path.as_deref().unwrap_or_default()));
        common.headers.extend(request.headers.keys().map(str::to_lowercase));
        let auth = &service.auth;
        let variants = auth.variants.iter().map(|(_, variant)| variant);
        for (headers, params) in
            variants.map(|one| (&one.headers, &one.params)).chain([(&auth.headers, &auth.params)])
        {
            common.headers.extend(headers.keys().map(str::to_lowercase));
            common.parameters.extend(params.keys().map(str::to_owned));
        }
        let errors = response.error.list().iter();
        let errors =
            errors.flat_map(|shape| [Some(&shape.code), shape.name.as_ref(), shape.message.as_ref()]);
        let ids = response.request_id.iter().flat_map(OneOrMany::list);
        let places = response.fields.keys().chain(response.success.keys());
        let places = places.chain(errors.flatten().map(String::as_str)).chain(ids.map(String::as_str));
        for place in places.chain(response.within.as_deref()) {
            common.fields.extend(place.split('.').map(str::to_owned));
        }
        common
    }

    /// Whether all requests have a parameter of this name, or a header that stands for it: `X-Vendor-Action`.
    #[must_use]
    pub fn has_parameter(&self, name: &str) -> bool {
        let end = format!("-{}", name.to_lowercase());
        self.parameters.contains(name) || self.headers.iter().any(|header| header.ends_with(&end))
    }

    /// Whether all answers have a field of this name around the operation's own.
    #[must_use]
    pub fn has_field(&self, name: &str) -> bool {
        self.fields.contains(name)
    }
}

/// The names in braces.
fn holes(path: &str) -> Vec<String> {
    path.split('{').skip(1).filter_map(|rest| rest.split(['}', ' ', '|']).next()).map(str::to_owned).collect()
}
