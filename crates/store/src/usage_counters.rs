//! What a tenant did in a month, counted so that increments never wait for each other.

use std::collections::BTreeMap;

use domain::usage::{Metric, Period};
use uuid::Uuid;

use crate::{StoreError, TenantTx, row};

impl TenantTx {
    /// Counts `amount` more once this transaction commits. It takes a row that no open transaction holds, else makes
    /// one with the id `shard`: there are as many rows as ever counted at the same time, and nobody waits.
    pub async fn count_usage(
        &mut self,
        metric: Metric,
        period: Period,
        amount: u32,
        shard: Uuid,
    ) -> Result<(), StoreError> {
        let count = self
            .statement(
                "with free as ( \
                     select shard from app.usage_counters where org_id = $1 and metric = $2 and period = $3 \
                     limit 1 for update skip locked \
                 ), counted as ( \
                     update app.usage_counters c set amount = c.amount + $4 from free \
                     where c.org_id = $1 and c.metric = $2 and c.period = $3 and c.shard = free.shard returning 1 \
                 ) \
                 insert into app.usage_counters (org_id, metric, period, shard, amount) \
                 select $1, $2, $3, $5, $4 where not exists (select from counted)",
            )
            .bind(metric.as_str())
            .bind(period.first_day())
            .bind(i64::from(amount))
            .bind(shard);
        self.execute(count).await?;
        Ok(())
    }

    /// What is committed of each metric; what was never counted is missing.
    pub async fn usage_counted(
        &mut self,
        period: Period,
    ) -> Result<BTreeMap<Metric, u64>, StoreError> {
        let counted = self
            .statement(
                "select metric, sum(amount)::bigint as amount from app.usage_counters \
                 where org_id = $1 and period = $2 group by metric",
            )
            .bind(period.first_day());
        let counted = self.fetch_all(counted).await?;
        // A version to come may count more than this one knows.
        let known = counted.iter().filter_map(|found| {
            let metric = row::value::<String>(found, "metric").ok()?.parse().ok()?;
            Some((metric, found))
        });
        known
            .map(|(metric, found)| Ok((metric, row::value::<i64>(found, "amount")?.unsigned_abs())))
            .collect()
    }
}
