//! The typed clients, as a service's author uses them, against the emulator.

use rdbfetch::check::{Strictness, ViolationKind};
use rdbfetch::tencent::describe_backup_url::{self, BackupLimitVpcItem, LimitType};
use rdbfetch::tencent::describe_instance_backups;
use rdbfetch::{Credentials, Error, tencent, ucloud};
use rdbfetch_emulator::Emulator;

async fn emulator() -> Emulator {
    Emulator::builder().start().await.expect("a free port on loopback")
}

fn endpoint(emulator: &Emulator, service: &str) -> String {
    emulator.endpoint(service).expect("the emulator serves every service").to_owned()
}

fn tencent(emulator: &Emulator) -> tencent::Client {
    tencent::Client::new(|builder| {
        builder
            .region("ap-guangzhou")
            .endpoint(endpoint(emulator, "tencent"))
            .credentials(emulator.credentials().clone())
    })
    .expect("everything is configured")
}

#[tokio::test]
async fn a_typed_call_is_answered() {
    let emulator = emulator().await;
    let cloud = tencent(&emulator);
    let sample = emulator.sample("tencent").unwrap();
    let answer = cloud
        .describe_backup_url(&*sample.instance, &*sample.backup)
        .limit_type(LimitType::NoLimit)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.backup_infos.len(), 3);
    assert!(answer.backup_infos[0].file_size.unwrap() > 0);
    assert!(answer.request_id.is_some());
    assert_eq!(answer.http_status, 200);
    let shown = format!("{answer:?}");
    assert!(!shown.contains("token="), "Debug shows a signed link: {shown}");
}

#[tokio::test]
async fn the_uniform_model_is_the_same_on_every_cloud() {
    let emulator = emulator().await;
    for service in rdbfetch::SERVICES {
        let sample = emulator.sample(service.name).unwrap();
        let required = service.settings.iter().filter(|setting| setting.required);
        let configured =
            required.fold(rdbfetch::Cloud::builder(service), |builder, setting| match setting.name {
                "region" => builder.region(&*sample.region),
                name => builder.setting(name, "any"),
            });
        let cloud = configured
            .endpoint(endpoint(&emulator, service.name))
            .credentials(emulator.credentials().clone())
            .build()
            .unwrap();
        let latest = cloud.latest_backup(&sample.instance).await.unwrap();
        assert_eq!(latest.backup, sample.backup, "{}", service.name);
        let backups = cloud.backups(&sample.instance).await.unwrap();
        assert!(backups.windows(2).all(|pair| pair[0].created_at >= pair[1].created_at), "{}", service.name);
        let id = rdbfetch::BackupId::new(&*sample.instance, &*latest.backup);
        let links = cloud.backup_links(&id).await.unwrap();
        assert!(!links.files.is_empty());
        assert!(links.files.iter().all(|file| file.public_url.is_some() && file.expires_at.is_some()));
    }
}

#[tokio::test]
async fn documented_errors_are_variants() {
    let emulator = emulator().await;
    let cloud = tencent(&emulator);
    let sample = emulator.sample("tencent").unwrap();

    let error = cloud.describe_backup_url("nobody", "nothing").send().await.unwrap_err();
    assert!(matches!(error, describe_backup_url::Error::ResourceNotFoundInstanceNotExists(_)), "{error}");
    assert!(!error.retryable());
    let text = error.to_string();
    let id = error.api().and_then(|api| api.request_id.clone()).expect("the emulator names its requests");
    for part in ["DescribeBackupUrl", "HTTP 200", "ResourceNotFound.InstanceNotExists", &id] {
        assert!(text.contains(part), "{text} lacks {part}");
    }

    let error = cloud.describe_backup_url(&*sample.instance, "nothing").send().await.unwrap_err();
    assert!(matches!(error, describe_backup_url::Error::InvalidParameterValueBackupNotExists(_)), "{error}");

    let stranger = tencent::Client::new(|builder| {
        let endpoint = endpoint(&emulator, "tencent");
        builder.region("x").endpoint(endpoint).credentials(Credentials::new("AKIDSTRANGER", "wrong"))
    });
    let error = stranger.unwrap().describe_backup_url("a", "b").send().await.unwrap_err();
    assert!(matches!(error, describe_backup_url::Error::Other(_)), "{error}");
    assert_eq!(error.api().unwrap().code, "AuthFailure.SecretIdNotFound");
}

#[tokio::test]
async fn what_is_wrong_is_not_sent() {
    // Nothing listens on this port: an answer from the validator comes before any connection.
    let cloud = tencent::Client::new(|builder| {
        builder.region("x").endpoint("http://127.0.0.1:9").credentials(Credentials::new("a", "b"))
    })
    .unwrap();
    let call = cloud.describe_backup_url("", "b").limit_type(LimitType::Customize);
    let describe_backup_url::Error::Failed(Error::Invalid(violations)) = call.send().await.unwrap_err()
    else {
        panic!("the request is wrong")
    };
    let found: Vec<(&str, ViolationKind)> =
        violations.iter().map(|one| (one.path.as_str(), one.kind)).collect();
    assert_eq!(found, [("InstanceId", ViolationKind::Missing), ("LimitVpc", ViolationKind::Rule)]);

    let nested = describe_backup_url::Call::new(cloud.cloud(), describe_backup_url::Request::new("a", "b"))
        .limit_vpc([BackupLimitVpcItem::new("", vec![])]);
    let violations = nested.request().validate(Strictness::Form).unwrap_err();
    let found: Vec<&str> = violations.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(found, ["LimitVpc[0].Region", "LimitVpc[0].VpcList"]);
}

#[test]
fn documented_limits_are_a_tier_of_their_own() {
    let mut request = describe_instance_backups::Request::new();
    request.limit = Some(101);
    assert!(request.validate(Strictness::Documented).is_err());
    assert!(request.validate(Strictness::Form).is_ok(), "clouds relax limits; callers can go along");
    request.limit = Some(100);
    assert!(request.validate(Strictness::Documented).is_ok());
}

#[test]
fn rules_count_defaults_and_absent_parameters() {
    let request = |zone: Option<&str>, replica: Option<&str>| {
        let mut request = ucloud::describe_uredis_backup_url::Request::new("backup");
        request.zone = zone.map(Into::into);
        request.slave_zone = replica.map(Into::into);
        request.validate(Strictness::Form)
    };
    assert!(request(Some("a"), Some("a")).is_err(), "SlaveZone must differ from Zone");
    assert!(request(Some("a"), Some("b")).is_ok());
    assert!(request(None, None).is_ok(), "two absent zones are not the same zone");
}

#[test]
fn enums_are_open_and_round_trip() {
    let unknown = LimitType::from("Tomorrow");
    assert_eq!(unknown, LimitType::Unknown("Tomorrow".to_owned()));
    assert_eq!(unknown.as_str(), "Tomorrow");
    assert_eq!(LimitType::from("NoLimit"), LimitType::NoLimit);
    let mut request = describe_backup_url::Request::new("a", "b");
    request.limit_type = Some(unknown);
    assert!(request.validate(Strictness::Documented).is_ok(), "an unknown variant is a deliberate choice");
}

#[test]
fn clients_can_be_shared() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<tencent::Client>();
    shared::<ucloud::Client>();
    shared::<rdbfetch::Cloud>();
}
