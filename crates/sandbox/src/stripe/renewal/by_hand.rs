//! Renewals that a test asks for instead of waiting: paid, declined, given up.

use super::super::account::{Account, Cause};
use super::super::error::StripeError;
use super::super::subscriptions::Status;

impl Account {
    /// One period further, now: what a renewal does. What is not paid yet is paid instead.
    pub(crate) fn renew_subscription(
        &mut self,
        id: &str,
        cause: &Cause,
    ) -> Result<(), StripeError> {
        let subscription = self.subscription_mut(id)?;
        subscription.card_declines = false;
        self.renew_or_settle(id, cause)
    }

    /// A renewal whose charge is declined: the period moves on, the invoice stays open, the status is `past_due`.
    /// Charges to come are declined as well.
    pub(crate) fn fail_renewal(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let subscription = self.subscription_mut(id)?;
        subscription.card_declines = true;
        self.renew_or_settle(id, cause)
    }

    /// What the account may be set to do when all retries have failed: the subscription stays, and is not usable until
    /// its invoice is paid.
    pub(crate) fn give_up_payment(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        if self.subscription(id)?.status == Status::Active {
            self.fail_renewal(id, cause)?;
        }
        self.stop_collecting(id);
        self.change_subscription(id, cause, |subscription| {
            subscription.status = Status::Unpaid;
        })?;
        Ok(())
    }

    fn renew_or_settle(&mut self, id: &str, cause: &Cause) -> Result<(), StripeError> {
        let subscription = self.subscription(id)?;
        let waits = self.charge_due(&subscription.latest_invoice).is_some();
        match subscription.status {
            Status::Canceled | Status::IncompleteExpired => {
                return Err(StripeError::invalid("The subscription is canceled.", None));
            }
            Status::Active | Status::Trialing if !waits => {
                self.next_period(id, None, cause)?;
            }
            Status::Active
            | Status::Trialing
            | Status::Incomplete
            | Status::PastDue
            | Status::Unpaid => {}
        }
        self.charge_latest(id, cause)
    }
}
