# The release image: one static binary and nothing else, for `serve`, `work`, `migrate` and the other commands; none of
# the stand-ins that `tenantry dev` starts.

FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
# The caches belong to the builder, not to the image; the binary is copied out because a cache mount is not a layer.
# The target is named so that only the binary is linked statically, and not what the compiler itself has to load.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    host="$(rustc -vV | sed -n 's/^host: //p')" \
    && RUSTFLAGS="-C target-feature=+crt-static" \
       cargo build --release --locked --package api --no-default-features --target "$host" \
    && cp "target/$host/release/tenantry" /tenantry

FROM scratch
# The root certificates that outbound TLS is verified against.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /tenantry /tenantry
# No such user need exist. Nothing is ever written: run it with a read-only file system.
USER 10001:10001
ENV BIND_ADDRESS=0.0.0.0:8080 LOG_FORMAT=json
EXPOSE 8080
# Of `serve`; whoever runs another command switches it off.
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 CMD ["/tenantry", "healthcheck"]
ENTRYPOINT ["/tenantry"]
CMD ["serve"]
