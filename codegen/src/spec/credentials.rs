//! `credentials` in `service.yaml`: where the vendor's own tools keep what a client is configured with.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OneOrMany, Ordered, Scalar, Wanted};

/// A place where the vendor's own tools look for credentials: variables, or the files of a tool.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialSpec {
    /// Environment variables, by what they hold: `access_key`, `secret`, `token`, `endpoint`, or a setting.
    #[serde(default)]
    pub env: Ordered<String>,
    /// Whether the variables are passed over when a profile was asked for.
    #[serde(default)]
    pub unless_profile: bool,
    /// The tool that writes the files, as people call it.
    pub tool: Option<String>,
    /// How the tool knows which profile is meant; without it there are no profiles.
    pub profile: Option<ProfileSpec>,
    /// Its files, which together hold the credentials and settings of a profile.
    #[serde(default)]
    pub files: Vec<CredentialFileSpec>,
}

/// Where the name of a profile comes from when nobody asks for one: the first of these that says it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileSpec {
    /// A variable that holds the name.
    pub env: Option<String>,
    /// A file that holds the name and nothing else.
    pub file: Option<String>,
    /// The key of a row that is true in the row of the profile in use.
    pub active: Option<String>,
    /// The name where nothing else says one.
    pub default: Option<String>,
}

/// A file of a tool.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialFileSpec {
    /// Its path, which begins with `~/` or `/` and may hold `{profile}`; of several the first that exists is read.
    pub path: OneOrMany<String>,
    /// A variable that holds another path.
    pub env: Option<String>,
    /// How it is written.
    pub format: FormatWord,
    /// Of a JSON file that is a list of profiles: the key of a row that holds the profile's name.
    pub rows: Option<String>,
    /// Of an INI file: the section, which may hold `{profile}`.
    pub section: Option<String>,
    /// Of an INI file: the section of the profile that is meant by default.
    pub default_section: Option<String>,
    /// Of an INI file: whether `%%` stands for `%`, as Python's parser has it.
    #[serde(default)]
    pub percent: bool,
    /// What stands where: `access_key`, `secret`, `token`, `expires_at`, `endpoint`, `scheme` or a setting, and its key,
    /// or keys joined by dots; of several the first that is there is read.
    pub fields: Ordered<OneOrMany<String>>,
    /// Values that count as none.
    #[serde(default)]
    pub ignore: Ordered<OneOrMany<Scalar>>,
    /// When a profile cannot be used.
    #[serde(default)]
    pub refuse: Vec<RefusalSpec>,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FormatWord {
    /// JSON.
    Json,
    /// Sections of `key = value`.
    Ini,
}

/// When a profile cannot be used.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefusalSpec {
    /// Keys of the file, joined by dots, and what is wanted of them.
    pub when: Ordered<Wanted>,
    /// Why, and what to do instead.
    pub doc: String,
}
