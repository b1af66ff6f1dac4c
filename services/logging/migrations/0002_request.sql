-- The lines of one request, found without reading a partition.
create index records_of_request on records (request_id, seq) where request_id is not null;
