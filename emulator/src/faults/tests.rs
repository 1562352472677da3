//! Rules as values: how they are read, what they hit, and what they make of an answer.

use std::time::Duration;

use bytes::Bytes;
use rdbfetch::Timestamp;
use rdbfetch::service::When;
use serde_json::{Value, json};

use super::*;
use crate::content::{Body, Content};
use crate::delivery::{Stop, Then};
use crate::server::Answer;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_700_000_000 + seconds).unwrap()
}

fn faults(seed: u64, rules: &[Fault]) -> Faults {
    let faults = Faults::new(&[], seed);
    rules.iter().for_each(|rule| rule.check().unwrap());
    // There is no service that could know what they name.
    faults.insert(rules.to_vec()).unwrap();
    faults
}

fn call(method: &str) -> Subject {
    Subject {
        service: Some("alpha".to_owned()),
        method: method.to_owned(),
        region: Some("north-1".to_owned()),
        ..Subject::default()
    }
}

fn file(number: &str) -> Subject {
    Subject {
        is_file: true,
        service: Some("alpha".to_owned()),
        method: "GET".to_owned(),
        instance: Some("i-1".to_owned()),
        backup: Some("b-1".to_owned()),
        file: Some((format!("b-1-{number}.rdb"), number.to_owned())),
        side: Some("public"),
        path: format!("/alpha/i-1/b-1/{number}/b-1-{number}.rdb"),
        ..Subject::default()
    }
}

/// Which of so many calls a rule hits, counted from 1.
fn hits(faults: &Faults, subject: &Subject, calls: u64) -> Vec<u64> {
    (1..=calls).filter(|_| faults.judge(subject, at(0)).is_some()).collect()
}

/// What becomes of an answer with ten bytes.
fn sent(rule: &str) -> Answer {
    let faults = faults(0, &[rule.parse().unwrap_or_else(|error| panic!("{rule}: {error}"))]);
    let applied = faults.judge(&call("GET"), at(0)).expect("the rule hits");
    let mut answer = Answer::new(200, "text/plain", "0123456789".to_owned());
    applied.send(&mut answer);
    answer
}

/// One rule for every effect, in every form.
const EVERY: &str = r#"[
    {"error": "Internal"}, {"error": {"code": "Any", "status": 503, "message": "m"}}, {"error": {"code": "Any"}},
    {"when": "not-ready"}, {"throttle": {"retry_after": "3s"}}, {"status": 503}, {"status": 200, "body": "b"},
    {"body": "{}", "content_type": "application/json"}, {"latency": "200ms"},
    {"latency": {"min": "1s", "max": "2s"}}, {"duplicate_keys": true}, {"wrong_types": true}, {"huge": 100},
    {"deep": 7}, {"missing_shard": 1}, {"missing_shard": "last"}, {"null_links": true}, {"failed_backup": true}, {"clock_skew": "-10m"},
    {"cut": 100}, {"cut": {"after": 100, "length": false}}, {"flip": 3}, {"flip": {"bit": 9}}, {"flip": {"byte": 9}},
    {"content_range": "start"}, {"content_range": "total"}, {"content_range": "missing"}, {"ignore_range": true},
    {"error_page": true}, {"expired": true}, {"changed": true}, {"etag": "weak"}, {"etag": "missing"},
    {"no_length": true}, {"truncated_length": 5}, {"reset": true}, {"reset": {"after": 3}}, {"stall": true},
    {"stall": {"after": 0}}, {"refuse": true, "skip": 2},
    {"status": 500, "name": "n", "skip": 1, "times": 2, "probability": 0.5, "from": "2026-01-01T00:00:00Z",
     "until": "2026-01-02T00:00:00Z", "on": {"service": "a*", "operation": "b", "port": "api", "method": "GET",
     "region": "r", "instance": "i", "backup": "1", "account": "k"}},
    {"status": 500, "on": {"file": "0", "side": "internal", "port": "files"}}
]"#;

#[test]
fn every_rule_is_written_as_it_is_read() {
    let values: Vec<Value> = serde_json::from_str(EVERY).unwrap();
    let rules = Fault::list(EVERY).unwrap();
    for (value, rule) in values.iter().zip(&rules) {
        assert_eq!(rule.to_value(), *value);
        assert_eq!(serde_json::from_value::<Fault>(value.clone()).unwrap(), *rule);
        assert_eq!(value.to_string().parse::<Fault>().unwrap(), *rule);
    }
    let used = rules.iter().fold(0, |mask, rule| mask | rule.effects.mask());
    let missing: Vec<&str> =
        effects::EFFECTS.iter().map(|(name, _)| *name).filter(|name| used & bit(name) == 0).collect();
    assert_eq!(missing, [] as [&str; 0], "every effect is in the list");
}

