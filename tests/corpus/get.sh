#!/usr/bin/env bash
# Real C projects for the end-to-end tests and the benchmark: Debian source packages, unpacked and built
# in corpus/ (ignored by git), each with a compile_commands.json. Nothing of them is ever committed.
#   get.sh [NAME...]              default: those of ./dev test; all: every one
#   get.sh --packages [NAME...]   the Debian packages that building them needs
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
corpus=${HPLINT_CORPUS:-$root/corpus}
jobs=$(nproc)
mkdir -p "$corpus"

say() { printf '%s\n' "corpus: $*" >&2; }

# A source list of our own, made from the machine's: the same archives, asked for sources. The
# machine's own lists are not touched.
apt_private() {
  local state=$corpus/.apt
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  if [ ! -s "$state/sources.list" ]; then
    {
      grep -hE '^deb ' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
        grep -E 'bookworm|trixie|sid' | grep -v cloud-sdk | sed 's/^deb /deb-src /' || true
      awk -v RS= -F'\n' '{ uri = suites = comps = key = ""
          for (i = 1; i <= NF; i++) {
            if ($i ~ /^URIs:/) { uri = $i; sub(/^URIs: */, "", uri) }
            if ($i ~ /^Suites:/) { suites = $i; sub(/^Suites: */, "", suites) }
            if ($i ~ /^Components:/) { comps = $i; sub(/^Components: */, "", comps) }
            if ($i ~ /^Signed-By: *\//) { key = $i; sub(/^Signed-By: */, "", key) } }
          if (comps !~ /main/ || suites ~ /nodistro/) next
          n = split(suites, s, " "); m = split(uri, u, " ")
          for (j = 1; j <= n; j++) for (k = 1; k <= m; k++)
            print "deb-src " (key ? "[signed-by=" key "] " : "") u[k], s[j], comps }' \
        /etc/apt/sources.list.d/*.sources 2>/dev/null | grep -i debian || true
    } >"$state/sources.list"
  fi
  apt-get -qq -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=- \
    -o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache" \
    -o APT::Sandbox::User=root "$@"
}

release() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }

