# Which Debian packages there must be, and how to get them. Sourced by ./quickstart and ./run-tests.

# To build the library, the command and the examples.
build_packages=(g++ cmake ninja-build pkg-config libcaf-dev libeigen3-dev libboost-dev libmsgpack-cxx-dev libsqlite3-dev libyaml-cpp-dev
  nlohmann-json3-dev libssl-dev libcli11-dev zlib1g-dev)
# To test them.
test_packages=(iproute2 libgtest-dev libgmock-dev libbenchmark-dev clang-format python3 git ccache
  python3-pytest python3-numpy python3-pandas python3-sklearn python3-pip python3-setuptools python3-wheel python3-venv xz-utils clang libclang-rt-14-dev
  munge slurmctld slurmd slurm-client gridengine-master gridengine-exec gridengine-client libnss-wrapper msmtp-mta
  nodejs chromium python3-websocket openssl)
# For ./run-tests --all.
all_packages=(clang-tidy-19 doxygen libopenmpi-dev openmpi-bin)

# Debian's tools, whatever else comes first in PATH.
export PATH="/usr/lib/ccache:/usr/bin:/bin:/usr/sbin:/sbin:$PATH"
export CC=/usr/bin/gcc CXX=/usr/bin/g++

# need PACKAGE...: installs what is missing; does nothing, and needs no rights, when nothing is.
need() {
  local missing=() package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
      echo "these Debian packages are missing: ${missing[*]}; install them, or run this as root or with sudo" >&2
      return 1
    }
    as_root=(sudo)
  fi
  echo "installing Debian packages: ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null
  # What comes with services is wanted for its programs: nothing of it is started or set up.
  local policy=/usr/sbin/policy-rc.d made= rc=0
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin $policy && made=1
  fi
  printf 'gridengine-%s shared/gridengineconfig boolean false\n' common client master exec | "${as_root[@]}" debconf-set-selections 2>/dev/null
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null || rc=$?
  [ -z "$made" ] || "${as_root[@]}" rm -f $policy
  return $rc
}
