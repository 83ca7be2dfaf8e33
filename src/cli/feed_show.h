/* feed_show.h - "feed show": what feeds say, as it is read, without configuration and state. */
#pragma once

#include "cli/command.h"

/* Each word is a file, a folder of files, a URL, or "-". Of several documents, one that cannot be
 * read is named and does not stop the others; false at the end. */
bool documents_show(const Invocation *invocation, GError **error);
