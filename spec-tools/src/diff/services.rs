//! Services.

use rdbfetch_codegen::model::{EnvCredentials, Service, Setting, Tool};

use super::walk::{At, Rule, Walk, both, matched};
use super::{auth, errors, objects, operations};

/// Compares all services.
pub fn compare(walk: &mut Walk<'_>) {
    let (old, new) = walk.sides();
    if let ([one], [other]) = (old.services.as_slice(), new.services.as_slice())
        && one.name != other.name
    {
        walk.pair = Some((one, other));
        let rule = Rule::breaks("service-renamed", "its module has another name");
        let shown = (Some(one.name.clone()), Some(other.name.clone()));
        walk.note(rule, format!("service `{}`", other.name), &At::Keys(&["title"]), shown);
        return pair(walk, one, other);
    }
    let pairs = matched(&old.services, &new.services, |service| &service.name);
    for service in pairs.removed {
        walk.pair = Some((service, service));
        let rule = Rule::breaks("service-removed", "its module is gone").wire("it is no longer called");
        let name = service.name.clone();
        walk.note(rule, format!("service `{name}`"), &At::Keys(&["title"]), (Some(name), None));
    }
    for service in pairs.added {
        walk.pair = Some((service, service));
        let rule = Rule::adds("service-added", "a new module is in nobody's way");
        let name = service.name.clone();
        walk.note(rule, format!("service `{name}`"), &At::Keys(&["title"]), (None, Some(name)));
    }
    for (one, other) in pairs.both {
        walk.pair = Some((one, other));
        pair(walk, one, other);
    }
}

fn pair<'a>(walk: &mut Walk<'a>, old: &'a Service, new: &'a Service) {
    settings(walk, &old.settings, &new.settings);
    variables(walk, &old.credentials, &new.credentials);
    tools(walk, &old.tools, &new.tools);
    errors::compare(walk, &old.errors, &new.errors);
    auth::compare(walk, &old.auth, &new.auth);
    objects::compare(walk, (old, new), (None, None));
    operations::compare(walk, old, new);
    walk.members(old, new, |walk, name, before, after| {
        let (rule, keys): (Rule, &[&str]) = match name {
            "name" | "settings" | "credentials" | "tools" | "errors" | "auth" | "objects" | "enums"
            | "operations" => return,
            // Told with their dates, as they are written.
            "documents" => return,
            // It follows from the name.
            "module" if old.name != new.name => return,
            "module" => (Rule::breaks("service-renamed", "its module has another name"), &["title"]),
            "title" => (Rule::tells("service-doc"), &["title"]),
            "notes" => (Rule::tells("service-doc"), &["notes"]),
            "deprecated" => (Rule::tells("service-deprecated"), &["deprecated"]),
            "vectors" => (Rule::tells("vector"), &["auth", "vectors"]),
            "version" => {
                let rule = Rule::keeps("service-version", "methods stay");
                (rule.wire("calls name another version of the interface"), &["version"])
            }
            "endpoints" => {
                let rule = Rule::keeps("service-endpoint", "methods stay");
                (rule.wire("calls go to another host or under another address"), &["endpoint"])
            }
            "envelope" => {
                let rule = Rule::keeps("service-envelope", "structs stay");
                (rule.wire("success, errors or request identifiers are read otherwise"), &["response"])
            }
            "rate_limit" => {
                let rule = Rule::keeps("service-rate-limit", "calls are spaced otherwise");
                (rule.wire("how soon a call follows another"), &["rate_limit"])
            }
            "clock_window" => {
                let rule = Rule::keeps("service-clock-window", "methods stay");
                (rule.wire("how wrong a clock may be before it is set right"), &["clock_window"])
            }
            "store" => (Rule::keeps("service-store", "only the emulator answers otherwise"), &["store"]),
            _ => (Rule::other(), &["title"]),
        };
        walk.note(rule, format!("`{}`", name.replace('_', " ")), &At::Keys(keys), both(before, after));
    });
}

