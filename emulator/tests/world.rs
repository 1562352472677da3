//! Worlds that tests declare: regions, accounts, backups through their life.

mod support;

use std::time::Duration;

use rdbfetch::Timestamp;
use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::rdb::{self, Verdict as Rdb};
use rdbfetch::service::When;
use rdbfetch_emulator::world::{Account, Backup, Moment, Recipe, Source, World};
use rdbfetch_emulator::{Clock, Emulator, StateError};
use serde_json::{Value, json};
use support::under::{Under, finished};
use support::{BACKUP, INSTANCE, fetch, start};

const HOUR: Duration = Duration::from_secs(3600);

/// Three services with two regions each, an instance in each region.
fn two_regions() -> World {
    ["alpha", "beta", "gamma"].iter().fold(World::empty(), |world, name| {
        world.service(name, |service| {
            service
                .region("north-1", |region| region.instance("in-north", |i| i.backup(finished("b-north"))))
                .region("south-1", |region| region.instance("in-south", |i| i.backup(finished("b-south"))))
        })
    })
}

#[tokio::test]
async fn an_instance_is_found_in_its_region_only() {
    let under = Under::of(two_regions()).await;
    let code = async |region: &str, instance: &str, backup: &str| {
        let body = json!({"Instance": instance, "Backup": backup});
        let answer = under.alpha("GetLinks", region, body).await;
        answer["Error"]["Code"].as_str().unwrap_or("ok").to_owned()
    };
    assert_eq!(code("north-1", "in-north", "b-north").await, "ok");
    assert_eq!(code("south-1", "in-south", "b-south").await, "ok");
    assert_eq!(code("south-1", "in-north", "b-north").await, "NoInstance");
    assert_eq!(code("west-1", "in-north", "b-north").await, "NoRegion");
    assert_eq!(code("NORTH-1", "in-north", "b-north").await, "NoRegion");
    assert_eq!(under.list().await, [("b-north".to_owned(), json!(2))]);
    assert_eq!(under.alpha("ListBackups", "west-1", json!({})).await["Error"]["Code"], "NoRegion");

    let stores = async |region: &str| {
        let path = format!("/v1/regions/{region}/stores");
        under.gamma(&path, &[]).await.json()["result"]["stores"].take()
    };
    assert_eq!(stores("south-1").await, json!([{"id": "in-south"}]));
    under.gamma("/v1/regions/west-1/stores", &[]).await;
    assert_eq!(under.refused(), Some(When::WrongRegion));

    // Who cannot name a region sees all of them.
    let all = under.beta(&[("Action", "List")]).await.json();
    assert_eq!(all["list"].as_array().unwrap().len(), 2, "{all}");
}

#[tokio::test]
async fn a_service_that_is_not_declared_is_empty_or_has_its_samples() {
    let declared = |world: World| world.service("alpha", |s| s.region("north-1", |r| r));
    let under = Under::of(declared(World::empty())).await;
    assert!(under.list().await.is_empty(), "a region without instances has an empty list");
    assert_eq!(under.links(INSTANCE, BACKUP).await, "NoInstance");
    assert_eq!(under.beta(&[("Action", "List")]).await.json()["list"], json!([]));
    assert_eq!(under.emulator.sample("beta"), None);

    let under = Under::of(declared(World::default())).await;
    assert!(under.list().await.is_empty());
    assert_eq!(under.beta(&[("Action", "List")]).await.json()["list"].as_array().unwrap().len(), 3);
    assert_eq!(under.emulator.sample("alpha"), None);
    assert_eq!(under.emulator.sample("beta").unwrap().backup, BACKUP);
}

fn accounts() -> World {
    World::empty()
        .account(Account::new("A", "secret-a"))
        .account(Account::new("B", "secret-b").deny("alpha/GetLinks").deny("List"))
        .account(Account::new("C", "secret-c").services(["beta"]))
        .account(Account::new("T", "secret-t").token("token-t").of("A").expires(Moment::later(HOUR)))
        .account(Account::new("N", "secret-n").refuse_tokens())
        .service("alpha", |service| {
            service.region("north-1", |region| {
                region
                    .instance("everybodys", |i| i.backup(finished("b-1")))
                    .instance("of-a", |i| i.account("A").backup(finished("b-2")))
            })
        })
}

