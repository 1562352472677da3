use serde_json::{Value, json};

use super::*;
use crate::check::Strictness;
use crate::error::Error;
use crate::service::{Bounds, JsonKind, Kind, Lists, Parameter, TimeFormat, Traits};
use crate::sign::Pairs;
use crate::testing::{LINKS, SERVICE};
use crate::value::Parameters;

fn told(settings: &[(&str, &str)]) -> Vec<(String, String)> {
    settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn least() -> Parameters {
    vec![("Instance", json!("i-1")), ("BackupId", json!(5))]
}

fn with(more: &[(&'static str, Value)]) -> Parameters {
    least().into_iter().chain(more.iter().cloned()).collect()
}

fn formed(endpoint: Option<&str>, method: &str, parameters: &Parameters) -> Result<Built, Error> {
    let form = form(&LINKS, method).unwrap();
    build(&SERVICE, &LINKS, &told(&[("region", "r-1")]), endpoint, form, parameters)
}

fn built(method: &str, parameters: &Parameters) -> Built {
    formed(None, method, parameters).unwrap()
}

fn body(built: &Built) -> String {
    String::from_utf8(built.draft.encoded_body()).unwrap()
}

#[test]
fn every_value_goes_to_its_place() {
    let built = built(
        "post",
        &with(&[
            ("Since", json!("2026-01-02 03:04:05")),
            ("Extra", json!({"b": [1.0, null], "a": "x"})),
            ("Fresh", json!(false)),
            ("Share", json!(0.5)),
            ("Limit", json!(null)),
            ("Items", json!([{"Vpcs": ["v"], "Mode": null, "Zone": "z"}])),
            ("Project", json!("p 1")),
        ]),
    );
    assert_eq!(built.url(), "https://redis.acme.example/api/v1/i-1/backup:links?Version=v7&Project=p%201");
    assert_eq!(built.draft.host, "redis.acme.example");
    assert_eq!(
        body(&built),
        r#"{"Action":"Links","backup_id":5,"Items":[{"Zone":"z","vpc-list":["v"]}],"Share":0.5,"Fresh":false,"Extra":{"a":"x","b":[1.0,null]},"Since":"2026-01-02 03:04:05"}"#
    );
    let headers: Vec<(&str, &str)> =
        built.draft.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        headers,
        [("X-Project", "p 1"), ("X-Region", "r-1"), ("Content-Type", "application/json; v=1")]
    );
    assert_eq!(built.settings, told(&[("region", "r-1"), ("project", "p 1"), ("product", "redis")]));
}

#[test]
fn lists_are_flattened_in_queries_and_forms() {
    let parameters = with(&[
        ("Addresses", json!(["a", "b&c"])),
        ("Limit", json!("custom")),
        ("Items", json!([{"Zone": "z", "Vpcs": ["v", "w"]}, {"Zone": "y"}])),
        ("Tags", json!({"k": "v"})),
        ("Share", json!(2.0)),
        ("Fresh", json!(true)),
        ("Extra", json!([[1], {"a": null}])),
    ]);
    let flat = "Action=Links&backup_id=5&Limit=custom&Items.1.Zone=z&Items.1.vpc-list.1=v&Items.1.vpc-list.2=w\
        &Items.2.Zone=y&Addresses.1=a&Addresses.2=b%26c&Share=2&Fresh=true&Tags.k=v&Extra.1.1=1";
    let query = built("GET", &parameters);
    assert_eq!(query.draft.method, "GET");
    assert_eq!(query.url().split_once('?').unwrap().1, flat.replace("Links&", "Links&Version=v7&"));
    assert_eq!(body(&query), "");
    assert_eq!(query.draft.header("content-type"), None);
    let form = built("PUT", &parameters);
    assert_eq!(form.url().split_once('?').unwrap().1, "Version=v7");
    assert_eq!(body(&form), flat);
    assert_eq!(form.draft.header("content-type"), Some("application/x-www-form-urlencoded"));
}

#[test]
fn an_unknown_form_is_refused() {
    let problem = super::form(&LINKS, "PATCH").unwrap_err().to_string();
    assert_eq!(problem, "Links is called with POST or GET or PUT, not with PATCH");
}

#[test]
fn a_parameter_overrides_the_setting_that_fills_it() {
    let built = built("POST", &with(&[("Region", json!("r-fin"))]));
    assert_eq!(built.draft.host, "r-fin.acme.example");
    assert_eq!(built.draft.header("x-region"), Some("r-fin"));
    assert_eq!(built.settings[0].1, "r-fin");
}

#[test]
fn path_values_are_one_segment() {
    let built = built("POST", &vec![("Instance", json!("a/b?c#d %2e:é")), ("BackupId", json!(5))]);
    assert_eq!(built.draft.path, "/api/v1/a%2Fb%3Fc%23d%20%252e%3A%C3%A9/backup:links");
    for bad in ["", ".", ".."] {
        let error =
            formed(None, "POST", &vec![("Instance", json!(bad)), ("BackupId", json!(5))]).unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error}");
    }
}

#[test]
fn an_endpoint_replaces_host_and_prefixes_the_path() {
    let url = |endpoint| formed(Some(endpoint), "GET", &least()).unwrap();
    for (endpoint, base, host) in [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/", "127.0.0.1:8080"),
        (" https://Proxy.Example:443/x/y/ ", "https://proxy.example/x/y/v1/", "proxy.example"),
        ("http://h.example:443", "http://h.example:443/v1/", "h.example:443"),
        ("http://[::1]:80/", "http://[::1]/v1/", "[::1]"),
    ] {
        let built = url(endpoint);
        assert!(built.url().starts_with(base), "{}", built.url());
        assert_eq!(built.draft.host, host);
    }
}

#[test]
fn what_is_no_endpoint_is_refused() {
    for (endpoint, why) in [
        ("h.example", "is not an absolute URL"),
        ("localhost:80", "must begin with http"),
        ("ftp://h.example", "must begin with http"),
        ("https://me:hush@h.example", "user name"),
        ("https://h.example/?hush=1", "query"),
        ("", "is not an absolute URL"),
    ] {
        let error = formed(Some(endpoint), "GET", &least()).unwrap_err();
        let Error::Config(problem) = &error else { panic!("{error}") };
        assert!(problem.contains(why) && !problem.contains("hush"), "{endpoint}: {problem}");
    }
}

#[test]
fn a_setting_cannot_lead_elsewhere() {
    let error = build(&SERVICE, &LINKS, &told(&[("region", "evil.example/-fin")]), None, None, &least());
    let problem = error.unwrap_err().to_string();
    assert_eq!(problem, "Links: the region \"evil.example/-fin\" cannot stand in a host name");
}

#[test]
fn a_missing_setting_says_how_to_give_it() {
    for told in [told(&[]), told(&[("region", "")])] {
        let error = build(&SERVICE, &LINKS, &told, None, None, &least()).unwrap_err();
        let Error::Config(problem) = error else { panic!("{error}") };
        assert_eq!(
            problem,
            "Links: the setting region has no value: give --region, the parameter Region, RDBFETCH_REGION or ACME_REGION"
        );
    }
}

#[test]
fn no_header_can_be_smuggled_in() {
    for bad in ["r\r\nX-Evil: 1", " r", "é"] {
        let error = formed(None, "POST", &with(&[("Region", json!(bad))])).unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error}");
        let error = build(&SERVICE, &LINKS, &told(&[("region", bad)]), Some("http://h"), None, &least());
        assert!(error.unwrap_err().to_string().contains("X-Region cannot travel in a header"));
    }
}

