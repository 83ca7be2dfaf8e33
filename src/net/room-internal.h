/* room-internal.h - the memory that all documents on their way share.
 *
 * Who finds no room has to get out of the way of the others. A document of a server leaves, and is asked
 * for again. A program does not: what it has printed it may not print a second time. It waits; and lest
 * those who wait do so for each other, they leave room for one of the largest documents, which one of
 * them after the other gets.
 *
 *     all of the room    ├─ documents that come and go ─┤
 *     of it, who waits   ├─ together ─┤├─ the largest: of one, to its end ─┤                        */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    size_t max;
    size_t largest; /* what one document may take; no more than MAX */
    size_t used;
    size_t waiting; /* of it, by those who wait and have not got the largest */
} Room;

/* What one document has of the room. */
typedef struct {
    size_t size;
    size_t waiting; /* of it, counted in the room's */
} Share;

/* Whether the largest document fits in. */
bool room_has_largest(const Room *room);

/* Makes SHARE so large, if it was less; false where there is no room for that, and its owner must
 * leave. */
bool room_take(Room *room, Share *share, size_t size);

/* The same for an owner who waits when it is false, and tries again. SIZE is no more than the largest. */
bool room_take_or_wait(Room *room, Share *share, size_t size);

/* Gives back what SHARE has beyond SIZE, unless it has got the largest. */
void room_trim(Room *room, Share *share, size_t size);

void room_leave(Room *room, Share *share);
