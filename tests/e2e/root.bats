#!/usr/bin/env bats
# cofferdam run --root overlay|DIR, --changes, --disk: what a job writes is bounded, named and gone.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	chmod -R u+rwX . 2>/dev/null || :
}

# image DIR: a root with busybox, unpacked.
image() {
	mkdir -p "$1"/{bin,etc,proc,dev,sys,tmp,root}
	cp "$(command -v busybox)" "$1/bin/busybox"
	ln -s busybox "$1/bin/sh"
	echo "the image's" >"$1/etc/name"
}

# --- overlay

@test "overlay: the system can be written, and is the host's again afterwards" {
	before=$(sha256sum /usr/bin/env /etc/passwd)
	run "$COFFERDAM" run --root overlay -- sh -c '
		cp -f /usr/bin/true /usr/bin/env && rm /usr/bin/stat && echo added >>/etc/passwd && mkdir -p /srv/x /var/lib/x /new &&
		mv /usr/share/doc /usr/share/moved && : >/usr/lib/new && [ ! -e /usr/bin/stat ] && grep -q added /etc/passwd'
	echo "$output"
	[ "$status" = 0 ]
	[ "$(sha256sum /usr/bin/env /etc/passwd)" = "$before" ]
	[ -e /usr/bin/stat ]
	[ ! -e /new ]
	[ ! -e /usr/lib/new ]
	# The next job sees nothing of it either.
	run "$COFFERDAM" run --root overlay -- sh -c '[ -e /usr/bin/stat ] && [ ! -e /new ] && ! grep -q added /etc/passwd'
	[ "$status" = 0 ]
	# Without the layer none of it can be written.
	run "$COFFERDAM" run -- sh -c ': >/usr/lib/new || : >/etc/new || mkdir /new'
	[ "$status" != 0 ]
	[[ $output == *"Read-only file system"* ]]
}

@test "overlay: links of a merged /usr stay links, and every top-level directory is the job's" {
	[ -L /bin ] || skip "this host has no merged /usr"
	run "$COFFERDAM" run --root overlay -- sh -c 'readlink /bin; stat -c %U / /usr /usr/bin /etc /var/lib/dpkg | sort -u'
	[ "$output" = "usr/bin"$'\n'"$(id -un)" ]
}

