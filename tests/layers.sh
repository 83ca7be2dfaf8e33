#!/bin/sh
# Holds every #include of src/ to the table of rooms in src/README.md: a room includes only the
# rooms it may, and a foreign library's header only where that library lives.
set -eu
src=${1:-$(dirname "$0")/../src}
cd "$src"

awk '
function allow(room, rooms, foreign,   i, n, list) {
    known[room] = 1
    may[room, room] = 1
    n = split(rooms, list, " ")
    for (i = 1; i <= n; i++) may[room, list[i]] = 1
    n = split(foreign, list, " ")
    for (i = 1; i <= n; i++) home[room, list[i]] = 1
}
BEGIN {
    # A word "room/header" opens one header of a room instead of all.
    allow("base", "", "jansson.h nettle/")
    allow("config", "base", "libconfig.h")
    allow("html", "base", "libxml/")
    allow("feed", "base html", "libxml/")
    allow("mail", "base", "gmime/ openssl/ nettle/")
    allow("subscriber", "base mail/address.h config", "libconfig.h")
    allow("digest", "base html feed/article.h subscriber", "libstemmer.h cmark.h")
    allow("delivery", "base mail/address.h mail/reply.h", "")
    allow("net", "base mail/address.h mail/message.h mail/reply.h", "curl/")
    allow("store", "base html/link.h feed/article.h subscriber digest/issue.h digest/repeat.h delivery/delivery.h mail/address.h", "sqlite3.h libpq-fe.h")
    allow("jobs", "base config html feed mail subscriber digest delivery net store", "")
    allow("web", "base config html feed mail subscriber digest delivery net store jobs", "microhttpd.h")
    allow("cli", "base config html feed mail subscriber digest delivery net store jobs web", "")
    # What every room may use: C, POSIX, Linux and GLib.
    common = "^(glib|glib/gstdio|glib-unix)\\.h$|^(sys|netinet|arpa|linux)/|^[a-z0-9_]+\\.h$"
    foreign = "^(jansson|libconfig|libstemmer|cmark|sqlite3|libpq-fe|microhttpd)\\.h$|^(libxml|gmime|openssl|nettle|curl)/"
}
function complain(why) {
    printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0
    bad = 1
}
/^#include / {
    split(FILENAME, part, "/")
    room = part[1]
    if (FILENAME !~ /\//) next            # the programs
    if (!(room in known)) { complain("unknown room " room); next }
    count++
    name = $2
    gsub(/[<>"]/, "", name)
    if ($2 ~ /^"/) {
        split(name, part, "/")
        if (name !~ /\//) { complain("write the room before the header"); next }
        if (name ~ /-internal\.h$/ && part[1] != room) complain("private header of another room")
        if (!((room, part[1]) in may) && !((room, name) in may)) complain(room " may not include " name)
    } else if (name ~ foreign) {
        ok = 0
        for (key in home) {
            split(key, part, SUBSEP)
            if (part[1] == room && index(name, part[2]) == 1) ok = 1
        }
        if (!ok) complain("foreign library in " room)
    } else if (name !~ common) complain("header that no room knows")
}
END {
    if (count == 0) { print "layers.sh: no #include was seen"; exit 1 }
    if (!bad) printf "layers.sh: %d includes keep to the table\n", count
    exit bad
}' $(find . -name '*.[ch]' | sed 's|^\./||' | sort)