fn violations(parameters: &[(&str, Value)], strictness: Strictness) -> Vec<String> {
    match validate(&LINKS, parameters, strictness) {
        Ok(()) => Vec::new(),
        Err(violations) => violations.iter().map(|one| format!("{} {}", one.path, one.problem)).collect(),
    }
}

#[test]
fn all_violations_are_found_at_once() {
    let wrong = [
        ("backup_id", json!("5")),
        ("Limt", json!("x")),
        ("Nonsense", json!(1)),
        ("Instance", json!("")),
        ("Items", json!([{"Mode": "Up", "Vpcs": [1], "zone": 1}, 7])),
        ("Addresses", json!(["a", "b", "c"])),
        ("Share", json!(10)),
        ("Tags", json!({"a": 1})),
        ("Since", json!("yesterday")),
        ("Limit", json!("all")),
        ("Limit", json!("all")),
    ];
    assert_eq!(
        violations(&wrong, Strictness::Documented),
        [
            "Limt is no parameter here; did you mean Limit?",
            "Nonsense is no parameter here",
            "Limit is given twice",
            "Instance is required",
            "BackupId must be a whole number of 64 bits, not text",
            "Limit is \"all\", but only any, custom is documented",
            "Items[0].zone is no parameter here; did you mean Zone?",
            "Items[0].Zone is required",
            "Items[0].Vpcs[0] must be text, not a number",
            "Items[0].Mode is \"Up\", but only In, Out is documented",
            "Items[1] must be an object, not a number",
            "Addresses is 3, but 1 to 2 is documented",
            "Share is 10, but 0 to 9 is documented",
            "Tags.a must be text, not a number",
            "Since must be a time such as 2026-07-01 08:00:00, or in RFC 3339 such as 2026-07-01T00:00:00Z",
        ]
    );
    assert_eq!(
        violations(&[("Limit", json!(7)), ("Since", json!("x")), ("Share", json!("10"))], Strictness::Form),
        ["Instance is required", "BackupId is required"]
    );
}

