"""Times calls over one connection of circus's own client: circus_client.py ENDPOINT COMMAND TIMES"""

import json
import sys
import time

from circus.client import CircusClient

endpoint, command, times = sys.argv[1:]
client = CircusClient(endpoint=endpoint)
samples = []
for _ in range(int(times) + 20):
    begin = time.perf_counter_ns()
    client.call({"command": command, "properties": {}})
    samples.append((time.perf_counter_ns() - begin) / 1000)
print(json.dumps(sorted(samples[20:])))
