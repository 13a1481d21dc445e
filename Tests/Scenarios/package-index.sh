#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An index of packages in the shape of ITE-3: split roles by letter and digit, developers who tag
# with OpenPGP keys, a CI that builds and signs off, wheels that are looked into. Made with Carnet's
# own commands, fetched by a stranger, then attacked; plain-index.sh has the same made by others.
#
#     package-index.sh [CARNET [DIRECTORY]]     default: .build/release/carnet, .build/index
#
# Needs what `.ci/setup demo` installs. DIRECTORY is wiped at the start and left for a look.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR
. "$root/Tests/Scenarios/stage.sh"

known_as=index
# project, as pip spells it; version; name in file names; who tags it
packages=(
    'bracex 2.5 bracex dana'
    'flit-core 4.2.0 flit_core fay'
    'jupyter-events 0.12.1 jupyter_events erik'
    'soupsieve 4.1.2 soupsieve dana'
)
declare -A sdist_sha256=(
    [bracex]=0725da5045e8d37ea9592ab3614d8b561e22c3c5fde3964699be672e072ab611
    [flit-core]=84e4e4d8fdd45ba2613800a3ebc6834de26d47ec9746efc3719f94181137b460
    [jupyter-events]=faff25f77218335752f35f23c5fe6e4a392a7bd99a5939ccb9b8fbf594636cf3
    [soupsieve]=c6539a2638f26991463527337e39d630e3cbb86d024f52282a510535b8a7e09f
)
projects=()
declare -A version=() name=() developer=() wheel=()

# Each attack's exit status, and what its one cause must say.
expected_exit=([1]=1 [2]=1 [3]=3 [4]=1 [5]=1 [6]=1)
extra_file=('products of unpack' 'bracex/backdoor\.py')
other_sources=('wheels-builder' 'bracex/bracex/__init__\.py')
dropped=('wheels-builder' 'builder')
other_letter=('does not offer' 'simple/bracex/')
expired_key=('tag' 'FAY' 'expired since')
removed_key=('tag' 'DANA')

heading "The sources: the sdists of four projects as PyPI serves them, in one git repository."
open_stage "${1:-$root/.build/release/carnet}" "${2:-$root/.build/index}"
for who in dana erik fay; do person "$who"; done
for who in olga oscar otto; do person "$who" "$who has a stamp"; done
mkdir "$work/dana/sources"
for package in "${packages[@]}"; do
    read -r project v file who <<<"$package"
    projects+=("$project")
    version[$project]=$v name[$project]=$file developer[$project]=$who
    wheel[$project]=$file-$v-py3-none-any.whl
    fetch_sdist "$project" "$v" "$file-$v.tar.gz" "${sdist_sha256[$project]}"
    mkdir "$work/dana/sources/$file"
    tar -xzf "$download" -C "$work/dana/sources/$file" --strip-components 1
done
commit_sources() {
    git init --quiet -b main
    git add --all --force
    git commit --quiet -m "four projects"
    git clone --quiet --bare . "$work/sources.git"
}
quiet_as dana dana/sources commit_sources

heading "Developers have OpenPGP keys; Fay's is good for two hours only. CI has a key for each job."
keyring dana ed25519
keyring erik rsa3072
keyring fay ed25519 seconds=7200
person ci 'read from the secret store'
person office 'kept in the safe'
for job in builder signer; do as ci . carnet key new "$job"; done
for who in olga oscar otto; do as "$who" . carnet key new "$who"; done

heading "The owner makes the repository: root, targets and layouts 2 of 3."
as office . carnet init repository --name index --files 'simple/*/*' \
    --unattested 'simple/*/index.html' \
    --root root-1 root-2 root-3 --root-threshold 2 \
    --targets targets-1 targets-2 targets-3 --targets-threshold 2 \
    --layouts layouts-1 layouts-2 layouts-3 --layouts-threshold 2 \
    --online online | tee "$work/tmp/init"
fingerprint=$(sed -n 's/.*--fingerprint \([0-9a-f]\{64\}\).*/\1/p' "$work/tmp/init")
[ -n "$fingerprint" ] || stop "carnet init printed no fingerprint"

heading "Split roles: wheels by the project's first letter, links by their folder's first digit."
note "The clerk has no private key: what he proposes waits until those who have them sign it, once."
person clerk
mkdir -p "$work/clerk/home/keys"
cp "$work/office/home/keys"/*.pub "$work/clerk/home/keys"
# new_role WORD...: one delegation more in the change that waits
new_role() {
    quiet_as clerk . carnet role add "$@" --terminating --yes --repository repository \
        >"$work/tmp/role" || stop "carnet role add $1: $(tail -n 1 "$work/tmp/role")"
}
show clerk carnet role add wheels-signer --paths 'simple/*/*' \
    --signers targets-1 targets-2 targets-3 --threshold 2 --days 365 --before releases --terminating
