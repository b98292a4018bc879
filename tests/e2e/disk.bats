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
	# Whose resources are gone before it is the program that it becomes cannot become that.
	local become='until tr "\0" " " </proc/1/cmdline | grep -q " [0-9]"; do :; done'
	for resource in nofile fsize core sigpending nproc; do
		run "$COFFERDAM" run --workspace ws --disk 100M --report report -- sh -c "$become; prlimit --pid 1 --$resource=0 && head -c 1M /dev/zero >f; exit 7"
		echo "$resource: $status: $output: $(jq -c '[.ended_by, .exit_code, .limits.disk]' report)"
		[ "$status" = 7 ]
		[ "$(jq -r .ended_by report)" = exit ]
		[ "$(jq .limits.disk.used report)" -ge $((1 << 20)) ]
		[ "$(jq -c .teardown.residue report)" = "[]" ]
	done
	run "$COFFERDAM" run --workspace ws --disk 100M --report report -- sh -c "$become; "'prlimit --pid 1 --nofile=0; fallocate -l 150M f; sleep 60'
	[ "$(jq -r .ended_by report)" = disk ]
}

@test "disk: a tmpfs with a size of its own is beside the limit, and nothing stored is 0" {
	run "$COFFERDAM" run --disk 1M --tmpfs /t:4M --report report -- sh -c 'head -c 3M /dev/zero >/t/f && wc -c </t/f'
	echo "$output"
	[ "$output" = 3145728 ]
	jq -c .limits.disk report
	[ "$(jq .limits.disk.used report)" = 0 ]
	run "$COFFERDAM" run --disk 1M --tmpfs /t -- sh -c 'head -c 3M /dev/zero >/t/f'
	[ "$status" != 0 ]
	mkdir -p ws
	run "$COFFERDAM" run --disk 1M --workspace ws --report report -- true
	[ "$(jq .limits.disk.used report)" -le 4096 ] # its own block, where it has one
	[ "$(jq .limits.disk.files report)" = 0 ]
	run -127 "$COFFERDAM" run --disk 1M --report report -- ./no-such-command
	[ "$(jq .limits.disk.used report)" = 0 ]
}

@test "disk: --rw directories count with the workspace, by what they have grown" {
	mkdir -p cache/below
	head -c 30M /dev/zero >cache/before
	head -c 5M /dev/zero >file
	# What was there before is not the job's, and may go and come again.
	run "$COFFERDAM" run --workspace ws --disk 20M --rw "$PWD/cache" --rw "$PWD/cache/below" --rw "$PWD/file" --report report -- \
		sh -c "head -c 6M /dev/zero >f; head -c 6M /dev/zero >$PWD/cache/below/f; rm $PWD/cache/before; head -c 28M /dev/zero >$PWD/cache/before"
	echo "$status: $output: $(jq -c '[.ended_by, .limits.disk]' report)"
	[ "$status" = 0 ]
	[ "$(jq .limits.disk.used report)" -ge $((10 << 20)) ]
	[ "$(jq .limits.disk.used report)" -le $((20 << 20)) ]
	# All together, with and without a workspace; also in a file that is a row of its own, and in several.
	for fill in 'head -c 12M /dev/zero >>$FILE; head -c 12M /dev/zero >$CACHE/below/g' 'head -c 24M /dev/zero >$CACHE/g'; do
		for place in --workspace=ws --quiet; do
			run "$COFFERDAM" run "$place" --disk 20M --time 60s --rw "$PWD/cache" --rw "$PWD/file" --env FILE="$PWD/file" --env CACHE="$PWD/cache" \
				--report report -- sh -c "$fill; sleep 50"
			echo "$fill, $place: $status: $output: $(jq -c '[.ended_by, .limits.disk]' report)"
			[ "$(jq -r .ended_by report)" = disk ]
			rm -f cache/g cache/below/g
			head -c 5M /dev/zero >file
		done
	done
	# A workspace below one of them is counted once.
	mkdir -p outer/ws
	head -c 15M /dev/zero >outer/ws/f
	run "$COFFERDAM" run --workspace outer/ws --disk 20M --rw "$PWD/outer" --report report -- sh -c 'head -c 3M /dev/zero >g'
	echo "$status: $output: $(jq -c '[.ended_by, .limits.disk]' report)"
	[ "$status" = 0 ]
	run "$COFFERDAM" run --workspace outer/ws --disk 20M --rw "$PWD/outer" --report report -- sh -c 'head -c 6M /dev/zero >g; sleep 50'
	[ "$(jq -r .ended_by report)" = disk ]
}

