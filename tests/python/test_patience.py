"""Coordinators that die, restart, move, are busy, or never existed."""

import socket
import sys
import traceback

import pytest
import sherpa
from fake_trial_api import problem


def busy():
    return problem(503, "there are 4096 connections already")


def code_of(call):
    with pytest.raises(sherpa.SherpaError) as e:
        call()
    assert "\n" not in str(e.value)
    assert e.value.__cause__ is None and (e.value.__context__ is None or e.value.__suppress_context__)
    return e.value.code, str(e.value)


def test_a_coordinator_that_comes_back_on_its_port(api, apis, client, time):
    trial = client.get_trial()
    client.send_metrics(trial, 1, 0.5)
    api.close()
    again = []
    time.then = [lambda: None, lambda: again.append(apis(port=api.port, seen=api.seen))]
    client.send_metrics(trial, 2, 0.5)
    assert len(time.slept) == 2
    assert [row["iteration"] for row in again[0].observations] == [2]


def test_a_coordinator_that_comes_back_on_another_port(api, apis, client, time, endpoint):
    trial = client.get_trial()
    api.close()
    again = []
    time.then = [lambda: (again.append(apis()), endpoint(again[0].url))]
    client.send_metrics(trial, 1, 0.5)
    client.send_metrics(trial, 2, 0.5)
    assert [row["iteration"] for row in again[0].observations] == [1, 2]
    assert again[0].connections == 1


def test_a_trial_that_starts_with_the_address_of_yesterday(api, apis, client, time, endpoint):
    api.close()
    endpoint(apis().url)
    assert client.get_trial().id == 7


def test_another_study_that_got_the_port(api, apis, client, time, endpoint):
    api.token = "of another study"
    endpoint(apis().url)
    assert client.get_trial().id == 7


def test_an_address_of_ones_own_is_not_left(api, apis, environment, endpoint, time):
    gone = apis()
    gone.close()
    endpoint(api.url)
    code, message = code_of(sherpa.Client(host="127.0.0.1", port=gone.port).get_trial)
    assert code == "unreachable" and gone.url in message
    environment(gone.url)
    # This one is what the environment says too.
    assert sherpa.Client(host="127.0.0.1", port=gone.port).get_trial().id == 7


def test_the_loopback_of_another_machine_is_not_ours(api, apis, client, time, endpoint):
    api.close()
    endpoint(apis().url, host="elsewhere")
    assert code_of(client.get_trial)[0] == "unreachable"
    for host in ["", "127.0.0.1"]:
        endpoint(apis().url, host=host)
        assert sherpa.Client().get_trial().id == 7


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"url": 5}', '{"url": "ftp://x"}', "[" * 100000, "\0\xff", None])
def test_an_endpoint_that_cannot_be_read_changes_nothing(api, client, time, tmp_path, content):
    if content is not None:
        (tmp_path / "endpoint").write_text(content, encoding="latin-1")
    api.script.append("close")
    assert client.get_trial().id == 7


def test_a_report_whose_answer_was_lost_counts_once(api, client, time):
    trial = client.get_trial()
    api.script.append("drop")
    assert client.send_metrics(trial, 1, 0.5) is False
    assert len(api.observations) == 1
    api.stop = True
    api.script.append("drop")
    assert client.send_metrics(trial, 2, 0.5) is True  # asked for, because the answer that said so was lost
    assert [request.path.rsplit("/", 1)[1] for request in api.requests] == ["trial"] + 2 * ["observations", "observations", "stop"]


def test_a_report_that_never_arrived_is_sent_again(api, client, time):
    api.script.append("close")
    client.send_metrics(None, 1, 0.5)
    assert len(api.observations) == 1 and len(api.requests) == 2


def test_a_connection_closed_meanwhile_is_no_reason_to_believe_a_duplicate(api, client, time):
    client.send_metrics(None, 1, 0.5)
    api.hang_up()
    while client._api._idle is not None and sherpa._trial_api._is_open(client._api._idle):
        pass
    assert code_of(lambda: client.send_metrics(None, 1, 0.5))[1].startswith("trial 7: iteration 1 was observed already")
    assert time.slept == []
    assert api.connections == 2


def test_a_duplicate_after_nobody_was_reached_is_one(api, apis, client, time):
    client.send_metrics(None, 1, 0.5)
    client.close()
    api.close()
    time.then = [lambda: apis(port=api.port, seen={1})]
    assert "observed already" in code_of(lambda: client.send_metrics(None, 1, 0.5))[1]


def test_a_busy_coordinator_is_asked_again(api, client, time):
    api.script.extend([busy(), busy()])
    assert client.get_trial().id == 7
    assert len(time.slept) == 2


def test_a_busy_coordinator_may_have_processed_the_request(api, client, time):
    api.script.append(lambda: (api.observe([{"iteration": 1, "objective": 0.5}]), busy())[1])
    assert client.send_metrics(None, 1, 0.5) is False
    assert len(api.observations) == 1


def test_a_coordinator_that_stays_busy(api, client, time):
    api.script.extend(busy() for _ in range(1000))
    assert code_of(client.get_trial) == ("wrong_state", "there are 4096 connections already; tried for 60 s")
    assert sum(time.slept) == pytest.approx(60)


