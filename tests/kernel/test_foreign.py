"""`%%foreign`, `register`, `devices` and `scan`, as a person types them, on a real broker."""

from __future__ import annotations

import itertools
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.error import UsageError

from msgflo_lab_kernel.scanning import ScanPanel
from tests.brokers import Certificates, Mosquitto, need
from tests.devices.recording import messages
from tests.foreign.device import Device, device
from tests.runtime.helpers import eventually

from .conftest import Shell

CELL = """%%foreign
component: home/Thermometer
role: kitchen
outports:
  temp: {{queue: {house}/#ROLE/temp, type: number, encoding: number}}
inports:
  led: {{queue: {house}/#ROLE/led, type: boolean, encoding: "boolean:ON/OFF"}}
"""
_numbers = itertools.count(1)


@pytest.fixture
def house() -> str:
    return f"kernel{next(_numbers)}"


@pytest.fixture
def far(mosquitto: Mosquitto) -> Iterator[Device]:
    with device(mosquitto) as made:
        yield made


@pytest.fixture
def on(shell: Shell, mosquitto: Mosquitto) -> Shell:
    shell.run(f"%msgflo start {mosquitto.url}")
    return shell


def refused(shell: Shell, cell: str) -> str:
    with pytest.raises(UsageError) as caught:
        shell.run(cell)
    return str(caught.value)


def test_a_cell_describes_a_device(on: Shell, far: Device, house: str) -> None:
    assert on.run(CELL.format(house=house)) == "kitchen: led -> temp"
    on.run("%msgflo inspect kitchen.temp")
    far.say(f"{house}/kitchen/temp", "22.3")
    assert on.run("%msgflo inspect kitchen.temp --wait 20 --plain") == "22.3"
    far.hear(f"{house}/kitchen/led")
    on.run("%msgflo send kitchen.led true")
    assert far.next().payload == b"ON"
    adapters, _, head, row = on.run("%msgflo devices").splitlines()
    assert adapters == "adapters: homeassistant, homie off (`--on`)"
    assert " ".join(head.split()) == "role component inports outports passed skipped refused"
    assert " ".join(row.split()) == "kitchen here home/Thermometer led temp 2 0 0"
    assert on.run("%msgflo remove kitchen") == "kitchen is gone"
    assert "kitchen" not in on.run("%msgflo devices")


def test_before_the_start(shell: Shell, house: str) -> None:
    assert shell.run(CELL.format(house=house)) == "kitchen: waits for `%msgflo start`"


def test_a_mistake_says_where(on: Shell, house: str) -> None:
    said = refused(on, CELL.format(house=house).replace("encoding: number", "encoding: nmber"))
    assert said.startswith("cell: outport `temp`: unknown encoding `nmber`; there are json,")
    assert refused(on, "%%foreign\ncomponent: [\n").startswith("cell:4:1: ")
    assert "which role" in refused(on, "%%foreign\ncomponent: a/B\n")


def test_a_file(on: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, house: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("kitchen.yml").write_text(CELL.format(house=house).removeprefix("%%foreign\n"))
    assert on.run("%msgflo register kitchen.yml --role attic") == "attic: led -> temp"
    assert refused(on, "%msgflo register nowhere.yml") == (
        "nowhere.yml: cannot be read: No such file or directory"
    )
    assert "kitchen.yml" in on.complete("%msgflo register ")
    assert "homie" in on.complete("%msgflo devices --on h")


def test_devices_that_describe_themselves(on: Shell, far: Device, house: str) -> None:
    assert on.run(f"%msgflo devices --on homeassistant --prefix {house}") == (
        "homeassistant is on: who describes himself so appears from now on"
    )
    topics = []
    for topic, payload in messages("zigbee2mqtt"):
        if topic.startswith("homeassistant/"):
            topics.append(f"{house}/{topic.partition('/')[2]}")
            far.say(topics[-1], payload, retain=True)
    eventually(lambda: "bedroom_lamp " in on.run("%msgflo devices"))
    assert "homeassistant on, homie off" in on.run("%msgflo devices").splitlines()[0]
    eventually(lambda: "template` is beyond" in on.run("%msgflo devices --notes"))
    assert on.run("%msgflo devices --off homeassistant") == (
        "adapters: homeassistant, homie off (`--on`)"
    )
    for topic in topics:
        far.say(topic, "", retain=True)
    assert "there are: homeassistant, homie" in refused(on, "%msgflo devices --on knx")
    assert "--prefix is for" in refused(on, "%msgflo devices --prefix x")


def test_a_proposal_is_accepted_with_a_click(on: Shell, far: Device, house: str) -> None:
    for what, payload in (("state", "ON"), ("set", "OFF")):
        far.say(f"{house}/lamp/{what}", payload, retain=True)
    assert "role: lamp" in on.run(f"%msgflo scan {house}/# --seconds 0.5 --text")
    panel = on.show(f"%msgflo scan {house}/# --seconds 0.5")
    assert isinstance(panel, ScanPanel)
    (row,) = panel.rows
    line, _, code = row.children
    _, said, look, accept = line.children
    look.click()
    assert code.layout.display == ""
    code.value = code.value.replace("role: lamp", "role: bulb")
    accept.click()
    assert said.text == "bulb is here now"
    assert "bulb" in on.run("%msgflo participants")
    code.value = "nonsense"
    accept.click()
    assert said.tone == "error"
    assert on.run(f"%msgflo scan {house}/# --seconds 0.5").startswith("nothing that looks like")
    for what in ("state", "set"):
        far.say(f"{house}/lamp/{what}", "", retain=True)
    assert "up to 600" in refused(on, "%msgflo scan --seconds 0")


def test_devices_behind_tls_and_a_password(
    shell: Shell, tmp_path: Path, certificates: Certificates, house: str
) -> None:
    passwords = tmp_path / "passwords"
    subprocess.run(
        [need("mosquitto_passwd"), "-b", "-c", str(passwords), "house", "s/cret"], check=True
    )
    served = (f"certfile {certificates.broker}", f"keyfile {certificates.broker_key}")
    broker = Mosquitto(tmp_path, *served, f"password_file {passwords}", anonymous=False)
    broker.start()
    try:
        shell.run("%msgflo start")
        at = f"127.0.0.1:{broker.port}?ca_certs={certificates.ca}"
        assert "TLS" in refused(shell, f"%msgflo devices --at mqtts://{at.partition('?')[0]}")
        wrong = refused(shell, f"%msgflo devices --at mqtts://house:wrong@{at}")
        assert "wrong" not in wrong.replace("wrong user", "")
        assert "devices are at" not in shell.run("%msgflo devices")

        said = shell.run(f"%msgflo devices --at mqtts://house:s%2Fcret@{at}")
        assert f"devices are at mqtts://house:***@127.0.0.1:{broker.port}" in said
        assert "cret" not in said
        shell.run(CELL.format(house=house))
        shell.run("%msgflo inspect kitchen.temp")
        secure = ssl.create_default_context(cafile=str(certificates.ca))
        with device(broker, tls=secure, user=("house", "s/cret")) as far:
            far.hear(f"{house}/kitchen/led")
            shell.run("%msgflo send kitchen.led true")
            assert far.next().payload == b"ON"
            far.say(f"{house}/kitchen/temp", "22.3")
            assert shell.run("%msgflo inspect kitchen.temp --wait 20 --plain") == "22.3"
        assert "devices are at" not in shell.run("%msgflo devices --at lab")
    finally:
        broker.kill()
