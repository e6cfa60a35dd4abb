#include "modules/cart/checks.h"

#include "modules/cart/store.h"

static bool is_among(IdList ids, Id id)
{
    for (size_t i = 0; i < ids.n; i++)
        if (id_eq(ids.items[i], id)) return true;
    return false;
}

static Id look_at_promises(Ctx *cx, CheckFound *found, Id after)
{
    IdList owners = stock_owners(cx, "cart", after, CHECK_PAGE);
    IdList buyable = owners.n ? carts_buyable(cx, owners) : (IdList){0};
    for (size_t i = 0; i < owners.n; i++)
        if (!is_among(buyable, owners.items[i]))
            check_found(found, owners.items[i],
                        "stock is promised to it, and it is not to be bought");
    return owners.n < CHECK_PAGE ? (Id){0} : owners.items[owners.n - 1];
}

static bool give_back(Ctx *cx, Id cart)
{
    CartLineRows lines;
    cart_row_hold(cx, cart, NULL, NULL, &lines);
    if (!carts_buyable(cx, (IdList){&cart, 1}).n) stock_release(cx, (StockOwner){"cart", cart});
    return true;
}

const Check cart_checks[CART_CHECKS] = {
    {"cart.promised", "What is promised to a cart is promised to one that can still be bought.",
     "cart", look_at_promises, give_back, "Give it back to the stock."},
};
