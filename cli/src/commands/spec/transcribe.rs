//! `rdbfetch spec transcribe`

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};

use rdbfetch_spec_tools::document::Document;
use rdbfetch_spec_tools::transcribe::{self, Ask, Draft};

use super::page::{Service, page};
use crate::args::SpecTranscribe;
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Writes a first draft.
pub async fn run(args: SpecTranscribe, output: Output) -> Result<Exit, Failure> {
    output.plain("a draft")?;
    let work = tokio::task::spawn_blocking(move || draft(&args).map(|draft| (args, draft)));
    let (args, draft) = work
        .await
        .map_err(|error| Failure::new(Exit::Other, "other", format!("spec transcribe: {error}")))??;
    for remark in &draft.remarks {
        output.remark(remark);
    }
    if args.service.is_none() {
        output.remark("Without --for, what all operations of the service share is in the draft, too.");
    }
    let Some(path) = &args.out else {
        crate::output::write(draft.text.trim_end())?;
        return Ok(Exit::Done);
    };
    let shown = path.display();
    let mut file =
        OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => {
                Failure::usage(format!("{shown} is there already; drafts replace nothing."))
            }
            _ => Failure::disk(format!("{shown}: {error}")),
        })?;
    file.write_all(draft.text.as_bytes()).map_err(|error| Failure::disk(format!("{shown}: {error}")))?;
    output.remark(&format!("{shown} is a draft of {}: look for GUESS and TODO in it.", draft.operation));
    Ok(Exit::Done)
}

fn draft(args: &SpecTranscribe) -> Result<Draft, Failure> {
    let (text, name) = page(&args.document)?;
    let service = args.service.as_deref().map(Service::read).transpose()?;
    let service = service.as_ref().map(|service| transcribe::Service {
        name: &service.written.name,
        text: service.text("service"),
        spec: &service.written.service,
    });
    let document = args.named.as_deref().unwrap_or(&name);
    let ask = Ask { document, date: args.date.as_deref(), service };
    transcribe::transcribe(&Document::read(&text), ask).map_err(|why| {
        let shown = args.document.display();
        Failure::usage(format!("No draft can be made of {shown}: {why}."))
    })
}
