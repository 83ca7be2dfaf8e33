/* program.h - a program whose output is a document, run with a limit on its time and its bytes.
 *
 * The command is split into words as a shell does it (quotes, backslashes), and nothing else of a
 * shell: no variables, pipes or patterns. The first word is the program: with a slash it stands
 * against the folder it runs in, "~/" is the home, else PATH is searched. It gets what input it is
 * given and none of our descriptors, runs in a process group of its own, and the whole group is killed
 * when it ends, is late or prints too much.                                                         */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <glib.h>

typedef struct Program Program;

/* Where and how long it runs. */
typedef struct {
    const char *directory; /* NULL: the present one */
    int seconds;
    size_t bytes_max;
} ProgramLimits;

/* INPUT is what it reads; NULL: nothing. NULL and DEPESCHE_ERROR_INPUT when it cannot be started. */
Program *program_start(const char *command, GBytes *input, const ProgramLimits *limits,
                       GError **error);

/* Kills what still runs. */
void program_free(Program *program);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Program, program_free)

/* Descriptors to poll for reading, and the time left in milliseconds. */
#define PROGRAM_FDS 3
void program_fds(const Program *program, int fds[PROGRAM_FDS]); /* -1: not now */
int program_milliseconds(const Program *program);

/* Takes what there is to read, without waiting, up to ROOM octets of output in all. True when the program
 * has come to its end, and from then on. One that has more to say than there is room for is held: until it
 * is pumped again there is nothing to poll, and its time stands still. */
bool program_pump(Program *program, size_t room);
bool program_is_held(const Program *program);

/* The octets of output that were taken. */
size_t program_size(const Program *program);

/* Once, at the end: all it printed, or NULL and DEPESCHE_ERROR_INPUT with the reason: it failed (with
 * the last line of what it said on stderr), took too long, or printed too much. */
GBytes *program_take_output(Program *program, GError **error);
