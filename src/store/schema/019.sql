-- Schema 19: the mail that answers somebody who wrote (store/answers.h).

CREATE TABLE answer (
    subscription_id BIGINT PRIMARY KEY REFERENCES subscription (id),
    about TEXT,                          -- Message-ID of the mail that is answered; NULL: not known
    made_at BIGINT NOT NULL,             -- when it was last asked for
    next_at BIGINT NOT NULL,             -- when it is due; 0: it is not any more
    mailed_at BIGINT NOT NULL DEFAULT 0, -- when one was last begun; recorded before it left
    tries BIGINT NOT NULL DEFAULT 0      -- of one that no relay took
);
CREATE INDEX answer_due ON answer (next_at) WHERE next_at > 0;
