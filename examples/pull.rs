//! Every file of the newest backup, downloaded and verified: `cargo run --example pull`.

use rdbfetch::download::{Event, Options, pull};
use rdbfetch::{BackupId, tencent};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = rdbfetch_emulator::Emulator::builder().start().await?;
    let cloud = tencent::Client::new(|builder| emulator.configure(builder))?;
    let instance = &emulator.sample("tencent").ok_or("the emulator serves every service")?.instance;
    let folder = tempfile::tempdir()?;

    let latest = cloud.cloud().latest_backup(instance).await?;
    let backup = BackupId::new(instance, latest.backup);
    let mut tell = |event| match event {
        Event::Planned { files, bytes } => println!("{files} files, {bytes:?} bytes"),
        Event::Retrying { file, attempt, problem } => println!("file {file}, attempt {attempt}: {problem}"),
        _ => {}
    };
    let manifest = pull(cloud.cloud(), &backup, &Options::new(folder.path()), Vec::new(), &mut tell).await?;
    for file in manifest.files {
        println!(
            "{} bytes, RDB {:?}, {}, SHA-256 {}",
            file.size, file.rdb.version, file.verdict, file.sha256
        );
    }
    Ok(())
}

#[cfg(test)]
#[test]
fn it_runs() {
    main().unwrap();
}