def test_patience_has_an_end(api, client, time):
    api.close()
    code, message = code_of(client.get_trial)
    assert code == "unreachable"
    assert message == f"no coordinator answers at {api.url} (Connection refused), tried for 60 s; is 'sherpa run' still running?"
    assert sum(time.slept) == pytest.approx(60)
    # Twice as long each time, up to two seconds, and never twice alike.
    assert all(pause <= min(2.0, 0.05 * 2**i) for i, pause in enumerate(time.slept))
    assert all(pause >= min(2.0, 0.05 * 2**i) / 2 for i, pause in enumerate(time.slept[:-1]))
    assert len(set(time.slept)) > 10


def test_patience_can_be_chosen(api, time):
    api.close()
    assert "tried for 2.5 s" in code_of(sherpa.Client(patience=2.5).get_trial)[1]
    assert sum(time.slept) == pytest.approx(2.5)
    del time.slept[:]
    assert "tried for 0 s" in code_of(sherpa.Client(patience=0).get_trial)[1]
    assert time.slept == []


def test_a_host_that_does_not_exist(api, time, monkeypatch):
    def nobody(*_):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    code, message = code_of(sherpa.Client(host="nowhere.invalid", port=1, patience=1).get_trial)
    assert code == "unreachable" and message.startswith("no coordinator answers at http://nowhere.invalid:1 (Name or service not known)")


def test_a_wrong_token_is_answered_at_once(api, client, time):
    api.token = "another"
    message = "no attempt that runs here has this token; this program should stop"
    assert code_of(client.get_trial) == ("superseded", message)
    assert code_of(lambda: client.send_metrics(None, 1, 0.5)) == ("superseded", message)
    assert client.should_stop() is True
    assert time.slept == []


def test_a_coordinator_that_has_just_come_back_may_not_know_the_attempt_yet(api, apis, client, time):
    client.get_trial()
    api.close()
    again = []
    time.then = [
        lambda: again.append(apis(port=api.port, token="not yet known")),
        lambda: None,
        lambda: setattr(again[0], "token", "secret"),
    ]
    client.send_metrics(None, 1, 0.5)
    assert len(again[0].observations) == 1 and len(time.slept) == 3


def test_an_attempt_that_is_never_taken_up(api, apis, client, time):
    api.close()
    time.then = [lambda: apis(port=api.port, token="another")]
    code, message = code_of(client.get_trial)
    assert code == "superseded" and message.endswith("; tried for 60 s")


def test_another_study_at_the_port_is_not_believed(api, apis, client, time, endpoint):
    client.get_trial()
    astray = problem(421, "this is the api of another study", "urn:sherpa:another-study")
    api.script.extend([astray, astray])
    again = []
    time.then = [lambda: None, lambda: (again.append(apis()), endpoint(again[0].url))]
    api.script.append(astray)
    client.send_metrics(None, 1, 0.5)
    assert len(again[0].observations) == 1 and not api.observations
    again[0].script.extend([astray] * 1000)
    assert code_of(client.publish) == ("wrong_state", "this is the api of another study; tried for 60 s")


def test_superseded(api, client, time):
    gone = problem(410, "attempt 1 of trial 7 is superseded by attempt 2, stop", "urn:sherpa:superseded")
    api.script.extend([gone, gone])
    assert code_of(lambda: client.send_metrics(None, 1, 0.5)) == ("superseded", gone[1]["detail"])
    assert client.should_stop() is True


@pytest.mark.parametrize(
    "answer, expected",
    [
        (problem(409, "trial 7 was declared failed already", "urn:sherpa:trial-ended"), ("wrong_state", "trial 7 was declared failed already")),
        (problem(409, "a study in memory has no directory", "urn:sherpa:no-checkpoints"), ("wrong_state", "a study in memory has no directory")),
        (problem(400, "two\nlines"), ("invalid_argument", "two lines")),
        (problem(421, "this server is not 'x'"), ("invalid_argument", "this server is not 'x'")),
        (problem(500, "an error inside Sherpa"), ("internal", "an error inside Sherpa")),
        ((500, {}), ("internal", "the coordinator answers with status 500 and no reason")),
        ((500, {"detail": 5}), ("internal", "the coordinator answers with status 500 and no reason")),
    ],
)
def test_errors_are_the_coordinators_one_line(api, client, time, answer, expected):
    api.script.append(answer)
    assert code_of(client.publish) == expected
    assert time.slept == []


@pytest.mark.parametrize("body", [{}, {"stop": 1}, {"stop": "no"}])
def test_answers_without_what_they_should_say(api, client, body):
    api.script.append((200, body))
    code, message = code_of(client.should_stop)
    assert code == "internal" and message == "the coordinator's answer has no usable 'stop'; is it another version of Sherpa?"


@pytest.mark.parametrize("answer", [(200, b"<html>"), (404, b"<html>"), (503, b""), (200, []), (200, "x" * (9 << 20))])
def test_something_else_that_listens_there_is_nobody(api, client, time, answer):
    api.script.extend([answer, answer])
    assert client.get_trial().id == 7
    api.script.extend([answer] * 1000)
    code, message = code_of(sherpa.Client(patience=1).get_trial)
    assert code == "unreachable" and f"({'an answer with status %d' % answer[0]} that is not Sherpa's)" in message


def test_an_uncaught_error_shows_no_library_of_ours(api, client, time):
    api.close()
    try:
        client.get_trial()
    except sherpa.SherpaError:
        text = "".join(traceback.format_exception(*sys.exc_info()))
    assert "During handling" not in text and "http/client" not in text and "socket.py" not in text
    assert text.splitlines()[-1].startswith("sherpa.SherpaError: no coordinator answers at")