#[test]
fn rust_lines_and_yaml_say_the_same() {
    for (line, yaml, built) in [
        (
            "service=alpha,operation=Describe*,nth=2,error=4100",
            "{on: {service: alpha, operation: Describe*}, skip: 1, times: 1, error: '4100'}",
            Fault::on("alpha").operation("Describe*").nth(2).error("4100"),
        ),
        ("reset", "{reset: true}", Fault::any().reset()),
        (
            "cut.after=1KiB,cut.length=false",
            "{cut: {after: 1024, length: false}}",
            Fault::any().cut_unseen(1024),
        ),
        (
            " file=0 , backup=678362566696298532848117, flip.byte=9 ",
            "{on: {file: 0, backup: '678362566696298532848117'}, flip: {byte: 9}}",
            Fault::any().backup("678362566696298532848117").file("0").flip_byte(9),
        ),
        (
            "throttle=3s,probability=0.5,name=slow",
            "{throttle: {retry_after: 3s}, probability: 0.5, name: slow}",
            Fault::any().throttle(Duration::from_secs(3)).probability(0.5).named("slow"),
        ),
        (
            "error.code=500,error.status=418",
            "{error: {code: 500, status: 418}}",
            Fault::any().error_as("500", Some(418), None),
        ),
        ("when=not-ready,latency=1s", "{when: not-ready, latency: 1s}", {
            Fault::any().when(When::NotReady).latency(Duration::from_secs(1))
        }),
        ("clock_skew=-10m", "{clock_skew: -10m}", Fault::any().clock_skew(-600_000)),
    ] {
        assert_eq!(line.parse::<Fault>().as_ref(), Ok(&built), "{line}");
        assert_eq!(yaml.parse::<Fault>().as_ref(), Ok(&built), "{yaml}");
    }
    assert_eq!(Fault::list("- reset: true\n- {status: 500, on: {service: x}}\n").unwrap().len(), 2);
}

