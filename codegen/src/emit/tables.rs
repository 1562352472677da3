//! The static tables of the runtime, as code.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::object;
use crate::model::{
    Conditions, Convert, ErrorCode, Expiry, Field, JsonKind, Lists, Operation, PageBy, Paging, Piece, Place,
    Projection, Root, Rule, Service, Source, Step, Template, TimeFormat, Type, UrlPiece, Verb, Want, With,
};
use crate::spec::PlaceWord;

/// `Some(…)` or `None`.
pub fn option<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    match value {
        Some(value) => quote!(Some(#value)),
        None => quote!(None),
    }
}

/// `&[…]` of texts.
pub fn texts<S: AsRef<str>>(list: &[S]) -> TokenStream {
    let list = list.iter().map(AsRef::as_ref);
    quote!(&[#(#list),*])
}

/// `&[(name, value)]`.
pub fn pairs<'m>(list: impl IntoIterator<Item = (&'m str, &'m str)>) -> TokenStream {
    let list = list.into_iter().map(|(name, value)| quote!((#name, #value)));
    quote!(&[#(#list),*])
}

/// Text with holes.
pub fn template(pieces: &Template) -> TokenStream {
    let pieces = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => quote!(Piece::Text(#text)),
        Piece::Hole(name) => quote!(Piece::Hole(#name)),
    });
    quote!(&[#(#pieces),*])
}

/// Endpoints with their conditions.
pub fn endpoints(list: &[(Conditions, Template)]) -> TokenStream {
    let list = list.iter().map(|(conditions, url)| {
        let (conditions, url) = (when(conditions), template(url));
        quote!(Endpoint { when: #conditions, url: #url })
    });
    quote!(&[#(#list),*])
}

/// How lists travel.
pub fn lists(lists: &Lists) -> TokenStream {
    match lists {
        Lists::Named { before, first, after, member } => {
            let first = Literal::u32_unsuffixed(*first);
            if (before.as_str(), after.as_str(), member.0.as_str()) == (".", "", ".") {
                return quote!(Lists::dotted(#first));
            }
            let (open, close) = member;
            quote! {
                Lists::Named { before: #before, first: #first, after: #after, member: (#open, #close) }
            }
        }
        Lists::Repeated(suffix) => quote!(Lists::Repeated(#suffix)),
        Lists::Joined(between) => quote!(Lists::Joined(#between)),
        Lists::Json => quote!(Lists::Json),
    }
}

/// What few parameters have.
fn traits(field: &Field) -> TokenStream {
    if field.lists.is_none() && field.within.is_empty() && !field.quoted && field.pattern.is_none() {
        return quote!(Traits::NONE);
    }
    let lists = option(field.lists.as_ref().map(lists));
    let (within, quoted, pattern) = (texts(&field.within), field.quoted, option(field.pattern.as_ref()));
    quote!(Traits { lists: #lists, within: #within, quoted: #quoted, pattern: #pattern })
}

/// `&[Want]`.
pub fn wants(list: &[Want]) -> TokenStream {
    let list = list.iter().map(|want| match want {
        Want::Absent => quote!(Want::Absent),
        Want::Like(text) => quote!(Want::Like(#text)),
        Want::Range(low, high) => {
            let (low, high) = (Literal::i64_unsuffixed(*low), Literal::i64_unsuffixed(*high));
            quote!(Want::Range(#low, #high))
        }
    });
    quote!(&[#(#list),*])
}

/// A place.
pub fn place(place: &Place) -> TokenStream {
    let root = match &place.root {
        Root::Body => quote!(Root::Body),
        Root::Status => quote!(Root::Status),
        Root::Header(name) => quote!(Root::Header(#name)),
        Root::Request(name) => quote!(Root::Request(#name)),
        Root::Key => quote!(Root::Key),
        Root::Url => quote!(Root::Url),
    };
    let steps = place.steps.iter().map(|step| match step {
        Step::Key(name) => quote!(Step::Key(#name)),
        Step::Each => quote!(Step::Each),
        Step::EachKey => quote!(Step::EachKey),
    });
    quote!(Place { root: #root, steps: &[#(#steps),*] })
}

/// How a value is written in JSON.
pub fn json_kind(kind: JsonKind) -> TokenStream {
    let name = format_ident!("{kind:?}");
    quote!(JsonKind::#name)
}

/// Where in a request something travels.
pub fn in_place(place: PlaceWord) -> TokenStream {
    let name = format_ident!("{place:?}");
    quote!(In::#name)
}

/// How a moment is written.
pub fn time_format(time: &TimeFormat) -> TokenStream {
    let (format, offset) = (&time.format, Literal::i32_unsuffixed(time.offset));
    quote!(TimeFormat { format: #format, offset: #offset })
}

/// Limits.
pub fn bounds(bounds: Option<(Option<i64>, Option<i64>)>) -> TokenStream {
    match bounds {
        None => quote!(Bounds::NONE),
        Some((min, max)) => {
            let (min, max) =
                (option(min.map(Literal::i64_unsuffixed)), option(max.map(Literal::i64_unsuffixed)));
            quote!(Bounds { min: #min, max: #max })
        }
    }
}

/// `&[ErrorCode]`.
pub fn errors(list: &[ErrorCode]) -> TokenStream {
    let list = list.iter().map(|error| {
        let ErrorCode { code, retry, doc, .. } = error;
        let (name, status) = (option(error.name.as_ref()), option(error.status.map(Literal::u16_unsuffixed)));
        let class = format_ident!("{}", error.class.variant());
        let when = error.when.iter().map(|when| format_ident!("{}", when.variant()));
        quote! {
            ErrorCode {
                code: #code, name: #name, class: Class::#class, retry: #retry, status: #status,
                when: &[#(When::#when),*], doc: #doc,
            }
        }
    });
    quote!(&[#(#list),*])
}

/// The name of the static with an object's fields.
pub fn fields_static(rust: &str) -> proc_macro2::Ident {
    format_ident!("{}_FIELDS", crate::names::snake(rust).to_uppercase())
}

fn kind(kind_: &Type, field: &Field, service: &Service, operation: Option<&Operation>) -> TokenStream {
    match kind_ {
        Type::String => quote!(Kind::String),
        Type::Int64 => quote!(Kind::Int64),
        Type::Double => quote!(Kind::Double),
        Type::Bool => quote!(Kind::Bool),
        Type::Timestamp => {
            let time = time_format(&field.time);
            quote!(Kind::Timestamp(#time))
        }
        Type::Any => quote!(Kind::Any),
        Type::List(inner) => {
            let inner = kind(inner, field, service, operation);
            quote!(Kind::List(&#inner))
        }
        Type::Map(inner) => {
            let inner = kind(inner, field, service, operation);
            quote!(Kind::Map(&#inner))
        }
        Type::Named(name) => {
            let found = object(service, operation, name);
            let fields = fields_static(&found.rust);
            let shared = service.objects.iter().any(|shared| std::ptr::eq(shared, found));
            if shared && operation.is_some() {
                quote!(Kind::Object(&super::super::types::#fields))
            } else {
                quote!(Kind::Object(&#fields))
            }
        }
    }
}

/// A parameter, or a field of an object inside one.
pub fn parameter(field: &Field, service: &Service, operation: Option<&Operation>) -> TokenStream {
    let Field { name, wire, required, .. } = field;
    let place = option(field.place.map(in_place));
    let kind = kind(&field.kind, field, service, operation);
    let (from, default) = (option(field.from.as_ref()), option(field.default.as_ref()));
    let values: Vec<&str> = field.values.iter().map(|value| value.value.as_str()).collect();
    let (values, bounds, traits) = (texts(&values), bounds(field.bounds), traits(field));
    quote! {
        Parameter {
            name: #name, wire: #wire, place: #place, kind: #kind, required: #required, from: #from,
            default: #default, values: #values, bounds: #bounds, traits: #traits,
        }
    }
}

/// The statics with the fields of objects that requests hold.
pub fn object_statics<'m>(
    objects: impl Iterator<Item = &'m crate::model::Object>,
    service: &Service,
    operation: Option<&Operation>,
) -> Vec<TokenStream> {
    objects
        .filter(|object| object.in_request)
        .map(|object| {
            let name = fields_static(&object.rust);
            let fields: Vec<TokenStream> =
                object.fields.iter().map(|field| parameter(field, service, operation)).collect();
            let count = Literal::usize_unsuffixed(fields.len());
            quote! { pub(crate) static #name: [Parameter; #count] = [#(#fields),*]; }
        })
        .collect()
}

/// Conditions: names and what is wanted of them.
pub fn when(conditions: &[(String, Vec<Want>)]) -> TokenStream {
    let conditions = conditions.iter().map(|(name, list)| {
        let list = wants(list);
        quote!((#name, #list))
    });
    quote!(&[#(#conditions),*])
}

/// A rule across parameters.
pub fn rule(rule: &Rule) -> TokenStream {
    let (when, text) = (when(&rule.when), &rule.text);
    let verb = match &rule.verb {
        Verb::Required(names) => {
            let names = texts(names);
            quote!(Verb::Required(#names))
        }
        Verb::Forbidden(name) => quote!(Verb::Forbidden(#name)),
        Verb::NotEqual(a, b) => quote!(Verb::NotEqual(#a, #b)),
    };
    quote!(Rule { when: #when, verb: #verb, text: #text })
}

/// How a list continues.
pub fn paging(paging: &Paging) -> TokenStream {
    let by = match &paging.by {
        PageBy::Offset(name) => quote!(PageBy::Offset(#name)),
        PageBy::Page(name, first) => {
            let first = Literal::i64_unsuffixed(*first);
            quote!(PageBy::Page(#name, #first))
        }
        PageBy::Token(name, next) => {
            let next = place(next);
            quote!(PageBy::Token(#name, #next))
        }
        PageBy::Link(name, next) => {
            let next = place(next);
            quote!(PageBy::Link(#name, #next))
        }
    };
    let limit = option(paging.limit.as_ref());
    let (total, items) = (option(paging.total.as_ref().map(place)), place(&paging.items));
    let more = option(paging.more.as_ref().map(|(more, kind)| {
        let (more, kind) = (place(more), json_kind(*kind));
        quote!((#more, #kind))
    }));
    quote!(Paging { by: #by, limit: #limit, total: #total, more: #more, items: #items })
}

/// How an answer maps onto the uniform model.
pub fn projection(projection: &Projection) -> TokenStream {
    let with = projection.with.iter().map(|(name, with)| match with {
        With::Json(json) => quote!((#name, With::Json(#json))),
        With::Now(seconds) => {
            let seconds = Literal::i64_unsuffixed(*seconds);
            quote!((#name, With::Now(#seconds)))
        }
    });
    let filters = projection.filters.iter().map(|(word, name)| {
        let word = format_ident!("{word}");
        quote!((Filter::#word, #name))
    });
    let fields = projection.fields.iter().map(|(name, sources)| {
        let name = format_ident!("{name}");
        let sources = sources.iter().map(source);
        quote!((Field::#name, &[#(#sources),*]))
    });
    let expires = projection.expires.iter().map(expiry);
    quote! {
        Projection {
            with: &[#(#with),*], filters: &[#(#filters),*], fields: &[#(#fields),*], expires: &[#(#expires),*],
        }
    }
}

fn source(source: &Source) -> TokenStream {
    let (place, kind) = (place(&source.place), json_kind(source.kind));
    let convert = match &source.convert {
        Convert::Plain => quote!(Convert::Plain),
        Convert::Bytes(factor) => {
            let factor = Literal::u64_unsuffixed(*factor);
            quote!(Convert::Bytes(#factor))
        }
        Convert::Time(time) => {
            let time = time_format(time);
            quote!(Convert::Time(#time))
        }
        Convert::Duration(unit) => {
            let unit = Literal::u64_unsuffixed(*unit);
            quote!(Convert::Duration(#unit))
        }
        Convert::Words(table) => {
            let table = table.iter().map(|(word, values)| {
                let values = texts(values);
                quote!((#word, #values))
            });
            quote!(Convert::Words(&[#(#table),*]))
        }
    };
    quote!(Source { place: #place, kind: #kind, convert: #convert })
}

fn expiry(expiry: &Expiry) -> TokenStream {
    match expiry {
        Expiry::After(seconds) => {
            let seconds = Literal::u64_unsuffixed(*seconds);
            quote!(Expiry::After(#seconds))
        }
        Expiry::Field(field) => {
            let field = source(field);
            quote!(Expiry::Field(#field))
        }
        Expiry::Url(parts) => {
            let parts = parts.iter().map(|(names, pieces)| {
                let names = texts(names);
                let pieces = pieces.iter().map(|piece| match piece {
                    UrlPiece::Text(text) => quote!(UrlPiece::Text(#text)),
                    UrlPiece::At(time) => {
                        let time = time_format(time);
                        quote!(UrlPiece::At(#time))
                    }
                    UrlPiece::From(time) => {
                        let time = time_format(time);
                        quote!(UrlPiece::From(#time))
                    }
                    UrlPiece::Seconds => quote!(UrlPiece::Seconds),
                    UrlPiece::Ignore => quote!(UrlPiece::Ignore),
                });
                quote!((#names, &[#(#pieces),*]))
            });
            quote!(Expiry::Url(&[#(#parts),*]))
        }
    }
}
