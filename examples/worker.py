"""The worker of demo.toml: asks its server something every second and says so in colours."""

import itertools
import os
import time
import urllib.request

GREEN, YELLOW, PLAIN = "\033[32m", "\033[33m", "\033[0m"
url = f"http://127.0.0.1:{os.environ['PORT']}/"

for number in itertools.count(1):
    began = time.monotonic()
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            size = len(answer.read())
        took = (time.monotonic() - began) * 1000
        print(f"{GREEN}fetched{PLAIN} {url} #{number}: {size} bytes in {took:.1f} ms")
    except OSError as error:
        print(f"{YELLOW}no answer{PLAIN} #{number}: {error}")
    time.sleep(1)
