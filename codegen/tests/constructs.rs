//! One construct of the language each, and the Rust that it becomes.

use rdbfetch_codegen::{SpecFile, generate};

/// The least that a service is.
const SERVICE: &str = r#"title: Tiny
endpoint: "https://tiny.example/"
request: {method: POST, place: json}
response:
  success: {$status: 200..299}
  error: {code: code}
  fields:
    code: {type: string, doc: Error code.}
errors:
  Denied: {class: auth, when: [unknown-key, no-operation], doc: Who are you?}
  Wrong: {class: invalid, when: [missing, bad-value], doc: The request is wrong.}
auth:
  headers:
    Authorization: "Bearer {secret}"
"#;

/// The generated files of a tiny service with these operations, by their paths in it.
fn generated(service: &str, operations: &[(&str, &str)], wanted: &[&str]) -> String {
    let files: Vec<SpecFile> = [("service", service)]
        .iter()
        .chain(operations)
        .map(|(name, text)| SpecFile { path: format!("specs/tiny/{name}.yaml"), text: (*text).to_owned() })
        .collect();
    let outputs = generate(&files, &[]).unwrap_or_else(|failure| panic!("{failure}"));
    let find = |path: &str| {
        let path = format!("tiny/{path}.rs");
        &outputs.iter().find(|output| output.path == path).unwrap_or_else(|| panic!("no {path}")).text
    };
    wanted.iter().map(|path| find(path).as_str()).collect::<Vec<_>>().join("\n")
}

macro_rules! pin {
    ($name:literal, $service:expr, $operations:expr, $wanted:expr) => {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("constructs");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!($name, generated($service, $operations, $wanted)));
    };
}

#[test]
fn enums() {
    let operation = r#"summary: Values of texts, of numbers, and of texts of digits.
parameters:
  Mode: {type: string, required: true, values: [fast, slow], doc: How.}
  Level: {type: int64, values: {1: {name: Low, doc: Little.}, -1: {name: None, doc: Nothing.}, 2: Much.}, doc: How much.}
  Flag: {type: string, values: {"0": {name: Off, doc: Off.}, "1": {name: On, doc: On.}}, default: "0", doc: Whether.}
  Kinds: {type: "string[]", values: [a-b, type, Unknown], doc: Which.}
  State: {type: string, values: [all, done], doc: Which ones.}
response:
  State: {type: string, values: [busy, done], doc: How it is.}
  Mode: {type: string, values: [fast, slow], doc: How.}
  Levels: {type: "int64[]", values: [1, 2], doc: How much.}
"#;
    pin!("enums", SERVICE, &[("Enums", operation)], &["enums"]);
}

#[test]
fn objects() {
    let operation = r#"summary: Objects in requests, in answers, and in both.
parameters:
  Filter: {type: Filter, required: true, doc: What to look for.}
  More: {type: "Filter[]", doc: What else.}
types:
  Filter:
    Name: {type: string, required: true, doc: Name of the field.}
    Range: {type: Range, doc: Values of the field.}
  Range:
    From: {type: int64, required: true, bounds: 0.., doc: The least.}
    To: {type: int64, doc: The most.}
    Exact: {type: bool, doc: Whether nothing between counts.}
  Found:
    Id: {type: string, required: true, doc: Id.}
    Matched: {type: Range, doc: What matched.}
response:
  Found: {type: "Found[]", doc: What was found.}
  Best: {type: Found, doc: What fits best.}
"#;
    pin!("objects", SERVICE, &[("Objects", operation)], &["objects"]);
}

#[test]
fn maps() {
    let operation = r#"summary: Maps of texts, of lists, and of objects.
parameters:
  Labels: {type: "map<string>", required: true, doc: Labels.}
  Rules: {type: "map<Rule>", doc: Rules by name.}
types:
  Rule:
    On: {type: bool, required: true, doc: Whether it holds.}
response:
  Sizes: {type: "map<int64>", doc: Sizes by node.}
  Links: {type: "map<string[]>", doc: Links by node.}
  Rules: {type: "map<Rule>", doc: Rules by name.}
"#;
    pin!("maps", SERVICE, &[("Maps", operation)], &["maps"]);
}

