//! Lists the backups of an instance and asks for the links of the newest finished one, at an emulator of the private
//! cloud that runs inside this process.

use rdbfetch::{BackupId, State};
use rdbfetch_emulator::Emulator;

// A module per folder under `specs/`: `acme`.
include!(concat!(env!("OUT_DIR"), "/services.rs"));

use acme::get_links::Error as LinksError;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let metadata: Vec<_> = METADATA.iter().map(|source| source.read()).collect();
    let emulator = Emulator::builder().services(metadata.leak()).start().await?;
    let sample = emulator.sample("acme").ok_or("the emulator serves acme")?;
    let endpoint = emulator.endpoint("acme").ok_or("the emulator serves acme")?;

    let client = acme::Client::new(|builder| {
        builder.region(&*sample.region).endpoint(endpoint).credentials(emulator.credentials().clone())
    })?;

    // Typed: what this cloud calls things.
    let answer = client.list_backups(&*sample.instance).send().await?;
    println!("{} backups", answer.backups.len());

    // Uniform: what code for every cloud calls them.
    let backups = client.cloud().backups(&sample.instance).await?;
    let newest = backups.iter().find(|backup| backup.state == State::Finished).ok_or("no finished backup")?;
    let links = client.cloud().backup_links(&BackupId::new(&*sample.instance, &*newest.backup)).await?;
    println!("links of {} file", links.files.len());

    // Documented errors have variants of their own.
    match client.get_links(&*sample.instance, "nothing").send().await {
        Err(LinksError::NoSuchBackup(_)) => println!("no such backup"),
        other => return Err(format!("an unexpected outcome: {other:?}").into()),
    }
    Ok(())
}
