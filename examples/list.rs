//! Every backup of every instance, as the service's pages come in: `cargo run --example list`.

use rdbfetch::jdcloud;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = rdbfetch_emulator::Emulator::builder().start().await?;
    let cloud = jdcloud::Client::new(|builder| emulator.configure(builder))?;
    let cloud = cloud.cloud();

    let mut backups = 0;
    let mut instances = cloud.list_instances(Vec::new())?;
    while let Some(instance) = instances.next().await {
        let instance = instance?;
        println!("{} ({:?}, {:?})", instance.instance, instance.kind, instance.state);
        // A stream of `futures_core`: whatever works on those works on this.
        let mut list = cloud.list_backups(&instance.instance, Vec::new()).await?;
        while let Some(backup) = list.next().await {
            let backup = backup?;
            println!(
                "  {} of {:?}, {:?} bytes: {:?}",
                backup.backup, backup.created_at, backup.size, backup.state
            );
            backups += 1;
        }
    }
    println!("{backups} backups");
    assert!(backups > 0, "the emulator has some of every service");
    Ok(())
}

#[cfg(test)]
#[test]
fn it_runs() {
    main().unwrap();
}