#[test]
fn rules_hold_in_both_tiers() {
    let with = |more: &[(&str, Value)]| {
        let mut all = vec![("Instance", json!("i-1")), ("BackupId", json!(5))];
        all.extend(more.iter().map(|(name, value)| (*name, value.clone())));
        violations(&all, Strictness::Form)
    };
    let custom = ("Limit", json!("custom"));
    assert_eq!(with(std::slice::from_ref(&custom)), ["Items breaks a rule: custom needs Items or Addresses"]);
    assert_eq!(with(&[custom.clone(), ("Addresses", json!([]))]).len(), 1, "an empty list is not there");
    assert_eq!(with(&[custom.clone(), ("Addresses", json!(["a"]))]), [""; 0]);
    let tags = ("Tags", json!({"a": "b"}));
    assert_eq!(
        with(std::slice::from_ref(&tags)),
        ["Tags breaks a rule: Tags go with custom only"],
        "by the default"
    );
    assert_eq!(with(&[custom, ("Addresses", json!(["a"])), tags]), [""; 0]);
    assert_eq!(with(&[("Limit", json!("i-1"))]), ["Instance breaks a rule: they differ"]);
    assert_eq!(with(&[("Limit", json!(null)), ("Region", json!(null))]), [""; 0]);
}

#[test]
fn wire_names_find_their_parameter() {
    let given = [("Instance", json!("i-1")), ("backup_id", json!(5)), ("X-Region", json!("r-2"))];
    let known = parameters(&LINKS, &given, Strictness::Documented).unwrap();
    assert_eq!(known, [("Instance", json!("i-1")), ("BackupId", json!(5)), ("Region", json!("r-2"))]);
    assert_eq!(parameter(&LINKS, "nothing").map(|one| one.name), None);
}

