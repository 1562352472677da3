//! Every invented cloud, against the emulator: lists, page by page, links, downloads, refusals.

use rdbfetch::download::{Options, pull};
use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::service::{Class, Field, Operation, PageBy, Projection, Root};
use rdbfetch::value::Value;
use rdbfetch::{BackupId, Cloud, Credentials, Error, State, Timestamp, projection};
use rdbfetch_clouds::services;
use rdbfetch_emulator::{Emulator, Sample};

/// A secret that is none, in a form that every signature can use.
const SECRET: &str = "c0ffee00";

async fn emulator() -> Emulator {
    Emulator::builder().services(services()).start().await.expect("a free port on loopback")
}

/// A client of a service at the emulator.
fn client(emulator: &Emulator, metadata: &ServiceMetadata, credentials: Credentials) -> Cloud {
    let (service, sample) = (metadata.service, sample(emulator, metadata));
    let required = service.settings.iter().filter(|setting| setting.required);
    let configured = required.fold(Cloud::builder(service), |builder, setting| match setting.name {
        "region" => builder.region(&*sample.region),
        name => builder.setting(name, "any"),
    });
    let endpoint = emulator.endpoint(service.name).expect("the emulator serves every service");
    configured.endpoint(endpoint).credentials(credentials).build().expect("everything is configured")
}

fn sample<'e>(emulator: &'e Emulator, metadata: &ServiceMetadata) -> &'e Sample {
    emulator.sample(metadata.service.name).expect("every service has a sample")
}

/// Whether any operation has such a projection.
fn has_links(metadata: &ServiceMetadata) -> bool {
    metadata.service.operations.iter().any(|operation| !operation.links.is_empty())
}

fn has_backups(metadata: &ServiceMetadata) -> bool {
    metadata.service.operations.iter().any(|operation| !operation.backups.is_empty())
}

#[test]
fn there_are_clouds_with_links_and_lists() {
    assert!(services().iter().filter(|metadata| has_links(metadata)).count() >= 30);
    assert!(services().iter().filter(|metadata| has_backups(metadata)).count() >= 30);
}

#[tokio::test]
async fn lists_are_whole_and_in_order() {
    let emulator = emulator().await;
    for metadata in services().iter().filter(|metadata| has_backups(metadata)) {
        let name = metadata.service.name;
        let cloud = client(&emulator, metadata, emulator.credentials().clone());
        let sample = sample(&emulator, metadata);
        let backups = cloud.backups(&sample.instance).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(backups.len() >= 3, "{name}: {backups:?}");
        assert!(
            backups.windows(2).all(|pair| pair[0].created_at >= pair[1].created_at),
            "{name}: {backups:?}"
        );
        let latest =
            cloud.latest_backup(&sample.instance).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(latest.backup, sample.backup, "{name}");
        assert!(matches!(latest.state, State::Finished), "{name}: {latest:?}");
    }
}

