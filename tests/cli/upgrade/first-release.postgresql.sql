-- A shop as the first release left it on PostgreSQL: two products on sale, one in two channels, one translated; and a draft.
CREATE TABLE public.api_keys (
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    hint text NOT NULL COLLATE pg_catalog."C",
    hash text NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.idempotency_keys (
    actor_id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    fingerprint text NOT NULL COLLATE pg_catalog."C",
    status bigint NOT NULL,
    location text NOT NULL COLLATE pg_catalog."C",
    etag text NOT NULL COLLATE pg_catalog."C",
    body text NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.locations (
    id bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.nodes (
    node bigint NOT NULL,
    fence bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    expires_at timestamp with time zone,
    last_id bigint NOT NULL
);
CREATE TABLE public.product_documents (
    channel text NOT NULL COLLATE pg_catalog."C",
    locale text NOT NULL COLLATE pg_catalog."C",
    product_id bigint NOT NULL,
    version bigint NOT NULL,
    shape bigint NOT NULL,
    body text NOT NULL COLLATE pg_catalog."C"
);
ALTER TABLE ONLY public.product_documents ALTER COLUMN body SET COMPRESSION lz4;
CREATE TABLE public.product_translations (
    product_id bigint NOT NULL,
    locale text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL COLLATE pg_catalog."C",
    description text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.products (
    id bigint NOT NULL,
    handle text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL COLLATE pg_catalog."C",
    description text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    channels jsonb NOT NULL,
    tags jsonb NOT NULL,
    options jsonb NOT NULL,
    attributes jsonb NOT NULL,
    images jsonb NOT NULL,
    version bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT products_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'active'::text, 'archived'::text])))
);
CREATE TABLE public.schema_migrations (
    module text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    checksum text NOT NULL COLLATE pg_catalog."C",
    oldest_program bigint NOT NULL,
    applied_at timestamp with time zone NOT NULL
);
CREATE TABLE public.stock_levels (
    product_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    location_id bigint NOT NULL,
    on_hand bigint NOT NULL,
    reserved bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT stock_levels_check CHECK (((reserved >= 0) AND (reserved <= on_hand))),
    CONSTRAINT stock_levels_on_hand_check CHECK ((on_hand >= 0))
);
CREATE TABLE public.variant_prices (
    variant_id bigint NOT NULL,
    channel text NOT NULL COLLATE pg_catalog."C",
    currency text NOT NULL COLLATE pg_catalog."C",
    amount bigint NOT NULL,
    CONSTRAINT variant_prices_amount_check CHECK ((amount >= 0))
);
CREATE TABLE public.variants (
    id bigint NOT NULL,
    product_id bigint NOT NULL,
    sku text COLLATE pg_catalog."C",
    barcode text COLLATE pg_catalog."C",
    options jsonb NOT NULL,
    "position" bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
INSERT INTO public.api_keys VALUES (1, 'first start', 'LZgM', '8e3acd48af55ba6d0600b5451164d1d9da162acdb3ee7be90e133194c64e988d', '2026-11-21 19:25:13.847877+00');
INSERT INTO public.locations VALUES (1, 'Main');
INSERT INTO public.nodes VALUES (0, 1, 'shop:1', NULL, 191306219252613122);
INSERT INTO public.product_documents VALUES ('default', '', 191306219158241280, 2, 2443049989982574907, '{"id":"prod_059x7zrj40000","handle":"linen-shirt","title":"Linen Shirt","description":"Woven in **Portugal**.","status":"active","channels":["default"],"tags":["linen","summer"],"options":[{"name":"Size","values":["S","M"]}],"attributes":[{"name":"Material","value":"Linen"},{"name":"Weave","value":"Plain, 185 g/m²"}],"images":[{"url":"https://media.example/linen-shirt.jpg","alt":"On a line"}],"variants":[{"id":"var_059x7zrj60000","product":"prod_059x7zrj40000","sku":"LS-S","barcode":"4006381333931","options":["S"],"position":0,"prices":[{"channel":"default","currency":"EUR","amount":4900},{"channel":"default","currency":"USD","amount":5400}],191306219160338432,"created_at":"2026-11-21T19:25:13.891612Z","updated_at":"2026-11-21T19:25:13.891612Z"},{"id":"var_059x7zrj80000","product":"prod_059x7zrj40000","sku":"LS-M","barcode":null,"options":["M"],"position":1,"prices":[{"channel":"default","currency":"EUR","amount":5200}],191306219162435584,"created_at":"2026-11-21T19:25:13.892750Z","updated_at":"2026-11-21T19:25:13.892750Z"}],"version":2,"created_at":"2026-11-21T19:25:13.890999Z","updated_at":"2026-11-21T19:25:13.913378Z"}');
INSERT INTO public.product_documents VALUES ('default', 'de', 191306219158241280, 2, 2443049989982574907, '{"id":"prod_059x7zrj40000","handle":"linen-shirt","title":"Leinenhemd","description":"In **Portugal** gewebt.","status":"active","channels":["default"],"tags":["linen","summer"],"options":[{"name":"Size","values":["S","M"]}],"attributes":[{"name":"Material","value":"Linen"},{"name":"Weave","value":"Plain, 185 g/m²"}],"images":[{"url":"https://media.example/linen-shirt.jpg","alt":"On a line"}],"variants":[{"id":"var_059x7zrj60000","product":"prod_059x7zrj40000","sku":"LS-S","barcode":"4006381333931","options":["S"],"position":0,"prices":[{"channel":"default","currency":"EUR","amount":4900},{"channel":"default","currency":"USD","amount":5400}],191306219160338432,"created_at":"2026-11-21T19:25:13.891612Z","updated_at":"2026-11-21T19:25:13.891612Z"},{"id":"var_059x7zrj80000","product":"prod_059x7zrj40000","sku":"LS-M","barcode":null,"options":["M"],"position":1,"prices":[{"channel":"default","currency":"EUR","amount":5200}],191306219162435584,"created_at":"2026-11-21T19:25:13.892750Z","updated_at":"2026-11-21T19:25:13.892750Z"}],"version":2,"created_at":"2026-11-21T19:25:13.890999Z","updated_at":"2026-11-21T19:25:13.913378Z"}');
INSERT INTO public.product_documents VALUES ('default', '', 191306219252613121, 1, 2443049989982574907, '{"id":"prod_059x7zrmy0001","handle":"walnut-bowl","title":"Walnut Bowl","description":"","status":"active","channels":["default","trade"],"tags":["wood"],"options":[],"attributes":[],"images":[],"variants":[{"id":"var_059x7zrmy0002","product":"prod_059x7zrmy0001","sku":"WB-1","barcode":null,"options":[],"position":0,"prices":[{"channel":"default","currency":"EUR","amount":2900}],191306219252613122,"created_at":"2026-11-21T19:25:13.935431Z","updated_at":"2026-11-21T19:25:13.935431Z"}],"version":1,"created_at":"2026-11-21T19:25:13.935324Z","updated_at":"2026-11-21T19:25:13.935324Z"}');
INSERT INTO public.product_documents VALUES ('trade', '', 191306219252613121, 1, 2443049989982574907, '{"id":"prod_059x7zrmy0001","handle":"walnut-bowl","title":"Walnut Bowl","description":"","status":"active","channels":["default","trade"],"tags":["wood"],"options":[],"attributes":[],"images":[],"variants":[{"id":"var_059x7zrmy0002","product":"prod_059x7zrmy0001","sku":"WB-1","barcode":null,"options":[],"position":0,"prices":[{"channel":"trade","currency":"EUR","amount":1800}],191306219252613122,"created_at":"2026-11-21T19:25:13.935431Z","updated_at":"2026-11-21T19:25:13.935431Z"}],"version":1,"created_at":"2026-11-21T19:25:13.935324Z","updated_at":"2026-11-21T19:25:13.935324Z"}');
INSERT INTO public.product_translations VALUES (191306219158241280, 'de', 'Leinenhemd', 'In **Portugal** gewebt.');
INSERT INTO public.products VALUES (191306219158241280, 'linen-shirt', 'Linen Shirt', 'Woven in **Portugal**.', 'active', '["default"]', '["linen", "summer"]', '[{"name": "Size", "values": ["S", "M"]}]', '[{"name": "Material", "value": "Linen"}, {"name": "Weave", "value": "Plain, 185 g/m²"}]', '[{"alt": "On a line", "url": "https://media.example/linen-shirt.jpg"}]', 2, '2026-11-21 19:25:13.890999+00', '2026-11-21 19:25:13.913378+00');
INSERT INTO public.products VALUES (191306219240030209, 'felt-hat', 'Felt Hat', '', 'draft', '["default"]', '[]', '[]', '[]', '[]', 1, '2026-11-21 19:25:13.929757+00', '2026-11-21 19:25:13.929757+00');
INSERT INTO public.products VALUES (191306219252613121, 'walnut-bowl', 'Walnut Bowl', '', 'active', '["default", "trade"]', '["wood"]', '[]', '[]', '[]', 1, '2026-11-21 19:25:13.935324+00', '2026-11-21 19:25:13.935324+00');
INSERT INTO public.schema_migrations VALUES ('api', 1, 'idempotency', '1fa5432d971c5585ca422244f9760060690b5885cc0863d1d124cc651b3f28ba', 0, '2026-11-21 19:25:13.829783+00');
INSERT INTO public.schema_migrations VALUES ('auth', 1, 'keys', 'dfc27e6dc7947323e7f66548aca70c573f7b30d7056e81710cfd7cd0e2f764ad', 0, '2026-11-21 19:25:13.837336+00');
INSERT INTO public.schema_migrations VALUES ('inventory', 1, 'stock', 'f07bc9dcf00100f899910dfee6ee81a706355a21426d4b3d6c2640170a7b9aa2', 0, '2026-11-21 19:25:13.839504+00');
INSERT INTO public.schema_migrations VALUES ('catalog', 1, 'products', '8d006eb526f486b2af9ab650a3398c34f7ae9fe6be5a7ffc91139a51fd4c34ec', 0, '2026-11-21 19:25:13.843461+00');
INSERT INTO public.stock_levels VALUES (191306219158241280, 191306219162435584, 1, 0, 0, '2026-11-21 19:25:13.892817+00');
INSERT INTO public.stock_levels VALUES (191306219158241280, 191306219160338432, 1, 7, 0, '2026-11-21 19:25:13.924029+00');
INSERT INTO public.stock_levels VALUES (191306219240030209, 191306219240030210, 1, 0, 0, '2026-11-21 19:25:13.929981+00');
INSERT INTO public.stock_levels VALUES (191306219252613121, 191306219252613122, 1, 0, 0, '2026-11-21 19:25:13.935637+00');
INSERT INTO public.variant_prices VALUES (191306219160338432, 'default', 'EUR', 4900);
INSERT INTO public.variant_prices VALUES (191306219160338432, 'default', 'USD', 5400);
INSERT INTO public.variant_prices VALUES (191306219160338432, 'trade', 'EUR', 3100);
INSERT INTO public.variant_prices VALUES (191306219162435584, 'default', 'EUR', 5200);
INSERT INTO public.variant_prices VALUES (191306219240030210, 'default', 'EUR', 3990);
INSERT INTO public.variant_prices VALUES (191306219252613122, 'default', 'EUR', 2900);
INSERT INTO public.variant_prices VALUES (191306219252613122, 'trade', 'EUR', 1800);
INSERT INTO public.variants VALUES (191306219160338432, 191306219158241280, 'LS-S', '4006381333931', '["S"]', 0, '2026-11-21 19:25:13.891612+00', '2026-11-21 19:25:13.891612+00');
INSERT INTO public.variants VALUES (191306219162435584, 191306219158241280, 'LS-M', NULL, '["M"]', 1, '2026-11-21 19:25:13.89275+00', '2026-11-21 19:25:13.89275+00');
INSERT INTO public.variants VALUES (191306219240030210, 191306219240030209, 'FH-1', NULL, '[]', 0, '2026-11-21 19:25:13.929867+00', '2026-11-21 19:25:13.929867+00');
INSERT INTO public.variants VALUES (191306219252613122, 191306219252613121, 'WB-1', NULL, '[]', 0, '2026-11-21 19:25:13.935431+00', '2026-11-21 19:25:13.935431+00');
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_hash_key UNIQUE (hash);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (actor_id, name);
ALTER TABLE ONLY public.locations
    ADD CONSTRAINT locations_name_key UNIQUE (name);
ALTER TABLE ONLY public.locations
    ADD CONSTRAINT locations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT nodes_pkey PRIMARY KEY (node);
ALTER TABLE ONLY public.product_documents
    ADD CONSTRAINT product_documents_pkey PRIMARY KEY (channel, locale, product_id);
ALTER TABLE ONLY public.product_translations
    ADD CONSTRAINT product_translations_pkey PRIMARY KEY (product_id, locale);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_handle_key UNIQUE (handle);
ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (module, number);
ALTER TABLE ONLY public.stock_levels
    ADD CONSTRAINT stock_levels_pkey PRIMARY KEY (product_id, variant_id, location_id);
ALTER TABLE ONLY public.variant_prices
    ADD CONSTRAINT variant_prices_pkey PRIMARY KEY (variant_id, channel, currency);
ALTER TABLE ONLY public.variants
    ADD CONSTRAINT variants_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.variants
    ADD CONSTRAINT variants_sku_key UNIQUE (sku);
CREATE INDEX idempotency_keys_age ON public.idempotency_keys USING btree (created_at);
CREATE INDEX product_documents_product ON public.product_documents USING btree (product_id);
CREATE INDEX products_status ON public.products USING btree (status, id);
CREATE INDEX stock_levels_location ON public.stock_levels USING btree (location_id);
CREATE UNIQUE INDEX stock_levels_variant ON public.stock_levels USING btree (variant_id, location_id);
CREATE INDEX variants_product ON public.variants USING btree (product_id, "position");
ALTER TABLE ONLY public.product_documents
    ADD CONSTRAINT product_documents_product_id_fkey FOREIGN KEY (product_id) REFERENCES public.products(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.product_translations
    ADD CONSTRAINT product_translations_product_id_fkey FOREIGN KEY (product_id) REFERENCES public.products(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.stock_levels
    ADD CONSTRAINT stock_levels_location_id_fkey FOREIGN KEY (location_id) REFERENCES public.locations(id);
ALTER TABLE ONLY public.variant_prices
    ADD CONSTRAINT variant_prices_variant_id_fkey FOREIGN KEY (variant_id) REFERENCES public.variants(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.variants
    ADD CONSTRAINT variants_product_id_fkey FOREIGN KEY (product_id) REFERENCES public.products(id) ON DELETE CASCADE;
