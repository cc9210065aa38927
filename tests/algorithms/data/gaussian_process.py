"""Writes gaussian_process.txt: what scikit-learn's Gaussian process says at given hyperparameters, for gaussian_process_test.cpp.

    /usr/bin/python3 gaussian_process.py > gaussian_process.txt
"""
import numpy as np
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

random = np.random.default_rng(9)
lengths, signal, noise = np.array([0.3, 0.7, 2.0]), 1.7, 1e-3
x = random.random((25, 3))
y = np.sin(5 * x[:, 0]) + x[:, 1] ** 2 - 0.3 * x[:, 2] + 0.05 * random.standard_normal(25)
y = (y - y.mean()) / y.std()
at = random.random((10, 3))
gp = GaussianProcessRegressor(ConstantKernel(signal) * Matern(lengths, nu=2.5), alpha=noise, optimizer=None).fit(x, y)
mean, deviation = gp.predict(at, return_std=True)


def show(name, values):
    print(name, " ".join(repr(float(v)) for v in np.ravel(values)))


show("lengths", lengths)
show("signal", signal)
show("noise", noise)
show("x", x)
show("y", y)
show("at", at)
show("mean", mean)
show("variance", deviation**2)
show("log_likelihood", gp.log_marginal_likelihood_value_)
