#!/usr/bin/env bats
# cofferdam run --root overlay|DIR, --changes: what a job writes is named and gone.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup_file() {
	mkdir -m 700 "$BATS_FILE_TMPDIR/run"
}

# Sandboxes with root overlay share their mirrors, as in a login session; without the variable each makes its own.
setup() {
	export XDG_RUNTIME_DIR=$BATS_FILE_TMPDIR/run
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

# Entries of directories whose inode number is not what stat(2) says, and how many there are.
inodes='import os, sys
entries = [entry for path in sys.argv[1:] for entry in os.scandir(path)]
print(sum(entry.inode() != entry.stat(follow_symlinks=False).st_ino for entry in entries), len(entries) > 100)'

@test "overlay and view: a directory has the inode numbers that its files have" {
	local options
	for options in "--root overlay" "--view /usr"; do
		# shellcheck disable=SC2086 # words
		run -0 "$COFFERDAM" run --quiet $options -- python3 -c "$inodes" /usr /usr/bin /usr/lib /usr/share
		[ "$output" = "0 True" ]
	done
}

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
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ -e rw/x ]
}

# mirrors: every path of the shared mirrors, with its mode, size and time.
mirrors() {
	find "$XDG_RUNTIME_DIR/cofferdam-mirrors"/[0-9]* -name far -o -printf '%p %m %s %T@\n' | sort
}

@test "overlay: sandboxes share the mirrors of the host's directories, and none can change them" {
	local script='cp -f /usr/bin/true /usr/bin/env; rm -rf /usr/share/doc; mkdir -p /usr/share/doc/x /usr/lib/new/x /opt/x
		chmod 700 /usr/lib; echo added >>/etc/passwd; rm /etc/hosts; : >/var/lib/dpkg/new; stat -c %a /usr/lib; [ -d /usr/share/doc/x ]'
	"$COFFERDAM" run --root overlay -- true
	before=$(mirrors)
	[ -n "$before" ]
	run "$COFFERDAM" run --root overlay --hide /usr/share/info --hide /etc/fstab -- sh -c "$script"
	echo "$output"
	[ "$status" = 0 ]
	[ "$output" = 700 ]
	[ "$(mirrors)" = "$before" ]
	# Four at once, one of another user namespace, one that another hides something from.
	local pids=() pid
	for options in "" "--hide /usr/share/doc" "--hide /etc/passwd" ""; do
		# shellcheck disable=SC2086 # words
		"$COFFERDAM" run --root overlay $options -- sh -c '[ ! -e /usr/lib/new ] && [ -e /etc/hosts ] && : >/usr/lib/new' 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid"; done
	[ "$(mirrors)" = "$before" ]
	# They are not to be found inside.
	run "$COFFERDAM" run --root overlay -- sh -c "ls -d $XDG_RUNTIME_DIR; grep -c mirrors /proc/self/mountinfo"
	echo "$output"
	[[ $output != *"$XDG_RUNTIME_DIR"$'\n'* && $output != *mirrors* ]]
}

@test "overlay: a launch whose job could write the mirrors, and one without a place for them, has its own" {
	"$COFFERDAM" run --root overlay -- true
	before=$(mirrors)
	run "$COFFERDAM" run --root overlay --rw "$XDG_RUNTIME_DIR" -- sh -c 'ls /usr/bin/env && : >/usr/lib/new'
	echo "$output"
	[ "$status" = 0 ]
	chmod 750 "$XDG_RUNTIME_DIR/cofferdam-mirrors"
	"$COFFERDAM" run --root overlay -- sh -c ': >/usr/lib/new'
	chmod 700 "$XDG_RUNTIME_DIR/cofferdam-mirrors"
	[ "$(mirrors)" = "$before" ]
	XDG_RUNTIME_DIR='' "$COFFERDAM" run --root overlay -- sh -c ': >/usr/lib/new'
	XDG_RUNTIME_DIR=relative "$COFFERDAM" run --root overlay -- sh -c ': >/usr/lib/new'
	[ ! -e relative ]
}

# plant HOW RUN: puts a program into the mirror of /usr that lies below the runtime directory RUN: in place, or in a
# directory that takes the place of RUN or of the one above it.
plant() {
	local above=${2%/*}
	case $1 in
	run) mv "$2" "$2.old" && mkdir -m 700 "$2" && mv "$2.old/cofferdam-mirrors" "$2" || return ;;
	above) mv "$above" "$above.old" && mkdir "$above" && mv "$above.old/run" "$2" || return ;;
	esac
	set -- "$1" "$(echo "$2"/cofferdam-mirrors/*/+usr/tree)"
	mkdir -p "$2/bin" && printf '#!/bin/sh\necho planted\n' >"$2/bin/arch" && chmod 755 "$2/bin/arch"
}

