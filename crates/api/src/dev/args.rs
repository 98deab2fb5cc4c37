//! The flags of `tenantry dev` and `tenantry sandbox`.

use std::path::PathBuf;

use clap::Parser;

#[derive(Debug, Clone, clap::Args)]
pub struct DevArgs {
    /// The API and the console
    #[arg(long, default_value_t = 4000)]
    pub port: u16,
    /// The identity sandbox and the billing stand-in
    #[arg(long, default_value_t = 4400)]
    pub sandbox_port: u16,
    /// The same over https, which Auth0's SDKs insist on
    #[arg(long, default_value_t = 4443)]
    pub sandbox_tls_port: u16,
    /// Where everything is kept
    #[arg(long, value_name = "DIR", default_value = ".data")]
    pub data: PathBuf,
    /// Forget everything first
    #[arg(long)]
    pub fresh: bool,
    /// Whose Auth0 rate limits the sandbox applies
    #[arg(long, value_enum, default_value_t = LimitsArg::SelfService)]
    pub limits: LimitsArg,
    /// Make the sandbox as strict as Auth0 where a laptop needs leniency
    #[arg(long)]
    pub strict: bool,
    /// A folder of Auth0 Actions to run instead of the product's own
    #[arg(long, value_name = "DIR")]
    pub actions: Option<PathBuf>,
    /// A web application of yours that may log people in and call the API; may be repeated
    #[arg(long, value_name = "ORIGIN", default_values_t = ["http://localhost:3000".to_owned(), "http://localhost:5173".to_owned()])]
    pub app_url: Vec<String>,
    /// An administrator's URL of a Postgres server to use instead of a local one
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Directory of `initdb` and `postgres`, when they lie in an unusual place
    #[arg(long, value_name = "DIR", env = "PG_BIN")]
    pub pg_bin: Option<PathBuf>,
    /// What is logged to standard error, such as `info` or `api=debug`
    #[arg(long, value_name = "FILTER", env = "LOG", default_value = "warn")]
    pub log: String,
}

/// The flags of `tenantry sandbox`.
#[derive(Debug, Clone, clap::Args)]
pub struct SandboxArgs {
    /// The tenant and the billing stand-in
    #[arg(long, default_value_t = 4400)]
    pub port: u16,
    /// The same over https
    #[arg(long, default_value_t = 4443)]
    pub tls_port: u16,
    /// Where everything is kept
    #[arg(long, value_name = "DIR", default_value = ".data/alone")]
    pub data: PathBuf,
    /// Forget everything first
    #[arg(long)]
    pub fresh: bool,
    /// Whose Auth0 rate limits it applies
    #[arg(long, value_enum, default_value_t = LimitsArg::SelfService)]
    pub limits: LimitsArg,
    /// As strict as Auth0 where a laptop needs leniency
    #[arg(long)]
    pub strict: bool,
    /// What is logged to standard error, such as `info` or `sandbox=debug`
    #[arg(long, value_name = "FILTER", env = "LOG", default_value = "warn")]
    pub log: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LimitsArg {
    SelfService,
    Free,
    Enterprise,
    Off,
}

impl DevArgs {
    /// What a bare `tenantry` runs: the defaults, and the variables.
    pub fn bare() -> Self {
        #[derive(Parser)]
        struct Bare {
            #[command(flatten)]
            args: DevArgs,
        }
        Bare::parse_from(["tenantry"]).args
    }
}

impl From<LimitsArg> for sandbox::Limits {
    fn from(limits: LimitsArg) -> Self {
        match limits {
            LimitsArg::SelfService => Self::SelfService,
            LimitsArg::Free => Self::Free,
            LimitsArg::Enterprise => Self::Enterprise,
            LimitsArg::Off => Self::Off,
        }
    }
}
