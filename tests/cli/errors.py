"""What can befall the commands: what is typed, and what they say of it.

`{mosquitto}`, `{vhost}` and so on are addresses; see `test_errors.world`.
"""

from __future__ import annotations

USAGE = 2
"""The exit status where a command was typed wrong."""

_NOBODY = "127.0.0.1:1"
_ABSENT = "No such file or directory"
_FOLDER = "Is a directory"
_BELOW_A_FILE = "Not a directory"
_NO_TEXT = "no text in UTF-8"


def _table(text: str) -> list[tuple[str, str]]:
    """Lines of `command => what it says`."""
    rows = (line.split("=>") for line in text.strip().splitlines())
    return [(command.strip(), says.strip()) for command, says in rows]


ON_A_BROKER = [
    "run net.fbp",
    "serve --port 0",
    "setup net.fbp --forever",
    "register thing.yml",
    "participants",
    "send --queue q 1",
    "dump --queue q",
    "graph",
    "spec suite.yaml",
]

BROKERS = {
    "nobody listens": (f"mqtt://{_NOBODY}", f"amqp://{_NOBODY}", f"nobody listens on {_NOBODY}"),
    "a wrong password": ("mqtt://joe:s3cret@{locked}", "amqp://joe:s3cret@{amqp}", "joe:***@"),
    "no such vhost": ("{rabbitmq}/nowhere", "vhost nowhere not found"),
    "a scheme nobody knows": ("carrier-pigeon://loft", "unsupported scheme `carrier-pigeon`"),
    "no address": ("localhost:1883", "it looks like mqtt://localhost:1883"),
    "no port": ("mqtt://{mqtt}9", "amqp://{amqp}9", "the port is a number below 65536"),
    "TLS at a plain port": ("mqtts://{mqtt}", "amqps://{amqp}", "speak TLS"),
    "the other protocol": ("mqtt://{amqp}", "amqp://{mqtt}", "broker"),
    "a web server": ("mqtt://{http}", "amqp://{http}", "no answer within 5 s"),
    "not a word": ("mqtt://{silent}", "amqp://{silent}", "no answer within 5 s"),
}
"""By MQTT, by AMQP (or by whichever), and what all commands say of it."""

_ELSEWHERE = f"""
setup net.fbp --participants --forever --broker mqtt://{_NOBODY} => nobody listens
setup net.fbp --discover --broker amqp://{_NOBODY}               => nobody listens
participants --watch --broker amqp://{_NOBODY}                   => nobody listens
send a.b 1 --broker mqtt://{_NOBODY}                             => nobody listens
dump --follow a.b --broker amqp://{_NOBODY}                      => nobody listens
dump --queue q --broker direct://                                => a process's own
participants --broker mqtt://{{mqtt}}?speed=9                    => speed
register thing.yml --broker {{vhost}} --devices mqtt://{_NOBODY} => nobody listens
register thing.yml --broker {{vhost}} --devices x                => not a broker's address
spec suite.yaml --address ws://{_NOBODY} --start-timeout 0.5     => no runtime at ws://{_NOBODY}
spec suite.yaml --address ws://{{http}} --start-timeout 0.5      => 404
spec suite.yaml --address ws://{{silent}} --start-timeout 0.5    => it did not answer
spec suite.yaml --address carrier-pigeon://loft                  => is no address
spec http://{_NOBODY}/suite.yaml                                 => Connection refused
spec http://{{http}}/suite.yaml                                  => 404
spec http://{{silent}}/suite.yaml                                => timed out
run net.fbp --metrics {{http}}                                   => is in use
serve --port 0 --metrics {{http}}                                => is in use
serve --port 99999                                               => there is no port 99999
"""

_NOT_THERE = f"""
run no.fbp                                                   => {_ABSENT}
run net.fbp --library no.json                                => is not there
run net.fbp --componentdir no                                => is no directory
serve --port 0 --graph no.fbp                                => {_ABSENT}
serve --port 0 --library no.json                             => is not there
setup no.fbp --broker {{vhost}}                              => {_ABSENT}
setup net.fbp --extra-bindings no.json --broker {{vhost}}    => {_ABSENT}
register no.yml --broker {{vhost}}                           => {_ABSENT}
register --role a:no.yml --broker {{vhost}}                  => {_ABSENT}
participants --broker mqtts://{{mqtt}}?ca_certs=no.pem       => there is no file no.pem
jobstats no.jsonl                                            => {_ABSENT}
graph no.fbp                                                 => {_ABSENT}
procfile no.fbp                                              => {_ABSENT}
client no.yml --to node                                      => {_ABSENT}
client --role a:no.yml --to node                             => {_ABSENT}
spec no.yaml                                                 => {_ABSENT}
fbp convert no.fbp                                           => {_ABSENT}
fbp format no.fbp                                            => {_ABSENT}
fbp lint net.fbp --library no.json                           => is not there
run {"x" * 300}.fbp => cannot be read: File name too long
graph net.txt                                                => .fbp
"""

