//! What a document does not say, guessed from names and words.

use serde_json::Value;

use super::Member;
use crate::document::{Document, ErrorCode, Field, Kind};

/// The type of a parameter as specs write it, and what of it is a guess.
pub(super) fn parameter_kind(field: &Field, document: &Document) -> (String, Option<&'static str>) {
    let (first, inner) =
        field.name.split_once('.').map_or((field.name.as_str(), None), |(a, b)| (a, Some(b)));
    if inner.is_some() || first.is_empty() {
        return ("any".to_owned(), Some("GUESS: its members are told one by one"));
    }
    match &field.kind {
        Some(kind) => written(kind, &|name| document.objects.iter().any(|object| object.name == name)),
        None => ("string".to_owned(), Some("GUESS: the document says no type")),
    }
}

/// A type as specs write it; `known` are the object types that there are.
pub(super) fn written(kind: &Kind, known: &dyn Fn(&str) -> bool) -> (String, Option<&'static str>) {
    let lists = "[]".repeat(kind.lists);
    let plain = matches!(kind.name.as_str(), "string" | "int64" | "double" | "bool" | "any");
    match kind.name.as_str() {
        "" => (format!("any{lists}"), Some("GUESS: the document does not say of what")),
        // How a moment is written is for people to find out; as text nothing is lost.
        "timestamp" => (format!("string{lists}"), Some("GUESS: a moment; give it a type and a format")),
        name if plain || known(name) => (format!("{name}{lists}"), None),
        _ => (format!("any{lists}"), Some("GUESS: the document does not say what it holds")),
    }
}

/// The type of a JSON value that is no object and no list.
pub(super) fn scalar(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "double",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        _ => "any",
    }
}

/// A value of an example in the type that its parameter has; `None` where it does not fit.
pub(super) fn fitting(value: &Value, kind: &str) -> Option<Value> {
    match (kind, value) {
        ("bool", Value::String(text)) => text.to_lowercase().parse::<bool>().ok().map(Value::from),
        ("int64", Value::String(text)) => text.parse::<i64>().ok().map(Value::from),
        ("double", Value::String(text)) => text.parse::<f64>().ok().map(Value::from),
        ("string", Value::Number(number)) => Some(Value::from(number.to_string())),
        ("string", Value::String(_)) | ("bool", Value::Bool(_)) | ("double" | "int64", Value::Number(_)) => {
            Some(value.clone())
        }
        ("string" | "bool" | "int64" | "double", _) => None,
        (list, Value::Array(items)) if list.ends_with("[]") => {
            let inner = list.strip_suffix("[]")?;
            items.iter().map(|item| fitting(item, inner)).collect::<Option<Vec<_>>>().map(Value::from)
        }
        (list, _) if list.ends_with("[]") => None,
        _ => Some(value.clone()),
    }
}

/// The class of an error, and whether a retry can help.
pub(super) fn class(error: &ErrorCode) -> (&'static str, bool) {
    const WORDS: &[(&[&str], &str)] = &[
        (
            &[
                "notexist",
                "not exist",
                "notfound",
                "not_found",
                "not found",
                "no such",
                "no instance",
                "不存在",
                "没有找到",
            ],
            "not-found",
        ),
        (&["limitexceeded", "throttl", "too many", "toomany", "频率", "限流", "429"], "throttled"),
        (&["authfailure", "signature", "签名", "invalidkey", "401"], "auth"),
        (
            &[
                "unauthorized",
                "permission",
                "denied",
                "forbidden",
                "cam",
                "whitelist",
                "权限",
                "白名单",
                "403",
            ],
            "denied",
        ),
        (
            &["internal", "systemerror", "dboperation", "server error", "内部错误", "系统错误", "500", "503"],
            "server",
        ),
        (
            &[
                "statusinvalid",
                "statusabnormal",
                "status abnormal",
                "abnormal",
                "notready",
                "locked",
                "状态",
                "锁",
            ],
            "not-ready",
        ),
        (&["404"], "not-found"),
    ];
    let text =
        format!("{} {} {}", error.code, error.name.as_deref().unwrap_or_default(), error.text).to_lowercase();
    let found = WORDS.iter().find(|(words, _)| words.iter().any(|word| text.contains(word)));
    let class = found.map_or("invalid", |(_, class)| class);
    (class, matches!(class, "server" | "throttled"))
}

/// The situations in which an error of a class is answered.
pub(super) fn situations(error: &ErrorCode, class: &str) -> Vec<&'static str> {
    let text =
        format!("{} {} {}", error.code, error.name.as_deref().unwrap_or_default(), error.text).to_lowercase();
    let mut found = Vec::new();
    if class == "not-found" {
        found.extend(
            ["instance", "实例", "redis"].iter().any(|word| text.contains(word)).then_some("no-instance"),
        );
        found.extend(["backup", "备份"].iter().any(|word| text.contains(word)).then_some("no-backup"));
        // `No backup of the instance` is about the backup.
        if found.len() > 1 && text.contains("backup") && !text.contains("instancenot") {
            found.retain(|one| *one == "no-backup");
        }
    }
    found.extend((class == "not-ready").then_some("not-ready"));
    found
}

/// Where the links of a backup stand in an answer.
#[derive(Debug, Default)]
pub(super) struct Links {
    pub(super) public: Option<String>,
    pub(super) internal: Option<String>,
    pub(super) name: Option<String>,
    pub(super) size: Option<String>,
}

/// Looks for links among the members at a place such as `Files[].`.
pub(super) fn links(members: &[Member], place: &str) -> Links {
    let mut found = Links::default();
    for member in members {
        let lower = member.name.to_lowercase();
        let link = ["url", "link", "path", "intranet", "extranet"].iter().any(|word| lower.contains(word));
        let internal = ["inner", "intra", "internal", "vpc"].iter().any(|word| lower.contains(word));
        let at = if member.kind.ends_with("[]") {
            format!("{place}{}[]", member.name)
        } else {
            format!("{place}{}", member.name)
        };
        let slot = match () {
            () if link && !member.kind.starts_with("string") => continue,
            () if link && internal => &mut found.internal,
            // What is on its way out comes last.
            () if link && member.deprecated && found.public.is_some() => continue,
            () if link => {
                found.public = Some(at);
                continue;
            }
            () if lower.contains("name") => &mut found.name,
            () if lower.contains("size") && member.kind.starts_with("int64") => &mut found.size,
            () => continue,
        };
        slot.get_or_insert(at);
    }
    found
}

/// The parameter that names an instance, and the one that names a backup.
pub(super) fn ids(parameters: &[&Field], operation: &str) -> (Option<String>, Option<String>) {
    let named = |words: &[&str]| {
        let fits = |field: &&&Field| {
            let lower = field.name.to_lowercase();
            !field.name.contains('.') && words.iter().any(|word| lower == *word)
        };
        parameters.iter().find(fits).map(|field| field.name.clone())
    };
    let about = operation.to_lowercase();
    let instance = named(&[
        "instanceid",
        "groupid",
        "cacheinstanceid",
        "redisid",
        "spaceid",
        "resourceid",
        "dbinstanceid",
    ]);
    let backup = named(&["backupid", "baseid", "backupsetid", "backup"]);
    (instance, backup.filter(|_| about.contains("backup") || about.contains("download")))
}
