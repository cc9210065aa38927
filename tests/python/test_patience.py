"""Coordinators that die, come back, move, are busy, or never were."""

import socket
import sys
import traceback

import pytest
import sherpa
from fake_door import problem


def busy():
    return problem(503, "there are 4096 connections already")


def code_of(call):
    with pytest.raises(sherpa.SherpaError) as e:
        call()
    assert "\n" not in str(e.value)
    assert e.value.__cause__ is None and (e.value.__context__ is None or e.value.__suppress_context__)
    return e.value.code, str(e.value)


def test_a_coordinator_that_comes_back_on_its_port(door, doors, client, time):
    trial = client.get_trial()
    client.send_metrics(trial, 1, 0.5)
    door.close()
    again = []
    time.then = [lambda: None, lambda: again.append(doors(port=door.port, seen=door.seen))]
    client.send_metrics(trial, 2, 0.5)
    assert len(time.slept) == 2
    assert [row["iteration"] for row in again[0].observations] == [2]


def test_a_coordinator_that_comes_back_on_another_port(door, doors, client, time, endpoint):
    trial = client.get_trial()
    door.close()
    again = []
    time.then = [lambda: (again.append(doors()), endpoint(again[0].url))]
    client.send_metrics(trial, 1, 0.5)
    client.send_metrics(trial, 2, 0.5)
    assert [row["iteration"] for row in again[0].observations] == [1, 2]
    assert again[0].connections == 1


def test_a_trial_that_starts_with_the_address_of_yesterday(door, doors, client, time, endpoint):
    door.close()
    endpoint(doors().url)
    assert client.get_trial().id == 7


def test_another_study_that_got_the_port(door, doors, client, time, endpoint):
    door.token = "of another study"
    endpoint(doors().url)
    assert client.get_trial().id == 7


def test_an_address_of_ones_own_is_not_left(door, doors, environment, endpoint, time):
    gone = doors()
    gone.close()
    endpoint(door.url)
    code, message = code_of(sherpa.Client(host="127.0.0.1", port=gone.port).get_trial)
    assert code == "unreachable" and gone.url in message
    environment(gone.url)
    # This one is what the environment says too.
    assert sherpa.Client(host="127.0.0.1", port=gone.port).get_trial().id == 7


def test_the_loopback_of_another_machine_is_not_ours(door, doors, client, time, endpoint):
    door.close()
    endpoint(doors().url, host="elsewhere")
    assert code_of(client.get_trial)[0] == "unreachable"
    for host in ["", "127.0.0.1"]:
        endpoint(doors().url, host=host)
        assert sherpa.Client().get_trial().id == 7


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"url": 5}', '{"url": "ftp://x"}', "[" * 100000, "\0\xff", None])
def test_an_endpoint_that_cannot_be_read_changes_nothing(door, client, time, tmp_path, content):
    if content is not None:
        (tmp_path / "endpoint").write_text(content, encoding="latin-1")
    door.script.append("close")
    assert client.get_trial().id == 7


def test_a_report_whose_answer_was_lost_counts_once(door, client, time):
    trial = client.get_trial()
    door.script.append("drop")
    assert client.send_metrics(trial, 1, 0.5) is False
    assert len(door.observations) == 1
    door.stop = True
    door.script.append("drop")
    assert client.send_metrics(trial, 2, 0.5) is True  # asked for, because the answer that said so was lost
    assert [heard.path.rsplit("/", 1)[1] for heard in door.heard] == ["trial"] + 2 * ["observations", "observations", "stop"]


def test_a_report_that_was_never_heard_is_sent_again(door, client, time):
    door.script.append("close")
    client.send_metrics(None, 1, 0.5)
    assert len(door.observations) == 1 and len(door.heard) == 2


def test_a_connection_closed_meanwhile_is_no_reason_to_believe_a_duplicate(door, client, time):
    client.send_metrics(None, 1, 0.5)
    door.hang_up()
    while client._door._idle is not None and sherpa._door._is_open(client._door._idle):
        pass
    assert code_of(lambda: client.send_metrics(None, 1, 0.5))[1].startswith("trial 7: iteration 1 was observed already")
    assert time.slept == []
    assert door.connections == 2


def test_a_duplicate_after_nobody_was_reached_is_one(door, doors, client, time):
    client.send_metrics(None, 1, 0.5)
    client.close()
    door.close()
    time.then = [lambda: doors(port=door.port, seen={1})]
    assert "observed already" in code_of(lambda: client.send_metrics(None, 1, 0.5))[1]


def test_a_busy_coordinator_is_asked_again(door, client, time):
    door.script.extend([busy(), busy()])
    assert client.get_trial().id == 7
    assert len(time.slept) == 2


def test_a_busy_coordinator_may_have_heard(door, client, time):
    door.script.append(lambda: (door.observe([{"iteration": 1, "objective": 0.5}]), busy())[1])
    assert client.send_metrics(None, 1, 0.5) is False
    assert len(door.observations) == 1


