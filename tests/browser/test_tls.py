"""The page over TLS, in a real browser and for other programs."""
import json
import ssl
import subprocess
import urllib.error
import urllib.request

import pytest
from conftest import SHERPA
from test_page import study_file


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    directory = tmp_path_factory.mktemp("certificate")
    files = [directory / "page.crt", directory / "page.key"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=a test",
                    "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


def accepting(tab):
    tab.send("Security.setIgnoreCertificateErrors", ignore=True)
    return tab


def test_a_study_over_tls(make_study, tab, certificate):
    study = make_study(study_file(trials=3, at_once=1), hold=True)
    link = study.start("--dashboard-tls", *certificate)
    assert link.startswith("https://127.0.0.1:")
    tab.send("Network.clearBrowserCookies")
    accepting(tab).open(link)
    tab.wait("sherpa.store.study.rows === 5")  # what its trials say comes to the same port, as it always does
    endpoint = json.loads((study.output / "endpoint").read_text())
    assert endpoint["url"] == link.split("/open/")[0].replace("https", "http")
    cookies = tab.send("Network.getCookies", urls=[link])["cookies"]
    assert [(c["secure"], c["httpOnly"], c["sameSite"]) for c in cookies if c["name"].startswith("sherpa_")] == [(True, True, "Strict")]
    assert tab.run("location.protocol") == "https:" and tab.run("sherpa.store.connection.socket.url").startswith("wss://127.0.0.1:")
    tab.click("#pause")
    tab.wait("sherpa.store.study.about.paused")
    assert json.loads(study.tell("status", "--json"))["name"] == "study", "commands on this host"
    assert study.tell("dashboard").split()[-1].startswith(link.split("/open/")[0])
    # Over a restart, and to the end.
    study.end()
    tab.wait("sherpa.store.state === 'lost'")
    study.start("--dashboard-tls", *certificate)
    tab.wait("sherpa.store.state === 'open'")
    study.release()
    tab.wait("sherpa.store.study.about.ended && sherpa.store.study.counts().completed === 3")
    assert study.process.wait(timeout=60) == 0
    assert tab.errors == [] or all("ERR_CONNECTION_REFUSED" in e for e in tab.errors)


def test_programs_check_the_certificate(make_study, certificate):
    crt, key = certificate
    study = make_study(study_file(trials=1, at_once=1) + f"    dashboard: {{tls: {{certificate: {crt}, key: {key}}}}}\n", hold=True)
    page = study.start().split("/open/")[0]
    token = {"Authorization": "Bearer " + (study.output / "token").read_text().strip()}
    trusting = ssl.create_default_context(cafile=crt)
    with urllib.request.urlopen(urllib.request.Request(page + "/api/v1/study", headers=token), context=trusting) as answer:
        assert json.load(answer)["name"] == "study"
    with pytest.raises(urllib.error.URLError, match="certificate verify failed"):
        urllib.request.urlopen(page)
    old = ssl.create_default_context(cafile=crt)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(urllib.error.URLError, match="(?i)protocol"):
        urllib.request.urlopen(page, context=old)
    named = page.replace("127.0.0.1", "localhost")
    assert urllib.request.urlopen(named, context=trusting).status == 200
    assert 'certificate: "' in (study.output / "study.yaml").read_text() or "certificate: /" in (study.output / "study.yaml").read_text()


def test_studies_at_rest_over_tls(stored, tab, certificate):
    shown = subprocess.Popen([SHERPA, "dashboard", stored(40, 10), "--tls", *certificate], stdout=subprocess.PIPE, text=True)
    try:
        link = shown.stdout.readline().split()[1]
        assert link.startswith("https://")
        accepting(tab).open(link)
        tab.wait("sherpa.store.study.rows === 400")
    finally:
        shown.terminate()
        shown.wait()
        shown.stdout.close()


def test_files_that_are_no_certificates(make_study, certificate, tmp_path):
    study = make_study(study_file())
    (tmp_path / "nonsense").write_text("nonsense\n")

    def refusal(*files):
        tried = subprocess.run([SHERPA, "run", "study.yaml", "--dashboard-tls", *files], cwd=study.directory, capture_output=True, text=True)
        assert tried.returncode == 2 and tried.stderr.count("\n") == 1, tried.stderr
        assert not study.output.joinpath("study.db").exists()
        return tried.stderr

    assert "page.crt.no" in refusal(f"{certificate[0]}.no", certificate[1])
    assert "nonsense' is no certificate" in refusal(tmp_path / "nonsense", certificate[1])
    assert "is not the key of" in refusal(certificate[0], tmp_path / "nonsense")
