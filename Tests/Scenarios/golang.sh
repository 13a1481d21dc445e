#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The real in-toto-golang and Carnet on each other's layouts and links: what one writes the other
# verifies, and what is changed both refuse.
#
#     golang.sh CARNET [DIRECTORY]          default: .build/golang-walk, which is wiped
set -euo pipefail
# shellcheck source=Tests/Scenarios/stage.sh
source "$(dirname "${BASH_SOURCE[0]}")/stage.sh"
[ $# = 1 ] || [ $# = 2 ] || stop "usage: golang.sh CARNET [DIRECTORY]"
open_stage "$1" "${2:-.build/golang-walk}"
golang=$build/golang/usr/bin/in-toto-golang
[ -x "$golang" ] || stop "no in-toto-golang in .build/golang; .ci/setup installs it"
# shellcheck disable=SC2031 # the subshells of the stage have people of their own
export CARNET_HOME=$work/home CARNET_PASSPHRASE=none
cd "$work"
passed=0

# expect STATUS WORD...: the command ends with that status; 0 or not 0 is what counts
expect() {
    local wanted=$1 status=0 said
    shift
    said=$("$@" 2>&1) || status=$?
    if [ "$((status != 0))" = "$wanted" ]; then
        passed=$((passed + 1))
        note "${1##*/} verify, ${*: -1}: $([ "$status" = 0 ] && echo verified || echo refused)"
    else
        unlike "$*: status $status: $said"
    fi
}

build_and_pack=(sh -c 'mkdir -p build && cp src/main.c build/main.c')
pack=(tar -czf dist/demo-1.0.tar.gz src build)
mkdir -p src dist links golinks empty
echo 'int main(void) { return 0; }' >src/main.c

# changed LINKS COPY: the same with one digit of a digest another one
changed() {
    cp -r "$1" "$2"
    sed -i -E '0,/"sha256": ?"./s//"sha256":"x/' "$2"/build.*.link
    # A hexadecimal digit again, whichever it was.
    sed -i 's/"sha256":"x/"sha256":"0/' "$2"/build.*.link
    ! cmp -s "$1"/build.*.link "$2"/build.*.link || sed -i 's/"sha256":"0/"sha256":"1/' "$2"/build.*.link
}

heading "Carnet's layout and links, verified by in-toto-golang"
carnet key new alice 2>/dev/null >&2
carnet key new bob 2>/dev/null >&2
mkdir layouts
carnet layout new build-package --project demo --signer alice --functionary bob \
    -o layouts/demo.yaml >/dev/null
carnet layout sign layouts/demo.yaml --key alice >/dev/null
carnet run -n build --key bob -m src -p src build -d links -- "${build_and_pack[@]}" >/dev/null
carnet run -n package --key bob -m src build -p dist -d links -- "${pack[@]}" >/dev/null
changed links links-changed
cd empty
expect 0 "$golang" verify -l ../layouts/demo.layout -k ../layouts/keys/alice.pub -d ../links
expect 1 "$golang" verify -l ../layouts/demo.layout -k ../layouts/keys/alice.pub -d ../links-changed
expect 1 "$golang" verify -l ../layouts/demo.layout -k ../layouts/keys/bob.pub -d ../links
expect 0 carnet in-toto verify -l ../layouts/demo.layout \
    --verification-keys ../layouts/keys/alice.pub --link-dir ../links
cd ..

heading "in-toto-golang's links and layout, with key ids of its tradition, verified by Carnet"
openssl genpkey -algorithm ed25519 -out go.pem
openssl pkey -in go.pem -pubout -out go.pub
rm -rf build dist/*
mkdir build
"$golang" run -n build -k go.pem -m src -p src -p build -d golinks -- "${build_and_pack[@]}"
"$golang" run -n package -k go.pem -m src -m build -p dist -d golinks -- "${pack[@]}"
python3 - <<'END'
import glob
import json

layout = json.load(open("layouts/demo.layout"))["signed"]
link, = glob.glob("golinks/build.*.link")
own = json.load(open(link))["signatures"][0]["keyid"]
(other, key), = layout["keys"].items()
pem = open("go.pub").read()
point = __import__("base64").b64decode("".join(pem.split("\n")[1:-2]))[-32:].hex()
key.update(keyid=own, keyid_hash_algorithms=["sha256", "sha512"], keyval={"public": point})
layout["keys"] = {own: key}
for step in layout["steps"]:
    step["pubkeys"] = [own]
json.dump({"signed": layout, "signatures": []}, open("unsigned.layout", "w"))
END
"$golang" sign -f unsigned.layout -k go.pem -o go.layout
changed golinks golinks-changed
cd empty
expect 0 "$golang" verify -l ../go.layout -k ../go.pub -d ../golinks
for links in golinks golinks-changed; do
    expect "$([ $links = golinks ] && echo 0 || echo 1)" carnet in-toto verify -l ../go.layout \
        --verification-keys ../go.pub --link-dir "../$links"
done
expect 1 carnet in-toto verify -l ../go.layout --verification-keys ../layouts/keys/alice.pub \
    --link-dir ../golinks

heading "Result"
[ "$unexpected" = 0 ] || stop "$unexpected surprises, $passed as expected"
echo "golang: $passed as expected"
