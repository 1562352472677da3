//! What a client is configured with.

use super::auth;
use super::request::BUILT_IN_HOLES;
use super::scope::{File, at};
use crate::model::Setting;
use crate::spec::{KnownValues, ServiceSpec, SettingSpec};

/// Resolves the settings.
pub fn settings(file: &File<'_>, spec: &ServiceSpec) -> Vec<Setting> {
    let mut out = Vec::new();
    for (name, setting) in spec.settings.iter() {
        if auth::is_input(name) || BUILT_IN_HOLES.contains(&name) {
            let help = "take another name".to_owned();
            let message = format!("`{name}` means something else in templates");
            file.wrong_key(&["settings", name], message, Some(help));
        }
        out.push(Setting {
            name: name.to_owned(),
            required: setting.required,
            default: setting.default.as_ref().map(|default| default.0.clone()),
            values: known_values(file, name, setting),
            doc: setting.doc.clone(),
        });
    }
    out
}

/// The values that the documents know of a setting: each once, and the default among them.
fn known_values(file: &File<'_>, name: &str, setting: &SettingSpec) -> Vec<(String, String)> {
    let Some(known) = &setting.values else { return Vec::new() };
    let path = ["settings", name, "values"];
    let mut out: Vec<(String, String)> = Vec::new();
    for (index, (value, doc)) in known.entries().into_iter().enumerate() {
        let number = index.to_string();
        let key = if matches!(known, KnownValues::List(_)) { &number } else { &value };
        let path = at(&path, &[key]);
        if value.trim() != value || value.is_empty() {
            file.wrong_key(&path, "a value is neither empty nor has blanks around it", None);
        } else if out.iter().any(|(other, _)| *other == value) {
            file.wrong(&path, format!("`{value}` stands in `values` twice"));
        } else {
            out.push((value, doc));
        }
    }
    if out.is_empty() && known.entries().is_empty() {
        let help = "leave `values` out where no document lists any".to_owned();
        file.wrong_help(&path, "there are no values", Some(help));
    }
    if let Some(default) = setting
        .default
        .as_ref()
        .filter(|default| !out.is_empty() && out.iter().all(|(value, _)| *value != default.0))
    {
        file.no_value(
            &["settings", name, "default"],
            name,
            &default.0,
            out.iter().map(|(value, _)| value.as_str()),
        );
    }
    out
}
