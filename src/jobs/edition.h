/* edition.h - an issue made ready for its readers: what it froze, read once, and renditions kept
 * for those who share them. Sending and previewing go through here, so that both show the same.  */
#pragma once

#include "digest/issue.h"
#include "digest/render.h"
#include "digest/selection.h"
#include "feed/article.h"
#include "jobs/instance.h"
#include "mail/address.h"
#include "mail/message.h"
#include "subscriber/subscription.h"

/* Of finished stencils; the least recently used go first. */
#define EDITION_CACHE_BYTES (6u * 1024 * 1024)

typedef struct Edition Edition;

/* Reads the issue's snapshots and articles. INSTANCE must outlive it. */
Edition *edition_open(const Instance *instance, const Issue *issue, GError **error);
/* The same for a web page that everybody may see: it says nothing of anybody (edition_write_public()). */
Edition *edition_open_public(const Instance *instance, const Issue *issue, GError **error);
void edition_close(Edition *edition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Edition, edition_close)

typedef enum {
    EDITION_READY,
    EDITION_EMPTY,     /* nothing in it for this subscription: no mail */
    EDITION_NOT_ASKED, /* a letter to a topic that it did not choose */
    EDITION_WAITS,     /* what there is for it is too few: it waits for a later digest */
} EditionOutcome;

/* From any thread. The finished message for SUBSCRIPTION, signed where that is configured, replaces
 * the content of MESSAGE, and *SENDER (owned by the caller) is its envelope sender; both are left
 * alone unless *OUTCOME is EDITION_READY. *LEFT becomes what waits for the subscription then (of
 * int64_t, the caller's), also with EDITION_WAITS, or NULL when that is what waited before. What
 * the digest is chosen from is SUBSCRIPTION's carry, too: with the same, the same subscription
 * always gets the same bytes. MESSAGE shares bytes with EDITION, which has to outlive it. Fails when
 * the subscription's own facts cannot be used (DEPESCHE_ERROR_INPUT) or a template is wrong; others
 * may still work. */
bool edition_write(Edition *edition, const Subscription *subscription, Message *message,
                   Address **sender, GArray **left, EditionOutcome *outcome, GError **error);

/* The articles that the mail which edition_write() makes for SUBSCRIPTION tells of, its links too (*TOLD, of
 * int64_t, the caller's); none when there is no mail, or it is a letter. */
bool edition_told(Edition *edition, const Subscription *subscription, GArray **told,
                  GError **error);

/* What becomes of an article for which a digest has no room. */
typedef enum {
    REST_WAITS,  /* for a later digest */
    REST_LINKED, /* the mail names it */
    REST_LOST,   /* a welcome leaves nothing over, and only so many can wait (digest/leftover.h) */
} EditionRest;

/* Why an article is, or is not, in the digest of a subscription. */
typedef struct {
    SelectionRule rule; /* the one that it does not pass; RULE_COUNT: it is in the digest */
    GPtrArray
        *topics;    /* of char *: the newsletter's topics that it is on: "ki (ki, sprachmodell*)" */
    char *followed; /* the words by which it is like what the subscription follows; or NULL */
    GPtrArray *terms;   /* of char *: of the subscription's own filter, that it has */
    GPtrArray *denials; /* of char *: of those terms behind a not there, that it has */
    const Article
        *teller; /* of RULE_STORY: what tells the story instead (the edition's); or NULL */
    const Article
        *earlier;     /* of RULE_REPEAT: what an earlier digest had (the edition's); or NULL */
    EditionRest rest; /* of RULE_MAXIMUM, should the mail have room for all that is not cut */
} EditionReason;

void edition_reason_clear(EditionReason *reason);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(EditionReason, edition_reason_clear)

/* About the article SEQ of an issue that has it. Fails as edition_write() does. */
bool edition_explain(Edition *edition, const Subscription *subscription, int64_t seq,
                     EditionReason *reason, GError **error);

/* How many renditions it has made for mails; one that had to be let go counts again. */
guint edition_renditions(const Edition *edition);

/* The Message-ID of the mail to the subscription of REFERENCE, without its brackets: what the logs of
 * mail servers know it by. It never changes. */
char *edition_message_id(const Edition *edition, uint64_t reference);

/* Of an edition that was opened so: the HTML that SUBSCRIPTION would get, without a token, appended to
 * OUT, and its subject, the caller's. */
bool edition_write_public(Edition *edition, const Subscription *subscription, char **subject,
                          GString *out, EditionOutcome *outcome, GError **error);

/* One part of it as its reader sees it, appended to OUT. */
bool edition_write_part(Edition *edition, const Subscription *subscription, bool html, GString *out,
                        EditionOutcome *outcome, GError **error);
