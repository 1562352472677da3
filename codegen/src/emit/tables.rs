//! The static tables of the runtime, as code.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::model::{
    Chooser, Conditions, Convert, Expiry, Field, JsonKind, Lists, PageBy, Paging, Piece, Place, Projection,
    Root, Rule, Sort, Source, Step, Template, TimeFormat, UrlPiece, Verb, Want, With,
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

/// What holds in a successful answer.
pub fn success(conditions: &[(Place, Vec<Want>)]) -> TokenStream {
    let conditions = conditions.iter().map(|(at, list)| {
        let (at, list) = (place(at), wants(list));
        quote!((#at, #list))
    });
    quote!(&[#(#conditions),*])
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

/// What few parameters have, where one has any of it.
pub fn traits(field: &Field) -> Option<TokenStream> {
    let mut facts = Vec::new();
    if let Some(shown) = &field.lists {
        let lists = lists(shown);
        facts.push(quote!(lists: Some(#lists)));
    }
    if !field.within.is_empty() {
        let within = texts(&field.within);
        facts.push(quote!(within: #within));
    }
    if field.quoted {
        facts.push(quote!(quoted: true));
    }
    if let Some(pattern) = &field.pattern {
        facts.push(quote!(pattern: Some(#pattern)));
    }
    (!facts.is_empty()).then(|| quote!(Traits { #(#facts,)* ..Traits::NONE }))
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
    let steps = place.steps.iter().map(|step| match step {
        Step::Key(name) => quote!(#name),
        Step::Each => quote!([]),
        Step::EachKey => quote!({}),
    });
    match &place.root {
        Root::Body => quote!(place!(#(#steps),*)),
        Root::Status => quote!(place!(Status)),
        Root::Header(name) => quote!(place!(Header(#name))),
        Root::Request(name) if place.steps.is_empty() => quote!(place!(Request(#name))),
        Root::Request(name) => quote!(Place { root: Root::Request(#name), steps: &[Step::Each] }),
        Root::Key => quote!(place!(Key)),
        Root::Url => quote!(place!(Url; #(#steps),*)),
    }
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

/// Limits, where there are any.
pub fn bounds(bounds: Option<(Option<i64>, Option<i64>)>) -> Option<TokenStream> {
    let (min, max) = bounds?;
    let (min, max) = (min.map(Literal::i64_unsuffixed), max.map(Literal::i64_unsuffixed));
    match (min, max) {
        (Some(min), Some(max)) => Some(quote!(Bounds::between(#min, #max))),
        (Some(min), None) => Some(quote!(Bounds::at_least(#min))),
        (None, Some(max)) => Some(quote!(Bounds::at_most(#max))),
        (None, None) => None,
    }
}

/// A member of a table that may be absent, where it is there.
pub fn wrapped(name: &str, value: &impl quote::ToTokens) -> TokenStream {
    let name = format_ident!("{name}");
    quote!(#name: Some(#value))
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

/// What the emulator writes into fields of an answer.
pub fn values(values: &[(Place, JsonKind, Template)]) -> TokenStream {
    let values = values.iter().map(|(at, kind, value)| {
        let (at, kind, value) = (place(at), json_kind(*kind), template(value));
        quote!((#at, #kind, #value))
    });
    quote!(&[#(#values),*])
}

/// How an answer maps onto the uniform model.
pub fn projection(projection: &Projection) -> TokenStream {
    let only = (!projection.only.is_empty()).then(|| {
        let only = projection.only.iter().map(|(field, list)| {
            let (field, list) = (format_ident!("{field}"), wants(list));
            quote!((Field::#field, #list))
        });
        quote!(only: &[#(#only),*],)
    });
    let with = (!projection.with.is_empty()).then(|| {
        let with = projection.with.iter().map(|(name, with)| match with {
            With::Json(json) => quote!((#name, With::Json(#json))),
            With::Now(seconds) => {
                let seconds = Literal::i64_unsuffixed(*seconds);
                quote!((#name, With::Now(#seconds)))
            }
            With::Instance(field) => {
                let field = format_ident!("{field}");
                quote!((#name, With::Instance(Field::#field)))
            }
        });
        quote!(with: &[#(#with),*],)
    });
    let filters = (!projection.filters.is_empty()).then(|| {
        let filters = projection.filters.iter().map(chooser);
        quote!(filters: &[#(#filters),*],)
    });
    let sort = projection.sort.as_ref().map(|sort| {
        let sort = self::sort(sort);
        quote!(sort: Some(#sort),)
    });
    let fields = projection.fields.iter().map(|(name, sources)| {
        let name = format_ident!("{name}");
        let sources = sources.iter().map(source);
        quote!((Field::#name, &[#(#sources),*]))
    });
    let expires = (!projection.expires.is_empty()).then(|| {
        let expires = projection.expires.iter().map(expiry);
        quote!(expires: &[#(#expires),*],)
    });
    quote!(Projection { #only #with #filters #sort fields: &[#(#fields),*], #expires ..Projection::NONE })
}

fn sort(sort: &Sort) -> TokenStream {
    let asked = |(parameter, member): &(String, Option<String>)| {
        let member = option(member.as_ref());
        quote!((#parameter, #member))
    };
    let (by, order) = (asked(&sort.by), option(sort.order.as_ref().map(asked)));
    let falling = &sort.falling;
    let fields = sort.fields.iter().map(|(field, word)| {
        let field = format_ident!("{field}");
        quote!((Field::#field, #word))
    });
    quote!(Sorting { by: #by, order: #order, falling: #falling, fields: &[#(#fields),*] })
}

fn chooser(chooser: &Chooser) -> TokenStream {
    let (by, parameter) = (format_ident!("{}", chooser.by), &chooser.parameter);
    let condition = chooser
        .condition
        .as_ref()
        .map(|[member, about, values]| quote!(.condition(#member, #about, #values)));
    let words = (!chooser.words.is_empty()).then(|| {
        let table = word_table(&chooser.words);
        quote!(.words(#table))
    });
    quote!(Chooser::new(Filter::#by, #parameter) #condition #words)
}

/// Our words and the vendor's.
fn word_table(table: &[(&'static str, Vec<String>)]) -> TokenStream {
    let table = table.iter().map(|(word, values)| {
        let values = texts(values);
        quote!((#word, #values))
    });
    quote!(&[#(#table),*])
}

fn source(source: &Source) -> TokenStream {
    if let (JsonKind::String, Convert::Plain) = (source.kind, &source.convert) {
        let place = place(&source.place);
        return quote!(Source::text(#place));
    }
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
            let table = word_table(table);
            quote!(Convert::Words(#table))
        }
    };
    quote!(Source::new(#place, #kind, #convert))
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
