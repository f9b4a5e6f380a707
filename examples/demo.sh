#!/bin/sh
# The main job on a fresh SQLite file: create the organization, plan, apply, and plan again.
# usage: RECONCILER=path/to/reconciler sh examples/demo.sh [PATH]
set -eu

path=${1:-examples/org.yaml}
reconciler=${RECONCILER:-reconciler}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM

RECONCILER_STORE="sqlite:///$folder/acme.db"
RECONCILER_ACTOR=ada@acme.example
export RECONCILER_STORE RECONCILER_ACTOR

run() {
    printf '\n$ reconciler %s\n' "$*"
    "$reconciler" "$@"
}

run live init acme --admin "$RECONCILER_ACTOR" --tier enterprise --project-level-permissions
run plan "$path"
run apply "$path" --auto-approve
if run plan "$path" --detailed-exitcode; then
    printf '\nThe second plan is empty: the organization is as declared.\n'
else
    code=$?
    printf '\nThe second plan should have been empty (exit code %s).\n' "$code" >&2
    exit 1
fi
