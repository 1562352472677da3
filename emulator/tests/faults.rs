//! Rules for faults, as clients meet them.

mod support;

use std::time::Duration;

use rdbfetch::Timestamp;
use rdbfetch::service::When;
use rdbfetch_emulator::{Builder, Clock, Emulator, Fault, StartError, Verdict};
use serde_json::{Value, json};
use support::{
    ALPHA, BACKUP, BETA, GAMMA, INSTANCE, RUNNING, Reply, Signing, alpha_call, beta_call, fetch, gamma_call,
    host, send, start,
};

/// An emulator, and short ways to call it.
struct Under {
    emulator: Emulator,
    clock: Clock,
}

impl Under {
    async fn rules(rules: impl IntoIterator<Item = Fault>) -> Self {
        Self::with(|builder| builder.faults(rules)).await
    }

    async fn with(configure: impl FnOnce(Builder) -> Builder) -> Self {
        let (emulator, clock) = start(configure).await;
        Self { emulator, clock }
    }

    async fn alpha(&self, operation: &str, body: Value) -> Reply {
        let url = self.emulator.endpoint("alpha").unwrap();
        let mut draft = alpha_call(operation, body, host(url));
        Signing::of(&self.emulator, &self.clock, ALPHA.service).sign(ALPHA.service, &mut draft);
        send(url, &draft).await
    }

    async fn links(&self) -> Reply {
        self.alpha("GetLinks", json!({"Instance": INSTANCE, "Backup": BACKUP})).await
    }

    async fn beta(&self) -> Reply {
        let url = self.emulator.endpoint("beta").unwrap();
        let mut draft = beta_call("POST", &[("Action", "GetLink"), ("backup", BACKUP)], host(url));
        let mut signing = Signing::of(&self.emulator, &self.clock, BETA.service);
        signing.nonce = self.emulator.journal().len().to_string();
        signing.sign(BETA.service, &mut draft);
        send(url, &draft).await
    }

    async fn gamma(&self) -> Reply {
        let url = self.emulator.endpoint("gamma").unwrap();
        let path = format!("/v1/regions/emulated-region/stores/{INSTANCE}/backup:links");
        let mut draft = gamma_call(&path, &[("backup", BACKUP)], host(url));
        let mut signing = Signing::of(&self.emulator, &self.clock, GAMMA.service);
        signing.nonce = self.emulator.journal().len().to_string();
        signing.sign(GAMMA.service, &mut draft);
        send(url, &draft).await
    }

    async fn link(&self, key: &str) -> String {
        let answer = self.links().await.json();
        answer["Response"]["Files"][0][key].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    fn rule_of_last(&self) -> String {
        match &self.emulator.journal().last().unwrap().verdict {
            Verdict::Faulted { rule, .. } => rule.to_string(),
            other => panic!("{other:?}"),
        }
    }
}

fn code(reply: &Reply) -> Value {
    reply.json()["Response"]["Error"]["Code"].clone()
}

#[tokio::test]
async fn the_nth_call_gets_the_vendors_error() {
    let under =
        Under::rules([Fault::on("alpha").operation("GetLinks").nth(2).error("NotReady").named("soon")]).await;
    assert_eq!(code(&under.links().await), json!(null));
    assert_eq!(
        code(&under.alpha("ListBackups", json!({})).await),
        json!(null),
        "another operation does not count"
    );
    let second = under.links().await;
    assert_eq!((second.status, code(&second)), (200, json!("NotReady")));
    assert_eq!(second.json()["Response"]["Error"]["Message"], "What the spec says.");
    assert_eq!(second.json()["Response"]["RequestId"].as_str().unwrap().len(), 36);
    assert!(second.headers.iter().all(|(name, value)| !format!("{name}{value}").contains("soon")));
    assert_eq!(under.rule_of_last(), "soon");
    assert_eq!(code(&under.links().await), json!(null));
    let count = &under.emulator.faults()[0];
    assert_eq!((count.matched, count.applied), (3, 1));
    under.emulator.journal().of("alpha").operation("GetLinks").hit_by("soon").expect(1);
}

#[tokio::test]
async fn errors_have_the_name_and_the_status_that_the_spec_gives_them() {
    let under = Under::rules([
        Fault::on("beta").error("4100"),
        Fault::on("gamma").error("404"),
        Fault::on("alpha").nth(1).error_as("Surprise", Some(503), Some("hm")),
        Fault::on("alpha").error_as("Surprise", None, None),
    ])
    .await;
    let reply = under.beta().await;
    assert_eq!((&reply.json()["code"], &reply.json()["word"]), (&json!(4100), &json!("AuthFailure")));
    assert_eq!(reply.json()["action"], "GetLinkResponse");
    assert_eq!(reply.header("x-beta-id").map(str::len), Some(36));
    let reply = under.gamma().await;
    assert_eq!((reply.status, &reply.json()["error"]["status"]), (404, &json!("NOT_FOUND")));
    let reply = under.links().await;
    assert_eq!((reply.status, code(&reply)), (503, json!("Surprise")));
    assert_eq!(reply.json()["Response"]["Error"]["Message"], "hm");
    let reply = under.links().await;
    assert_eq!((reply.status, code(&reply)), (200, json!("Surprise")));
}

#[tokio::test]
async fn situations_and_throttling() {
    let under = Under::rules([
        Fault::on("alpha").nth(1).when(When::NoBackup),
        Fault::on("alpha").throttle(Duration::from_millis(2500)),
        Fault::on("beta").when(When::Replayed),
        // A family of codes is no code, but it is the only one that there is.
        Fault::on("gamma").error("429"),
    ])
    .await;
    assert_eq!(code(&under.links().await), json!("NoBackup"));
    // The spec has no error for it, so something in front of the service answers.
    let reply = under.links().await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, Some("3")));
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(under.beta().await.json()["code"], 4500);
    let reply = under.gamma().await;
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (400, &json!(429)));
}

