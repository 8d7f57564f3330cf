"""Lines as people write them: which of them stop an export, and which do not."""

from __future__ import annotations

import pytest

from msgflo_lab_kernel.export.secrets import Known, in_command, in_file, known_of

TELL = [
    'password = "hunter2"',
    "wifi_pass = 'x'",
    'DB = {"user": "bob", "password": "hunter2"}',
    "conf.password = 'hunter2'",
    "conf['api_key'] = 'abc1'",
    'password = "".join(["s3", "cret"])',
    'password = "%s%s" % ("s3", "cret")',
    'password = "{}{}".format("s3", "cret")',
    'password = bytes.fromhex("73336372").decode()',
    'password = base64.b64decode("aHVudGVyMg==").decode()',
    'password = "2retnuh"[::-1]',
    'password = "".join(chr(each) for each in [104, 117, 110, 116])',
    'password = "".join(map(chr, [104, 117, 110, 116]))',
    "password = bytes([104, 117, 110, 116])",
    'password = SecretStr("hunter2")',
    'first = "hunt"\npassword = first + "er2"',
    'parts = ["hunt", "er2"]\npassword = "".join(parts)',
    'password = ""\npassword += "hunter2"',
    'password = os.environ.get("DB") or "hunter2"',
    'password = "hunter2" if here else os.environ["DB"]',
    'if password != "hunter2":\n    raise PermissionError',
    "password = 12345678",
    "wifi_pass = 12345678",
    "pin = 4711",
    'sim_pin = "0815"',
    'client.username_pw_set("bob", "hunter2")',
    'requests.get(url, auth=("bob", "hunter2"))',
    'pika.PlainCredentials("bob", "hunter2")',
    'class One:\n    password: str\nclass Its(One):\n    host: str = ""\nit = Its("hunter2")',
    'class One:\n    user: str\nclass Its(One):\n    password: str\nit = Its("bob", "hunter2")',
    'class Base:\n    def __init__(self, password): ...\nclass Its(Base): ...\nit = Its("hunter2")',
    "url = 'mqtt://bob:hunter2@there'",
    "url = 'https://there/?token=abcd1234'",
    "# the password: hunter2",
    "token = 'a1b2c3'",
    "TOKENS = {'bob': 'kJhGfDsAqWeRtYuIoPlM'}",
    "api_token = 'hunter'",
    'class Its(BaseModel):\n    mqtt_password: str = Field(default="hunter2")',
    'class Its(BaseModel):\n    mqtt_password: str = Field("hunter2")',
    'class Its:\n    password: str = field(default="hunter2", repr=False)',
    'class Its:\n    password: str = field(default_factory=lambda: "hunter2")',
    'class Its(Model):\n    password = CharField(max_length=9, default="hunter2")',
    'parser.add_argument("--password", "-p", default="hunter2")',
    'password = config("DB", default="hunter2")',
    'run(["see", "--password", "hunter2"])',
    'see = ["see", "--token", "abcd1234efgh"]',
    'see = ("see", "--verbose", "--password=hunter")',
    'see = "see --password hunter2 there"',
    'see = "see --password=hunter there"',
    'see = f"see {there} --password hunter2"',
    'spawn("see", "--password", "hunter")',
    'see = "curl -u bob:hunter2 https://there"',
    'see = ["curl", "-s", "-u", "bob:hunter", "https://there"]',
    'see = "/usr/bin/mosquitto_pub -h there -u bob -P hunter2 -t a"',
    'see = ["mosquitto_sub", "-P", "hunter"]',
    'run(["sudo", "mysql", "-phunter"])',
    'see = "mysql -u bob -phunter2 lab"',
    "# see --password hunter2",
    'def get_password():\n    return "hunter2"',
    'async def password(host):\n    if host:\n        return "hunter2"',
    'class Its:\n    @property\n    def password(self):\n        return "hunter2"',
    'get_password = lambda: "hunter2"',
    'if m.get("password") == "hunter2":\n    pass',
    'if "hunter2" == getattr(m, "password", ""):\n    pass',
    'match m:\n    case {"password": "hunter2"}:\n        pass',
    'match m:\n    case {"password": "hunter1" | "hunter2" as it}:\n        pass',
    'match m:\n    case Login(password="hunter2"):\n        pass',
    'match m["password"]:\n    case "hunter2":\n        pass',
    'key = SecretStr("hunter2")',
    'key = pydantic.SecretBytes(b"hunter2")',
    f'hook = "https://discord.com/api/webhooks/{"1" * 18}/{"aB3-" * 17}"',
    f'key = b"{"aB3_" * 10}xyz="',
    'hmac.new(b"hunter2", text, "sha256")',
    'headers = {"Cookie": "theme=dark; session=hunter2"}',
    'creds = ("bob", "hunter2")',
    'class Its:\n    def username_pw_set(self, u, p): ...\nIts().username_pw_set("bob", "hunter2")',
    'passwort = "hunter2"',
    'WLAN_KENNWORT = "hunter2"',
    'mot_de_passe = "hunter2"',
    'contraseña = "hunter2"',
    'CONTRASEÑAS = ["hunter2"]',
    'contrasena = "hunter2"',
]
DO_NOT_TELL = [
    'token = "NUMBER"',
    "tokens = ['NUMBER', 'NAME', '+']",
    'tokens = {"NUMBER": r"\\d+", "NAME": "[a-z]+"}',
    "token = next(tokens)",
    'text = "x1 = 3"\ntoken = text[0:2]',
    'if token == "(":\n    pass',
    "max_tokens = 4096",
    'token_kind = "word1"',
    'tokenizer = "bpe1"',
    'key = "temperature"',
    "keys = ['a1', 'b2']",
    'key_signature = "A flat"',
    'keyboard = "qwertz1"',
    'api_version = "v1"',
    'author = "Ada 1"',
    'secret_santa = "Anna"',
    "pass_count = 3",
    "low_pass = 4000",
    'band_pass = "butter1"',
    "first_pass = 10_000",
    "pin = 13",
    "pins = [17, 27]",
    'pin = "D13"',
    "pin_mode = 4711",
    "pw = 1500",
    'password = os.environ["X"]',
    'password = os.getenv("X", "")',
    'password = getpass("Password: ")',
    'password = keyring.get_password("lab", "bob1")',
    "password = secrets.token_urlsafe(16)",
    'password = "".join(random.choices("abc123", k=12))',
    'password = Path("/run/secrets/db").read_text()',
    'password = settings["db"]["password"]',
    "password = None",
    'password = ""',
    'password = "<your password>"',
    'API_KEY = "YOUR_API_KEY"',
    'NAME = "DB_PASSWORD"\nTOKEN = "DB_TOKEN"\nit = os.environ[TOKEN]',
    'private_key = "/etc/keys/me.pem"',
    'form = {"user": "text", "password": "password"}',
    'schema = {"token": "string"}',
    'password_file = "secret.txt"',
    "password_length = 4711",
    'name = "abc1"\ndef login(name):\n    return connect(password=name)',
    'print("Password:")',
    "# password: the one of the broker",
    "url = f'mqtt://bob:{password}@there'",
    "def connect(url, password=None): ...",
    'token = jwt.encode({"a1": 1}, os.environ["X"])',
    'passes = ["low1", "high1"]',
    "tokens = {'root': [('end-tag', '#pop:2')], 'int32': r'\\d+'}",
    'parse(end_tokens=("name:endif", "name:else"))',
    'url = "amqp://guest:guest@localhost"',
    '"""Takes `mqtt://user:password@host`."""',
    'class Its:\n    password: str = Field(default="", description="Of the broker")',
    "class Its:\n    password: str = field(default_factory=getpass)",
    "class Its:\n    password: str = Field(..., min_length=8)",
    'class Its:\n    token: str = field(default="NUMBER")',
    'get_password = lambda: os.environ["X"]',
    'parser.add_argument("--password", "-p", help="of the broker", metavar="TEXT")',
    'parser.add_argument("--token", default="")',
    'options = ("--password", "the password of the broker")',
    'options = [("--password", "PASSWORD"), ("--user", "--token"), ("--api-key", "KEY")]',
    'see = ["see", "--tokens", "4096", "--max-tokens", "4096", "--port", "1883"]',
    'see = ["see", "--password", password, "--token", os.environ["TOKEN"]]',
    'see = f"see --password {password} --token={token}"',
    "see = \"see --password $PASSWORD --token=${TOKEN} --api-key '$(cat key)'\"",
    'see = "see --password=<password> --token=... --password=PASSWORD"',
    '"""Give --password or --token if it isn\'t open; --password TEXT says which."""',
    'see = ["see", "--password-file", "/run/secrets/db", "--password=/run/secrets/db"]',
    'see = "curl -u $USER:$PASSWORD there; curl -u user:password there; curl -u bob there"',
    'see = f"curl -u {user}:{password} https://there"',
    'see = ["mosquitto_pub", "-p", "1883", "-P", password]',
    'see = "mosquitto_pub -h there -p 1883 -t a1"',
    'see = ["mysql", "-p", "lab1"]',
    'see = ["mysql", "-P", "3306"]',
    'see = ["ssh", "-p", "2222", "tar", "-pxf1"]',
    "# `mosquitto_pub -P` takes one",
    'def get_password():\n    return os.environ["X"]',
    "def password(self):\n    return self.words[0]",
    'def check_password(text):\n    return "too short" if len(text) < 8 else ""',
    'def test_token():\n    return "a1b2c3"',
    'def token(self):\n    return "NUMBER"',
    'def get_password():\n    def name():\n        return "abc1"\n    return ask(name)',
    'def prompt_tokens(self):\n    return [(Token.Prompt, "In ["), (Token.Number, "1")]',
    'def ignored_credentials(self):\n    return ", ".join(names) if names else None',
    'if m.get("token") == "NUMBER":\n    pass',
    'if m.get("password") == "":\n    pass',
    'if m.get("name") == "abc1":\n    pass',
    'match m:\n    case {"type": "password", "token": "NUMBER"}:\n        pass',
    'match m:\n    case {"password": str(given)}:\n        pass',
    "key = SecretStr(given)",
    'hmac.new(key, b"text", "sha256")',
    'it = hashlib.new("sha256")',
    'link = "https://discord.com/api/webhooks/<id>/<token>"',
    'digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
    f'integrity = "sha256-{"aB3x" * 10}xyz="',
    'headers = {"Cookie": "theme=dark; lang=en"}',
    'headers = {"Cookie": f"session={session}"}',
    'cookie = "session"',
    'creds = load("bob", "abc1")',
    'creds = "creds.json"',
    'sacred = "abc1"',
    'passwort = os.environ["X"]',
    'passwort_laenge = "abc1"',
]


