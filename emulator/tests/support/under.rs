//! An emulator of the made-up services, and short ways to call it.

use std::time::Duration;

use rdbfetch::service::{Service, When};
use rdbfetch::sign::Draft;
use rdbfetch_emulator::world::{Backup, Moment, World};
use rdbfetch_emulator::{Builder, Emulator, Verdict};
use serde_json::{Value, json};

use super::{
    ALPHA, BACKUP, BETA, GAMMA, INSTANCE, Reply, Signing, alpha_call, beta_call, draft_bytes, gamma_call,
    host, send, start,
};

/// A backup of one file, an hour old.
pub fn finished(id: &str) -> Backup {
    Backup::new(id).created(Moment::ago(Duration::from_secs(3600))).file("0.rdb", "bytes of the file")
}

/// An emulator, and short ways to call it.
pub struct Under {
    pub emulator: Emulator,
    keys: (String, String, Option<String>),
}

impl Under {
    pub async fn new(configure: impl FnOnce(Builder) -> Builder) -> Self {
        let (emulator, _) = start(configure).await;
        let keys = emulator.credentials();
        let keys = (keys.access_key().to_owned(), keys.secret().to_owned(), None);
        Self { emulator, keys }
    }

    pub async fn of(world: World) -> Self {
        Self::new(|builder| builder.world(world)).await
    }

    pub fn signing(&self, service: &'static Service) -> Signing {
        let (access_key, secret, token) = &self.keys;
        let mut signing = Signing::new(access_key, secret, self.emulator.clock().now(), service);
        signing.token.clone_from(token);
        signing.nonce = self.emulator.journal().len().to_string();
        signing
    }

    /// A signed call of alpha.
    pub fn alpha_draft(&self, operation: &str, region: &str, body: Value) -> Draft {
        let url = self.emulator.endpoint("alpha").unwrap();
        let mut draft = alpha_call(operation, body, host(url));
        for (name, value) in &mut draft.headers {
            if name == "X-A-Region" {
                region.clone_into(value);
            }
        }
        self.signing(ALPHA.service).sign(ALPHA.service, &mut draft);
        draft
    }

    pub async fn alpha_raw(&self, operation: &str, region: &str, body: Value) -> Reply {
        let url = self.emulator.endpoint("alpha").unwrap();
        send(url, &self.alpha_draft(operation, region, body)).await
    }

    /// The bytes of a signed call for the links of the sample.
    pub fn call(&self) -> Vec<u8> {
        let body = json!({"Instance": INSTANCE, "Backup": BACKUP});
        draft_bytes(&self.alpha_draft("GetLinks", "north-1", body), &[])
    }

    /// The answer of alpha, without what is around it.
    pub async fn alpha(&self, operation: &str, region: &str, body: Value) -> Value {
        self.alpha_raw(operation, region, body).await.json()["Response"].take()
    }

    /// The code with which alpha answers a call for links; `ok` for links.
    pub async fn links(&self, instance: &str, backup: &str) -> String {
        let answer = self.alpha("GetLinks", "north-1", json!({"Instance": instance, "Backup": backup})).await;
        answer["Error"]["Code"].as_str().unwrap_or("ok").to_owned()
    }

    /// The links of a backup.
    pub async fn urls(&self, instance: &str, backup: &str) -> Vec<String> {
        let answer = self.alpha("GetLinks", "north-1", json!({"Instance": instance, "Backup": backup})).await;
        let files = answer["Files"].as_array().unwrap_or_else(|| panic!("{answer}"));
        files.iter().map(|file| file["Url"].as_str().unwrap().to_owned()).collect()
    }

    /// Ids and states of all backups of alpha.
    pub async fn list(&self) -> Vec<(String, Value)> {
        let answer = self.alpha("ListBackups", "north-1", json!({"Count": 100})).await;
        let rows = answer["Backups"].as_array().unwrap_or_else(|| panic!("{answer}"));
        rows.iter().map(|row| (row["Id"].as_str().unwrap().to_owned(), row["Status"].clone())).collect()
    }

    pub async fn beta(&self, pairs: &[(&str, &str)]) -> Reply {
        let url = self.emulator.endpoint("beta").unwrap();
        let mut draft = beta_call("POST", pairs, host(url));
        self.signing(BETA.service).sign(BETA.service, &mut draft);
        send(url, &draft).await
    }

    pub async fn gamma(&self, path: &str, pairs: &[(&str, &str)]) -> Reply {
        let url = self.emulator.endpoint("gamma").unwrap();
        let mut draft = gamma_call(path, pairs, host(url));
        self.signing(GAMMA.service).sign(GAMMA.service, &mut draft);
        send(url, &draft).await
    }

    /// Why the latest call was refused.
    pub fn refused(&self) -> Option<When> {
        match &self.emulator.journal().last().unwrap().verdict {
            Verdict::Refused { when, .. } => *when,
            _ => None,
        }
    }

    pub fn with(mut self, access_key: &str, secret: &str, token: Option<&str>) -> Self {
        self.keys = (access_key.to_owned(), secret.to_owned(), token.map(str::to_owned));
        self
    }
}
