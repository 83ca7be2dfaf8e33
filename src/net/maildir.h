/* maildir.h - a folder of messages, one file each, as mail readers know it. */
#pragma once

#include <stdbool.h>
#include <glib.h>

/* Writes MESSAGE to PATH/tmp, syncs it, and moves it to PATH/new under a name that is made of
 * UNIQUE; the folders are made when they are not there. Line ends become LF, as local mail has
 * them. A message of that name that is there already is replaced: delivering twice leaves one. */
bool maildir_deliver(const char *path, const char *unique, const GString *message, GError **error);
