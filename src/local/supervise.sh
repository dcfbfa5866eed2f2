#!/bin/sh
# supervise.sh PIDFILE GRACE COMMAND [ARGUMENT]...
#
# Runs COMMAND until it ends, or until the other end of standard input is closed, as it is when the
# parent stops it and also when the parent is killed: then COMMAND gets SIGTERM, and SIGKILL after
# GRACE seconds. A shell, because one is kept for every server and it takes a megabyte, not forty.
pidfile=$1
grace=$2
shift 2

exec 3<&0
"$@" 3<&- </dev/null &
child=$!
echo "$child" >"$pidfile.$$" && mv "$pidfile.$$" "$pidfile"

# Holds no output of ours, so that the parent sees the end of output when COMMAND has ended.
(
  while read -r _; do :; done <&3
  kill -TERM "$child"
  waited=0
  while kill -0 "$child" && [ "$waited" -lt "$grace" ]; do
    sleep 1
    waited=$((waited + 1))
  done
  kill -KILL "$child"
) >/dev/null 2>&1 &
watcher=$!
exec 3<&- 2>/dev/null

wait "$child"
code=$?
kill "$watcher"
# A new start may have put its own there in the meantime.
[ "$(cat "$pidfile")" = "$child" ] && rm -f "$pidfile"
exit "$code"