#[test]
fn wrong_words_are_named_with_what_was_expected() {
    for (rule, expected) in [
        ("{eror: X}", "a rule: `eror` is not known; the nearest is `error`"),
        ("{on: {servce: x}, reset: true}", "`on`: `servce` is not known; the nearest is `service`"),
        ("{on: 1, reset: true}", "`on` is an object, not 1"),
        ("{reset: true, zzzzzzzzz: 1}", "there are name, on, skip"),
        ("{}", "the rule says nothing of what goes wrong; there are error, when,"),
        ("{name: x}", "x: the rule says nothing of what goes wrong"),
        ("{nth: 0, reset: true}", "`nth`: a whole number from 1 is expected, not 0"),
        ("{nth: 2, times: 3, reset: true}", "`nth` stands for `skip` and `times`"),
        ("{times: 0, reset: true}", "`times`: a whole number from 1 is expected, not 0"),
        ("{skip: -1, reset: true}", "`skip`: a whole number is expected, not -1"),
        ("{probability: 1.5, reset: true}", "`probability`: a number from 0 to 1 is expected, not 1.5"),
        ("{from: yesterday, reset: true}", "`from`: a moment such as 2026-01-02T03:04:05Z is expected"),
        (
            "{from: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z', reset: true}",
            "`from` (2026-01-02T00:00:00Z) is not before `until` (2026-01-01T00:00:00Z)",
        ),
        ("{when: not-redy}", "`when`: a situation is expected, not \"not-redy\"; the nearest is not-ready"),
        ("{status: 99}", "`status`: a status from 200 to 599 is expected, not 99"),
        ("{status: 70000}", "`status`: a status from 200 to 599"),
        ("{latency: 5}", "`latency`: a duration such as 200ms, 3s or 5m is expected, not 5"),
        ("{latency: {min: 2s, max: 1s}}", "`latency`: `min` is more than `max`"),
        ("{latency: {min: 2s}}", "`latency`: is not complete"),
        ("{latency: {mn: 2s, max: 3s}}", "`latency`: `mn` is not known; the nearest is `min`"),
        ("{throttle: {}}", "`throttle`: is not complete"),
        ("{huge: 2GiB}", "`huge`: no more than 1GiB is possible"),
        ("{deep: 99999999}", "`deep`: no more than 10000000 is possible"),
        ("{flip: {bit: 1, byte: 2}}", "`flip`: `bit` or `byte` is expected"),
        ("{flip: 0}", "`flip`: a whole number from 1 is expected"),
        ("{content_range: odd}", "`content_range`: start, total or missing is expected, not \"odd\""),
        ("{etag: strong}", "`etag`: weak or missing is expected"),
        ("{missing_shard: first}", "`missing_shard`: the number of a file, or last is expected"),
        ("{reset: 5}", "`reset`: true, or `after` with a number of bytes, is expected, not 5"),
        ("{stall: {before: 1}}", "`stall`: `before` is not known"),
        ("{changed: 1}", "`changed`: true or false is expected, not 1"),
        ("{clock_skew: x}", "`clock_skew`: a duration with a sign, such as -10m is expected"),
        ("{on: {port: both}, reset: true}", "`port`: api or files is expected, not \"both\""),
        ("{on: {side: inside}, reset: true}", "`side`: public or internal is expected"),
        ("{content_type: x, reset: true}", "`content_type` is that of `body`, which is missing"),
        ("{name: a/b, reset: true}", "`name`: a text without `/` is expected"),
        ("{error: X, status: 500}", "`error` and `status` contradict each other: make two rules of them"),
        ("{error: X, expired: true}", "`error` and `expired` contradict each other"),
        ("{error: X, flip: 1}", "`error` is about calls of services and `flip` about files"),
        (
            "{status: 500, on: {operation: x, file: 0}}",
            "`operation` is about calls of services and `file` about files",
        ),
        ("{expired: true, on: {port: api}}", "`port` is about calls of services and `expired` about files"),
        ("{when: denied, on: {port: files}}", "`when` is about calls of services and `port` about files"),
        ("{reset: true, reset: true}", "this is no YAML"),
        ("{reset: [}", "this is no YAML"),
        ("service=x,service=y,reset", "`service` stands there twice"),
        ("service=x,,reset", "\"\" has no name"),
        ("", "\"\" has no name"),
        ("reset=maybe", "`reset`: true, or `after` with a number of bytes, is expected, not \"maybe\""),
        ("cut=5,cut.after=5", "`cut.after` stands there twice"),
        (
            "refuse,nth=2",
            "`refuse` cannot count calls, since none arrives: leave out `nth`, `times` and `probability`",
        ),
        (
            "refuse,probability=0.5",
            "`skip` begins after so many calls, and `until` or removing the rule ends it",
        ),
        ("refuse,latency=1s", "`refuse` goes with no other effect"),
        ("refuse,operation=x", "`refuse` closes a whole port: `operation` cannot be told"),
        ("refuse,port=files,service=x", "`refuse`: all services share the port of the files"),
    ] {
        let error = rule.parse::<Fault>().expect_err(rule).to_string();
        assert!(error.contains(expected), "{rule}: {error}");
    }
    let error = Fault::list("- reset: true\n- latncy: 1s").unwrap_err().to_string();
    assert_eq!(error, "rule 2: a rule: `latncy` is not known; the nearest is `latency`");
    assert!(Fault::list("reset: true").unwrap_err().to_string().contains("a list of rules is expected"));
    let nested = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(Fault::list(&nested).is_err(), "however deep");
}

#[test]
fn rules_built_in_rust_are_checked_too() {
    let faults = Faults::new(&[], 0);
    for rule in [
        Fault::any(),
        Fault::any().reset().probability(f64::NAN),
        Fault::any().reset().probability(-0.1),
        Fault::any().status(42),
        Fault::any().error("a").when(When::Denied),
        Fault::any().refuse().nth(2),
        Fault::any().reset().times(0),
    ] {
        assert!(faults.add(rule.clone()).is_err(), "{rule:?}");
    }
    assert!(!faults.any());
}

#[test]
fn calls_are_counted() {
    let one = |rule: Fault| faults(0, &[rule]);
    let get = call("GET");
    assert_eq!(hits(&one(Fault::any().reset()), &get, 4), [1, 2, 3, 4]);
    assert_eq!(hits(&one(Fault::any().reset().nth(2)), &get, 4), [2]);
    assert_eq!(hits(&one(Fault::any().reset().skip(1).times(2)), &get, 5), [2, 3]);
    assert_eq!(hits(&one(Fault::any().reset().skip(3)), &get, 5), [4, 5]);
    // Only what a rule is about counts.
    let rules = one(Fault::any().method("POST").reset().nth(2));
    assert_eq!(hits(&rules, &call("POST"), 1), [0; 0]);
    assert_eq!(hits(&rules, &get, 3), [0; 0]);
    assert_eq!(hits(&rules, &call("POST"), 2), [1]);
    let count = &rules.save()[0];
    assert_eq!((count.matched, count.applied), (3, 1));
}

