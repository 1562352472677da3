//! Where the vendor's own tools keep credentials: their variables, then their files.

use super::credential_files::{Reach, file as tool_file};
use super::scope::{File, at};
use crate::diagnostics::suggest;
use crate::mend::Names;
use crate::model::{EnvCredentials, Tool};
use crate::spec::{CredentialSpec, ProfileSpec, ServiceSpec};

/// What a client can be told besides its settings.
const KEYS: [&str; 2] = ["access_key", "secret"];
const IN_VARIABLES: [&str; 4] = ["access_key", "secret", "token", "endpoint"];
const IN_FILES: [&str; 6] = ["access_key", "secret", "token", "expires_at", "endpoint", "scheme"];

/// The variables and the files, in the order in which they are looked through.
pub fn credentials(
    file: &File<'_>,
    spec: &ServiceSpec,
    settings: &[String],
) -> (Vec<EnvCredentials>, Vec<Tool>) {
    let (mut variables, mut tools) = (Vec::new(), Vec::new());
    for (index, source) in spec.credentials.iter().enumerate() {
        let number = index.to_string();
        let path = ["credentials", number.as_str()];
        let (env, files) = (!source.env.is_empty(), !source.files.is_empty());
        check_kind(file, &path, source, env, files);
        if env {
            variables.extend(self::variables(file, &path, source, settings));
        }
        if env && !files && !tools.is_empty() {
            let help = "move it up".to_owned();
            let message = "variables are looked at before the files of any tool";
            file.wrong_key(&at(&path, &["env"]), message, Some(help));
        }
        if files {
            tools.push(tool(file, &path, source, settings));
        }
    }
    (variables, tools)
}

/// An entry is of one kind, and says nothing of the other.
fn check_kind(file: &File<'_>, path: &[&str], source: &CredentialSpec, env: bool, files: bool) {
    if !env && !files {
        let help = "say `env: {…}` or `files: […]`".to_owned();
        file.wrong_help(path, "these are neither variables nor files", Some(help));
        return;
    }
    if env && files {
        let help = "make two entries of it".to_owned();
        file.wrong_key(&at(path, &["files"]), "these are variables and files at once", Some(help));
        return;
    }
    let alien = [
        ("unless_profile", files && source.unless_profile),
        ("tool", env && source.tool.is_some()),
        ("profile", env && source.profile.is_some()),
    ];
    for (key, _) in alien.into_iter().filter(|(_, wrong)| *wrong) {
        let kind = if env { "files" } else { "variables" };
        file.wrong_key(&at(path, &[key]), format!("`{key}` is a word for {kind}"), None);
    }
    if files && source.tool.is_none() {
        let help = "say `tool: NAME`".to_owned();
        file.wrong_key(&at(path, &["files"]), "nobody knows which tool writes these files", Some(help));
    }
}

fn variables(
    file: &File<'_>,
    path: &[&str],
    source: &CredentialSpec,
    settings: &[String],
) -> Option<EnvCredentials> {
    let path = at(path, &["env"]);
    check_names(file, &path, source.env.keys(), &IN_VARIABLES, settings);
    for (name, variable) in source.env.iter() {
        check_variable(file, &at(&path, &[name]), variable);
    }
    let (Some(access_key), Some(secret)) = (source.env.get("access_key"), source.env.get("secret")) else {
        file.wrong(&path, "credentials need `access_key` and `secret`");
        return None;
    };
    let told = |name: &str| name == "endpoint" || settings.iter().any(|setting| setting == name);
    Some(EnvCredentials {
        access_key: access_key.clone(),
        secret: secret.clone(),
        token: source.env.get("token").cloned(),
        settings: source
            .env
            .iter()
            .filter(|(name, _)| told(name))
            .map(|(name, variable)| (name.to_owned(), variable.clone()))
            .collect(),
        unless_profile: source.unless_profile,
    })
}

