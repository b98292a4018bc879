set -e
B=$BUILD; d=$(mktemp -d); mkdir $d/dir $d/o; cp $B/tests/bench/payload $d/dir/payload; chmod -R a+rX $d
tests/escape/make-root $d/image tar >/dev/null 2>&1
run() { n=$1; shift; strace -f -qq -e signal=none -o $d/o/$n $B/cofferdam run "$@" --ro $d/dir:/bench -- /bench/payload now >/dev/null; sed -E 's/^[0-9]+ +//; s/^<... ([a-z0-9_]+) resumed>.*/\1/; s#/tmp/tmp.[A-Za-z0-9]*#TMP#g;s/0x[0-9a-f]+/X/g' $d/o/$n >$d/o/$n.t;  sed 's/(.*//' $d/o/$n.t | sort | uniq -c | awk '{print $2,$1}' | sort > $d/o/$n.c; wc -l $d/o/$n; }
run host; run image --root $d/image
join -a1 -a2 -e0 -o 0,1.2,2.2 $d/o/host.c $d/o/image.c | awk '$2!=$3'
diff $d/o/host.t $d/o/image.t | cut -c1-150 | head -250
rm -rf $d
