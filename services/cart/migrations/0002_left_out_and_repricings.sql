-- Variants that joining a guest's cart had no room for; told until the shopper's next write.
alter table carts add column left_out text[] not null default '{}';

-- Variants whose new price has not reached every cart yet.
create table repricings (sku text primary key);
