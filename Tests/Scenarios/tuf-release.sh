#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job on real input: python-tuf's own release 7.0.1, built by three, published with its
# layouts and links, fetched and verified by a stranger; then eight attacks on it.
#
#     tuf-release.sh [CARNET [DIRECTORY]]     default: .build/release/carnet, .build/demo
#
# Needs what `.ci/setup demo` installs. DIRECTORY is wiped at the start and left for a look.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR
. "$root/Tests/Scenarios/stage.sh"

known_as=python-tuf
version=7.0.1
sdist=tuf-$version.tar.gz
wheel=tuf-$version-py3-none-any.whl
sdist_sha256=5ada1db78da3518fa851e28588f4b2249b8662a28ae528f54afa2a1de541fb31
sdist_path=tuf/$version/$sdist
wheel_path=tuf/$version/$wheel
next_path=tuf/7.0.2/tuf-7.0.2-py3-none-any.whl

# Each attack's exit status, and what its one cause must say: extended regular expressions, each of
# which some line of the verdict must match in any case. MALLORY stands for her key id.
expected_exit=([1]=1 [2]=3 [3]=1 [4]=1 [5]=1 [6]=4 [7]=4 [8]=1)
changed_byte=('sha256|digest|hash' 'tuf-7\.0\.1-py3-none-any\.whl')
one_builder=('wheel' '(1|one) of (the )?(2|two)|found .?(1|one)|only' 'bob|cd')
disagreement=('wheel' 'bob' 'disagree|differ|not agree|contradict')
foreign_tag=('tag' 'MALLORY')
one_signature=('layout|policy' 'sign' '(1|one) of (the )?(2|two)|found .?(1|one)|only')
replayed=('timestamp' 'version' 'older|already|roll')
expired=('policy "wheel"' 'expired at')
relabelled=('tuf-7\.0\.2-py3-none-any\.whl' 'tuf-7\.0\.1-py3-none-any\.whl')

# Not recorded as sources; the list of python-tuf's own attempt at this (its pull request 2000).
excludes=(--exclude __pycache__ build htmlcov '.?*' '*~' '*.egg-info' '*.pyc')

heading "The sources are the sdist of tuf $version that PyPI serves."
open_stage "${1:-$root/.build/release/carnet}" "${2:-$root/.build/demo}"
fetch_sdist tuf "$version" "$sdist" "$sdist_sha256"

heading "Three maintainers, a build machine and the repository's owner each make their keys."
note "Alice and Bob have OpenPGP keys, with which gpg signs; their passphrases are gpg's affair."
person alice
person bob
person carol 'carol counts crows'
person cd 'read from the secret store'
person office 'kept in the safe'
keyring alice ed25519
keyring bob rsa3072
as carol . carnet key new carol --type ecdsa-p256
as cd . carnet key new cd
as office . carnet key new root-3 --type ecdsa-p384

heading "The owner makes a repository: root 2 of 3, targets 2 of 2, layouts 2 of 2, one online key."
as office . carnet init repository --name "$known_as" --files 'tuf/*/*' \
    --root root-1 root-2 root-3 --root-threshold 2 \
    --targets targets-1 targets-2 --targets-threshold 2 \
    --layouts layouts-1 layouts-2 --layouts-threshold 2 \
    --online online | tee "$work/tmp/init"
fingerprint=$(sed -n 's/.*--fingerprint \([0-9a-f]\{64\}\).*/\1/p' "$work/tmp/init")
[ -n "$fingerprint" ] || stop "carnet init printed no fingerprint"

heading "Two layouts say what an sdist and a wheel must have gone through; two of three sign each."
mkdir -p "$work/repository/layouts/keys"
cp "$here"/layouts/{sdist,wheel}.yaml "$work/repository/layouts"
for who in alice bob; do
    export_key "$who" "$work/repository/layouts/keys/$who.asc"
done
for who in carol cd; do
    cp "$work/$who/home/keys/$who.pub" "$work/repository/layouts/keys"
done
note '$ cat repository/layouts/wheel.yaml'
cat "$work/repository/layouts/wheel.yaml"
note '$ carnet layout show repository/layouts/wheel.yaml'
carnet layout show "$work/repository/layouts/wheel.yaml"
for layout in sdist wheel; do
    as bob . carnet layout lint "repository/layouts/$layout.yaml"
    as bob . carnet layout sign "repository/layouts/$layout.yaml" --key bob
    as carol . carnet layout sign "repository/layouts/$layout.yaml" --key carol
