/* window.h - the letters that wait for their turn, so that no mailbox provider gets too many of them
 * at a time or too fast. Others go first meanwhile; otherwise the order is that of coming. */
#pragma once

#include <stdint.h>
#include "config/config.h"
#include "jobs/letter.h"
#include "net/pace.h"

typedef struct Window Window;

/* The limits are those of CONFIG, and built-in ones for the large providers; none when it is NULL.
 * NOW is monotonic, in microseconds. */
Window *window_new(const Config *config, int64_t now);
void window_free(Window *window);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Window, window_free)

/* The pace of limit number I of CONFIG. */
Pace *window_pace(Window *window, guint i);

/* LETTER waits; first of all when it has been tried before. It is only borrowed. */
void window_put(Window *window, Letter *letter);

/* The next letter that may go now, or NULL: *WAIT is then the time until one may, in microseconds,
 * or -1 when one on its way has to end first. */
Letter *window_take(Window *window, int64_t now, int64_t *wait);

/* LETTER, which was taken, is not on its way any more. */
void window_end(Window *window, const Letter *letter);

/* What came of it at the recipient's end. */
void window_grow(Window *window, const Letter *letter, int64_t now);
void window_ease(Window *window, const Letter *letter, int64_t now, double chance);

guint window_count(const Window *window); /* letters that wait */

/* Any letter that waits, whether it may go or not; NULL: none. */
Letter *window_take_any(Window *window);
