/* depesche.c - what is called: it takes in a mail by itself, and becomes depesche-main for all else.
 *
 * A mail server starts it for each mail that comes back, and most of a start was the loader's work: 57
 * libraries, for feeds and pages and sending. Taking in needs 22; tests/libraries.sh names one that comes to
 * those by mistake. */
#include <errno.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/command.h"

const Command *const command_groups[] = { inbound_commands, NULL };

/* It lies beside this program, wherever that was put and by whatever name it was called. When it cannot be
 * run, it may just be replaced: that is temporary, and so a mail server whose line has a mistake keeps its
 * mail even then. */
static int
become_main(char **argv)
{
    g_autofree char *own = g_file_read_link("/proc/self/exe", NULL);
    if (own == NULL) /* there is no /proc */
        own = g_find_program_in_path(argv[0]);
    g_autofree char *folder = g_path_get_dirname(own != NULL ? own : "/");
    g_autofree char *path = g_build_filename(folder, "depesche-main", NULL);
    execv(path, argv);
    int problem = errno;
    g_autoptr(Log) log = log_new(LOG_ERRORS);
    log_error(log, "cannot run \"%s\", which has all commands but inbound: %s", path,
              g_strerror(problem));
    return EX_TEMPFAIL;
}

int
main(int argc, char **argv)
{
    return command_is_here(argc, argv) ? command_main(argc, argv) : become_main(argv);
}