done
for layout in sdist wheel; do
    as office . carnet layout add "repository/layouts/$layout.yaml" --repository repository
done

heading "Alice signs a tag of the sources; her link says which files the tag holds."
mkdir "$work/alice/tuf"
tar -xzf "$download" -C "$work/alice/tuf" --strip-components 1
git init --quiet --bare -b main "$work/tuf.git"
commit_sources() {
    git init --quiet -b main
    git add --all --force
    # The time that this release's build back end gives to every file in its archives.
    GIT_AUTHOR_DATE='2020-02-02T00:00:00Z' GIT_COMMITTER_DATE='2020-02-02T00:00:00Z' \
        git commit --quiet -m "tuf $version"
}
quiet_as alice alice/tuf commit_sources
# tag_sources WHO: in WHO/tuf, with a link
tag_sources() {
    as "$1" "$1/tuf" carnet run -n tag --key "$1" -m . -p . "${excludes[@]}" -d ../links \
        -- git tag --sign --message "tuf $version" "v$version"
}
tag_sources alice
as alice alice/tuf git verify-tag "v$version" 2>&1 | grep 'Good signature'
as alice alice/tuf git push --quiet ../../tuf.git main "v$version"

heading "The build machine tests the tagged sources."
for who in bob cd; do
    as "$who" "$who" git -c advice.detachedHead=false clone --quiet --branch "v$version" \
        ../tuf.git tuf
done
SOURCE_DATE_EPOCH=$(git -C "$work/cd/tuf" log -1 --format=%ct)
export SOURCE_DATE_EPOCH
as cd cd/tuf carnet run -n test --key cd -m . -p . "${excludes[@]}" -d ../links \
    -- python3 -m unittest -q tests.test_api tests.test_trusted_metadata_set \
    tests.test_updater_delegation_graphs

heading "All three build sdist and wheel, each from an own clone; Bob records around his build."
# run_build WHO FOLDER LINKS STEP EXCLUDE...: through carnet run
run_build() {
    as "$1" "$2" carnet run -n "$4" --key "$1" -m . -p dist "${excludes[@]}" "${@:5}" -d "$3" \
        -- python3 -m build --no-isolation "--$4" --outdir dist .
}
# record_build WHO FOLDER LINKS STEP EXCLUDE...: by hand, between record start and stop
record_build() {
    as "$1" "$2" carnet record start -n "$4" --key "$1" -m . "${excludes[@]}" "${@:5}"
    as "$1" "$2" python3 -m build --no-isolation "--$4" --outdir dist .
    as "$1" "$2" carnet record stop -n "$4" --key "$1" -p dist "${excludes[@]}" "${@:5}" -d "$3"
}
for build_by in 'alice run_build' 'bob record_build' 'cd run_build'; do
    read -r who how <<<"$build_by"
    "$how" "$who" "$who/tuf" ../links sdist
    "$how" "$who" "$who/tuf" ../links wheel 'dist/*.tar.gz'
done
for who in bob cd; do
    diff -r "$work/alice/tuf/dist" "$work/$who/tuf/dist" || stop "$who's build differs from alice's"
done
cmp "$download" "$work/alice/tuf/dist/$sdist" || stop "the built sdist differs from PyPI's"
note "The three builds agree, and their sdist is the one that PyPI serves, byte for byte."

heading "The owner releases both files; what a stranger would refuse is not published."
note "First with Alice's links alone:"
status=0
as office . carnet release "alice/tuf/dist/$wheel" --repository repository --links alice/links ||
    status=$?
echo "(exit status $status)"
[ "$status" = 3 ] || unlike "release by one builder's links: status $status, 3 expected"
[ ! -e "$work/repository/targets/tuf" ] || unlike "the refused release left a file behind"
note "Then with the links of all three:"
cp -r "$work/repository/metadata" "$work/tmp/before-release"
as office . carnet release "alice/tuf/dist/$sdist" "alice/tuf/dist/$wheel" \
    --repository repository --links alice/links bob/links cd/links
serve office repository

heading "A stranger with an empty home and one fingerprint fetches both files."
person stranger
as stranger stranger/downloads carnet trust add "$known_as" "$url" --fingerprint "$fingerprint"
verified=0
for path in "$sdist_path" "$wheel_path"; do
    ! get_verified stranger "$work/alice/tuf/dist/${path##*/}" "$known_as/$path" ||
        verified=$((verified + 1))
done

