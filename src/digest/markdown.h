/* markdown.h - what a letter in Markdown (CommonMark) shows. */
#pragma once

#include <glib.h>

/* The addresses of the pictures in MARKDOWN, as they stand there (of char *, each once). The caller's. */
GPtrArray *markdown_pictures(const char *markdown);