@test "overlay: what is hidden stays hidden, and of /var only what packages need is shown" {
	run "$COFFERDAM" run --root overlay --hide /usr/share/doc --hide /etc/passwd -- sh -c '
		for path in /usr/share/doc/* /etc/passwd /etc/shadow /etc/gshadow /etc/ssl/private/*; do [ ! -s "$path" ] || echo "seen: $path"; done
		ls /var /var/lib /var/cache /var/log | sort -u | tr "\n" " "'
	echo "$output"
	[ "$status" = 0 ]
	[[ $output != *seen:* ]]
	for name in $output; do
		case $name in /var: | /var/*: | apt | cache | debconf | dpkg | lib | log | misc | pam | spool | tmp | ucf) ;; *) echo "$name"; false ;; esac
	done
}

@test "overlay: --ro, --rw and --tmpfs mean what they say" {
	mkdir rw
	run "$COFFERDAM" run --root overlay --ro /etc --rw "$PWD/rw" --tmpfs /opt -- sh -c ': >/etc/x'
	[ "$status" != 0 ]
	[[ $output == *"Read-only file system"* ]]
	run "$COFFERDAM" run --root overlay --ro /etc --rw "$PWD/rw" --tmpfs /opt -- sh -c ": >$PWD/rw/x; ls -A /opt"
	[ "$status" = 0 ] && [ -z "$output" ] && [ -e rw/x ]
}

@test "overlay: neither the scratch file system nor the layers' parts are to be found inside" {
	run "$COFFERDAM" run --root overlay -- sh -c '
		find / -path /proc -prune -o \( -name "upper-*" -o -name "work-*" \) -path "*/upper-*/*" -print 2>/dev/null
		ls /proc/1/fd 2>&1 | head -n 1; grep -c " /proc/driver\| /proc/fs " /proc/self/mountinfo; ls -l /proc/self/fd | grep -c tmpfs'
	echo "$output"
	[[ ${lines[0]} == *"Permission denied"* ]]
	# /proc/fs and /proc/driver are the masks of any sandbox.
	[ "${lines[-1]}" = 0 ]
	plain=$("$COFFERDAM" run -- grep -c " /proc/driver\| /proc/fs " /proc/self/mountinfo)
	[ "${lines[1]}" = "$plain" ]
}

# --- an image

@test "DIR: the image is the root, and nothing of the host's system is mounted over it" {
	image img
	run "$COFFERDAM" run --root img/ -- busybox sh -c 'busybox cat /etc/name; busybox ls /; [ ! -e /usr ] && [ ! -e /etc/passwd ]'
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[0]}" = "the image's" ]
	[[ $output == *workspace* ]]
}

@test "DIR: the job writes to a throw-away layer, never to the image" {
	image img
	before=$(find img -printf '%p %T@ %m\n' | sort; sha256sum img/bin/busybox)
	run "$COFFERDAM" run --root img/ -- busybox sh -c '
		echo changed >/etc/name && echo >/bin/new && busybox rm -r /root && busybox mv /etc/name /bin/busybox2 && busybox mv /bin/busybox2 /bin/busybox && echo changed' 
	echo "$output"
	[[ $output == changed* ]]
	[ "$(find img -printf '%p %T@ %m\n' | sort; sha256sum img/bin/busybox)" = "$before" ]
	run "$COFFERDAM" run --root img/ -- busybox cat /etc/name
	[ "$output" = "the image's" ]
}

@test "DIR: what is no image is refused, with the path" {
	image img
	touch file
	ln -s / slash
	declare -A bad=([./missing]="missing: No such file" [./file]="file: Not a directory" [/]="may not be the whole root"
		[./slash]="slash: the root of the host" [img]="not one of host, overlay, DIR" [/proc/self/root]="may not be in /proc")
	for dir in "${!bad[@]}"; do
		run_split "$COFFERDAM" run --root "$dir" -- busybox true
		echo "$dir: $status: $stderr"
		[ "$status" = 125 ]
		[ "$(wc -l <<<"$stderr")" = 1 ]
		[[ $stderr == *"${bad[$dir]}"* ]]
	done
	"$COFFERDAM" run --root ./img -- busybox true
}

@test "DIR: an image with a link where something is mounted is refused, with the path (CVE-2019-19921 and after)" {
	mkdir outside
	for path in proc dev sys tmp sys/devices etc; do
		rm -rf img
		image img
		"$COFFERDAM" run --root ./img -- busybox true
		rm -rf "img/$path"
		[ "$path" != etc ] || mkdir img/real
		ln -s "$PWD/outside" "img/$path"
		# A mask is put on what is below /etc only when it is there.
		[ "$path" != etc ] || touch outside/shadow
		run_split "$COFFERDAM" run --root ./img -- busybox true
		echo "$path: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == *"/${path##*/}"*"is a symbolic link"* ]]
		[ -z "$(ls -A outside)" ] || [ "$(ls -A outside)" = shadow ]
	done
}

@test "DIR: a mask target that is a link is refused" {
	image img
	echo secret >img/etc/shadow
	run "$COFFERDAM" run --root ./img -- busybox cat /etc/shadow
	[ -z "$output" ]
	rm img/etc/shadow
	ln -s name img/etc/shadow
	run_split "$COFFERDAM" run --root ./img -- busybox true
	[ "$status" = 125 ]
	[[ $stderr == *"/etc/shadow"*"is a symbolic link"* ]]
}

