# cofferdam run --disk: what counts is what is stored, and how a run ends is what was seen.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir ws
}

teardown() {
	chmod -R u+rwX . 2>/dev/null || :
}

# limited OPTION… -- COMMAND…: with a workspace on disk and with one in memory, both under a limit of 100M.
limited() {
	for place in "--workspace=ws" "--quiet"; do
		run_split "$COFFERDAM" run "$place" --disk 100M --time 60s --report report "$@"
		echo "$place: $status: $output: $stderr: $(jq -c '[.ended_by, .signal, .limits.disk]' report)"
		[ "$status" = 0 ] || return 1
		[ "$(jq -r .ended_by report)" = exit ]
		rm -rf ws
		mkdir ws
	done
}

@test "disk: a file counts by what is stored in it, not by where it ends" {
	truncate -s 4T ws/there || skip "no file of 4 TiB on this file system"
	rm ws/there
	limited -- sh -c 'truncate -s 4T f && echo start >f2 && dd if=/dev/zero of=f bs=1M seek=4000000 count=1 conv=notrunc status=none && [ "$(stat -c %s f)" -gt 4000000000000 ]'
	! command -v qemu-img || limited -- qemu-img create -q -f raw disk.img 1T
	[ ! -x /sbin/mkfs.ext4 ] || limited -- sh -c 'truncate -s 64G disk.img && /sbin/mkfs.ext4 -q -O ^has_journal -N 1024 disk.img'
	# What is reserved is stored.
	run "$COFFERDAM" run --workspace ws --disk 100M --report report -- sh -c 'fallocate -l 150M f; sleep 60'
	[ "$(jq -r .ended_by report)" = disk ]
	run "$COFFERDAM" run --disk 100M --report report -- fallocate -l 150M f
	[ "$status" = 1 ]
	[[ $output == *"No space left on device"* ]]
}

@test "disk: a memfd may be longer than the limit" {
	limited -- python3 -c '
import mmap, os
fd = os.memfd_create("double-mapped")
os.ftruncate(fd, 2 << 40)
with mmap.mmap(fd, 1 << 20, offset=1 << 40) as m:
    m[:5] = b"hello"
shm = os.open("/dev/shm/sparse", os.O_RDWR | os.O_CREAT)
os.ftruncate(shm, 1 << 40)'
}

@test "disk: no limit on the size of files is passed on, and none is taken away" {
	limited -- sh -c '[ "$(ulimit -f)" = unlimited ]'
	(ulimit -f 4096 && "$COFFERDAM" run --disk 100M -- bash -c '[ "$(ulimit -f)" = 4096 ]')
}

@test "disk: a .NET program starts under a limit" {
	command -v dotnet || skip "no dotnet here"
	program=$(dotnet --list-sdks | sed -n '$s/^\([^ ]*\) \[\(.*\)\]$/\2\/\1\/MSBuild.dll/p')
	[ -e "$program" ] || skip "a .NET without a program of its own"
	limited --env HOME=/tmp --env DOTNET_NOLOGO=1 -- dotnet "$program" -version
}

@test "disk: a JVM starts under a limit" {
	command -v java || skip "no java here"
	limited -- java -Xmx64m -XX:+UseSerialGC -version
}

@test "disk: a signal is no evidence of a limit" {
	for signal in XFSZ KILL XCPU; do
		for limit in --disk=100M --time=60s; do
			run "$COFFERDAM" run --workspace ws "$limit" --report report -- sh -c "kill -$signal \$\$"
			echo "$signal $limit: $status: $output: $(jq -c '[.ended_by, .signal]' report)"
			[ "$(jq -r .ended_by report)" = signal ]
			[ "$(jq .signal report)" = "$(kill -l "$signal")" ]
			[[ $output != *limit* ]]
		done
	done
	# A limit that the job has set itself.
	run "$COFFERDAM" run --workspace ws --disk 100M --report report -- sh -c 'ulimit -f 8; exec head -c 1M /dev/zero >f'
	[ "$status" = 153 ]
	[ "$(jq -r .ended_by report)" = signal ]
}

@test "disk: a job that takes PID 1's resources away harms itself alone, and the report says what happened" {
	for resource in nofile fsize core sigpending nproc; do
		run "$COFFERDAM" run --workspace ws --disk 100M --report report -- sh -c "prlimit --pid 1 --$resource=0 && head -c 1M /dev/zero >f; exit 7"
		echo "$resource: $status: $output: $(jq -c '[.ended_by, .exit_code, .limits.disk]' report)"
		[ "$status" = 7 ]
		[ "$(jq -r .ended_by report)" = exit ]
		[ "$(jq .limits.disk.used report)" -ge $((1 << 20)) ]
		[ "$(jq -c .teardown.residue report)" = "[]" ]
	done
	run "$COFFERDAM" run --workspace ws --disk 100M --report report -- sh -c 'prlimit --pid 1 --nofile=0; fallocate -l 150M f; sleep 60'
	[ "$(jq -r .ended_by report)" = disk ]
}