/// What values are kept under is a credential or a setting.
fn check_names<'n>(
    file: &File<'_>,
    path: &[&str],
    names: impl Iterator<Item = &'n str>,
    words: &[&str],
    settings: &[String],
) {
    let known: Vec<&str> = words.iter().copied().chain(settings.iter().map(String::as_str)).collect();
    for name in names.filter(|name| !known.contains(name) && !file.lacks(Names::Settings)) {
        let help = suggest(name, known.iter().copied());
        file.wrong_key(&at(path, &[name]), format!("`{name}` is neither a credential nor a setting"), help);
    }
}

/// The name of a variable can be one.
pub fn check_variable(file: &File<'_>, path: &[&str], name: &str) {
    if name.is_empty() || name.contains(|c: char| c == '=' || c.is_whitespace() || c.is_control()) {
        file.wrong(path, "this cannot be the name of a variable");
    }
}

fn tool(file: &File<'_>, path: &[&str], source: &CredentialSpec, settings: &[String]) -> Tool {
    if let Some(profile) = &source.profile {
        check_profile(file, path, profile, source);
    }
    let reach = Reach { profile: source.profile.as_ref() };
    let mut files = Vec::new();
    for (index, spec) in source.files.iter().enumerate() {
        let number = index.to_string();
        let path = at(path, &["files", &number]);
        check_names(file, &at(&path, &["fields"]), spec.fields.keys(), &IN_FILES, settings);
        for name in spec.fields.keys() {
            if source.files.iter().take(index).any(|other| other.fields.get(name).is_some()) {
                let message = format!("another file of the tool holds `{name}`");
                file.wrong_key(&at(&path, &["fields", name]), message, None);
            }
        }
        files.push(tool_file(file, &path, spec, reach));
    }
    let holds = |name: &str| source.files.iter().any(|file| file.fields.get(name).is_some());
    for name in KEYS.into_iter().filter(|name| !holds(name)) {
        let message = format!("no file of the tool holds `{name}`");
        file.wrong_key(&at(path, &["files"]), message, Some("add it to `fields`".to_owned()));
    }
    if holds("scheme") && !holds("endpoint") {
        file.wrong_key(&at(path, &["files"]), "a `scheme` is of no use without an `endpoint`", None);
    }
    Tool { name: source.tool.clone().unwrap_or_default(), profile: source.profile.clone(), files }
}

/// A profile has a name from somewhere, and something depends on it.
fn check_profile(file: &File<'_>, path: &[&str], profile: &ProfileSpec, source: &CredentialSpec) {
    let path = &at(path, &["profile"])[..];
    let ProfileSpec { env, file: named, active, default } = profile;
    if env.is_none() && named.is_none() && active.is_none() && default.is_none() {
        let help = "say `env`, `file`, `active` or `default`".to_owned();
        file.wrong_help(path, "nothing says which profile is meant", Some(help));
    }
    if let Some(name) = env {
        check_variable(file, &at(path, &["env"]), name);
    }
    if let Some(named) = named
        && !super::credential_files::rooted(named)
    {
        let help = "begin with `~/` or `/`".to_owned();
        file.wrong_help(&at(path, &["file"]), "this path depends on the current folder", Some(help));
    }
    if active.is_some() && source.files.iter().all(|file| file.rows.is_none()) {
        let help = "say `rows: KEY` of a file".to_owned();
        file.wrong_key(&at(path, &["active"]), "no file of the tool has rows", Some(help));
    }
    let holds = |text: &str| text.contains("{profile}");
    let used = source.files.iter().any(|file| {
        let section = file.section.as_deref().is_some_and(holds);
        section || file.rows.is_some() || file.path.list().iter().any(|path| holds(path))
    });
    if !used {
        let help = "use `{profile}` in a `path` or a `section`, or say `rows`".to_owned();
        file.wrong_key(path, "no file of the tool depends on the profile", Some(help));
    }
}
