#!/bin/bash
# make-dist.sh BUILD_DIR DEST: puts a runner distribution together, of the same shape as the official one.
set -e

if [ $# -ne 2 ]; then
	echo "usage: make-dist.sh BUILD_DIR DEST" >&2
	exit 2
fi
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
build=$1
dest=$2

for program in Runner.Listener Runner.Worker; do
	if [ ! -x "$build/tests/standin/$program" ]; then
		echo "make-dist.sh: $build/tests/standin/$program: not built" >&2
		exit 1
	fi
done

install -d "$dest/bin" "$dest/externals/node20/bin"
install -m 755 "$here/config.sh" "$here/run.sh" "$here/env.sh" "$dest/"
install -m 755 "$build/tests/standin/Runner.Listener" "$build/tests/standin/Runner.Worker" "$dest/bin/"
# It is a .NET program, which loads what DOTNET_STARTUP_HOOKS names; of this one it is what BASH_ENV names.
cat >"$dest/bin/Runner.PluginHost" <<'EOF'
#!/bin/bash
read -r context
echo "plugin $1: ${#context} bytes"
EOF
chmod 755 "$dest/bin/Runner.PluginHost"
cat >"$dest/externals/node20/bin/node" <<'EOF'
#!/bin/sh
echo "node: the stand-in distribution brings none" >&2
exit 1
EOF
chmod 755 "$dest/externals/node20/bin/node"
