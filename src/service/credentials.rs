//! Where the vendor's own tools keep what a client is configured with.

use super::{Template, Want};

/// Environment variables that together hold credentials.
#[derive(Debug)]
pub struct EnvCredentials {
    /// The variable with the access key.
    pub access_key: &'static str,
    /// The variable with the secret key.
    pub secret: &'static str,
    /// The variable with the token of temporary credentials.
    pub token: Option<&'static str>,
    /// Settings, or `endpoint`, and the variables they are read from.
    pub settings: &'static [(&'static str, &'static str)],
    /// Whether all of them are passed over when a profile was asked for.
    pub unless_profile: bool,
}

/// A tool of the vendor that keeps credentials and settings in files.
#[derive(Debug)]
pub struct Tool {
    /// What people call it.
    pub name: &'static str,
    /// How it knows which profile is meant; `None` where it has no profiles.
    pub profile: Option<ProfileChoice>,
    /// Its files, which together hold a profile.
    pub files: &'static [ToolFile],
}

/// Where the name of a profile comes from when nobody asks for one: the first of these that says it.
#[derive(Debug)]
pub struct ProfileChoice {
    /// A variable that holds the name.
    pub env: Option<&'static str>,
    /// A file that holds the name and nothing else.
    pub file: Option<&'static str>,
    /// The key of a row that is true in the row of the profile in use.
    pub active: Option<&'static str>,
    /// The name where nothing else says one.
    pub default: Option<&'static str>,
}

/// A file of a [`Tool`].
#[derive(Debug)]
pub struct ToolFile {
    /// Its path, with `~` for the home folder and a hole for the profile; of several the first that exists is read.
    pub paths: &'static [Template],
    /// A variable that holds another path.
    pub env: Option<&'static str>,
    /// How it is laid out.
    pub layout: Layout,
    /// What stands where: `access_key`, `secret`, `token`, `expires_at`, `endpoint`, `scheme` or a setting, and the
    /// keys that lead to it; of several ways the first that is there is read.
    pub fields: &'static [(&'static str, &'static [&'static [&'static str]])],
    /// Values that count as none.
    pub ignore: &'static [(&'static str, &'static [&'static str])],
    /// When the profile cannot be used.
    pub refuse: &'static [Refusal],
}

/// How a [`ToolFile`] is laid out.
#[derive(Debug)]
pub enum Layout {
    /// One JSON object.
    Json,
    /// A JSON list of profiles, whose names stand under this key.
    Rows(&'static str),
    /// Sections of `key = value`.
    Ini {
        /// The section, with a hole for the profile.
        section: Template,
        /// The section of the profile that is meant by default, where that is another one.
        default: Option<&'static str>,
        /// Whether `%%` stands for `%`.
        percent: bool,
    },
}

/// When a profile cannot be used.
#[derive(Debug)]
pub struct Refusal {
    /// Keys of the file and what is wanted of them, all of it.
    pub when: &'static [(&'static [&'static str], &'static [Want])],
    /// Why, and what to do instead.
    pub doc: &'static str,
}
