import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import Stripe from 'stripe';
import { receiver, start, until, webhookSecret } from './support/dev.mjs';

let dev;
let stripe;

before(async () => {
  dev = await start();
  stripe = dev.client();
});

after(() => dev?.stop());

const priceOf = async (key) => (await stripe.prices.list({ lookup_keys: [key], active: true })).data[0];

const subscriber = async (card = 'pm_card_visa', quantity = 3) => {
  const customer = await stripe.customers.create({ email: 'ada@example.com' });
  const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
  const price = await priceOf('tenantry_team_month');
  const subscription = await stripe.subscriptions.create({
    customer: customer.id, items: [{ price: price.id, quantity }], expand: ['latest_invoice.payments'],
  });
  return { customer, method, price, subscription };
};

describe('the client', () => {
  it('speaks the version that we pin', () => {
    assert.equal(Stripe.API_VERSION ?? stripe.getApiField('version'), '2025-09-30.clover');
  });

  it('sells through a hosted page', async () => {
    const customer = await stripe.customers.create({ metadata: { org_id: 'ind_1' } });
    const price = await priceOf('tenantry_team_year');
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription', customer: customer.id, client_reference_id: 'c1',
      line_items: [{ price: price.id, quantity: 2 }],
      subscription_data: { metadata: { conversion_id: 'c1' } },
      success_url: 'http://localhost:1/ok', cancel_url: 'http://localhost:1/no',
    });
    assert.equal(session.status, 'open');
    const paid = await fetch(session.url, {
      method: 'POST', redirect: 'manual', body: new URLSearchParams({ card: '4242424242424242' }),
    });
    assert.equal(paid.status, 303);
    const complete = await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription.latest_invoice'] });
    assert.equal(complete.subscription.metadata.conversion_id, 'c1');
    assert.equal(complete.subscription.latest_invoice.amount_paid, 2 * 29_000);
    const lines = await stripe.checkout.sessions.listLineItems(session.id);
    assert.equal(lines.data[0].quantity, 2);
    await assert.rejects(stripe.checkout.sessions.expire(session.id), Stripe.errors.StripeInvalidRequestError);
    const abandoned = await stripe.checkout.sessions.create({
      mode: 'subscription', customer: customer.id, line_items: [{ price: price.id, quantity: 1 }],
      success_url: 'http://localhost:1/ok', cancel_url: 'http://localhost:1/no',
    });
    assert.equal((await stripe.checkout.sessions.expire(abandoned.id)).status, 'expired');
  });

  it('gives time for nothing, and changes nothing that the card declines', async () => {
    const { customer, price, subscription } = await subscriber();
    const [item] = subscription.items.data;
    const trial_end = item.current_period_end + 7 * 24 * 3600;
    const extended = await stripe.subscriptions.update(subscription.id, { trial_end, proration_behavior: 'none' });
    assert.deepEqual([extended.status, extended.trial_end], ['trialing', trial_end]);
    const { subscription: other } = await subscriber();
    const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer: other.customer });
    await stripe.subscriptions.update(other.id, { default_payment_method: bad.id });
    const more = {
      items: [{ id: other.items.data[0].id, price: price.id, quantity: 9 }],
      proration_behavior: 'always_invoice', payment_behavior: 'error_if_incomplete',
    };
    await assert.rejects(stripe.subscriptions.update(other.id, more), Stripe.errors.StripeCardError);
    assert.equal((await stripe.subscriptions.retrieve(other.id)).items.data[0].quantity, 3);
    const listed = await stripe.subscriptions.list({ customer: customer.id, status: 'all' });
    assert.deepEqual(listed.data.map(({ id }) => id), [subscription.id]);
  });

  it('previews, changes, cancels and resumes a subscription', async () => {
    const { customer, price, subscription } = await subscriber();
    assert.equal(subscription.status, 'active');
    const item = subscription.items.data[0];
    const items = [{ id: item.id, price: price.id, quantity: 5 }];
    const proration_date = item.current_period_start;
    const preview = await stripe.invoices.createPreview({
      customer: customer.id, subscription: subscription.id,
      subscription_details: { items, proration_behavior: 'always_invoice', proration_date },
    });
    assert.equal(preview.amount_due, 2 * 2_900);
    const changed = await stripe.subscriptions.update(subscription.id, {
      items, proration_behavior: 'always_invoice', proration_date, expand: ['latest_invoice'],
    });
    assert.equal(changed.latest_invoice.total, preview.total);
    const cancelled = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    assert.equal(cancelled.cancel_at, item.current_period_end);
    const resumed = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
    assert.equal(resumed.cancel_at, null);
    const over = await stripe.subscriptions.cancel(subscription.id, { prorate: true, invoice_now: true });
    assert.equal(over.status, 'canceled');
    const { balance } = await stripe.customers.retrieve(customer.id);
    assert.ok(balance < 0, `${balance}`);
  });

  it('schedules a downgrade', async () => {
    const { subscription, price } = await subscriber();
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    const [{ start_date, end_date }] = schedule.phases;
    const updated = await stripe.subscriptionSchedules.update(schedule.id, {
      end_behavior: 'release',
      phases: [
        { items: [{ price: price.id, quantity: 3 }], start_date, end_date },
        { items: [{ price: price.id, quantity: 1 }], duration: { interval: 'month', interval_count: 1 } },
      ],
    });
    assert.equal(updated.phases[1].items[0].quantity, 1);
    assert.equal((await stripe.subscriptionSchedules.release(schedule.id)).status, 'released');
  });

  it('refunds what an invoice was paid with', async () => {
    const { subscription } = await subscriber();
    const [payment] = subscription.latest_invoice.payments.data;
    const intent = payment.payment.payment_intent;
    const refund = await stripe.refunds.create({ payment_intent: intent, amount: 100 });
    assert.equal(refund.status, 'succeeded');
    await assert.rejects(stripe.refunds.create({ payment_intent: intent, amount: 1_000_000 }), { param: 'amount' });
    const found = await stripe.invoicePayments.list({ payment: { type: 'payment_intent', payment_intent: intent } });
    assert.equal(found.data[0].invoice, subscription.latest_invoice.id);
    const charge = await stripe.charges.retrieve(refund.charge);
    assert.equal(charge.amount_refunded, 100);
    const listed = await stripe.charges.list({ customer: subscription.customer });
    assert.deepEqual(listed.data.map(({ id }) => id), [charge.id]);
  });

  it('reads disputes, and what a deleted customer leaves', async () => {
    const { customer, subscription } = await subscriber();
    const { data: [charge] } = await stripe.charges.list({ customer: customer.id });
    const opened = await dev.control(`stripe/sandbox/charges/${charge.id}/dispute`, {});
    const dispute = await stripe.disputes.retrieve(opened.id);
    assert.deepEqual([dispute.status, dispute.amount], ['needs_response', charge.amount]);
    await dev.control(`stripe/sandbox/disputes/${dispute.id}/close`, { won: false });
    const { data: [lost] } = await stripe.disputes.list({ charge: charge.id });
    assert.deepEqual([lost.id, lost.status], [dispute.id, 'lost']);
    assert.equal((await stripe.charges.retrieve(charge.id)).disputed, true);
    assert.equal((await stripe.customers.del(customer.id)).deleted, true);
    assert.equal((await stripe.customers.retrieve(customer.id)).deleted, true);
    assert.equal((await stripe.subscriptions.retrieve(subscription.id)).status, 'canceled');
    const { data: [event] } = await stripe.events.list({ type: 'customer.deleted', limit: 1 });
    assert.equal((await stripe.events.retrieve(event.id)).data.object.id, customer.id);
  });

  it('opens the portal', async () => {
    const { customer, subscription } = await subscriber();
    const session = await stripe.billingPortal.sessions.create({
      customer: customer.id, return_url: 'http://localhost:1/back',
      flow_data: { type: 'subscription_cancel', subscription_cancel: { subscription: subscription.id } },
    });
    assert.equal(session.flow.subscription_cancel.subscription, subscription.id);
    assert.match(await (await fetch(session.url)).text(), /Cancel at the end of the period/);
    const { data: [configuration] } = await stripe.billingPortal.configurations.list({ is_default: true });
    assert.equal(configuration.features.invoice_history.enabled, true);
    const made = await stripe.billingPortal.configurations.create({
      business_profile: { headline: 'Ours' }, features: { invoice_history: { enabled: true } },
    });
    const off = { features: { invoice_history: { enabled: false } } };
    const changed = await stripe.billingPortal.configurations.update(made.id, off);
    assert.equal(changed.features.invoice_history.enabled, false);
  });

  it('keeps products and prices', async () => {
    const product = await stripe.products.create({ name: 'Add-on', unit_label: 'seat' });
    const make = (unit_amount) => stripe.prices.create({
      product: product.id, currency: 'usd', unit_amount, recurring: { interval: 'month' },
      lookup_key: 'addon_month', transfer_lookup_key: true,
    });
    const [first, second] = [await make(100), await make(200)];
    assert.equal((await stripe.prices.retrieve(first.id)).lookup_key, null);
    assert.equal((await priceOf('addon_month')).id, second.id);
    assert.equal((await stripe.prices.update(first.id, { active: false })).active, false);
    const expanded = await stripe.prices.retrieve(second.id, { expand: ['product'] });
    assert.equal(expanded.product.name, 'Add-on');
    await stripe.products.update(product.id, { active: false });
  });

  it('pages by itself, newest first', async () => {
    const made = [];
    for (let n = 0; n < 7; n += 1) made.unshift((await stripe.customers.create({ email: 'pages@example.com' })).id);
    const seen = [];
    for await (const customer of stripe.customers.list({ email: 'pages@example.com', limit: 3 })) seen.push(customer.id);
    assert.deepEqual(seen, made);
  });

  it('is answered once for one idempotency key', async () => {
    const options = { idempotencyKey: `key-${process.pid}` };
    const [one, two] = [
      await stripe.customers.create({ name: 'Once' }, options), await stripe.customers.create({ name: 'Once' }, options),
    ];
    assert.equal(one.id, two.id);
    await assert.rejects(stripe.customers.create({ name: 'Twice' }, options), Stripe.errors.StripeIdempotencyError);
  });
});

