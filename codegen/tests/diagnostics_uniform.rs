//! What is said about products told apart by kind, and about instances, tasks, regions and projects.

mod common;

use common::case;

#[test]
fn kinds_and_lists() {
    assert_catalogue!(
        "kinds-and-lists",
        [
            case(
                "a field that no instance has",
                "GetLinks",
                "links:\n",
                "links:\n  for: {kin: cluster}\n",
                &["kin"]
            ),
            case(
                "a kind that there is not",
                "GetLinks",
                "links:\n",
                "links:\n  for: {kind: clutser}\n",
                &["clutser"]
            ),
            case(
                "a kind in the vendor's words",
                "GetLinks",
                "links:\n",
                "links:\n  for: {kind: [standalone, umem]}\n",
                &["umem"]
            ),
            case(
                "tasks that are for some instances",
                "GetLinks",
                "links:\n",
                "tasks:\n  for: {kind: cluster}\n  task: $request.Backup\n  state: files[].name\nlinks:\n",
                &["for"]
            ),
            case(
                "a parameter from a field that no instance has",
                "ListBackups",
                "with: {Limit: 100}",
                "with: {Limit: $instance.zon}",
                &["zon"]
            ),
            case(
                "a parameter that there is not, from an instance",
                "ListBackups",
                "with: {Limit: 100}",
                "with: {Zone: $instance.zone}",
                &["Zone"]
            ),
            case(
                "an instance that regions are not asked of",
                "ListBackups",
                "backups:\n",
                "regions:\n  with: {Limit: $instance.zone}\n  region: items[].id\nbackups:\n",
                &["$instance.zone"]
            ),
            case(
                "tasks without a state, and of no task",
                "ListBackups",
                "backups:\n",
                "tasks:\n  task: items[].id\nbackups:\n",
                &["tasks", "tasks"]
            ),
            case(
                "regions without a code",
                "ListBackups",
                "backups:\n",
                "regions:\n  name: items[].id\nbackups:\n",
                &["regions"]
            ),
            case(
                "projects without an id",
                "ListBackups",
                "backups:\n",
                "projects:\n  name: items[].id\nbackups:\n",
                &["projects"]
            ),
            case(
                "a word that backups do not have",
                "ListBackups",
                "running: 1,",
                "creating: 1,",
                &["creating"]
            ),
        ]
    );
}
