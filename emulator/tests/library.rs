//! What the library's client makes of every fault, whatever the service.

use std::time::Duration;

use rdbfetch::metadata::{ServiceMetadata, services};
use rdbfetch::service::{Class, When};
use rdbfetch::{BackupId, BackupLinks, Cloud, Error, Instance, Retry, TransportErrorKind};
use rdbfetch_emulator::{Emulator, Fault, Verdict};

/// An emulator with this rule, and a client of a service for the links of its sample.
async fn links(metadata: &'static ServiceMetadata, rule: Fault) -> (Emulator, Result<BackupLinks, Error>) {
    let name = metadata.service.name;
    let emulator = Emulator::builder().fault(rule.named("it")).start().await.unwrap();
    let sample = emulator.sample(name).unwrap().clone();
    let mut builder = Cloud::builder(metadata.service)
        .endpoint(emulator.endpoint(name).unwrap())
        .credentials(emulator.credentials().clone())
        .timeout(Duration::from_secs(30))
        .retry(Retry::none())
        .clock_correction(false);
    for setting in metadata.service.settings.iter().filter(|one| one.required || one.name == "region") {
        builder = match setting.name {
            "region" => builder.region(&sample.region),
            other => builder.setting(other, "any"),
        };
    }
    let cloud = builder.build().unwrap();
    // One call is what the rules are for: nothing has to be looked up.
    cloud.remember(Instance::new(&sample.instance));
    let links = cloud.backup_links(&BackupId::new(&sample.instance, &sample.backup)).await;
    (emulator, links)
}

/// What a client was told, in a word.
fn word(result: &Result<BackupLinks, Error>) -> String {
    match result {
        Ok(links) => format!("{} files", links.files.len()),
        Err(Error::Transport(error)) => format!("{:?}", error.kind),
        Err(Error::Api(error)) => format!("{:?}", error.class),
        Err(Error::Answer { .. }) => "Answer".to_owned(),
        Err(other) => panic!("{other:?}"),
    }
}

/// Whether a service's spec has an error for a situation in the operation that gives links.
fn tells(metadata: &ServiceMetadata, when: When) -> bool {
    let links = rdbfetch::Question::Links.operation(metadata.service).unwrap();
    links.errors.iter().chain(metadata.service.errors).any(|error| error.when.contains(&when))
}

#[tokio::test]
async fn every_fault_of_a_service_is_told_for_what_it_is() {
    for metadata in services() {
        let name = metadata.service.name;
        let rule = || Fault::on(name).api();
        let sound = links(metadata, Fault::on(name).method("NONE").reset()).await.1.unwrap().files.len();
        let files = |count: usize| format!("{count} files");
        for (rule, expected) in [
            (rule().latency(Duration::from_millis(1)), files(sound)),
            (rule().reset(), "Broken".to_owned()),
            (rule().reset_after(10), "Broken".to_owned()),
            (rule().cut(10), "Broken".to_owned()),
            // Without a length a body that is cut is broken JSON.
            (rule().cut_unseen(10), "Answer".to_owned()),
            (rule().truncated_length(10), "Answer".to_owned()),
            (rule().no_length(), files(sound)),
            (rule().refuse(), "Connect".to_owned()),
            (rule().body("<html>", "text/html"), "Answer".to_owned()),
            (rule().deep(100_000), "Answer".to_owned()),
            (rule().huge(1 << 20), files(sound)),
        ] {
            let shown = format!("{name}: {rule:?}");
            let (emulator, result) = links(metadata, rule).await;
            assert_eq!(word(&result), expected, "{shown}: {result:?}");
            let Some(call) = emulator.journal().last().cloned() else {
                assert_eq!(expected, "Connect", "{shown}");
                continue;
            };
            assert_eq!(call.faults.len(), 1, "{shown}: {call:?}");
            let late = matches!(call.verdict, Verdict::Answered);
            assert_eq!(late, shown.contains("latency: Some"), "{shown}: {call:?}");
        }
        for status in [500, 502, 503, 504, 429] {
            let error = links(metadata, rule().status(status)).await.1.unwrap_err();
            assert!(!matches!(&error, Error::Transport(_)), "{name}: {error:?}");
            assert!(error.to_string().contains(&status.to_string()), "{name}: {error}");
        }
    }
}