@test "DIR: a directory swapped for a link while the root is built never leads outside" {
	image img
	mkdir -p outside img/a
	ln -s "$PWD/outside" img/b
	while :; do
		mv -T img/a img/c && mv -T img/b img/a && mv -T img/a img/b && mv -T img/c img/a
	done 2>/dev/null &
	swapper=$!
	refused=0 ran=0
	for _ in {1..40}; do
		if "$COFFERDAM" run --root ./img --tmpfs /a/below --ro /etc/hosts:/a/hosts -- busybox true 2>>said; then
			ran=$((ran + 1))
		else
			refused=$((refused + 1))
		fi
	done
	kill "$swapper"
	wait "$swapper" || :
	echo "ran $ran, refused $refused: $(sort -u said)"
	[ -z "$(ls -A outside)" ]
	[ $((ran + refused)) = 40 ]
	# A refusal is that of a link, or of a name that was away for a moment.
	run ! grep -v "is a symbolic link\|mount point /a\|File exists\|No such file\|Stale file handle" said
}

# --- changes

@test "changes: added, modified and deleted paths, sorted, and counted in the report" {
	run "$COFFERDAM" run --root overlay --changes list --report report -- sh -c '
		: >/usr/bin/new; rm /usr/bin/stat; echo >>/etc/hosts; mkdir /srv/d; : >/srv/d/f; chmod 700 /usr/share; rm -r /etc/apt
		: >/tmp/not-listed; : >/workspace/not-listed; echo >>/var/lib/dpkg/status; rm /bin; mkdir /bin'
	[ "$status" = 0 ]
	cat list
	diff list - <<-END
		M /bin
		D /etc/apt
		M /etc/hosts
		A /srv/d
		A /srv/d/f
		A /usr/bin/new
		D /usr/bin/stat
		M /usr/share
		M /var/lib/dpkg/status
	END
	[ "$(jq -c .changes report)" = '{"added":3,"modified":4,"deleted":2,"complete":true}' ]
}

@test "changes: of a job that changed nothing, and of an image" {
	"$COFFERDAM" run --root overlay --changes list -- true
	[ -f list ]
	[ ! -s list ]
	image img
	rmdir img/proc img/dev img/sys img/tmp # mount points that set-up makes are no change of the job's
	"$COFFERDAM" run --root ./img --changes list -- busybox sh -c ': >/etc/new; busybox rm /etc/name'
	cat list
	[ "$(cat list)" = "D /etc/name"$'\n'"A /etc/new" ]
}

@test "changes: names cannot drive a terminal, modes cannot hide, depth is cut and said" {
	"$COFFERDAM" run --root overlay --changes list --report report -- python3 -c '
import os
os.mkdir("/srv/a"); os.chdir("/srv/a")
open("new\nline\x1b[2J\\", "w"); open("c1\u009b2J", "w"); open(b"raw\x9b2J", "w"); open(b"\xc3\xa4\xe2\x82\xac", "w"); open(b"cut\xe2\x82", "w")
os.mkdir("closed"); open("closed/file", "w"); os.chmod("closed", 0)
os.mkdir("/srv/deep"); os.chdir("/srv/deep")
for i in range(300):
    os.mkdir("d"); os.chdir("d")'
	cat list
	grep -qxF 'A /srv/a/new\x0aline\x1b[2J\x5c' list
	grep -qxF 'A /srv/a/c1\xc2\x9b2J' list
	grep -qxF 'A /srv/a/raw\x9b2J' list
	grep -qxF 'A /srv/a/cut\xe2\x82' list
	grep -qxF $'A /srv/a/\xc3\xa4\xe2\x82\xac' list
	grep -qxF 'A /srv/a/closed/file' list
	run ! grep -q $'\x1b' list
	[ "$(tail -n 1 list)" = "! not the whole list: it is nested too deep" ]
	[ "$(jq .changes.complete report)" = false ]
}

@test "changes: refused without a layer; where FILE cannot be written nothing is run" {
	run_split "$COFFERDAM" run --changes list -- touch ran
	[ "$status" = 125 ]
	[[ $stderr == *"no throw-away layer"*"--root overlay"* ]]
	run_split "$COFFERDAM" run --root overlay --changes none/list --rw "$PWD" -- touch "$PWD/ran"
	[ "$status" = 125 ]
	mkdir ws
	run_split "$COFFERDAM" run --root overlay --changes ws/list --workspace ws -- touch ran
	[ "$status" = 125 ]
	[[ $stderr == *"where the job can write"* ]]
	[ -z "$(ls -A ws)" ] && [ ! -e ran ] && [ ! -e list ]
}

