# Dovecot with Pigeonhole: hands mail with a token to depesche and keeps the rest.
#
#   plugin {
#     sieve_plugins = sieve_extprograms
#     sieve_extensions = +vnd.dovecot.pipe
#     sieve_pipe_bin_dir = /usr/lib/dovecot/sieve-pipe
#   }
#
# In that folder "depesche-inbound", which may be executed:
#
#   #!/bin/sh
#   exec /usr/bin/depesche -c /etc/depesche/depesche.conf inbound --recipient "$1"
require ["vnd.dovecot.pipe", "envelope", "variables"];
if envelope :matches "to" ["unsubscribe+*", "bounce+*"] {
    if envelope :matches "to" "*" { set "recipient" "${1}"; }
    pipe "depesche-inbound" ["${recipient}"];
    stop;
}