#[test]
fn text_becomes_values() {
    let seconds = Kind::Timestamp(TimeFormat { format: "%s", offset: 0 });
    let china = Kind::Timestamp(TimeFormat { format: "%Y-%m-%d %H:%M:%S", offset: 28800 });
    for (kind, text, value) in [
        (Kind::String, " 5 ", json!(" 5 ")),
        (Kind::Int64, " -5 ", json!(-5)),
        (Kind::Double, "5", json!(5)),
        (Kind::Double, "0.5", json!(0.5)),
        (Kind::Bool, "True", json!(true)),
        (seconds, "1529927068", json!(1_529_927_068)),
        (seconds, "2018-06-25T11:44:28Z", json!(1_529_927_068)),
        (china, "2018-06-25 19:44:28", json!("2018-06-25 19:44:28")),
        (china, "2018-06-25T11:44:28Z", json!("2018-06-25 19:44:28")),
        (Kind::List(&Kind::Int64), "1,2", json!([1, 2])),
        (Kind::List(&Kind::Int64), " [1]", json!([1])),
        (Kind::List(&Kind::String), "", json!([])),
        (Kind::List(&Kind::Any), "[{}]", json!([{}])),
        (Kind::Map(&Kind::String), r#"{"a": "b"}"#, json!({"a": "b"})),
        (Kind::Any, "{\"a\": 1}", json!({"a": 1})),
        (Kind::Any, "{oops", json!("{oops")),
    ] {
        assert_eq!(coerce(&kind, text), Ok(value), "{kind:?} {text}");
    }
}

#[test]
fn text_that_fits_no_type_is_refused_without_being_repeated() {
    for (kind, why) in [
        (Kind::Int64, "must be a whole number of 64 bits"),
        (Kind::Double, "must be a number"),
        (Kind::Bool, "must be true or false"),
        (
            Kind::Timestamp(TimeFormat { format: "", offset: 0 }),
            "must be a time such as 2026-07-01T00:00:00Z",
        ),
        (Kind::List(&Kind::Int64), "must be a whole number of 64 bits each"),
        (Kind::List(&Kind::Any), "must be a JSON array"),
        (Kind::Object(|| &[]), "is not JSON: "),
    ] {
        let problem = coerce(&kind, "hush").unwrap_err();
        assert!(problem.starts_with(why) && !problem.contains("hush"), "{problem}");
    }
    assert!(coerce(&Kind::Int64, "99999999999999999999").is_err());
    assert!(coerce(&Kind::Double, "inf").is_err());
    assert_eq!(coerce(&Kind::Map(&Kind::String), "[]").unwrap_err(), "must be a JSON object");
    assert!(coerce(&Kind::List(&Kind::String), "[1").unwrap_err().starts_with("is not JSON"));
}

const WHERE: Kind = Kind::Object(|| {
    const FIELDS: &[Parameter] = &[
        Parameter::of::<String>("Name"),
        Parameter { wire: "In", ..Parameter::of::<Vec<String>>("Values") },
        Parameter { traits: Traits { quoted: true, ..Traits::NONE }, ..Parameter::of::<Option<i64>>("Size") },
    ];
    FIELDS
});

fn flat(kind: &'static Kind, value: &Value, lists: Lists) -> String {
    let mut pairs = Pairs::default();
    flatten::flatten(kind, value, "K", lists, &mut pairs);
    let pairs =
        pairs.iter().map(|(name, value)| format!("{}={}", name.to_string_lossy(), value.to_string_lossy()));
    pairs.collect::<Vec<_>>().join(" ")
}

#[test]
fn lists_travel_in_the_notation_of_the_spec() {
    static OBJECTS: Kind = Kind::List(&WHERE);
    static TEXTS: Kind = Kind::List(&Kind::String);
    let objects = json!([{"Name": "a", "Values": ["x", "y"]}, {"Name": "b", "Size": 5}]);
    let named = |before, first, after, member| Lists::Named { before, first, after, member };
    for (lists, expected) in [
        (Lists::dotted(0), "K.0.Name=a K.0.In.0=x K.0.In.1=y K.1.Name=b K.1.Size=5"),
        (
            named(".member.", 1, "", (".", "")),
            "K.member.1.Name=a K.member.1.In.member.1=x K.member.1.In.member.2=y K.member.2.Name=b K.member.2.Size=5",
        ),
        (named("[", 0, "]", (".", "")), "K[0].Name=a K[0].In[0]=x K[0].In[1]=y K[1].Name=b K[1].Size=5"),
        (
            named("[", 1, "]", ("[", "]")),
            "K[1][Name]=a K[1][In][1]=x K[1][In][2]=y K[2][Name]=b K[2][Size]=5",
        ),
        (Lists::Json, r#"K=[{"Name":"a","In":["x","y"]},{"Name":"b","Size":"5"}]"#),
    ] {
        assert_eq!(flat(&OBJECTS, &objects, lists), expected);
    }
    let texts = json!(["x", "y z"]);
    assert_eq!(flat(&TEXTS, &texts, Lists::Repeated("")), "K=x K=y z");
    assert_eq!(flat(&TEXTS, &texts, Lists::Repeated("[]")), "K[]=x K[]=y z");
    assert_eq!(flat(&TEXTS, &texts, Lists::Joined("|")), "K=x|y z");
    for lists in [Lists::Repeated(""), Lists::Joined(","), Lists::dotted(1)] {
        assert_eq!(flat(&TEXTS, &json!([]), lists), "", "an empty list is not sent");
    }
    assert_eq!(flat(&Kind::Int64, &json!(5), Lists::Json), "K=5", "what is no list travels as it is");
}

#[test]
fn parameters_stand_below_the_keys_of_a_body() {
    const fn inside(name: &'static str, within: &'static [&'static str], quoted: bool) -> Parameter {
        let traits = Traits { within, quoted, lists: None, pattern: None };
        Parameter { traits, bounds: Bounds::NONE, ..Parameter::of::<i64>(name) }
    }
    static PARAMETERS: [Parameter; 4] = [
        inside("a", &["x", "y"], false),
        inside("b", &[], true),
        inside("c", &["x"], true),
        inside("d", &["x", "y"], false),
    ];
    let seven = json!(7);
    let mut members = flatten::Members::default();
    assert!(members.is_empty());
    members.constant("v", JsonKind::Integer, "2");
    members.constant("w", JsonKind::Bool, "true");
    members.constant("n", JsonKind::String, "2");
    for parameter in &PARAMETERS {
        members.parameter(parameter, &seven);
    }
    let written = String::from_utf8(members.to_bytes()).unwrap();
    assert_eq!(written, r#"{"v":2,"w":true,"n":"2","x":{"y":{"a":7,"d":7},"c":"7"},"b":"7"}"#);
}

#[test]
fn texts_fit_their_pattern_as_a_whole() {
    let mut check = crate::check::Check::new("Links", Strictness::Documented);
    check.pattern("a", &json!("ab-1"), "[a-z]+-[0-9]|x");
    check.pattern("b", &json!("ab-12"), "[a-z]+-[0-9]|x");
    check.pattern("c", &json!(["x", "xx"]), "[a-z]+-[0-9]|x");
    check.pattern("d", &json!(5), "x");
    let error = check.finish().unwrap_err().to_string();
    assert!(error.contains("b does not fit the documented pattern [a-z]+-[0-9]|x"), "{error}");
    assert!(error.contains("c[1] does not fit") && !error.contains("xx"), "{error}");
    assert!(!error.contains("a does") && !error.contains("d does") && !error.contains("c[0]"), "{error}");
    let mut check = crate::check::Check::new("Links", Strictness::Form);
    check.pattern("b", &json!("ab-12"), "x");
    assert!(check.finish().is_ok(), "a documented limit");
}