#[tokio::test]
async fn accounts_see_and_do_what_they_may() {
    let under = Under::of(accounts()).await;
    assert_eq!(under.emulator.credentials().access_key(), "A");
    assert_eq!(under.emulator.temporary_credentials().access_key(), "T");
    assert_eq!(under.links("of-a", "b-2").await, "ok");
    assert_eq!(under.list().await.len(), 2);

    let under = under.with("B", "secret-b", None);
    assert_eq!(under.links("everybodys", "b-1").await, "Denied");
    assert_eq!(under.list().await, [("b-1".to_owned(), json!(2))], "what is another's is not there");
    under.beta(&[("Action", "List")]).await;
    assert_eq!(under.refused(), Some(When::Denied), "an operation of any service");
    let under = under.with("B", "wrong", None);
    assert_eq!(under.links("everybodys", "b-1").await, "Auth.Signature", "who is nobody is not told more");

    let under = under.with("C", "secret-c", None);
    assert_eq!(under.links("everybodys", "b-1").await, "Auth.UnknownKey");
    assert_eq!(under.beta(&[("Action", "List")]).await.json()["list"], json!([]));

    let under = under.with("N", "secret-n", Some("any"));
    assert_eq!(under.links("everybodys", "b-1").await, "Auth.Signature");
    let under = under.with("N", "secret-n", None);
    assert_eq!(under.links("everybodys", "b-1").await, "ok");
    assert_eq!(under.links("of-a", "b-2").await, "NoInstance");

    let under = under.with("AKIDEMULATOR00000001", "5ec2e75ec2e75ec2e75ec2e75ec2e701", None);
    assert_eq!(under.links("everybodys", "b-1").await, "Auth.UnknownKey", "an empty world has no others");
}

#[tokio::test]
async fn temporary_credentials_end() {
    let under = Under::of(accounts()).await.with("T", "secret-t", Some("token-t"));
    assert_eq!(under.links("of-a", "b-2").await, "ok", "they act for their account");
    under.emulator.advance(HOUR - Duration::from_millis(1));
    assert_eq!(under.links("of-a", "b-2").await, "ok");
    under.emulator.advance(Duration::from_millis(1));
    assert_eq!(under.links("of-a", "b-2").await, "Auth.Signature");
    let reason = format!("{:?}", under.emulator.journal().last().unwrap());
    assert!(reason.contains("token") && !reason.contains("token-t"), "{reason}");
}

#[tokio::test]
async fn the_built_in_accounts_stay_unless_replaced() {
    let own = || World::default().account(Account::new("A", "secret-a"));
    let under = Under::of(own()).await;
    assert_eq!(under.emulator.credentials().access_key(), "AKIDEMULATOR00000001");
    assert_eq!(under.links(INSTANCE, BACKUP).await, "ok");
    assert_eq!(under.with("A", "secret-a", None).links(INSTANCE, BACKUP).await, "ok");

    let replaced = Under::of(own().account(Account::new("AKIDEMULATOR00000001", "other"))).await;
    let replaced = replaced.with("AKIDEMULATOR00000001", "other", None);
    assert_eq!(replaced.links(INSTANCE, BACKUP).await, "ok");
    assert_eq!(
        Under::of(World::empty()).await.links("x", "y").await,
        "NoRegion",
        "who has none has the built-in one"
    );
}

#[tokio::test]
async fn backups_go_through_their_life() {
    let world = World::empty().service("alpha", |service| {
        service.region("north-1", |region| {
            region.instance("i", |instance| {
                instance
                    .backup(finished("old").created(Moment::ago(2 * HOUR)).expires(Moment::later(HOUR)))
                    .backup(finished("new").created(Moment::ago(HOUR)).takes(2 * HOUR))
                    .backup(finished("bad").created(Moment::ago(HOUR / 2)).takes(HOUR).fails())
                    .backup(finished("endless").created(Moment::ago(3 * HOUR)).never_ends())
            })
        })
    });
    let under = Under::of(world).await;
    let ids = |list: &[(String, Value)]| list.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
    let list = under.list().await;
    assert_eq!(ids(&list), ["bad", "new", "old", "endless"], "the newest first, however they are declared");
    let states: Vec<Option<i64>> = list.iter().map(|(_, state)| state.as_i64()).collect();
    assert_eq!(states, [Some(1), Some(1), Some(2), Some(1)]);
    let sample = under.emulator.sample("alpha").unwrap();
    assert_eq!((&*sample.instance, &*sample.backup), ("i", "old"));
    let link = under.urls("i", "old").await.remove(0);
    assert_eq!(fetch("GET", &link, &[]).await.body, b"bytes of the file");
    assert_eq!(under.links("i", "new").await, "NotReady");

    under.emulator.advance(HOUR);
    assert_eq!(under.links("i", "new").await, "ok");
    assert_eq!(under.links("i", "bad").await, "NotReady");
    assert_eq!(under.links("i", "endless").await, "NotReady");
    assert_eq!(under.links("i", "old").await, "NoBackup", "it is no longer kept");
    let gone = fetch("GET", &link, &[]).await;
    assert_eq!(gone.status, 404, "{}", gone.text());
    assert_eq!(
        ids(&under.list().await),
        ["bad", "new", "endless"],
        "a service without a word for it lists it no more"
    );
}

