#include "cli/bounces-internal.h"

#include "store/bounces.h"

Value *
bounces_to_value(const GPtrArray *bounces)
{
    Value *list = value_new_list();
    for (guint i = 0; i < bounces->len; i++) {
        const Bounce *bounce = bounces->pdata[i];
        Value *map = value_new_map();
        value_set_time(map, "at", bounce->at);
        value_set_string(map, "group", bounce_group_name(bounce->group));
        value_set_string(map, "status", bounce->status);
        value_set_string(map, "diagnostic", bounce->diagnostic);
        value_take_item(list, map);
    }
    return list;
}
