# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What every scenario stands on: a work directory of its own, people with homes and keyrings of
# their own, servers that end with the script, sources from PyPI, attacks, and expectations that
# are counted. Sourced, not run.
#
#     open_stage CARNET DIRECTORY     DIRECTORY is wiped; everything happens below it

declare -A passphrases=() fingerprints=()
servers=()
known_as=repository # what users call it
unexpected=0
attack_number=0

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
    # Elsewhere, for the path of an agent's socket must be short.
    keyrings=$(mktemp -d)
    trap close_stage EXIT
    trap 'exit 130' INT TERM
    # Nothing of the caller's own configuration reaches the walk, and nothing of the walk his home.
    unset CARNET_HOME CARNET_PASSPHRASE GNUPGHOME PYTHONPATH PYTHONHOME
    export PATH=$work/bin:$venv/bin:$PATH TMPDIR=$work/tmp HOME=$work/tmp
    export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 NO_COLOR=1
    export PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
    export LC_ALL=C.UTF-8 TZ=UTC
}

close_stage() {
    local server keyring
    for server in "${servers[@]}"; do
        kill "$server" 2>/dev/null || continue
        wait "$server" 2>/dev/null || true
    done
    for keyring in "$keyrings"/*/; do
        [ ! -d "$keyring" ] || gpgconf --homedir "${keyring%/}" --kill all 2>/dev/null || true
    done
    rm -rf "$keyrings"
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

# export_key NAME FILE: the public key of somebody's keyring, in armor
export_key() {
    gpg_of "$1" --armor --export "${fingerprints[$1]}" >"$2"
}

# gpg_of NAME WORD...: gpg with the person's keyring, which has no passphrase
gpg_of() {
    gpg --homedir "$keyrings/$1" --batch --quiet --yes --pinentry-mode loopback --passphrase '' \
        "${@:2}" 2>"$work/tmp/gpg.log" || stop "gpg: $(tail -n 1 "$work/tmp/gpg.log")"
}

# keyring NAME ALGORITHM [PERIOD]: a primary key of OpenPGP and a subkey for signing, and Carnet's
# name for them.
keyring() {
    local name=$1 user="$1 <$1@example.org>" period=${3:-2y} fingerprint
    mkdir -m 700 "$keyrings/$name"
    show "$name" gpg --quick-generate-key "$user" "$2" cert "$period"
    gpg_of "$name" --quick-generate-key "$user" "$2" cert "$period"
    fingerprint=$(gpg_of "$name" --with-colons --list-keys |
        awk -F: '/^fpr/ && !found++ { print $10 }')
    show "$name" gpg --quick-add-key "$fingerprint" "$2" sign "$period"
    gpg_of "$name" --quick-add-key "$fingerprint" "$2" sign "$period"
    fingerprints[$name]=$fingerprint
    as "$name" . carnet key new "$name" --at "gpg:$fingerprint"
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
        export GIT_AUTHOR_NAME=$who GIT_AUTHOR_EMAIL=$who@example.org
        export GIT_COMMITTER_NAME=$who GIT_COMMITTER_EMAIL=$who@example.org
        [ ! -d "$keyrings/$who" ] || export GNUPGHOME=$keyrings/$who
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

# fetch_sdist PROJECT VERSION FILE SHA256: the sdist that PyPI serves, kept in .build/downloads so
# that only the first run needs a network; sets `download`.
fetch_sdist() {
    download=$build/downloads/$3
    if [ ! -f "$download" ]; then
        note "\$ pip download --no-deps --no-binary :all: $1==$2"
        mkdir -p "$build/downloads"
        pip download --quiet --no-deps --no-build-isolation --no-binary :all: \
            --dest "$work/tmp/pip" "$1==$2" 2>"$work/tmp/pip.log" ||
            stop "pip cannot download $1 $2, is there a network? $(tail -n 1 "$work/tmp/pip.log")"
        mv "$work/tmp/pip/$3" "$download"
    fi
    echo "$4  $download" | sha256sum --check --status ||
        stop "$download: not the sdist of $1 $2; remove it and run this again"
    note "$3, sha256 $4"
}

# keyid8 NAME STEP [FOLDER]: the beginning of the key id that a link of that person is named after
keyid8() {
    local link
    link=$(basename "$work/${3:-$1/links}/$2".????????.link .link)
    echo "${link##*.}"
}

# stolen NAME...: the owner's keys as arguments for the attacker
stolen() {
    local key
    for key in "$@"; do printf '%s\n' --stolen "$work/office/home/keys/$key.pem"; done
}

# stage_attack SENTENCE: a copy of the repository, its own server, a user who trusts it already
stage_attack() {
    attack_number=$((attack_number + 1))
    heading "Attack $attack_number: $1"
    victim=user-$attack_number
    loot=attacks/$attack_number
    mkdir -p "$work/attacks"
    cp -r "$work/repository" "$work/$loot"
    person "$victim"
    serve office "$loot" >"$work/tmp/serving"
    quiet_as "$victim" "$victim" carnet trust add "$known_as" "$url" --fingerprint "$fingerprint" \
        >"$work/tmp/trust-$attack_number"
}

# strike ARGUMENT...: what the attacker does to the copy under the running server
strike() {
    python3 "$here/attacker.py" "$work/$loot" "$@" || stop "attack $attack_number did not work"
}

# get_refused WHO STATUS TARGET [--OPTION VALUE]... -- WORD...: get must refuse with this status,
# for a cause that has these words (regular expressions, in any case), and leave nothing behind.
get_refused() {
    local who=$1 wanted=$2 asked=() word folder before=$unexpected status=0
    local out=$work/tmp/verdict err=$work/tmp/verdict.err
    shift 2
    while [ "$1" != -- ]; do
        asked+=("$1")
        shift
    done
    shift
    folder=$(mktemp -d -p "$work/$who")
    show "$who" carnet get "${asked[@]}"
    quiet_as "$who" "${folder#"$work/"}" carnet get "${asked[@]}" >"$out" 2>"$err" || status=$?
    cat "$out"
    cat "$err" >&2
    echo "(exit status $status)"
    [ "$status" = "$wanted" ] || unlike "${asked[0]}: status $status, $wanted expected"
    head -n 1 "$out" | grep -q '^REFUSED' ||
        unlike "${asked[0]}: the first line does not begin with REFUSED"
    for word in "$@"; do
        grep -Eqi -- "$word" "$out" || unlike "${asked[0]}: the cause does not name /$word/"
    done
    ! grep -Eq 'VERIFIED|✓' "$out" "$err" || unlike "${asked[0]}: says VERIFIED as well"
    [ -z "$(ls -A "$folder")" ] || unlike "${asked[0]}: left $(ls -A "$folder")"
    [ "$unexpected" = "$before" ]
}

# get_verified WHO FILE TARGET [--OPTION VALUE]...: get must say VERIFIED and leave that very file
get_verified() {
    local who=$1 built=$2 out=$work/tmp/verdict status=0
    shift 2
    show "$who" carnet get "$@"
    quiet_as "$who" "$who/downloads" carnet get "$@" >"$out" || status=$?
    cat "$out"
    echo "(exit status $status)"
    if [ "$status" != 0 ] || ! head -n 1 "$out" | grep -q '^VERIFIED' ||
        ! cmp "$work/$who/downloads/${1##*/}" "$built"; then
        unlike "carnet get $1: status 0, VERIFIED and the built file expected"
        return 1
    fi
}
