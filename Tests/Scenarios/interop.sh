#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The python tools and Carnet on each other's work: python-tuf's client and in-toto-verify take what
# the demo published, and Carnet takes a release that python-tuf and in-toto-run made.
#
#     interop.sh [CARNET [DEMO [DIRECTORY]]]
#     default: .build/release/carnet, .build/demo, .build/interop
#
# Needs what tuf-release.sh left in DEMO. DIRECTORY is wiped at the start and left for a look.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR
. "$root/Tests/Scenarios/stage.sh"

paths=(tuf/7.0.1/tuf-7.0.1.tar.gz tuf/7.0.1/tuf-7.0.1-py3-none-any.whl)
excluded_by_evidence=(2 3 4 5 7) # the attacks of the demo that plain TUF cannot see
passed=0

demo=${2:-$root/.build/demo}
[ -d "$demo/attacks/8" ] || stop "$demo: no demo there; tuf-release.sh makes it"
demo=$(cd "$demo" && pwd)
open_stage "${1:-$root/.build/release/carnet}" "${3:-$root/.build/interop}"
person office
person stranger

# python_get URL ROOT FOLDER PATH...: python-tuf's client, with the evidence
python_get() {
    python3 "$here/python_client.py" "$2" "$1" "$work/$3" "${@:4}"
}

# expect SENTENCE COMMAND...: counts the sentence as passed if the command works
expect() {
    local log=$work/tmp/expect.log
    if "${@:2}" >"$log" 2>&1; then
        passed=$((passed + 1))
        note "$1"
    else
        cat "$log" >&2
        unlike "not so: $1"
    fi
}

# in_toto_accepts FOLDER FILE: in-toto-verify by the layout's keys that signed, in an empty folder;
# those of OpenPGP from a fresh keyring
in_toto_accepts() {
    local evidence=$work/$1/$2.in-toto layouts empty keyring=$keyrings/$2 by_gpg=()
    empty=$(mktemp -d)
    layouts=("$evidence"/*.layout)
    mapfile -t by_gpg <"$evidence/openpgp.signers"
    mkdir -m 700 "$keyring"
    gpg --homedir "$keyring" --batch --quiet --import "$evidence"/openpgp/*
    (cd "$empty" && in-toto-verify -l "${layouts[0]}" --verification-keys "$evidence"/keys/*.pub \
        --gpg "${by_gpg[@]}" --gpg-home "$keyring" --link-dir "$evidence/links")
}

heading "python-tuf's client and in-toto-verify on what Carnet published."
ln -s "$demo/repository" "$work/published"
serve office published
expect "python-tuf's client downloads both files and all their evidence" \
    python_get "$url" "$demo/repository/metadata/1.root.json" from-carnet "${paths[@]}"
for path in "${paths[@]}"; do
    file=${path##*/}
    expect "$file is the file that was built" \
        cmp "$work/from-carnet/$file" "$demo/alice/tuf/dist/$file"
    expect "in-toto-verify accepts the layout and links of $file" \
        in_toto_accepts from-carnet "$file"
done

heading "The attacks on the evidence are good TUF: only the evidence gives them away."
for number in "${excluded_by_evidence[@]}"; do
    ln -s "$demo/attacks/$number" "$work/attack-$number"
    serve office "attack-$number" >"$work/tmp/serving"
    expect "python-tuf's client takes the wheel of attack $number" \
        python_get "$url" "$demo/repository/metadata/1.root.json" "taken-$number" "${paths[1]}"
done

heading "Carnet on a release that python-tuf and in-toto-run made; the sdist's evidence is DSSE."
for clone in first second; do
    git -c advice.detachedHead=false clone --quiet --branch v7.0.1 "$demo/tuf.git" "$work/$clone"
done
python3 "$here/python_publisher.py" "$work/by-python" "$work/first" "$work/second"
serve office by-python/repository
as stranger stranger/downloads carnet trust add by-python "$url" \
    --root ../../by-python/repository/metadata/1.root.json
# verified PATH: get says VERIFIED and leaves the file of the first builder
verified() {
    local verdict
    verdict=$(quiet_as stranger stranger/downloads carnet get "by-python/$1") || {
        echo "$verdict"
        return 1
    }
    head -n 1 <<<"$verdict" | grep '^VERIFIED' &&
        cmp "$work/stranger/downloads/${1##*/}" "$demo/alice/tuf/dist/${1##*/}"
}
for path in "${paths[@]}"; do
    show stranger carnet get "by-python/$path"
    expect "Carnet verifies ${path##*/} with links of in-toto-run" verified "$path"
done

heading "Result"
[ "$unexpected" = 0 ] || stop "$unexpected surprises, $passed as expected"
echo "interop: $passed passed, 0 failed"
