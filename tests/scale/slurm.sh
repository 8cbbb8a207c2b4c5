#!/usr/bin/env bash
# A Slurm cluster of one node on this machine, for as long as this script runs: the example of
# examples/slurm analyses a project as a job array, and its report is compared with the plain run's.
#
# usage: slurm.sh [PROJECT FOLDER [TASKS]]
#
# Needs slurmctld, slurmd, slurm-client and munge, and root (slurmd starts jobs for users). The
# daemons are processes of this script, in the foreground, with their files in a folder of its own; no
# service is touched, and nothing of the machine's own Slurm or munge is used.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
project=$(cd "${1:-$root/corpus/zlib}" && pwd)
tasks=${2:-4}
export HPLINT=${HPLINT_BUILD:-$root/build}/bin/hplint HPLINT_UNIT=${HPLINT_BUILD:-$root/build}/bin/hplint-unit

work=$(mktemp -d /tmp/hplint-slurm.XXXXXX)
pids=()
end() {
  local i
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill "${pids[i]}" 2>/dev/null && wait "${pids[i]}" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap end EXIT

fail() {
  echo "slurm: $*" >&2
  tail -n 20 "$work"/*.log >&2 || true
  exit 1
}

# Waits up to a minute for a command to succeed.
await() { # WHAT COMMAND...
  local what=$1 i
  shift
  for ((i = 0; i < 600; i++)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  fail "$what: not within a minute"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_cluster() {
  chmod 755 "$work"
  mkdir -p "$work"/{munge,state,spool}
  (umask 077 && head -c 1024 /dev/urandom >"$work/munge/key")
  munged --foreground --force --key-file="$work/munge/key" --socket="$work/munge/socket" \
    --pid-file="$work/munge/pid" --log-file="$work/munge.log" --seed-file="$work/munge/seed" \
    >"$work/munge-out.log" 2>&1 &
  pids+=($!)
  await munge munge -n -S "$work/munge/socket"
  local host
  host=$(hostname -s)
  cat >"$work/slurm.conf" <<CONF
ClusterName=hplint
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1
MailProg=/bin/true
MpiDefault=none
ReturnToService=2
NodeName=node NodeHostname=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
  export SLURM_CONF=$work/slurm.conf
  slurmctld -D -c >"$work/slurmctld.log" 2>&1 &
  pids+=($!)
  slurmd -D -N node >"$work/slurmd.log" 2>&1 &
  pids+=($!)
  await "the node" sh -c 'sinfo -h -o %T | grep -qx idle'
}

start_cluster
sinfo
job=$("$root/examples/slurm/submit.sh" "$project" "$work/records" "$tasks" "$work/linked.json" --no-store --format json)
squeue
for ((i = 0; i < 6000; i++)); do
  state=$(squeue -h -j "$job" -o %T 2>/dev/null || true)
  [ -n "$state" ] && [ "$state" != COMPLETED ] || break
  sleep 0.1
done
cat "$work"/records/units-*.log
[ "$(ls "$work"/records/units-*.log | wc -l)" = "$tasks" ] || fail "not every task ran"
[ -s "$work/linked.json" ] || { cat "$work"/records/*.log >&2; fail "the link wrote nothing"; }
(cd "$project" && "$HPLINT" --exit-zero --no-store --format json) >"$work/plain.json"
python3 - "$work/plain.json" "$work/linked.json" <<'PY' || fail "the reports differ"
import json, re, sys
plain, linked = (open(path).read() for path in sys.argv[1:])
# Which units this very run parsed is all that may differ.
parsed = re.compile(r'"parsed": \[[^]]*\]')
report = json.loads(linked)
print(f"slurm: {report['run']['units']['total']} units, {report['summary']['findings']} findings: " +
      ("the report of the plain run, byte for byte" if parsed.sub("", plain) == parsed.sub("", linked) else "DIFFERENT"))
sys.exit(parsed.sub("", plain) != parsed.sub("", linked) or not report["run"]["units"]["total"])
PY