#[tokio::test]
async fn situations_have_their_class() {
    for metadata in services() {
        let name = metadata.service.name;
        for (when, class) in [
            (When::NotReady, Class::NotReady),
            (When::NoBackup, Class::NotFound),
            (When::NoInstance, Class::NotFound),
            (When::Throttled, Class::Throttled),
            (When::BadSignature, Class::Auth),
            (When::UnknownKey, Class::Auth),
            (When::Denied, Class::Denied),
        ] {
            if !tells(metadata, when) {
                continue;
            }
            let (_, result) = links(metadata, Fault::on(name).when(when)).await;
            // One code can stand for several situations.
            let api =
                result.as_ref().unwrap_err().api().unwrap_or_else(|| panic!("{name} {when:?}: {result:?}"));
            let told: Vec<Class> = metadata
                .service
                .operations
                .iter()
                .flat_map(|operation| operation.errors)
                .chain(metadata.service.errors)
                .filter(|error| error.when.contains(&when))
                .map(|error| error.class)
                .collect();
            assert!(told.contains(&api.class), "{name} {when:?}: {api:?}");
            if name == "tencent" {
                assert_eq!(api.class, class, "{when:?}");
            }
        }
        let error = links(metadata, Fault::on(name).throttle(Duration::from_secs(3))).await.1.unwrap_err();
        assert!(error.retryable(), "{name}: {error:?}");
    }
}

#[tokio::test]
async fn clocks_that_are_wrong_are_told() {
    for metadata in services().iter().filter(|one| one.service.clock_window.is_some()) {
        let name = metadata.service.name;
        let window = i64::from(metadata.service.clock_window.unwrap());
        for milliseconds in [-(window + 60) * 1000, (window + 60) * 1000] {
            let (emulator, result) = links(metadata, Fault::on(name).clock_skew(milliseconds)).await;
            assert_eq!(word(&result), "Auth", "{name}: {result:?}");
            let call = emulator.journal().last().cloned().unwrap();
            assert!(
                matches!(call.verdict, Verdict::Refused { when: Some(When::ExpiredClock), .. }),
                "{name}: {call:?}"
            );
        }
    }
}

#[tokio::test]
async fn links_that_are_not_there_are_not_invented() {
    for metadata in services() {
        let name = metadata.service.name;
        let (_, sound) = links(metadata, Fault::on(name).method("NONE").reset()).await;
        let sound = sound.unwrap();
        let (_, nothing) = links(metadata, Fault::on(name).null_links()).await;
        match &nothing {
            Ok(links) => assert!(
                links.files.iter().all(|file| file.public_url.is_none() && file.internal_url.is_none()),
                "{name}: {links:?}"
            ),
            Err(error) => assert!(matches!(error, Error::Answer { .. }), "{name}: {error:?}"),
        }
        let (_, fewer) = links(metadata, Fault::on(name).missing_last_shard()).await;
        match fewer {
            Ok(fewer) => assert_eq!(fewer.files.len() + 1, sound.files.len(), "{name}"),
            Err(error) => {
                assert!(sound.files.len() == 1 && matches!(error, Error::Answer { .. }), "{name}: {error:?}");
            }
        }
        // A text where a number was, and the other way round, is either read or told.
        let (_, odd) = links(metadata, Fault::on(name).wrong_types()).await;
        assert!(matches!(&odd, Err(Error::Answer { .. })), "{name}: {odd:?}");
        let (_, twice) = links(metadata, Fault::on(name).duplicate_keys()).await;
        assert!(!matches!(&twice, Err(Error::Transport(_))), "{name}: {twice:?}");
    }
}

#[tokio::test]
async fn a_stalled_answer_runs_into_the_clients_timeout() {
    for metadata in services() {
        let name = metadata.service.name;
        let emulator = Emulator::builder().fault(Fault::on(name).api().stall_after(5)).start().await.unwrap();
        let sample = emulator.sample(name).unwrap().clone();
        let settings = metadata.service.settings.iter().filter(|one| one.required && one.name != "region");
        let builder = Cloud::builder(metadata.service)
            .endpoint(emulator.endpoint(name).unwrap())
            .credentials(emulator.credentials().clone())
            .region(&sample.region)
            .timeout(Duration::from_millis(300));
        let cloud = settings.fold(builder, |builder, one| builder.setting(one.name, "any")).build().unwrap();
        let error = cloud.backup_links(&BackupId::new(&sample.instance, &sample.backup)).await.unwrap_err();
        match error {
            Error::Transport(error) => {
                assert_eq!(error.kind, TransportErrorKind::Timeout, "{name}: {error:?}")
            }
            other => panic!("{name}: {other:?}"),
        }
        let call = emulator.wait_for(|call| call.sent().is_some()).await;
        assert_eq!(call.sent().map(|sent| (sent.bytes, sent.whole)), Some((5, false)), "{name}");
    }
}
