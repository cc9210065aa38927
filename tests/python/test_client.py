"""The client of a trial's program."""

import decimal
import fractions
import os
import pathlib
import re
import threading

import numpy
import pandas
import pytest
import sherpa


def test_a_script_in_sherpas_own_words(api, client):
    trial = client.get_trial()
    assert (trial.id, trial.parameters) == (7, {"lr": 0.5, "units": 64, "act": "relu"})
    assert isinstance(trial.parameters["units"], int)
    for i in range(3):
        client.send_metrics(trial=trial, iteration=i + 1, objective=trial.parameters["lr"] / (i + 1), context={"loss": i})
    assert api.observations == [
        {"iteration": 1, "objective": 0.5, "context": {"loss": 0.0}},
        {"iteration": 2, "objective": 0.25, "context": {"loss": 1.0}},
        {"iteration": 3, "objective": 0.5 / 3, "context": {"loss": 2.0}},
    ]


def test_the_trial_knows_its_attempt_and_its_directories(api, client, tmp_path, monkeypatch):
    trial = client.get_trial()
    assert trial.attempt == 1
    assert trial.save_dir == tmp_path / "checkpoints" / "7" / "1"
    assert trial.load_dir is None
    monkeypatch.setenv("SHERPA_LOAD_DIR", "/there")
    assert client.get_trial().load_dir == pathlib.Path("/there")
    assert repr(trial) == "Trial(id=7, parameters={'lr': 0.5, 'units': 64, 'act': 'relu'}, attempt=1)"


def test_all_requests_go_over_one_connection_and_show_the_token(api, client):
    trial = client.get_trial()
    for i in range(5):
        client.send_metrics(trial, i, 0.0)
    client.publish(trial)
    client.end(trial)
    assert api.connections == 1
    assert {request.headers["Authorization"] for request in api.requests} == {"Bearer secret"}
    assert {request.headers["Host"] for request in api.requests} == {f"127.0.0.1:{api.port}"}
    client.close()
    assert client.should_stop(trial) is False
    assert api.connections == 2


def test_the_answer_tells_whether_to_stop(api, client):
    assert client.send_metrics(None, 1, 0.5) is False
    assert client.should_stop() is False
    api.stop = True
    assert client.send_metrics(None, 2, 0.5) is True
    assert client.should_stop() is True


def test_publish_and_end(api, client):
    trial = client.get_trial()
    client.publish(trial)
    assert api.published == 1
    client.end(trial, "FAILED", "diverged")
    assert api.ended == {"status": "failed", "message": "diverged"}
    client.end(trial)
    assert api.ended == {"status": "completed"}
    with pytest.raises(sherpa.SherpaError, match="expected 'completed' or 'failed', not 'stopped'"):
        client.end(trial, "stopped")


@pytest.mark.parametrize(
    "value, sent",
    [
        (1, 1.0),
        (True, 1.0),
        (-0.25, -0.25),
        (decimal.Decimal("0.1"), 0.1),
        (fractions.Fraction(1, 4), 0.25),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (-float("inf"), "-Infinity"),
        (decimal.Decimal("NaN"), "NaN"),
        (numpy.float64(0.5), 0.5),
        (numpy.float32(0.5), 0.5),
        (numpy.float16("nan"), "NaN"),
        (numpy.longdouble("-inf"), "-Infinity"),
        (numpy.int64(-3), -3.0),
        (numpy.uint8(200), 200.0),
        (numpy.bool_(True), 1.0),
        (numpy.array(0.5), 0.5),
        (numpy.array([0.5]), 0.5),
        (numpy.array(numpy.inf), "Infinity"),
        (pandas.Series([2]), 2.0),
        (5e-324, 5e-324),
        (2**70, 2.0**70),
    ],
)
def test_whatever_is_one_number_is_sent(api, client, value, sent):
    client.send_metrics(None, 1, value, {"same": value})
    assert api.observations == [{"iteration": 1, "objective": sent, "context": {"same": sent}}]


