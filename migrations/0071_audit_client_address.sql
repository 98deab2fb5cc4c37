-- Where the request came from that did it. Null for what the product did by itself and for events from before this; the
-- hash of an event covers it where there is one.
alter table app.audit_events add column client_address text;
