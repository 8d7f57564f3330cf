#!/bin/sh
# Installs those of the named Debian packages that are missing, and says at the end which still are
# and what cannot run without them. That is a failure with CI set, and where nothing at all could go
# on (python3-venv); else it is up to the tests to skip what they have no program for.
#
#   tools/debian-packages.sh PACKAGE...
# shellcheck disable=SC2086  # $absent is one word for each package
set -eu

present() {
  case $1 in
    python3-venv) "${PYTHON:-python3}" -c 'import ensurepip, venv' ;;
    mosquitto-clients) command -v mosquitto_pub ;;
    rabbitmq-server) [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] ;;
    systemd) command -v systemd-analyze ;;
    libatomic1) "${PYTHON:-python3}" -c 'import ctypes; ctypes.CDLL("libatomic.so.1")' ;;
    fonts-*) dpkg-query -W -f '${db:Status-Status}' "$1" | grep -qx installed ;;
    *) command -v "$1" ;;
  esac >/dev/null 2>&1
}

without() {
  case $1 in
    python3-venv) echo "no virtual environment can be made, so nothing here can run" ;;
    mosquitto) echo "the tests and benchmarks over a real MQTT broker are skipped" ;;
    rabbitmq-server) echo "the tests and benchmarks on RabbitMQ are skipped" ;;
    mosquitto-clients) echo "the tests with mosquitto_pub and mosquitto_sub are skipped" ;;
    openssl) echo "the tests with certificates are skipped" ;;
    chromium | libatomic1) echo "the tests in a real browser (tests/browser) are skipped" ;;
    systemd) echo "the tests of its units are skipped" ;;
    fonts-*) echo "screenshots look different" ;;
    *) echo "what needs it is skipped" ;;
  esac
}

missing() {
  for package; do present "$package" || printf ' %s' "$package"; done
}

absent=$(missing "$@")
[ -n "$absent" ] || exit 0

if [ "$(id -u)" = 0 ]; then
  as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root=sudo
else
  as_root=nobody
fi

# apt-get's own words are of interest only if it fails. A new machine may be at its first upgrade:
# that is waited for.
apt() {
  log=$(mktemp)
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qy -o DPkg::Lock::Timeout=300 "$@" \
    </dev/null >"$log" 2>&1 || tail -n 15 "$log" >&2
  rm -f "$log"
}

# The brokers are for tests, which start their own: Debian is not to start them as services. It asks
# this program before it starts any.
policy=/usr/sbin/policy-rc.d
without_services() {
  if [ -e "$policy" ]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod +x "$policy"
  trap '$as_root rm -f "$policy"' EXIT
  "$@"
  $as_root rm -f "$policy"
  trap - EXIT
}

advice=
if ! command -v apt-get >/dev/null; then
  advice="This is no Debian: please install what corresponds to these packages."
elif [ "$as_root" = nobody ]; then
  advice="To install: sudo apt-get install$absent"
else
  apt update
  # One by one: what this release does not have shall not keep the others away.
  for package in $absent; do
    echo "Installing with apt-get: $package"
    without_services apt install --no-install-recommends "$package"
  done
fi

absent=$(missing $absent)
[ -n "$absent" ] || exit 0

{
  echo
  for package in $absent; do echo "MISSING: $package: $(without "$package")."; done
  [ -z "$advice" ] || echo "$advice"
  echo
} >&2

case "$absent " in *" python3-venv "*) exit 1 ;; esac
[ -z "${CI:-}" ]
