#!/usr/bin/env python3
"""Trains a random forest on scikit-learn's 1,797 handwritten digits, with the parameters of one trial.

Reports the mean accuracy so far after each of ten cross-validation folds, so that a stopping rule can stop a poor forest
early.
Without Sherpa: python3 random_forest.py --test
"""
import sys
import time

import numpy as np
import sherpa
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold

client = sherpa.Client(test_mode="--test" in sys.argv[1:])
trial = client.get_trial()

X, y = load_digits(return_X_y=True)
accuracies = []
for train, test in StratifiedKFold(n_splits=10, shuffle=True, random_state=0).split(X, y):
    began = time.perf_counter()
    forest = RandomForestClassifier(**trial.parameters, random_state=0).fit(X[train], y[train])
    accuracies.append(forest.score(X[test], y[test]))
    fold = len(accuracies)
    print(f"trial {trial.id}, fold {fold}: {accuracies[-1]:.4f}", flush=True)
    stop = client.send_metrics(
        trial,
        iteration=fold,
        objective=np.mean(accuracies),
        context={"accuracy": accuracies[-1], "spread": np.std(accuracies), "seconds": time.perf_counter() - began},
    )
    if stop:
        break
