//! The emulator and the client of every service compiled in, face to face: both run on the same tables, in opposite
//! directions.

mod support;

use std::time::Duration;

use rdbfetch::metadata::{PlacementPiece, ServiceMetadata, services};
use rdbfetch::service::{Class, Convert, Field};
use rdbfetch::{BackupId, Builder, Cloud, Error, State, projection};
use rdbfetch_emulator::world::{Backup, Moment, World};
use rdbfetch_emulator::{Emulator, Sample};
use support::{fetch, host};

fn client(emulator: &Emulator, metadata: &ServiceMetadata) -> (Builder, Sample) {
    let name = metadata.service.name;
    let sample = emulator.sample(name).unwrap().clone();
    let builder = Cloud::builder(metadata.service)
        .endpoint(emulator.endpoint(name).unwrap())
        .credentials(emulator.credentials().clone());
    let needed = metadata.service.settings.iter().filter(|one| one.required || one.name == "region");
    let builder = needed.fold(builder, |builder, setting| match setting.name {
        "region" => builder.region(&sample.region),
        name => builder.setting(name, "any"),
    });
    (builder, sample)
}

/// Whether requests have a place for something.
fn shows(metadata: &ServiceMetadata, what: &[PlacementPiece]) -> bool {
    fn holds(pieces: &[PlacementPiece], what: &[PlacementPiece]) -> bool {
        pieces.iter().any(|piece| match piece {
            PlacementPiece::Base64(inner) => holds(inner, what),
            piece => what.contains(piece),
        })
    }
    let mut placements = metadata.variants.iter().flat_map(|variant| variant.placements);
    placements.any(|placement| holds(placement.pattern, what))
}

/// Whether requests have a place for the token of temporary credentials.
fn shows_token(metadata: &ServiceMetadata) -> bool {
    shows(metadata, &[PlacementPiece::Token, PlacementPiece::TokenBase64])
}

fn class(error: &Error) -> Option<Class> {
    match error {
        // What no service says, but its list shows.
        Error::NoBackup(_) => Some(Class::NotFound),
        Error::NotReady(_) => Some(Class::NotReady),
        other => other.api().map(|error| error.class),
    }
}

