#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The index of package-index.sh once more, as others make it: python-tuf and in-toto alone, by ITE-2
# and ITE-3, without a word of Carnet's. Python's own verifier and Carnet both take its wheels, with
# the layout's parameters given by the user, and refuse the same.
#
#     plain-index.sh [CARNET [INDEX [DIRECTORY]]]
#     default: .build/release/carnet, .build/index, .build/plain-index
#
# Needs what package-index.sh left in INDEX. DIRECTORY is wiped at the start and left for a look.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR
. "$root/Tests/Scenarios/stage.sh"

projects=(bracex=bracex=2.5 jupyter-events=jupyter_events=0.12.1)
passed=0

index=${2:-$root/.build/index}
[ -d "$index/sources.git" ] || stop "$index: no index there; package-index.sh makes it"
index=$(cd "$index" && pwd)
open_stage "${1:-$root/.build/release/carnet}" "${3:-$root/.build/plain-index}"
person office
person erik
person stranger

heading "The python tools make the index; Erik tags with a key of gpg."
keyring erik rsa3072
as office . python3 "$here/python_index.py" made "$index/sources.git" "$keyrings/erik" \
    "${fingerprints[erik]}" "${projects[@]}"
! grep -rq carnet "$work/made/repository/metadata" || unlike "metadata that names Carnet"
repository=$work/made/repository
serve office made/repository
as stranger stranger/downloads carnet trust add plain "$url" \
    --root ../../made/repository/metadata/1.root.json

# of_project WORDS: sets `target`, `wheel` and the four parameters
of_project() {
    local project name version
    IFS='=' read -r project name version <<<"$1"
    target=simple/$project/$name-$version-py3-none-any.whl
    wheel=$work/made/clones/$name/$target
    parameters=("standard_distribution_name=$project" "wheel_distribution_name=$name"
        "package_version=$version" "package_github_dir=$name")
}

# by_python: python's verifier on `target` with `parameters`, into `taken`
by_python() {
    show stranger python_downloader.py "$target" "${parameters[@]}"
    quiet_as stranger . python3 "$here/python_downloader.py" "$repository/metadata/1.root.json" \
        "$url" "$work/taken" "$target" "${parameters[@]}"
}
options() {
    given=()
    [ ${#parameters[@]} = 0 ] || given=(--param "${parameters[@]}")
}

heading "Python's verifier and Carnet take the wheels."
for words in "${projects[@]}"; do
    of_project "$words"
    if by_python && cmp "$work/taken/${wheel##*/}" "$wheel"; then
        passed=$((passed + 1))
    else
        unlike "python does not verify $target"
    fi
    options
    ! get_verified stranger "$wheel" "plain/$target" "${given[@]}" || passed=$((passed + 1))
done

heading "Both refuse them with the parameters of another project, and without any."
of_project "${projects[0]}"
# refused STATUS WORD...: by both
refused() {
    local status=$1 log=$work/tmp/python.log
    shift
    ! by_python >"$log" 2>&1 || unlike "python verifies $target"
    tail -n 1 "$log" | cut -c 1-200
    options
    ! get_refused stranger "$status" "plain/$target" "${given[@]}" -- "$@" || passed=$((passed + 1))
}
parameters[2]=package_version=2.4
refused 1 'unpack'
parameters=()
refused 1 '\{package_github_dir\}'

heading "Parameters are names and versions, no patterns; and what a path gives nobody else does."
expect_usage() {
    local status=0 wanted=$1
    shift
    as stranger stranger/downloads "$@" >"$work/tmp/usage" 2>&1 || status=$?
    cat "$work/tmp/usage"
    echo "(exit status $status)"
    if [ "$status" = 2 ] && grep -q -- "$wanted" "$work/tmp/usage"; then
        passed=$((passed + 1))
    else
        unlike "status $status, 2 and $wanted expected"
    fi
}
expect_usage 'package_version' carnet get "plain/$target" --param 'package_version=*'
ln -s "$index/repository" "$work/index"
serve office index
as stranger stranger/downloads carnet trust add index "$url" \
    --root ../../index/metadata/1.root.json
expect_usage 'package_version' carnet get "index/$target" --param package_version=2.5

heading "Result"
[ "$unexpected" = 0 ] || stop "$unexpected surprises, $passed as expected"
echo "plain-index: $passed passed, 0 failed"