#[test]
fn chance_is_decided_by_seed_name_and_count() {
    let rule = |name: &str| Fault::any().named(name).reset().probability(0.5);
    let run = |seed, name: &str| hits(&faults(seed, &[rule(name)]), &call("GET"), 200);
    assert_eq!(run(1, "a"), run(1, "a"));
    assert_ne!(run(1, "a"), run(2, "a"));
    assert_ne!(run(1, "a"), run(1, "b"));
    assert!((60..140).contains(&run(1, "a").len()));
    let never = faults(1, &[Fault::any().reset().probability(0.0)]);
    let always = faults(1, &[Fault::any().reset().probability(1.0)]);
    assert_eq!((hits(&never, &call("GET"), 100).len(), hits(&always, &call("GET"), 100).len()), (0, 100));
    let twice = faults(1, &[rule("a").times(2)]);
    assert_eq!(hits(&twice, &call("GET"), 200), run(1, "a")[..2]);
}

#[test]
fn rules_have_their_time() {
    let rules = faults(0, &[Fault::any().reset().from(at(10)).until(at(20))]);
    let hit = |seconds| rules.judge(&call("GET"), at(seconds)).is_some();
    assert_eq!([9, 10, 19, 20].map(hit), [false, true, true, false]);
    assert_eq!(rules.save()[0].matched, 2, "at other times nothing counts");
}

#[test]
fn rules_are_about_what_they_are_bound_to() {
    let about = |rule: &str, subject: &Subject| {
        let rule = rule.parse().unwrap_or_else(|error| panic!("{rule}: {error}"));
        faults(0, &[rule]).judge(subject, at(0)).is_some()
    };
    for (rule, of_call, of_file) in [
        ("reset", true, true),
        ("service=alpha,reset", true, true),
        ("service=al*,reset", true, true),
        ("service=beta,reset", false, false),
        ("port=api,reset", true, false),
        ("port=files,reset", false, true),
        ("region=north-*,reset", true, false),
        ("method=GET,reset", true, true),
        ("instance=i-1,reset", false, true),
        ("backup=b-*,reset", false, true),
        ("file=0,reset", false, true),
        ("file=b-1-0.rdb,reset", false, true),
        ("file=1,reset", false, false),
        ("side=public,reset", false, true),
        ("side=internal,reset", false, false),
        ("flip=1", false, true),
        ("huge=1", true, false),
        ("operation=*,reset", false, false),
    ] {
        assert_eq!((about(rule, &call("GET")), about(rule, &file("0"))), (of_call, of_file), "{rule}");
    }
}

#[test]
fn rules_join_unless_they_contradict_each_other() {
    let rules = faults(
        0,
        &[
            Fault::any().named("slow").latency(Duration::from_secs(1)),
            Fault::any().named("first").status(503).times(1),
            Fault::any().named("second").status(504).times(1),
            Fault::any().named("cut").cut(4),
        ],
    );
    let names = || {
        let applied = rules.judge(&call("GET"), at(0)).unwrap();
        let names: Vec<String> = applied.names.iter().map(|name| name.to_string()).collect();
        (names.join(" "), applied.effects.status, applied.telling.map(|name| name.to_string()))
    };
    assert_eq!(names(), ("slow first cut".to_owned(), Some(503), Some("first".to_owned())));
    assert_eq!(
        names(),
        ("slow second cut".to_owned(), Some(504), Some("second".to_owned())),
        "it was not used up"
    );
    assert_eq!(names(), ("slow cut".to_owned(), None, Some("cut".to_owned())));
    let counts: Vec<(u64, u64)> = rules.save().iter().map(|rule| (rule.matched, rule.applied)).collect();
    assert_eq!(counts, [(3, 3), (3, 1), (3, 1), (3, 3)]);
}