#[tokio::test]
async fn backups_and_links_come_back_as_the_uniform_model() {
    let emulator = Emulator::builder().start().await.unwrap();
    for metadata in services() {
        let name = metadata.service.name;
        let (builder, sample) = client(&emulator, metadata);
        let cloud = builder.build().unwrap();
        let backups = cloud.backups(&sample.instance).await.unwrap();
        let states: Vec<State> = backups.iter().map(|backup| backup.state).collect();
        assert_eq!(states, [State::Running, State::Finished, State::Finished], "{name}");
        let latest = cloud.latest_backup(&sample.instance).await.unwrap();
        assert_eq!((&latest.backup, latest.backup == backups[1].backup), (&sample.backup, true), "{name}");

        let links = cloud.backup_links(&BackupId::new(&sample.instance, &sample.backup)).await.unwrap();
        assert!(!links.files.is_empty(), "{name}");
        let projections = metadata.service.operations.iter().flat_map(|operation| operation.links);
        let unit = projections.map(|one| projection::size_unit(std::slice::from_ref(one))).max().unwrap_or(1);
        for file in &links.files {
            assert!(file.expires_at.is_some_and(|at| at > cloud.now()), "{name}");
            for link in file.public_url.iter().chain(&file.internal_url) {
                let reply = fetch("GET", link.expose(), &[]).await;
                assert_eq!(
                    (reply.status, &reply.body[..5]),
                    (200, &b"REDIS"[..]),
                    "{name} at {}",
                    host(link.expose())
                );
                // Sizes in KB and the like are rounded up.
                let rounded = (reply.body.len() as u64).next_multiple_of(unit);
                assert!(file.size.is_none_or(|size| size == rounded), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn every_variant_form_and_kind_of_credentials_is_taken() {
    let emulator = Emulator::builder().start().await.unwrap();
    for metadata in services() {
        let auth = &metadata.service.auth;
        let lists = rdbfetch::Question::Backups.operation(metadata.service);
        let methods = lists.into_iter().flat_map(|operation| {
            [operation.method].into_iter().chain(operation.also.iter().map(|form| form.method))
        });
        let mut methods: Vec<&str> = methods.collect();
        methods.sort_unstable();
        methods.dedup();
        for variant in auth.variants {
            for method in &methods {
                for credentials in [
                    emulator.credentials().clone(),
                    emulator.credentials().clone().with_token("any+token/=="),
                    emulator.temporary_credentials().clone(),
                ] {
                    if credentials == *emulator.temporary_credentials() && !shows_token(metadata) {
                        continue;
                    }
                    let (builder, sample) = client(&emulator, metadata);
                    let builder = builder.signature(variant.name).method(*method).credentials(credentials);
                    let cloud = builder.build().unwrap();
                    let backups = cloud.backups(&sample.instance).await;
                    let what = format!("{} {} {method}", metadata.service.name, variant.name);
                    assert_eq!(backups.unwrap_or_else(|error| panic!("{what}: {error}")).len(), 3, "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn refusals_come_back_as_what_they_are() {
    let emulator = Emulator::builder().start().await.unwrap();
    for metadata in services() {
        let name = metadata.service.name;
        let (builder, sample) = client(&emulator, metadata);
        let cloud = builder.build().unwrap();
        let links = async |instance: &str, backup: &str| {
            let error = cloud.backup_links(&BackupId::new(instance, backup)).await.unwrap_err();
            class(&error).unwrap_or_else(|| panic!("{name}: {error}"))
        };
        assert_eq!(links("emulated-9", &sample.backup).await, Class::NotFound, "{name}");
        assert_eq!(links("区 +&=%2B~*'()\"\\", &sample.backup).await, Class::NotFound, "{name}");
        assert_eq!(links(&sample.instance, "9").await, Class::NotFound, "{name}");
        let running = &cloud.backups(&sample.instance).await.unwrap()[0].backup;
        assert!(
            matches!(links(&sample.instance, running).await, Class::NotReady | Class::NotFound),
            "{name}"
        );

        for (access_key, secret) in
            [(emulator.credentials().access_key(), "wrong"), ("wrong", emulator.credentials().secret())]
        {
            if access_key == "wrong" && !shows(metadata, &[PlacementPiece::AccessKey]) {
                continue;
            }
            let (builder, sample) = client(&emulator, metadata);
            let credentials = rdbfetch::Credentials::new(access_key, secret);
            let cloud = builder.credentials(credentials).build().unwrap();
            let error = cloud.backups(&sample.instance).await.unwrap_err();
            assert_eq!(class(&error), Some(Class::Auth), "{name}: {error}");
        }
        if metadata.service.clock_window.is_some() {
            let (builder, sample) = client(&emulator, metadata);
            let late = || rdbfetch::Timestamp::now().plus_seconds(-86_400);
            let cloud = builder.clock(late).clock_correction(false).build().unwrap();
            let error = cloud.backups(&sample.instance).await.unwrap_err();
            assert_eq!(class(&error), Some(Class::Auth), "{name}: {error}");
        }
    }
}

#[tokio::test]
async fn every_state_is_told_where_the_service_has_a_word_for_it() {
    let hour = Duration::from_secs(3600);
    let old = |id: &str| Backup::new(id).created(Moment::ago(3 * hour)).automatic();
    for metadata in services() {
        let world = World::default().service(metadata.service.name, |service| {
            service.region("somewhere", |region| {
                region.instance("i", |instance| {
                    instance
                        .backup(old("1").takes(4 * hour))
                        .backup(old("2"))
                        .backup(old("3").fails())
                        .backup(old("4").expires(Moment::ago(hour)))
                })
            })
        });
        let emulator = Emulator::builder().world(world).start().await.unwrap();
        let (builder, _) = client(&emulator, metadata);
        let found = builder.build().unwrap().backups("i").await.unwrap();
        let words = metadata.service.operations.iter().flat_map(|operation| operation.backups);
        let words: Vec<&str> = words
            .flat_map(|projection| projection.field(Field::State))
            .filter_map(|source| if let Convert::Words(words) = source.convert { Some(words) } else { None })
            .flat_map(|words| words.iter().map(|(ours, _)| *ours))
            .collect();
        let known = |word: &str| words.contains(&word);
        let of = |id: &str| found.iter().find(|one| one.backup == id).map(|one| one.state);
        let name = metadata.service.name;
        assert_eq!(of("1"), Some(State::Running), "{name}");
        assert_eq!(of("2"), Some(State::Finished), "{name}");
        match known("failed") {
            true => assert_eq!(of("3"), Some(State::Failed), "{name}"),
            // The client may ask for certain states only.
            false => assert!(matches!(of("3"), None | Some(State::Unknown)), "{name}: {:?}", of("3")),
        }
        assert_eq!(of("4"), known("expired").then_some(State::Expired), "{name}");
    }
}
