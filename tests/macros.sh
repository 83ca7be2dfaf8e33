#!/bin/sh
# GLib's MAX(), MIN(), CLAMP() and ABS() take what stands in them twice. Of a clock, of chance, of what is read, taken
# away or counted by that, the second answer is another one: where the first said that a moment is left, a negative
# time came out, and a sending slept forever.
set -eu
cd "${1:-$(dirname "$0")/../src}"

awk '
BEGIN {
    changing = "(time|now|clock_gettime|elapsed|wait|random[a-z_]*|rand[a-z_]*|read|recv|pop|steal[a-z_]*|step|next)\\("
    changing = "(^|[^a-z])([a-z_]*_)?" changing "|\\+\\+|--|[-+*/|&]=[^=]"
}
FNR == 1 { open = 0 }
{
    line = $0
    while (open > 0 || match(line, /(^|[^A-Za-z0-9_])(MAX|MIN|CLAMP|ABS)[ \t]*\(/)) {
        if (open == 0) {
            line = substr(line, RSTART + RLENGTH)
            open = 1
            count++
        }
        inside = ""
        while (open > 0 && line != "") {
            letter = substr(line, 1, 1)
            line = substr(line, 2)
            open += (letter == "(") - (letter == ")")
            inside = inside letter
        }
        if (inside ~ changing) {
            printf "%s:%d: taken twice: %s\n", FILENAME, FNR, $0
            bad = 1
        }
        if (open > 0) break
    }
}
END {
    if (count == 0) { print "macros.sh: nothing was seen"; exit 1 }
    if (!bad) printf "macros.sh: %d of them take only what stays as it is\n", count
    exit bad
}' $(find . -name '*.[ch]' | sort)
