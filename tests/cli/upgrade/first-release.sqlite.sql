-- A shop as the first release left it on SQLite: two products on sale, one in two channels, one translated; and a draft.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema_migrations (module TEXT not null, number INTEGER not null, name TEXT not null, checksum TEXT not null, oldest_program INTEGER not null, applied_at INTEGER not null, primary key (module, number)) strict;
INSERT INTO schema_migrations VALUES('api',1,'idempotency','1fa5432d971c5585ca422244f9760060690b5885cc0863d1d124cc651b3f28ba',0,1795289113197550);
INSERT INTO schema_migrations VALUES('auth',1,'keys','dfc27e6dc7947323e7f66548aca70c573f7b30d7056e81710cfd7cd0e2f764ad',0,1795289113198427);
INSERT INTO schema_migrations VALUES('inventory',1,'stock','f07bc9dcf00100f899910dfee6ee81a706355a21426d4b3d6c2640170a7b9aa2',0,1795289113199354);
INSERT INTO schema_migrations VALUES('catalog',1,'products','8d006eb526f486b2af9ab650a3398c34f7ae9fe6be5a7ffc91139a51fd4c34ec',0,1795289113200417);
CREATE TABLE nodes (node INTEGER primary key, fence INTEGER not null, owner TEXT not null, expires_at INTEGER, last_id INTEGER not null) strict;
INSERT INTO nodes VALUES(0,1,'shop:1',NULL,191306217876881410);
CREATE TABLE idempotency_keys (
    actor_id    INTEGER not null,
    name        TEXT not null,
    fingerprint TEXT not null,
    status      INTEGER not null,
    location    TEXT not null,
    etag        TEXT not null,
    body        TEXT not null,
    created_at  INTEGER not null,
    primary key (actor_id, name)
) strict;
CREATE TABLE api_keys (
    id         INTEGER primary key,
    name       TEXT not null,
    hint       TEXT not null,
    hash       TEXT not null unique,
    created_at INTEGER not null
) strict;
INSERT INTO api_keys VALUES(1,'first start','aBh8','98f04fc78f568492a6e221a8f56886038b47a2854233beb5d4a16e3dfd96bca5',1795289113206925);
CREATE TABLE locations (
    id   INTEGER primary key,
    name TEXT not null unique
) strict;
INSERT INTO locations VALUES(1,'Main');
CREATE TABLE stock_levels (
    product_id  INTEGER not null,
    variant_id  INTEGER not null,
    location_id INTEGER not null references locations (id),
    on_hand     INTEGER not null check (on_hand >= 0),
    reserved    INTEGER not null check (reserved >= 0 and reserved <= on_hand),
    updated_at  INTEGER not null,
    primary key (product_id, variant_id, location_id)
)
-- only sqlite
without rowid
-- end
, strict;
INSERT INTO stock_levels VALUES(191306217807675393,191306217807675394,1,7,0,1795289113268055);
INSERT INTO stock_levels VALUES(191306217807675393,191306217807675395,1,0,0,1795289113246635);
INSERT INTO stock_levels VALUES(191306217866395649,191306217866395650,1,0,0,1795289113274110);
INSERT INTO stock_levels VALUES(191306217876881409,191306217876881410,1,0,0,1795289113279733);
CREATE TABLE products (
    id          INTEGER primary key,
    handle      TEXT not null unique,
    title       TEXT not null,
    description TEXT not null,
    status      TEXT not null check (status in ('draft', 'active', 'archived')),
    channels    TEXT not null,
    tags        TEXT not null,
    options     TEXT not null,
    attributes  TEXT not null,
    images      TEXT not null,
    version     INTEGER not null,
    created_at  INTEGER not null,
    updated_at  INTEGER not null
) strict;
INSERT INTO products VALUES(191306217807675393,'linen-shirt','Linen Shirt','Woven in **Portugal**.','active','["default"]','["linen","summer"]','[{"name":"Size","values":["S","M"]}]','[{"name":"Material","value":"Linen"},{"name":"Weave","value":"Plain, 185 g/m²"}]','[{"url":"https://media.example/linen-shirt.jpg","alt":"On a line"}]',2,1795289113246467,1795289113261439);
INSERT INTO products VALUES(191306217866395649,'felt-hat','Felt Hat','','draft','["default"]','[]','[]','[]','[]',1,1795289113274076,1795289113274076);
INSERT INTO products VALUES(191306217876881409,'walnut-bowl','Walnut Bowl','','active','["default","trade"]','["wood"]','[]','[]','[]',1,1795289113279694,1795289113279694);
CREATE TABLE product_documents (
    channel    TEXT not null,
    locale     TEXT not null,
    product_id INTEGER not null references products (id) on delete cascade,
    version    INTEGER not null,
    shape      INTEGER not null,
    body       TEXT not null,
    primary key (channel, locale, product_id)
) strict;
INSERT INTO product_documents VALUES('default','',191306217807675393,2,2443049989982574907,'{"id":"prod_059x7zq9w0001","handle":"linen-shirt","title":"Linen Shirt","description":"Woven in **Portugal**.","status":"active","channels":["default"],"tags":["linen","summer"],"options":[{"name":"Size","values":["S","M"]}],"attributes":[{"name":"Material","value":"Linen"},{"name":"Weave","value":"Plain, 185 g/m²"}],"images":[{"url":"https://media.example/linen-shirt.jpg","alt":"On a line"}],"variants":[{"id":"var_059x7zq9w0002","product":"prod_059x7zq9w0001","sku":"LS-S","barcode":"4006381333931","options":["S"],"position":0,"prices":[{"channel":"default","currency":"EUR","amount":4900},{"channel":"default","currency":"USD","amount":5400}],191306217807675394,"created_at":"2026-11-21T19:25:13.246577Z","updated_at":"2026-11-21T19:25:13.246577Z"},{"id":"var_059x7zq9w0003","product":"prod_059x7zq9w0001","sku":"LS-M","barcode":null,"options":["M"],"position":1,"prices":[{"channel":"default","currency":"EUR","amount":5200}],191306217807675395,"created_at":"2026-11-21T19:25:13.246632Z","updated_at":"2026-11-21T19:25:13.246632Z"}],"version":2,"created_at":"2026-11-21T19:25:13.246467Z","updated_at":"2026-11-21T19:25:13.261439Z"}');
INSERT INTO product_documents VALUES('default','de',191306217807675393,2,2443049989982574907,'{"id":"prod_059x7zq9w0001","handle":"linen-shirt","title":"Leinenhemd","description":"In **Portugal** gewebt.","status":"active","channels":["default"],"tags":["linen","summer"],"options":[{"name":"Size","values":["S","M"]}],"attributes":[{"name":"Material","value":"Linen"},{"name":"Weave","value":"Plain, 185 g/m²"}],"images":[{"url":"https://media.example/linen-shirt.jpg","alt":"On a line"}],"variants":[{"id":"var_059x7zq9w0002","product":"prod_059x7zq9w0001","sku":"LS-S","barcode":"4006381333931","options":["S"],"position":0,"prices":[{"channel":"default","currency":"EUR","amount":4900},{"channel":"default","currency":"USD","amount":5400}],191306217807675394,"created_at":"2026-11-21T19:25:13.246577Z","updated_at":"2026-11-21T19:25:13.246577Z"},{"id":"var_059x7zq9w0003","product":"prod_059x7zq9w0001","sku":"LS-M","barcode":null,"options":["M"],"position":1,"prices":[{"channel":"default","currency":"EUR","amount":5200}],191306217807675395,"created_at":"2026-11-21T19:25:13.246632Z","updated_at":"2026-11-21T19:25:13.246632Z"}],"version":2,"created_at":"2026-11-21T19:25:13.246467Z","updated_at":"2026-11-21T19:25:13.261439Z"}');
INSERT INTO product_documents VALUES('default','',191306217876881409,1,2443049989982574907,'{"id":"prod_059x7zqby0001","handle":"walnut-bowl","title":"Walnut Bowl","description":"","status":"active","channels":["default","trade"],"tags":["wood"],"options":[],"attributes":[],"images":[],"variants":[{"id":"var_059x7zqby0002","product":"prod_059x7zqby0001","sku":"WB-1","barcode":null,"options":[],"position":0,"prices":[{"channel":"default","currency":"EUR","amount":2900}],191306217876881410,"created_at":"2026-11-21T19:25:13.279721Z","updated_at":"2026-11-21T19:25:13.279721Z"}],"version":1,"created_at":"2026-11-21T19:25:13.279694Z","updated_at":"2026-11-21T19:25:13.279694Z"}');
INSERT INTO product_documents VALUES('trade','',191306217876881409,1,2443049989982574907,'{"id":"prod_059x7zqby0001","handle":"walnut-bowl","title":"Walnut Bowl","description":"","status":"active","channels":["default","trade"],"tags":["wood"],"options":[],"attributes":[],"images":[],"variants":[{"id":"var_059x7zqby0002","product":"prod_059x7zqby0001","sku":"WB-1","barcode":null,"options":[],"position":0,"prices":[{"channel":"trade","currency":"EUR","amount":1800}],191306217876881410,"created_at":"2026-11-21T19:25:13.279721Z","updated_at":"2026-11-21T19:25:13.279721Z"}],"version":1,"created_at":"2026-11-21T19:25:13.279694Z","updated_at":"2026-11-21T19:25:13.279694Z"}');
CREATE TABLE product_translations (
    product_id  INTEGER not null references products (id) on delete cascade,
    locale      TEXT not null,
    title       TEXT not null,
    description TEXT not null,
    primary key (product_id, locale)
) strict;
INSERT INTO product_translations VALUES(191306217807675393,'de','Leinenhemd','In **Portugal** gewebt.');
CREATE TABLE variants (
    id         INTEGER primary key,
    product_id INTEGER not null references products (id) on delete cascade,
    sku        TEXT unique,
    barcode    TEXT,
    options    TEXT not null,
    position   INTEGER not null,
    created_at INTEGER not null,
    updated_at INTEGER not null
) strict;
INSERT INTO variants VALUES(191306217807675394,191306217807675393,'LS-S','4006381333931','["S"]',0,1795289113246577,1795289113246577);
INSERT INTO variants VALUES(191306217807675395,191306217807675393,'LS-M',NULL,'["M"]',1,1795289113246632,1795289113246632);
INSERT INTO variants VALUES(191306217866395650,191306217866395649,'FH-1',NULL,'[]',0,1795289113274098,1795289113274098);
INSERT INTO variants VALUES(191306217876881410,191306217876881409,'WB-1',NULL,'[]',0,1795289113279721,1795289113279721);
CREATE TABLE variant_prices (
    variant_id INTEGER not null references variants (id) on delete cascade,
    channel    TEXT not null,
    currency   TEXT not null,
    amount     INTEGER not null check (amount >= 0),
    primary key (variant_id, channel, currency)
)
-- only sqlite
without rowid
-- end
, strict;
INSERT INTO variant_prices VALUES(191306217807675394,'default','EUR',4900);
INSERT INTO variant_prices VALUES(191306217807675394,'default','USD',5400);
INSERT INTO variant_prices VALUES(191306217807675394,'trade','EUR',3100);
INSERT INTO variant_prices VALUES(191306217807675395,'default','EUR',5200);
INSERT INTO variant_prices VALUES(191306217866395650,'default','EUR',3990);
INSERT INTO variant_prices VALUES(191306217876881410,'default','EUR',2900);
INSERT INTO variant_prices VALUES(191306217876881410,'trade','EUR',1800);
CREATE INDEX idempotency_keys_age on idempotency_keys (created_at);
CREATE UNIQUE INDEX stock_levels_variant on stock_levels (variant_id, location_id);
CREATE INDEX stock_levels_location on stock_levels (location_id);
CREATE INDEX products_status on products (status, id);
CREATE INDEX product_documents_product on product_documents (product_id);
CREATE INDEX variants_product on variants (product_id, position);
COMMIT;
