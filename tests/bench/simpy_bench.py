#!/usr/bin/env python3
"""The load of simulate_bench's first line in SimPy, for comparison: 10 servers of one slot, a random
one of two by requests in flight, exponential service of 1 ms, 80 % busy. simpy_bench.py [REQUESTS]"""

import random
import sys
import time

# Debian's package is seen by Debian's Python only; it is plain Python.
sys.path.append("/usr/lib/python3/dist-packages")
try:
    import simpy
except ImportError:
    print("SimPy is not installed (python3-simpy3): nothing to compare with")
    sys.exit(0)

ENDPOINTS = 10
requests = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
draw = random.Random(42)
env = simpy.Environment()
servers = [simpy.Resource(env, 1) for _ in range(ENDPOINTS)]
active = [0] * ENDPOINTS


def request(host):
    active[host] += 1
    with servers[host].request() as turn:
        yield turn
        yield env.timeout(draw.expovariate(1000))
    active[host] -= 1


def arrivals():
    for _ in range(requests):
        yield env.timeout(draw.expovariate(ENDPOINTS * 800))
        first, second = draw.randrange(ENDPOINTS), draw.randrange(ENDPOINTS)
        env.process(request(second if active[second] < active[first] else first))


env.process(arrivals())
begin = time.process_time()
env.run()
elapsed = time.process_time() - begin
print(f"{'SimPy ' + simpy.__version__ + ', the first line above':<40} "
      f"{requests / elapsed / 1e6:>6.2f} M requests/s")
