#!/bin/bash
# usage: submit.sh PROJECT RECORDS TASKS REPORT [HPLINT LINK OPTIONS...]
#
# Submits an array of TASKS jobs over the units of PROJECT/compile_commands.json, which leave their
# records in the folder RECORDS, and a job after them that links the records and writes REPORT.
# Prints the number of that last job. PROJECT and RECORDS lie on a file system that all nodes see at
# the same place, and so do this folder and hplint ($HPLINT and $HPLINT_UNIT, or the PATH).
set -euo pipefail
[ $# -ge 4 ] || { sed -n '2,3p' "$0" >&2; exit 2; }
HERE=$(cd "$(dirname "$0")" && pwd)
PROJECT=$(cd "$1" && pwd)
RECORDS=$(mkdir -p "$2" && cd "$2" && pwd)
tasks=$3
REPORT=$(realpath "$4")
HPLINT_OPTIONS="${*:5}"
export HERE PROJECT RECORDS HPLINT_OPTIONS
rm -f "$RECORDS"/*.hpu
units=$(sbatch --parsable --array="0-$((tasks - 1))" --output="$RECORDS/units-%a.log" "$HERE/units.sbatch")
sbatch --parsable --dependency="afterok:$units" --kill-on-invalid-dep=yes \
  --output="$REPORT" --error="$RECORDS/link.log" "$HERE/link.sbatch"
