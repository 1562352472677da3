//! JSON Schemas of everything that the program prints as JSON, made from the structs that it prints.
//!
//! The one place where a command's document is registered; `docs/schemas/` holds the same, pinned by a test.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::commands::{
    backup, backups, config, doctor, emulator, instances, link, ops, places, pull, services, spec, verify,
};
use crate::dry_run::DryRun;
use crate::exit::ErrorLine;
use crate::fleet;
use crate::manifest::Manifest;
use crate::progress::json;

/// A document that the program prints.
pub struct Document {
    /// The command that prints it, with `-` between its words; or `dry-run`, `progress` and `error`, which have no command of their own.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    body: fn(&mut SchemaGenerator) -> Schema,
}

/// All documents, in the order of the commands.
pub const ALL: &[Document] = &[
    Document { name: "services", title: "The supported services", body: list::<services::Service> },
    Document { name: "ops", title: "The specified operations in full", body: list::<ops::Operation> },
    Document { name: "call", title: "An answer as it was received", body: anything },
    Document {
        name: "backups",
        title: "The backups of an instance, newest first",
        body: list::<backups::Listed<'static>>,
    },
    Document { name: "instances", title: "The instances of an account", body: list::<instances::Listed> },
    Document { name: "regions", title: "The regions of a service", body: list::<places::Region> },
    Document { name: "projects", title: "The projects of an account", body: list::<places::Project> },
    Document { name: "backup-create", title: "A backup that was asked for", body: one::<backup::Made> },
    Document { name: "link", title: "The temporary links of a backup", body: one::<link::Links<'static>> },
    Document { name: "pull", title: "The manifest of a downloaded backup", body: one::<pull::doc::Pulled> },
    Document {
        name: "manifest",
        title: "The manifest that stands beside the files of a backup",
        body: one::<Manifest>,
    },
    Document {
        name: "fleet",
        title: "What became of many backups (pull --all, pull --targets)",
        body: one::<fleet::Report>,
    },
    Document {
        name: "fleet-line",
        title: "What became of one of many backups (the same, with --output jsonl)",
        body: one::<fleet::Line>,
    },
    Document { name: "verify", title: "What was found in files", body: list::<verify::Checked> },
    Document {
        name: "emulator",
        title: "The first line of a running emulator",
        body: one::<emulator::Facts<'static>>,
    },
    Document {
        name: "doctor",
        title: "What calls need, and whether it is there",
        body: list::<doctor::Check>,
    },
    Document { name: "config-show", title: "What calls are made with", body: list::<config::Row> },
    Document { name: "config-path", title: "Where the configuration file is", body: one::<config::Place> },
    Document { name: "spec-check", title: "Problems of specs", body: list::<spec::check::Problem<'static>> },
    Document {
        name: "spec-compare",
        title: "Pages held against specs",
        body: list::<rdbfetch_spec_tools::compare::Comparison>,
    },
    Document {
        name: "spec-diff",
        title: "What a change of specs means",
        body: one::<spec::diff::Told<'static>>,
    },
    Document { name: "spec-export", title: "A service as OpenAPI 3.1 describes it", body: openapi },
    Document { name: "dry-run", title: "What a call would send (--dry-run)", body: one::<DryRun> },
    Document {
        name: "progress",
        title: "A line on stderr that tells how far a download is (--progress json)",
        body: one::<json::Line<'static>>,
    },
    Document {
        name: "error",
        title: "The line on stderr that tells of a failure",
        body: one::<ErrorLine<'static>>,
    },
];

impl Document {
    /// Its schema, JSON Schema 2020-12.
    #[must_use]
    pub fn schema(&self) -> serde_json::Value {
        let mut generator = generator();
        let mut schema = (self.body)(&mut generator);
        let object = schema.ensure_object();
        object.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        let name = self.name.replace('-', " ");
        let title = match self.name {
            "dry-run" | "error" | "fleet" | "fleet-line" | "manifest" | "progress" => self.title.to_owned(),
            _ => format!("rdbfetch {name}: {}", lower(self.title)),
        };
        object.insert("title".to_owned(), title.into());
        schema.to_value()
    }
}

/// The document of a command, by the words of its name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Document> {
    ALL.iter().find(|document| document.name == name)
}

/// The names of what `T` is made of, in their order: the header of a list without rows.
#[must_use]
pub fn members<T: JsonSchema>() -> Vec<String> {
    let schema = T::json_schema(&mut generator());
    let names = schema.get("required").and_then(serde_json::Value::as_array);
    names.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        // Documents are small, and a reader should not have to look elsewhere.
        settings.inline_subschemas = true;
    });
    settings.into_generator()
}

fn list<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    Vec::<T>::json_schema(generator)
}

fn one<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    T::json_schema(generator)
}

fn anything(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "description": "Whatever the service answered, byte for byte: `rdbfetch ops SERVICE OPERATION` \
                                   says what that is, in `response`." })
}

fn openapi(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "description": "An OpenAPI 3.1 document: its own schema is https://spec.openapis.org/oas/3.1/schema." })
}

fn lower(title: &str) -> String {
    let mut characters = title.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stand_in_their_order() {
        let names = members::<backups::Listed<'_>>();
        assert_eq!(names.get(..4).unwrap(), ["service", "region", "instance", "backup"]);
    }

    #[test]
    fn every_member_says_what_it_means() {
        fn check(name: &str, schema: &serde_json::Value) {
            for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
                assert!(schema["description"].is_string(), "{name}: {member}");
                check(name, schema);
            }
            if schema["items"].is_object() {
                check(name, &schema["items"]);
            }
        }
        for document in ALL {
            check(document.name, &document.schema());
        }
    }
}
