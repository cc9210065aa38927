#!/usr/bin/env python3
"""Writes random_forest.txt: what scikit-learn's trees say, for random_forest_test.cpp. Written with scikit-learn 1.2.1.

Each forest: a line "n d trees min_samples_leaf tests", then n lines of d coordinates, the response and, per tree, how often it sees
the point; then one line per test point: its coordinates, the mean over the trees, and the variance (within leaves + between trees).
"""
import pathlib

import numpy as np
from sklearn.tree import DecisionTreeRegressor


def forest(rng, n, d, trees, leaf, bootstrap, tests=25):
    # Multiples of 2^-10: scikit-learn keeps coordinates in single precision.
    x = rng.integers(0, 1024, (n, d)) / 1024
    y = np.sin(5 * x[:, 0]) + x[:, -1] ** 2 + 0.3 * rng.normal(size=n)
    at = rng.integers(0, 1024, (tests, d)) / 1024
    counts, means, variances = [], [], []
    while len(counts) < trees:
        seen = np.bincount(rng.integers(0, n, n), minlength=n) if bootstrap else np.ones(n, int)
        answers = []
        for state in range(20):  # scikit-learn breaks ties between splits by chance: take only what has none
            tree = DecisionTreeRegressor(min_samples_leaf=leaf, min_samples_split=2 * leaf, random_state=state)
            tree.fit(x, y, sample_weight=seen)
            answers.append((tree.predict(at), tree.tree_.impurity[tree.apply(at)]))
        if all(np.allclose(a, answers[0], rtol=1e-9) for a in answers):
            counts.append(seen)
            means.append(answers[0][0])
            variances.append(answers[0][1])
        elif not bootstrap:
            return forest(rng, n, d, trees, leaf, bootstrap, tests)
    mean, variance = np.mean(means, 0), np.mean(variances, 0) + np.var(means, 0)
    lines = [f"{n} {d} {trees} {leaf} {tests}"]
    lines += [" ".join([*map(repr, x[i].tolist()), repr(float(y[i])), *map(str, np.transpose(counts)[i])]) for i in range(n)]
    lines += [" ".join([*map(repr, at[i].tolist()), repr(float(mean[i])), repr(float(variance[i]))]) for i in range(tests)]
    return "\n".join(lines)


rng = np.random.default_rng(1)
wanted = [(30, 1, 1, 1, False), (60, 2, 1, 3, False), (60, 3, 6, 4, True), (100, 4, 8, 8, True)]
pathlib.Path(__file__).with_suffix(".txt").write_text("\n".join(forest(rng, *args) for args in wanted) + "\n")
