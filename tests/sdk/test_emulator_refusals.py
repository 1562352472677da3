"""The emulator through the vendors' SDKs: what is wrong with a request that is rightly signed, and faults on demand."""

from worlds import LINK, LIST, for_every_client

# A number of the operation that lists, and what is too much or too little for it.
NUMBER = {"tencent": ("Limit", 101), "ucloud": ("Limit", 0), "qcloud": ("limit", 0), "jdcloud": ("pageSize", 5)}
OTHER_REGION = {"tencent": "ap-nowhere", "ucloud": "cn-nowhere", "qcloud": "ap-nowhere", "jdcloud": "cn-nowhere-1"}


class Refusals:
    def listing(self, **more):
        """What the general call of the SDK needs to list backups."""
        operation = "" if self.service == "jdcloud" else LIST[self.service]
        required = {"limit": 20, "offset": 0} if self.service == "qcloud" else {}
        return operation, {**self.named("many"), **required, **more}

    def test_the_general_call_works(self):
        self.succeeded(self.sdk().invoke(LINK[self.service], self.named("many", "b-01")))
        self.succeeded(self.sdk().invoke(*self.listing()))

    def test_an_unknown_operation(self):
        self.refused("unknown action", self.sdk().invoke(LINK[self.service] + "s", self.named("many", "b-01")))

    def test_a_missing_parameter(self):
        self.refused("missing", self.sdk().invoke(LINK[self.service], self.named("many")
                                                  if self.service != "tencent" else {"BackupId": "b-01"}))

    def test_a_malformed_parameter(self):
        self.refused("malformed", self.sdk().invoke(*self.listing(**{NUMBER[self.service][0]: "many"})))

    def test_a_number_out_of_bounds(self):
        name, value = NUMBER[self.service]
        self.refused("out of bounds", self.sdk().invoke(*self.listing(**{name: value})))

    def test_an_unknown_parameter(self):
        self.refused("unknown parameter", self.sdk().invoke(*self.listing(Surprise="1")))


class Absent:
    def test_another_region(self):
        self.refused("wrong region", self.sdk(region=OTHER_REGION[self.service]).link("many", "b-01"))

    def test_a_backup_that_is_not_ready(self):
        self.refused("not ready", self.sdk().link("states", "busy"))

    def test_an_unknown_instance(self):
        sdk = self.sdk()
        for answer in (sdk.link("nobody", "b-01"), sdk.backups("nobody"), sdk.create("nobody", "before_release")):
            self.refused("unknown instance", answer)

    def test_an_unknown_backup(self):
        self.refused("unknown backup", self.sdk().link("many", "b-99"))
        self.refused("unknown backup", self.sdk().link("many", "ready"))  # which another instance has


class Faults:
    arguments = ("--fault", "{on: {operation: '*'}, skip: 1, times: 1, throttle: {retry_after: 3s}}",
                 "--fault", "{on: {operation: '*'}, skip: 2, times: 1, when: internal}")

    def test_throttled_then_a_fault_inside_then_well_again(self):
        sdk = self.sdk()
        self.succeeded(sdk.backups("many"))
        self.refused("throttled", sdk.backups("many"))
        self.refused("internal", sdk.link("many", "b-01"))
        self.succeeded(sdk.link("many", "b-01"))
        calls = self.emulator.control("GET", f"/journal?service={self.service}")["calls"]
        self.assertEqual([call["verdict"] for call in calls], ["answered", "faulted", "faulted", "answered"])


class Versions:
    """Of the services whose requests name one."""

    def test_another_version(self):
        other = {"tencent": "2017-01-01", "jdcloud": "v9"}[self.service]
        self.refused("wrong version", self.sdk().invoke(LINK[self.service], self.named("many", "b-01"), other))


for _suite in (Refusals, Absent, Faults):
    for_every_client(globals(), _suite)
for_every_client(globals(), Versions, ("tencent", "jdcloud"))