#[tokio::test]
async fn gateways_and_bodies() {
    let under = Under::rules([
        Fault::on("alpha").api().nth(1).status(502),
        Fault::on("alpha").api().nth(2).status(500).body("{\"broken\":", "application/json"),
        Fault::on("alpha").api().nth(3).body("hello", "text/plain"),
    ])
    .await;
    let reply = under.links().await;
    assert_eq!((reply.status, reply.header("content-type")), (502, Some("text/html; charset=utf-8")));
    assert!(reply.text().contains("<h1>502 Bad Gateway</h1>"), "{}", reply.text());
    let reply = under.links().await;
    assert_eq!((reply.status, reply.text().as_str()), (500, "{\"broken\":"));
    assert_eq!(reply.headers.iter().filter(|(name, _)| name == "content-type").count(), 1);
    let reply = under.links().await;
    assert_eq!(
        (reply.status, reply.text().as_str(), reply.header("content-type")),
        (200, "hello", Some("text/plain"))
    );
}

#[tokio::test]
async fn faults_come_before_signatures_and_leave_nothing_behind() {
    let under = Under::rules([Fault::on("beta").nth(1).status(503)]).await;
    let url = under.emulator.endpoint("beta").unwrap();
    let mut draft = beta_call("POST", &[("Action", "GetLink"), ("backup", BACKUP)], host(url));
    assert_eq!(send(url, &draft).await.status, 503, "unsigned as it is");
    Signing::of(&under.emulator, &under.clock, BETA.service).sign(BETA.service, &mut draft);
    // With a fault the nonce was not used up.
    under.emulator.add_fault(Fault::on("beta").times(1).status(503)).unwrap();
    assert_eq!(send(url, &draft).await.status, 503);
    assert_eq!(send(url, &draft).await.json()["code"], 0);
    assert_eq!(send(url, &draft).await.json()["code"], 4500);
}

#[tokio::test]
async fn conditions_see_what_the_call_is_about() {
    let keys = |rule: Fault| Under::rules([rule.status(599)]);
    for (rule, expected) in [
        (Fault::any().instance(INSTANCE), 599),
        (Fault::any().instance("other"), 200),
        (Fault::any().backup("2026*"), 599),
        (Fault::any().backup("other"), 200),
        (Fault::any().region("north-*"), 599),
        (Fault::any().region("south-1"), 200),
        (Fault::any().account("AKIDEMULATOR00000001"), 599),
        (Fault::any().account("AKIDEMULATOR00000002"), 200),
        (Fault::any().method("POST"), 599),
        (Fault::any().method("GET"), 200),
        (Fault::on("*a").operation("*Links"), 599),
        (Fault::any().files(), 200),
    ] {
        let shown = format!("{rule:?}");
        assert_eq!(keys(rule).await.links().await.status, expected, "{shown}");
    }
    // The access key of a query or a form is seen too.
    let under = keys(Fault::on("beta").account("AKID*1")).await;
    assert_eq!(under.beta().await.status, 599);
    let under = keys(Fault::on("gamma").instance(INSTANCE).backup(BACKUP).region("emulated-*")).await;
    assert_eq!(under.gamma().await.status, 599);
}

