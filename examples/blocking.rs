//! Without async code: `cargo run --example blocking --features blocking`.

use rdbfetch::blocking::Wait as _;
use rdbfetch::{BackupId, ucloud};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = rdbfetch_emulator::Emulator::builder().start().wait()?;
    let cloud = ucloud::Client::new(|builder| emulator.configure(builder))?;
    let sample = emulator.sample("ucloud").ok_or("the emulator serves every service")?;

    for backup in cloud.backups(&sample.instance).wait()? {
        println!("{} of {:?} is {:?}", backup.backup, backup.created_at, backup.state);
    }
    let links = cloud.backup_links(&BackupId::new(&sample.instance, &sample.backup)).wait()?;
    println!("{} file, good until {:?}", links.files.len(), links.files[0].expires_at);
    Ok(())
}

#[cfg(test)]
#[test]
fn it_runs() {
    main().unwrap();
}
