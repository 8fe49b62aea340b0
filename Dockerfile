# standin and the programs that it calls: pg_dump and pg_restore of the newest major, which read every older server.
#   docker build --tag standin .
#   docker run --rm --read-only --tmpfs /tmp --env-file env --volume "$PWD:/rules:ro" standin refresh --rules /rules/standin.yaml
FROM rust:1-slim-trixie AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin standin

FROM debian:trixie-slim
ARG POSTGRES=18
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates postgresql-common \
 && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
 && apt-get install --yes --no-install-recommends "postgresql-client-$POSTGRES" \
 && apt-get purge --yes --auto-remove postgresql-common \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /src/target/release/standin /usr/local/bin/standin
USER 65532:65532
WORKDIR /rules
ENTRYPOINT ["standin"]
CMD ["--help"]
