#!/usr/bin/env bats
# Programs that look at the user, the host and the kernel closely: Maven, ssh, java, debhelper, ping, Chromium, Go's race detector,
# PostgreSQL. Each runs under the profiles `default` and `job`, as a single id and, where there are subordinate ones, as their root.

# shellcheck disable=SC2016,SC2154 # what single quotes hold is for the shell inside; run sets stderr
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	chmod -R u+rwX . 2>/dev/null || :
}

# each OPTION… -- COMMAND…: the command under both profiles and identities, with the workspace `work` made by `fresh` anew. It must end
# with 0, with nothing denied but the calls in $expected. What it prints goes to `output` of the place, and `look` looks at it.
expected='[]'
fresh() { mkdir work; }
each() {
	local place root

	for place in default,single default,subuid job,single job,subuid; do
		case $place in
		*subuid)
			unshare --map-root-user --map-auto true 2>/dev/null || continue
			root=root
			;;
		*) root=$(id -un) ;;
		esac
		rm -rf work
		fresh
		run_split "$COFFERDAM" run --quiet --profile "${place%,*}" --env HOME=/home/job --identity "${place#*,}" --allow-degraded memory,swap,pids,cpu,network \
			--report report.json --workspace work "$@"
		echo "$place: $status: $output $stderr"
		[ "$status" = 0 ]
		jq -c .denials report.json
		jq -e --argjson expected "$expected" '[.denials.seccomp[] | "\(.syscall) \(.arguments)"] - $expected == []' report.json
		look "$root"
	done
}

@test "ssh: the user and the files of the home directory" {
	need ssh
	look() {
		[ "${lines[0]}" = "user $1" ]
		[ "${lines[1]}" = "userknownhostsfile /home/job/.ssh/known_hosts /home/job/.ssh/known_hosts2" ]
		[ "${lines[2]}" = "port 2222" ]
	}
	echo 'Port 2222' >config
	chmod 644 config
	each --ro "$PWD/config:/home/job/.ssh/config" -- sh -c 'unset HOME; ssh -T -G example.org >all 2>&1
		for key in user userknownhostsfile port; do grep "^$key " all; done'
}

@test "java: the user's home directory and the host's address" {
	need javac
	look() {
		[ "$output" = "/home/job $1 cofferdam/127.0.0.1 true" ]
	}
	cat >Who.java <<-'X'
		public class Who {
			public static void main(String[] args) throws Exception {
				java.net.InetAddress host = java.net.InetAddress.getLocalHost();
				System.out.println(System.getProperty("user.home") + " " + System.getProperty("user.name") + " " + host + " " + host.isLoopbackAddress());
			}
		}
	X
	javac Who.java
	each --ro "$PWD/Who.class:/Who.class" -- java -Xshare:auto -XX:TieredStopAtLevel=1 -cp / Who
}

@test "mvn: the user's settings are found and followed, offline" {
	need mvn
	look() {
		[[ $output == *"Reading user settings from /home/job/.m2/settings.xml"* ]]
		[[ $output == *"Using local repository at /home/job/elsewhere"* ]]
		[[ $output == *"BUILD SUCCESS"* ]]
	}
	fresh() {
		mkdir work
		echo '<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>y</artifactId><version>1</version><packaging>pom</packaging></project>' >work/pom.xml
	}
	echo '<settings><localRepository>${user.home}/elsewhere</localRepository></settings>' >settings.xml
	each --ro "$PWD/settings.xml:/home/job/.m2/settings.xml" --env MAVEN_OPTS='-XX:TieredStopAtLevel=1 -Xshare:auto' -- mvn -o -B -X validate
}

# The package's program is linked: what it depends on is looked up in the database of packages. Its file has an owner that only fakeroot
# can give it.
@test "dpkg-buildpackage: a package with a program, by debhelper and fakeroot" {
	need dh
	need fakeroot
	need gcc
	look() {
		grep -q '^-rw-r--r-- 33/44 .* ./usr/share/hello/data$' work/contents
		grep -q '^-rwxr-xr-x 0/0 .* ./usr/bin/hello$' work/contents
		[[ $(<work/depends) == *libc6* ]]
	}
	fresh() {
		mkdir -p work/hello/debian/source
		(
			cd work/hello || exit
			echo '3.0 (native)' >debian/source/format
			printf 'hello (1.0) unstable; urgency=low\n\n  * First.\n\n -- n <n@example.org>  Mon, 01 Jan 2024 00:00:00 +0000\n' >debian/changelog
			printf 'Source: hello\nMaintainer: n <n@example.org>\nBuild-Depends: debhelper-compat (= 13)\n\nPackage: hello\nArchitecture: any\nDepends: ${shlibs:Depends}\nDescription: hello\n hello\n' >debian/control
			printf '#!/usr/bin/make -f\nclean:\n\tdh_clean\nbuild:\n\tdh_auto_build\nbinary: build\n\tdh_testroot\n\tdh_install\n\tdh_fixperms\n\tchown 33:44 debian/hello/usr/share/hello/data\n\tdh_strip\n\tdh_shlibdeps\n\tdh_gencontrol\n\tdh_md5sums\n\tdh_builddeb\n' >debian/rules
			chmod +x debian/rules
			printf 'data usr/share/hello\nhello usr/bin\n' >debian/install
			echo data >data
			echo 'int main(void) { return 0; }' >hello.c
			printf 'hello: hello.c\n\tcc -o $@ $<\n' >Makefile
		)
	}
	each -- sh -ec 'cd hello
		dpkg-buildpackage -b -uc -us -rfakeroot
		cd ..
		dpkg-deb --fsys-tarfile hello_*.deb | tar --numeric-owner -tvf - >contents
		dpkg-deb -f hello_*.deb Depends >depends
		dpkg -s gcc >/dev/null'
}

