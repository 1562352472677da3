"""The emulator through SDKs in other languages and through the vendors' command-line tools."""

from test_emulator_keys import Clock, Keys, Tokens
from test_emulator_life import Life, Pages
from test_emulator_refusals import Absent, Faults
from vendor_programs import PROGRAMS
from worlds import for_every_client

for _suite in (Life, Pages, Keys, Tokens, Clock, Absent, Faults):
    for_every_client(globals(), _suite, clients=PROGRAMS)
