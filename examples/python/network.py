#!/usr/bin/env python3
"""Trains a neural network on scikit-learn's 1,797 handwritten digits, and resumes from the checkpoint of another trial.

SuccessiveHalving and Hyperband name in `resource` the epoch up to which to train; generations of PopulationBasedTraining
train for two epochs each. trial.load_dir is the checkpoint to load, whichever trial it is from; trial.save_dir is for the
new one.
"""
import pickle
import warnings

import numpy as np
import sherpa
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

warnings.filterwarnings("ignore")  # after each single epoch scikit-learn warns that it has not converged

client = sherpa.Client()
trial = client.get_trial()
chosen = trial.parameters
last = chosen["resource"] if "resource" in chosen else 2 * chosen["generation"]

X, y = load_digits(return_X_y=True)
train, unseen, train_labels, unseen_labels = train_test_split(X / 16, y, test_size=500, random_state=0, stratify=y)

if trial.load_dir:
    with open(trial.load_dir / "network.pickle", "rb") as file:
        epoch, network = pickle.load(file)
else:
    epoch, network = 0, MLPClassifier((64,), solver="sgd", random_state=trial.id)
network.set_params(
    learning_rate_init=chosen["learning_rate"], momentum=chosen["momentum"], alpha=chosen["alpha"], batch_size=chosen["batch"]
)
if epoch > 0:  # the loaded optimizer has the parameters of the earlier trial
    network._optimizer.learning_rate = network._optimizer.learning_rate_init = chosen["learning_rate"]
    network._optimizer.momentum = chosen["momentum"]

while epoch < last:
    epoch += 1
    network.partial_fit(train, train_labels, classes=np.unique(y))
    if client.send_metrics(trial, iteration=epoch, objective=network.score(unseen, unseen_labels), context={"loss": network.loss_}):
        break

with open(trial.save_dir / "network.pickle", "wb") as file:
    pickle.dump((epoch, network), file)  # published when this program exits with 0
