#!/usr/bin/env bats
# Who a job is: a single id, subordinate ids, --user.

load helpers

setup() {
	W=$BATS_TEST_TMPDIR/w
	mkdir "$W"
	cd "$W"
	echo '{"extends": "default", "identity": "subuid"}' >subuid.json
}

teardown() {
	# What a job with subordinate ids has made is only its root's to remove.
	as_root rm -rf "$W" 2>/dev/null || true
}

# as_root COMMAND…: as the root of a map of the same ids, which is what `cofferdam run --identity subuid` uses too.
as_root() {
	unshare --map-root-user --map-auto "$@"
}

needs_ranges() {
	as_root true 2>/dev/null || skip "no subordinate ids for $(id -un): make deps gives them"
}

subuid() {
	"$COFFERDAM" run --identity subuid "$@"
}

owner() {
	stat -c %u "$1"
}

@test "single: the caller's ids, no capability, no setgroups" {
	run "$COFFERDAM" run -- sh -c 'id -u; id -g; cat /proc/self/uid_map /proc/self/setgroups; grep Cap /proc/self/status'
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[0]}" = "$(id -u)" ]
	[ "${lines[1]}" = "$(id -g)" ]
	[[ ${lines[2]} =~ ^\ *$(id -u)\ +$(id -u)\ +1$ ]]
	[ "${lines[3]}" = deny ]
	[ "$(grep -c '0000000000000000$' <<<"$output")" = 5 ]
}

@test "subuid: a root inside that is the caller outside, and 65535 ids more" {
	needs_ranges
	mkdir ws
	run subuid --workspace "$W/ws" -- sh -c 'id -u; id -g; id -G; wc -l </proc/self/uid_map; cat /proc/self/setgroups
		echo root >mine && echo other >theirs && chown 33:44 theirs && mkdir -m 700 deep && : >deep/x && chown 65535:65535 deep
		stat -c "%u %g" mine theirs deep'
	echo "$output"
	[ "$status" = 0 ]
	[ "$(tr '\n' ' ' <<<"$output")" = "0 0 0 2 allow 0 0 33 44 65535 65535 " ]
	[ "$(owner ws/mine)" = "$(id -u)" ]
	[ "$(stat -c %g ws/mine)" = "$(id -g)" ]
	[ "$(owner ws/theirs)" -ge 100000 ]
	[ "$(cat ws/mine)" = root ]
	run rm -rf ws
	[ "$status" != 0 ]
}

@test "subuid: the capabilities are those of the plan, whatever is executed" {
	needs_ranges
	planned=$(subuid --dry-run -- true | jq -r '.identity.capabilities[]' | sort)
	[ "$(wc -l <<<"$planned")" = 7 ]
	run subuid -- sh -c 'for set in Prm Eff Bnd; do capsh --decode=$(sed -n "s/^Cap$set:.//p" /proc/self/status); done
		grep -c "^Cap\(Inh\|Amb\):.0000000000000000" /proc/self/status; grep NoNewPrivs /proc/self/status'
	echo "$output"
	[ "$status" = 0 ]
	for i in 0 1 2; do
		[ "$(cut -d= -f2 <<<"${lines[i]}" | tr , '\n' | tr '[:lower:]' '[:upper:]' | sort)" = "$planned" ]
	done
	[ "${lines[3]}" = 2 ]
	[[ ${lines[4]} == *1 ]]
	run subuid --report report.json -- true
	[[ $(jq -r .protections.capabilities.detail report.json) == *CAP_CHOWN*CAP_SETUID* ]]
	[[ $(jq -r .protections.user_namespace.detail report.json) == *subordinate* ]]
}

@test "subuid: root becomes another user and back is no way" {
	needs_ranges
	run subuid -- setpriv --reuid 33 --regid 33 --clear-groups sh -c \
		'id -u; grep CapEff /proc/self/status; setpriv --reuid 0 true 2>/dev/null || echo stays; chown 1 /workspace 2>/dev/null || echo no'
	echo "$output"
	[ "$(tr '\n' ' ' <<<"$output")" = "33 CapEff:	0000000000000000 stays no " ]
}

