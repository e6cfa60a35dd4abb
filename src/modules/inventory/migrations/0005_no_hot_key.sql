-- A foreign key holds the row that it points at until the commit, and a shop with one location has one such row: every promise of every
-- buyer would write into it that it is held (docs/decisions/no-keys-to-hot-rows.md).

-- only postgres
alter table stock_reservations drop constraint stock_reservations_location_id_fkey;
-- end
