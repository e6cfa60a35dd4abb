-- What is taken of a hot variant is guarded where its row is held, without a word to the program in between:
-- nothing taken ends the transaction, which is run again, more carefully.

-- only postgres
create function stock_must_take(taken bigint) returns void language plpgsql as $$
begin
    if taken = 0 then
        raise exception 'others have taken it' using errcode = 'serialization_failure';
    end if;
end
$$;
-- end
