# Sourced by quickstart, check and bench: installs what is missing, saying what, or tells what is
# needed.
#
#   need_packages "what for" PACKAGE…
#
#   unpack_packages FOLDER PACKAGE…     (servers that cannot be installed side by side)
#
# Debian and Ubuntu by apt (with sudo where needed); elsewhere the list is printed.

build_packages="build-essential cmake ninja-build pkg-config libglib2.0-dev libcurl4-openssl-dev
libxml2-dev libconfig-dev libsqlite3-dev libgmime-3.0-dev libssl-dev nettle-dev libjansson-dev
libcmark-dev libstemmer-dev libmicrohttpd-dev ca-certificates tzdata"

test_packages="python3 python3-pytest python3-gi gir1.2-gmime-3.0 python3-dkim python3-nacl opendkim-tools postfix sasl2-bin
libsasl2-modules openssl faketime procps strace util-linux sfeed libxml2-utils nginx-light caddy curl wrk
dovecot-imapd dovecot-pop3d dovecot-sieve chromium chromium-driver fonts-liberation nodejs node-mustache"

# Mail servers that conflict with Postfix, and the libraries that they need.
server_packages="exim4-base exim4-daemon-light opensmtpd"
server_libraries="libdb5.3 libevent-2.1-7 libgnutls-dane0 libidn12 libnsl2"

bench_packages="python3 postfix wrk nginx-light curl sfeed libxml2-utils nodejs node-mustache"

fuzz_packages="clang-14 libclang-rt-14-dev"

# Releases after Debian 12 count seconds in 64 bits everywhere, and say so in the names of some
# libraries; they can still be asked for by the old ones.
is_installed() {
    dpkg-query -W -f '${Status}\n' "$1" "$1t64" 2>/dev/null | grep -q 'ok installed'
}

need_packages() {
    purpose=$1
    shift
    if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
        echo "This is no Debian or Ubuntu. Please install what these Debian packages hold, $purpose:"
        printf '  %s\n' "$@"
        return 0
    fi
    missing=
    for package in "$@"; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    echo "Installing $purpose:$missing"
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null 2>&1 || {
            echo "Please run as root: apt-get install$missing" >&2
            return 1
        }
        as_root=sudo
    fi
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
    # shellcheck disable=SC2086 # a list of words is meant
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
        $missing >/dev/null
}

# Unpacks PACKAGES into FOLDER, once, without installing them. Where that does not work the tests that
# want them are skipped, with the reason.
unpack_packages() {
    folder=$1
    shift
    [ ! -e "$folder" ] || return 0
    command -v dpkg-deb >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 || return 0
    work=$(mktemp -d)
    if (cd "$work" && apt-get -qq download "$@" >/dev/null 2>&1); then
        mkdir -p "$work/root"
        for package in "$work"/*.deb; do
            dpkg-deb -x "$package" "$work/root"
        done
        mkdir -p "$(dirname "$folder")"
        cp -a "$work/root" "$folder"
    else
        echo "Not to be had here, their tests are skipped: $*"
    fi
    rm -rf "$work"
}
