//! What is said about words that only an emulator goes by: the object store, and operations that make backups.

mod common;

use common::case;

#[test]
fn store() {
    let case = |what, to: &str, marks: &[&'static str]| {
        let to = format!("rate_limit: 20\nstore: {to}\n");
        case(what, "service", "rate_limit: 20\n", &to, marks)
    };
    assert_catalogue!(
        "store",
        [
            case("a binding to something else", "{binds: [method, hosts]}", &["hosts"]),
            case("a binding twice", "{binds: [host, method, host]}", &["host"]),
            case("a header that is none", "{request_id: x request}", &["request_id"]),
            case(
                "a situation that is none",
                "{errors: {expird: {status: 403, code: A, message: B}}}",
                &["expird"]
            ),
            case(
                "a status that is none",
                "{errors: {expired: {status: 4030, code: A, message: B}}}",
                &["4030"]
            ),
            case("an error without a message", "{errors: {no-file: {status: 404, code: A}}}", &["no-file"]),
            case("JSON without a key", "{json: {code: RetCode}}", &["json"]),
        ]
    );
}

#[test]
fn creates() {
    let case = |what, to: &str, marks: &[&'static str]| {
        let create = format!("creates: {to}\nresponse:\n  made: {{type: string, doc: Id.}}\n");
        case(what, "GetLinks", "response:\n", &create, marks)
    };
    assert_catalogue!(
        "creates",
        [
            case("nothing says whose", "{backup: made}", &["creates"]),
            case("whose is only answered", "{instance: made}", &["creates"]),
            case("a list", "{instance: $request.Instance, backup: 'files[].name'}", &["creates"]),
            case("a parameter as a place", "{instance: $request.Instance, name: Instance}", &["Instance"]),
            case("a field of others", "{instance: $request.Instance, state: made}", &["state"]),
            case("a parameter that is not there", "{instance: $request.Instanc}", &["Instanc"]),
            case("filters", "{instance: $request.Instance, filters: {state: Net}}", &["filters"]),
        ]
    );
}

#[test]
fn companions() {
    let case = |what, to: &str, marks: &[&'static str]| {
        let more = format!("{to}\nresponse:\n  told: {{type: string, doc: A word.}}\n");
        case(what, "GetLinks", "response:\n", &more, marks)
    };
    assert_catalogue!(
        "companions",
        [
            case("a task that is not asked about", "tasks: {task: told, state: told}", &["tasks"]),
            case("a task without a state", "tasks: {task: $request.Instance}", &["tasks"]),
            case(
                "a task with a name",
                "tasks: {task: $request.Instance, state: told, name: told}",
                &["name"]
            ),
            case("regions without a code", "regions: {name: told}", &["regions"]),
            case("projects without an id", "projects: {name: told, default: told}", &["projects"]),
            case("a zone of a region", "regions: {region: told, zone: told}", &["zone"]),
            case(
                "a state of an instance that is a backup's",
                "instances: {instance: told, state: {from: told, finished: a, running: b}}",
                &["finished"]
            ),
            case(
                "a kind of an instance that is a backup's",
                "instances: {instance: told, kind: {from: told, manual: a, cluster: b}}",
                &["manual"]
            ),
            case("filters of regions", "regions: {region: told, filters: {state: Net}}", &["filters"]),
            case("regions for some instances", "regions: {for: {kind: cluster}, region: told}", &["for"]),
            case("a sort of regions", "regions: {region: told, sort: {by: Net, name: told}}", &["sort"]),
            case(
                "a sort of what there is not",
                "instances: {instance: told, sort: {by: Nett, name: told}}",
                &["Nett"]
            ),
            case(
                "a sort by a word that there is not, of rows that lack the field",
                "instances: {instance: told, sort: {by: Net, falling: lan, name: lan}}",
                &["sort", "lan", "lan"]
            ),
            case("a sort by nothing", "instances: {instance: told, sort: {by: Net}}", &["sort"]),
            case("shards without an id", "shards: {instance: $request.Instance, name: told}", &["shards"]),
            case("shards of nobody", "shards: {shard: told}", &["shards"]),
        ]
    );
}

#[test]
fn for_some_instances() {
    let with = |what, to: &str, marks: &[&'static str]| {
        case(what, "GetLinks", "links:\n", &format!("links:\n  {to}\n"), marks)
    };
    assert_catalogue!(
        "for_some_instances",
        [
            with("a field that instances lack", "for: {knd: cluster}", &["knd"]),
            with("a field of backups", "for: {size: 1}", &["size"]),
            with("a kind that there is not", "for: {kind: sharded}", &["sharded"]),
            with("a vendor's kind", "for: {kind: [cluster, zzzzzzzz]}", &["zzzzzzzz"]),
            with("a state that there is not", "for: {state: [running, finished]}", &["finished"]),
            with("a parameter that there is not", "with: {Zon: $instance.zone}", &["Zon"]),
            with("what an instance lacks", "with: {Tags: $instance.zon}", &["zon"]),
            case(
                "an instance where none is asked about",
                "GetLinks",
                "response:\n",
                "instances: {instance: told, with: {Net: $instance.zone}}\nresponse:\n  told: {type: string, doc: A.}\n",
                &["$instance.zone"]
            ),
        ]
    );
}