@test "ping: this host's loopback, by both families" {
	need ping
	look() {
		[ "$(grep -c "1 packets transmitted, 1 received" <<<"$output")" = 2 ]
	}
	each -- sh -ec 'ping -qc 1 -W 5 127.0.0.1 && ping -qc 1 -W 5 ::1'
}

# Its own sandbox needs what a job must not have, and both say so. (A device's coming and going is announced to no job.)
@test "chromium renders a page, and without --no-sandbox is refused with the reason" {
	need chromium
	look() {
		[[ $output == *'<b id="said">6 times 7 is 42</b>'* ]]
	}
	echo '<title>t</title><b id="said"></b><script>said.textContent = "6 times 7 is " + 6 * 7</script>' >page.html
	expected='["socket family netlink, type raw, protocol kobject_uevent"]'
	each --ro "$PWD/page.html:/page.html" -- chromium --headless --disable-gpu --no-sandbox --dump-dom file:///page.html
	run_split "$COFFERDAM" run --ro "$PWD/page.html:/page.html" -- chromium --headless --disable-gpu --dump-dom file:///page.html
	echo "$status: $stderr"
	[ "$status" != 0 ]
	[[ $stderr == *"No usable sandbox!"* && $stderr == *"cofferdam: denied: clone(2) by chromium "*"CLONE_NEWUSER"* ]]
	run "$COFFERDAM" doctor --why "No usable sandbox!"
	[[ $output == *--no-sandbox* ]]
}

@test "go test -race: a module passes, and a race is found" {
	need go
	look() {
		[[ $output == "ok "*"WARNING: DATA RACE"*"FAIL"* ]]
	}
	fresh() {
		mkdir work
		printf 'module x\ngo 1.19\n' >work/go.mod
		cat >work/x_test.go <<-'X'
			package x
			import ("sync"; "testing")
			func TestLocked(t *testing.T) {
				var m sync.Mutex; var w sync.WaitGroup; n := 0
				for i := 0; i < 8; i++ { w.Add(1); go func() { m.Lock(); n++; m.Unlock(); w.Done() }() }
				w.Wait(); if n != 8 { t.Fatal(n) }
			}
			func TestRace(t *testing.T) { n := 0; c := make(chan bool); go func() { n++; c <- true }(); n++; <-c }
		X
	}
	mkdir -m 777 cache
	each --rw "$PWD/cache:/cache" --env GOCACHE=/cache --env GOFLAGS=-mod=mod -- sh -ec 'go test -race -run TestLocked .
		! go test -race -run TestRace .'
}

# PostgreSQL refuses to be root: below subordinate ids it is another user, as in an image.
@test "postgres: a cluster is made, started, asked on a Unix socket and on loopback, and stopped" {
	local programs
	programs=$(command -v initdb || find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -1)
	[ -n "$programs" ] || skip "postgresql is not installed"
	programs=$(dirname "$(readlink -f "$programs")")
	[ -x "$programs/psql" ] || skip "psql is not installed"
	look() {
		[ "$output" = $'42\n42\n42\n5000050000' ]
	}
	cat >postgres <<-'X'
		[ "$(id -u)" != 0 ] || exec setpriv --reuid 33 --regid 33 --clear-groups env HOME=/tmp sh -e "$0"
		mkdir -m 700 /tmp/pg && cd /tmp/pg
		initdb --no-sync --no-locale -D data -U me >log 2>&1 || { cat log; exit 1; }
		pg_ctl -D data -l log -w -o "-k /tmp/pg -h 127.0.0.1,::1" start >/dev/null || { cat log; exit 1; }
		for host in /tmp/pg 127.0.0.1 ::1; do psql -h $host -U me postgres -qAtc "select 6 * 7"; done
		psql -h /tmp/pg -U me postgres -qAtc "set parallel_setup_cost = 0; create table t as select generate_series(1, 100000) a; select sum(a) from t"
		pg_ctl -D data -m fast -w stop >/dev/null
		[ ! -e data/postmaster.pid ]
	X
	chmod 644 postgres
	each --ro "$PWD/postgres:/postgres" --env PATH="$programs:$PATH" -- sh -e /postgres
}