#[tokio::test]
async fn answers_with_wrong_json() {
    let under = Under::rules([
        Fault::any().api().nth(1).duplicate_keys(),
        Fault::any().api().nth(2).wrong_types(),
        Fault::any().api().nth(3).huge(3 << 20),
        Fault::any().api().nth(4).deep(1000),
        Fault::any().api().nth(5).null_links(),
    ])
    .await;
    let text = under.links().await.text();
    assert!(text.matches("\"Files\":").count() == 2 && text.matches("\"Response\":").count() == 2, "{text}");
    assert!(serde_json::from_str::<Value>(&text).is_ok());
    let answer = under.links().await.json();
    let file = &answer["Response"]["Files"][0];
    assert!(file["Size"].is_string() && file["Url"]["value"].is_string(), "{file}");
    assert!(answer["Response"]["RequestId"].is_string(), "the envelope is as it was");
    let reply = under.links().await;
    assert!(reply.body.len() > 3 << 20 && reply.json()["Response"]["Files"][0]["Url"].is_string());
    let text = under.links().await.text();
    assert!(text.contains(&format!("{}{}", "[".repeat(1000), "]".repeat(1000))));
    let answer = under.links().await.json();
    let file = &answer["Response"]["Files"][0];
    assert!(file["Url"].is_null() && file["InnerUrl"].is_null() && file["Size"].is_number(), "{file}");
    assert!(under.links().await.json()["Response"]["Files"][0]["Url"].is_string());
}

#[tokio::test]
async fn a_shard_is_missing() {
    let names = |reply: Reply| -> Vec<String> {
        let answer = reply.json();
        let files = answer["Response"]["Files"].as_array().unwrap().clone();
        files.iter().map(|file| file["Name"].as_str().unwrap().to_owned()).collect()
    };
    let under = Under::rules([
        Fault::any().nth(2).missing_shard(1),
        Fault::any().nth(3).missing_last_shard(),
        Fault::any().nth(4).missing_shard(9),
    ])
    .await;
    let whole = names(under.links().await);
    assert_eq!(whole.len(), 3);
    assert_eq!(names(under.links().await), [whole[0].clone(), whole[2].clone()]);
    assert_eq!(names(under.links().await), whole[..2]);
    assert_eq!(names(under.links().await), whole, "there is no tenth");
}

#[tokio::test]
async fn a_service_whose_clock_is_wrong() {
    let under = Under::rules([Fault::on("alpha").times(2).clock_skew(-600_000)]).await;
    let reply = under.links().await;
    assert_eq!(code(&reply), json!("Auth.Expired"));
    assert_eq!(reply.header("date"), Some("Tue, 14 Nov 2023 22:03:20 GMT"));
    assert_eq!(reply.headers.iter().filter(|(name, _)| name == "date").count(), 1);
    let call = under.emulator.journal();
    assert!(matches!(call[0].verdict, Verdict::Refused { when: Some(When::ExpiredClock), .. }));
    assert_eq!(call[0].faults.len(), 1, "the rule is named all the same");
    // Who goes by the service's clock is served.
    let url = under.emulator.endpoint("alpha").unwrap();
    let mut draft = alpha_call("GetLinks", json!({"Instance": INSTANCE, "Backup": BACKUP}), host(url));
    let mut signing = Signing::of(&under.emulator, &under.clock, ALPHA.service);
    signing.now = signing.now.plus_seconds(-600);
    signing.sign(ALPHA.service, &mut draft);
    assert_eq!(code(&send(url, &draft).await), json!(null));
    assert_eq!(under.links().await.header("date"), Some("Tue, 14 Nov 2023 22:13:20 GMT"));
}

