/* capture.h - what a function wrote to stdout and stderr, for tests of the command line. */
#pragma once

#include <stdio.h>
#include <unistd.h>
#include <glib.h>
#include <glib/gstdio.h>

typedef struct {
    int saved;
    int file;
} Capture;

static inline Capture
capture_begin(FILE *stream)
{
    g_autofree char *name = NULL;
    fflush(stream);
    Capture capture = { dup(fileno(stream)), g_file_open_tmp(NULL, &name, NULL) };
    g_assert_cmpint(capture.file, >=, 0);
    g_unlink(name);
    g_assert_cmpint(dup2(capture.file, fileno(stream)), >=, 0);
    return capture;
}

static inline char *
capture_end(Capture capture, FILE *stream)
{
    fflush(stream);
    g_assert_cmpint(dup2(capture.saved, fileno(stream)), >=, 0);
    close(capture.saved);
    off_t size = lseek(capture.file, 0, SEEK_END);
    char *text = g_malloc0((gsize)size + 1);
    g_assert_cmpint(pread(capture.file, text, (size_t)size, 0), ==, size);
    close(capture.file);
    return text;
}