@pytest.mark.parametrize("line", TELL)
def test_it_is_told(line: str) -> None:
    assert list(in_file("cell.py", line, Known()))


@pytest.mark.parametrize("line", DO_NOT_TELL)
def test_it_is_not_told(line: str) -> None:
    assert not [str(each) for each in in_file("cell.py", line, Known())]


@pytest.mark.parametrize(
    ("name", "line", "is_told"),
    [
        ("db.js", 'const password = "hunter2";', True),
        ("db.js", "client.connect({ user: 'bob', password: 'hunter2' });", True),
        ("db.js", "const url = 'amqp://bob:hunter2@there';", True),
        ("db.js", "// the password is 'hunter2'", False),  # prose, unless it is known
        ("db.js", "const password = process.env.DB;", False),
        ("db.js", "const token = lexer.next();", False),
        ("db.js", "function connect(user, password) { this.password = password; }", False),
        ("db.coffee", "password = 'hunter2'", True),
        ("db.coffee", "password = options.pw", False),
        ("db.ino", '#define WIFI_PASSWORD "hunter2"', True),
        ("db.ino", "const int pin = 13;", False),
        ("db.go", 'password := "hunter2"', True),
        ("db.rb", "{:password => 'hunter2'}", True),
        ("db.ini", "password = hunter2", True),
        ("db.yml", "token: a1b2c3d4", True),
        ("db.sh", "PASSWORD=$(cat /run/secrets/db)", False),
        ("db.sh", "PASSWORD=hunter2", True),
        ("db.sh", "PASSWORD=${DB_PASSWORD}", False),
        ("db.sh", "mosquitto_sub -h there -P hunter2", True),
        ("db.sh", 'mosquitto_sub -h there -P "$DB_PASSWORD"', False),
        ("db.sh", "see --password=hunter", True),
        ("db.md", "It isn't open: run `see --password hunter2`.", True),
        ("db.md", "With --password and --token it asks for them, see --api-key.", False),
    ],
)
def test_in_other_languages(name: str, line: str, is_told: bool) -> None:
    assert bool(list(in_file(name, line, Known()))) is is_told


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("see --password hunter", ["password"]),
        ("see --password=hunter --verbose", ["password"]),
        ("see PASSWORD=hunter", ["PASSWORD"]),
        ("curl -u bob:hunter https://there", ["password"]),
        ("env A=b mosquitto_pub -P hunter -t a", ["password"]),
        ("mysql -phunter lab", ["password"]),
        ("see mqtt://bob:hunter@there", ["a name or a word"]),
        ("mysql -p lab", []),
        ("see --tokens 4096 --max-tokens 4096", []),
        ("see --password --verbose", []),
        ("mosquitto_sub -p 1883 -t a", []),
        ("see --port 1883 -P hunter", []),
    ],
)
def test_in_the_command_of_a_program(command: str, names: list[str]) -> None:
    found = list(in_command(command.split(), "the command of it", Known()))
    assert [each.name for each in found] == names


