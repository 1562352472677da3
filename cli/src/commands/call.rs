//! `rdbfetch call`

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rdbfetch::value::Value;

use crate::args::Call;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::parameters::Given;
use crate::session::Session;

/// Calls an operation and prints the answer as it was received.
pub async fn run(args: &Call, output: Output) -> Result<Exit, Failure> {
    let service = super::service(&args.service)?;
    let operation = super::operation(service, &args.operation)?.operation;
    let object = match args.json.clone() {
        Some(path) => object(path).await?,
        None => Vec::new(),
    };
    let given = Given::read(operation, object, &args.cloud.params);
    let session = Session::open(service, &args.cloud, output).await?;
    let parameters = given.or(session.samples(operation)).check(|_| false)?;
    if args.cloud.previews() {
        return session.dry_run(operation, &parameters, None);
    }
    session.ready(operation)?;
    let reply = session.cloud.call(operation, parameters).await.map_err(session.failed(operation))?;
    output.received(&reply.body)?;
    Ok(Exit::Done)
}

/// The members of the JSON object in a file, or on stdin.
async fn object(path: PathBuf) -> Result<Vec<(String, Value)>, Failure> {
    let shown = path.display().to_string();
    let text =
        tokio::task::spawn_blocking(move || text(&path)).await.unwrap_or_else(|error| Err(error.into()));
    let text = text.map_err(|error| Failure::disk(format!("--json {shown} cannot be read: {error}.")))?;
    // The messages of serde_json name a place, never what stands there.
    match serde_json::from_str(&text) {
        Ok(Value::Object(object)) => Ok(object.into_iter().collect()),
        Ok(_) => Err(Failure::usage(format!("--json {shown} holds no JSON object with parameters by name."))),
        Err(error) => Err(Failure::usage(format!("--json {shown} holds no JSON: {error}."))),
    }
}

fn text(path: &Path) -> io::Result<String> {
    if path != Path::new("-") {
        return fs::read_to_string(path);
    }
    let mut text = String::new();
    io::stdin().lock().read_to_string(&mut text)?;
    Ok(text)
}
