//! What the journal tells, and what it never tells.

mod support;

use std::time::Duration;

use rdbfetch::service::When;
use rdbfetch_emulator::{Builder, Clock, Emulator, Fault, StartError, Verdict};
use serde_json::{Value, json};
use support::{
    ALPHA, BACKUP, INSTANCE, Signing, alpha_call, beta_call, fetch, gamma_call, host, send, start,
};

struct Under {
    emulator: Emulator,
    clock: Clock,
}

impl Under {
    async fn test(configure: impl FnOnce(Builder) -> Builder) -> Self {
        let (emulator, clock) = start(configure).await;
        Self { emulator, clock }
    }

    async fn alpha(&self, operation: &str, body: Value, change: impl FnOnce(&mut Signing)) -> Value {
        let url = self.emulator.endpoint("alpha").unwrap();
        let mut draft = alpha_call(operation, body, host(url));
        let mut signing = Signing::of(&self.emulator, &self.clock, ALPHA.service);
        change(&mut signing);
        signing.sign(ALPHA.service, &mut draft);
        send(url, &draft).await.json()["Response"].take()
    }

    async fn links(&self) -> Value {
        self.alpha("GetLinks", json!({"Instance": INSTANCE, "Backup": BACKUP}), |_| {}).await
    }
}

#[tokio::test]
async fn a_call_is_told_in_full() {
    let under = Under::test(|builder| builder).await;
    let answer = under.links().await;
    let calls = under.emulator.journal();
    let call = calls.expect(1).last().unwrap();
    assert_eq!((call.number, call.at), (1, under.clock.now()));
    assert_eq!(
        (call.service, call.about(), call.operation),
        (Some("alpha"), Some("alpha"), Some("GetLinks"))
    );
    assert_eq!((&*call.method, call.path.as_str(), call.status), ("POST", "/", 200));
    assert_eq!(call.parameter("Backup"), Some(&json!(BACKUP)));
    assert_eq!(call.parameter("Region"), Some(&json!("north-1")), "from a header, by its documented name");
    assert_eq!(call.region.as_deref(), Some("north-1"));
    assert_eq!(call.access_key.as_deref(), Some(under.emulator.credentials().access_key()));
    assert_eq!(call.signature, Some("signed"));
    assert_eq!(call.request_id.as_deref(), answer["RequestId"].as_str());
    assert_eq!((&call.verdict, call.faults.len(), &call.file), (&Verdict::Answered, 0, &None));
}

#[tokio::test]
async fn a_request_for_a_file_is_told_in_full() {
    let under = Under::test(|builder| builder).await;
    let file = under.links().await["Files"][0].take();
    let (public, internal) = (file["Url"].as_str().unwrap(), file["InnerUrl"].as_str().unwrap());
    fetch("GET", public, &[("Range", "bytes=0-4")]).await;
    fetch("GET", internal, &[]).await;
    fetch("GET", &format!("{public}0"), &[]).await;
    let calls = under.emulator.journal().of("alpha").files();
    calls.expect(3);
    let asked = calls[0].file.as_ref().unwrap();
    assert_eq!(
        (asked.service.as_str(), asked.instance.as_str(), asked.backup.as_str()),
        ("alpha", INSTANCE, BACKUP)
    );
    assert_eq!((Some(asked.name.as_str()), asked.number.as_str()), (file["Name"].as_str(), "0"));
    assert_eq!((asked.range.as_deref(), asked.side, calls[0].status), (Some("bytes=0-4"), "public", 206));
    let asked = calls[1].file.as_ref().unwrap();
    assert_eq!((asked.range.as_deref(), asked.side, calls[1].status), (None, "internal", 200));
    let Verdict::Refused { when, code, reason, .. } = &calls[2].verdict else { panic!("{calls:?}") };
    assert_eq!((when, *code, calls[2].status), (&None, Some("SignatureDoesNotMatch"), 403));
    assert!(reason.starts_with("SignatureDoesNotMatch: "), "{reason}");
    assert!(calls.iter().all(|call| call.service.is_none() && !call.path.contains('?')));
}

