//! Everything that documentation, the program and the emulator need besides: JSON, one row per line, which the runtime
//! reads when it is first asked for. As code it would be most of what there is to compile.

use serde::Serialize;
use serde_json::Value;

use crate::model::{ErrorCode, Operation, Piece, Placement, PlacementPiece, Row, Service};
use crate::spec::{BindWord, ExampleSpec, Ordered, Scalar, SendsSpec, StoreSpec, VectorSpec, WhenWord};

/// The service's metadata.
pub fn text(service: &Service) -> String {
    let mut out = Writer { out: String::from("{"), indent: 1, first: true };
    out.row("documents", &service.documents);
    out.rows("notes", &service.notes);
    let known = service.settings.iter().filter(|setting| !setting.values.is_empty());
    out.rows("settings", known.map(|setting| SettingRow { name: &setting.name, values: &setting.values }));
    out.rows(
        "variants",
        service.auth.variants.iter().map(|variant| VariantRow {
            name: &variant.name,
            placements: variant.placements.iter().map(PlacementRow::from).collect(),
            secret_steps: &variant.secret_steps,
        }),
    );
    out.rows("vectors", service.vectors.iter().map(VectorRow::from));
    out.rows("messages", messages(&service.errors));
    if let Some(store) = &service.store {
        out.row("store", &StoreRow::from(store));
    }
    out.open("operations", '[');
    for operation in &service.operations {
        out.element('{');
        self::operation(operation, &mut out);
        out.close('}');
    }
    out.close(']');
    out.close('}');
    out.out.push('\n');
    out.out
}

fn operation(operation: &Operation, out: &mut Writer) {
    out.row("summary", &operation.summary);
    out.row("documents", &operation.documents);
    out.rows("notes", &operation.notes);
    out.rows("parameters", operation.parameter_rows.iter().map(ParameterRow::from));
    out.rows("response", operation.response_rows.iter().map(FieldRow::from));
    if let Some(lifetime) = operation.link_lifetime() {
        out.row("link_lifetime", &lifetime);
    }
    out.rows("messages", messages(&operation.errors));
    out.rows("examples", operation.examples.iter().map(ExampleRow::from));
}

fn messages(errors: &[ErrorCode]) -> impl Iterator<Item = MessageRow<'_>> {
    let messages = errors.iter().flat_map(|error| error.messages.iter().map(move |message| (error, message)));
    messages.map(|(error, (when, pieces))| MessageRow {
        code: &error.code,
        when: when.map(WhenWord::variant),
        pieces: pieces.iter().map(MessagePiece::from).collect(),
    })
}

#[derive(Serialize)]
struct SettingRow<'m> {
    name: &'m str,
    values: &'m [(String, String)],
}

#[derive(Serialize)]
struct MessageRow<'m> {
    code: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<&'static str>,
    pieces: Vec<MessagePiece<'m>>,
}

#[derive(Serialize)]
enum MessagePiece<'m> {
    Text(&'m str),
    Step(&'m str),
    Reason,
    Parameter,
    AccessKey,
}

impl<'m> From<&'m Piece> for MessagePiece<'m> {
    fn from(piece: &'m Piece) -> Self {
        match piece {
            Piece::Text(text) => Self::Text(text),
            Piece::Hole(name) => match name.as_str() {
                "reason" => Self::Reason,
                "parameter" => Self::Parameter,
                "access_key" => Self::AccessKey,
                step => Self::Step(step),
            },
        }
    }
}

#[derive(Serialize)]
struct StoreRow<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    binds_method: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binds_host: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    json: Option<(&'m str, &'m str)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<StoreErrorRow<'m>>,
}

#[derive(Serialize)]
struct StoreErrorRow<'m> {
    when: &'static str,
    status: u16,
    code: &'m str,
    message: &'m str,
}

