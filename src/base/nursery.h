/* nursery.h - a small process that does nothing but make the children of sandbox.h.
 *
 * To fork a process costs what is mapped in it, and each page that either of the two writes to after
 * that. A program with connections and a database has much of it, and goes on writing; a process that
 * was forked before there was any of that is forked again for a fraction. Its children still are one for
 * each input, and they are ours: CLONE_PARENT makes them the caller's, who waits for them as for others.
 *
 * What a child needs to have been loaded, its nursery loads (NurseryLoad), so that no child depends on
 * the caller.                                                                                        */
#pragma once

#include <sys/uio.h>

#include "base/sandbox.h"

typedef struct Nursery Nursery;

/* Runs in the nursery with each input before its child is made: opens what the child cannot. It lives
 * on, so INPUT must not be able to harm it. DATA is that of nursery_open(). */
typedef void (*NurseryLoad)(void *data, GBytes *input);

/* The children do WORK, whose input is a GBytes. NULL with DEPESCHE_ERROR_TEMPORARY when there can be
 * none. The caller is single-threaded. */
Nursery *nursery_open(SandboxWork work, NurseryLoad load, void *data, GError **error);

/* Ends it; children that are at work go on. */
void nursery_close(Nursery *nursery);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Nursery, nursery_close)

/* sandbox_start() with an input of COUNT parts, which are copied. Does not wait for the child. That the
 * nursery has died may be told by this or by the child's answer: DEPESCHE_ERROR_TEMPORARY. */
Sandbox *nursery_start(Nursery *nursery, const struct iovec *parts, size_t count,
                       const SandboxLimits *limits, GError **error);