_FOLDERS_AND_FILES = f"""
run folder                                                   => has no graph
run net.fbp --componentdir net.fbp                           => is no directory
run net.fbp/net.fbp                                          => {_BELOW_A_FILE}
serve --port 0 --graph folder.fbp                            => {_FOLDER}
setup folder.fbp --broker {{vhost}}                          => {_FOLDER}
setup net.fbp --extra-bindings folder.json --broker {{vhost}} => {_FOLDER}
register folder.yaml --broker {{vhost}}                      => {_FOLDER}
jobstats folder                                              => {_FOLDER}
graph folder.fbp                                             => has no graph
procfile folder.json                                         => {_FOLDER}
client folder.yaml --to node                                 => {_FOLDER}
spec folder                                                  => the folder has no file
fbp convert folder.fbp                                       => {_FOLDER}
fbp format folder.fbp                                        => {_FOLDER}
fbp lint net.fbp --componentdir net.fbp                      => is no directory
"""

_NO_TEXTS = f"""
run bytes.fbp                                                => {_NO_TEXT}
run net.fbp --library bytes.toml                             => {_NO_TEXT}
serve --port 0 --graph bytes.json                            => {_NO_TEXT}
setup bytes.fbp --broker {{vhost}}                           => {_NO_TEXT}
setup net.fbp --extra-bindings bytes.json --broker {{vhost}} => a JSON list of bindings
register bytes.yaml --broker {{vhost}}                       => {_NO_TEXT}
jobstats bytes.jsonl                                         => bytes.jsonl:1: no job event
graph bytes.fbp                                              => {_NO_TEXT}
procfile bytes.json                                          => {_NO_TEXT}
client bytes.yaml --to node                                  => {_NO_TEXT}
spec bytes.yaml                                              => {_NO_TEXT}
fbp convert bytes.json                                       => {_NO_TEXT}
fbp format bytes.fbp                                         => {_NO_TEXT}
"""

_EMPTY = """
run empty.json                                               => is not JSON
run net.fbp --library empty.json                             => is not JSON
serve --port 0 --graph empty.json                            => is not JSON
setup empty.json --broker {vhost}                            => is not JSON
setup net.fbp --extra-bindings empty.json --broker {vhost}   => a JSON list of bindings
register empty.yaml --broker {vhost}                         => it describes no participant
graph empty.json                                             => is not JSON
procfile empty.json                                          => is not JSON
client empty.yaml --to node                                  => it describes no participant
spec empty.yaml                                              => no cases in empty.yaml
spec caseless.yaml                                           => no cases in caseless.yaml
fbp convert empty.json                                       => is not JSON
fbp format empty.json                                        => is not JSON
"""

_MALFORMED = """
run bad.fbp                                                  => bad.fbp:1:22:
run net.fbp --library bad.toml                               => is not TOML
serve --port 0 --graph bad.fbp                               => bad.fbp:1:22:
setup list.json --broker {vhost}                             => should be an object
setup net.fbp --extra-bindings bad.json --broker {vhost}     => a JSON list of bindings
register bad.yaml --broker {vhost}                           => bad.yaml:1:5:
register scalar.yaml --broker {vhost}                        => a participant is a map
jobstats bad.jsonl                                           => bad.jsonl:1: no job event
graph bad.json                                               => is not JSON
client bad.yaml --to node                                    => bad.yaml:1:5:
client scalar.yaml --to node                                 => a participant is a map
procfile bad.fbp                                             => bad.fbp:1:22:
spec bad.yaml                                                => bad.yaml:1: is no YAML
spec scalar.yaml                                             => a suite is a mapping
fbp convert bad.fbp                                          => bad.fbp:1:22:
fbp format list.json                                         => should be an object
"""

_UNWRITABLE = f"""
run net.fbp --job-events no/jobs.jsonl                       => {_ABSENT}
run net.fbp --job-events net.fbp/jobs.jsonl                  => {_BELOW_A_FILE}
serve --port 0 --job-events folder                           => {_FOLDER}
serve --port 0 --auto-save --graph net.fbp/net.fbp           => is no folder
serve --port 0 --auto-save --graph folder.fbp                => it is a folder
graph net.fbp -o no/net.svg                                  => {_ABSENT}
graph net.fbp -o net.fbp/net.svg                             => {_BELOW_A_FILE}
graph net.fbp -o folder.json                                 => {_FOLDER}
procfile nobody.fbp --include x -o no/Procfile               => {_ABSENT}
procfile nobody.fbp --include x -o folder                    => {_FOLDER}
client thing.yml --to node -o no/thing.js                    => {_ABSENT}
client thing.yml --to node -o folder                         => {_FOLDER}
fbp convert net.fbp no/net.json                              => {_ABSENT}
fbp convert net.fbp net.fbp/net.json                         => {_BELOW_A_FILE}
fbp convert net.fbp folder.json                              => {_FOLDER}
"""

