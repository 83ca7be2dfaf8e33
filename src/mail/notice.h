/* notice.h - bounces in plain words: what servers and providers write who do not keep to RFC 3464, in a
 * dozen languages. Pure.
 *
 * There are hundreds of forms and no end of them, so forms are not told apart. All of them say that
 * something was not delivered, name whom it was for in one of a few shapes, and repeat what a server
 * said next to it. The phrases are tables in notice_words.c.                                         */
#pragma once

#include <stdbool.h>
#include "mail/failure.h"

typedef enum {
    NOTICE_NONE,    /* says nothing of the kind */
    NOTICE_FAILED,  /* a mail was not delivered, and will not be */
    NOTICE_DELAYED, /* it is still being tried */
} NoticeKind;

/* What TEXT is about. */
NoticeKind notice_judge(const char *text);

/* Whether SUBJECT is one that servers give to bounces. A person's answer to one, or somebody who passes
 * one on, is none. */
bool notice_has_subject(const char *subject);

/* Whether SUBJECT says of itself that it answers or passes on: "Re:", "Fwd:", "AW:", "WG:", … */
bool notice_is_reply(const char *subject);

/* Whether TEXT names somebody on a line of their own or behind a label, as programs do; people write whole
 * sentences. STRANGERS as below. */
bool notice_has_form(const char *text, const GPtrArray *strangers);

/* Where in TEXT the returned mail begins; the end of TEXT when it does not. */
const char *notice_find_original(const char *text);

/* Whom a notice of TEXT (without the original) names, and why (of Failure *). STRANGERS (of char *)
 * are addresses in it that did not fail: our own. INTENDED are the recipients of the returned mail,
 * which count when the words name nobody. */
GPtrArray *notice_failures(const char *text, const GPtrArray *strangers, const GPtrArray *intended);
