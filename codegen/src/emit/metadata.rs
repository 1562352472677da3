//! Everything that documentation, the program and the emulator need besides.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::tables::{option, pairs, texts, time_format};
use crate::model::{Operation, Placement, PlacementPiece, Row, Service, Variant};
use crate::spec::{ExampleSpec, Ordered, Scalar, SendsSpec, VectorSpec};

/// The service's metadata, then one static per operation.
pub fn module(service: &Service) -> TokenStream {
    let (documents, notes) = (texts(&service.documents), texts(&service.notes));
    let variants = service.auth.variants.iter().map(variant);
    let vectors = service.vectors.iter().map(vector);
    let operations = service.operations.iter().map(name);
    let tables = service.operations.iter().map(operation);
    quote! {
        pub(crate) static SERVICE: ServiceMetadata = ServiceMetadata {
            service: &super::SERVICE,
            documents: #documents,
            notes: #notes,
            variants: &[#(#variants),*],
            vectors: &[#(#vectors),*],
            operations: &[#(&#operations),*],
        };
        #(#tables)*
    }
}

fn name(operation: &Operation) -> proc_macro2::Ident {
    format_ident!("{}", operation.module.to_uppercase())
}

fn variant(variant: &Variant) -> TokenStream {
    let (name, secret) = (&variant.name, texts(&variant.secret_steps));
    let placements = variant.placements.iter().map(placement);
    quote!(VariantMetadata { name: #name, placements: &[#(#placements),*], secret_steps: #secret })
}

fn placement(placement: &Placement) -> TokenStream {
    let Placement { header, name, optional, .. } = placement;
    let pattern = pieces(&placement.pattern);
    quote!(Placement { header: #header, name: #name, pattern: #pattern, optional: #optional })
}

fn pieces(pattern: &[PlacementPiece]) -> TokenStream {
    let pieces = pattern.iter().map(|piece| match piece {
        PlacementPiece::Text(text) => quote!(PlacementPiece::Text(#text)),
        PlacementPiece::Now(time) => {
            let time = time_format(time);
            quote!(PlacementPiece::Now(#time))
        }
        PlacementPiece::Base64(inner) => {
            let inner = pieces(inner);
            quote!(PlacementPiece::Base64(#inner))
        }
        PlacementPiece::Setting(name) => quote!(PlacementPiece::Setting(#name)),
        PlacementPiece::SignedHeaders(with) => quote!(PlacementPiece::SignedHeaders(#with)),
        plain => {
            let name = format_ident!("{plain:?}");
            quote!(PlacementPiece::#name)
        }
    });
    quote!(&[#(#pieces),*])
}

fn scalars(map: &Ordered<Scalar>) -> TokenStream {
    pairs(map.iter().map(|(name, value)| (name, value.0.as_str())))
}

fn vector(vector: &VectorSpec) -> TokenStream {
    let VectorSpec { id, source, request, .. } = vector;
    let variant = option(vector.variant.as_ref());
    let (inputs, steps) = (scalars(&vector.inputs), scalars(&vector.steps));
    let (method, url, headers) = (&request.method, &request.url, scalars(&request.headers));
    let (form, body) = (option(request.form.as_ref().map(scalars)), option(request.body.as_ref()));
    let signed = option(vector.signed_headers.as_ref().map(|names| texts(names)));
    let omit = texts(&vector.omit);
    quote! {
        Vector {
            id: #id, source: #source, variant: #variant, inputs: #inputs, method: #method, url: #url,
            headers: #headers, form: #form, body: #body, signed_headers: #signed, omit: #omit, steps: #steps,
        }
    }
}

fn operation(operation: &Operation) -> TokenStream {
    let (name, module) = (name(operation), format_ident!("{}", operation.module));
    let (documents, notes, summary) =
        (texts(&operation.documents), texts(&operation.notes), &operation.summary);
    let parameters = operation.parameter_rows.iter().map(parameter);
    let response = operation.response_rows.iter().map(field);
    let lifetime = option(operation.link_lifetime().map(Literal::u64_unsuffixed));
    let examples = operation.examples.iter().map(example);
    quote! {
        static #name: OperationMetadata = OperationMetadata {
            operation: &super::#module::OPERATION,
            summary: #summary,
            documents: #documents,
            notes: #notes,
            parameters: &[#(#parameters),*],
            response: &[#(#response),*],
            link_lifetime: #lifetime,
            examples: &[#(#examples),*],
            decode: decode::shown::<super::#module::Response>,
        };
    }
}

fn parameter(row: &Row) -> TokenStream {
    let field = &row.field;
    let (path, kind, required, sensitive, doc) =
        (&row.path, &field.kind_text, field.required, field.sensitive, &field.doc);
    let place = row.place.map(|place| format!("{place:?}").to_lowercase()).unwrap_or_default();
    let (default, bounds) = (option(field.default.as_ref()), option(field.bounds_text.as_ref()));
    let values = pairs(field.values.iter().map(|value| (value.value.as_str(), value.doc.as_str())));
    let deprecated = option(field.deprecated.as_ref());
    quote! {
        ParameterMetadata {
            name: #path, kind: #kind, required: #required, place: #place, default: #default, values: #values,
            bounds: #bounds, deprecated: #deprecated, sensitive: #sensitive, doc: #doc,
        }
    }
}

fn field(row: &Row) -> TokenStream {
    let field = &row.field;
    let (path, kind, doc) = (&row.path, &field.kind_text, &field.doc);
    let (required, nullable, sensitive) = (field.required, field.nullable, field.sensitive);
    let (deprecated, seen) = (option(field.deprecated.as_ref()), option(field.seen.as_ref()));
    quote! {
        FieldMetadata {
            path: #path, kind: #kind, required: #required, nullable: #nullable, deprecated: #deprecated,
            sensitive: #sensitive, seen: #seen, doc: #doc,
        }
    }
}

fn example(example: &ExampleSpec) -> TokenStream {
    let source = option(example.source.as_ref());
    let (settings, headers) = (scalars(&example.settings), scalars(&example.headers));
    let request = option(example.request.as_ref().map(|request| {
        let map: serde_json::Map<String, serde_json::Value> =
            request.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        serde_json::Value::Object(map).to_string()
    }));
    let sends = option(example.sends.as_ref().map(sends));
    let status = Literal::u16_unsuffixed(example.status.unwrap_or(200));
    let (response, error, at) =
        (option(example.response.as_ref()), option(example.error.as_ref()), option(example.at.as_ref()));
    let gives = option(example.gives.as_ref().map(|rows| {
        let rows: Vec<String> =
            rows.iter().map(|row| serde_json::Value::Object(row.clone()).to_string()).collect();
        texts(&rows)
    }));
    quote! {
        Example {
            source: #source, settings: #settings, request: #request, sends: #sends, status: #status,
            headers: #headers, response: #response, error: #error, at: #at, gives: #gives,
        }
    }
}

fn sends(sends: &SendsSpec) -> TokenStream {
    let (method, path) = (option(sends.method.as_ref()), option(sends.path.as_ref()));
    let (query, form, headers) = (scalars(&sends.query), scalars(&sends.form), scalars(&sends.headers));
    let json = option(sends.json.as_ref().map(ToString::to_string));
    quote!(Sends { method: #method, path: #path, query: #query, form: #form, json: #json, headers: #headers })
}
