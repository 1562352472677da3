//! The emulator inside of a test, with a fault and a look at what was called: `cargo run --example in_a_test`.

use rdbfetch::service::Class;
use rdbfetch::{BackupId, Error, tencent};
use rdbfetch_emulator::{Emulator, Fault};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let cloud = tencent::Client::new(|builder| emulator.configure(builder))?;
    let sample = emulator.sample("tencent").ok_or("the emulator serves every service")?;
    let backup = BackupId::new(&sample.instance, &sample.backup);

    emulator.add_fault("operation=DescribeBackupUrl,when=not-ready,times=1".parse::<Fault>()?)?;
    match cloud.backup_links(&backup).await {
        Err(Error::Api(error)) => assert_eq!(error.class, Class::NotReady),
        other => panic!("expected an error of the service, got {other:?}"),
    }
    assert_eq!(cloud.backup_links(&backup).await?.files.len(), 3);

    emulator.journal().of("tencent").operation("DescribeBackupUrl").expect(2);
    Ok(())
}

#[cfg(test)]
#[test]
fn it_runs() {
    main().unwrap();
}
