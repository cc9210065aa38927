#!/usr/bin/env python3
"""Tunes the controller of an oven: one trial is one run of twenty minutes with a noisy thermometer. Needs only Python.

The objective is the mean distance from the set temperature, in degrees. Without Sherpa: python3 oven.py --test
"""
import random
import sys

import sherpa

WANTED, ROOM, STEPS = 200.0, 20.0, 1200

client = sherpa.Client(test_mode="--test" in sys.argv[1:])
trial = client.get_trial()
gains = {"proportional": 0.05, "integral": 1e-4, "derivative": 0.5, **trial.parameters}

noise = random.Random(trial.id)
air = wall = ROOM
heat = total = distances = 0.0
before = WANTED - ROOM
for _ in range(STEPS):
    error = WANTED - air + noise.gauss(0, 1)
    total = min(max(total + error, -5000.0), 5000.0)
    wish = gains["proportional"] * error + gains["integral"] * total + gains["derivative"] * (error - before)
    before = error
    heat += 0.05 * (min(max(wish, 0.0), 1.0) - heat)  # the heater is slow
    air += 6 * heat - 0.05 * (air - wall)
    wall += 0.02 * (air - wall) - 0.01 * (wall - ROOM)
    distances += abs(WANTED - air)
client.send_metrics(trial, iteration=1, objective=distances / STEPS)
