#include "modules/categories/categories.h"

const Event category_deleted = {
    .name = "category.deleted",
    .doc = "A category is being deleted: nothing may refer to it from now on."};
const Event category_moved = {
    .name = "category.moved",
    .doc = "A category, with all that is below it, stands below another one now."};