# runs_planted HOW RUN: whether what is planted from outside is run; tried again where the host's system has changed
# meanwhile, so that the mirrors were made anew.
runs_planted() {
	local try
	export XDG_RUNTIME_DIR=$2
	for try in 1 2 3 4 5; do
		"$COFFERDAM" run --root overlay -- true
		plant "$1" "$2"
		run "$COFFERDAM" run --root overlay -- arch
		echo "$1, $try: $output, $(ls "$2/cofferdam-mirrors")"
		rm -rf "${2%/*}.old" "$2.old" "$2/cofferdam-mirrors"
		[ "$status" = 0 ] || return
		[ "$output" != planted ] || return 0
	done
	return 1
}

@test "overlay: a job that may write where the mirrors lie does not choose what the next one runs" {
	mkdir -p home/x
	mkdir -m 700 home/x/run
	export XDG_RUNTIME_DIR=$PWD/home/x/run
	# Without a cover.
	runs_planted above "$XDG_RUNTIME_DIR"
	# With it, whichever directory on the way is shown; nor can the first mirrors be the job's.
	run "$COFFERDAM" run --rw "$PWD/home" -- mkdir "$XDG_RUNTIME_DIR/cofferdam-mirrors/1"
	[ "$status" = 1 ]
	[[ $output == *"Read-only file system"* ]]
	"$COFFERDAM" run --root overlay -- true
	for shown in home home/x home/x/run; do
		run "$COFFERDAM" run --rw "$PWD/$shown" -- bash -c "$(declare -f plant)
			for how in place run above; do plant \$how '$XDG_RUNTIME_DIR' && echo planted; done"
		echo "$shown: $output"
		[ "$status" = 1 ]
		[[ $output == *"Read-only file system"* && $output == *busy* && $output != *planted* ]]
		[ ! -e home/x.old ]
		[ ! -e home/x/run.old ]
	done
	run "$COFFERDAM" run --root overlay -- arch
	[ "$status" = 0 ]
	[ "$output" = "$(uname -m)" ]
	# Nor are they locked by one that only reads.
	run "$COFFERDAM" run --ro "$PWD/home" -- ls -A "$XDG_RUNTIME_DIR/cofferdam-mirrors"
	[ "$status" = 0 ]
	[ -z "$output" ]
	run "$COFFERDAM" run --rw "$XDG_RUNTIME_DIR/cofferdam-mirrors/1" -- true
	[ "$status" = 125 ]
	[[ $output == *"--rw: $XDG_RUNTIME_DIR/cofferdam-mirrors/1: shows $XDG_RUNTIME_DIR/cofferdam-mirrors, which no job may write"* ]]
	# A link on the way may be an earlier job's: it is not followed. This one could put a directory in its place.
	plant place "$XDG_RUNTIME_DIR"
	ln -s run home/x/link
	export XDG_RUNTIME_DIR=$PWD/home/x/link
	run "$COFFERDAM" run --root overlay -- arch
	[ "$status" = 0 ]
	[ "$output" = "$(uname -m)" ]
	run "$COFFERDAM" run --rw "$PWD/home" -- true
	[ "$status" = 125 ]
	[[ $output == *"shows $XDG_RUNTIME_DIR/cofferdam-mirrors, which no job may write"* ]]
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
	run "$COFFERDAM" run --root img/ -- busybox sh -c 'busybox cat /etc/name; busybox ls /; [ ! -e /usr ] && [ ! -e /etc/shadow ]'
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[0]}" = "the image's" ]
	[[ $output == *workspace* ]]
}