fn settings(walk: &mut Walk<'_>, old: &[Setting], new: &[Setting]) {
    let pairs = matched(old, new, |setting| &setting.name);
    let must = |setting: &Setting| setting.required && setting.default.is_none();
    let note = |walk: &mut Walk<'_>, rule, setting: &Setting, shown| {
        walk.note(
            rule,
            format!("setting `{}`", setting.name),
            &At::Keys(&["settings", &setting.name]),
            shown,
        );
    };
    for setting in pairs.removed {
        let rule = Rule::misleads("setting-removed", "clients that set it are refused");
        note(walk, rule, setting, (Some(setting.name.clone()), None));
    }
    for setting in pairs.added {
        let rule = if must(setting) {
            Rule::misleads("setting-required-added", "clients without it are refused")
        } else {
            Rule::keeps("setting-added", "it can be left out")
        };
        note(walk, rule, setting, (None, Some(setting.name.clone())));
    }
    for (one, other) in pairs.both {
        walk.members(one, other, |walk, name, before, after| {
            let rule = match name {
                "required" | "default" if must(other) && !must(one) => {
                    Rule::misleads("setting-became-required", "clients without it are refused")
                }
                "required" => Rule::keeps("setting-required", "clients with it are as good as before"),
                "default" => Rule::keeps("setting-default", "clients are made as before")
                    .wire("what is sent where nobody sets it"),
                "values" | "doc" => Rule::tells("setting-doc"),
                _ => Rule::other(),
            };
            note(walk, rule, other, both(before, after));
        });
    }
    if pairs.moved {
        let names =
            |list: &[Setting]| Some(list.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", "));
        walk.note(
            Rule::tells("setting-order"),
            "the order of settings",
            &At::Keys(&["settings"]),
            (names(old), names(new)),
        );
    }
}

fn variables(walk: &mut Walk<'_>, old: &[EnvCredentials], new: &[EnvCredentials]) {
    let pairs = matched(old, new, |names| &names.access_key);
    let note = |walk: &mut Walk<'_>, rule, names: &EnvCredentials, shown| {
        walk.note(rule, format!("variables `{}`", names.access_key), &At::Keys(&["credentials"]), shown);
    };
    let shown = |names: &EnvCredentials| Some(format!("{}, {}", names.access_key, names.secret));
    for names in pairs.removed {
        let rule = Rule::misleads("credentials-removed", "keys in these variables are no longer found");
        note(walk, rule, names, (shown(names), None));
    }
    for names in pairs.added {
        let rule = Rule::keeps("credentials-added", "keys are looked for in more variables");
        note(walk, rule, names, (None, shown(names)));
    }
    for (one, other) in pairs.both {
        walk.members(one, other, |walk, name, before, after| {
            let rule = Rule::misleads("credentials-changed", "what was found in variables can be missing");
            let subject = format!("variables `{}`: `{name}`", other.access_key);
            walk.note(rule, subject, &At::Keys(&["credentials"]), both(before, after));
        });
    }
    if pairs.moved {
        let names = |list: &[EnvCredentials]| {
            Some(list.iter().map(|one| one.access_key.as_str()).collect::<Vec<_>>().join(", "))
        };
        let rule =
            Rule::misleads("credentials-order", "the first that are set win, and others come first now");
        walk.note(rule, "the order of variables", &At::Keys(&["credentials"]), (names(old), names(new)));
    }
}

fn tools(walk: &mut Walk<'_>, old: &[Tool], new: &[Tool]) {
    let pairs = matched(old, new, |tool| &tool.name);
    let note = |walk: &mut Walk<'_>, rule, tool: &Tool, what: &str, shown| {
        walk.note(rule, format!("tool `{}`{what}", tool.name), &At::Keys(&["credentials"]), shown);
    };
    for tool in pairs.removed {
        let rule = Rule::misleads("tool-removed", "keys in its files are no longer found");
        note(walk, rule, tool, "", (Some(tool.name.clone()), None));
    }
    for tool in pairs.added {
        let rule = Rule::keeps("tool-added", "keys are looked for in more files");
        note(walk, rule, tool, "", (None, Some(tool.name.clone())));
    }
    for (one, other) in pairs.both {
        walk.members(one, other, |walk, name, before, after| {
            let rule = Rule::misleads(
                "tool-changed",
                "what was found in its files can be missing, or another key be found",
            );
            note(walk, rule, other, &format!(": `{name}`"), both(before, after));
        });
    }
    if pairs.moved {
        let names =
            |list: &[Tool]| Some(list.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", "));
        let rule = Rule::misleads("tool-order", "the first that has keys wins, and another comes first now");
        walk.note(rule, "the order of tools", &At::Keys(&["credentials"]), (names(old), names(new)));
    }
}