@pytest.mark.parametrize(
    "value, shown",
    [
        (None, "None (NoneType)"),
        ("0.5", "'0.5' (str)"),
        (b"1", "b'1' (bytes)"),
        ([0.5], "[0.5] (list)"),
        (1j, "1j (complex)"),
        (numpy.array("0.5"), "array('0.5', dtype='<U3') (ndarray)"),
        (numpy.array([1.0, 2.0]), "array([1., 2.]) (ndarray)"),
        ("x" * 1000, "'" + "x" * 56 + "... (str)"),
    ],
)
def test_what_is_no_number_is_refused_before_it_is_sent(api, client, value, shown):
    for name, call in [
        ("objective", lambda: client.send_metrics(None, 1, value)),
        ("context: 'acc'", lambda: client.send_metrics(None, 1, 0.5, {"acc": value})),
    ]:
        with pytest.raises(sherpa.SherpaError) as e:
            call()
        assert str(e.value) == f"{name}: expected a number, not {shown}"
        assert e.value.code == "invalid_argument"
    assert api.requests == []


def test_numbers_beyond_a_double_are_refused(client):
    with pytest.raises(sherpa.SherpaError, match="objective: .* is beyond what a 64-bit float holds"):
        client.send_metrics(None, 1, 10**400)


@pytest.mark.parametrize("value, sent", [(0, 0), (numpy.int32(3), 3), (numpy.array(3), 3), (3.0, 3), (numpy.float32(4), 4), (2**63 - 1, 2**63 - 1)])
def test_iterations_are_whole(api, client, value, sent):
    client.send_metrics(None, value, 0.5)
    assert api.observations == [{"iteration": sent, "objective": 0.5}]


@pytest.mark.parametrize("value", [-1, 1.5, None, "1", float("nan"), float("inf"), 2**63, [1]])
def test_other_iterations_are_refused(api, client, value):
    with pytest.raises(sherpa.SherpaError, match="^iteration: "):
        client.send_metrics(None, value, 0.5)
    assert api.requests == []


def test_contexts_of_all_kinds(api, client):
    client.send_metrics(None, 1, 0.5, None)
    client.send_metrics(None, 2, 0.5, pandas.Series({"a": 1, "b": numpy.nan}))
    client.send_metrics(None, 3, 0.5, {1: 2, "ü": 3})
    assert [row.get("context") for row in api.observations] == [None, {"a": 1.0, "b": "NaN"}, {"1": 2.0, "ü": 3.0}]
    with pytest.raises(sherpa.SherpaError, match=re.escape("context: expected a dict of names and numbers, not [1] (list)")):
        client.send_metrics(None, 4, 0.5, [1])


def test_an_iteration_is_reported_once(api, client):
    client.send_metrics(None, 1, 0.5)
    with pytest.raises(sherpa.SherpaError, match="^trial 7: iteration 1 was observed already; give every") as e:
        client.send_metrics(None, 1, 0.4)
    assert e.value.code == "invalid_argument"
    assert client.send_metrics(None, 2, 0.4) is False
    assert api.connections == 1


def test_a_trial_of_somebody_else_is_refused(api, client):
    client.send_metrics(sherpa.Trial(8, {}), 1, 0.5)  # who has not asked does not know
    client.get_trial()
    for call in [
        lambda trial: client.send_metrics(trial, 2, 0.5),
        client.should_stop,
        client.publish,
        client.end,
    ]:
        with pytest.raises(sherpa.SherpaError, match="^trial 8 is not the one that this program runs, which is trial 7$"):
            call(sherpa.Trial(8, {}))


def test_test_mode_sends_nothing():
    client = sherpa.Client(test_mode=True)
    trial = client.get_trial()
    assert (trial.id, trial.parameters) == (1, {})
    assert client.send_metrics(trial, 1, 0.5) is False
    assert client.should_stop(trial) is False
    client.publish(trial)
    client.end(trial)
    client.close()


def test_other_keywords_of_sherpas_mean_nothing(api):
    assert sherpa.Client(mongodb_args={"tls": True}, connectTimeoutMS=100).get_trial().id == 7


def test_an_address_that_is_given_comes_before_the_environments(api, apis):
    other = apis()
    assert sherpa.Client(host="localhost", port=other.port).get_trial().id == 7
    assert sherpa.Client(port=str(other.port)).get_trial().id == 7
    assert (len(other.requests), len(api.requests)) == (2, 0)


