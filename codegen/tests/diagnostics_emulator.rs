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