impl<'m> From<&'m StoreSpec> for StoreRow<'m> {
    fn from(store: &'m StoreSpec) -> Self {
        let binds = |word| store.binds.as_ref().map(|words| words.contains(&word));
        let errors = store.errors.entries().into_iter().map(|(_, when, error)| StoreErrorRow {
            when,
            status: error.status,
            code: &error.code.0,
            message: &error.message,
        });
        Self {
            binds_method: binds(BindWord::Method),
            binds_host: binds(BindWord::Host),
            request_id: store.request_id.as_deref(),
            json: store.json.as_ref().map(|keys| (keys.code.as_str(), keys.message.as_str())),
            errors: errors.collect(),
        }
    }
}

/// Writes JSON, the rows of a list each on a line.
struct Writer {
    out: String,
    indent: usize,
    first: bool,
}

impl Writer {
    fn line(&mut self) {
        self.out.push_str(if self.first { "\n" } else { ",\n" });
        self.out.extend(std::iter::repeat_n(' ', self.indent * 2));
        self.first = false;
    }

    fn row(&mut self, name: &str, value: &impl Serialize) {
        self.line();
        self.json(name);
        self.out.push_str(": ");
        self.json(value);
    }

    /// A list, which is left out where it is empty.
    fn rows(&mut self, name: &str, rows: impl IntoIterator<Item: Serialize>) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return;
        }
        self.open(name, '[');
        for row in rows {
            self.line();
            self.json(&row);
        }
        self.close(']');
    }

    fn open(&mut self, name: &str, bracket: char) {
        self.line();
        self.json(name);
        self.out.push_str(": ");
        self.begin(bracket);
    }

    fn element(&mut self, bracket: char) {
        self.line();
        self.begin(bracket);
    }

    fn begin(&mut self, bracket: char) {
        self.out.push(bracket);
        self.indent += 1;
        self.first = true;
    }

    fn close(&mut self, bracket: char) {
        self.indent -= 1;
        if !self.first {
            self.first = true;
            self.line();
        }
        self.out.push(bracket);
        self.first = false;
    }

    fn json<T: Serialize + ?Sized>(&mut self, value: &T) {
        // Texts, numbers and maps with texts for keys: nothing that JSON could not write.
        self.out.push_str(&serde_json::to_string(value).expect("it has a form in JSON"));
    }
}

type Pairs<'m> = Vec<(&'m str, &'m str)>;

fn scalars(map: &Ordered<Scalar>) -> Pairs<'_> {
    map.iter().map(|(name, value)| (name, value.0.as_str())).collect()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn no(value: &bool) -> bool {
    !value
}

#[derive(Serialize)]
struct VariantRow<'m> {
    name: &'m str,
    placements: Vec<PlacementRow<'m>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    secret_steps: &'m [String],
}

#[derive(Serialize)]
struct PlacementRow<'m> {
    #[serde(skip_serializing_if = "no")]
    header: bool,
    name: &'m str,
    pattern: &'m [PlacementPiece],
    #[serde(skip_serializing_if = "no")]
    optional: bool,
}

impl<'m> From<&'m Placement> for PlacementRow<'m> {
    fn from(placement: &'m Placement) -> Self {
        let Placement { header, name, pattern, optional } = placement;
        Self { header: *header, name, pattern, optional: *optional }
    }
}

#[derive(Serialize)]
struct VectorRow<'m> {
    id: &'m str,
    source: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'m str>,
    inputs: Pairs<'m>,
    method: &'m str,
    url: &'m str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headers: Pairs<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<Pairs<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_headers: Option<&'m [String]>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    omit: &'m [String],
    steps: Pairs<'m>,
}

