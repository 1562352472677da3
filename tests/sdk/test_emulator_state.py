"""Instances, regions, projects and tasks of the emulator through the vendors' SDKs."""

import json

from support import SERVICES, fetch, scratch
from vendor_clients import CLIENTS
from worlds import REGIONS, World, for_every_client

FILE, SHARDS = [{"keys": 3}], [{"keys": 3}, {"keys": 4}]
# The zone of the cluster, and what each service calls the state `changing`, the two kinds, and how a task ends.
ZONES = {"tencent": "100003", "qcloud": "100003", "ucloud": "cn-bj2-04", "jdcloud": "cn-north-1c"}
CHANGING = {"tencent": 1, "qcloud": 1, "ucloud": "Resizing", "jdcloud": "changing"}
RUNNING = {"tencent": 2, "qcloud": 2, "ucloud": "Running", "jdcloud": "running"}
KINDS = {"tencent": ("standalone", "cluster"), "qcloud": (2, 1), "ucloud": ("single", "distributed"),
         "jdcloud": ("master-slave", "cluster")}
TASKS = {"tencent": ("running", "succeed"), "qcloud": (1, 2)}
NO_TASK = {"tencent": "InvalidParameter.InvalidParameter", "qcloud": 11201}
ELSEWHERE = "other-region"
SUB = ("AKIDSUB", "sub-secret")


def scenario():
    def instances(service):
        backups = [{"id": "b-1", "name": "nightly", "created": "-1h", "files": FILE}]
        # A service whose answers have room for one link has clusters with one file.
        files = FILE if service == "qcloud" else SHARDS
        cluster = {"id": "wide", "kind": "cluster", "zone": ZONES[service],
                   "backups": [{"id": "b-2", "name": "by-hand", "created": "-1h", "files": files}]}
        one = {"id": "one", "name": "sessions", "state": "changing", "backups": backups}
        hidden = {"id": "hidden", "account": SUB[0]}
        return [one, cluster, hidden] + [{"id": f"more-{number:02}"} for number in range(1, 10)]

    services = {service: {"regions": {REGIONS[service]: {"name": "Here", "instances": instances(service)},
                                      ELSEWHERE: {}}} for service in SERVICES}
    services["ucloud"]["projects"] = [{"id": "org-a", "name": "First"}, {"id": "org-b", "name": "Second"}]
    world = {"accounts": [{"access_key": SUB[0], "secret_key": SUB[1], "projects": ["org-b"]}], "services": services}
    path = scratch("state") / "scenario.yaml"
    path.write_text(json.dumps(world))
    return path


class OwnWorld(World):
    scenario = staticmethod(scenario)


class Instances:
    def test_instances_are_as_declared(self):
        answer = self.succeeded(self.sdk().instances())
        self.assertEqual(answer.total, 11, "hidden belongs to another account")
        one, wide = answer.instances[:2]
        single, cluster = KINDS[self.service]
        self.assertEqual(one[:4], ("one", "sessions", CHANGING[self.service], single))
        self.assertEqual(wide[:4], ("wide", "wide", RUNNING[self.service], cluster))
        self.assertEqual(str(wide[4]), ZONES[self.service])

    def test_every_instance_is_on_one_page(self):
        found, offset = [], 0
        while page := self.succeeded(self.sdk().instances(offset, 10)).instances:
            self.assertLessEqual(len(page), 10)
            found += [item[0] for item in page]
            offset += 10
        self.assertEqual(len(found), 11)
        self.assertEqual(len(set(found)), 11)

    def test_a_region_without_instances(self):
        answer = self.succeeded(self.sdk(region=ELSEWHERE).instances())
        self.assertEqual((answer.instances, answer.total), ([], 0))
        self.refused("wrong region", self.sdk(region="nowhere-1").instances())

    def test_refusals(self):
        self.refused("unknown key", self.sdk(("AKIDNOBODY", "x")).instances())
        self.refused("wrong secret", self.sdk((self.keys[0], "wrong")).instances())


class Regions:
    def test_regions(self):
        answer = self.succeeded(self.sdk().regions())
        self.assertEqual(answer.places, [(REGIONS[self.service], "Here"), (ELSEWHERE, ELSEWHERE)])


class Details:
    def test_one_backup_in_detail(self):
        answer = self.succeeded(self.sdk().detail("wide", "b-2"))
        self.assertEqual((answer.backups, answer.states, answer.names), (["b-2"], {"b-2": 2}, ["by-hand"]))
        self.assertGreater(answer.total, 0, "the bytes of its files")
        self.refused("unknown backup", self.sdk().detail("wide", "b-1"))
        self.refused("unknown instance", self.sdk().detail("nowhere", "b-1"))


