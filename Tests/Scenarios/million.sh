#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A repository of very many files in the reference cluster: published from a folder, published again
# after one release, then raced for by many publishers while clients read and a volume server is
# killed, then mirrored, and mirrored again after one release. Each step tells what it cost.
#
#     million.sh CARNET [DIRECTORY] [FILES] [BINS]
#     default: .build/million, 1000000 files (a multiple of 1000), 16384 bins
#
# A million files want an hour or two, 12 GB and 3 million inodes below DIRECTORY. A step that was
# done is not done again: the folders files, repository and cluster stay, and so does `report`. To
# begin anew remove DIRECTORY.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
scenarios=$root/Tests/Scenarios
python=$root/.build/venv/bin/python3

stop() {
    echo "million: $*" >&2
    exit 2
}

case ${1:-} in '' | -*) sed -n 's/^#     //p' "$0" >&2 && exit 2 ;; esac
carnet=$(readlink -f "$1")
directory=${2:-$root/.build/million}
files=${3:-1000000}
bins=${4:-16384}
publishers=8
releases=10
[ -x "$carnet" ] || stop "$1: no program"
[ -x "$python" ] || stop "$python: not found, run .ci/setup test"
[[ $files =~ ^[1-9][0-9]*000$ ]] || stop "$files: a multiple of 1000 expected"
mkdir -p "$directory"
cd "$directory"
directory=$PWD
export CARNET_HOME=$directory/home NO_COLOR=1
place=s3://carnet/demo

# done_once STEP: whether it was done by an earlier run
done_once() { [ -e "$directory/done-$1" ]; }
finished() { touch "$directory/done-$1"; }

report() { echo "$*" | tee -a "$directory/report" >&2; }

# metric NAME LABELS: the sum over the first gateway's counters of that name with all the labels in a pattern
metric() {
    curl -s --noproxy '*' "$CARNET_CLUSTER_METRICS" |
        awk -v name="$1{" -v wanted="$2" 'index($1, name) == 1 && $0 ~ wanted { sum += $NF }
            END { printf "%d\n", sum }'
}

counters() {
    echo "$(metric SeaweedFS_s3_request_total 'type="GET') \
$(metric SeaweedFS_s3_request_total 'type="HEAD') \
$(metric SeaweedFS_s3_request_total 'type="PUT') \
$(metric SeaweedFS_s3_request_total '') \
$(metric SeaweedFS_s3_bucket_traffic_received_bytes_total '') \
$(metric SeaweedFS_s3_bucket_traffic_sent_bytes_total '')"
}

# measured WHAT WORDS…: runs a command and reports its cost, and what it asked of the gateway.
measured() {
    local what=$1 status=0 before after
    shift
    before=$([ -z "${CARNET_CLUSTER_METRICS:-}" ] || counters)
    "$python" - "$@" 3>cost <<'END' || status=$?
import os, resource, subprocess, sys, time
begun = time.monotonic()
status = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cost = (f"{time.monotonic() - begun:.1f} s, CPU {used.ru_utime:.2f} + {used.ru_stime:.2f} s, "
        f"peak {used.ru_maxrss // 1024} MB")
os.write(3, cost.encode())
sys.exit(status if status >= 0 else 128 - status)
END
    report "$what: $(cat cost)"
    if [ -n "$before" ]; then
        after=$(counters)
        awk -v b="$before" -v a="$after" 'BEGIN {
            split(b, x); split(a, y)
            printf "    requests: %d GET, %d HEAD, %d PUT, %d in all; %d bytes up, %d down\n",
                y[1] - x[1], y[2] - x[2], y[3] - x[3], y[4] - x[4], y[5] - x[5], y[6] - x[6] }' |
            tee -a report >&2
    fi
    [ $status = 0 ] || stop "$what: exit status $status"
}

report "$(date -u +%Y-%m-%d), $files files, $bins bins, $("$carnet" --version)"

# --- a folder

if ! done_once files; then
    "$python" - files "$files" <<'END'