@test "DIR: refused where the job may write to the image, by whatever name" {
	mkdir -p jobs/image/{etc,data} elsewhere alias beside/image
	ln -s jobs/image link
	ln -s ../beside jobs/left-by-a-job
	refused() {
		local said=$1
		shift
		run_split "$COFFERDAM" run "$@" -- /bin/true
		echo "$*: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == "cofferdam: --root: "*"$said"*"where the job can write ("*")" ]]
	}
	refused "lies in $PWD/jobs," --root jobs/image --workspace jobs
	refused "lies in $PWD/jobs," --root "$PWD/jobs/image" --rw jobs:/x
	refused "lies in $PWD/jobs/image," --root ./link --rw jobs/image:/x
	refused "$PWD/jobs/image/data lies in it," --root ./link --rw jobs/image/data:/x
	refused "$PWD/jobs/image/data lies in it," --root jobs/image --rw link/data:/x
	refused "lies in $PWD/jobs," --root jobs/left-by-a-job/image --rw jobs:/x
	# shellcheck disable=SC2016 # for the shell inside
	bind() { run_split unshare --user --map-current-user --keep-caps --mount sh -c "$1"' && shift && exec "$@"' sh - "$COFFERDAM" run "${@:2}" -- /bin/true; }
	for options in "--root alias/image --rw jobs:/x" "--root jobs/image --rw alias:/x" "--root jobs/image --rw alias/image/data:/x"; do
		# shellcheck disable=SC2086 # several words
		bind "mount --bind jobs alias" $options
		echo "$options: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == "cofferdam: --root: "*"where the job can write"* ]]
	done
	# Beside it, read-only below it, or read-only around it: that is no reason.
	for options in "--rw elsewhere:/x" "--ro jobs:/x" "--ro jobs/image/data:/x"; do
		# shellcheck disable=SC2086 # several words
		run_split -127 "$COFFERDAM" run --root jobs/image $options -- /bin/true # which it has not
		echo "$options: $status: $stderr"
	done
	run_split "$COFFERDAM" run --root ./none --rw elsewhere:/x -- /bin/true
	[ "$status" = 125 ]
	[[ $stderr == *"layer over $PWD/none: No such file or directory (--root takes host"* ]]
}

# --- disk

