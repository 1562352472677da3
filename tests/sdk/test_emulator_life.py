"""The emulator through the vendors' SDKs: every operation, a backup from its making to its file, and every page."""

from support import fetch, scratch
from worlds import BACKUPS, for_every_client

RUNNING = {"tencent": 1, "ucloud": "Backuping", "qcloud": 1, "jdcloud": 0}
FINISHED = {"tencent": 2, "ucloud": "Success", "qcloud": 2, "jdcloud": 2}
SMALLEST_PAGE = {"tencent": 1, "ucloud": 1, "qcloud": 1, "jdcloud": 10}


class Life:
    def listed(self):
        return self.succeeded(self.sdk().backups("states")).states

    def test_a_backup_is_made_runs_and_gives_files(self):
        self.emulator.control("PUT", "/clock", {"mode": "frozen"})
        before = self.listed()
        made = self.succeeded(self.sdk().create("states", "before_release"))
        if self.service in ("tencent", "qcloud"):
            self.assertGreater(made.total, 0, "the number of a task")
        during = self.listed()
        new = [backup for backup in during if backup not in before]
        self.assertEqual(len(new), 1)
        self.assertIn(made.backups, ([], new), "the answer names the backup, if it names one")
        self.assertEqual(during[new[0]], RUNNING[self.service])
        self.refused("not ready", self.sdk().link("states", new[0]))

        self.emulator.control("POST", "/clock/advance", {"by": "29s"})
        self.assertEqual(self.listed()[new[0]], RUNNING[self.service])
        self.emulator.control("POST", "/clock/advance", {"by": "2s"})
        self.assertEqual(self.listed()[new[0]], FINISHED[self.service])

        links = self.succeeded(self.sdk().link("states", new[0]))
        self.assertTrue(links.public)
        self.assertEqual(bool(links.internal), self.service != "ucloud", "whose SDK drops the internal link")
        for link in links.public + links.internal:
            status, _, body = fetch(link.strip())
            self.assertEqual((status, body[:5]), (200, b"REDIS"))
            path = scratch("made") / "dump.rdb"
            path.write_bytes(body)
            self.assertExit(0, self.run_program("verify", path))

    def test_the_states_of_the_scenario(self):
        self.assertEqual(self.listed(), {"ready": FINISHED[self.service], "busy": RUNNING[self.service]})


class Pages:
    def pages(self, size):
        found, offset = [], 0
        while True:
            answer = self.succeeded(self.sdk().backups("many", offset, size))
            self.assertEqual(answer.total, BACKUPS)
            self.assertLessEqual(len(answer.backups), size)
            if not answer.backups:
                return found, offset // size
            found += answer.backups
            offset += size

    def test_every_backup_is_on_one_page(self):
        newest_first = [f"b-{number:02}" for number in range(1, BACKUPS + 1)]
        smallest = SMALLEST_PAGE[self.service]
        sizes = {10, BACKUPS} if self.client.slow else {smallest, smallest + 2, 10, BACKUPS, BACKUPS + 1}
        for size in sorted(sizes):
            found, pages = self.pages(size)
            self.assertEqual(found, newest_first, f"pages of {size}")
            self.assertEqual(pages, -(-BACKUPS // size), f"pages of {size}")

    def test_a_page_beyond_the_end_is_empty(self):
        answer = self.succeeded(self.sdk().backups("many", 1000, 10))
        self.assertEqual((answer.backups, answer.total), ([], BACKUPS))


for _suite in (Life, Pages):
    for_every_client(globals(), _suite)