impl<'m> From<&'m VectorSpec> for VectorRow<'m> {
    fn from(vector: &'m VectorSpec) -> Self {
        Self {
            id: &vector.id,
            source: &vector.source,
            variant: vector.variant.as_deref(),
            inputs: scalars(&vector.inputs),
            method: &vector.request.method,
            url: &vector.request.url,
            headers: scalars(&vector.request.headers),
            form: vector.request.form.as_ref().map(scalars),
            body: vector.request.body.as_deref(),
            signed_headers: vector.signed_headers.as_deref(),
            omit: &vector.omit,
            steps: scalars(&vector.steps),
        }
    }
}

#[derive(Serialize)]
struct ParameterRow<'m> {
    name: &'m str,
    kind: &'m str,
    #[serde(skip_serializing_if = "no")]
    required: bool,
    place: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<&'m str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Pairs<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bounds: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<&'m str>,
    #[serde(skip_serializing_if = "no")]
    sensitive: bool,
    doc: &'m str,
}

impl<'m> From<&'m Row> for ParameterRow<'m> {
    fn from(row: &'m Row) -> Self {
        let field = &row.field;
        Self {
            name: &row.path,
            kind: &field.kind_text,
            required: field.required,
            place: row.place.map(|place| format!("{place:?}").to_lowercase()).unwrap_or_default(),
            default: field.default.as_deref(),
            values: field.values.iter().map(|value| (value.value.as_str(), value.doc.as_str())).collect(),
            bounds: field.bounds_text.as_deref(),
            deprecated: field.deprecated.as_deref(),
            sensitive: field.sensitive,
            doc: &field.doc,
        }
    }
}

#[derive(Serialize)]
struct FieldRow<'m> {
    path: &'m str,
    kind: &'m str,
    #[serde(skip_serializing_if = "no")]
    required: bool,
    #[serde(skip_serializing_if = "no")]
    nullable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<&'m str>,
    #[serde(skip_serializing_if = "no")]
    sensitive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<&'m str>,
    doc: &'m str,
}

impl<'m> From<&'m Row> for FieldRow<'m> {
    fn from(row: &'m Row) -> Self {
        let field = &row.field;
        Self {
            path: &row.path,
            kind: &field.kind_text,
            required: field.required,
            nullable: field.nullable,
            deprecated: field.deprecated.as_deref(),
            sensitive: field.sensitive,
            seen: field.seen.as_deref(),
            doc: &field.doc,
        }
    }
}

#[derive(Serialize)]
struct ExampleRow<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'m str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    settings: Pairs<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sends: Option<SendsRow<'m>>,
    status: u16,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headers: Pairs<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gives: Option<Vec<String>>,
}

impl<'m> From<&'m ExampleSpec> for ExampleRow<'m> {
    fn from(example: &'m ExampleSpec) -> Self {
        let request = example.request.as_ref().map(|request| {
            let map = request.iter().map(|(name, value)| (name.to_owned(), value.clone()));
            Value::Object(map.collect()).to_string()
        });
        let gives = example.gives.as_ref();
        Self {
            source: example.source.as_deref(),
            settings: scalars(&example.settings),
            request,
            sends: example.sends.as_ref().map(SendsRow::from),
            status: example.status.unwrap_or(200),
            headers: scalars(&example.headers),
            response: example.response.as_deref(),
            error: example.error.as_deref(),
            at: example.at.as_deref(),
            gives: gives.map(|rows| rows.iter().map(|row| Value::Object(row.clone()).to_string()).collect()),
        }
    }
}

#[derive(Serialize)]
struct SendsRow<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'m str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'m str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    query: Pairs<'m>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    form: Pairs<'m>,
    #[serde(skip_serializing_if = "Option::is_none")]
    json: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headers: Pairs<'m>,
}

impl<'m> From<&'m SendsSpec> for SendsRow<'m> {
    fn from(sends: &'m SendsSpec) -> Self {
        Self {
            method: sends.method.as_deref(),
            path: sends.path.as_deref(),
            query: scalars(&sends.query),
            form: scalars(&sends.form),
            json: sends.json.as_ref().map(ToString::to_string),
            headers: scalars(&sends.headers),
        }
    }
}
