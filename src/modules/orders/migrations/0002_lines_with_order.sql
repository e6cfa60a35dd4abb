-- Lines are written by the function that writes their order, and neither is ever deleted: PostgreSQL need not look for the order of each
-- (docs/decisions/no-keys-to-hot-rows.md). `souk check` does.

-- only postgres
alter table order_lines drop constraint order_lines_order_id_fkey;
-- end
