#!/bin/sh
# Holds PROGRAM to the libraries that taking in a mail needs (src/depesche.c): a mail server starts it for each
# mail, and each library more is looked for, mapped and bound each time. What fails here is mended by keeping
# apart what needs the library: an object file of a room is linked when something in it is referred to.
#
#   tests/libraries.sh PROGRAM
set -eu
program=$1

needed=$(LC_ALL=C readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
[ -n "$needed" ] || { echo "libraries.sh: no library of $program was seen"; exit 1; }

status=0
for library in $needed; do
    case $library in
    libc.so* | libm.so* | libpthread.so* | ld-linux* | libgcc_s.so*) ;;
    libasan.so* | libubsan.so* | libclang_rt.*) ;; # the sanitizers
    libglib-2.0.so* | libgobject-2.0.so* | libgmime-3.0.so*) ;;
    libconfig.so* | libjansson.so* | libnettle.so* | libsqlite3.so*) ;;
    *)
        echo "libraries.sh: $program needs $library"
        status=1
        ;;
    esac
done
# shellcheck disable=SC2086 # a list of words is meant
[ $status -ne 0 ] || echo "libraries.sh: $program needs" $needed
exit $status