@test "subuid: what root cannot do" {
	needs_ranges
	mkdir ws
	for command in "mknod ws-node c 1 3" "mount -t tmpfs none /tmp" "umount /proc/kcore" "chroot / true" "unshare --user true" \
		"chown 0 /etc/passwd" "chmod 600 /etc/passwd" "sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'" "hostname x" \
		"setpriv --reuid 65536 true" "sh -c 'echo 0 0 1 >/proc/self/uid_map'" "head -c1 /proc/1/mem" "readlink /proc/1/exe"; do
		run subuid --workspace "$W/ws" -- sh -c "! $command"
		echo "$command: $status: $output"
		[ "$status" = 0 ]
	done
	# Without the sandbox the root of such a map does some of them.
	as_root unshare --mount --net --uts --pid --fork --mount-proc sh -c 'mount -t tmpfs none /mnt && umount /mnt &&
		chroot / true && hostname x && unshare --user true && echo 1 >/proc/sys/net/ipv4/ip_forward'
}

@test "subuid: PID 1 cannot be looked into, not even while it begins, and without Landlock" {
	needs_ranges
	# A race, which was won once in four times.
	for _ in {1..30}; do
		run -1 subuid --no-landlock --ro "$BUILD/tests/escape" -- "$BUILD/tests/escape/early"
		echo "$output"
		[[ $output == *EACCES* ]]
	done
}

# Each call on a file of one's own, with an id that no map of a sandbox has: the names of the errnos, in one line.
unmapped_calls='import errno, os
open("f", "w").close()
f = os.open("f", os.O_RDONLY)
d = os.open(".", os.O_RDONLY)
def say(call, *args, **named):
    try:
        call(*args, **named)
        print("ok", end=" ")
    except OSError as e:
        print(errno.errorcode[e.errno], end=" ")
for id in 70000, 4000000000:
    say(os.chown, "f", id, -1), say(os.chown, "f", -1, id), say(os.lchown, "f", id, id), say(os.fchown, f, id, -1)
    say(os.chown, "f", -1, id, dir_fd=d), say(os.setuid, id), say(os.setgid, id), say(os.setresuid, -1, id, -1)
    say(os.setresgid, -1, -1, id), say(os.setreuid, id, -1), say(os.setregid, -1, id)
say(os.chown, "f", os.getuid(), os.getgid()), say(os.chown, "f", -1, -1), say(os.setresuid, -1, -1, -1)'

@test "an id that is not mapped: EPERM as on a host, EINVAL in a user namespace without the filter" {
	for policy in job docker-outer; do
		run -0 "$COFFERDAM" run --seccomp "$policy" -- python3 -c "$unmapped_calls"
		echo "$policy: $output"
		[ "$output" = "$(printf 'EPERM %.0s' {1..22})ok ok ok " ]
	done
	run -0 "$COFFERDAM" run --no-explain -- python3 -c "$unmapped_calls"
	[ "$output" = "$(printf 'EPERM %.0s' {1..22})ok ok ok " ]
	# A policy's own answer stays: where it denies chown(2) altogether.
	echo '{"extends": "job", "rules": [{"deny": ["fchown"], "errno": "EROFS"}]}' >no-fchown.json
	run -0 "$COFFERDAM" run --quiet --seccomp ./no-fchown.json -- python3 -c "$unmapped_calls"
	echo "$output"
	[ "$output" = "$(for id in 1 2; do printf 'EPERM %.0s' {1..3}; printf 'EROFS '; printf 'EPERM %.0s' {1..7}; done)ok ok ok " ]
	run -0 unshare --map-current-user -- python3 -c "$unmapped_calls"
	[ "$output" = "$(printf 'EINVAL %.0s' {1..22})ok ok ok " ]
}

@test "subuid: an id beyond the map is EPERM, every other one can be given" {
	needs_ranges
	run -0 subuid -- python3 -c "$unmapped_calls"
	echo "$output"
	[ "$output" = "$(printf 'EPERM %.0s' {1..22})ok ok ok " ]
	run -0 subuid -- sh -c ': >f; chown 65535:1 f; chown 0:0 f; chown 65536 f 2>/dev/null || echo no'
	[ "$output" = no ]
}

@test "fakeroot works in a single id, and does not in a user namespace without the filter" {
	packed='touch a && chown 0:0 a && touch b && chown 33:44 b && tar cf t a b && tar tvf t --numeric-owner | cut -d" " -f2'
	run -0 "$COFFERDAM" run -- fakeroot sh -c "$packed"
	echo "$output"
	[ "$output" = $'0/0\n33/44' ]
	run -1 unshare --map-current-user -- fakeroot sh -c "$packed"
	[[ $output == *"Invalid argument"* ]]
}

@test "subuid: the plan is resolved for its capabilities, and the report tells when a limit would count per id" {
	needs_ranges
	run subuid --pids 50 --allow-degraded pids --report report.json -- true
	[ "$status" = 0 ]
	state=$(jq -r .protections.pids.state report.json)
	[ "$state" = active ] || [ "$state" = unavailable ]
	run "$COFFERDAM" run --identity single --dry-run -- true
	[ "$(jq -c .identity.capabilities <<<"$output")" = '[]' ]
	[ "$(jq -c '.identity.uid_map[].count' <<<"$output")" = 1 ]
}

