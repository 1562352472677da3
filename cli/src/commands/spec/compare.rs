//! `rdbfetch spec compare`

use std::path::Path;

use rdbfetch_codegen::WrittenOperation;
use rdbfetch_spec_tools::compare::{Comparison, Spec, compare};
use rdbfetch_spec_tools::document::Document;

use super::page::{Service, page};
use crate::args::SpecCompare;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::text::nearest;

/// Holds pages against a spec.
pub async fn run(args: SpecCompare, output: Output) -> Result<Exit, Failure> {
    if args.named.is_some() && args.documents.len() > 1 {
        return Err(Failure::usage("--as names one document; there are several."));
    }
    let work = tokio::task::spawn_blocking(move || all(&args));
    let compared = work
        .await
        .map_err(|error| Failure::new(Exit::Other, "other", format!("spec compare: {error}")))??;
    output
        .list_as(&compared, || compared.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))?;
    let count = |of: fn(&Comparison) -> usize| compared.iter().map(of).sum::<usize>();
    match (count(|one| one.differences.len()), count(|one| one.outdated.len())) {
        (0, 0) => Ok(Exit::Done),
        (found, outdated) => {
            let message = format!(
                "There are {found} differences that the spec does not record, and {outdated} recorded ones that are none any more."
            );
            Err(Failure::new(Exit::Other, "differences", message))
        }
    }
}

fn all(args: &SpecCompare) -> Result<Vec<Comparison>, Failure> {
    let service = Service::read(&args.spec)?;
    let mut compared = Vec::new();
    for path in &args.documents {
        let (text, name) = page(path)?;
        let document = Document::read(&text);
        let operation = operation(&service, &args.spec, &document, path)?;
        let spec = Spec {
            service: &service.written.name,
            shared: &service.written.service,
            operation: &operation.name,
            path: &operation.path,
            text: service.text(&operation.name),
            spec: &operation.spec,
        };
        compared.push(compare(&spec, args.named.as_deref().unwrap_or(&name), &document));
    }
    Ok(compared)
}

/// The operation of a file, or the one that a page is about.
fn operation<'s>(
    service: &'s Service,
    path: &Path,
    document: &Document,
    page: &Path,
) -> Result<&'s WrittenOperation, Failure> {
    let operations = &service.written.operations;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).filter(|_| path.is_file());
    let wanted = match stem {
        Some(stem) if stem == "service" => {
            return Err(Failure::usage(
                "service.yaml has no operation: name the file of one, or the folder.",
            ));
        }
        Some(stem) => stem,
        None => match &document.operation {
            Some(told) => told.what.clone(),
            None => {
                let shown = page.display();
                return Err(Failure::usage(format!(
                    "{shown} names no operation: name the file of one as SPEC."
                )));
            }
        },
    };
    operations.iter().find(|one| one.name == wanted).ok_or_else(|| {
        let hint = nearest(&wanted, operations.iter().map(|one| one.name.as_str()));
        let hint = hint.map(|name| format!(" Did you mean {name}?")).unwrap_or_default();
        Failure::usage(format!(
            "{} has no operation {wanted}, which {} is about.{hint} `rdbfetch spec transcribe` writes a first draft.",
            service.written.name,
            page.display()
        ))
    })
}