def test_without_a_url_sherpas_own_variables_say_where(api, monkeypatch):
    monkeypatch.delenv("SHERPA_URL")
    assert sherpa.Client().get_trial().id == 7


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: sherpa.Client(port=0), "port: expected a number from 1 to 65535, not 0"),
        (lambda: sherpa.Client(port="x"), "port: expected a number from 1 to 65535, not 'x'"),
        (lambda: sherpa.Client(host="a b"), "the host 'a b' is no name or address of a machine"),
        (lambda: sherpa.Client(host="mongodb://there"), "the host 'mongodb://there' is no name or address of a machine"),
        (lambda: sherpa.Client(host="x" * 70), f"the host '{'x' * 70}' is no name or address of a machine"),
        (lambda: sherpa.Client(patience=-1), "patience: expected seconds from 0, not -1"),
        (lambda: sherpa.Client(patience=float("nan")), "patience: expected seconds from 0, not nan"),
    ],
)
def test_arguments_that_cannot_be_meant(make, message):
    with pytest.raises(sherpa.SherpaError) as e:
        make()
    assert str(e.value) == message


@pytest.mark.parametrize("url", ["https://127.0.0.1:1", "127.0.0.1:8880", "http://127.0.0.1", "http://127.0.0.1:x", "http://[::1:80", "http://a:1/b"])
def test_urls_that_cannot_be_meant(api, monkeypatch, url):
    monkeypatch.setenv("SHERPA_URL", url)
    with pytest.raises(sherpa.SherpaError, match=re.escape(f"the URL {url!r} is not like http://127.0.0.1:8880")):
        sherpa.Client().get_trial()


def test_outside_sherpa_the_first_call_says_so(monkeypatch, tmp_path):
    client = sherpa.Client()
    with pytest.raises(sherpa.SherpaError, match=r"^SHERPA_TOKEN_FILE is not set; .*'sherpa run'.*test_mode=True"):
        client.get_trial()
    monkeypatch.setenv("SHERPA_TOKEN_FILE", str(tmp_path / "none"))
    with pytest.raises(sherpa.SherpaError, match=r"^cannot read SHERPA_TOKEN_FILE '.*none': No such file or directory$"):
        client.get_trial()
    for content in [b"", b"two words", b"\xff"]:
        (tmp_path / "none").write_bytes(content)
        with pytest.raises(sherpa.SherpaError, match="^(cannot read )?SHERPA_TOKEN_FILE "):
            client.get_trial()


def test_threads_share_a_client(api, client):
    def report(first):
        for i in range(first, first + 20):
            client.send_metrics(None, i, 0.5)

    threads = [threading.Thread(target=report, args=(20 * t,)) for t in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert api.seen == set(range(100))
    assert len(api.observations) == 100
    assert api.connections == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_makes_its_own_connection(api, client):
    client.get_trial()
    child = os.fork()
    if child == 0:
        try:
            client.send_metrics(None, 1, 0.5)
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    client.send_metrics(None, 2, 0.5)
    assert [(request.path, request.connection) for request in api.requests] == [
        ("/api/v1/trial", 1),
        ("/api/v1/observations", 2),
        ("/api/v1/observations", 1),
    ]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_forked_while_a_thread_is_in_a_call_can_call(api, client):
    entered, leave = threading.Event(), threading.Event()

    def hold():
        entered.set()
        leave.wait(60)

    api.script.append(hold)
    thread = threading.Thread(target=client.get_trial)
    thread.start()
    entered.wait(60)
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if client.should_stop() is False else 1)
        except BaseException:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    leave.set()
    thread.join()


def test_who_interrupts_a_call_may_call(api, client, time):
    """As a signal's handler that publishes a checkpoint."""
    client.get_trial()
    api.script.extend(["close"])
    time.then = [lambda: client.publish()]
    client.send_metrics(None, 1, 0.5)
    assert (api.published, len(api.observations)) == (1, 1)


def test_the_version_is_the_projects():
    root = pathlib.Path(__file__).resolve().parents[2]
    assert sherpa.__version__ == re.search(r"project\(sherpa VERSION (\S+)", (root / "CMakeLists.txt").read_text())[1]
