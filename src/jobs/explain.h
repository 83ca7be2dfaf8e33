/* explain.h - why a person gets an article, or does not: a step for each rule, in the order in which the
 * rules are asked. The answers are those of the code that sends (jobs/edition.h, digest/selection.h).  */
#pragma once

#include "jobs/instance.h"

typedef enum {
    EXPLAIN_PASSED,
    EXPLAIN_STOPPED, /* here the article was kept from them; later rules of choosing were not asked */
    EXPLAIN_FACT,    /* something to know, neither for nor against */
} ExplainVerdict;

typedef struct {
    const char *rule; /* "seen", "age", "topics" … */
    ExplainVerdict verdict;
    char *text;
} ExplainStep;

const char *explain_verdict_name(ExplainVerdict verdict); /* "passed" */

/* About the article SEQ and the subscriber with ADDRESS_KEY (of ExplainStep *): the last issue of their
 * slot that has it, or what the next one would be. INSTANCE is a dry run. NULL and DEPESCHE_ERROR_INPUT
 * when there is no such article or subscription. */
GPtrArray *explain(Instance *instance, const NewsletterConfig *newsletter, int64_t seq,
                   const char *address_key, GError **error);
