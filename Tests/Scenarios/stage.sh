# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What every scenario stands on: a work directory of its own, people with homes of their own,
# servers that end with the script, and expectations that are counted. Sourced, not run.
#
#     open_stage CARNET DIRECTORY     DIRECTORY is wiped; everything happens below it

declare -A passphrases=()
servers=()
unexpected=0

open_stage() {
    local carnet venv
    carnet=$(realpath -e "$1" 2>/dev/null) || stop "$1: no such program; make build makes it"
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
    build=$(cd "$here/../.." && pwd)/.build
    venv=$build/venv
    [ -f "$venv/complete" ] || stop "no python tools in .build/venv; .ci/setup installs them"
    rm -rf "$2"
    mkdir -p "$2/bin" "$2/tmp"
    work=$(cd "$2" && pwd)
    ln -s "$carnet" "$work/bin/carnet"
    trap close_stage EXIT
    trap 'exit 130' INT TERM
    # Nothing of the caller's own configuration reaches the walk, and nothing of the walk his home.
    unset CARNET_HOME CARNET_PASSPHRASE PYTHONPATH PYTHONHOME
    export PATH=$work/bin:$venv/bin:$PATH TMPDIR=$work/tmp HOME=$work/tmp
    export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 NO_COLOR=1
    export PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
    export LC_ALL=C.UTF-8 TZ=UTC
}

close_stage() {
    local server
    for server in "${servers[@]}"; do
        kill "$server" 2>/dev/null || continue
        wait "$server" 2>/dev/null || true
    done
}

stop() {
    echo "${0##*/}: $*" >&2
    exit 1
}

heading() {
    printf '\n--- %s\n' "$*"
}

note() {
    printf '%s\n' "$*"
}

# unlike WHAT: an expectation that did not come true; the scenario goes on, but will fail.
unlike() {
    unexpected=$((unexpected + 1))
    echo "UNEXPECTED: $*" >&2
}

# person NAME [PASSPHRASE]: somebody with an empty home.
person() {
    passphrases[$1]=${2:-}
    mkdir -p "$work/$1/home" "$work/$1/links" "$work/$1/downloads"
}

# A command as one would type it.
typed() {
    local word line=
    for word in "$@"; do
        [[ $word =~ ^[A-Za-z0-9_./:=@,+-]+$ ]] || word="'$word'"
        line+=" $word"
    done
    printf '%s' "${line:1}"
}

# quiet_as NAME FOLDER COMMAND...: runs it in FOLDER (below the work directory) as that person.
quiet_as() {
    local who=$1 folder=$2
    shift 2
    (
        cd "$work/$folder" || exit
        export CARNET_HOME=$work/$who/home
        [ -z "${passphrases[$who]}" ] || export CARNET_PASSPHRASE=${passphrases[$who]}
        "$@" </dev/null
    )
}

# show NAME COMMAND...: the command, not run.
show() {
    printf '[%s] $ %s\n' "$1" "$(typed "${@:2}")"
}

# as NAME FOLDER COMMAND...: shown and run.
as() {
    show "$1" "${@:3}"
    quiet_as "$@"
}

# serve NAME DIRECTORY: a server on a free port; sets `url`. Its pid is the last of `servers`.
serve() {
    local log=$work/tmp/server-${#servers[@]}.log tries
    printf '[%s] $ %s\n' "$1" "$(typed carnet serve "$2" --port 0) &"
    : >"$log" # the first look may come before the server's shell
    (
        cd "$work" || exit
        CARNET_HOME=$work/$1/home exec carnet serve "$2" --port 0 </dev/null
    ) >"$log" 2>"$log.err" &
    servers+=($!)
    for tries in {1..200}; do
        url=$(sed -n 's|.* at \(http://[^ ]*\).*|\1|p' "$log")
        [ -z "$url" ] || break
        kill -0 "${servers[-1]}" 2>/dev/null || break
        sleep 0.05
    done
    [ -n "$url" ] || stop "carnet serve $2: no server after $tries looks: $(cat "$log" "$log.err")"
    cat "$log"
}