@test "disk: the writable directories of a sandbox share one limit" {
	run "$COFFERDAM" run --disk 20M --report report -- sh -c '
		for dir in /workspace /tmp /var/tmp /home/job /dev/shm; do head -c 6M /dev/zero >$dir/f || echo "$dir: full"; done'
	echo "$output"
	[[ $output == *"No space left on device"* ]]
	[ "$(grep -c full <<<"$output")" -ge 2 ]
	[ "$(jq ".limits.disk.used // 0" report)" -le $((20 << 20)) ]
	# Without the limit all of it fits.
	run "$COFFERDAM" run -- sh -c 'for dir in /workspace /tmp /var/tmp /home/job /dev/shm; do head -c 6M /dev/zero >$dir/f || exit 1; done'
	[ "$status" = 0 ]
}

@test "disk: the layer has the same limit: bytes, allocated bytes and files" {
	for fill in 'head -c 30M /dev/zero >/usr/f' 'fallocate -l 30M /usr/f' 'truncate -s 1G /usr/f && fallocate -l 30M /usr/f' \
		'cp -r /usr/bin /usr/copy' 'i=0; while : >/usr/lib/f$i; do i=$((i + 1)); done'; do
		run "$COFFERDAM" run --root overlay --disk 20M --time 60s --report report -- sh -c "exec 2>&1; $fill || { echo failed; exit 1; }; echo fits"
		echo "$fill: ${lines[0]}: $(jq -c '[.ended_by, .limits.disk]' report)"
		[[ $output == *"No space left on device"* ]]
		[[ $output != *fits* || $fill == i=* ]]
		[ "$(jq ".limits.disk.used // 0" report)" -le $((20 << 20)) ]
	done
	run "$COFFERDAM" run --root overlay --disk 80M -- sh -c 'head -c 30M /dev/zero >/usr/f && fallocate -l 30M /usr/g && echo fits'
	[ "$output" = fits ]
}

@test "disk: a job that failed when all was full ended by disk" {
	run "$COFFERDAM" run --disk 5M --report report -- sh -c 'head -c 30M /dev/zero >f'
	[ "$status" = 1 ]
	[ "$(jq -r .ended_by report)" = disk ]
}

# filler SCRIPT: in a workspace with a limit of 20M; must be ended by it. Without the limit it must end by itself.
filler() {
	rm -rf ws
	mkdir ws
	run "$COFFERDAM" run --workspace ws --disk 20M --time 60s --report report -- sh -c "$1; sleep 30"
	echo "$1: $status: $(jq -c '[.ended_by, .limits.disk]' report)"
	[ "$(jq -r .ended_by report)" = disk ]
	[ "$(jq .limits.disk.used report)" -ge $((20 << 20)) ] || [ "$(jq .limits.disk.files report)" -gt 16384 ]
	[[ $output == *"disk limit: $PWD/ws: more than 20971520 bytes"* ]]
	chmod -R u+rwX ws
	rm -rf ws
	mkdir ws
	"$COFFERDAM" run --workspace ws --report report -- sh -c "$1"
	chmod -R u+rwX ws
}

@test "disk: a job that fills its workspace is killed: bytes, hidden bytes, files, nameless files" {
	filler 'for i in 1 2 3; do head -c 15M /dev/zero >f$i; done'
	filler 'mkdir d; for i in 1 2 3; do head -c 15M /dev/zero >d/f$i; done; chmod 0 d'
	filler 'exec 3>a 4>b; rm a b; head -c 15M /dev/zero >&3; head -c 15M /dev/zero >&4'
	filler 'i=0; while [ $i -lt 20000 ]; do : >f$i; i=$((i + 1)); done'
	filler 'trap "" TERM; for i in 1 2 3; do fallocate -l 15M f$i; done'
}

@test "disk: what is there in the end counts, also when the job was faster than the counts, or has closed its directories" {
	for end in : 'chmod 0 d'; do
		mkdir ws
		run "$COFFERDAM" run --workspace ws --disk 20M --report report -- sh -c "mkdir d; for i in 1 2 3; do fallocate -l 15M d/\$i; done; $end"
		echo "$end: $status: $output: $(jq -c '[.ended_by, .limits.disk]' report)"
		[ "$status" = 137 ]
		[ "$(jq -r .ended_by report)" = disk ]
		[[ $output == *"disk limit: $PWD/ws: more than 20971520 bytes"* ]]
		# Without the limit it succeeds.
		chmod -R u+rwX ws
		rm -rf ws
		mkdir ws
		"$COFFERDAM" run --workspace ws -- sh -c "mkdir d; for i in 1 2 3; do fallocate -l 15M d/\$i; done; $end"
		chmod -R u+rwX ws
		rm -rf ws
	done
}

@test "disk: a job is held still for a count, and goes on" {
	mkdir ws
	# Each half of what is left is a reason; SIGCONT says that it was one: without a report there is no cgroup
	# that would be frozen instead. On a file system where nobody else frees room meanwhile.
	cat >job <<-'EOF'
		trap "held=1" CONT
		for i in {1..15}; do
			head -c 1M /dev/zero >f$i
		done
		until [ -n "$held" ]; do read -rt 0.05 <> <(:); done
		echo done
	EOF
	run unshare --user --map-current-user --keep-caps --mount sh -c "
		mount -t tmpfs tmpfs ws && exec '$COFFERDAM' run --workspace ws --disk 20M --time 60s --ro job:/job -- bash /job"
	echo "$status: $output"
	[ "$status" = 0 ]
	[ "$output" = "done" ]
}

@test "disk: without a cgroup, where /proc hides processes, is refused" {
	mkdir ws
	for hidepid in 2 invisible; do
		run_split unshare --user --map-current-user --keep-caps --mount --pid --fork sh -c "
			mount -t proc -o hidepid=$hidepid proc /proc && exec '$COFFERDAM' run --workspace ws --disk 20M -- true"
		[ "$status" = 125 ]
		[[ $stderr == "cofferdam: disk limit: $PWD/ws: /proc is mounted with hidepid: "*"cofferdam doctor"* ]]
	done
	run unshare --user --map-current-user --keep-caps --mount --pid --fork sh -c "
		mount -t proc -o hidepid=0 proc /proc && exec '$COFFERDAM' run --workspace ws --disk 20M -- true"
	[ "$status" = 0 ]
}

@test "disk: what is mounted below the workspace counts" {
	mkdir -p ws/below
	run unshare --user --map-current-user --keep-caps --mount sh -c "
		mount -t tmpfs tmpfs ws/below && exec '$COFFERDAM' run --workspace ws --disk 20M --time 60s --report report -- \
			sh -c 'for i in 1 2 3; do fallocate -l 15M below/f\$i; done; sleep 30'"
	echo "$status: $output: $(jq -c '[.ended_by, .limits.disk]' report)"
	[ "$(jq -r .ended_by report)" = disk ]
	# So do files without a name there.
	run unshare --user --map-current-user --keep-caps --mount sh -c "
		mount -t tmpfs tmpfs ws/below && exec '$COFFERDAM' run --workspace ws --disk 20M --time 60s --report report -- \
			sh -c 'exec 3>below/a 4>below/b; rm below/a below/b; head -c 15M /dev/zero >&3; head -c 15M /dev/zero >&4; sleep 30'"
	echo "$status: $output: $(jq -c '[.ended_by, .limits.disk]' report)"
	[ "$(jq -r .ended_by report)" = disk ]
}

@test "disk: a directory that can be filled but not read is refused, or the end" {
	mkdir -p ws/blind
	chmod 0333 ws/blind
	run_split "$COFFERDAM" run --workspace ws --disk 20M -- true
	[ "$status" = 125 ]
	[[ $stderr == *"cannot be counted"*"written but not read"* ]]
	"$COFFERDAM" run --workspace ws -- true
}

@test "disk: a workspace that holds too much already is refused, one within the limit runs" {
	mkdir ws
	head -c 3M /dev/zero >ws/f
	run_split "$COFFERDAM" run --workspace ws --disk 2M -- touch ran
	[ "$status" = 125 ]
	[[ $stderr == *"holds more than 2097152 bytes"*"raise --disk"* ]]
	[ ! -e ws/ran ]
	run "$COFFERDAM" run --workspace ws --disk 10M --report report -- sh -c 'ln f g; ln f h; ln f i; ln f j; cat f >k' # one file with five names, and one more
	[ "$status" = 0 ]
	[ "$(jq -r .ended_by report)" = exit ]
	[ "$(jq .limits.disk.used report)" -ge $((5 << 20)) ]
}

# --- packages

@test "overlay, subuid: apt-get install of a local package works, is listed, and is gone afterwards" {
	"$COFFERDAM" run --identity subuid -- true 2>said || skip "identity subuid: $(<said)"
	mkdir -p pkg/DEBIAN pkg/usr/share/cofferdam-test pkg/etc/cofferdam-test pkg/opt/cofferdam-test
	printf 'Package: cofferdam-test\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: a test\n' >pkg/DEBIAN/control
	printf '/etc/cofferdam-test/conf\n' >pkg/DEBIAN/conffiles
	printf '#!/bin/sh\nset -e\necho "$1" >/var/lib/cofferdam-test\n' >pkg/DEBIAN/postinst
	chmod 755 pkg/DEBIAN/postinst
	echo data >pkg/usr/share/cofferdam-test/data
	echo conf >pkg/etc/cofferdam-test/conf
	dpkg-deb --root-owner-group -b pkg x.deb >/dev/null
	before=$(find /var/lib/dpkg -printf '%p %s %T@\n' 2>/dev/null | sort | sha256sum)
	run "$COFFERDAM" run --root overlay --identity subuid --ro "$PWD/x.deb:/x.deb" --changes list -- sh -ec '
		apt-get install -y /x.deb
		dpkg -s cofferdam-test | grep "^Status"
		cat /usr/share/cofferdam-test/data /etc/cofferdam-test/conf /var/lib/cofferdam-test'
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"Status: install ok installed"*data*conf*configure* ]]
	grep -qx "A /usr/share/cofferdam-test/data" list
	grep -qx "A /etc/cofferdam-test/conf" list
	grep -qx "A /var/lib/cofferdam-test" list
	grep -qx "M /var/lib/dpkg/status" list
	[ "$(find /var/lib/dpkg -printf '%p %s %T@\n' 2>/dev/null | sort | sha256sum)" = "$before" ]
	[ ! -e /usr/share/cofferdam-test ]
	run "$COFFERDAM" run --root overlay --identity subuid -- dpkg -s cofferdam-test
	[ "$status" != 0 ]
}