@test "disk: a file with names elsewhere counts whole, a directory with two names once" {
	mkdir out
	echo x >ws/obj
	for i in {1..40}; do ln ws/obj "out/$i"; done
	run "$COFFERDAM" run --workspace ws --disk 20M --report report -- sh -c 'fallocate -l 60M obj; sleep 50'
	echo "$status: $output: $(jq -c '[.ended_by, .limits.disk]' report)"
	[ "$(jq -r .ended_by report)" = disk ]
	rm -rf ws out
	mkdir -p ws/sub alias
	ln -s "$PWD" up
	for rows in "--rw $PWD/up/ws:/x" "--rw alias:/x" "--rw $PWD/up/ws/sub:/x --rw ws/sub:/y" "--rw alias/sub:/x"; do
		# shellcheck disable=SC2086 # several words
		run unshare --user --map-current-user --keep-caps --mount sh -c 'mount --bind ws alias && exec "$@"' sh "$COFFERDAM" run \
			--workspace ws --disk 24M --report report $rows -- sh -c 'fallocate -l 15M sub/f && touch done'
		echo "$rows: $status: $output: $(jq -c '[.ended_by, .limits.disk]' report)"
		[ "$status" = 0 ]
		[ "$(jq .limits.disk.used report)" -lt $((24 << 20)) ]
		rm ws/sub/f ws/done
	done
}

@test "disk: what was counted at first is counted in the end, whatever the job has made of its name" {
	mkdir -p ws/sub other
	head -c 40M /dev/zero >other/f
	ln -s ws/sub link
	for change in "mv sub sub2" "mv sub sub2 && ln -s '$PWD/other' sub"; do
		run "$COFFERDAM" run --workspace ws --rw link:/x --disk 24M --report report -- sh -c "$change && exit 3"
		echo "$change: $status: $output: $(jq -c '[.ended_by, .limits.disk]' report)"
		[ "$status" = 3 ]
		[ "$(jq .limits.disk.used report)" -lt $((1 << 20)) ]
		rm -rf ws/sub
		mv ws/sub2 ws/sub
	done
}

@test "disk: a tree that an earlier job has nested too deep is named, with the remedy" {
	mkdir -p ws/a ws/z cache
	"$COFFERDAM" run --workspace ws -- sh -c 'mkdir -p "trap/$(printf "d/%.0s" $(seq 905))"'
	cp -a ws/trap cache/
	run_split -125 "$COFFERDAM" run --workspace ws --disk 20M -- true
	echo "$stderr"
	[[ $stderr == "cofferdam: disk limit: $PWD/ws/trap cannot be counted: directories are nested too deep (an earlier job may have left it,"*"rm -rf"* ]]
	run_split -125 "$COFFERDAM" run --rw "$PWD/cache" --disk 20M -- true
	echo "$stderr"
	[[ $stderr == "cofferdam: disk limit: $PWD/cache/trap cannot be counted: "*"rm -rf"* ]]
	rm -rf ws/trap
	"$COFFERDAM" run --workspace ws --disk 20M -- true
}

@test "disk: --rw of what stores nothing is no reason for a count, and a directory that cannot be counted is refused" {
	mkfifo fifo
	"$COFFERDAM" run --disk 20M --rw "$PWD/fifo" -- true
	mkdir -p cache/blind
	chmod 0333 cache/blind
	run_split "$COFFERDAM" run --disk 20M --rw "$PWD/cache" -- true
	[ "$status" = 125 ]
	[[ $stderr == *"disk limit: $PWD/cache/blind cannot be counted: a directory can be written but not read"* ]]
}

@test "disk: deleted files that are mapped, and descriptors in flight, do not end a job that stores little" {
	cat >job.py <<-'EOF'
		import ctypes, os, socket, time
		def mapped(fd): # Python's own mmap keeps a descriptor
		    assert ctypes.CDLL(None).mmap(None, 4096, 1, 1, fd, 0) != -1
		    os.close(fd)
		def nameless(size):
		    fd = os.open("f", os.O_RDWR | os.O_CREAT)
		    os.unlink("f")
		    os.truncate(fd, size)
		    return fd
		mapped(nameless(1 << 20))
		ours, theirs = socket.socketpair()
		fd = nameless(1 << 20)
		socket.send_fds(ours, [b"x"], [fd])
		os.close(fd)
		# Enough to be held still for a count, more than once.
		for i in range(18):
		    with open(f"f{i}", "wb") as f:
		        f.write(bytes(1 << 20))
		    time.sleep(0.15)
		print("done")
	EOF
	run unshare --user --map-current-user --keep-caps --mount sh -c "
		mount -t tmpfs tmpfs ws && exec '$COFFERDAM' run --workspace ws --disk 24M --time 60s --ro job.py:/job.py --report report -- python3 /job.py"
	echo "$status: $output"
	[ "$status" = 0 ]
	[ "$output" = "done" ]
}