#[test]
fn names_are_given_and_kept_apart() {
    let rules =
        faults(0, &[Fault::any().reset(), Fault::any().stall().named("fault-2"), Fault::any().cut(1)]);
    let names: Vec<Option<String>> = rules.save().into_iter().map(|rule| rule.fault.name).collect();
    assert_eq!(names, ["fault-1", "fault-2", "fault-3"].map(|name| Some(name.to_owned())));
    let error = rules.add(Fault::any().reset().named("fault-2")).unwrap_err().to_string();
    assert_eq!(error, "`name`: there is a rule \"fault-2\" already; remove it first");
    let both = vec![Fault::any().reset().named("x"), Fault::any().reset().named("x")];
    assert!(rules.add_all(both).is_err());
    assert_eq!(rules.save().len(), 3, "all or none");
    assert!(rules.remove("fault-1") && !rules.remove("fault-1"));
    assert_eq!(rules.add(Fault::any().reset()).unwrap(), "fault-1");
    rules.clear();
    assert!(!rules.any() && rules.save().is_empty());
}

#[test]
fn what_was_saved_goes_on_where_it_stopped() {
    let rule = Fault::any().named("r").reset().skip(1).times(2).probability(0.5);
    let (one, other) = (faults(3, std::slice::from_ref(&rule)), faults(3, &[]));
    hits(&one, &call("GET"), 5);
    let text = serde_json::to_string(&one.save()).unwrap();
    other.load(serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(other.save(), one.save());
    assert_eq!(hits(&other, &call("GET"), 50), hits(&one, &call("GET"), 50));
    other.load(Vec::new()).unwrap();
    assert!(!other.any());
    let bad = vec![FaultCount { fault: Fault::any(), matched: 0, applied: 0 }];
    assert!(one.load(bad).is_err() && one.any(), "what there was stays");
}

#[test]
fn ports_are_shut() {
    let shut = |rule: &str| {
        let rules = faults(0, &[rule.parse().unwrap()]);
        [Some("alpha"), Some("beta"), None].map(|port| rules.shut(port, at(0)))
    };
    assert_eq!(shut("refuse"), [true, true, true]);
    assert_eq!(shut("refuse,service=alpha"), [true, false, false]);
    assert_eq!(shut("refuse,service=*"), [true, true, false]);
    assert_eq!(shut("refuse,port=files"), [false, false, true]);
    assert_eq!(shut("refuse,port=api"), [true, true, false]);
    assert_eq!(shut("reset"), [false, false, false]);
    assert!(!Faults::new(&[], 0).shut(None, at(0)));

    let rules = faults(0, &[Fault::on("alpha").refuse().skip(2).until(at(60))]);
    assert!(!rules.shut(Some("alpha"), at(0)));
    assert!(rules.judge(&call("GET"), at(0)).is_none(), "what arrives is answered");
    rules.judge(&file("0"), at(0));
    assert!(!rules.shut(Some("alpha"), at(0)), "one call, since files have another port");
    rules.judge(&call("GET"), at(0));
    assert!(rules.shut(Some("alpha"), at(0)) && !rules.shut(Some("beta"), at(0)));
    assert!(!rules.shut(Some("alpha"), at(60)));
}

#[test]
fn answers_travel_as_rules_say() {
    let stop = |rule: &str| sent(rule).delivery.stop.map(|Stop { after, then }| (after, then));
    assert_eq!(stop("cut=4"), Some((Some(4), Then::Close)));
    assert_eq!(stop("cut=10"), None, "the body is whole");
    assert_eq!(stop("reset"), Some((None, Then::Reset)));
    assert_eq!(stop("reset.after=4"), Some((Some(4), Then::Reset)));
    assert_eq!(stop("stall"), Some((None, Then::Stall)));
    assert_eq!(stop("stall.after=4"), Some((Some(4), Then::Stall)));
    assert_eq!((stop("latency=1s"), sent("latency=1s").delivery.delay), (None, Duration::from_secs(1)));
    let unmeasured = |rule: &str| sent(rule).delivery.unmeasured;
    assert!(unmeasured("no_length") && unmeasured("cut.after=4,cut.length=false") && !unmeasured("cut=4"));
    assert_eq!(sent("truncated_length=4").body.len(), 4);
    assert_eq!(sent("truncated_length=40").body.len(), 10);
    let answer = sent("body=other,content_type=text/x");
    assert_eq!(answer.bytes().map(|bytes| &bytes[..]), Some(&b"other"[..]));
    assert_eq!(answer.headers, [("content-type".to_owned(), "text/x".to_owned())]);
}

#[test]
fn latencies_vary_between_their_bounds_and_repeat() {
    let delays = |seed| {
        let (min, max) = (Duration::from_millis(100), Duration::from_millis(200));
        let rules = faults(seed, &[Fault::any().latency_between(min, max)]);
        let delay = |_| rules.judge(&call("GET"), at(0)).unwrap().delay;
        (0..50).map(delay).collect::<Vec<_>>()
    };
    let mut once = delays(1);
    assert_eq!(once, delays(1));
    assert_ne!(once, delays(2));
    assert!(once.iter().all(|delay| (100..=200).contains(&delay.as_millis())));
    once.dedup();
    assert!(once.len() > 40, "they vary");
}

/// The bytes of a file as they come out.
fn out(answer: Answer) -> Vec<u8> {
    let Body::Part(Content::Flipped(flipped), range) = answer.body else { panic!("a sound file") };
    let Content::Memory(bytes) = &flipped.content else { panic!("a file on disk") };
    let at = |position: u64| usize::try_from(position).unwrap();
    flipped.apply(range.start, bytes.slice(at(range.start)..at(range.end))).to_vec()
}

#[test]
fn bits_are_wrong_at_the_same_place_in_wholes_and_parts() {
    let rules = faults(5, &[Fault::any().flip(40)]);
    let original: Vec<u8> = (0..=255).collect();
    let part = |subject: &Subject, range: std::ops::Range<u64>| {
        let mut answer =
            Answer::new(200, "x/y", Body::Part(Content::Memory(Bytes::from(original.clone())), range));
        rules.judge(subject, at(0)).unwrap().alter_file(&mut answer);
        out(answer)
    };
    let whole = part(&file("0"), 0..256);
    let wrong: u32 = whole.iter().zip(&original).map(|(one, other)| (one ^ other).count_ones()).sum();
    assert_eq!((whole.len(), wrong), (256, 40));
    assert_eq!(part(&file("0"), 100..200), whole[100..200]);
    assert_eq!(part(&file("0"), 7..8), whole[7..8]);
    assert_ne!(part(&file("1"), 0..256), whole, "another file has others");

    let single = |rule: &str, range: std::ops::Range<u64>| {
        let rules = faults(0, &[rule.parse().unwrap()]);
        let mut answer =
            Answer::new(200, "x/y", Body::Part(Content::Memory(Bytes::from_static(&[0; 16])), range));
        rules.judge(&file("0"), at(0)).unwrap().alter_file(&mut answer);
        out(answer)
    };
    assert_eq!(single("flip.bit=9", 0..4), [0, 2, 0, 0]);
    assert_eq!(single("flip.byte=2", 1..4), [0, 255, 0]);
    assert_eq!(single("flip.byte=99", 0..2), [0, 0], "beyond the file nothing is wrong");
}

#[test]
fn json_goes_wrong_and_stays_json() {
    let altered = |rule: &str, body: &str| {
        let rules = faults(0, &[rule.parse().unwrap()]);
        let mut answer = Answer::new(200, "application/json", body.to_owned());
        rules.judge(&call("GET"), at(0)).unwrap().send(&mut answer);
        String::from_utf8(answer.bytes().unwrap().to_vec()).unwrap()
    };
    assert_eq!(
        altered("duplicate_keys", r#"{"a":[{"c":2}],"b":1}"#),
        r#"{"a":[{"c":2,"c":null}],"a":null,"b":1}"#
    );
    assert_eq!(altered("duplicate_keys", "[1]"), "[1]");
    assert_eq!(altered("duplicate_keys", "no JSON"), "no JSON");
    assert_eq!(altered("deep=3", r#"{"a":1}"#), r#"{"a":1,"emulator_padding":[[[]]]}"#);
    assert_eq!(altered("deep=2", "{}"), r#"{"emulator_padding":[[]]}"#);
    assert_eq!(altered("deep=2", "[1]"), "[1,[[]]]");
    assert_eq!(altered("deep=2", "7"), "7");
    let huge = altered("huge=1MiB", r#"{"a":1}"#);
    let value: Value = serde_json::from_str(&huge).unwrap();
    assert_eq!((&value["a"], value["emulator_padding"].as_str().map(str::len)), (&json!(1), Some(1 << 20)));
    assert!(altered("deep=100000", "{}").len() > 200_000);

    let effects = Fault::any().wrong_types().null_links().effects;
    let mut body = json!({"n": 1, "t": "x", "b": true, "z": null, "l": [2, "http://h/1"], "o": {}});
    effects.alter(&mut body, &|text| text.starts_with("http://h/"));
    let wrong = json!({"n": "1", "t": {"value": "x"}, "b": 1, "z": null, "l": ["2", null], "o": {}});
    assert_eq!(body, wrong);
}
