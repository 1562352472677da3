//! What can go wrong, and how to tell: `cargo run --example errors`.

use rdbfetch::service::Class;
use rdbfetch::{BackupId, Credentials, Error, jdcloud, tencent};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = rdbfetch_emulator::Emulator::builder().start().await?;
    let cloud = tencent::Client::new(|builder| emulator.configure(builder))?;
    let instance = &emulator.sample("tencent").ok_or("the emulator serves every service")?.instance;

    // Every operation has an enum with the codes that its vendor documents.
    use tencent::describe_backup_url::Error as LinkError;
    match cloud.describe_backup_url(instance, "nosuch").send().await {
        Err(LinkError::InvalidParameterValueBackupNotExists(error)) => println!("typed: {error}"),
        other => panic!("expected an error, got {other:?}"),
    }

    // And every error has a class that is the same on all clouds.
    match cloud.backup_links(&BackupId::new("nosuch", "nosuch")).await {
        Err(Error::Api(error)) if error.class == Class::NotFound => println!("uniform: {error}"),
        other => panic!("expected an error, got {other:?}"),
    }

    // What cannot be right is not sent at all.
    let mine = Credentials::new("nobody", "knows");
    let cloud = jdcloud::Client::new(|builder| emulator.configure(builder).credentials(mine))?;
    let Err(error) = cloud.describe_backups("redis-1").page_size(7).send().await else {
        panic!("a page of 7 is too small");
    };
    println!("not sent: {error}");
    let Err(error) = cloud.describe_backups("redis-1").send().await else {
        panic!("nobody knows these keys");
    };
    assert!(!error.retryable());
    println!("refused: {error}");
    Ok(())
}

#[cfg(test)]
#[test]
fn it_runs() {
    main().unwrap();
}
