//! An operation's file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EndpointSpec, Fields, OneOrMany, Ordered, RequestSpec, Scalar, SourceSpec, Wanted};

/// An operation; its wire name is the file's name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationSpec {
    /// What it does, in a line.
    pub summary: String,
    /// Where the facts come from.
    #[serde(default)]
    pub source: Vec<SourceSpec>,
    /// Departures from the documents, with the reason.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Departures from a document that can be checked: `rdbfetch spec compare` lists them apart, and says when one no
    /// longer holds.
    #[serde(default)]
    pub departures: Vec<DepartureSpec>,
    /// What to use instead, where the vendor retires it.
    pub deprecated: Option<String>,
    /// The API's version, for `{version}`, where it is not the service's.
    pub version: Option<String>,
    /// Its own base URL, or a list of which the first whose condition holds is used.
    pub endpoint: Option<OneOrMany<EndpointSpec>>,
    /// What differs from the service's requests.
    #[serde(default)]
    pub request: RequestSpec,
    /// What a caller can set.
    #[serde(default)]
    pub parameters: Fields,
    /// Rules across parameters.
    #[serde(default)]
    pub rules: Vec<RuleSpec>,
    /// Object types of this operation.
    #[serde(default)]
    pub types: Ordered<Fields>,
    /// The place of the operation's own fields, where it is not the service's.
    pub within: Option<String>,
    /// The field of the answer that its whole body is, where that is a list, a map or a text.
    pub root: Option<String>,
    /// What holds in a successful answer, where it is not what the service says; places start at the body's root.
    #[serde(default)]
    pub success: Ordered<Wanted>,
    /// The operation's own fields of the answer.
    #[serde(default)]
    pub response: Fields,
    /// Errors that this operation documents.
    #[serde(default)]
    pub errors: Ordered<ErrorSpec>,
    /// Calls per second that the vendor allows; the service's if left out.
    pub rate_limit: Option<u32>,
    /// Whether a lost answer may be asked for again.
    #[serde(default)]
    pub idempotent: bool,
    /// How a list continues.
    pub paging: Option<PagingSpec>,
    /// How the answer reads as download links.
    pub links: Option<Projections>,
    /// How the answer reads as backups.
    pub backups: Option<Projections>,
    /// How the answer reads as instances.
    pub instances: Option<Projections>,
    /// The backup that it makes: whose, under which name, and where the answer has its id.
    pub creates: Option<Projections>,
    /// How the answer reads as the task that makes a backup.
    pub tasks: Option<Projections>,
    /// How the answer reads as the shards of an instance.
    pub shards: Option<Projections>,
    /// How the answer reads as regions.
    pub regions: Option<Projections>,
    /// How the answer reads as projects.
    pub projects: Option<Projections>,
    /// Worked examples: tests.
    #[serde(default)]
    pub examples: Vec<ExampleSpec>,
}

/// Where a spec and a document differ, knowingly.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartureSpec {
    /// The document, one of those in `source`.
    pub document: String,
    /// What is concerned: `parameters.Zone`, `response.Path`, `types.Backup.Size`, `errors.404`, `parameters`, `lifetime`, …
    pub about: OneOrMany<String>,
    /// How they differ.
    pub differs: DiffersWord,
    /// Why.
    pub why: String,
}

/// A rule across parameters: one verb, and when it applies. An absent parameter counts as its default.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// At least one of these is present.
    pub required: Option<OneOrMany<String>>,
    /// This one is absent.
    pub forbidden: Option<String>,
    /// These two differ where both are present.
    pub not_equal: Option<Vec<String>>,
    /// Parameters and what is wanted of them for the rule to apply.
    #[serde(default, rename = "if")]
    pub condition: Ordered<Wanted>,
    /// The rule in words, where the words made from it do not do.
    pub doc: Option<String>,
}

/// An error code and what it means.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorSpec {
    /// What kind of error it is.
    pub class: ClassWord,
    /// Whether the same call can succeed later.
    #[serde(default)]
    pub retry: bool,
    /// The HTTP status it comes with.
    pub status: Option<u16>,
    /// The vendor's word for a numeric code.
    pub name: Option<String>,
    /// In which situations the emulator answers it.
    pub when: Option<OneOrMany<WhenWord>>,
    /// What the emulator says with it, a template whose holes are `reason`, `parameter`, `access_key` and the public
    /// steps of the signature, or one for each situation; `doc` and the reason if left out.
    pub message: Option<MessageSpec>,
    /// Whether no source names it.
    #[serde(default)]
    pub assumed: bool,
    /// What it means.
    #[serde(default)]
    pub doc: String,
}

/// What the emulator says with an error.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MessageSpec {
    /// Always the same.
    Always(String),
    /// By situation, one of those in `when`.
    By(Ordered<String>),
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $($variant:ident)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema, Serialize)]
        #[serde(rename_all = "kebab-case")]
        #[allow(missing_docs, reason = "their names say it")]
        pub enum $name {
            $($variant,)*
        }

        impl $name {
            /// The name of the variant in the runtime's enum.
            #[must_use]
            pub fn variant(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)* }
            }
        }
    };
}

