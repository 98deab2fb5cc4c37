alter table app.subscriptions validate constraint subscriptions_next;