#[test]
fn recursion() {
    let operation = r#"summary: A tree.
parameters:
  Root: {type: Node, required: true, doc: The tree.}
types:
  Node:
    Name: {type: string, required: true, doc: Name.}
    Next: {type: Node, doc: The next one.}
    Children: {type: "Node[]", doc: What hangs below.}
response:
  Root: {type: Node, doc: The tree.}
"#;
    pin!("recursion", SERVICE, &[("Recursion", operation)], &["recursion"]);
}

#[test]
fn timestamps() {
    let operation = r#"summary: Moments in several formats.
parameters:
  From: {type: timestamp, required: true, doc: Beginning.}
  To: {type: timestamp, format: "%s", doc: End.}
  Days: {type: "timestamp[]", format: "%Y-%m-%d", zone: "+08:00", doc: Days.}
response:
  Rfc: {type: timestamp, doc: As RFC 3339.}
  Unix: {type: timestamp, format: "%s", doc: In seconds.}
  Millis: {type: timestamp, format: "%s%L", doc: In milliseconds.}
  Local: {type: timestamp, format: "%Y-%m-%d %H:%M:%S", zone: "+08:00", doc: In China.}
  West: {type: timestamp, format: "%Y-%m-%d %H:%M:%S", zone: "-03:30", doc: In Newfoundland.}
  Slashes: {type: timestamp, format: "%Y/%m/%d %H:%M:%S", doc: With slashes.}
  Dots: {type: timestamp, format: "%Y.%m.%d %H.%M", doc: With dots.}
  Days: {type: "timestamp[]", format: "%Y-%m-%d", zone: "+08:00", doc: Days.}
"#;
    pin!("timestamps", SERVICE, &[("Timestamps", operation)], &["timestamps"]);
}

#[test]
fn requests_that_need_nothing_one_thing_and_five() {
    let none = "summary: Needs nothing.\nparameters:\n  A: {type: string, doc: A.}\n";
    let one = "summary: Needs one.\nparameters:\n  A: {type: string, required: true, doc: A.}\n  B: {type: bool, doc: B.}\n";
    let five = r#"summary: Needs five.
parameters:
  Text: {type: string, required: true, doc: A text.}
  Count: {type: int64, required: true, doc: A number.}
  List: {type: "string[]", required: true, doc: A list.}
  Mode: {type: string, required: true, values: [x, y], doc: A word.}
  At: {type: timestamp, required: true, doc: A moment.}
  Ratio: {type: double, doc: A fraction.}
"#;
    let operations = [("None", none), ("One", one), ("Five", five)];
    pin!("required", SERVICE, &operations, &["none", "one", "five"]);
    pin!("client", SERVICE, &operations, &["mod"]);
}

#[test]
fn rules() {
    let operation = r#"summary: Rules between parameters.
parameters:
  A: {type: string, doc: A.}
  B: {type: string, values: [x, y], default: x, doc: B.}
  C: {type: int64, doc: C.}
  D: {type: timestamp, format: "%s", doc: D.}
rules:
  - {required: [A, C]}
  - {required: A, if: {B: [x, "y*"], C: 1..5}}
  - {forbidden: D, if: {A: null}, doc: D goes with A.}
  - {not_equal: [A, B]}
"#;
    pin!("rules", SERVICE, &[("Rules", operation)], &["rules"]);
}

#[test]
fn bounds() {
    let operation = r#"summary: Limits of numbers, texts and lists.
parameters:
  Count: {type: int64, required: true, bounds: 1..100, doc: A number.}
  Offset: {type: int64, bounds: -5.., doc: Another number.}
  Name: {type: string, bounds: ..64, doc: A text.}
  Tags: {type: "string[]", bounds: 1..5, doc: A list.}
"#;
    pin!("bounds", SERVICE, &[("Bounds", operation)], &["bounds"]);
}

