/**
 * Shows the subscription in the ID token and starts the trial at the first login outside an organization.
 *
 * Secrets: TRIAL_DAYS (1 to 365; 14 when missing or anything else).
 */

const DAY = 24 * 60 * 60 * 1000;
const DEFAULT_TRIAL_DAYS = 14;
const SUBSCRIPTION =
  /^(?:trial|personal|team|enterprise);(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z);(?:active|activation|past_due|expired|canceled)$/;

exports.onExecutePostLogin = async (event, api) => {
  try {
    const stored = (event.organization ? event.organization.metadata : event.user.app_metadata)?.subscription ?? null;
    const subscription = stored === null && !event.organization ? startTrial(event, api) : stored;
    if (isSubscription(subscription)) {
      api.idToken.setCustomClaim('subscription', subscription);
    } else if (subscription !== null) {
      // Whatever it is, it may be all that is left of a paid plan: a trial must not replace it.
      console.log('manage-subscription: the stored subscription is malformed and was left alone');
    }
  } catch (error) {
    console.log(`manage-subscription: ${error?.name}: ${error?.message}`);
  }
};

function startTrial(event, api) {
  const end = new Date(Date.now() + trialDays(event.secrets?.TRIAL_DAYS) * DAY);
  const subscription = `trial;${end.toISOString()};active`;
  api.user.setAppMetadata('subscription', subscription);
  // `event.user` stays as it was until the next login; later Actions of this one read the trial here.
  api.transaction.setMetadata('subscription', subscription);
  return subscription;
}

function trialDays(secret) {
  const days = /^[1-9]\d{0,2}$/.test(secret) ? Number(secret) : DEFAULT_TRIAL_DAYS;
  return days <= 365 ? days : DEFAULT_TRIAL_DAYS;
}

function isSubscription(value) {
  const end = typeof value === 'string' && SUBSCRIPTION.exec(value)?.[1];
  return Boolean(end) && !Number.isNaN(Date.parse(end)) && new Date(end).toISOString() === end;
}
