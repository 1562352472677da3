//! Temporary credentials from a source of one's own, asked for again before they run out:
//! `cargo run --example credentials`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rdbfetch::config::{CredentialError, CredentialProvider};
use rdbfetch::transport::BoxFuture;
use rdbfetch::{Credentials, Timestamp, tencent};
use rdbfetch_emulator::Emulator;

/// Stands for a vault, or for the vendor's service that takes roles.
struct Vault {
    keys: Credentials,
    asked: AtomicU32,
}

impl CredentialProvider for Vault {
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, CredentialError>> {
        Box::pin(async {
            if self.asked.fetch_add(1, Ordering::Relaxed) > 9 {
                return Err(CredentialError::new("the vault is closed for today: call its keeper"));
            }
            Ok(self.keys.clone().with_expiry(Timestamp::now().plus_seconds(3600)))
        })
    }

    fn describe(&self) -> String {
        "the vault of the example".to_owned()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let vault = Arc::new(Vault { keys: emulator.temporary_credentials().clone(), asked: AtomicU32::new(0) });
    let provider = Arc::clone(&vault);
    let cloud = tencent::Client::new(|builder| emulator.configure(builder).credential_provider(provider))?;

    for _ in 0..3 {
        println!("{} instances", cloud.cloud().instances().await?.len());
    }
    assert_eq!(vault.asked.load(Ordering::Relaxed), 1, "they are good for an hour");
    Ok(())
}

#[cfg(test)]
#[test]
fn it_runs() {
    main().unwrap();
}
