//! The temporary links of a backup, typed and uniform: `cargo run --example links`.

use rdbfetch::tencent::{Client, describe_backup_url::LimitType};
use rdbfetch::{BackupId, Error};

async fn print_links(cloud: &Client, instance: &str, backup: &str) -> Result<(), Error> {
    // Typed: what is required is an argument, what is optional is a setter.
    let answer = cloud.describe_backup_url(instance, backup).limit_type(LimitType::NoLimit).send().await;
    match answer {
        Ok(answer) => println!("{} files", answer.backup_infos.len()),
        Err(error) => eprintln!("{error} (worth another try: {})", error.retryable()),
    }

    // Uniform: the same on every cloud.
    let links = cloud.backup_links(&BackupId::new(instance, backup)).await?;
    for file in links.files {
        println!("{:?} expires at {:?}", file.name, file.expires_at);
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = rdbfetch_emulator::Emulator::builder().start().await?;
    let cloud = Client::new(|builder| emulator.configure(builder))?;
    let sample = emulator.sample("tencent").ok_or("the emulator serves every service")?;
    print_links(&cloud, &sample.instance, &sample.backup).await?;
    Ok(())
}

#[cfg(test)]
#[test]
fn it_runs() {
    main().unwrap();
}
