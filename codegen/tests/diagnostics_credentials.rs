//! What is said about where the vendor's tools keep credentials.

mod common;

use common::case;

/// What the small service says, and a place to add tools after.
const ENV: &str = "  - env: {access_key: ACME_KEY, secret: ACME_SECRET, region: ACME_REGION}\n";

/// Two tools as they should be.
const TOOLS: &str = r#"  - env: {access_key: ACME_KEY, secret: ACME_SECRET, region: ACME_REGION}
  - tool: acme
    profile: {env: ACME_PROFILE, default: main}
    files:
      - path: "~/.acme/{profile}.json"
        format: json
        fields: {access_key: id, secret: secret}
        ignore: {secret: none}
        refuse:
          - {when: {kind: sso}, doc: There are no keys.}
  - tool: old
    profile: {file: ~/.old/current, default: main}
    files:
      - path: ~/.old/keys
        format: ini
        section: "{profile}"
        default_section: usual
        fields: {access_key: id, secret: key}
"#;

/// The tools with something broken.
fn broken(what: &'static str, from: &str, to: &str, marks: &[&'static str]) -> common::Case {
    assert_eq!(TOOLS.matches(from).count(), 1, "{what}: `{from}`");
    case(what, "service", ENV, &TOOLS.replace(from, to), marks)
}

#[test]
fn the_tools_are_right() {
    let files: Vec<_> = common::acme()
        .into_iter()
        .map(|mut file| {
            file.text = file.text.replace(ENV, TOOLS);
            file
        })
        .collect();
    assert!(rdbfetch_codegen::check(&files).is_ok(), "{}", rdbfetch_codegen::check(&files).unwrap_err());
}

#[test]
fn kinds_of_sources() {
    assert_catalogue!(
        "credential-sources",
        [
            case("neither", "service", ENV, "  - {unless_profile: true}\n", &["{unless_profile: true}"]),
            broken(
                "both",
                "  - tool: acme\n",
                "  - env: {access_key: A, secret: B}\n    tool: acme\n",
                &["files"]
            ),
            broken(
                "words of files in variables",
                "region: ACME_REGION}\n",
                "region: ACME_REGION}\n    tool: acme\n    profile: {default: a}\n",
                &["tool", "profile"]
            ),
            broken(
                "a word of variables in files",
                "  - tool: old\n",
                "  - tool: old\n    unless_profile: true\n",
                &["unless_profile"]
            ),
            broken("nobody's files", "  - tool: old\n    profile", "  - profile", &["files"]),
            broken(
                "variables after files",
                "        fields: {access_key: id, secret: key}\n",
                "        fields: {access_key: id, secret: key}\n  - env: {access_key: A, secret: B}\n",
                &["env"]
            ),
            broken(
                "a variable with a blank in it",
                "region: ACME_REGION",
                "region: ACME REGION",
                &["ACME REGION"]
            ),
            broken("no variable at all", "env: ACME_PROFILE", "env: \"\"", &["\"\""]),
        ]
    );
}

#[test]
fn profiles() {
    assert_catalogue!(
        "credential-profiles",
        [
            broken(
                "nothing says which",
                "profile: {env: ACME_PROFILE, default: main}",
                "profile: {}",
                &["profile"]
            ),
            broken("a file in the current folder", "file: ~/.old/current", "file: current", &["current"]),
            broken("an active row without rows", "env: ACME_PROFILE", "active: used", &["active"]),
            broken(
                "nothing depends on it",
                "path: \"~/.acme/{profile}.json\"",
                "path: ~/.acme/keys.json",
                &["profile"]
            ),
            broken("there is none", "    profile: {env: ACME_PROFILE, default: main}\n", "", &["profile"]),
            broken("another hole", "section: \"{profile}\"", "section: \"{profile} {region}\"", &["region"]),
            broken(
                "a hole that is not closed",
                "section: \"{profile}\"",
                "section: \"{profile\"",
                &["profile", "\"{profile\""]
            ),
            broken(
                "no default for a section",
                "profile: {file: ~/.old/current, default: main}",
                "profile: {file: ~/.old/current}",
                &["default_section"]
            ),
            broken(
                "rows without profiles",
                "    profile: {env: ACME_PROFILE, default: main}\n    files:\n      - path: \"~/.acme/{profile}.json\"\n",
                "    files:\n      - path: ~/.acme/keys.json\n        rows: name\n",
                &["rows"]
            ),
        ]
    );
}

#[test]
fn files() {
    assert_catalogue!(
        "credential-files",
        [
            broken("no path", "path: ~/.old/keys", "path: []", &["path"]),
            broken("a path from here", "path: ~/.old/keys", "path: [~/.old/keys, keys]", &["keys"]),
            broken("rows of INI", "format: ini", "format: ini\n        rows: name", &["rows"]),
            broken(
                "sections of JSON",
                "format: json",
                "format: json\n        section: a\n        default_section: a\n        percent: true",
                &["section", "default_section", "percent"]
            ),
            broken(
                "no section",
                "        section: \"{profile}\"\n        default_section: usual\n",
                "",
                &["profile", "format"]
            ),
            broken("another format", "format: ini", "format: toml", &["toml"]),
            broken(
                "nothing is read",
                "fields: {access_key: id, secret: key}",
                "fields: {}",
                &["files", "files", "fields"]
            ),
            broken(
                "half of a pair",
                "fields: {access_key: id, secret: key}",
                "fields: {access_key: id}",
                &["files"]
            ),
            broken(
                "neither a credential nor a setting",
                "secret: key}",
                "secret: key, regoin: r}",
                &["regoin"]
            ),
            broken("no key", "secret: key}", "secret: a..b}", &["a..b"]),
            broken("a scheme of nothing", "secret: key}", "secret: key, scheme: s}", &["files"]),
            broken(
                "one thing in two files",
                "        fields: {access_key: id, secret: key}\n",
                "        fields: {access_key: id, secret: key}\n      - path: ~/.old/more\n        format: json\n        fields: {secret: s}\n",
                &["secret"]
            ),
            broken(
                "what is not read is ignored",
                "ignore: {secret: none}",
                "ignore: {secrets: none}",
                &["secrets"]
            ),
            broken("always refused", "when: {kind: sso}", "when: {}", &["when"]),
            broken("refused without a reason", "doc: There are no keys.", "doc: \" \"", &["doc"]),
            broken(
                "a word that is none",
                "        default_section: usual",
                "        default_sektion: usual",
                &["default_sektion"]
            ),
        ]
    );
}