words!(
    /// How a spec and a document can differ: what the spec lacks; what the document lacks; what they state differently;
    /// what the document shows in an example only; what it does not say, although the spec does.
    DiffersWord, Missing Extra Type Required Default Values Deprecated Nullable Name Lifetime RateLimit Request ExampleOnly
    Untold
);
words!(
    /// The kinds of error that every cloud has.
    ClassWord, Auth Denied Throttled NotFound NotReady Invalid Server
);
words!(
    /// Situations in which a service refuses.
    WhenWord,
    UnknownKey Unsigned BadSignature MalformedSignature BadToken ExpiredClock Replayed Missing BadValue BadType UnknownParameter NoOperation
    MissingOperation WrongMethod WrongVersion WrongRegion NoProject NoInstance NoBackup NotReady Denied Throttled Internal
);

impl WhenWord {
    /// The word in specs.
    #[must_use]
    pub fn word(self) -> String {
        heck::ToKebabCase::to_kebab_case(self.variant())
    }
}

/// How a list continues.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PagingSpec {
    /// The parameter that says how many rows to skip.
    pub offset: Option<String>,
    /// The parameter that says which page.
    pub page: Option<String>,
    /// The number of the first page.
    pub first: Option<i64>,
    /// The parameter that takes the token of the last answer.
    pub token: Option<String>,
    /// Where the answer keeps that token; of a list, its last.
    pub next: Option<String>,
    /// Where the answer keeps a link to the next page, whose query holds that token.
    pub next_link: Option<String>,
    /// Where the answer says whether more pages follow.
    pub more: Option<String>,
    /// The parameter with the size of a page.
    pub limit: Option<String>,
    /// Where the answer counts all rows.
    pub total: Option<String>,
    /// The rows of a page.
    pub items: String,
}

/// One projection, or alternatives that are all written and of which the first usable one is read.
pub type Projections = OneOrMany<Projection>;

/// Where the fields of the uniform model stand.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Projection {
    /// For which instances this is the operation: fields of an instance and what is wanted of them.
    #[serde(default, rename = "for")]
    pub only: Ordered<Wanted>,
    /// Parameters that the uniform command sends besides; a moment can be `now`, `now-30d` or `now+1h`, a text
    /// `$instance.FIELD`.
    #[serde(default)]
    pub with: Ordered<WithValue>,
    /// Parameters that choose among the rows, and by what.
    pub filters: Option<FiltersSpec>,
    /// Parameters that say in which order the rows come.
    pub sort: Option<SortSpec>,
    /// The region.
    pub region: Option<FieldSource>,
    /// The project.
    pub project: Option<FieldSource>,
    /// The zone of an instance.
    pub zone: Option<FieldSource>,
    /// The instance's id.
    pub instance: Option<FieldSource>,
    /// The backup's id.
    pub backup: Option<FieldSource>,
    /// The name of a file, a backup, an instance, a region or a project.
    pub name: Option<FieldSource>,
    /// Bytes.
    pub size: Option<FieldSource>,
    /// The link from anywhere.
    pub public_url: Option<FieldSource>,
    /// The link from inside the cloud.
    pub internal_url: Option<FieldSource>,
    /// When the backup was taken.
    pub created_at: Option<FieldSource>,
    /// The state.
    pub state: Option<FieldSource>,
    /// What kind it is.
    pub kind: Option<FieldSource>,
    /// The task that makes a backup.
    pub task: Option<FieldSource>,
    /// The id of a shard.
    pub shard: Option<FieldSource>,
    /// Whether a project is the one that is taken where none is named.
    pub default: Option<FieldSource>,
    /// When links expire; the first that works.
    pub expires: Option<OneOrMany<ExpirySpec>>,
}

/// Parameters that choose among the rows.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FiltersSpec {
    /// The parameter for the states that are wanted.
    pub state: Option<OneOrMany<FilterSpec>>,
    /// The parameter for the kinds that are wanted.
    pub kind: Option<OneOrMany<FilterSpec>>,
    /// The parameter for the earliest moment that is wanted.
    pub since: Option<OneOrMany<FilterSpec>>,
    /// The parameter for the latest moment that is wanted.
    pub until: Option<OneOrMany<FilterSpec>>,
    /// The parameter for the instances that are wanted.
    pub instance: Option<OneOrMany<FilterSpec>>,
    /// The parameter for the backups that are wanted.
    pub backup: Option<OneOrMany<FilterSpec>>,
    /// The parameter for the zones that are wanted.
    pub zone: Option<OneOrMany<FilterSpec>>,
    /// The parameter for the projects that are wanted.
    pub project: Option<OneOrMany<FilterSpec>>,
    /// The parameter for the names that are wanted.
    pub name: Option<OneOrMany<FilterSpec>>,
    /// The parameter for a part of the name or id.
    pub search: Option<OneOrMany<FilterSpec>>,
}

