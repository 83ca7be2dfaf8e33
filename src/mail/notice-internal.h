/* notice-internal.h - the phrases of notices, folded (phrase.h), each list ended by NULL. */
#pragma once

extern const char *const notice_failing[];   /* it was not delivered */
extern const char *const notice_delaying[];  /* not yet */
extern const char *const notice_finishing[]; /* and never will be, whatever else stands there */
extern const char *const notice_subjects[];  /* of bounces */
extern const char *const notice_replies[];   /* beginnings of a subject: a person's */
extern const char
    *const notice_boundaries[]; /* beginnings of the line behind which the original is */
extern const char *const notice_headings[]; /* what looks like one, and goes on to say more */
extern const char *const notice_labels[];   /* before an address that failed */
extern const char *const notice_origins[];  /* before the one that another was made of */
extern const char *const notice_strange[];  /* before one that did not */
