/* main.c - the program is one function of the cli room. */
#include "cli/command.h"

int
main(int argc, char **argv)
{
    return command_main(argc, argv);
}