#[tokio::test]
async fn refusals_say_which_code_and_why() {
    let under = Under::test(|builder| builder).await;
    under.alpha("GetLinks", json!({"Instance": "none", "Backup": BACKUP}), |_| {}).await;
    under.alpha("GetLinks", json!({}), |signing| signing.secret.push('x')).await;
    under.alpha("Nothing", json!({}), |_| {}).await;
    let calls = under.emulator.journal().refused();
    calls.expect(3);
    let told = |at: usize| match &calls[at].verdict {
        Verdict::Refused { when, code, .. } => (*when, *code),
        other => panic!("{other:?}"),
    };
    assert_eq!(told(0), (Some(When::NoInstance), Some("NoInstance")));
    assert_eq!(told(1), (Some(When::BadSignature), Some("Auth.Signature")));
    assert_eq!(told(2), (Some(When::NoOperation), Some("NoAction")));
    assert_eq!((calls[0].signature, calls[1].signature), (Some("signed"), None));
    assert_eq!(
        calls[1].access_key.as_deref(),
        Some(under.emulator.credentials().access_key()),
        "as it claims"
    );
    assert_eq!(calls[2].operation, None);
    assert_eq!(calls[1].parameters, [("Region", json!("north-1"))]);
}

#[tokio::test]
async fn faults_are_told_by_name() {
    let rules = [
        Fault::on("alpha").named("slow").latency(Duration::from_millis(1)),
        Fault::on("alpha").named("broken").nth(2).error("NotReady"),
    ];
    let under = Under::test(|builder| builder.faults(rules)).await;
    under.links().await;
    under.links().await;
    let calls = under.emulator.journal();
    assert_eq!(calls[0].verdict, Verdict::Answered, "late, but as it should be");
    assert_eq!(calls[0].faults.iter().map(|name| &**name).collect::<Vec<_>>(), ["slow"]);
    assert!(matches!(&calls[1].verdict, Verdict::Faulted { rule, .. } if &**rule == "broken"));
    assert_eq!(calls[1].parameter("Backup"), Some(&json!(BACKUP)));
    assert_eq!(calls.hit_by("slow").len(), 2);
}

#[tokio::test]
async fn calls_are_waited_for() {
    let under = Under::test(|builder| builder).await;
    let waited = under.emulator.wait_for(|call| call.operation == Some("ListBackups"));
    let (call, _) = tokio::join!(waited, async {
        under.links().await;
        under.alpha("ListBackups", json!({}), |_| {}).await
    });
    assert_eq!(call.number, 2);
    assert_eq!(under.emulator.wait_for(|call| call.number == 1).await.operation, Some("GetLinks"));
}

#[tokio::test]
async fn few_calls_are_kept_where_few_are_wanted() {
    let under = Under::test(|builder| builder.keep_calls(2)).await;
    for _ in 0..3 {
        under.links().await;
    }
    let numbers: Vec<u64> = under.emulator.journal().iter().map(|call| call.number).collect();
    assert_eq!(numbers, [2, 3]);
}

/// Calls of every kind, right and wrong, and what must not be told of them.
async fn busy(under: &Under) -> Vec<String> {
    let mut secrets = Vec::new();
    let temporary = under.emulator.temporary_credentials().clone();
    secrets.extend([under.emulator.credentials().secret().to_owned(), temporary.secret().to_owned()]);
    secrets.extend(temporary.token().map(str::to_owned));
    let url = under.emulator.endpoint("alpha").unwrap();
    for wrong in [false, true] {
        for key in [under.emulator.credentials(), &temporary] {
            let body = json!({"Instance": INSTANCE, "Backup": BACKUP});
            let mut draft = alpha_call("GetLinks", body, host(url));
            let mut signing = Signing::of(&under.emulator, &under.clock, ALPHA.service);
            signing.access_key = key.access_key().to_owned();
            signing.secret = key.secret().to_owned();
            signing.token = key.token().map(str::to_owned);
            if wrong {
                signing.secret.push('x');
            }
            signing.sign(ALPHA.service, &mut draft);
            let authorization = draft.headers.iter().find(|(name, _)| name == "Authorization").unwrap();
            secrets.push(authorization.1.rsplit_once('=').unwrap().1.to_owned());
            let answer = send(url, &draft).await.json();
            for file in answer["Response"]["Files"].as_array().into_iter().flatten() {
                for link in [&file["Url"], &file["InnerUrl"]] {
                    let link = link.as_str().unwrap();
                    let token = link.rsplit_once("token=").unwrap().1;
                    secrets.extend([link.to_owned(), token.to_owned()]);
                    fetch("GET", link, &[]).await;
                    fetch("POST", link, &[]).await;
                    secrets.push(format!("{}x", &token[..token.len() - 1]));
                    fetch("GET", &format!("{}x", &link[..link.len() - 1]), &[]).await;
                }
            }
        }
    }
    for (service, operation) in [("beta", "GetLink"), ("gamma", "")] {
        let url = under.emulator.endpoint(service).unwrap();
        let metadata = support::SERVICES.iter().find(|one| one.service.name == service).unwrap();
        for wrong in [false, true] {
            let mut draft = match service {
                "beta" => beta_call("GET", &[("Action", operation), ("backup", BACKUP)], host(url)),
                _ => gamma_call(
                    &format!("/v1/regions/emulated-region/stores/{INSTANCE}/backup:links"),
                    &[("backup", BACKUP)],
                    host(url),
                ),
            };
            let mut signing = Signing::of(&under.emulator, &under.clock, metadata.service);
            signing.nonce = format!("{wrong}");
            if wrong {
                signing.secret.push('x');
            }
            signing.sign(metadata.service, &mut draft);
            let signature = draft.query.iter().find(|(name, _)| name.to_string_lossy() == "Signature");
            secrets.extend(signature.map(|(_, value)| value.to_string_lossy()));
            let answer = send(url, &draft).await.text();
            for (at, _) in answer.match_indices("token=") {
                let token: String = answer[at + 6..].chars().take_while(|one| *one != '"').collect();
                secrets.push(token);
            }
        }
    }
    assert!(secrets.len() > 30 && secrets.iter().all(|secret| secret.len() > 8), "{secrets:?}");
    secrets
}

