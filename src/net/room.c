#include "net/room-internal.h"

bool
room_has_largest(const Room *room)
{
    return room->largest <= room->max - room->used;
}

bool
room_take(Room *room, Share *share, size_t size)
{
    size_t more = size > share->size ? size - share->size : 0;
    if (more > room->max - room->used)
        return false;
    room->used += more;
    share->size += more;
    return true;
}

static bool
take_together(Room *room, Share *share, size_t size)
{
    size_t more = size - share->size;
    if (more > room->max - room->largest - room->waiting || !room_take(room, share, size))
        return false;
    room->waiting += more;
    share->waiting += more;
    return true;
}

static bool
take_largest(Room *room, Share *share)
{
    if (!room_take(room, share, room->largest))
        return false;
    room->waiting -= share->waiting;
    share->waiting = 0;
    return true;
}

bool
room_take_or_wait(Room *room, Share *share, size_t size)
{
    return size <= share->size || take_together(room, share, size) || take_largest(room, share);
}

void
room_trim(Room *room, Share *share, size_t size)
{
    size_t less = share->waiting > size ? share->waiting - size : 0;
    room->used -= less;
    room->waiting -= less;
    share->size -= less;
    share->waiting -= less;
}

void
room_leave(Room *room, Share *share)
{
    room->used -= share->size;
    room->waiting -= share->waiting;
    *share = (Share){ 0 };
}
