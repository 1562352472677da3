//! The obstacle course, from the side of those who use what it becomes: Rust names, and names on the wire.

use std::sync::Arc;

use bytes::Bytes;
use rdbfetch::check::Strictness;
use rdbfetch::transport::{BoxFuture, Request, Response, Transport};
use rdbfetch::{Credentials, TransportError};
use rdbfetch_clouds::obstacles::{self, Client};
use serde_json::{Value, json};

/// Answers every request with the same text.
struct Canned(u16, &'static str);

impl Transport for Canned {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let body = Box::new(Some(Bytes::from(self.1)));
        Box::pin(std::future::ready(Ok(Response { status: self.0, headers: Vec::new(), body })))
    }
}

fn client(status: u16, answer: &'static str) -> Client {
    Client::new(|builder| {
        let keys = Credentials::new("key", "secret");
        builder.region("r").credentials(keys).transport(Arc::new(Canned(status, answer)))
    })
    .expect("everything is configured")
}

/// The parameters of a request as one object.
fn object(parameters: Vec<(&'static str, Value)>) -> Value {
    parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[tokio::test]
async fn keywords_are_names() {
    let cloud = client(200, r#"{"type": "a", "self": "b", "try": "c", "union": "d", "gen": "e"}"#);
    let call = cloud.type_("async", "fn", "match", "type", "self").gen_("gen").yield_("yield").box_("box");
    let wanted = json!({
        "async": "async", "fn": "fn", "match": "match", "type": "type", "self": "self",
        "gen": "gen", "yield": "yield", "box": "box",
    });
    assert_eq!(object(call.request().parameters()), wanted);
    let answer = call.send().await.expect("a success");
    let read = [&answer.type_, &answer.self_, &answer.try_, &answer.union_, &answer.gen_];
    assert_eq!(read.map(|text| text.as_deref().unwrap_or_default()), ["a", "b", "c", "d", "e"]);

    let error = client(400, r#"{"error": "match"}"#).type_("", "", "", "", "").send().await.unwrap_err();
    assert!(error.to_string().contains("is required"), "what is empty is not sent: {error}");
    let error = client(400, r#"{"error": "match"}"#).type_("a", "b", "c", "d", "e").send().await.unwrap_err();
    assert!(matches!(error, obstacles::type_::Error::Match(_)), "{error:?}");
    let error = client(400, r#"{"error": "self"}"#).type_("a", "b", "c", "d", "e").send().await.unwrap_err();
    assert!(matches!(error, obstacles::type_::Error::Self_(_)), "{error:?}");
}

#[tokio::test]
async fn names_of_the_generated_code_are_names_too() {
    use obstacles::new_operation::{Call, Error, KindValue, Request, RequestObject};

    let cloud = client(
        200,
        r#"{"Error": "e", "Answer": {"String": [{"Box": {"Value": [1], "BTreeMap": {"a": 1}}}]},
            "Option": {"Some": "s", "None": [{"Ok": 1, "Err": "None"}]}, "Operation": {"Error": "x"}}"#,
    );
    let mut inner = RequestObject::new();
    inner.error = Some("e".to_owned());
    let call = Call::new(cloud.cloud(), Request::new("n"))
        .send_(true)
        .build(["a", "b"])
        .request_(inner)
        .validate(1)
        .parameters(0.5)
        .values(json!({"x": null}))
        .cloud([("a", "b".to_owned())])
        .fields("f")
        .kind(KindValue::Dashed);
    let wanted = json!({
        "new": "n", "send": true, "build": ["a", "b"], "request": {"Error": "e"}, "validate": 1, "parameters": 0.5,
        "values": {"x": null}, "cloud": {"a": "b"}, "FIELDS": "f", "Kind": "a-b",
    });
    assert_eq!(object(call.request().parameters()), wanted);
    let answer = call.send().await.expect("a success");
    assert_eq!(answer.error.as_deref(), Some("e"));
    let strings = &answer.answer.as_ref().expect("it is there").string;
    assert_eq!(strings[0].box_.as_ref().expect("it is there").btree_map["a"], 1);
    assert_eq!(answer.operation.as_ref().expect("it is there").error.as_deref(), Some("x"));
    let shared = answer.option.as_ref().expect("it is there");
    assert_eq!((shared.some.as_deref(), shared.none[0].ok), (Some("s"), Some(1)));

    for (code, fits) in [
        ("Other", (|error| matches!(error, Error::Other_(_))) as fn(&Error) -> bool),
        ("Failed", |error| matches!(error, Error::Failed_(_))),
        ("404", |error| matches!(error, Error::Code404(_))),
        ("A.B-C_D E", |error| matches!(error, Error::ABCDE(_))),
        ("Elsewhere", |error| matches!(error, Error::Other(_))),
    ] {
        let answer: &'static str = json!({"error": code}).to_string().leak();
        let error = client(400, answer).new_operation("n").send().await.unwrap_err();
        assert!(fits(&error), "{code}: {error:?}");
    }
}

#[test]
fn values_round_trip() {
    use obstacles::new_operation::KindValue;
    for (value, variant) in [
        ("Kind", KindValue::Kind),
        ("Unknown", KindValue::Unknown_),
        ("Self", KindValue::Self_),
        ("Some", KindValue::Some),
        ("None", KindValue::None),
        ("Ok", KindValue::Ok),
        ("Err", KindValue::Err),
        ("as_str", KindValue::AsStr),
        ("", KindValue::Empty),
        (" ", KindValue::Blank),
        ("a b", KindValue::AB),
        ("1", KindValue::Value1),
        ("-1", KindValue::Minus1),
        ("é", KindValue::Accent),
        ("with \"quotes\"", KindValue::WithQuotes),
        ("a\nb", KindValue::Break),
        ("elsewhere", KindValue::Unknown("elsewhere".to_owned())),
    ] {
        assert_eq!(KindValue::from(value), variant);
        assert_eq!(variant.as_str(), value);
    }
}

#[test]
fn what_is_no_name_becomes_one() {
    let mut request = obstacles::n2fast::Request::new("x");
    request.n3 = Some("3".to_owned());
    request.filter_1_name = Some("dots".to_owned());
    request.x_amz_date = Some("dashes".to_owned());
    request.a_b = Some("slash".to_owned());
    request.a_b_c_d = Some("quotes".to_owned());
    request.x = Some("letters".to_owned());
    let wanted = json!({
        "2fast": "x", "3": "3", "Filter.1.Name": "dots", "X-Amz-Date": "dashes", "a/b": "slash",
        "a b\"c\\d": "quotes", "中文x": "letters",
    });
    assert_eq!(object(request.parameters()), wanted);
}

#[test]
fn acronyms_are_words() {
    let mut request = obstacles::describe_uredis_backup_url::Request::new("id");
    request.vpc_id = Some("v".to_owned());
    request.oss_url = Some("o".to_owned());
    request.ipv6 = Some(true);
    request.https_enabled = Some(true);
    request.umem_space_id = Some("u".to_owned());
    let wanted = json!({
        "ID": "id", "VPCId": "v", "OSSUrl": "o", "IPv6": true, "HTTPSEnabled": true, "UMemSpaceID": "u",
    });
    assert_eq!(object(request.parameters()), wanted);
}

#[tokio::test]
async fn trees_grow_both_ways() {
    use obstacles::trees::{Node, Request};

    let mut leaf = Node::new("leaf");
    leaf.children = vec![Node::new("")];
    let mut root = Node::new("root");
    root.next = Some(Box::new(leaf.clone()));
    root.named = [("a".to_owned(), leaf)].into();
    let request = Request::new(root);
    let wanted = json!({"Root": {
        "Name": "root",
        "Next": {"Name": "leaf", "Children": [{"Name": ""}]},
        "Named": {"a": {"Name": "leaf", "Children": [{"Name": ""}]}},
    }});
    assert_eq!(object(request.parameters()), wanted);
    let violations = request.validate(Strictness::Form).unwrap_err();
    let paths: Vec<&str> = violations.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(paths, ["Root.Next.Children[0].Name", "Root.Named.a.Children[0].Name"]);

    let answer = r#"{"Root": {"Name": "a", "Next": {"Name": "b", "Children": [{"Name": "c"}]}}}"#;
    let read = client(200, answer).trees(Node::new("x")).send().await.expect("a success");
    let next = read.root.as_ref().and_then(|root| root.next.as_ref()).expect("it is there");
    assert_eq!((next.name.as_str(), next.children[0].name.as_str()), ("b", "c"));
    let wrong = r#"{"Root": {"Name": "a", "Next": {"Name": "b", "Children": [{"Names": "c"}]}}}"#;
    let error = client(200, wrong).trees(Node::new("x")).send().await.unwrap_err();
    assert!(error.to_string().contains("Root.Next.Children[0].Name is not as specified"), "{error}");
}

#[test]
fn eighty_parameters_are_eighty_parameters() {
    let operation = &obstacles::many::OPERATION;
    assert_eq!(operation.parameters.len(), 80);
    assert_eq!(operation.parameters.iter().filter(|parameter| parameter.required).count(), 40);
    assert_eq!(rdbfetch_clouds::empty::SERVICE.operations.len(), 0);
}
