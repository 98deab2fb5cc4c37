//! Stripe's published test cards (<https://docs.stripe.com/testing>) and what becomes of a charge on each.

use serde::{Deserialize, Serialize};

/// A card number that passed the Luhn check. Only test numbers belong here, and only their last digits are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) brand: String,
    pub(crate) last4: String,
    pub(crate) habit: Habit,
}

/// How a card behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Habit {
    Pays,
    /// Is saved without complaint; every charge is declined.
    FailsLater,
    /// Its owner has to prove themselves once; then it pays.
    AuthenticatesOnce,
    /// Its owner has to prove themselves for every charge.
    AuthenticatesAlways,
    Declined,
    InsufficientFunds,
    Expired,
    Lost,
    Processing,
}

/// Why a charge did not succeed, in Stripe's codes and the issuer's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decline {
    pub(crate) code: &'static str,
    pub(crate) decline_code: &'static str,
    pub(crate) message: &'static str,
}

const GENERIC: Decline = Decline {
    code: "card_declined",
    decline_code: "generic_decline",
    message: "Your card was declined.",
};

/// How a try to charge ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    Paid,
    Declined(Decline),
    ActionRequired,
}

impl Attempt {
    /// What a control route asks for, whatever the card.
    pub(crate) const FORCED: Self = Self::Declined(GENERIC);

    pub(crate) const NO_CARD: Self = Self::Declined(Decline {
        code: "resource_missing",
        decline_code: "generic_decline",
        message: "This customer has no attached payment source or default payment method.",
    });
}

impl Card {
    /// Spaces and dashes are ignored.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let valid = (12..=19).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && luhn(&digits);
        valid.then(|| Self::numbered(&digits))
    }

    /// `pm_card_…` and `tok_…`, with which tests name a card without its number.
    pub(crate) fn by_token(token: &str) -> Option<Self> {
        let name = token
            .strip_prefix("pm_card_")
            .or_else(|| token.strip_prefix("tok_"))?;
        let digits = match name {
            "visa" => "4242424242424242",
            "visa_debit" => "4000056655665556",
            "mastercard" => "5555555555554444",
            "amex" => "378282246310005",
            "chargeCustomerFail" => "4000000000000341",
            "authenticationRequiredOnSetup" => "4000002500003155",
            "authenticationRequired" => "4000002760003184",
            "chargeDeclined" | "visa_chargeDeclined" => "4000000000000002",
            "chargeDeclinedInsufficientFunds" | "visa_chargeDeclinedInsufficientFunds" => {
                "4000000000009995"
            }
            "chargeDeclinedExpiredCard" | "visa_chargeDeclinedExpiredCard" => "4000000000000069",
            _ => return None,
        };
        Some(Self::numbered(digits))
    }

    fn numbered(digits: &str) -> Self {
        let brand = match digits.as_bytes()[0] {
            b'3' => "amex",
            b'5' => "mastercard",
            _ => "visa",
        };
        Self {
            brand: brand.to_owned(),
            last4: digits[digits.len() - 4..].to_owned(),
            habit: Habit::of(digits),
        }
    }

    /// Why the card cannot even be saved: the issuer is asked then too.
    pub(crate) fn refused_on_saving(&self) -> Option<Decline> {
        self.habit
            .decline()
            .filter(|_| self.habit != Habit::FailsLater)
    }

    /// `proved`: the owner has proved themselves to the issuer before.
    pub(crate) fn charge(&self, proved: bool) -> Attempt {
        match (self.habit, self.habit.decline()) {
            (_, Some(decline)) => Attempt::Declined(decline),
            (Habit::AuthenticatesAlways, None) => Attempt::ActionRequired,
            (Habit::AuthenticatesOnce, None) if !proved => Attempt::ActionRequired,
            (_, None) => Attempt::Paid,
        }
    }
}

impl Habit {
    fn of(digits: &str) -> Self {
        match digits {
            "4000000000000341" => Self::FailsLater,
            "4000002500003155" => Self::AuthenticatesOnce,
            "4000002760003184" => Self::AuthenticatesAlways,
            "4000000000000002" => Self::Declined,
            "4000000000009995" => Self::InsufficientFunds,
            "4000000000000069" => Self::Expired,
            "4000000000009987" => Self::Lost,
            "4000000000000119" => Self::Processing,
            _ => Self::Pays,
        }
    }

    fn decline(self) -> Option<Decline> {
        let decline = |code, decline_code, message| {
            Some(Decline {
                code,
                decline_code,
                message,
            })
        };
        match self {
            Self::Pays | Self::AuthenticatesOnce | Self::AuthenticatesAlways => None,
            Self::FailsLater | Self::Declined => Some(GENERIC),
            Self::InsufficientFunds => decline(
                "card_declined",
                "insufficient_funds",
                "Your card has insufficient funds.",
            ),
            Self::Expired => decline("expired_card", "expired_card", "Your card has expired."),
            Self::Lost => decline("card_declined", "lost_card", "Your card was declined."),
            Self::Processing => decline(
                "processing_error",
                "processing_error",
                "An error occurred while processing your card. Try again in a little bit.",
            ),
        }
    }
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            let weighed = if place % 2 == 1 { digit * 2 } else { digit };
            if weighed > 9 { weighed - 9 } else { weighed }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_pass_the_check_digit_are_cards() {
        assert!(Card::parse("4242 4242 4242 4242").is_some());
        assert!(Card::parse("4242-4242-4242-4241").is_none());
        assert!(Card::parse("").is_none());
        assert!(Card::parse("4242x4242").is_none());
    }

    #[test]
    fn test_numbers_behave_as_stripe_publishes() {
        let charge = |number, proved| Card::parse(number).unwrap().charge(proved);
        assert_eq!(charge("4242424242424242", false), Attempt::Paid);
        assert_eq!(charge("4000002500003155", false), Attempt::ActionRequired);
        assert_eq!(charge("4000002500003155", true), Attempt::Paid);
        assert_eq!(charge("4000002760003184", true), Attempt::ActionRequired);
        let later = Card::parse("4000000000000341").unwrap();
        assert_eq!(later.refused_on_saving(), None);
        assert_eq!(later.charge(true), Attempt::FORCED);
        let poor = Card::parse("4000000000009995").unwrap();
        assert_eq!(
            poor.refused_on_saving().unwrap().decline_code,
            "insufficient_funds"
        );
    }
}