#[tokio::test]
async fn backups_are_created_and_deleted() {
    let under = Under::new(|builder| builder.seed(3)).await;
    let emulator = &under.emulator;
    let id = emulator.create_backup("alpha", INSTANCE, HOUR).unwrap();
    assert_eq!(under.list().await[0], (id.clone(), json!(1)), "the newest, and running");
    assert_eq!(under.links(INSTANCE, &id).await, "NotReady");
    emulator.advance(HOUR - Duration::from_millis(1));
    assert_eq!(under.links(INSTANCE, &id).await, "NotReady");
    emulator.advance(Duration::from_millis(1));
    assert_eq!(under.list().await[0], (id.clone(), json!(2)));
    let urls = under.urls(INSTANCE, &id).await;
    assert_eq!(urls.len(), 3, "as many as a sample has");
    let mut contents = Vec::new();
    for url in &urls {
        let bytes = fetch("GET", url, &[]).await.body;
        assert_eq!(rdb::check(&bytes[..]).unwrap().verdict, Rdb::Ok);
        contents.push(bytes);
    }
    assert_ne!(contents[0], contents[1]);

    let second = emulator.create_backup("alpha", INSTANCE, Duration::ZERO).unwrap();
    assert_ne!(id, second);
    assert_eq!(under.links(INSTANCE, &second).await, "ok");
    emulator.delete_backup("alpha", INSTANCE, &id).unwrap();
    assert_eq!(under.links(INSTANCE, &id).await, "NoBackup");
    assert_eq!(fetch("GET", &urls[0], &[]).await.status, 404);
    assert_eq!(emulator.create_backup("beta", INSTANCE, HOUR).unwrap().len(), id.len());

    let endless = emulator.create_backup("alpha", INSTANCE, Duration::MAX).unwrap();
    emulator.advance(1000 * 365 * 24 * HOUR);
    assert_eq!(under.links(INSTANCE, &endless).await, "NotReady");
    emulator.delete_backup("alpha", INSTANCE, &endless).unwrap();

    let refused = emulator.create_backup("alpha", "x", HOUR);
    assert_eq!(refused, Err(StateError::NoInstance("x".to_owned())));
    assert_eq!(emulator.create_backup("x", INSTANCE, HOUR), Err(StateError::NoService("x".to_owned())));
    assert_eq!(emulator.delete_backup("alpha", INSTANCE, &id), Err(StateError::NoBackup(id)));
    assert_eq!(emulator.delete_backup("alpha", "x", &second), Err(StateError::NoInstance("x".to_owned())));
    assert_eq!(under.list().await.len(), 4);
}

#[tokio::test]
async fn pages_that_are_none_are_refused() {
    let under = Under::new(|builder| builder).await;
    let alpha = async |body: Value| {
        under.alpha("ListBackups", "north-1", body).await;
        under.refused()
    };
    assert_eq!(alpha(json!({"Skip": 0, "Count": 1})).await, None);
    assert_eq!(alpha(json!({"Skip": 3})).await, None, "behind the end there is an empty page");
    for body in [
        json!({"Skip": -1}),
        json!({"Skip": i64::MIN}),
        json!({"Skip": "a"}),
        json!({"Skip": 1.5}),
        json!({"Count": 0}),
        json!({"Count": -1}),
        json!({"Count": 101}),
    ] {
        assert_eq!(alpha(body.clone()).await, Some(When::BadValue), "{body}");
    }

    let beta = async |size: &str, next: &str| {
        under.beta(&[("Action", "List"), ("size", size), ("next", next)]).await;
        under.refused()
    };
    for next in ["", "1", "2"] {
        assert_eq!(beta("1", next).await, None, "{next}");
    }
    for next in ["0", "3", "-1", "+1", "1.0", " 1", "a", "18446744073709551616"] {
        assert_eq!(beta("1", next).await, Some(When::BadValue), "{next}");
    }
    for size in ["0", "-1", "a", "1e3", "99999999999999999999"] {
        assert_eq!(beta(size, "1").await, Some(When::BadValue), "{size}");
    }

    let path = format!("/v1/regions/emulated-region/stores/{INSTANCE}/backup");
    for (name, value) in [("page", "0"), ("page", "-1"), ("page", "x"), ("size", "0"), ("size", "-5")] {
        under.gamma(&path, &[(name, value)]).await;
        assert_eq!(under.refused(), Some(When::BadValue), "{name}={value}");
    }
    under.gamma(&path, &[("page", "1")]).await;
    assert_eq!(under.refused(), None);
}

