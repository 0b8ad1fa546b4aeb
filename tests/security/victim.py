"""Stands for another process of the same user: holds a secret in its memory, environment, arguments and a file.

`python victim.py ARGUMENT SECRET_FILE`; says where, then waits until its input ends.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys

held = ctypes.create_string_buffer(os.environ["SECRET"].encode())
descriptor = os.open(sys.argv[2], os.O_RDONLY)
print(json.dumps({"address": ctypes.addressof(held), "descriptor": descriptor}), flush=True)
sys.stdin.read()