# with_files SUBUID SUBGID COMMAND…: with these two files in place of the system's, in a mount namespace of its own.
with_files() {
	printf %s "$1" >etc-subuid
	printf %s "$2" >etc-subgid
	shift 2
	as_root --mount sh -c 'mount --bind etc-subuid /etc/subuid && mount --bind etc-subgid /etc/subgid && exec "$@"' - "$@"
}

row() {
	jq -r --arg name "$1" '.checks[] | select(.name == $name) | .state + ": " + .found + ": " + .remedy' <<<"$output"
}

@test "doctor gives the very line that /etc/subuid lacks, with a range that nobody has" {
	needs_ranges
	# The root of the map, since who looks must be able to mount; the sandbox itself cannot start there.
	run -1 with_files "" "alice:100000:65536
" "$COFFERDAM" doctor --profile subuid.json --json
	echo "$output"
	[[ $(row /etc/subuid) == "missing: /etc/subuid: no range for root: add this line to /etc/subuid: root:165536:65536" ]]
	[[ $(row /etc/subgid) == "missing: /etc/subgid: no range for root: add this line to /etc/subgid: root:165536:65536" ]]
	run -1 with_files "root:100000:10
" "" "$COFFERDAM" doctor --profile subuid.json --json
	[[ $(row /etc/subuid) == *"10 ids for root: 65536 required: add this line to /etc/subuid: root:100010:65536" ]] ||
		[[ $(row /etc/subuid) == *"not mapped in this user namespace"* ]]
	run -1 with_files "root:1:65536
bob:60000:65536
" "" "$COFFERDAM" doctor --profile subuid.json --json
	[[ $(row /etc/subuid) == *"/etc/subuid:1: 1:65536 overlaps the range of bob in line 2: use a free range"*"root:125536:65536" ]]
	# Nothing is asked for, nothing is looked at.
	run "$COFFERDAM" doctor --json
	[ -z "$(row /etc/subuid)" ]
}

@test "without newuidmap, or with one that has no power, the launch is refused with the remedy" {
	needs_ranges
	run_split as_root --mount sh -c 'mount --bind /dev/null /usr/bin/newuidmap && exec "$@"' - \
		"$COFFERDAM" run --user "$(id -un)" --identity subuid -- true
	echo "$stderr"
	[ "$status" = 125 ]
	[ "$stderr" = "cofferdam: identity subuid: newuidmap: not found (apt-get install uidmap)" ]
	# Root's file, and root is not in this map: the setuid bit means nothing.
	run_split as_root "$COFFERDAM" run --user "$(id -un)" --identity subuid -- true
	[ "$status" = 125 ]
	[[ $stderr == *"newuidmap: neither setuid root nor with file capabilities (setcap cap_setuid+ep"* ]]
	run_split setpriv --no-new-privs "$COFFERDAM" run --identity subuid -- true
	[ "$status" = 125 ]
	[[ $stderr == *"no_new_privs is set"*"NoNewPrivileges=no"* ]]
}

@test "--user: root becomes that user, and nobody else does" {
	needs_ranges
	run as_root env HOME=/root XDG_RUNTIME_DIR=/run/user/0 "$COFFERDAM" run --user daemon --env HOME --env USER --env SHELL \
		--env XDG_RUNTIME_DIR -- sh -c 'id -u; id -g; echo $HOME $USER $SHELL "${XDG_RUNTIME_DIR-unset}"'
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[0]}" = "$(id -u daemon)" ]
	[ "${lines[1]}" = "$(id -g daemon)" ]
	[ "${lines[2]}" = "$(getent passwd daemon | cut -d: -f6) daemon $(getent passwd daemon | cut -d: -f7) unset" ]
	# Before anything is read: the profile is that user's to read.
	install -m 600 subuid.json private.json
	run_split as_root "$COFFERDAM" run --user daemon --profile "$W/private.json" -- true
	[ "$status" = 125 ]
	[[ $stderr == *"private.json: Permission denied"* ]]
	run as_root "$COFFERDAM" run --user daemon --dry-run -- true
	[ "$(jq -r .settings.user.value <<<"$output")" = daemon ]
	run "$COFFERDAM" run --user "$(id -un)" -- id -u
	[ "$output" = "$(id -u)" ]
}

