-- Schema 22: of whom an issue has been chosen for, and had too few articles (store/ledger-internal.h).

-- They have no delivery, for there was no mail, and what there was waits for them (carry). A segment is read
-- again as long as any mail of it is put off: they must not be chosen for once more, as a later digest may have
-- brought what waited.
CREATE TABLE waiter (
    issue_id BIGINT NOT NULL REFERENCES issue (id),
    subscription_id BIGINT NOT NULL REFERENCES subscription (id),
    PRIMARY KEY (issue_id, subscription_id)
) {CLUSTERED};
