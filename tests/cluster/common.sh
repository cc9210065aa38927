# What the scripts beside it share. They set RUN, the directory of the daemons' process ids, and MARK, the NAME=value in the environment by which these are
# known to be of this cluster; those that start one also DIR, LOG, and SEE, where to look when something does not come up.

marked() {  # marked PID: is this process of this cluster?
    { tr '\0' '\n' <"/proc/$1/environ"; } 2>/dev/null | grep -qxF -- "$MARK"
}

pid_of() {  # pid_of NAME: print the id in run/NAME.pid if that process is one of this cluster's
    local pid
    pid=$(cat "$RUN/$1.pid" 2>/dev/null) && [ -n "$pid" ] && marked "$pid" && echo "$pid"
}

alive() { pid_of "$1" >/dev/null; }

# Starting.

# What a package needs said before it is installed; nothing unless a script says otherwise.
before_install() { :; }

apt_install() { # apt_install PACKAGE...: their services are not started
    local policy=/usr/sbin/policy-rc.d made= rc=0 try
    say "installing $*"
    if [ ! -e $policy ]; then       # keeps the packages' services from starting
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
        made=1
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    before_install
    for try in 1 2; do
        rc=0
        DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -q -y \
            --no-install-recommends install "$@" </dev/null >>"$DIR/install.log" 2>&1 || rc=$?
        [ $rc != 0 ] && [ $try = 1 ] || break
        apt-get -o DPkg::Lock::Timeout=300 -q update >>"$DIR/install.log" 2>&1 || true
    done
    if [ -n "$made" ]; then
        rm -f $policy
        trap - EXIT
    fi
    [ $rc = 0 ] || { tail -n 20 "$DIR/install.log" >&2; die "packages could not be installed"; }
}

wait_for() {    # wait_for SECONDS WHAT COMMAND...
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || { say "see $SEE"; die "timed out: $what (the script that ends in -down.sh stops what was started)"; }
        sleep 0.1
    done
}

port_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

find_ports() {  # find_ports COUNT: the first of COUNT consecutive free ports
    local base i
    for base in $(shuf -i 100-319 -n 100); do
        base=$((base * 100))
        for ((i = 0; i < $1; i++)); do
            port_free $((base + i)) || continue 2
        done
        echo "$base"
        return
    done
    die "no free TCP ports"
}

# Stopping.

running() { # running PID: neither gone nor a zombie
    kill -0 "$1" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null
}

gone() {    # gone SECONDS PID
    local n=$(($1 * 20))
    while running "$2"; do
        [ $((n--)) -gt 0 ] || return 1
        sleep 0.05
    done
}

stop() {    # stop NAME: it has PATIENCE seconds (20) to end by itself
    local pid
    pid=$(pid_of "$1") || { rm -f "$RUN/$1.pid"; return 0; }
    kill -TERM "$pid" 2>/dev/null || true
    gone "${PATIENCE:-20}" "$pid" || { kill -KILL "$pid" 2>/dev/null || true; gone 5 "$pid" || true; }
    rm -f "$RUN/$1.pid"
}

# Processes that look after one job each. (Jobs have the mark as well, but so may others; hence the look at the program.)
keepers() { # keepers NAME: the ids of this cluster's processes whose program's name begins so
    local exe pid
    for exe in /proc/[0-9]*/exe; do
        case $(readlink "$exe" 2>/dev/null) in */"$1"*) ;; *) continue ;; esac
        pid=${exe#/proc/}
        pid=${pid%/exe}
        ! marked "$pid" || echo "$pid"
    done
}
