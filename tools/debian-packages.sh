#!/bin/sh
# Installs those of the named Debian packages that are missing. Where it may not, it says which
# they are and what cannot run without them, and goes on; with CI set it fails instead.
#
#   tools/debian-packages.sh PACKAGE...
set -eu

present() {
  case $1 in
    python3-venv) "${PYTHON:-python3}" -c 'import ensurepip, venv' ;;
    mosquitto-clients) command -v mosquitto_pub ;;
    fonts-*) dpkg-query -W -f '${db:Status-Status}' "$1" | grep -qx installed ;;
    *) command -v "$1" ;;
  esac >/dev/null 2>&1
}

without() {
  case $1 in
    python3-venv) echo "no virtual environment can be made" ;;
    mosquitto) echo "the tests and benchmarks over a real MQTT broker are skipped" ;;
    mosquitto-clients) echo "the tests with mosquitto_pub and mosquitto_sub are skipped" ;;
    chromium) echo "the tests in a real browser (tests/browser) are skipped" ;;
    fonts-*) echo "screenshots look different" ;;
    *) echo "what needs it is skipped" ;;
  esac
}

missing() {
  for package; do present "$package" || printf '%s ' "$package"; done
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

if ! command -v apt-get >/dev/null; then
  echo "This is no Debian: please install what corresponds to: $absent" >&2
elif [ "$as_root" = nobody ]; then
  echo "Neither root nor password-less sudo. Please run: apt-get install $absent" >&2
else
  echo "Installing with apt-get: $absent"
  log=$(mktemp)
  # shellcheck disable=SC2086  # one word for each package
  { $as_root apt-get -q update && $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qy install --no-install-recommends $absent; } </dev/null >"$log" 2>&1 ||
    tail -n 15 "$log" >&2
  rm -f "$log"
fi

# shellcheck disable=SC2086
absent=$(missing $absent)
for package in $absent; do
  echo "MISSING: $package: $(without "$package")." >&2
done
[ -z "$absent" ] || [ -z "${CI:-}" ]
