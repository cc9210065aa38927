"""The callback for Keras, with stubs for Keras."""

import re
import sys
import types

import pytest
import sherpa


class LambdaCallback:
    def __init__(self, on_epoch_end=None):
        self.on_epoch_end = on_epoch_end
        self.model = None


def stub():
    return types.SimpleNamespace(callbacks=types.SimpleNamespace(LambdaCallback=type("LambdaCallback", (LambdaCallback,), {})))


@pytest.fixture(autouse=True)
def no_keras(monkeypatch):
    for name in ("keras", "tf_keras", "tensorflow"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    real = sherpa._client.importlib.import_module

    def import_module(name, *rest):
        if name in ("keras", "tf_keras", "tensorflow") and name not in sys.modules:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest)

    monkeypatch.setattr(sherpa._client.importlib, "import_module", import_module)


@pytest.fixture
def keras(monkeypatch):
    made = stub()
    monkeypatch.setitem(sys.modules, "keras", made)
    return made


def test_each_epoch_is_an_iteration(api, client, keras):
    trial = client.get_trial()
    callback = client.keras_send_metrics(trial, objective_name="val_loss", context_names=["loss", "val_accuracy"])
    assert isinstance(callback, keras.callbacks.LambdaCallback)
    callback.on_epoch_end(0, {"loss": 1.5, "val_loss": 2.5, "val_accuracy": 0.25, "lr": 0.1})
    callback.on_epoch_end(1, {"loss": float("nan"), "val_loss": 2.0, "val_accuracy": 0.5, "lr": 0.1})
    assert api.observations == [
        {"iteration": 0, "objective": 2.5, "context": {"loss": 1.5, "val_accuracy": 0.25}},
        {"iteration": 1, "objective": 2.0, "context": {"loss": "NaN", "val_accuracy": 0.5}},
    ]


def test_a_stop_ends_the_training(api, client, keras):
    callback = client.keras_send_metrics(None, "loss")
    callback.model = types.SimpleNamespace(stop_training=False)
    callback.on_epoch_end(0, {"loss": 1.0})
    assert callback.model.stop_training is False
    api.stop = True
    callback.on_epoch_end(1, {"loss": 1.0})
    assert callback.model.stop_training is True


def test_a_name_that_keras_did_not_log(api, client, keras):
    callback = client.keras_send_metrics(None, "val_loss", "acc")
    with pytest.raises(sherpa.SherpaError, match=re.escape("Keras logged no 'val_loss' in epoch 3; there is acc, loss")):
        callback.on_epoch_end(3, {"loss": 1.0, "acc": 0.5})
    with pytest.raises(sherpa.SherpaError, match="Keras logged no 'acc' in epoch 3; there is val_loss"):
        callback.on_epoch_end(3, {"val_loss": 1.0})
    with pytest.raises(sherpa.SherpaError, match="there is nothing"):
        callback.on_epoch_end(3, None)
    assert api.requests == []


def test_the_keras_that_the_program_uses_is_taken(client, monkeypatch):
    tensorflow = types.SimpleNamespace(keras=stub())
    monkeypatch.setitem(sys.modules, "tensorflow", tensorflow)
    assert isinstance(client.keras_send_metrics(None, "loss"), tensorflow.keras.callbacks.LambdaCallback)
    tf_keras = stub()
    monkeypatch.setitem(sys.modules, "tf_keras", tf_keras)
    assert isinstance(client.keras_send_metrics(None, "loss"), tf_keras.callbacks.LambdaCallback)


def test_in_test_mode_it_sends_nothing(keras):
    sherpa.Client(test_mode=True).keras_send_metrics(sherpa.Trial(1, {}), "loss").on_epoch_end(0, {"loss": 1.0})


def test_without_keras_the_error_says_what_to_do(client):
    with pytest.raises(sherpa.SherpaError) as e:
        client.keras_send_metrics(None, "loss")
    assert str(e.value) == "keras_send_metrics needs Keras (none is installed); install keras or tensorflow, or call send_metrics"


def test_a_keras_that_is_broken_is_named(client, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", types.SimpleNamespace())
    with pytest.raises(sherpa.SherpaError, match=r"needs Keras \(keras: .*has no attribute 'callbacks'\)"):
        client.keras_send_metrics(None, "loss")