# fetch NAME: unpacks the source package into corpus/NAME.
fetch() {
  local name=$1
  # What was built in part would be left out of the compile database: begin again.
  [ -e "$corpus/.building-$name" ] && rm -rf "${corpus:?}/$name" "$corpus/.building-$name"
  [ -d "$corpus/$name" ] && return
  if [ ! -e "$corpus/.apt/updated" ]; then
    apt_private update
    touch "$corpus/.apt/updated"
  fi
  say "fetching the source of $name"
  rm -rf "$corpus/.unpack"
  mkdir "$corpus/.unpack"
  # The newest may be a security update that the mirror does not hold: then what was released.
  (cd "$corpus/.unpack" && { apt_private source "$name" || apt_private source "$name/$(release)"; }) \
    >/dev/null 2>"$corpus/.fetch.log" || { cat "$corpus/.fetch.log" >&2; exit 1; }
  mv "$corpus/.unpack"/*/ "$corpus/$name"
  echo "# marks the project's root: what is above belongs to somebody else" >"$corpus/$name/.hplint.yaml"
  rm -rf "$corpus/.unpack"
}

# build NAME COMMAND...: runs the build in corpus/NAME under bear, once.
build() {
  local name=$1
  shift
  [ -s "$corpus/$name/compile_commands.json" ] && return
  say "building $name for its compile database"
  touch "$corpus/.building-$name"
  (cd "$corpus/$name" && bear --output compile_commands.tmp -- "$@" >"$corpus/.build-$name.log" 2>&1 &&
    mv compile_commands.tmp compile_commands.json && rm "$corpus/.building-$name") ||
    { tail -n 30 "$corpus/.build-$name.log" >&2; say "building $name failed"; exit 1; }
}

# gcc's torture tests, the C files alone: of a package that holds gcc's sources in a tarball.
get_torture() {
  local to=$corpus/gcc-torture
  [ -d "$to/execute" ] && return
  say "fetching gcc's torture tests"
  rm -rf "$to.new"
  mkdir -p "$to.new"
  (cd "$to.new" && apt-get -qq download gcc-12-source) || exit 1
  dpkg-deb --fsys-tarfile "$to.new"/*.deb | tar -xO --wildcards './usr/src/gcc-12/gcc-12.*.tar.xz' |
    tar -xJ -C "$to.new" --wildcards --strip-components=4 '*/gcc/testsuite/gcc.c-torture/*'
  rm "$to.new"/*.deb
  echo "# marks the project's root: what is above belongs to somebody else" >"$to.new/.hplint.yaml"
  mv "$to.new" "$to"
}

get() {
  case "$1" in
    gcc-torture) get_torture ;;
    redis)
      fetch redis
      build redis make -j"$jobs" MALLOC=libc USE_SYSTEMD=no OPTIMIZATION=-O2 OPT=-O2
      ;;
    lua5.4)
      fetch lua5.4
      # Debian's rules make one header and use libtool; the interpreter is its units and one link.
      printf '#define DEB_HOST_MULTIARCH "%s"\n' "$(gcc -print-multiarch)" \
        >"$corpus/lua5.4/src/lua5.4-deb-multiarch.h"
      build lua5.4 sh -c 'cd src && for f in *.c; do
          gcc -std=gnu99 -O2 -g -DLUA_COMPAT_5_3 -DLUA_USE_LINUX -c "$f" || exit 1
        done && rm -f luac.o && gcc -o lua *.o -lm -ldl -Wl,-E'
      ;;
    zlib)
      fetch zlib
      build zlib sh -c './configure --static >/dev/null && make -j2 static'
      ;;
    sqlite3)
      fetch sqlite3
      build sqlite3 sh -c './configure --disable-shared --disable-tcl >/dev/null && make sqlite3.lo'
      ;;
    btrfs-progs) # in the manner of the kernel: its headers, lists and macros
      fetch btrfs-progs
      build btrfs-progs sh -c './autogen.sh >/dev/null && ./configure --disable-documentation --disable-convert \
          --disable-python --disable-zoned --disable-libudev >/dev/null && nice make -j2 all'
      ;;
    nginx) # a network server
      fetch nginx
      build nginx sh -c './configure --with-threads --with-http_ssl_module --with-http_v2_module \
          --with-stream --with-mail >/dev/null && nice make -j2'
      ;;
    gsl) # numeric, and many units; the manual is not part of Debian's source, so nothing makes it
      fetch gsl
      build gsl sh -c './configure --disable-shared >/dev/null && printf "all:\n" >doc/Makefile &&
          nice make -j2'
      ;;
    opus) # a codec
      fetch opus
      build opus sh -c './configure --disable-shared --disable-doc --disable-extra-programs \
          >/dev/null && nice make -j2'
      ;;
    *)
      say "unknown project '$1' (${gate[*]} ${more[*]})"
      exit 2
      ;;
  esac
}

packages() {
  case "$1" in
    redis | lua5.4 | zlib | sqlite3) echo dpkg-dev tcl autoconf automake libtool libreadline-dev ;;
    btrfs-progs) echo dpkg-dev autoconf automake libblkid-dev uuid-dev libext2fs-dev liblzo2-dev libzstd-dev zlib1g-dev ;;
    nginx) echo dpkg-dev libpcre2-dev libssl-dev zlib1g-dev ;;
    gcc-torture) echo dpkg-dev xz-utils ;;
    gsl | opus) echo dpkg-dev autoconf automake libtool ;;
  esac
}

gate=(zlib lua5.4 sqlite3 redis) # what ./dev test analyses
more=(btrfs-progs nginx opus gsl gcc-torture)
action=get
exec 9>"$corpus/.lock" # the folder may be shared by several trees
[ "${1:-}" = --packages ] && action=packages && shift
[ $# -gt 0 ] || set -- "${gate[@]}"
[ "$*" = all ] && set -- "${gate[@]}" "${more[@]}"
[ "$action" = packages ] || flock 9
for name in "$@"; do
  "$action" "$name" 9>&-
done