#[tokio::test]
async fn files_go_wrong() {
    let under = Under::rules([]).await;
    let link = under.link("Url").await;
    let sound = fetch("GET", &link, &[]).await;
    let length = sound.body.len();
    let only = |rule: Fault| {
        under.emulator.clear_faults();
        under.emulator.add_fault(rule.named("it")).unwrap();
    };
    let range = [("Range", "bytes=10-19")];

    only(Fault::on("alpha").file("0").flip_byte(12));
    let whole = fetch("GET", &link, &[]).await;
    let part = fetch("GET", &link, &range).await;
    let wrong: Vec<usize> = (0..length).filter(|at| whole.body[*at] != sound.body[*at]).collect();
    assert_eq!((wrong, part.status, &part.body[..]), (vec![12], 206, &whole.body[10..20]));
    assert_eq!(under.rule_of_last(), "it");

    only(Fault::any().flip(3));
    let whole = fetch("GET", &link, &[]).await;
    let bits: u32 = whole.body.iter().zip(&sound.body).map(|(one, other)| (one ^ other).count_ones()).sum();
    assert_eq!(bits, 3);
    assert_eq!(fetch("GET", &link, &[]).await.body, whole.body, "always the same");

    let shown = |reply: &Reply| reply.header("content-range").map(str::to_owned);
    only(Fault::any().content_range_start());
    assert_eq!(shown(&fetch("GET", &link, &range).await), Some(format!("bytes 11-19/{length}")));
    only(Fault::any().content_range_total());
    assert_eq!(shown(&fetch("GET", &link, &range).await), Some(format!("bytes 10-19/{}", length + 1)));
    only(Fault::any().content_range_missing());
    let reply = fetch("GET", &link, &range).await;
    assert_eq!((reply.status, shown(&reply), reply.body.len()), (206, None, 10));
    only(Fault::any().ignore_range());
    let reply = fetch("GET", &link, &range).await;
    assert_eq!((reply.status, shown(&reply), reply.body.len()), (200, None, length));

    only(Fault::any().error_page());
    let reply = fetch("GET", &link, &[]).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(reply.text().starts_with("<!DOCTYPE html>"));
    only(Fault::any().expired());
    let reply = fetch("GET", &link, &[]).await;
    assert_eq!((reply.status, reply.text().contains("Request has expired")), (403, true));
    only(Fault::any().status(503));
    assert_eq!(fetch("GET", &link, &[]).await.status, 503);

    only(Fault::any().weak_etag());
    let weak = fetch("GET", &link, &[]).await.header("etag").unwrap().to_owned();
    assert_eq!(weak, format!("W/{}", sound.header("etag").unwrap()));
    let both = [range[0], ("If-Range", &weak)];
    assert_eq!(fetch("GET", &link, &both).await.status, 200, "a weak one is good for no range");
    only(Fault::any().no_etag());
    assert_eq!(fetch("GET", &link, &[]).await.header("etag"), None);
    only(Fault::any().truncated_length(100));
    let reply = fetch("GET", &link, &[]).await;
    assert_eq!((reply.header("content-length"), &reply.body[..]), (Some("100"), &sound.body[..100]));
}

#[tokio::test]
async fn another_file_stands_there() {
    let under = Under::rules([Fault::any().skip(1).changed()]).await;
    let link = under.link("Url").await;
    let before = fetch("GET", &link, &[]).await;
    let (etag, date) = (before.header("etag").unwrap(), before.header("last-modified").unwrap());
    let after = fetch("GET", &link, &[]).await;
    assert_eq!(after.status, 200);
    assert!(after.body.len() > before.body.len());
    assert_ne!(after.header("etag"), Some(etag));
    assert_ne!(after.header("last-modified"), Some(date));
    let report = rdbfetch::rdb::check(&after.body[..]).unwrap();
    assert_eq!(format!("{:?}", report.verdict), "Ok");
    assert_eq!(fetch("GET", &link, &[]).await.body, after.body, "from now on");
    for known in [etag, date] {
        let reply = fetch("GET", &link, &[("Range", "bytes=5-"), ("If-Range", known)]).await;
        assert_eq!((reply.status, reply.body.len()), (200, after.body.len()), "{known}");
    }
    let reply = fetch("GET", &link, &[("Range", "bytes=5-")]).await;
    assert_eq!((reply.status, &reply.body[..]), (206, &after.body[5..]));
}

