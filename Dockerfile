# The release image: one binary, `serve`, `work` and `migrate`; none of the stand-ins that `tenantry dev` starts.

FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
# The caches belong to the builder, not to the image; the binary is copied out because a cache mount is not a layer.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked --package api --no-default-features \
    && cp target/release/tenantry /tenantry

FROM debian:bookworm-slim
# The root certificates that outbound TLS is verified against.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin tenantry
COPY --from=build /tenantry /usr/local/bin/tenantry
USER 10001
ENV BIND_ADDRESS=0.0.0.0:8080 LOG_FORMAT=json
EXPOSE 8080
ENTRYPOINT ["tenantry"]
CMD ["serve"]