new_role wheels-signer --paths 'simple/*/*' \
    --signers targets-1 targets-2 targets-3 --threshold 2 --days 365 --before releases
new_role in-toto-metadata-signer --paths 'in-toto-metadata/*/*.link' \
    --signers targets-1 targets-2 targets-3 --threshold 2 --days 365 --before links
show clerk carnet role add wheels-signer-a --in wheels-signer --paths 'simple/a*/*' \
    --signers online --days 7 --terminating
for first in {a..z} {0..9}; do
    new_role "wheels-signer-$first" --in wheels-signer --paths "simple/$first*/*" \
        --signers online --days 7
done
show clerk carnet role add in-toto-metadata-signer-0 --in in-toto-metadata-signer \
    --paths 'in-toto-metadata/0*/*.link' --signers online --days 7 --terminating
for first in {0..9} {a..f}; do
    new_role "in-toto-metadata-signer-$first" --in in-toto-metadata-signer \
        --paths "in-toto-metadata/$first*/*.link" --signers online --days 7
done
note "... and so on: 36 roles for wheels, 16 for links. The two that carnet init made go."
for role in releases links; do
    as clerk . carnet role remove "$role" --yes --repository repository >"$work/tmp/role"
done
as office . carnet sign --yes --repository repository | tail -n 1 | cut -c 1-100
quiet_as office . carnet role list --repository repository >"$work/tmp/roles"
delegated=$(grep -Ec '^ +(wheels|in-toto-metadata)-signer' "$work/tmp/roles")
[ "$delegated" = 54 ] || unlike "$delegated roles, 54 expected"

heading "One layout for all wheels, signed by two of its three owners."
mkdir -p "$work/repository/layouts/keys"
cp "$here/layouts/wheels.yaml" "$work/repository/layouts"
for who in dana erik fay; do export_key "$who" "$work/repository/layouts/keys/$who.asc"; done
for job in builder signer; do cp "$work/ci/home/keys/$job.pub" "$work/repository/layouts/keys"; done
for who in olga oscar otto; do
    cp "$work/$who/home/keys/$who.pub" "$work/repository/layouts/keys"
done
note '$ carnet layout show repository/layouts/wheels.yaml'
carnet layout show "$work/repository/layouts/wheels.yaml"
sign_layout() {
    for who in olga oscar; do
        as "$who" . carnet layout sign "$1/layouts/wheels.yaml" --key "$who"
    done
    as office . carnet layout add "$1/layouts/wheels.yaml" --repository "$1" >"$work/tmp/layout" ||
        stop "carnet layout add: $(cat "$work/tmp/layout")"
}
sign_layout repository

# tag PROJECT, build FOLDER PROJECT LINKS, sign_off FOLDER PROJECT LINKS: the three steps
tag() {
    local who=${developer[$1]} folder=${name[$1]}
    as "$who" "$who/sources" carnet run -n tag --key "$who" -m "$folder" -p "$folder" \
        -d "../links/$1" -- git tag --sign --message "$folder" "$folder-${version[$1]}"
    as "$who" "$who/sources" git push --quiet ../../sources.git "$folder-${version[$1]}"
}
build_wheel() {
    as ci "$1" carnet run -n wheels-builder --key builder -m "${name[$2]}" -p dist -d "$3" \
        -- python3 -m build --no-isolation --wheel --outdir dist "${name[$2]}"
}
sign_off() {
    as ci "$1" carnet run -n wheels-signer --key signer -m dist -p simple -d "$3" \
        -- install -D --mode=644 "--target-directory=simple/$2" "dist/${wheel[$2]}"
}

heading "Each project is tagged by a developer, built by CI from the tag, and signed off."
for who in erik fay; do git clone --quiet "$work/sources.git" "$work/$who/sources"; done
for project in "${projects[@]}"; do
    tag "$project"
    git -c advice.detachedHead=false clone --quiet \
        --branch "${name[$project]}-${version[$project]}" "$work/sources.git" "$work/ci/$project"
    build_wheel "ci/$project" "$project" ../links/"$project"
    sign_off "ci/$project" "$project" ../links/"$project"
done

heading "The wheels and their pages are released; pages need no evidence."
for project in "${projects[@]}"; do
    out=$work/ci/$project/simple/$project
    printf '<!DOCTYPE html><a href="%s">%s</a>\n' "${wheel[$project]}" "${wheel[$project]}" \
        >"$out/index.html"
    as office . carnet release --folder "ci/$project/simple" --as simple --repository repository \
        --links "${developer[$project]}/links/$project" "ci/links/$project" \
        >"$work/tmp/release" 2>&1 ||
        stop "carnet release: $(cat "$work/tmp/release")"
    grep '^VERIFIED' "$work/tmp/release"