#[tokio::test]
async fn ids_are_numbers_where_the_service_says_so() {
    let of = |id: &str| {
        let backup = finished(id);
        World::empty().service("delta", |s| s.region("r", |r| r.instance("i", |i| i.backup(backup))))
    };
    let emulator = |world| Emulator::builder().services(NUMBERS).world(world).seed(4).start();
    for id in ["a", "1-2", "007", "+1", "-1", "1234567890123456789", "1.0", ""] {
        let text = emulator(of(id)).await.unwrap_err().to_string();
        assert!(text.contains("services.delta.regions.r.instances[0].backups[0].id"), "{id}: {text}");
        assert!(id.is_empty() || text.contains("ids of delta are numbers"), "{id}: {text}");
    }
    emulator(of("0")).await.unwrap();
    let emulator = emulator(of("123456789012345678")).await.unwrap();
    for _ in 0..50 {
        let id = emulator.create_backup("delta", "i", HOUR).unwrap();
        assert!(id.len() == 15 && id.parse::<u64>().is_ok_and(|number| number < 1 << 53), "{id}");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("delta/i/not-a-number")).unwrap();
    std::fs::write(folder.path().join("delta/i/not-a-number/file"), "").unwrap();
    let builder = Emulator::builder().services(NUMBERS).backups(folder.path());
    let text = builder.start().await.unwrap_err().to_string();
    assert!(text.contains("ids of delta are numbers") && text.contains("not-a-number"), "{text}");
}

static NUMBERS: &[&ServiceMetadata] = &[support::DELTA];

#[tokio::test]
async fn an_id_is_never_given_twice() {
    let under = Under::new(|builder| builder).await;
    let first = under.emulator.create_backup("alpha", INSTANCE, HOUR).unwrap();
    // The next emulator has that one already.
    let world = World::empty().service("alpha", |service| {
        service.region("north-1", |region| region.instance(INSTANCE, |i| i.backup(finished(&first))))
    });
    let other = Under::of(world).await;
    assert_ne!(other.emulator.create_backup("alpha", INSTANCE, HOUR).unwrap(), first);
    assert_eq!(other.list().await.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_served_is_told_all_at_once() {
    let world = World::empty()
        .account(Account::new("", "s").of("Z").deny("alpha/GetLink").services(["gama"]))
        .service("alpa", |service| service)
        .service("beta", |service| {
            service.region("north-1", |region| {
                region.instance("i", |i| i.account("Z").backup(finished("b").file("2.rdb", "two"))).instance(
                    "i",
                    |i| {
                        i.backup(Backup::new("c").file("0.rdb", Recipe::keys(1).version(13))).backup(
                            Backup::new("c").file("0.rdb", Source::Sample(3)).never_ends().takes(HOUR),
                        )
                    },
                )
            })
        });
    let error = Emulator::builder().services(support::SERVICES).world(world).start().await.unwrap_err();
    let text = error.to_string();
    for part in [
        "accounts[0].access_key: an access key must not be empty",
        "accounts[0].of: there is no account with the access key \"Z\"",
        "accounts[0].services[0]: there is no service \"gama\"; did you mean \"gamma\"?",
        "accounts[0].denied[0]: there is no operation \"GetLink\"; did you mean \"GetLinks\"?",
        "services.alpa: there is no service \"alpa\"; did you mean \"alpha\"?",
        "services.beta.regions.north-1.instances[0].account: there is no account with the access key \"Z\"",
        "instances[0].backups[0].files: backups of beta have one file each",
        "instances[1].id: there is another instance \"i\"",
        "instances[1].backups[0].files[0].version: version 13 cannot be written: expected 6 to 12",
        "instances[1].backups[1].id: there is another backup \"c\"",
        "instances[1].backups[1].files[0].sample: there is no sample 3: expected 0, 1 or 2",
        "instances[1].backups[1].takes: a backup with `state: running` never ends",
    ] {
        assert!(text.contains(part), "{part}\n\nis not in\n\n{text}");
    }
    assert_eq!(text.lines().count(), 12, "{text}");
}

#[tokio::test]
async fn a_clock_that_is_handed_out_is_the_emulators() {
    let (emulator, clock) = start(|builder| builder).await;
    emulator.advance(HOUR);
    assert_eq!(emulator.clock().now(), clock.now());
    assert_eq!(clock.now(), Timestamp::from_unix(1_700_003_600).unwrap());
    drop(emulator);
    let text: Clock = "frozen:2026-01-02T03:04:05Z".parse().unwrap();
    assert_eq!(text.now().to_string(), "2026-01-02T03:04:05Z");
}
