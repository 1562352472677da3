//! From spec structs to the model: every reference followed, every problem noted.

mod answers;
mod auth;
mod choosers;
mod credential_files;
mod credentials;
mod envelope;
mod errors;
mod examples;
mod expiry;
mod fields;
pub mod filters;
mod gives;
mod graph;
mod networks;
mod objects;
mod operation;
mod pipeline;
mod places;
mod projections;
mod request;
mod rows;
mod rules;
mod scope;
mod sends;
mod service;
mod settings;
mod vectors;
mod verifiable;
mod words;

use std::cell::RefCell;

use crate::diagnostics::Problems;
use crate::model::Service;
use crate::parse::ParsedService;
use scope::File;

/// Resolves every service. Problems are noted.
pub fn resolve(services: &[ParsedService<'_>], problems: Problems) -> (Vec<Service>, Problems) {
    let problems = RefCell::new(problems);
    let mut out: Vec<Service> = Vec::new();
    for parsed in services {
        let service = service::service(parsed, &problems);
        if let Some(other) = out.iter().find(|other| other.module == service.module) {
            let message = format!(
                "the folders `{}` and `{}` both become `{}` in Rust",
                other.name, service.name, service.module
            );
            File::new(&parsed.file, &problems).problem(0..0, message, Some("rename one of them".to_owned()));
        }
        out.push(service);
    }
    (out, problems.into_inner())
}