describe('errors', () => {
  it('have their types', async () => {
    const { errors } = Stripe;
    await assert.rejects(stripe.subscriptions.retrieve('sub_none'), (error) =>
      error instanceof errors.StripeInvalidRequestError && error.code === 'resource_missing' && error.statusCode === 404);
    await assert.rejects(stripe.customers.create({ emial: 'x' }), { code: 'parameter_unknown', param: 'emial' });
    await assert.rejects(dev.client({ key: 'sk_test_other' }).prices.list(), errors.StripeAuthenticationError);
    const customer = await stripe.customers.create();
    await assert.rejects(
      stripe.paymentMethods.attach('pm_card_visa_chargeDeclinedInsufficientFunds', { customer: customer.id }),
      (error) => error instanceof errors.StripeCardError && error.decline_code === 'insufficient_funds');
  });

  it('of an invoice that cannot be paid carry the payment intent', async () => {
    const { subscription } = await subscriber('pm_card_chargeCustomerFail');
    assert.equal(subscription.status, 'incomplete');
    await assert.rejects(stripe.invoices.pay(subscription.latest_invoice.id), (error) =>
      error instanceof Stripe.errors.StripeCardError && error.payment_intent.status === 'requires_payment_method');
  });

  it('of too many calls are their own type, and retries go through', async () => {
    const limit = { method: 'GET', path: '/v1/prices', kind: 'status', status: 429, times: 1 };
    await dev.control('sandbox/faults', limit);
    await assert.rejects(stripe.prices.list(), Stripe.errors.StripeRateLimitError);
    await dev.control('sandbox/faults', { ...limit, status: 503 });
    const patient = dev.client({ config: { maxNetworkRetries: 2 } });
    assert.ok((await patient.prices.list()).data.length > 0);
  });
});