class Tasks:
    def test_a_task_ends_as_its_backup_does(self):
        running, over = TASKS[self.service]
        self.emulator.control("PUT", "/clock", {"mode": "frozen"})
        number = self.succeeded(self.sdk().create("one", "by_hand")).total
        self.assertEqual(self.succeeded(self.sdk().task(number)).states, {number: running})
        self.emulator.control("POST", "/clock/advance", {"by": "31s"})
        self.assertEqual(self.succeeded(self.sdk().task(number)).states, {number: over})
        missing = self.sdk().task(number + 1)
        self.assertEqual((missing.error, missing.code), (self.client.error, NO_TASK[self.service]))


class Narrowed:
    """Tencent's parameters that narrow the list."""

    def test_by_state_name_and_id(self):
        for more, expected in [({"Status": [1]}, ["one"]), ({"Status": [-2, -3]}, []),
                               ({"InstanceName": "sessions"}, ["one"]), ({"InstanceId": "wide"}, ["wide"])]:
            answer = self.succeeded(self.sdk().instances(**more))
            self.assertEqual([item[0] for item in answer.instances], expected, more)
        self.refused("unknown instance", self.sdk().instances(InstanceId="hidden"))
        self.refused("out of bounds", self.sdk().instances(limit=1001))


class Described:
    """JD Cloud's description of one instance."""

    def test_one_instance(self):
        answer = self.succeeded(self.sdk().instance("wide"))
        self.assertEqual(answer.instances, [("wide", "wide", "running", "cluster")])
        self.refused("unknown instance", self.sdk().instance("hidden"))


class Products:
    """UCloud's projects, and its distributed product beside the master-replica one."""

    def test_projects(self):
        places = [("org-a", "First"), ("org-b", "Second")]
        self.assertEqual(self.succeeded(self.sdk().projects()).places, places)
        self.assertEqual(self.succeeded(self.sdk(SUB).projects()).places, places[1:])
        self.assertEqual(self.succeeded(self.sdk().instances(ProjectId="org-b")).instances, [])
        for keys, project in [(None, "org-c"), (SUB, "org-a")]:
            answer = self.sdk(keys).instances(ProjectId=project)
            self.assertEqual((answer.error, answer.code), ("RetCodeException", 292))

    def test_by_zone_and_kind(self):
        for more in ({"Zone": "cn-bj2-04"}, {"ResourceType": "distributed"}, {"ResourceId": "wide"}):
            answer = self.succeeded(self.sdk().instances(**more))
            self.assertEqual([item[0] for item in answer.instances], ["wide"], more)

    def test_a_distributed_backup_from_its_making_to_its_files(self):
        self.emulator.control("PUT", "/clock", {"mode": "frozen"})
        wide = self.sdk().distributed("wide", "cn-bj2-04")
        listed = self.succeeded(wide.backups())
        self.assertEqual((listed.states, listed.names), ({"b-2": "Done"}, ["by-hand"]))
        made = self.succeeded(wide.create("before-release")).backups[0]
        listed = self.succeeded(wide.backups())
        self.assertEqual((listed.states[made], listed.names), ("Starting", ["before-release", "by-hand"]))
        refused = wide.link(made)
        self.assertEqual((refused.error, refused.code), ("RetCodeException", 20210))
        self.emulator.control("POST", "/clock/advance", {"by": "31s"})
        self.assertEqual(self.succeeded(wide.backups()).states[made], "Done")
        for backup, shards in [(made, 3), ("b-2", 2)]:
            links = self.succeeded(wide.link(backup)).public
            self.assertEqual(len(links), shards)
            for link in links:
                status, _, body = fetch(link.strip())
                self.assertEqual((status, body[:5]), (200, b"REDIS"))

    def test_each_product_knows_its_own_instances(self):
        for answer in (self.sdk().distributed("one", "cn-bj2-01").backups(),
                       self.sdk().distributed("wide", "cn-bj2-05").backups(),
                       self.sdk().distributed("wide", "cn-bj2-04").link("b-1"),
                       self.sdk().distributed("one", "cn-bj2-01").create("before-release"),
                       self.sdk().backups("wide"), self.sdk().link("wide", "b-2"),
                       self.sdk().create("wide", "before_release")):
            self.assertEqual((answer.error, answer.code), ("RetCodeException", 20209))


for _suite, _services in ((Instances, SERVICES), (Regions, ["ucloud", "tencent", "jdcloud"]),
                          (Details, ["tencent", "jdcloud"]), (Tasks, ["tencent", "qcloud"]), (Narrowed, ["tencent"]),
                          (Described, ["jdcloud"]), (Products, ["ucloud"])):
    for_every_client(globals(), _suite, _services, CLIENTS, OwnWorld)
del World, OwnWorld
