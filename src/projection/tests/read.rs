//! Answers of every shape, and of none.

use super::*;

const A: &str = "https://h.example/a?x=1";
const B: &str = "https://h.example/b";

fn shape(name: &str) -> [Projection; 1] {
    [shapes().into_iter().find(|(other, _)| *other == name).unwrap().1]
}

/// Name, public and internal link of each row.
fn read_shape(name: &str, body: &str) -> Vec<[Option<String>; 3]> {
    let rows = read_body(&shape(name), &json(body));
    let fields = [Field::Name, Field::PublicUrl, Field::InternalUrl];
    rows.iter().map(|row| fields.map(|field| row.text(field).map(str::to_owned))).collect()
}

#[track_caller]
fn expect(name: &str, body: &str, wanted: &[[&str; 3]]) {
    let body = body.replace("A!", &format!("\"{A}\"")).replace("B!", &format!("\"{B}\""));
    let wanted: Vec<_> = wanted
        .iter()
        .map(|row| {
            row.map(|text| Some(text.replace("A!", A).replace("B!", B)).filter(|text| !text.is_empty()))
        })
        .collect();
    assert_eq!(read_shape(name, &body), wanted, "{name}");
}

#[test]
fn every_shape_of_the_table_reads() {
    expect("one text", r#"{"url": A!}"#, &[["", "A!", ""]]);
    expect("one object", r#"{"data": {"extranet": A!, "intranet": B!}}"#, &[["", "A!", "B!"]]);
    expect("texts", r#"{"BackupURL": [A!, B!]}"#, &[["", "A!", ""], ["", "B!", ""]]);
    expect("objects", r#"{"Infos": [{"FileName": "n", "Url": A!}]}"#, &[["n", "A!", ""]]);
    expect("nested objects", r#"{"R": {"Items": {"Item": [{"B": {"Url": A!}}]}}}"#, &[["", "A!", ""]]);
    let groups =
        r#"{"Groups": [{"Id": "g", "Files": [{"Url": A!}, {"Url": B!}]}, {"Files": [{"Url": B!}]}]}"#;
    expect("two levels", groups, &[["", "A!", ""], ["", "B!", ""], ["", "B!", ""]]);
    let arrays =
        r#"{"Filenames": ["n", "", "m"], "DownloadUrl": [A!, "", B!], "InnerDownloadUrl": ["", B!]}"#;
    expect("parallel arrays", arrays, &[["n", "A!", ""], ["", "", "B!"], ["m", "B!", ""]]);
    let map = r#"{"result": {"node 0": A!, "node 1": "", "node 2": B!}}"#;
    expect("map of texts", map, &[["node 0", "A!", ""], ["node 2", "B!", ""]]);
    let maps = r#"{"public": {"0": A!}, "internal": {"0": {"url": B!}, "1": {"url": A!}}}"#;
    expect("two maps", maps, &[["0", "A!", "B!"], ["1", "", "A!"]]);
}

#[test]
fn outer_fields_are_shared() {
    let body = json(&format!(
        r#"{{"Groups": [{{"Id": "g", "Urls": ["{A}", "{B}"]}}, {{"Id": 7, "Urls": ["{A}"]}}]}}"#
    ));
    let rows = read_body(&shape("texts in groups"), &body);
    let backups: Vec<_> = rows.iter().map(|row| row.text(Field::Backup).unwrap()).collect();
    assert_eq!(backups, ["g", "g", "7"]);
}

#[test]
fn the_first_usable_link_counts() {
    expect("twins", r#"{"BackupPath": "KgVuXeBu", "BackupURL": A!, "Inner": "zeAzhTZt"}"#, &[["", "A!", ""]]);
    expect("twins", r#"{"BackupPath": null, "BackupURL": " https://h.example/b\n"}"#, &[["", "B!", ""]]);
    expect("twins", r#"{"BackupPath": B!, "BackupURL": A!}"#, &[["", "B!", ""]]);
    expect("twins", r#"{"BackupPath": "", "BackupURL": "/a", "Inner": 5}"#, &[]);
}

#[test]
fn the_first_alternative_with_a_row_counts() {
    let [first] = shape("objects");
    let [second] = shape("parallel arrays");
    let both = [first, second];
    let urls = |body: &str| -> Vec<_> {
        let rows = read_body(&both, &json(body));
        rows.iter().map(|row| row.text(Field::PublicUrl).unwrap().to_owned()).collect()
    };
    assert_eq!(urls(r#"{"Infos": [{"Url": "http://a/"}], "DownloadUrl": ["http://b/"]}"#), ["http://a/"]);
    assert_eq!(urls(r#"{"Infos": [{"Url": ""}], "DownloadUrl": ["http://b/"]}"#), ["http://b/"]);
    assert_eq!(urls(r#"{"Infos": null, "DownloadUrl": ["http://b/"]}"#), ["http://b/"]);
    assert!(urls("{}").is_empty());
}

fn backups_projection() -> [Projection; 1] {
    let time = TimeFormat { format: "%Y-%m-%d %H:%M:%S", offset: 8 * 3600 };
    let list: Vec<(Field, &'static [Source])> = vec![
        (
            Field::Instance,
            vec![
                source(JsonKind::String, Convert::Plain, "$request.Id"),
                source(JsonKind::String, Convert::Plain, "Set[].Instance"),
            ]
            .leak(),
        ),
        (Field::Backup, vec![source(JsonKind::Integer, Convert::Plain, "Set[].Id")].leak()),
        (
            Field::CreatedAt,
            vec![
                source(JsonKind::String, Convert::Time(time), "Set[].Start"),
                source(
                    JsonKind::Integer,
                    Convert::Time(TimeFormat { format: "%s", offset: 0 }),
                    "Set[].Unix",
                ),
            ]
            .leak(),
        ),
        (Field::Size, vec![source(JsonKind::Integer, Convert::Bytes(1 << 20), "Set[].Megabytes")].leak()),
        (
            Field::State,
            vec![source(
                JsonKind::Integer,
                Convert::Words(&[("running", &["1"]), ("finished", &["2", "3"]), ("expired", &["-1"])]),
                "Set[].Status",
            )]
            .leak(),
        ),
        (
            Field::Kind,
            vec![source(JsonKind::String, Convert::Words(&[("manual", &["0"])]), "Set[].Type")].leak(),
        ),
    ];
    [Projection {
        with: &[("Limit", With::Json("100")), ("Word", With::Json("x"))],
        fields: list.leak(),
        ..Projection::NONE
    }]
}

#[test]
fn words_units_and_moments_are_read() {
    let body = json(
        r#"{"Set": [
            {"Id": 1, "Start": "2018-06-25 19:44:28", "Megabytes": 2, "Status": 3, "Type": "0", "Instance": "i"},
            {"Id": "2", "Unix": 1529927068, "Megabytes": "1.5", "Status": -1, "Type": 0, "Instance": "other"},
            {"Id": "3", "Start": "", "Unix": 1529927068.0, "Megabytes": -1, "Status": "9"},
            {"Start": "2018-06-25 19:44:28"},
            null
        ]}"#,
    );
    let request = |name: &str| (name == "Id").then(|| "i".to_owned());
    let mut context = Context { status: 200, headers: &[], body: &body, request: &request, now: now() };
    let asked = super::super::read(&backups_projection(), &context);
    let moment = Timestamp::from_unix(1_529_927_068);
    let wanted = |backup: &str, instance: &str, size, (state, word): (_, &str), kind| Backup {
        instance: instance.to_owned(),
        backup: backup.to_owned(),
        created_at: moment,
        size,
        state,
        kind,
        name: None,
        vendor_state: Some(word.to_owned()),
    };
    let first = wanted("1", "i", Some(2 << 20), (State::Finished, "3"), BackupKind::Manual);
    let second = wanted("2", "other", Some(3 << 19), (State::Expired, "-1"), BackupKind::Manual);
    let third = |instance| wanted("3", instance, None, (State::Unknown, "9"), BackupKind::Unknown);
    assert_eq!(backups(&asked, "x"), [first.clone(), third("i")]);
    context.request = &no_request;
    let all = super::super::read(&backups_projection(), &context);
    assert_eq!(backups(&all, "x"), [first, second, third("x")]);
}

#[test]
fn files_have_no_size_of_zero() {
    let body =
        json(r#"{"Infos": [{"Url": "http://a/", "FileSize": 0}, {"Url": "http://b/", "FileSize": "7"}]}"#);
    let files = links(&read_body(&shape("objects"), &body));
    assert_eq!(files.iter().map(|file| file.size).collect::<Vec<_>>(), [None, Some(7)]);
}

#[test]
fn the_uniform_command_fills_parameters() {
    let ids = [(Field::Instance, "i"), (Field::Backup, "b")];
    let list = parameters(&crate::testing::LINKS, &backups_projection(), &ids, None, now());
    assert_eq!(list, [("Id", json("\"i\"")), ("Limit", json("100")), ("Word", json("\"x\""))]);
}

#[test]
fn places_of_the_envelope_are_found() {
    let body = json(r#"{"a": {"b": [{"c": null}, {"c": 1}], "n": 0.0, "t": true, "e": ""}}"#);
    let headers = [("X-Request-Id".to_owned(), "r".to_owned())];
    let request = |name: &str| Some(format!("value of {name}"));
    let context = Context { status: 404, headers: &headers, body: &body, request: &request, now: now() };
    let text = |root, steps| context.text(&Place { root, steps });
    assert_eq!(text(Root::Status, &[]).as_deref(), Some("404"));
    assert_eq!(text(Root::Header("x-request-ID"), &[]).as_deref(), Some("r"));
    assert_eq!(text(Root::Request("p"), &[]).as_deref(), Some("value of p"));
    for (path, wanted) in [
        ("a.n", Some("0")),
        ("a.t", Some("true")),
        ("a.e", Some("")),
        ("a.b[].c", None),
        ("a.x.y", None),
        ("a", None),
    ] {
        assert_eq!(context.text(&place(path)).as_deref(), wanted, "{path}");
    }
    assert_eq!(context.value(&place("a.b")).and_then(Value::as_array).map(Vec::len), Some(2));
}

#[test]
fn debug_shows_no_link() {
    let row = Row::new().with(Field::Name, "n").with(Field::PublicUrl, "https://h.example/?sign=secret");
    let shown = format!("{row:?}");
    assert!(shown.contains("h.example") && !shown.contains("secret"), "{shown}");
}

/// A random value, with keys and elements that places look for.
fn wild(next: &mut impl FnMut(u64) -> u64, level: u64) -> Value {
    const KEYS: [&str; 12] = [
        "url",
        "data",
        "extranet",
        "Infos",
        "Url",
        "Groups",
        "Id",
        "Files",
        "Filenames",
        "DownloadUrl",
        "result",
        "all",
    ];
    match next(if level > 4 { 5 } else { 8 }) {
        0 => Value::Null,
        1 => Value::from(next(3) == 0),
        2 => Value::from(i64::MIN + i64::try_from(next(9)).unwrap()),
        3 => Value::from("http://h.example/"),
        4 => Value::from(""),
        5 => (0..next(4)).map(|_| wild(next, level + 1)).collect(),
        _ => {
            let mut map = serde_json::Map::new();
            for _ in 0..next(6) {
                let key = KEYS[usize::try_from(next(12)).unwrap()];
                let value = wild(next, level + 1);
                map.insert(key.to_owned(), value);
            }
            Value::Object(map)
        }
    }
}

#[test]
fn no_answer_is_too_strange() {
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let shapes = shapes();
    for _ in 0..3000 {
        let body = wild(&mut next, 0);
        for (name, projection) in &shapes {
            let rows = read_body(std::slice::from_ref(projection), &body);
            assert!(
                rows.iter().all(|row| row.link(Field::PublicUrl).or(row.link(Field::InternalUrl)).is_some()),
                "{name}"
            );
        }
    }
}

#[test]
fn long_answers_take_no_longer_than_they_should() {
    let urls: Vec<_> = (0..20_000).map(|at| format!("http://h/{at}")).collect();
    let body = serde_json::json!({"Filenames": urls, "DownloadUrl": urls, "InnerDownloadUrl": urls});
    assert_eq!(read_body(&shape("parallel arrays"), &body).len(), 20_000);
}