describe('webhooks', () => {
  it('of the stand-in are verified and parsed', async () => {
    const inbox = await receiver();
    const endpoint = await stripe.webhookEndpoints.create({ url: inbox.url, enabled_events: ['*'] });
    const { subscription } = await subscriber();
    const types = () => inbox.received.map(({ body }) => JSON.parse(body).type);
    await until('the events', async () => types().includes('invoice.payment_succeeded'));
    for (const { body, signature } of inbox.received) {
      const event = stripe.webhooks.constructEvent(body, signature, endpoint.secret);
      assert.equal(event.api_version, '2025-09-30.clover');
      assert.equal(event.livemode, false);
      const changed = Buffer.from(body.toString().replace('"livemode"', '"Livemode"'));
      assert.throws(() => stripe.webhooks.constructEvent(changed, signature, endpoint.secret),
        Stripe.errors.StripeSignatureVerificationError);
    }
    const listed = await stripe.events.list({ types: ['customer.subscription.created'], limit: 1 });
    assert.equal(listed.data[0].data.object.id, subscription.id);

    const roll = `stripe/sandbox/webhook_endpoints/${endpoint.id}/roll`;
    const { secret } = await dev.control(roll, { keep_seconds: 3600 });
    inbox.received.length = 0;
    await stripe.customers.create();
    await until('an event', async () => inbox.received.length > 0);
    const [{ body, signature }] = inbox.received;
    for (const live of [secret, endpoint.secret]) stripe.webhooks.constructEvent(body, signature, live);

    const fewer = await stripe.webhookEndpoints.update(endpoint.id, { enabled_events: ['invoice.paid'] });
    assert.deepEqual(fewer.enabled_events, ['invoice.paid']);
    const endpoints = await stripe.webhookEndpoints.list();
    assert.ok(endpoints.data.some(({ id, secret: told }) => id === endpoint.id && told === undefined));
    await stripe.webhookEndpoints.del(endpoint.id);
    await inbox.stop();
  });

  it('of the library are accepted by ours, and only true ones', async () => {
    const secret = await webhookSecret(dev.data);
    const payload = JSON.stringify({
      id: 'evt_node', object: 'event', type: 'customer.created', created: Math.floor(Date.now() / 1000),
      livemode: false, data: { object: { id: 'cus_node', object: 'customer' } },
    });
    const send = async (signature, body = payload) => {
      const headers = { 'stripe-signature': signature, 'content-type': 'application/json' };
      return (await fetch(`${dev.api}webhooks/stripe`, { method: 'POST', headers, body })).status;
    };
    const header = (options) => stripe.webhooks.generateTestHeaderString({ payload, secret, ...options });
    assert.equal(await send(header()), 200);
    assert.equal(await send(header({ secret: 'whsec_other' })), 400);
    assert.equal(await send(header(), payload.replace('cus_node', 'cus_evil')), 400);
    assert.equal(await send(header({ timestamp: Math.floor(Date.now() / 1000) - 600 })), 400);
  });
});
