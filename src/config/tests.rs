//! Sources that fail, run out, and are asked by many at once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::cloud::Cloud;
use crate::service::Service;
use crate::time::Timestamp;
use crate::transport::BoxFuture;

/// Gives keys that are numbered and live so long, in seconds; or fails.
struct Numbered {
    asked: AtomicU32,
    lives: Option<i64>,
    fails: bool,
}

impl Numbered {
    fn new(lives: Option<i64>, fails: bool) -> Arc<Self> {
        Arc::new(Self { asked: AtomicU32::new(0), lives, fails })
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

impl CredentialProvider for Numbered {
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, CredentialError>> {
        Box::pin(async move {
            let number = self.asked.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            if self.fails {
                return Err(CredentialError::new("the vault is locked"));
            }
            let keys = Credentials::new(format!("key{number}"), "s").with_token("t");
            Ok(match self.lives {
                Some(seconds) => keys.with_expiry(at(i64::from(number) * 1000 + seconds)),
                None => keys,
            })
        })
    }

    fn describe(&self) -> String {
        "the vault".to_owned()
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_700_000_000 + seconds).unwrap()
}

fn keys(source: &Arc<Numbered>) -> Arc<Keys> {
    Arc::new(Keys::new(None, Some(Arc::clone(source) as Arc<dyn CredentialProvider>)))
}

async fn many(keys: &Arc<Keys>) -> Vec<Result<String, String>> {
    let mut tasks = Vec::new();
    for _ in 0..20 {
        let keys = Arc::clone(keys);
        tasks.push(tokio::spawn(async move {
            let got = keys.get(at(0)).await;
            got.map(|keys| keys.access_key().to_owned()).map_err(|error| error.to_string())
        }));
    }
    let mut out = Vec::new();
    for task in tasks {
        out.push(task.await.unwrap());
    }
    out
}

#[tokio::test]
async fn many_calls_share_one_question() {
    let source = Numbered::new(None, false);
    let got = many(&keys(&source)).await;
    assert!(got.iter().all(|key| key.as_deref() == Ok("key0")), "{got:?}");
    assert_eq!(source.asked(), 1);
    let source = Numbered::new(None, true);
    let got = many(&keys(&source)).await;
    assert!(got.iter().all(|key| key.as_ref().is_err_and(|error| error == "the vault is locked")), "{got:?}");
    assert_eq!(source.asked(), 1, "those who waited share the failure");
}

#[tokio::test]
async fn credentials_are_renewed_before_they_run_out() {
    let source = Numbered::new(Some(1000), false);
    let keys = keys(&source);
    for (now, key) in [(0, "key0"), (879, "key0"), (881, "key1"), (1500, "key1"), (1881, "key2")] {
        assert_eq!(keys.get(at(now)).await.unwrap().access_key(), key, "{now}");
    }
}

#[tokio::test]
async fn credentials_that_ran_out_are_refused() {
    let source = Numbered::new(Some(-1), false);
    let problem = keys(&source).get(at(0)).await.unwrap_err().to_string();
    assert!(problem.starts_with("the credentials from the vault ran out at 2023-11-14T"), "{problem}");
    let fixed = Keys::fixed(Credentials::new("a", "b").with_expiry(at(-1)));
    assert!(matches!(fixed.get(at(0)).await, Err(crate::Error::Credentials(_))));
}

#[tokio::test]
async fn who_stops_waiting_keeps_nobody_from_asking() {
    let source = Numbered::new(None, false);
    let keys = keys(&source);
    let first = keys.get(at(0));
    let stopped = tokio::time::timeout(std::time::Duration::ZERO, first).await;
    assert!(stopped.is_err() || stopped.unwrap().is_ok());
    assert!(keys.get(at(0)).await.is_ok());
}

#[tokio::test]
async fn others_are_asked_for_once_and_only_if_they_differ() {
    let source = Numbered::new(None, false);
    let keys = keys(&source);
    let stale = keys.get(at(0)).await.unwrap();
    let new = keys.renew(&stale, at(0)).await.unwrap();
    assert_eq!(new.access_key(), "key1");
    assert_eq!(keys.renew(&stale, at(0)).await.unwrap().access_key(), "key1");
    assert_eq!(source.asked(), 2, "who comes later takes what the first one got");
    assert!(Keys::fixed(Credentials::new("a", "b")).renew(&stale, at(0)).await.is_none());
}

#[cfg(feature = "tencent")]
#[test]
fn the_sdks_file_of_the_whole_machine_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let etc = folder.path().join("etc/tencentcloud");
    std::fs::create_dir_all(&etc).unwrap();
    std::fs::write(etc.join("credentials"), "[default]\nsecret_id=AKID\nsecret_key=s\n").unwrap();
    let machine = Machine::of(|_| None, Some(Path::new("/nobody/at/home")), Some(folder.path()));
    let service: &'static Service = &crate::tencent::SERVICE;
    let origins = Cloud::builder(service).look(&machine, true, None).origins();
    assert_eq!(origins.get("access_key").unwrap().value.as_deref(), Some("AKID"));
    assert!(origins.get("secret_key").unwrap().set && origins.get("secret_key").unwrap().value.is_none());
}