heading "The wheel really installs."
install_wheel() {
    python3 -m venv --without-pip fresh
    pip --python fresh/bin/python3 install --quiet --no-deps --no-index "./$wheel"
    # from another folder and without this script's tools, so that only the wheel can answer
    (cd fresh && bin/python3 -I -c 'import tuf; print("tuf", tuf.__version__, "imported")')
}
note "[stranger] \$ pip install --no-deps --no-index ./$wheel"
quiet_as stranger stranger/downloads install_wheel | grep "^tuf $version imported$" ||
    unlike "the fetched wheel does not install"

export STOLEN_PASSPHRASE=${passphrases[office]}
mapfile -t online < <(stolen online)
mapfile -t layouts_and_online < <(stolen layouts-1 layouts-2 online)
asked=() # further words for carnet get
refused=0
# fetch_refused WORD...: the victim asks for the wheel, or for what `path` is then
path=$wheel_path
fetch_refused() {
    ! get_refused "$victim" "${expected_exit[attack_number]}" "$known_as/$path" "${asked[@]}" \
        -- "$@" || refused=$((refused + 1))
}

stage_attack "the server changes one byte of the wheel."
strike change-byte "$wheel_path"
fetch_refused "${changed_byte[@]}"

stage_attack "with the stolen online key, all builders' links but Alice's are left out."
strike "${online[@]}" keep-one-builder "$wheel_path" wheel "$(keyid8 alice wheel)"
fetch_refused "${one_builder[@]}"

stage_attack "Bob's machine builds another wheel, and Bob's link of that is published."
quiet_as bob bob git -c advice.detachedHead=false clone --quiet --branch "v$version" \
    ../tuf.git other
mkdir "$work/bob/other-links"
SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + 86400)) run_build bob bob/other ../other-links wheel
! cmp --quiet "$work/bob/other/dist/$wheel" "$work/alice/tuf/dist/$wheel" ||
    stop "the other wheel is no other wheel"
bobs=wheel.$(keyid8 bob wheel).link
strike "${online[@]}" swap-link "$wheel_path" "$bobs" "$work/bob/other-links/$bobs"
fetch_refused "${disagreement[@]}"

stage_attack "Mallory, a stranger, tags the same sources; her link takes Alice's place."
person mallory
keyring mallory ed25519
quiet_as mallory mallory git -c advice.detachedHead=false clone --quiet --branch "v$version" \
    ../tuf.git tuf
quiet_as mallory mallory/tuf git tag --delete "v$version" >"$work/tmp/untagged"
tag_sources mallory
strike "${online[@]}" swap-link "$wheel_path" "tag.$(keyid8 alice tag).link" \
    "$work/mallory/links/tag.$(keyid8 mallory tag).link"
fetch_refused "${foreign_tag[@]//MALLORY/$(keyid8 mallory tag)}"

stage_attack "with the stolen layouts keys, the layout is published signed by Bob alone."
strike "${layouts_and_online[@]}" strip-layout in-toto-metadata/wheel.layout "$(keyid8 bob wheel)"
fetch_refused "${one_signature[@]}"

stage_attack "the previous timestamp and snapshot are replayed to who saw the newer."
note "Before the attack:"
get_verified "$victim" "$work/alice/tuf/dist/$wheel" "$known_as/$path" >"$work/tmp/honest" || true
head -n 2 "$work/tmp/honest"
strike replay "$work/tmp/before-release"
fetch_refused "${replayed[@]}"

stage_attack "the wheel's layout was valid for an hour, and nobody has signed a new one."
soon=$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)
sed -i "s/^expires: .*/expires: $soon/" "$work/$loot/layouts/wheel.yaml"
for who in bob carol; do
    as "$who" . carnet layout sign "$loot/layouts/wheel.yaml" --key "$who"
done
as office . carnet layout add "$loot/layouts/wheel.yaml" --repository "$loot" >"$work/tmp/short"
asked=(--as-of "$(date -u -d '+2 hours' +%Y-%m-%dT%H:%M:%SZ)")
fetch_refused "${expired[@]}"
asked=()

stage_attack "with the stolen online key, the wheel is offered once more, as 7.0.2."
strike "${online[@]}" relabel "$wheel_path" "$next_path"
path=$next_path
fetch_refused "${relabelled[@]}"

heading "Result"
if [ "$unexpected" != 0 ]; then
    stop "$unexpected surprises; $verified verified, $refused of $attack_number attacks refused"
fi
echo "demo: $verified verified, $refused of $attack_number attacks refused"
