# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# What the broker of sudo does for a step (sudo: all): root inside as any other, for a well-formed request and no other. Sourced
# by tests/escape/suite, after the rows of the users, whose image it is.

sudo_user() { timeout 60 "$COFFERDAM" run --quiet --identity subuid --root "$T/users" --as bob --sudo all "${options[@]}" -- "/probes/$1" "${@:2}"; }
by_sudo() {
	timeout 60 "$COFFERDAM" run --quiet --identity subuid --root "$T/users" --as bob --sudo all "${options[@]}" -- \
		/usr/bin/sudo "/probes/$1" "${@:2}"
}
# The Worker's kind of program has the host's libraries.
worker_by_sudo() { run --root overlay --identity subuid --sudo all -- sudo "$PROBES/$1" "${@:2}"; }

# Whether a variable of the step's comes through, with that option of sudo's.
comes_through() {
	timeout 60 "$COFFERDAM" run --quiet --identity subuid --root "$T/users" --as bob --sudo all --env "$2=/hostile" -- \
		/usr/bin/sudo "$1" /probes/busybox env | grep -x "$2=/hostile"
}
preserved() { comes_through -E "$1"; }
named() { comes_through "--preserve-env=$1" "$1"; }
reset_environment() { comes_through -n "$1"; }

# What the broker starts counts to the job.
forks() {
	local said
	said=$(by_sudo busybox sh -c 'i=0; while [ $i -lt 80 ]; do /probes/busybox sleep 20 & i=$((i + 1)); done; echo all have started' 2>&1)
	case $? in
	0) echo "$said" ;;
	*) echo "$said" && return 1 ;;
	esac
}

sudo_rows() {
	local way set name

	install -m 0111 "$PROBES/victim" "$T/victims/spare"
	give_to_spare "$T/victims/spare"
	install -m 0111 "$PROBES/victim" "$T/victims/callers"
	install -m 755 "$(command -v busybox)" "$T/users/probes/busybox"
	for set in CapPrm CapEff CapBnd; do
		attack "36 by sudo, capabilities: $set" by_sudo / weak_full: creds beyond "$set" 0xfb
	done
	attack "36 by sudo, no_new_privs" by_sudo / outside: creds new-privs
	for way in umount remount move bind-over; do
		attack "20 by sudo, mounts: $way" by_sudo / weak: mounts take-apart "$way"
	done
	attack "19 by sudo, write /proc/sys/kernel/shmmax" by_sudo / weak: files write /proc/sys/kernel/shmmax
	for way in mem environ maps exe root fd ptrace process_vm_readv pidfd_getfd; do
		attack "38 by sudo, PID 1: $way" by_sudo / weak: dump of "$way" 1
		arguments=(of "$way" 1)
		attack "38 by sudo, the broker: $way" by_sudo / weak: dump of "$way" 3
		with=(--ro "$T/victims") without=(--ro "$T/victims") arguments=("$way" "$T/victims/callers")
		attack "5 by sudo, the Worker's kind of program: $way" worker_by_sudo / subuid_unfiltered: dump "$way" "$T/victims/spare"
	done
	attack "2 by sudo, names of the host's processes" by_sudo / outside: walk proc comm "$backwards"
	attack "2 by sudo, the caller's secret" by_sudo / outside: walk proc environ "$(reversed "$secret")"
	attack "10 by sudo, a file of the host" by_sudo / outside: files read "$T/kept/file"
	with=(--ro "$T/kept")
	attack "10 by sudo, a read-only file of the caller's" by_sudo / outside: files write "$T/kept/file"

	for name in 1 3 5 16; do
		arguments=(descriptors 4)
		attack "36 broker, $name descriptors" sudo_user / sudo_user: broker descriptors "$name"
	done
	for name in 0 1 3 131072 4294967295; do
		arguments=(arguments 2)
		attack "36 broker, arguments: $name of 2" sudo_user / sudo_user: broker arguments "$name"
	done
	for name in 6291456 4294967295; do
		arguments=(size 0)
		attack "36 broker, size: $name more" sudo_user / sudo_user: broker size "$name"
	done
	arguments=(flags 0)
	attack "36 broker, a flag that there is not" sudo_user / sudo_user: broker flags 1024
	for name in BASH_ENV ENV LD_PRELOAD LD_LIBRARY_PATH PYTHONPATH PERL5OPT RUBYOPT; do
		attack "2 sudo -E, $name" preserved / named: "$name"
	done
	attack "2 sudo, a variable of the step's" reset_environment / preserved: HOSTILE
	if options=(--pids 40) && by_sudo busybox true 2>/dev/null; then
		with=(--pids 40)
		attack "1 by sudo, more processes than the job may have" forks / forks:
	else
		skip "1 by sudo, more processes than the job may have" "no delegated cgroup with the pids controller"
	fi
	options=()
}

if [ -e "$T/users/probes/busybox-setuid" ]; then
	sudo_rows
else
	skip "sudo's broker" "busybox or subordinate ids are missing"
fi