class Login:
    def __init__(self, password: str) -> None:
        self.password = password


@pytest.mark.parametrize(
    ("namespace", "text"),
    [
        ({"password": "hunter2"}, "mine = 'hunter2'"),
        ({"password": "hunter2"}, "see('bob', 'hunter2')"),
        ({"password": "hunter2"}, "# try hunter2"),
        ({"password": "hunter2"}, "url = 'https://there/hunter2/x'"),
        ({"password": "hunter2"}, "mine = b64decode('aHVudGVyMg==')"),
        ({"password": "hunter2"}, "mine = bytes.fromhex('68756e74657232')"),
        ({"password": "hunter2"}, "mine = '2retnuh'[::-1]"),
        ({"password": 'a"b\\c1'}, "mine = 'a\"b\\\\c1'"),
        ({"password": "ä b/c#1"}, "mine = '%C3%A4%20b%2Fc%231'"),
        ({"password": b"hunter2"}, "mine = b'hunter2'"),
        ({"pin": 471123}, "mine = 471123"),
        ({"conf": {"db": {"password": "hunter2"}}}, "mine = 'hunter2'"),
        ({"login": Login("hunter2")}, "mine = 'hunter2'"),
        ({"passwords": {"bob": "hunter2"}}, "mine = 'hunter2'"),
        ({"where": "amqp://bob:hunter2@there"}, "mine = 'hunter2'"),
        ({"conf": "user=bob\npassword=hunter2\n"}, "mine = '='.join(['password', 'hunter2\\n'])"),
    ],
)
def test_what_a_name_is_now_is_found_under_any_other(
    namespace: dict[str, object], text: str
) -> None:
    known = known_of(namespace, {}, {})
    assert [each.line for each in in_file("cell.py", f"\n{text}", known)] == [2]


