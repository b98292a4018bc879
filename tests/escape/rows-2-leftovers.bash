# shellcheck shell=bash disable=SC2154,SC2034
# What one sandbox leaves for the next, and what it sees of one beside it. Sourced by tests/escape/suite.

mkdir "$T/work"
# place KIND inside|outside: kinds that are directories lie elsewhere without a sandbox.
place() {
	case $1,$2 in
	HOME,inside) echo /home/job ;;
	HOME,outside) echo "$T/home" ;;
	workspace,inside) echo /workspace ;;
	workspace,outside) echo "$T/work" ;;
	/run,outside) echo "$T/work" ;;
	*) echo "$1" ;;
	esac
}
mark=cdmark$unique
next_inside() {
	local where
	where=$(place "$1" inside)
	default persist put "$where" "$mark" || return 3
	default persist get "$where" "$mark"
}
next_outside() {
	local where result
	where=$(place "$1" outside)
	"$PROBES/persist" put "$where" "$mark" || return 3
	"$PROBES/persist" get "$where" "$mark"
	result=$?
	"$PROBES/persist" drop "$where" "$mark" >/dev/null
	return $result
}
kinds=(shm shm-table sem msg mq /tmp /var/tmp /dev/shm /run HOME workspace)
for kind in "${kinds[@]}"; do
	attack "12 left for the next run: $kind" next_inside / next_outside: "$kind"
done

# 14: one that is still running. Its shell waits for the end of its standard input.
mkdir "$T/beside"
mkfifo "$T/beside.stdin"
# shellcheck disable=SC2016
"$COFFERDAM" run --ro "$PROBES" --rw "$T/beside" -- sh -c 'persist=$1 mark=$2 ready=$3; shift 3
	for kind; do "$persist" put "$kind" "$mark" || exit 1; done; touch "$ready"; read -r line' \
	- "$PROBES/persist" "$mark" "$T/beside/ready" shm sem msg mq /tmp /dev/shm <"$T/beside.stdin" >/dev/null &
beside=$!
started+=("$beside")
exec 9>"$T/beside.stdin"
until_true 10 test -e "$T/beside/ready" || echo "escape: the sandbox beside does not start" >&2
same_sandbox() {
	# shellcheck disable=SC2016
	run -- sh -c '"$0" put "$2" "$3" >/dev/null && "$0" "$1" "$2" "$3"' "$PROBES/persist" "${@:2}"
}
for kind in shm shm-table sem msg mq /tmp /dev/shm; do
	kill -0 "$beside" 2>/dev/null || echo "escape: the sandbox beside is gone" >&2
	attack "14 of a sandbox beside: $kind" default job / same_sandbox: persist get "$kind" "$mark"
done
exec 9>&-
wait "$beside"

# 12, 45: the host's own.
for kind in shm shm-table sem msg mq; do
	"$PROBES/persist" put "$kind" "$mark$kind" >/dev/null
	attack "45 the host's $kind" default job / outside: persist get "$kind" "$mark$kind"
	"$PROBES/persist" drop "$kind" "$mark$kind" >/dev/null
done

# 45: sockets. Each without its one protection: the network namespace, the mount table. The canary writes down who came, a
# moment later.
visited() {
	! chosen "$1" || until_true 5 test -e "$T/canary/touched" || echo "escape: the canary saw nobody" >&2
}
attack "45 abstract socket of the host" default strict / outside: reach abstract "$canary_name"
visited "45 abstract socket of the host"
without=(--network host)
attack "45 port of the host's 127.0.0.1" default strict / default: reach tcp "$port"
visited "45 port of the host's 127.0.0.1"
without=(--ro "$T/canary")
attack "45 path socket of a directory not bound" default strict job / default: reach path "$T/canary/socket"
visited "45 path socket of a directory not bound"
without=(--network host)
attack "45 list of the host's sockets" default strict / default: reach list "$canary_name"
rm -f "$T/canary/touched"