#[tokio::test]
async fn no_secrets_no_tokens_no_signatures_no_links() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    let under = Under::test(|builder| builder.journal(&path)).await;
    let secrets = busy(&under).await;
    let calls = under.emulator.journal();
    assert!(calls.answered().len() > 10 && calls.refused().len() > 10);
    let json: String = calls.iter().map(|call| serde_json::to_string(call).unwrap()).collect();
    let debug = format!("{calls:?}");
    drop(under);
    let file = std::fs::read_to_string(&path).unwrap();
    for secret in secrets {
        for (what, text) in [("JSON", &json), ("Debug", &debug), ("the file", &file)] {
            assert!(!text.contains(&secret), "{what} holds {secret}");
        }
    }
    for text in [json, debug, file] {
        assert!(!text.contains("token="), "{text}");
    }
}

#[tokio::test]
async fn a_journal_file_has_a_line_for_every_call() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    for run in 1..=2 {
        let under = Under::test(|builder| builder.journal(&path)).await;
        under.links().await;
        under.alpha("ListBackups", json!({}), |signing| signing.secret.push('x')).await;
        drop(under);
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2 * run, "what was there stays");
        let mut verdicts: Vec<&str> = lines.iter().map(|line| line["verdict"].as_str().unwrap()).collect();
        verdicts.sort_unstable();
        assert_eq!(verdicts[..run], vec!["answered"; run]);
        let refused = lines.iter().find(|line| line["verdict"] == "refused").unwrap();
        assert_eq!((&refused["when"], &refused["code"]), (&json!("bad-signature"), &json!("Auth.Signature")));
        assert!(refused["expected"].as_array().is_some_and(|steps| !steps.is_empty()));
        let answered = lines.iter().find(|line| line["verdict"] == "answered").unwrap();
        assert_eq!(answered["parameters"]["Backup"], BACKUP);
        assert_eq!(answered["at"], "2023-11-14T22:13:20Z");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_journal_that_cannot_be_written_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("calls.jsonl");
    let (services, clock) = (support::SERVICES, Clock::real());
    let result = Emulator::builder().services(services).clock(clock).journal(path).start().await;
    let error = result.unwrap_err();
    let source = error.get_ref().and_then(|inner| inner.downcast_ref::<StartError>());
    assert!(matches!(source, Some(StartError::Journal(_))), "{error:?}");
}

#[tokio::test]
async fn the_same_calls_make_the_same_journal() {
    let run = async || {
        let rule = Fault::any().probability(0.5).error_as("Any", None, None);
        let under = Under::test(|builder| builder.seed(9).fault(rule)).await;
        for _ in 0..10 {
            under.links().await;
        }
        let mut calls: Vec<Value> =
            under.emulator.journal().iter().map(|call| serde_json::to_value(call).unwrap()).collect();
        for call in &mut calls {
            // What the machine's clock says, and nothing else, differs.
            assert!(call["took"].take().is_u64());
            let sent = call["sent"].as_object_mut();
            sent.and_then(|sent| sent.remove("took"));
        }
        calls
    };
    assert_eq!(run().await, run().await);
}