import os, sys
for folder in range(int(sys.argv[2]) // 1000):
    path = f"{sys.argv[1]}/{folder:04}"
    os.makedirs(path, exist_ok=True)
    for number in range(1000):
        with open(f"{path}/f{number:03}.txt", "w") as file:
            file.write(f"file {folder} {number}\n")
END
    finished files
fi

if ! done_once release; then
    rm -rf repository home
    mkdir -p home/keys
    # Keys without a passphrase: deriving one takes most of a release's time.
    for key in root targets layouts online; do
        openssl genpkey -algorithm ed25519 -out home/keys/$key.pem
        chmod 600 home/keys/$key.pem
        openssl pkey -in home/keys/$key.pem -pubout -out home/keys/$key.pub
    done
    "$carnet" init repository --name demo --files 'demo/*/*' --unattested 'demo/*/*' --root root \
        --targets targets --layouts layouts --online online --yes >init.log
    measured "release into a folder" "$carnet" release --folder files --as demo --link \
        --bins "$bins" --repository repository
    finished release
fi

# --- the cluster

cluster() {
    "$scenarios/cluster.sh" --background "$directory/cluster" >/dev/null
    # shellcheck source=/dev/null
    source "$directory/cluster/environment"
    export CARNET_CLUSTER_METRICS
}
# shellcheck disable=SC2317 # called by the trap
close_cluster() { "$scenarios/cluster.sh" --stop "$directory/cluster"; }
cluster
trap close_cluster EXIT

# one_release NAME: another file in the folder's repository
one_release() {
    echo "what $1 is" >one.txt
    "$carnet" release one.txt --as "demo/later/$1" --repository "$2" >>release.log 2>&1
}

if ! done_once publish; then
    measured "publish the whole" "$carnet" publish $place --repository repository
    finished publish
fi
if ! done_once publish-one; then
    one_release first.txt repository
    measured "publish after one release" "$carnet" publish $place --repository repository
    measured "publish, nothing new" "$carnet" publish $place --repository repository
    finished publish-one
fi

# --- the race

web=$AWS_ENDPOINT_URL_S3/carnet/demo
first=$directory/repository/metadata/1.root.json

race() {
    local line status
    rm -rf race && mkdir race
    (
        cd race
        "$python" "$scenarios/store_publishers.py" "$carnet" $place "$web" "$first" \
            "$directory/home" $publishers $releases \
            "demo/0000/f000.txt=$directory/files/0000/f000.txt" 2>&1
        echo "exit status $?"
    ) | while read -r line; do
        case $line in
        "acknowledged 15") kill -KILL "$(cat cluster/volume1.pid)" && report "    a volume server killed" ;;
        "acknowledged 40") cluster && report "    and started again" ;;
        "acknowledged "*) ;;
        *) report "    $line" ;;
        esac
    done
    status=$(sed -n 's/^ *exit status //p' report | tail -n 1)
    [ "$status" = 0 ] || stop "the race failed, report says more"
}

if ! done_once race; then
    report "race of $publishers publishers in the bucket:"
    race
    finished race
fi

# --- a mirror

# All roles and a few files first: that takes a minute, all files an hour.
sync=("$carnet" mirror sync "$place")
if ! done_once partial; then
    measured "mirror of all roles" "${sync[@]}" partial --root "$first" --path 'demo/later/*'
    one_release "second.txt" $place
    measured "the same after one release" "${sync[@]}" partial --root "$first" --path 'demo/later/*'
    finished partial
fi
if ! done_once mirror; then
    # One that was interrupted goes on with what it has.
    measured "mirror of the whole" "${sync[@]}" mirror --root "$first"
    finished mirror
fi
one_release "last-$$.txt" $place
measured "mirror after one release" "${sync[@]}" mirror --root "$first"
measured "mirror, nothing new" "${sync[@]}" mirror --root "$first"
report "size of the cluster's data: $(du -sm cluster | cut -f 1) MB; of the mirror: $(du -sm mirror | cut -f 1) MB"
