#include "jobs/backlog.h"

/* Each answer counts for so much of what is usual. */
#define WEIGHT 8

typedef struct {
    int64_t usual; /* 0: no answer yet */
    int64_t least;
} Answers;

struct Backlog {
    guint count;
    Answers relays[];
};

Backlog *
backlog_new(guint count)
{
    Backlog *backlog = g_malloc0(sizeof *backlog + count * sizeof backlog->relays[0]);
    backlog->count = count;
    return backlog;
}

void
backlog_free(Backlog *backlog)
{
    g_free(backlog);
}

void
backlog_learn(Backlog *backlog, guint relay, int64_t time)
{
    Answers *answers = &backlog->relays[relay];
    time = MAX(time, 1);
    if (answers->usual == 0)
        answers->usual = answers->least = time;
    answers->usual += (time - answers->usual) / WEIGHT;
    answers->least = MIN(answers->least, time);
}

void
backlog_forget(Backlog *backlog, guint relay)
{
    backlog->relays[relay] = (Answers){ 0 };
}

/* What is less than the shortest answer may come from the way. What is usual is an average, and those who were
 * let go together stand in a row: for the last it is longer by a third. */
static int64_t
queue_of(const Answers *answers)
{
    int64_t waited = answers->usual - answers->least;
    return waited < answers->least ? 0 : waited + waited / 3;
}

int64_t
backlog_answer(const Backlog *backlog, guint relay)
{
    return backlog->relays[relay].least;
}

int64_t
backlog_left(const Backlog *backlog)
{
    int64_t left = G_MAXINT64;
    for (guint i = 0; i < backlog->count; i++) {
        const Answers *answers = &backlog->relays[i];
        if (answers->usual > 0)
            left = MIN(left, queue_of(answers));
    }
    return left < G_MAXINT64 ? left : 0;
}