@test "disk: what others store is not this job's" {
	cat >job <<-'EOF'
		: >begun
		until [ -e go ]; do read -rt 0.05 <> <(:); done
		for i in {1..18}; do head -c 1M /dev/zero >f$i; read -rt 0.15 <> <(:); done
		echo done
	EOF
	# With a network of its own there is a bind mount without a name in every job.
	for profile in default job; do
		run unshare --user --map-current-user --keep-caps --mount sh -c "
			mount -t tmpfs tmpfs ws && mkdir ws/here && cd ws/here || exit
			'$COFFERDAM' run --profile $profile --allow-degraded memory --allow-degraded pids --allow-degraded cpu --allow-degraded network \
				--workspace . --disk 24M --time 60s --ro '$PWD/job:/job' --report '$PWD/report' -- bash /job &
			until [ -e begun ]; do :; done
			head -c 60M /dev/zero >../other && : >go
			wait \$!"
		echo "$profile: $status: $output: $(jq -c '[.ended_by, .limits.disk]' report)"
		[ "$status" = 0 ]
		[[ $output == *"done"* ]]
	done
}

@test "disk: a directory that moves while it is counted counts once" {
	# Of 24M it stores 14M; wherever a count has read the directory, it goes to some other place, where that count may come by again. The job
	# ends well when three counts have seen all of it twice or more, and another one has begun since.
	cat >job.py <<-'EOF'
		import ctypes, os, random, struct
		OPEN, CLOSE, PLACES = 0x20, 0x10, 1000
		for i in range(PLACES):
		    os.mkdir(f"p{i}")
		os.mkdir("p0/d")
		with open("p0/d/f", "wb") as f:
		    f.write(b"x" * (14 << 20))
		libc = ctypes.CDLL(None, use_errno=True)
		fd = libc.inotify_init1(0)
		watches = {libc.inotify_add_watch(fd, path, OPEN | CLOSE): path for path in (b".", b"p0/d")}
		assert -1 not in watches
		at = seen = twice = 0
		while twice <= 3:
		    events = os.read(fd, 65536)
		    while events:
		        watch, mask, _, length = struct.unpack_from("iIII", events)
		        events = events[16 + length:]
		        if length: # of something in it
		            continue
		        if watches[watch] == b"." and mask & OPEN:
		            twice += seen > 1 or twice == 3
		            seen = 0
		        elif watches[watch] == b"p0/d" and mask & OPEN:
		            seen += 1
		        elif watches[watch] == b"p0/d" and mask & CLOSE:
		            to = random.randrange(PLACES)
		            os.rename(f"p{at}/d", f"p{to}/d")
		            at = to
		print("done")
	EOF
	for option in --report=report --quiet; do
		rm -rf ws
		mkdir ws
		run "$COFFERDAM" run --workspace ws --disk 24M --time 120s "$option" --ro "$PWD/job.py:/job.py" -- python3 /job.py
		echo "$option: $status: $output"
		[ "$status" = 0 ]
		[[ $output == *"done"* ]]
	done
	# What was counted twice is not in the report.
	[ "$(jq .limits.disk.used report)" -lt $((24 << 20)) ]
}

@test "disk: without a cgroup, what is only mapped is noticed all the same" {
	cat >job.py <<-'EOF'
		import ctypes, os, time
		for i in range(10):
		    fd = os.open("f", os.O_RDWR | os.O_CREAT)
		    os.unlink("f")
		    os.posix_fallocate(fd, 0, 8 << 20)
		    assert ctypes.CDLL(None).mmap(None, 4096, 1, 1, fd, 0) != -1
		    os.close(fd)
		print("stored", flush=True)
		time.sleep(60)
	EOF
	run unshare --user --map-current-user --keep-caps --mount sh -c "
		mount -t tmpfs tmpfs ws && exec '$COFFERDAM' run --workspace ws --disk 24M --time 60s --ro job.py:/job.py -- python3 /job.py"
	echo "$status: $output"
	[ "$status" = 137 ]
	[[ $output == *"stored"*"cannot be counted: deleted files are only mapped"* ]]
}
