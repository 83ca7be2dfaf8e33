/* fetching - what the fetcher of depesche takes by itself: fetches URLs and writes the bodies to files,
 * as `curl --parallel` does, and nothing else.
 *
 *     fetching PARALLEL LIST
 *
 * LIST is a file with lines of a URL, a blank, and the file that its body goes to. Ends with 1 when a
 * document could not be had.
 *
 * In a folder of its own, since it is linked to libraries of the build (fetch.py does that), unlike the
 * other programs for benchmarks.                                                                    */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/fetch.h"

static bool
write_body(const char *path, GBytes *body)
{
    size_t size;
    const char *bytes = g_bytes_get_data(body, &size);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool written = fd >= 0 && write(fd, bytes, size) == (ssize_t)size;
    if (fd >= 0)
        close(fd);
    return written;
}

/* Everything of LINES is put into the queue; each tag is the path of its body. */
static void
add_all(Fetcher *fetcher, char **lines)
{
    for (; *lines != NULL && **lines != '\0'; lines++) {
        char *path = strchr(*lines, ' ');
        *path++ = '\0';
        const FetchRequest request = { .url = *lines, .allow_private = true };
        fetcher_add(fetcher, &request, path);
    }
}

int
main(int argc, char **argv)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (argc != 3 || !g_file_get_contents(argv[2], &text, NULL, &error)) {
        fprintf(stderr, "usage: fetching PARALLEL LIST\n");
        return 64;
    }
    const FetchLimits limits = { .parallel = atoi(argv[1]),
                                 .per_host = atoi(argv[1]),
                                 .timeout = 60,
                                 .max_bytes = 16u * 1024 * 1024,
                                 .user_agent = "fetching" };
    g_autoptr(Fetcher) fetcher = fetcher_open(&limits, &error);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    add_all(fetcher, lines);
    for (;;) {
        void *path = NULL;
        g_autoptr(FetchReply) reply = fetcher_next(fetcher, &path);
        if (reply == NULL)
            return 0;
        if (reply->outcome != FETCH_NEW || !write_body(path, reply->body)) {
            fprintf(stderr, "%s: %s\n", (const char *)path,
                    reply->problem != NULL ? reply->problem : "no body");
            return 1;
        }
    }
}
