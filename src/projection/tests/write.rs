//! Rows that are written and read back.

use super::*;
use crate::place::UrlPiece;

fn written(projections: &[Projection], rows: &[Row]) -> Value {
    let mut body = json(r#"{"RequestId": "r"}"#);
    super::super::write(projections, rows, &mut body, now());
    body
}

fn link_row(name: &str, public: &str, internal: &str) -> Row {
    let fields = [(Field::Name, name), (Field::PublicUrl, public), (Field::InternalUrl, internal)];
    let given = fields.into_iter().filter(|(_, text)| !text.is_empty());
    given.fold(Row::new(), |row, (field, text)| row.with(field, text))
}

fn shape(name: &str) -> Projection {
    shapes().into_iter().find(|(other, _)| *other == name).unwrap().1
}

#[test]
fn every_shape_of_the_table_is_written() {
    let rows = [link_row("n", "http://a/", ""), link_row("", "", "http://b/")];
    let backups = |row: &Row, id: &str| row.clone().with(Field::Backup, id);
    let groups = [backups(&rows[0], "1"), backups(&rows[1], "1"), backups(&rows[0], "2")];
    for (name, rows, wanted) in [
        ("one text", &rows[..1], r#"{"url": "http://a/"}"#),
        ("one object", &rows[1..], r#"{"data": {"intranet": "http://b/"}}"#),
        ("twins", &rows[..1], r#"{"BackupPath": "http://a/", "BackupURL": "http://a/"}"#),
        ("texts", &rows[..1], r#"{"BackupURL": ["http://a/"]}"#),
        (
            "objects",
            &rows[..],
            r#"{"Infos": [{"FileName": "n", "Url": "http://a/"}, {"InnerUrl": "http://b/"}]}"#,
        ),
        (
            "nested objects",
            &rows[..1],
            r#"{"R": {"Items": {"Item": [{"A": {"Name": "n"}, "B": {"Url": "http://a/"}}]}}}"#,
        ),
        (
            "two levels",
            &groups[..],
            r#"{"Groups": [
                {"Id": "1", "Files": [{"Name": "n", "Url": "http://a/"}, {"Inner": "http://b/"}]},
                {"Id": "2", "Files": [{"Name": "n", "Url": "http://a/"}]}
            ]}"#,
        ),
        (
            "parallel arrays",
            &rows[..],
            r#"{"Filenames": ["n", ""], "Sizes": [0, 0], "DownloadUrl": ["http://a/", ""],
                "InnerDownloadUrl": ["", "http://b/"]}"#,
        ),
        ("map of texts", &rows[..1], r#"{"result": {"n": "http://a/"}}"#),
        (
            "parallel arrays",
            &[],
            r#"{"Filenames": [], "Sizes": [], "DownloadUrl": [], "InnerDownloadUrl": []}"#,
        ),
        ("map of texts", &[], r#"{"result": {}}"#),
        ("one object", &[], "{}"),
    ] {
        let mut wanted = json(wanted);
        wanted["RequestId"] = Value::from("r");
        assert_eq!(written(&[shape(name)], rows), wanted, "{name}");
    }
}

#[test]
fn all_alternatives_are_written() {
    let both = [shape("objects"), shape("parallel arrays")];
    let rows = [link_row("n", "http://a/", "http://b/").with(Field::Size, "5")];
    let wanted = r#"{"RequestId": "r", "Infos": [{"FileName": "n", "FileSize": 5, "Url": "http://a/", "InnerUrl": "http://b/"}],
        "Filenames": ["n"], "Sizes": [5], "DownloadUrl": ["http://a/"], "InnerDownloadUrl": ["http://b/"]}"#;
    let body = written(&both, &rows);
    assert_eq!(body, json(wanted));
    for projection in both {
        assert_eq!(read_body(&[projection], &body), rows);
    }
}

#[test]
fn two_files_of_one_name_stay_two() {
    let rows = [link_row("n", "http://a/", ""), link_row("n", "http://b/", "")];
    let body = written(&[shape("map of texts")], &rows);
    assert_eq!(body["result"], json(r#"{"n": "http://a/", "n-1": "http://b/"}"#));
}

#[test]
fn words_units_and_moments_are_written() {
    let unix = TimeFormat { format: "%s%L", offset: 0 };
    let china = TimeFormat { format: "%Y-%m-%d %H:%M:%S", offset: 8 * 3600 };
    const WORDS: Convert = Convert::Words(&[("running", &["1"]), ("finished", &["2", "3"])]);
    let text = JsonKind::String;
    let number = JsonKind::Integer;
    let list: Vec<(Field, &'static [Source])> = vec![
        (Field::Backup, vec![source(number, Convert::Plain, "Set[].Id")].leak()),
        (
            Field::CreatedAt,
            vec![
                source(text, Convert::Time(china), "Set[].Start"),
                source(number, Convert::Time(unix), "Set[].Millis"),
            ]
            .leak(),
        ),
        (
            Field::Size,
            vec![
                source(number, Convert::Bytes(1024), "Set[].KB"),
                source(text, Convert::Plain, "Set[].Text"),
                source(JsonKind::Number, Convert::Plain, "Set[].Number"),
            ]
            .leak(),
        ),
        (Field::State, vec![source(number, WORDS, "Set[].Status")].leak()),
        (Field::Name, vec![source(JsonKind::Bool, Convert::Plain, "Set[].Flag")].leak()),
    ];
    let projection = Projection { fields: list.leak(), ..Projection::NONE };
    let row = Row::new()
        .with(Field::Backup, "7")
        .with(Field::CreatedAt, "2018-06-25T11:44:28Z")
        .with(Field::Size, "2049")
        .with(Field::State, "finished")
        .with(Field::Name, "true");
    let odd = Row::new().with(Field::Backup, "b-7").with(Field::State, "unknown");
    let body = written(&[projection], &[row, odd]);
    let wanted = r#"[{"Id": 7, "Start": "2018-06-25 19:44:28", "Millis": 1529927068000, "KB": 3, "Text": "2049",
        "Number": 2049, "Status": 2, "Flag": true}, {"Id": "b-7"}]"#;
    assert_eq!(body["Set"], json(wanted));
}

#[test]
fn expiry_fields_are_written_and_read_back() {
    let millis = Convert::Time(TimeFormat { format: "%s%L", offset: 0 });
    for (convert, wanted) in [(millis, 1_800_000_090_000_i64), (Convert::Duration(1000), 90)] {
        let expires = vec![Expiry::Field(source(JsonKind::Integer, convert, "Infos[].End"))].leak();
        let projection = [Projection { expires, ..shape("objects") }];
        let mut row = link_row("n", "http://a/", "");
        row.expires = Some(now().plus_seconds(90));
        let body = written(&projection, std::slice::from_ref(&row));
        assert_eq!(body["Infos"][0]["End"], Value::from(wanted));
        assert_eq!(read_body(&projection, &body), [row]);
    }
}

#[test]
fn the_request_gives_what_it_asks_for() {
    let list = [projection(&[
        (Field::Instance, &["$request.Id", "Set[].Id"]),
        (Field::Backup, &["$request.A", "$request.B"]),
        (Field::Region, &["$request.None"]),
    ])];
    let request = |name: &str| match name {
        "Id" => Some("i".to_owned()),
        "A" => Some(String::new()),
        "B" => Some("b".to_owned()),
        _ => None,
    };
    assert_eq!(asked(&list, &request), Row::new().with(Field::Instance, "i").with(Field::Backup, "b"));
}

#[test]
fn the_envelope_is_put_in_place() {
    let mut body = Value::Null;
    put(&mut body, &place("Response.Error.Code"), Value::from("x"));
    put(&mut body, &place("Response.RequestId"), Value::from("r"));
    put(&mut body, &place("Response.List[].No"), Value::from("r"));
    put(&mut body, &place("$key"), Value::from("r"));
    put(&mut body, &place("Response.List[].Text"), Value::from("t"));
    let list =
        r#"{"Response": {"Error": {"Code": "x"}, "RequestId": "r", "List": [{"No": "r", "Text": "t"}]}}"#;
    assert_eq!(body, json(list), "what stands in a list stands in its first element");
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    /// True two times out of three.
    fn often(&mut self) -> bool {
        self.roll(3) > 0
    }
}

const UNIX: TimeFormat = TimeFormat { format: "%s", offset: 0 };
const NOTATION: &[Expiry] =
    &[Expiry::Url(&[(&["sign", "time"], &[UrlPiece::From(UNIX), UrlPiece::Text(";"), UrlPiece::At(UNIX)])])];

/// A row with values for the fields that a projection has in the answer, links or names or sizes missing.
fn random_row(dice: &mut Dice, projection: &Projection, at: usize) -> Row {
    let end = now().plus_seconds(i64::try_from(dice.roll(100_000)).unwrap());
    let query: String = link_parameters(NOTATION, now(), end)
        .iter()
        .map(|(name, value)| format!("{name}={}", crate::encoding::percent_encode(value.as_bytes(), b"")))
        .collect();
    let bound = |field: Field| !projection.field(field).is_empty();
    let named = |field: Field| projection.field(field).iter().any(|source| source.place.root == Root::Key);
    let mut row = Row::new();
    row.expires = Some(end);
    let both = dice.roll(3);
    if bound(Field::PublicUrl) && (both > 0 || !bound(Field::InternalUrl)) {
        row.set(Field::PublicUrl, format!("http://a.example/{at}?{query}"));
    }
    if bound(Field::InternalUrl) && both < 2 {
        row.set(Field::InternalUrl, format!("http://b.example/{at}?{query}"));
    }
    if bound(Field::Name) && (named(Field::Name) || dice.often()) {
        row.set(Field::Name, format!("node {at:02}"));
    }
    if bound(Field::Size) && dice.often() {
        row.set(Field::Size, (1 + dice.roll(1 << 30)).to_string());
    }
    if bound(Field::Backup) {
        row.set(Field::Backup, format!("b{}", at / 3));
    }
    row
}

#[test]
fn what_is_written_reads_back_the_same() {
    let mut dice = Dice(2026);
    for round in 0..60 {
        for (name, shape) in shapes() {
            let single = shape
                .fields
                .iter()
                .all(|(_, sources)| sources.iter().all(|source| depth(&source.place) == 0));
            let count = if single { 1 } else { 1 + dice.roll(9) };
            let projection = [Projection { expires: NOTATION, ..shape }];
            let rows: Vec<_> = (0..usize::try_from(count).unwrap())
                .map(|at| random_row(&mut dice, &projection[0], at))
                .collect();
            let body = written_over(&projection, &rows);
            assert_eq!(read_body(&projection, &body), rows, "round {round}, {name}: {body}");
        }
    }
}

/// Written into an answer that starts out empty, as where the root itself is the list.
fn written_over(projections: &[Projection], rows: &[Row]) -> Value {
    let mut body = Value::Null;
    super::super::write(projections, rows, &mut body, now());
    body
}