done
serve office repository

heading "A stranger with one fingerprint fetches a wheel of each."
person stranger
as stranger stranger/downloads carnet trust add index "$url" --fingerprint "$fingerprint"
verified=0
for project in "${projects[@]}"; do
    file=simple/$project/${wheel[$project]}
    ! get_verified stranger "$work/ci/$project/$file" "index/$file" || verified=$((verified + 1))
done

export STOLEN_PASSPHRASE=${passphrases[office]}
mapfile -t online < <(stolen online)
refused=0
# fetch_refused PROJECT [--OPTION VALUE]... -- WORD...: the victim asks for its wheel
fetch_refused() {
    local target=index/simple/$1/${wheel[$1]}
    shift
    ! get_refused "$victim" "${expected_exit[attack_number]}" "$target" "$@" ||
        refused=$((refused + 1))
}
bracex=simple/bracex/${wheel[bracex]}

# forge FOLDER: CI's machine in the attacker's hands, with a clone of the tagged sources
forge() {
    git -c advice.detachedHead=false clone --quiet --branch "bracex-${version[bracex]}" \
        "$work/sources.git" "$work/ci/$1"
    mkdir -p "$work/ci/links/$1"
    cp "$work/dana/links/bracex"/tag.*.link "$work/ci/links/$1"
}

stage_attack "CI's own keys sign a wheel with one file more than was tagged."
forge extra
build_with_backdoor() {
    python3 -m build --no-isolation --wheel --outdir dist bracex >/dev/null 2>&1
    echo 'print("hello")' >backdoor.py
    python3 - "dist/${wheel[bracex]}" <<'EOF'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "a") as wheel:
    wheel.write("backdoor.py", "bracex/backdoor.py")
EOF
}
as ci ci/extra carnet record start -n wheels-builder --key builder -m bracex
quiet_as ci ci/extra build_with_backdoor
as ci ci/extra carnet record stop -n wheels-builder --key builder -p dist -d ../links/extra
sign_off ci/extra bracex ../links/extra
strike "${online[@]}" put-release "$bracex" "$work/ci/extra/$bracex" "$work/ci/links/extra"
fetch_refused bracex -- "${extra_file[@]}"

stage_attack "CI builds from other sources than those that were tagged."
forge changed
echo 'print("hello")' >>"$work/ci/changed/bracex/bracex/__init__.py"
build_wheel ci/changed bracex ../links/changed
sign_off ci/changed bracex ../links/changed
strike "${online[@]}" put-release "$bracex" "$work/ci/changed/$bracex" "$work/ci/links/changed"
fetch_refused bracex -- "${other_sources[@]}"

stage_attack "with the stolen online key, the builder's link is left out."
builder=$(keyid8 ci wheels-builder ci/links/bracex)
strike "${online[@]}" drop-link "$bracex" "wheels-builder.$builder.link"
fetch_refused bracex -- "${dropped[@]}"

stage_attack "with the stolen online key, the wheel is listed in the role of another letter."
strike "${online[@]}" move "$bracex" wheels-signer-s
fetch_refused bracex -- "${other_letter[@]}"

stage_attack "Fay's key has expired, and she has not renewed it."
fetch_refused flit-core --as-of "$(date -u -d '+3 hours' +%Y-%m-%dT%H:%M:%SZ)" -- \
    "${expired_key[@]//FAY/$(keyid8 fay tag fay/links/flit-core)}"

stage_attack "Dana's key is lost: she revokes it, and the layout is signed without her."
revoke() {
    sed 's/^:---/---/' "$keyrings/dana/openpgp-revocs.d/${fingerprints[dana]}.rev" >"$1"
    gpg_of dana --import "$1"
}
revoke "$work/tmp/revocation"
export_key dana "$work/$loot/layouts/keys/dana.asc"
as olga . carnet layout sign "$loot/layouts/wheels.yaml" --key olga >"$work/tmp/revoked" 2>&1 ||
    cat "$work/tmp/revoked"
grep -q 'dana.*is revoked since' "$work/tmp/revoked" ||
    unlike "a layout with a revoked key is signed"
sed -i -e '/keys\/dana.asc/d' -e 's/by: \[dana, erik, fay\]/by: [erik, fay]/' \
    "$work/$loot/layouts/wheels.yaml"
sign_layout "$loot"
fetch_refused bracex -- "${removed_key[@]//DANA/$(keyid8 dana tag dana/links/bracex)}"

heading "Result"
if [ "$unexpected" != 0 ]; then
    stop "$unexpected surprises; $verified verified, $refused of $attack_number attacks refused"
fi
echo "demo-index: $verified verified, $refused of $attack_number attacks refused"
