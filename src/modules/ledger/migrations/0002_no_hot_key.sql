-- A foreign key holds the row that it points at until the commit, and all payments are entries of the same few accounts: each would write
-- into `cash` and `sales` that they are held (docs/decisions/no-keys-to-hot-rows.md). Nor
-- is an entry's transaction looked for again, which the same function has written a moment before. `souk check` looks for entries that lack either.

-- only postgres
alter table ledger_entries drop constraint ledger_entries_account_id_fkey;
alter table ledger_entries drop constraint ledger_entries_transaction_id_fkey;
alter table ledger_unfolded drop constraint ledger_unfolded_account_id_fkey;
-- end