def test_a_coordinator_that_stays_busy(door, client, time):
    door.script.extend(busy() for _ in range(1000))
    assert code_of(client.get_trial) == ("wrong_state", "there are 4096 connections already; tried for 60 s")
    assert sum(time.slept) == pytest.approx(60)


def test_patience_has_an_end(door, client, time):
    door.close()
    code, message = code_of(client.get_trial)
    assert code == "unreachable"
    assert message == f"nobody answers at {door.url} (Connection refused), tried for 60 s; is 'sherpa run' still running?"
    assert sum(time.slept) == pytest.approx(60)
    # Twice as long each time, up to two seconds, and never twice alike.
    assert all(pause <= min(2.0, 0.05 * 2**i) for i, pause in enumerate(time.slept))
    assert all(pause >= min(2.0, 0.05 * 2**i) / 2 for i, pause in enumerate(time.slept[:-1]))
    assert len(set(time.slept)) > 10


def test_patience_can_be_chosen(door, time):
    door.close()
    assert "tried for 2.5 s" in code_of(sherpa.Client(patience=2.5).get_trial)[1]
    assert sum(time.slept) == pytest.approx(2.5)
    del time.slept[:]
    assert "tried for 0 s" in code_of(sherpa.Client(patience=0).get_trial)[1]
    assert time.slept == []


def test_a_host_that_does_not_exist(door, time, monkeypatch):
    def nobody(*_):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    code, message = code_of(sherpa.Client(host="nowhere.invalid", port=1, patience=1).get_trial)
    assert code == "unreachable" and message.startswith("nobody answers at http://nowhere.invalid:1 (Name or service not known)")


def test_a_wrong_token_is_answered_at_once(door, client, time):
    door.token = "another"
    message = "no attempt that runs here has this token; this program should stop"
    assert code_of(client.get_trial) == ("superseded", message)
    assert code_of(lambda: client.send_metrics(None, 1, 0.5)) == ("superseded", message)
    assert client.should_stop() is True
    assert time.slept == []


def test_a_coordinator_that_has_just_come_back_may_not_know_the_attempt_yet(door, doors, client, time):
    client.get_trial()
    door.close()
    again = []
    time.then = [
        lambda: again.append(doors(port=door.port, token="not yet known")),
        lambda: None,
        lambda: setattr(again[0], "token", "secret"),
    ]
    client.send_metrics(None, 1, 0.5)
    assert len(again[0].observations) == 1 and len(time.slept) == 3


def test_an_attempt_that_is_never_taken_up(door, doors, client, time):
    door.close()
    time.then = [lambda: doors(port=door.port, token="another")]
    code, message = code_of(client.get_trial)
    assert code == "superseded" and message.endswith("; tried for 60 s")


def test_another_study_at_the_port_is_not_believed(door, doors, client, time, endpoint):
    client.get_trial()
    astray = problem(421, "this is the door of another study", "urn:sherpa:another-study")
    door.script.extend([astray, astray])
    again = []
    time.then = [lambda: None, lambda: (again.append(doors()), endpoint(again[0].url))]
    door.script.append(astray)
    client.send_metrics(None, 1, 0.5)
    assert len(again[0].observations) == 1 and not door.observations
    again[0].script.extend([astray] * 1000)
    assert code_of(client.publish) == ("wrong_state", "this is the door of another study; tried for 60 s")


def test_superseded(door, client, time):
    gone = problem(410, "attempt 1 of trial 7 is superseded by attempt 2, stop", "urn:sherpa:superseded")
    door.script.extend([gone, gone])
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
def test_errors_are_the_coordinators_one_line(door, client, time, answer, expected):
    door.script.append(answer)
    assert code_of(client.publish) == expected
    assert time.slept == []


@pytest.mark.parametrize("body", [{}, {"stop": 1}, {"stop": "no"}])
def test_answers_without_what_they_should_say(door, client, body):
    door.script.append((200, body))
    code, message = code_of(client.should_stop)
    assert code == "internal" and message == "the coordinator's answer has no usable 'stop'; is it another version of Sherpa?"


@pytest.mark.parametrize("answer", [(200, b"<html>"), (404, b"<html>"), (503, b""), (200, []), (200, "x" * (9 << 20))])
def test_something_else_that_listens_there_is_nobody(door, client, time, answer):
    door.script.extend([answer, answer])
    assert client.get_trial().id == 7
    door.script.extend([answer] * 1000)
    code, message = code_of(sherpa.Client(patience=1).get_trial)
    assert code == "unreachable" and f"({'an answer with status %d' % answer[0]} that is not Sherpa's)" in message


def test_an_uncaught_error_shows_no_library_of_ours(door, client, time):
    door.close()
    try:
        client.get_trial()
    except sherpa.SherpaError:
        text = "".join(traceback.format_exception(*sys.exc_info()))
    assert "During handling" not in text and "http/client" not in text and "socket.py" not in text
    assert text.splitlines()[-1].startswith("sherpa.SherpaError: nobody answers at")