@test "--user: refusals" {
	needs_ranges
	run_split as_root "$COFFERDAM" run -- true
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: refusing to run as root (name a user with --user)" ]]
	run_split as_root "$COFFERDAM" run --user root -- true
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: --user root: is root ("* ]]
	run_split as_root "$COFFERDAM" run --user no-such-user -- true
	[ "$status" = 125 ]
	[ "$stderr" = "cofferdam: --user no-such-user: unknown user" ]
	run_split "$COFFERDAM" run --user daemon -- true
	[ "$status" = 125 ]
	[ "$stderr" = "cofferdam: --user daemon: only root can become another user (run as that user)" ]
	# A user whom the map around us does not have.
	run_split unshare --map-root-user "$COFFERDAM" run --user daemon -- true
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: --user daemon: set the supplementary groups: "* ]]
}

@test "subuid on an overlay root: a local .deb is installed, with its script and its owners, and gone afterwards" {
	needs_ranges
	command -v dpkg-deb >/dev/null || skip "no dpkg on this machine"
	mkdir -p deb/DEBIAN deb/usr/share/cofferdam-tried
	printf '%s\n' "Package: cofferdam-tried" "Version: 1" "Architecture: all" "Maintainer: a <a@b>" "Description: x" >deb/DEBIAN/control
	printf '%s\n' '#!/bin/sh' 'set -e' 'chown www-data:games /usr/share/cofferdam-tried/file' >deb/DEBIAN/postinst
	chmod 755 deb deb/DEBIAN deb/DEBIAN/postinst
	echo installed >deb/usr/share/cofferdam-tried/file
	mkdir out
	dpkg-deb --root-owner-group -b deb out/tried.deb
	run subuid --root overlay --ro "$W/out" -- sh -c '
		apt-get -qq install -y --no-install-recommends "$0" 2>&1 && dpkg-query -W -f "\${Status}\n" cofferdam-tried
		cat /usr/share/cofferdam-tried/file; stat -c "%U %G" /usr/share/cofferdam-tried /usr/share/cofferdam-tried/file' "$W/out/tried.deb"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"install ok installed"*installed*"root root"*"www-data games"* ]]
	[ ! -e /usr/share/cofferdam-tried ]
	run dpkg-query -W cofferdam-tried
	[ "$status" != 0 ]
}

# A program that may be executed and not read, and one that may be both.
programs() {
	cp /bin/sleep closed
	cp /bin/sleep readable
	chmod 0111 closed
	chmod 0511 readable
}

# refused REASON OPTION…
refused() {
	run_split "$COFFERDAM" run "${@:2}" -- touch "$PWD/ran"
	echo "$stderr"
	[ "$status" = 125 ]
	[[ $stderr == "cofferdam: execute-only: $1 (other processes of the job could inspect its process)" ]]
	[ ! -e ran ]
}

@test "single: --execute-only holds the launch back unless the program is closed to the job" {
	programs
	"$COFFERDAM" run --execute-only closed -- "$PWD/closed" 0
	refused "$PWD/readable: its mode allows reading" --execute-only readable
	refused "$PWD: not a regular file" --execute-only "$PWD"
	run_split "$COFFERDAM" run --execute-only /nowhere -- true
	[ "$status" = 125 ]
	run_split "$COFFERDAM" entrypoint --execute-only closed -- true
	[[ $stderr == *"--execute-only: not available to an entrypoint"* ]]
	# An access control list's entries count no further than the bits of the group.
	if command -v setfacl >/dev/null && setfacl -m u:1:rx closed 2>/dev/null; then
		refused "$PWD/closed: its mode allows reading" --execute-only closed
	fi
}

@test "subuid: --execute-only refuses a program that belongs to an id of the job, whose root reads what it likes" {
	needs_ranges
	programs
	# The kernel agrees: this is the memory of another process, whose program is of mode 0111.
	run subuid --ro closed -- sh -c "'$PWD/closed' 60 & until [ \$(cat /proc/\$!/comm) = closed ]; do :; done
		head -c 1 /proc/\$!/maps; kill \$!"
	[ "${#output}" = 1 ]
	refused "$PWD/closed: the job's root could read it, since its owner is an id of the job" \
		--identity subuid --execute-only closed
	as_root chown 5:5 closed
	refused "$PWD/closed: the job's root could read it, since its owner is an id of the job" \
		--identity subuid --execute-only closed
}

@test "subuid: a SIGTERM while the launcher helps from outside cancels" {
	needs_ranges
	run env --block-signal=TERM sh -c 'kill -TERM $$; exec "$0" run --identity subuid --report report.json -- sleep 1000' "$COFFERDAM"
	echo "$output"
	[ "$status" = 143 ]
	[ "$(jq -r .ended_by report.json)" = cancel ]
}
