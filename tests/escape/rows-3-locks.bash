# shellcheck shell=bash disable=SC2154,SC2034
# Locks and watches: on what is shown by a view they meet nobody's outside, on a read-only bind they do. Sourced by
# tests/escape/suite.

mkdir -p "$T/locks/shown" "$T/locks/pipes"
echo text >"$T/locks/shown/file"
mkfifo "$T/locks/pipes/ask" "$T/locks/pipes/answer"
# Until its first answer is there, that it holds the locks: for reading and writing, or either would wait for the other.
exec 7<>"$T/locks/pipes/answer"
"$PROBES/locks" serve "$T/locks/shown/file" "$T/locks/pipes" 7>&- &
started+=("$!")
read -r -n 1 -t 10 <&7 || { echo "escape: the holder of locks does not start" >&2; exit 1; }
exec 7>&-
for kind in flock record; do
	for shown in "$T/locks/shown" "$T/locks/shown/file"; do
		with=(--view "$shown") without=(--ro "$shown")
		attack "$kind met through --view ${shown##*/}" default strict job unfiltered / default: locks "$kind" "$T/locks/shown/file"
	done
done
for shown in "$T/locks/shown" "$T/locks/shown/file"; do
	with=(--view "$shown" --rw "$T/locks/pipes") without=(--ro "$shown" --rw "$T/locks/pipes")
	attack "inotify told through --view ${shown##*/}" default strict job unfiltered / default: locks inotify "$T/locks/shown/file" "$T/locks/pipes"
done
# Leases and F_NOTIFY are the filter's to refuse: without it a view keeps them apart too.
with=(--view "$T/locks/shown") without=(--ro "$T/locks/shown")
attack "lease met through --view" unfiltered / unfiltered: locks lease "$T/locks/shown/file"
with=(--view "$T/locks/shown" --rw "$T/locks/pipes") without=(--ro "$T/locks/shown" --rw "$T/locks/pipes")
attack "F_NOTIFY told through --view" unfiltered / unfiltered: locks dnotify "$T/locks/shown" "$T/locks/pipes"