def test_what_is_allowed_is_known_no_more() -> None:
    for allow, expected in ((), [1]), (["password"], []):
        known = known_of({"password": "hunter2"}, {}, {}, allow)
        assert [each.line for each in in_file("cell.py", "mine = 'hunter2'", known)] == expected


@pytest.mark.parametrize(
    ("namespace", "text"),
    [
        ({"password": "postgres"}, "url = 'postgres://localhost'"),
        ({"password": "abc"}, "letters = 'abc'"),
        ({"token": "NUMBER"}, "kinds = ['NUMBER']"),
        ({"tokens": ["temperature", "21.5", "x = 3"]}, "x = 3\nport = 'temperature'"),
        ({"pin": 13}, "led = 13"),
        ({"password": "hunter2"}, "mine = 'hunter2000'"),
        ({"key": "temperature-1"}, "port = 'temperature-1'"),
    ],
)
def test_what_stands_everywhere_is_no_sign(namespace: dict[str, object], text: str) -> None:
    assert not list(in_file("cell.py", text, known_of(namespace, {}, {})))


def test_code_that_nobody_types_is_read_in_time() -> None:
    sums = "password = x" + " + 'a1'" * 2_000
    names = "\n".join(f"n{at} = n{at + 1} + n{at + 1}" for at in range(200)) * 20
    for text in (
        sums,
        f"{names}\npassword = n0",
        "password = " + "[" * 90 + "]" * 90,
        "def (",
        "\0",
    ):
        list(in_file("cell.py", text, Known()))
