//! The Rust types of fields.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs::{doc, sentence};
use super::object;
use crate::model::{Field, Object, Operation, Service, Type};

/// Where a field stands: what its type's name can refer to.
#[derive(Clone, Copy)]
pub struct Scope<'m> {
    pub service: &'m Service,
    pub operation: Option<&'m Operation>,
    pub holder: Option<&'m Object>,
    /// Whether the code stands beside the operation's module, not inside it.
    pub outside: bool,
}

impl<'m> Scope<'m> {
    /// Inside an operation's module.
    pub fn of(service: &'m Service, operation: &'m Operation) -> Self {
        Self { service, operation: Some(operation), holder: None, outside: false }
    }

    /// The type of a struct's field: optional unless it is required or a list or map.
    pub fn field_type(&self, field: &Field, read: bool) -> TokenStream {
        let inner = self.value_type(&field.kind, field, read);
        match &field.kind {
            Type::List(_) | Type::Map(_) => inner,
            Type::Any if read => inner,
            _ if required(field, read) => inner,
            _ => quote!(Option<#inner>),
        }
    }

    /// The type of a value that is there.
    pub fn value_type(&self, kind: &Type, field: &Field, read: bool) -> TokenStream {
        if let (Some(name), Type::String | Type::Int64) = (&field.enumeration, kind) {
            return self.own(name);
        }
        match kind {
            Type::String if field.sensitive => quote!(Sensitive),
            Type::String => quote!(String),
            Type::Int64 => quote!(i64),
            Type::Double => quote!(f64),
            Type::Bool => quote!(bool),
            Type::Timestamp if read => quote!(WireTime),
            Type::Timestamp => quote!(Timestamp),
            Type::Any => quote!(Value),
            Type::List(inner) => {
                let inner = self.value_type(inner, field, read);
                quote!(Vec<#inner>)
            }
            Type::Map(inner) => {
                let inner = self.value_type(inner, field, read);
                quote!(BTreeMap<String, #inner>)
            }
            Type::Named(name) => {
                let found = object(self.service, self.operation, name);
                let path = self.object_path(found, read);
                let boxed = self.holder.is_some() && found.recursive && field.kind == *kind;
                // A type that holds itself directly would have no size.
                if boxed { quote!(Box<#path>) } else { path }
            }
        }
    }

    /// The path of an object type from here.
    fn object_path(&self, found: &Object, read: bool) -> TokenStream {
        let name = found.struct_name(read);
        let shared = self.service.objects.as_ptr_range().contains(&std::ptr::from_ref(found));
        match (shared, self.operation) {
            (true, Some(_)) => {
                let name = format_ident!("{name}");
                if self.outside { quote!(types::#name) } else { quote!(super::types::#name) }
            }
            _ => self.own(&name),
        }
    }

    /// The path of something in the module.
    fn own(&self, name: &str) -> TokenStream {
        let name = format_ident!("{name}");
        match self.operation {
            Some(operation) if self.outside => {
                let module = format_ident!("{}", operation.module);
                quote!(#module::#name)
            }
            _ => quote!(#name),
        }
    }
}

/// Whether a struct's field cannot be absent. Answers are read leniently: only what names a thing is insisted on.
pub fn required(field: &Field, read: bool) -> bool {
    field.required && field.from.is_none() && (!read || matches!(field.kind, Type::String | Type::Int64))
}

/// The documentation of a field.
pub fn field_docs(field: &Field) -> TokenStream {
    let mut facts = Vec::new();
    if let Some(why) = &field.deprecated {
        facts.push(format!("Deprecated by the vendor: {}", sentence(why)));
    }
    if let Some(default) = &field.default {
        facts.push(format!("Default: `{default}`."));
    }
    if let Some(bounds) = &field.bounds_text {
        facts.push(format!("Limits: `{bounds}`."));
    }
    if let Some(pattern) = &field.pattern {
        facts.push(format!("Pattern: `{pattern}`."));
    }
    if let Some(unit) = field.unit.as_deref().filter(|unit| *unit != "B") {
        facts.push(format!("Unit: {unit}."));
    }
    if let Some(from) = &field.from {
        facts.push(format!("Taken from the setting `{from}` if left out."));
    }
    match field.seen.as_deref() {
        Some("example") => facts.push("Seen only in an example of the document.".to_owned()),
        Some(_) => facts.push("Seen only in the vendor's SDK.".to_owned()),
        None => {}
    }
    if field.assumed {
        facts.push("Assumed: no source says so.".to_owned());
    }
    let meaning = if field.doc.is_empty() { format!("`{}`.", field.name) } else { sentence(&field.doc) };
    doc(&[meaning, facts.join(" ")])
}