#[test]
fn sensitive() {
    let operation = r#"summary: What must never be shown.
parameters:
  Password: {type: string, required: true, sensitive: true, doc: A password.}
  Hints: {type: "string[]", sensitive: true, doc: Hints.}
response:
  Url: {type: string, sensitive: true, doc: A link.}
  Urls: {type: "string[]", sensitive: true, doc: Links.}
"#;
    pin!("sensitive", SERVICE, &[("Sensitive", operation)], &["sensitive"]);
}

#[test]
fn paths() {
    let operation = r#"summary: Parameters in the path, in a header and in the query.
request: {method: GET, path: "/{Kind}/{Id}/links", place: query}
parameters:
  Kind: {type: string, required: true, place: path, values: [a, b], doc: Kind.}
  Id: {type: string, required: true, place: path, doc: Id.}
  Number: {type: int64, place: header, wire: X-Number, doc: Number.}
  Rest: {type: string, doc: The rest.}
"#;
    pin!("paths", SERVICE, &[("Paths", operation)], &["paths"]);
}

#[test]
fn signatures() {
    let service = SERVICE.replace(
        "auth:\n  headers:\n    Authorization: \"Bearer {secret}\"\n",
        r#"settings:
  region: {required: true, doc: Region.}
auth:
  steps:
    canonical: "{method}\n{query | encode | sort | join('=') | join('&')}\n{headers | join(':') | lines}"
    text: "{variant}\n{now | time('%s')}\n{canonical | sha256 | hex}"
    key: secret | hmac_sha256(region) | hmac_sha256('tiny')
    signature: key | hmac_sha256(text) | hex
  headers:
    Host: "{host}"
    Authorization: "{variant} {access_key}/{region}/{signed_headers | join(';')}/{signature}"
  params:
    Time: "{now | time('%s')}"
    Token: "{token}"
  sign_headers: [host, x-*]
  default: V2
  variants:
    V2:
      headers: {X-Nonce: "{uuid}"}
    V1:
      steps: {signature: secret | hmac_sha1(text) | base64}
"#,
    );
    let service = service.replace("no-operation]", "no-operation, bad-signature, expired-clock]");
    pin!("signatures", &service, &[("Signed", "summary: A signed call.\n")], &["auth"]);
}

#[test]
fn errors() {
    let operation = r#"summary: Errors.
errors:
  NotFound.Backup: {class: not-found, status: 404, doc: No such backup.}
  "4001": {class: throttled, retry: true, name: TooFast, doc: Too many requests.}
  "-5": {class: invalid, assumed: true, doc: Something else.}
  "5*": {class: server, doc: Fault inside.}
  Other: {class: server, doc: Anything.}
"#;
    pin!("errors", SERVICE, &[("Errors", operation)], &["errors"]);
}

#[test]
fn nothing() {
    pin!("nothing", SERVICE, &[("Nothing", "summary: Asks nothing and answers nothing.\n")], &["nothing"]);
}

#[test]
fn shared_types() {
    let service = SERVICE.replace(
        "errors:\n",
        r#"types:
  Tag:
    Key: {type: string, required: true, doc: Key.}
    Kind: {type: string, values: [user, system], doc: Who set it.}
  Owner:
    Since: {type: timestamp, format: "%s", doc: Since when.}
    Tags: {type: "Tag[]", doc: Tags.}
errors:
"#,
    );
    let write = "summary: Writes tags.\nparameters:\n  Tags: {type: \"Tag[]\", required: true, doc: Tags.}\n";
    let read = "summary: Reads an owner.\nresponse:\n  Owner: {type: Owner, doc: The owner.}\n";
    let operations = [("WriteTags", write), ("ReadOwner", read)];
    pin!("shared", &service, &operations, &["types", "write_tags", "read_owner"]);
}