#[tokio::test]
async fn links_lead_to_files() {
    let emulator = emulator().await;
    for metadata in services().iter().filter(|metadata| has_links(metadata)) {
        let name = metadata.service.name;
        let cloud = client(&emulator, metadata, emulator.credentials().clone());
        let sample = sample(&emulator, metadata);
        let backup = BackupId::new(&*sample.instance, &*sample.backup);
        let links = cloud.backup_links(&backup).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!links.files.is_empty(), "{name}");
        assert!(links.files.iter().all(|file| file.public_url.is_some()), "{name}: {links:?}");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let options = Options::new(folder.path());
        let pulled = pull(&cloud, &backup, &options, Vec::new(), &mut |_| {})
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(pulled.files.len(), links.files.len(), "{name}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let emulator = emulator().await;
    for metadata in services() {
        let name = metadata.service.name;
        let cloud = client(&emulator, metadata, emulator.credentials().clone());
        let sample = sample(&emulator, metadata);
        if has_links(metadata) {
            // Some services know backups by an id of their own and are not told the instance.
            let told = asks(metadata, |operation| operation.links, Field::Instance);
            let wrong = [("nobody", &*sample.backup), (&*sample.instance, "nothing")];
            for (instance, backup) in wrong.into_iter().skip(usize::from(!told)) {
                let outcome = cloud.backup_links(&BackupId::new(instance, backup)).await;
                not_found(name, outcome.map(|links| links.files.len()));
            }
        }
        if has_backups(metadata) {
            not_found(name, cloud.backups("nobody").await.map(|backups| backups.len()));
        }
    }
}

/// Whether a field of the uniform model is a parameter of the operations with such projections.
fn asks(
    metadata: &ServiceMetadata,
    projections: fn(&Operation) -> &'static [Projection],
    field: Field,
) -> bool {
    let operations = metadata.service.operations.iter();
    let mut sources =
        operations.flat_map(|operation| projections(operation)).flat_map(|one| one.field(field));
    sources.any(|source| matches!(source.place.root, Root::Request(_)))
}

fn not_found(service: &str, outcome: Result<usize, Error>) {
    let Err(error) = outcome else { panic!("{service}: {outcome:?}") };
    match &error {
        Error::Api(api) => assert_eq!(api.class, Class::NotFound, "{service}: {error}"),
        // A numeric id cannot be `nobody`, and an answer can have no error for a backup that is not in it.
        Error::Invalid(_) | Error::NoBackup(_) | Error::NoInstance(_) | Error::Answer { .. } => {}
        _ => panic!("{service}: {error}"),
    }
}

#[tokio::test]
async fn what_is_not_finished_has_no_links() {
    let emulator = emulator().await;
    for metadata in services().iter().filter(|metadata| has_links(metadata) && has_backups(metadata)) {
        let name = metadata.service.name;
        let cloud = client(&emulator, metadata, emulator.credentials().clone());
        let sample = sample(&emulator, metadata);
        let backups = cloud.backups(&sample.instance).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let Some(running) = backups.iter().find(|backup| backup.state == State::Running) else { continue };
        let outcome = cloud.backup_links(&BackupId::new(&*sample.instance, &*running.backup)).await;
        let Err(error) = outcome else { panic!("{name}: {outcome:?}") };
        match &error {
            Error::Api(api) => {
                assert!(matches!(api.class, Class::NotReady | Class::NotFound), "{name}: {error}")
            }
            Error::NotReady(_) => {}
            _ => panic!("{name}: {error}"),
        }
    }
}

#[tokio::test]
async fn pages_that_are_none_are_refused() {
    let emulator = emulator().await;
    let mut refused = 0;
    for metadata in services() {
        let cloud = client(&emulator, metadata, emulator.credentials().clone());
        let sample = sample(&emulator, metadata);
        for operation in metadata.service.operations.iter().copied() {
            let Some(PageBy::Token(token, _) | PageBy::Link(token, _)) =
                operation.paging.as_ref().map(|paging| &paging.by)
            else {
                continue;
            };
            let fields = [(Field::Instance, &*sample.instance)];
            let mut parameters =
                projection::parameters(operation, operation.backups, &fields, None, Timestamp::now());
            parameters.push((token, Value::from("4294967295")));
            let outcome = cloud.call(operation, parameters).await;
            let Err(Error::Api(error)) = outcome else { panic!("{}: {outcome:?}", operation.name) };
            assert_eq!(error.class, Class::Invalid, "{}: {error}", operation.name);
            refused += 1;
        }
    }
    assert!(refused >= 5, "tokens, markers and links are all there");
}

#[tokio::test]
async fn strangers_are_refused() {
    let emulator = emulator().await;
    for metadata in services() {
        let name = metadata.service.name;
        let sample = sample(&emulator, metadata);
        let known = emulator.credentials();
        for stranger in [Credentials::new("STRANGER", SECRET), Credentials::new(known.access_key(), SECRET)] {
            let cloud = client(&emulator, metadata, stranger);
            let outcome = match (has_backups(metadata), has_links(metadata)) {
                (true, _) => cloud.backups(&sample.instance).await.map(|backups| backups.len()),
                (false, true) => {
                    let backup = BackupId::new(&*sample.instance, &*sample.backup);
                    cloud.backup_links(&backup).await.map(|links| links.files.len())
                }
                (false, false) => continue,
            };
            let Err(Error::Api(error)) = outcome else { panic!("{name}: {outcome:?}") };
            assert_eq!(error.class, Class::Auth, "{name}: {error}");
        }
    }
}

/// Some clients compare what the server signed with what they signed themselves, and take it out of the message.
#[tokio::test]
async fn a_message_shows_what_the_server_signed() {
    let emulator = emulator().await;
    let name = "suffixed-key";
    let metadata = services().iter().find(|metadata| metadata.service.name == name).expect("there is one");
    let instance = sample(&emulator, metadata).instance.clone();
    let message = async |access_key: &str| {
        let cloud = client(&emulator, metadata, Credentials::new(access_key, SECRET));
        let Err(Error::Api(error)) = cloud.backups(&instance).await else { panic!("{name} takes {SECRET}") };
        (error.code, error.message)
    };
    let (code, shown) = message(emulator.credentials().access_key()).await;
    assert_eq!(code, "SignatureDoesNotMatch");
    let (before, signed) = shown.split_once("server string to sign is:").expect("the vendor's text");
    assert_eq!(before, "Specified signature is not matched with our calculation. ");
    assert!(signed.starts_with("GET&%2F&AccessKeyId%3D"), "{signed}");
    assert!(signed.contains("Action%3DListBackups"), "{signed}");
    assert!(!signed.contains(SECRET) && !signed.contains(emulator.credentials().secret()), "{signed}");
    let (code, message) = message("STRANGER").await;
    assert_eq!((&*code, message.contains("string to sign")), ("BadKey", false), "{message}");
}

/// What a vendor says differs from situation to situation, also where the code is one. A region is one that there is, also
/// where nothing but the signature names it, and answers tell it.
#[tokio::test]
async fn messages_and_regions_are_those_of_the_call() {
    let emulator = emulator().await;
    let metadata =
        services().iter().find(|metadata| metadata.service.name == "derived-key").expect("there is one");
    let Sample { region, instance, .. } = sample(&emulator, metadata);
    let operation = metadata.service.operations.iter().find(|operation| operation.name == "ListBackups");
    let operation = operation.expect("there is one");
    let call = async |credentials: Credentials, region: &str, instance: &str| {
        let endpoint = emulator.endpoint("derived-key").expect("the emulator serves every service");
        let builder = Cloud::builder(metadata.service).region(region).endpoint(endpoint);
        let cloud = builder.credentials(credentials).build().expect("everything is configured");
        cloud.call(operation, vec![("instance", Value::from(instance))]).await
    };
    let told = async |credentials: Credentials, region: &str, instance: &str| match call(
        credentials,
        region,
        instance,
    )
    .await
    {
        Err(Error::Api(error)) => (error.code, error.message),
        other => panic!("{other:?}"),
    };
    let known = || emulator.credentials().clone();
    let (code, message) = told(Credentials::new("STRANGER", SECRET), region, instance).await;
    assert_eq!((&*code, &*message), ("BadKey", "The access key [STRANGER] is not known."));
    let wrong = Credentials::new(known().access_key(), SECRET);
    let (code, message) = told(wrong, region, instance).await;
    let signed = format!("/{region}/redis/request.");
    assert!(
        code == "BadKey" && message.starts_with("The scope is 2") && message.ends_with(&signed),
        "{message}"
    );
    let (code, message) = told(known(), "nowhere", instance).await;
    assert_eq!((&*code, &*message), ("NoRegion", "there is no region \"nowhere\"!"));
    let (code, _) = told(known(), region, "nobody").await;
    assert_eq!(code, "NotFound");
    let reply = call(known(), region, instance).await.expect("nothing is wrong");
    let body: Value = serde_json::from_slice(&reply.body).expect("JSON");
    assert_eq!(body["about"]["region"], Value::from(&**region));
    assert_eq!(body["about"]["product"], "redis");
}
