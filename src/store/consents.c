#include "store/consents.h"

#include <string.h>

#include "store/driver-internal.h"
#include "store/snapshot-internal.h"

#define VERSION_LENGTH 12u /* of the hash: what is shown */

bool
store_consent_add(Store *store, Consent *consent, GError **error)
{
    g_autoptr(GBytes) wording = g_bytes_new(consent->wording, strlen(consent->wording));
    g_autofree char *hash = NULL;
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL || !snapshot_put(store, wording, &hash, error))
        return false;
    g_autoptr(Query) query =
        query_new(store, "INSERT INTO consent (basis, way, wording_hash, page, peer, at) "
                         "VALUES ($basis, $way, $wording, $page, $peer, $at)");
    query_bind_integer(query, "$basis", consent->basis);
    query_bind_text(query, "$way", consent->way);
    query_bind_text(query, "$wording", hash);
    query_bind_text(query, "$page", consent->page);
    query_bind_text(query, "$peer", consent->peer);
    query_bind_integer(query, "$at", consent->at);
    if (!query_run(query, error))
        return false;
    consent->id = driver_last_id(store);
    return transaction_commit(transaction, error);
}

static Consent *
read_consent(Query *query)
{
    Consent *consent = g_new0(Consent, 1);
    g_autoptr(GBytes) wording = query_bytes(query, 4);
    consent->id = query_integer(query, 0);
    consent->basis = (ConsentBasis)query_integer(query, 1);
    consent->way = query_copy(query, 2);
    consent->version = g_strndup(query_text(query, 3), VERSION_LENGTH);
    consent->wording = g_strndup(g_bytes_get_data(wording, NULL), g_bytes_get_size(wording));
    consent->page = query_copy(query, 5);
    consent->peer = query_copy(query, 6);
    consent->at = query_integer(query, 7);
    return consent;
}

bool
store_consent_find(Store *store, int64_t id, Consent **consent, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT consent.id, basis, way, wording_hash, body, page, peer, at "
               "FROM consent JOIN snapshot ON snapshot.hash = wording_hash WHERE consent.id = $id");
    query_bind_integer(query, "$id", id);
    *consent = query_step(query) ? read_consent(query) : NULL;
    return query_finish(query, error);
}