#[tokio::test]
async fn rules_about_files_know_file_and_side() {
    let under = Under::rules([]).await;
    let (public, internal) = (under.link("Url").await, under.link("InnerUrl").await);
    for (rule, of_public, of_internal) in [
        (Fault::any().side("internal"), 200, 599),
        (Fault::any().side("public"), 599, 200),
        (Fault::any().file("0"), 599, 599),
        (Fault::any().file("1"), 200, 200),
        (Fault::any().file("*-0.rdb"), 599, 599),
        (Fault::on("alpha").instance(INSTANCE).backup(BACKUP), 599, 599),
        (Fault::on("beta"), 200, 200),
        (Fault::any().files().backup(RUNNING), 200, 200),
    ] {
        under.emulator.clear_faults();
        let shown = format!("{rule:?}");
        under.emulator.add_fault(rule.status(599)).unwrap();
        let statuses = (fetch("GET", &public, &[]).await.status, fetch("GET", &internal, &[]).await.status);
        assert_eq!(statuses, (of_public, of_internal), "{shown}");
    }
}

#[tokio::test]
async fn rules_go_by_the_emulators_clock() {
    let start = Timestamp::from_unix(1_700_000_060).unwrap();
    let under = Under::rules([Fault::any().status(503).from(start).until(start.plus_seconds(60))]).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(under.links().await.status);
        under.clock.advance(Duration::from_secs(60));
    }
    assert_eq!(statuses, [200, 503, 200]);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_faults() {
    let run = async |seed| {
        let under =
            Under::with(|builder| builder.seed(seed).fault(Fault::any().api().status(503).probability(0.5)))
                .await;
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(under.links().await.status);
        }
        statuses
    };
    let first = run(1).await;
    assert_eq!(first, run(1).await);
    assert_ne!(first, run(2).await);
    assert!(first.contains(&200) && first.contains(&503));
}

#[tokio::test]
async fn rules_that_name_what_there_is_not_stop_the_start() {
    let refused = async |rule: Fault| {
        let (clock, services) = (Clock::real(), support::SERVICES);
        let result = Emulator::builder().services(services).clock(clock).fault(rule).start().await;
        let error = result.unwrap_err();
        match error.get_ref().and_then(|inner| inner.downcast_ref::<StartError>()) {
            Some(StartError::Fault(error)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    for (rule, expected) in [
        (Fault::on("alpa").reset(), "`service`: there is no service \"alpa\"; the nearest is alpha"),
        (Fault::on("aws").reset(), "`service`: there is no service \"aws\"; there are alpha, beta, gamma"),
        (
            Fault::on("alpha").operation("GetLink").reset(),
            "`operation`: there is no operation \"GetLink\"; the nearest is GetLinks",
        ),
        (
            Fault::on("beta").operation("GetLinks").reset(),
            "`operation`: there is no operation \"GetLinks\"; the nearest",
        ),
        (
            Fault::on("alpha").error("NotRedy").named("n"),
            "n: `error`: there is no code \"NotRedy\"; the nearest is NotReady; `error: {code: …}` takes any code",
        ),
        (
            Fault::on("alpha").operation("ListBackups").error("NotReady"),
            "`error`: there is no code \"NotReady\"; there are Auth.Expired, Auth.Signature,",
        ),
        (Fault::on("alpha").when(When::Internal), "`when`: the spec names no error for internal"),
        (Fault::any(), "the rule says nothing of what goes wrong"),
    ] {
        let shown = format!("{rule:?}");
        let error = refused(rule).await;
        assert!(error.contains(expected), "{shown}: {error}");
    }
    // A code that one of the services knows is fine, and is about the calls of that one only.
    let under = Under::rules([Fault::any().error("NotReady")]).await;
    assert_eq!(code(&under.links().await), json!("NotReady"));
    assert_eq!(under.beta().await.json()["code"], 0);
    assert_eq!(under.emulator.faults()[0].matched, 1);
    assert!(under.emulator.add_fault(Fault::on("alpa").reset()).is_err());
}

#[tokio::test]
async fn rules_come_and_go() {
    let under = Under::rules([]).await;
    assert_eq!(under.links().await.status, 200);
    assert_eq!(under.emulator.add_fault(Fault::any().status(503)).unwrap(), "fault-1");
    assert_eq!(under.links().await.status, 503);
    assert!(under.emulator.remove_fault("fault-1") && !under.emulator.remove_fault("fault-1"));
    assert_eq!(under.links().await.status, 200);
    under.emulator.add_fault(Fault::any().status(503)).unwrap();
    under.emulator.clear_faults();
    assert_eq!(under.links().await.status, 200);
    assert!(under.emulator.faults().is_empty());
}
