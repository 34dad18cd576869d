#!/bin/sh
# Creates each missing namespace of NAMESPACES, registers our search attributes, and creates the Nexus endpoint. A second run does nothing.
# TEMPORAL_ADDRESS is the server. RETENTION is the time for which Temporal keeps ended jobs.
set -eu

wait_for() { # what, command...
  what=$1
  shift
  tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -ge 60 ]; then
      echo "gave up waiting for $what; the last try:" >&2
      "$@" >&2
      exit 1
    fi
    sleep 2
  done
  echo "$what: ready"
}

wait_for 'the cluster' temporal operator cluster health

for namespace in ${NAMESPACES:-default}; do
  temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$namespace" --retention "${RETENTION:-72h}"
  # All parts of the server know a new namespace only after some seconds.
  wait_for "namespace $namespace" temporal operator search-attribute create --namespace "$namespace" \
    --name JobProvider --type Keyword \
    --name JobAccount --type Keyword \
    --name JobExternalId --type Keyword \
    --name JobState --type Keyword \
    --name JobHealth --type Keyword \
    --name JobLabels --type KeywordList \
    --name JobProgress --type Int
  wait_for "search attributes of $namespace" temporal workflow count --namespace "$namespace" --query 'JobProgress IS NULL'
done

# For workflows in other namespaces. Workers serve it if JOBTRACK_NEXUS is on.
set -- ${NAMESPACES:-default}
temporal operator nexus endpoint get --name job-tracker >/dev/null 2>&1 ||
  temporal operator nexus endpoint create --name job-tracker --target-namespace "$1" \
    --target-task-queue "${TASK_QUEUE:-job-tracker}"