/// Parameters that say in which order rows come, and their words for the fields of rows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SortSpec {
    /// The parameter that says by which field, or `PARAMETER[].MEMBER` of a list.
    pub by: String,
    /// The parameter that says in which direction, or that member.
    pub order: Option<String>,
    /// What it says for falling order.
    pub falling: Option<Scalar>,
    /// The word for the instance's id.
    pub instance: Option<Scalar>,
    /// The word for the name.
    pub name: Option<Scalar>,
    /// The word for the project.
    pub project: Option<Scalar>,
    /// The word for the zone.
    pub zone: Option<Scalar>,
    /// The word for the state.
    pub state: Option<Scalar>,
    /// The word for the kind.
    pub kind: Option<Scalar>,
    /// The word for when it was made.
    pub created_at: Option<Scalar>,
    /// The word for the size.
    pub size: Option<Scalar>,
}

/// A parameter that chooses among rows: its name, or that of a list of conditions and which of them, as in
/// `filters[name=state].values`; and its words, where they are others than those of the rows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FilterSpec {
    /// Its name.
    Parameter(String),
    /// Its name and its words.
    Words(Box<WordsSource>),
}

/// A value that a projection sends besides: a scalar or a list of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum WithValue {
    /// A list.
    List(Vec<serde_json::Value>),
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// True or false.
    Bool(bool),
}

/// A place, several places, or a place whose words are translated.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FieldSource {
    /// A place.
    Place(String),
    /// Candidates in order.
    Places(Vec<String>),
    /// A place whose words are translated.
    Words(Box<WordsSource>),
}

/// Candidates in order.
pub type OneOrManyPlaces = OneOrMany<String>;

/// A place whose words are translated.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WordsSource {
    /// The place, or candidates.
    pub from: OneOrManyPlaces,
    /// The vendor's words for it; the first is written.
    pub running: Option<OneOrMany<Scalar>>,
    /// The vendor's words for it.
    pub finished: Option<OneOrMany<Scalar>>,
    /// The vendor's words for it.
    pub failed: Option<OneOrMany<Scalar>>,
    /// The vendor's words for it.
    pub expired: Option<OneOrMany<Scalar>>,
    /// The vendor's words for it.
    pub creating: Option<OneOrMany<Scalar>>,
    /// The vendor's words for it.
    pub changing: Option<OneOrMany<Scalar>>,
    /// The vendor's words for it.
    pub stopped: Option<OneOrMany<Scalar>>,
    /// The vendor's words for it.
    pub deleting: Option<OneOrMany<Scalar>>,
    /// The vendor's words for it.
    pub standalone: Option<OneOrMany<Scalar>>,
    /// The vendor's words for it.
    pub cluster: Option<OneOrMany<Scalar>>,
    /// The vendor's words for it.
    pub manual: Option<OneOrMany<Scalar>>,
    /// The vendor's words for it.
    pub automatic: Option<OneOrMany<Scalar>>,
}

/// When links expire: a duration, a place, or parameters of the link.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ExpirySpec {
    /// A duration such as `6h`, or a place.
    Text(String),
    /// Places in the link's query and templates with the holes `at`, `from`, `seconds`, `_`.
    Url(Ordered<String>),
}

/// A worked example.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleSpec {
    /// Where it comes from.
    pub source: Option<String>,
    /// Settings of the client.
    #[serde(default)]
    pub settings: Ordered<Scalar>,
    /// Parameters.
    pub request: Option<Ordered<serde_json::Value>>,
    /// What is sent; only what is named is compared.
    pub sends: Option<SendsSpec>,
    /// The HTTP status of the answer; 200 if left out.
    pub status: Option<u16>,
    /// Headers of the answer.
    #[serde(default)]
    pub headers: Ordered<Scalar>,
    /// The body of the answer, as a text block.
    pub response: Option<String>,
    /// The code of the error that the answer is.
    pub error: Option<String>,
    /// The clock, RFC 3339.
    pub at: Option<String>,
    /// The rows that the answer reads as; only the fields named are compared.
    pub gives: Option<Vec<serde_json::Map<String, serde_json::Value>>>,
}

/// What an example sends.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SendsSpec {
    /// The HTTP method.
    pub method: Option<String>,
    /// The path.
    pub path: Option<String>,
    /// Query parameters, decoded.
    #[serde(default)]
    pub query: Ordered<Scalar>,
    /// Form parameters, decoded.
    #[serde(default)]
    pub form: Ordered<Scalar>,
    /// The JSON body.
    pub json: Option<serde_json::Value>,
    /// Headers.
    #[serde(default)]
    pub headers: Ordered<Scalar>,
}
