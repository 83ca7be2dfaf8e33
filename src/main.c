/* main.c - depesche-main, the whole program: one function of the cli room. */
#include <malloc.h>

#include "cli/command.h"

/* Blocks from this size on are the system's again when they are freed. Left alone, glibc takes larger and
 * larger ones out of its heap once they have been freed, where documents of some MB, one after the other,
 * leave holes that fit nobody. */
#define BLOCK_OF_ITS_OWN (1024 * 1024)

int
main(int argc, char **argv)
{
    mallopt(M_MMAP_THRESHOLD, BLOCK_OF_ITS_OWN);
    return command_main(argc, argv);
}
