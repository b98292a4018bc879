# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# Jobs as a user of an image (--as): what root of the same map may not do either, what only that root may do, and what lending a
# workspace could give away. Sourced by tests/escape/suite.

as_user() { timeout 60 "$COFFERDAM" run --quiet --identity subuid --root "$T/users" --as bob "${options[@]}" -- "/probes/$1" "${@:2}"; }
as_root() { timeout 60 "$COFFERDAM" run --quiet --identity subuid --root "$T/users" --as root "${options[@]}" -- "/probes/$1" "${@:2}"; }

# Whether a shell of that user can do what $try says. Its program is setuid root in the image.
does() {
	timeout 60 "$COFFERDAM" run --quiet --identity subuid --root "$T/users" --as "$1" --workspace "$T/lent" -- /probes/busybox-setuid sh -c "$try" 2>&1 ||
		return 1
}
user_does() { does bob; }
root_does() { does root; }
# The same with a file that has no other name.
own_does() { try="/probes/busybox-setuid cat $T/lent/own" does bob; }

user_rows() {
	local way set

	image "$T/users"
	printf '%s\n' root:x:0:0::/:/bin/sh bob:x:1005:1005::/:/bin/sh >"$T/users/etc/passwd"
	printf '%s\n' root:x:0: bob:x:1005: >"$T/users/etc/group"
	echo secret >"$T/users/etc/shadow"
	chmod 600 "$T/users/etc/shadow"
	# By the first part of its name it looks for what it is to be in its arguments.
	install -m 4755 "$(command -v busybox)" "$T/users/probes/busybox-setuid"

	attack "36 user of an image, setuid(0)" as_user / weak: namespaces become-root
	for set in CapPrm CapEff; do
		attack "36 user of an image, capabilities: $set" as_user / as_root: creds beyond "$set" 0
	done
	for way in mem environ maps exe root fd ptrace process_vm_readv pidfd_getfd; do
		attack "38 user of an image, PID 1: $way" as_user / weak: dump of "$way" 1
	done
	# A file of the caller's with a second name in what is lent stays the caller's. With one name it is given.
	mkdir -p "$T/lent" "$T/kept"
	try='/probes/busybox-setuid cat /etc/shadow'
	attack "36 user of an image, root's file by a setuid program" user_does / root_does: -
	try='echo x:x:0:0::/:/bin/sh >>/etc/passwd'
	attack "36 user of an image, a row of passwd" user_does / root_does: -
	try='/probes/busybox-setuid id -u | /probes/busybox-setuid grep -qx 0'
	attack "36 user of an image, a setuid shell" user_does / root_does: -
	echo original >"$T/kept/file"
	chmod 600 "$T/kept/file"
	ln "$T/kept/file" "$T/lent/linked"
	echo original >"$T/lent/own"
	chmod 600 "$T/lent/own"
	try="/probes/busybox-setuid cat $T/lent/linked"
	attack "36 user of an image, a workspace's link to a host file" user_does / own_does: -
	ln -s "$T/kept/file" "$T/lent/symbolic"
	try="/probes/busybox-setuid cat $T/lent/symbolic"
	attack "36 user of an image, a workspace's symbolic link" user_does / own_does: -
}

if ! command -v busybox >/dev/null; then
	skip "user of an image" "busybox is not installed"
elif unshare --user --map-root-user --map-auto true 2>/dev/null; then
	user_rows
else
	skip "user of an image" "no subordinate ids for $(id -un)"
fi