@test "--view: of a file too, up to 1 MiB; what is neither, or has a mount below, is refused by name" {
	local nested=(unshare --user --map-user="$(id -u)" --map-group="$(id -g)")
	mkdir -p view/sub
	echo text >view/file
	chmod 0640 view/file
	truncate -s 1M largest
	truncate -s 1048577 larger
	mkfifo fifo
	run "$COFFERDAM" run --view view/file --view largest -- sh -c "cat $PWD/view/file; stat -c %a $PWD/view/file; stat -c %s $PWD/largest; echo x >$PWD/view/file"
	[ "${lines[0]}" = text ]
	[ "${lines[1]}" = 640 ]
	[ "${lines[2]}" = 1048576 ]
	[[ ${lines[3]} == *"Read-only file system"* ]]
	run "$COFFERDAM" run --view larger -- true
	[ "$status" = 125 ]
	[[ $output == *"view of $PWD/larger: a file of more than 1 MiB (a view of a file is a copy: "* ]]
	run "$COFFERDAM" run --view fifo -- true
	[ "$status" = 125 ]
	[[ $output == *"view of $PWD/fifo: neither a directory nor a regular file"* ]]
	run "$COFFERDAM" run --view none -- true
	[ "$status" = 125 ]
	[[ $output == *"view of $PWD/none: No such file or directory (asked for by --view)"* ]]
	"${nested[@]}" "$COFFERDAM" run --view view -- true || skip "no sandbox in a nested user namespace here"
	# shellcheck disable=SC2016
	run unshare --user --map-root-user --mount sh -c 'mount -t tmpfs tmpfs view/sub && "$@"' sh "${nested[@]}" "$COFFERDAM" run --view view -- true
	[ "$status" = 125 ]
	[[ $output == *"$PWD/view: "*"(a view cannot show what is mounted below a directory"* ]]
}

@test "--view: a lock in it is not the host's, a bind's is; read-only both" {
	local how
	mkdir view
	echo text >view/file
	for how in --ro --view; do
		coproc JOB { "$COFFERDAM" run $how view -- sh -c "exec 9<$PWD/view/file; flock 9; echo locked; read -r line" 2>&1; }
		read -r -t 20 said <&"${JOB[0]}"
		[ "$said" = locked ]
		if [ $how = --ro ]; then
			run flock -n view/file true
			[ "$status" = 1 ]
		else
			flock -n view/file true
		fi
		eval "exec ${JOB[1]}>&-"
		wait "$JOB_PID" || true
	done
	run "$COFFERDAM" run --view view -- sh -c "cat $PWD/view/file; echo x >$PWD/view/file"
	[ "${lines[0]}" = text ]
	[[ ${lines[1]} == *"Read-only file system"* ]]
}
