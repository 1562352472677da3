//! The same seed, clock and calls give the same bytes; snapshots and resets.

mod support;

use std::time::Duration;

use rdbfetch_emulator::world::{Account, Backup, Moment, Recipe, Source, World};
use rdbfetch_emulator::{Emulator, Snapshot};
use serde_json::json;
use support::under::{Under, finished};
use support::{BACKUP, BETA, INSTANCE, RUNNING, Reply, beta_call, fetch, host, send};

const HOUR: Duration = Duration::from_secs(3600);

/// Everything that a client can see, with the ports made the same.
async fn everything(under: &Under) -> String {
    let mut seen = String::new();
    let created = under.emulator.create_backup("alpha", INSTANCE, Duration::from_secs(60)).unwrap();
    seen += &created;
    let mut note = |reply: &Reply| {
        let headers = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
        seen += &format!("{}\n{}\n{}\n", reply.status, headers.collect::<String>(), reply.text());
    };
    for _ in 0..2 {
        note(&under.alpha_raw("ListBackups", "north-1", json!({"Count": 100})).await);
        for backup in [BACKUP, RUNNING, created.as_str(), "none"] {
            let body = json!({"Instance": INSTANCE, "Backup": backup});
            let reply = under.alpha_raw("GetLinks", "north-1", body).await;
            note(&reply);
            for file in reply.json()["Response"]["Files"].as_array().into_iter().flatten() {
                note(&fetch("GET", file["Url"].as_str().unwrap(), &[]).await);
            }
        }
        note(&under.beta(&[("Action", "GetLink"), ("backup", BACKUP)]).await);
        note(&under.gamma("/v1/regions/emulated-region/stores", &[]).await);
        under.emulator.advance(Duration::from_secs(60));
    }
    let port = host(under.emulator.files_url()).rsplit_once(':').unwrap().1;
    seen.replace(&format!(":{port}"), ":PORT").replace(&format!("%3A{port}"), "%3APORT")
}

#[tokio::test]
async fn the_same_seed_clock_and_calls_give_the_same_bytes() {
    let run = async |seed: u64| everything(&Under::new(|builder| builder.seed(seed)).await).await;
    let (first, second, other) = (run(7).await, run(7).await, run(8).await);
    assert!(first.len() > 50_000, "files are among it");
    assert!(first == second, "two runs differ");
    assert!(first != other, "the seed matters");
}

#[tokio::test]
async fn without_a_seed_ids_are_what_they_always_were() {
    let under = Under::new(|builder| builder).await;
    let answer = under.alpha("ListBackups", "north-1", json!({})).await;
    assert_eq!(answer["RequestId"], "d2c7fc5e-256d-4604-ac58-6e1d0aba9f58");
    let seeded = Under::new(|builder| builder.seed(1)).await;
    assert_ne!(seeded.alpha("ListBackups", "north-1", json!({})).await["RequestId"], answer["RequestId"]);
}

#[tokio::test]
async fn a_snapshot_goes_on_where_it_was_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("on-disk.rdb");
    std::fs::write(&path, "on disk").unwrap();
    let world = World::default().account(Account::new("A", "secret-a").expires(Moment::later(HOUR))).service(
        "alpha",
        |service| {
            service.region("north-1", |region| {
                region.instance(INSTANCE, |instance| {
                    instance
                        .name("a name")
                        .backup(finished(BACKUP).file("1.rdb", path.clone()).expires(Moment::later(9 * HOUR)))
                        .backup(Backup::new(RUNNING).takes(HOUR).automatic().file("0.rdb", Recipe::keys(9)))
                        .backup(finished("failed").fails().file("1.rdb", Source::Sample(2)))
                })
            })
        },
    );
    let under = Under::new(|builder| builder.world(world).seed(5)).await;
    everything(&under).await;
    let snapshot = under.emulator.snapshot();
    let text = serde_json::to_string(&snapshot).unwrap();
    let shown = format!("{snapshot:?}");
    assert!(text.contains("secret-a") && !shown.contains("secret-a"), "{shown}");

    let after = everything(&under).await;
    assert!(after != everything(&under).await, "calls count");
    under.emulator.restore(&snapshot).unwrap();
    assert!(after == everything(&under).await, "the same emulator goes on differently");

    let read: Snapshot = serde_json::from_str(&text).unwrap();
    assert_eq!(read, snapshot);
    let other = Under::new(|builder| builder.restore(read)).await;
    assert!(after == everything(&other).await, "another emulator goes on differently");
    assert_eq!(
        serde_json::to_string(&{
            other.emulator.restore(&snapshot).unwrap();
            other.emulator.snapshot()
        })
        .unwrap(),
        text
    );
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_changes_nothing() {
    let under = Under::new(|builder| builder).await;
    let good = serde_json::to_value(under.emulator.snapshot()).unwrap();
    let mut of_another_version = good.clone();
    of_another_version["version"] = json!(99);
    let mut of_another_service = good.clone();
    of_another_service["services"]["alpah"] = json!({});
    let mut of_no_file = good.clone();
    of_no_file["services"]["alpha"]["regions"]["north-1"]["instances"][0]["backups"][1]["files"][0] =
        json!({"path": "/nowhere/at/all.rdb"});
    for (bad, hint) in [
        (of_another_version, "version 99"),
        (of_another_service, "\"alpha\"?"),
        (of_no_file, "/nowhere/at/all.rdb"),
    ] {
        let bad: Snapshot = serde_json::from_value(bad).unwrap();
        let problem = under.emulator.restore(&bad).unwrap_err().to_string();
        assert!(problem.contains(hint), "{problem}");
        let refused = Emulator::builder().services(support::SERVICES).restore(bad).start().await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
    }
    assert_eq!(serde_json::to_value(under.emulator.snapshot()).unwrap(), good);
    let mut unknown = good.clone();
    unknown["more"] = json!(1);
    assert!(serde_json::from_value::<Snapshot>(unknown).is_err());
}

#[tokio::test]
async fn a_reset_goes_back_to_the_start() {
    let under = Under::new(|builder| builder.seed(2)).await;
    let start = under.emulator.snapshot();
    let first = everything(&under).await;
    under.emulator.delete_backup("alpha", INSTANCE, BACKUP).unwrap();
    under.emulator.reset();
    assert_eq!(under.emulator.snapshot(), start);
    assert!(first == everything(&under).await);
}

#[tokio::test]
async fn a_nonce_is_fresh_again_after_a_reset() {
    let under = Under::new(|builder| builder).await;
    let call = async |nonce: &str| {
        let url = under.emulator.endpoint("beta").unwrap();
        let mut draft = beta_call("POST", &[("Action", "List")], host(url));
        let mut signing = under.signing(BETA.service);
        nonce.clone_into(&mut signing.nonce);
        signing.sign(BETA.service, &mut draft);
        send(url, &draft).await.json()["code"].as_i64().unwrap()
    };
    assert_eq!((call("1").await, call("1").await), (0, 4500));
    under.emulator.reset();
    assert_eq!((call("1").await, call("1").await), (0, 4500));
}
