# An image with a package manager, and what workflows do in it: loaded by image_services.bats and official_image.bats. COFFERDAM_TEST_IMAGE
# is the image, as a tar archive or in OCI's layout (tests/image-root makes it; `make check-image` does); without it these tests are skipped by
# name.
# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # used by, and set in, the files that load this

# The image is imported once for a file of tests.
setup_file() {
	[ -n "${COFFERDAM_TEST_IMAGE:-}" ] || return 0
	export COFFERDAM_IMAGES=$BATS_FILE_TMPDIR/store
	"$COFFERDAM" image import services "$COFFERDAM_TEST_IMAGE"
}

teardown_file() {
	[ -n "${COFFERDAM_TEST_IMAGE:-}" ] || return 0
	"$COFFERDAM" image remove services
	# What a job that failed has left of other users.
	unshare --map-root-user --map-auto rm -rf "$BATS_RUN_TMPDIR"/test/*/{ws,layers,w/state} || :
}

# need_image: there is an image, and its packages can be had. The mirror's address is in $MIRROR, as network_open has it: it may be private.
need_image() {
	local name

	[ -n "${COFFERDAM_TEST_IMAGE:-}" ] || skip "COFFERDAM_TEST_IMAGE is not set: make check-image makes an image"
	name=$(grep -rh '^URIs:\|^deb ' "$COFFERDAM_IMAGES"/names/services/root/etc/apt/sources.list* | grep -om1 'http://[^/ ]*')
	name=${name#http://}
	MIRROR=$(getent ahostsv4 "${name%:*}" | sed -n '1s/ .*//p'):80
	(: >"/dev/tcp/${MIRROR%:*}/80") 2>/dev/null || skip "the mirror of the image cannot be reached: $name"
	"$COFFERDAM" run --network open -- true 2>/dev/null || skip "no network of a job's own on this host"
}

# What workflows do on a hosted runner, as its user `runner`, one step each. Every one ends with a status of 0 or fails the job.
STEPS=(
	'id
	[ "$(id -un)" = runner ]
	[ "$(id -u)" != 0 ]
	[ "$(sudo id -u)" = 0 ]
	[ "$(stat -c %U .)" = runner ]'

	'sudo apt-get update -q
	sudo DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends postgresql redis-server nginx python3-setuptools python3-wheel
	sudo apt-get install -yq --reinstall zlib1g'

	'sudo service postgresql start
	sudo service redis-server start
	sudo service nginx start
	for each in postgres:postgres redis-server:redis nginx:www-data; do
		ps -o user= -C "${each%:*}" | grep -qx "${each#*:} *"
		echo "${each%:*} is ${each#*:}"
	done'

	'[ "$(sudo -u postgres psql -tAc "select 1")" = 1 ]
	sudo -u postgres createuser --superuser runner
	[ "$(psql -tAc "select current_user" postgres)" = runner ]
	[ "$(redis-cli ping)" = PONG ]
	[ "$(curl -sS -o /dev/null -w "%{http_code}" http://localhost/)" = 200 ]
	[ "$(curl -sS -o /dev/null -w "%{http_code}" "http://$(hostname)/")" = 200 ]
	echo "the services answer"'

	'sudo service nginx stop
	sudo service redis-server stop # its script does not find the process: docs/identity.md
	ps -C redis-server
	sudo start-stop-daemon --stop --user redis --name redis-server --retry TERM/60
	sudo service postgresql stop
	[ -z "$(ps -o pid= -C nginx -C redis-server -C postgres)" ]
	echo "the services have ended"'

	'echo "127.0.0.5 db.example" | sudo tee -a /etc/hosts
	[ "$(getent hosts db.example | cut -d" " -f1)" = 127.0.0.5 ]
	sudo useradd --create-home --shell /bin/bash alice
	[ "$(sudo -u alice -i pwd)" = /home/alice ]
	[ "$(sudo su - alice -c "id -un")" = alice ]
	sudo mkdir /data
	sudo chown runner: /data
	touch /data/mine
	sudo userdel --remove alice
	echo "hosts and users changed"'

	'mkdir -p dep/tried
	echo "answer = 42" >dep/tried/__init__.py
	printf "%s\n" "[project]" "name = \"tried\"" "version = \"1\"" "[tool.setuptools]" "packages = [\"tried\"]" >dep/pyproject.toml
	pip="pip install --quiet --no-index --no-build-isolation --break-system-packages"
	$pip ./dep
	(cd / && python3 -c "import tried; print(tried.__file__)") | grep "^$HOME/.local/lib/"
	sudo $pip ./dep
	(cd / && sudo python3 -c "import tried; print(tried.__file__)") | grep ^/usr/local/lib/
	sudo chown -R runner: dep # what root has built there
	mkdir pkg
	echo "{ \"name\": \"tried\", \"version\": \"1.0.0\", \"bin\": \"main.js\" }" >pkg/package.json
	printf "%s\n" "#!/usr/bin/env node" "console.log(\"by npm as \" + require(\"os\").userInfo().username)" >pkg/main.js
	npm pack --silent ./pkg
	npm install --silent --offline ./tried-1.0.0.tgz
	./node_modules/.bin/tried
	sudo npm install --silent --offline --global ./tried-1.0.0.tgz
	sudo /usr/local/bin/tried
	printf "%s\n" "#include <stdio.h>" "int main(void) { puts(\"compiled\"); }" >main.c
	make main
	sudo install main /usr/local/bin/
	/usr/local/bin/main'

	'[ -z "$(find . ! -user runner)" ]
	sudo touch of-root
	[ "$(stat -c %U of-root)" = root ]
	sudo chown runner of-root
	echo "the workspace is runner'"'"'s"'
)

# What the last of their lines say, in order.
SAID=("uid=" "postgres is postgres" "redis-server is redis" "nginx is www-data" "the services answer" "the services have ended" "127.0.0.5 db.example"
	"hosts and users changed" "/.local/lib/" "/usr/local/lib/" "by npm as runner" "by npm as root" "compiled"
	"the workspace is runner's")

# said_all FILE: it has them.
said_all() {
	local line

	for line in "${SAID[@]}"; do
		grep -qF -- "$line" "$1" || {
			echo "not said: $line"
			return 1
		}
	done
}
