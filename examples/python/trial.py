"""A trial script for SHERPA: it runs unchanged with SHERPA and with this runtime. Needs only Python.

Fits a polynomial to noisy samples of a sine by gradient descent; the objective is the mean squared error on samples that
were not used for it.
"""
import math
import random

import sherpa

client = sherpa.Client()
trial = client.get_trial()
lr, momentum = trial.parameters["lr"], trial.parameters["momentum"]
degree, batch = trial.parameters["degree"], trial.parameters["batch"]

draw = random.Random(1)


def samples(n):
    xs = [draw.uniform(-1, 1) for _ in range(n)]
    return [(features(x), math.sin(math.pi * x) + draw.gauss(0, 0.1)) for x in xs]


def features(x):
    """Chebyshev's polynomials, which gradient descent gets along with."""
    out = [1.0, x]
    while len(out) <= degree:
        out.append(2 * x * out[-1] - out[-2])
    return out[: degree + 1]


def error(weights, rows):
    misses = [dot(weights, row) - y for row, y in rows]
    return dot(misses, misses) / len(rows)  # infinite, then NaN, where the descent diverges: reported as they are


def dot(a, b):
    return sum(p * q for p, q in zip(a, b))


train, unseen = samples(64), samples(64)
weights, speed = [0.0] * (degree + 1), [0.0] * (degree + 1)
for epoch in range(1, 31):
    draw.shuffle(train)
    for first in range(0, len(train), batch):
        rows = train[first : first + batch]
        misses = [dot(weights, row) - y for row, y in rows]
        for i in range(len(weights)):
            slope = 2 * sum(miss * row[i] for miss, (row, _) in zip(misses, rows)) / len(rows)
            speed[i] = momentum * speed[i] - lr * slope
            weights[i] += speed[i]
    client.send_metrics(
        trial=trial, iteration=epoch, objective=error(weights, unseen), context={"training_error": error(weights, train)}
    )