@test "DIR: what the shipped profiles hide is the host's: the image's own files of those names are seen and written" {
	image img
	mkdir -p img/etc/ssl/private img/etc/cofferdam
	echo image >img/etc/shadow
	echo image >img/etc/gshadow
	echo image >img/etc/ssl/private/key
	local look='busybox cat /etc/shadow /etc/gshadow /etc/ssl/private/key && echo job >>/etc/shadow && busybox tail -n1 /etc/shadow'
	for profile in default job build; do
		run -0 "$COFFERDAM" run --profile "$profile" --network none --allow-degraded memory,swap,pids,cpu --root img/ -- busybox sh -c "$look"
		[ "$output" = $'image\nimage\nimage\njob' ]
	done
	[ "$(cat img/etc/shadow)" = image ]
	# A row of one's own stays, as an option or in a profile, which may lie where the shipped ones lie in the sources.
	run -0 "$COFFERDAM" run --root img/ --hide /etc/shadow -- busybox sh -c '[ ! -s /etc/shadow ] && busybox cat /etc/gshadow'
	[ "$output" = image ]
	mkdir profiles
	echo '{"extends": "default", "hide_try": ["/etc/shadow"]}' >profiles/default.json
	run -0 "$COFFERDAM" run --profile profiles/default.json --root img/ -- busybox sh -c '[ ! -s /etc/shadow ] && busybox cat /etc/gshadow'
	[ "$output" = image ]
	# The host's are hidden in the host's roots.
	for root in host overlay; do
		run -0 "$COFFERDAM" run --dry-run --root "$root" -- true
		[ "$(jq '[.mounts[] | select(.kind == "hide")] | length' <<<"$output")" = 4 ]
	done
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
	declare -A bad=([./missing]="missing: No such file" [./file]="file: Not a directory" [/]="must not be the root directory"
		[./slash]="slash: the root of the host" [img]="expected one of host, overlay, image:NAME, DIR" [/proc/self/root]="must not be in /proc")
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
		run_split "$COFFERDAM" run --root ./img --hide /etc/shadow -- busybox true
		echo "$path: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == *"/${path##*/}"*"is a symbolic link"* ]]
		[ -z "$(ls -A outside)" ] || [ "$(ls -A outside)" = shadow ]
	done
}

@test "what is mounted over another kind of file is refused, with the object and the remedy" {
	echo f >file
	mkdir dir ws ws/d
	echo f >ws/f
	# In an image: "path|what stands there|options|what is said".
	for row in "etc|file|--hide /etc/cofferdam|mount point /etc/cofferdam: a file stands where a directory must be" "proc|file||attach /proc: a directory cannot cover a file" \
		"dev|file||attach /dev: a directory cannot cover a file" "tmp|file||attach /tmp: a directory cannot cover a file" \
		"opt|file|--tmpfs /opt|attach /opt: a directory cannot cover a file" "srv/x|file|--ro dir:/srv/x|attach /srv/x: a directory cannot cover a file" \
		"srv|file|--ro dir:/srv/x|/srv/x: a file stands where a directory must be" "srv/x|directory|--ro file:/srv/x|attach /srv/x: a file cannot cover a directory" \
		"srv|file|--hide /srv/x|/srv/x: a file stands where a directory must be"; do
		IFS='|' read -r path kind options said <<<"$row"
		rm -rf img
		image img
		rm -rf "img/$path"
		mkdir -p "$(dirname "img/$path")"
		if [ "$kind" = file ]; then : >"img/$path"; else mkdir "img/$path"; fi
		# shellcheck disable=SC2086
		run_split "$COFFERDAM" run --root ./img $options -- busybox true
		echo "$row: $status: $stderr"
		[ "$status" = 125 ]
		[[ $stderr == *"$said ("*"image"*")" ]]
	done
	# In what the host shows.
	run_split -125 "$COFFERDAM" run --ro "$PWD/file:/usr/bin" -- true
	[[ $stderr == *"attach /usr/bin: a file cannot cover a directory ("* ]]
	run_split -125 "$COFFERDAM" run --rw "$PWD/ws:/w" --ro "$PWD/dir:/w/f" -- true
	[[ $stderr == *"attach /w/f: a directory cannot cover a file ("* ]]
	run_split -125 "$COFFERDAM" run --rw "$PWD/ws:/w" --ro "$PWD/dir:/w/f/x" -- true
	[[ $stderr == *"/w/f/x: a file stands where a directory must be ("* ]]
	# A mask is of the kind that is there.
	image masked
	mkdir -p masked/etc/shadow
	"$COFFERDAM" run --root ./masked --hide /etc/shadow -- busybox true
}

@test "DIR: a mask target that is a link is refused" {
	image img
	echo secret >img/etc/shadow
	run -0 "$COFFERDAM" run --root ./img --hide /etc/shadow -- busybox cat /etc/shadow
	[ -z "$output" ]
	rm img/etc/shadow
	ln -s name img/etc/shadow
	run_split "$COFFERDAM" run --root ./img --hide /etc/shadow -- busybox true
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
	[[ $stderr == *"requires a throw-away layer"*"--root overlay"* ]]
	run_split "$COFFERDAM" run --root overlay --changes none/list --rw "$PWD" -- touch "$PWD/ran"
	[ "$status" = 125 ]
	mkdir ws
	run_split "$COFFERDAM" run --root overlay --changes ws/list --workspace ws -- touch ran
	[ "$status" = 125 ]
	[[ $stderr == *"where the job can write"* ]]
	[ -z "$(ls -A ws)" ]
	[ ! -e ran ]
	[ ! -e list ]
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
	# A file with other names: one of them may lie in the image.
	echo x >jobs/image/etc/passwd
	ln jobs/image/etc/passwd elsewhere/hard
	refused "$PWD/elsewhere/hard has 2 names, of which another may lie in it," --root jobs/image --rw elsewhere/hard:/x
	echo x >elsewhere/single
	ln jobs/image/etc/passwd elsewhere/read
	for options in "--rw elsewhere/single:/x" "--ro elsewhere/read:/x"; do
		# shellcheck disable=SC2086 # several words
		run_split -127 "$COFFERDAM" run --root jobs/image $options -- /bin/true
		echo "$options: $status: $stderr"
	done
	rm elsewhere/hard elsewhere/read
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