_UNKNOWN = """
setup unknown.fbp --participants --broker {vhost}            => No component no/Such defined
setup net.fbp --participants --only no --broker {vhost}      => no role `no`
setup net.fbp --discover --timeout 0.5 --broker {vhost}      => nobody plays a
setup net.fbp --timeout 0.5 --broker {vhost}                 => nobody has declared `a.OUT`
procfile unknown.fbp                                         => No component no/Such defined
register --adapter no --broker {vhost}                       => no adapter `no`
participants --wait 0.5 --broker {vhost}                     => nobody has announced himself
graph --wait 0.5 --broker {vhost}                            => nobody has announced himself
send nobody.in 1 --wait 0.5 --broker {vhost}                 => no port `nobody.in`
send thing.no 1 --wait 2 --broker {mosquitto}                => did you mean `thing.out`?
send thing 1 --broker {mosquitto}                            => `thing` is no port
send --queue no 1 --broker {vhost}                           => there is no queue `no`
dump --queue no --broker {vhost}                             => there is no queue `no`
dump --follow nobody.in --wait 0.5 --broker {vhost}          => no port `nobody.in`
dump --follow thing.no --wait 2 --broker {mosquitto}         => did you mean `thing.out`?
dump --follow --queue no --broker {vhost}                    => there is no queue `no`
run net.fbp --shell no                                       => no program `no`
"""

_OTHER_KINDS = """
send --queue fans 1 --broker {vhost}                         => there is no queue `fans`
dump --queue fans --broker {vhost}                           => there is no queue `fans`
dump --follow --queue fans --broker {vhost}                  => there is no queue `fans`
send --queue held 1 --broker {vhost}                         => held
dump --queue held --broker {vhost}                           => held
dump --follow --queue held --broker {vhost}                  => held
setup nobody.fbp --extra-bindings swapped.json --timeout 0.5 --broker {vhost} => `waiting`, `fans`
setup net.fbp --broker {mosquitto}                           => add --forever
"""

ERRORS = {
    "the broker of something else": _table(_ELSEWHERE),
    "a file that is not there": _table(_NOT_THERE),
    "a folder for a file, a file for a folder": _table(_FOLDERS_AND_FILES),
    "bytes that are no text": _table(_NO_TEXTS),
    "an empty file": _table(_EMPTY),
    "a malformed file": _table(_MALFORMED),
    "a file that cannot be written": _table(_UNWRITABLE),
    "a name that nobody has": _table(_UNKNOWN),
    "a queue of another kind": _table(_OTHER_KINDS),
}

TYPED_WRONG = _table("""
--speed                                        => No such option
no-such                                        => No such command
run --speed                                    => No such option
run                                            => Missing argument
serve --port x                                 => valid integer
setup net.fbp --timeout x                      => valid number
setup                                          => Missing argument
register thing.yml --interval 0                => greater than or equal to 0.1
participants --wait -1                         => greater than or equal to 0
participants extra                             => unexpected extra argument
send a b c                                     => unexpected extra argument
dump --queue q --amount 0                      => greater than or equal to 1
graph net.fbp --to x                           => 'x' is not one of
procfile                                       => Missing argument
client thing.yml                               => Missing option
client thing.yml --to x                        => is not one of
spec suite.yaml --start-timeout x              => valid number
jobstats a b                                   => unexpected extra argument
fbp no-such                                    => No such command
fbp convert net.fbp --to x                     => 'x' is not one of
fbp format                                     => Missing argument
fbp lint --speed                               => No such option
""")

PRINTING = [
    "run net.fbp",
    "serve --port 0",
    "setup nobody.fbp --broker {vhost}",
    "register --role other:thing.yml --broker {mosquitto}",
    "participants --wait 2 --broker {mosquitto}",
    "participants --watch --broker {mosquitto}",
    "graph net.fbp",
    "procfile nobody.fbp --include x",
    "client thing.yml --to python",
    "spec suite.yaml",
    "jobstats jobs.jsonl",
    "fbp convert net.fbp",
    "fbp format --check rough.fbp",
    "fbp lint bad.fbp",
    "run --help",
]
"""Commands that have something to say."""

LINT = _table(f"""
fbp lint no.fbp                                => {_ABSENT}
fbp lint folder.fbp                            => {_FOLDER}
fbp lint bytes.fbp                             => {_NO_TEXT}
fbp lint empty.json                            => is not JSON
fbp lint bad.fbp                               => bad.fbp:1:22:
""")
