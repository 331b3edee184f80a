# A private PostgreSQL 15 cluster on a unix socket inside the state folder. Sourced by installer/demo.
# shellcheck shell=bash disable=SC2154

pg_bin=/usr/lib/postgresql/15/bin

database_up() { [ -S "$state/pg/.s.PGSQL.5432" ] && as_demo_user "$pg_bin/pg_isready" -q -h "$state/pg"; }

database_url() { # owner|gateway|admin
    local user=v2c_$1 database=v2c
    [ "$1" != admin ] || { user=postgres; database=postgres; }
    echo "postgresql://$user:$(cat "$state/secrets/database-$1" 2>/dev/null)@/$database?host=$state/pg"
}

start_database() {
    local socket=$state/pg/.s.PGSQL.5432
    [ ${#socket} -lt 107 ] || { echo "the state folder's path is too long for a unix socket: $socket has ${#socket} characters, 106 fit"; return 1; }
    cd "$state"
    if [ ! -e "$state/pg/data/PG_VERSION" ]; then
        rm -rf "$state/pg/data"
        as_demo_user "$pg_bin/initdb" -D "$state/pg/data" -U postgres --auth=scram-sha-256 --pwfile="$state/secrets/database-admin" \
            --encoding=UTF8 --locale=C.UTF-8 --no-instructions
    fi
    # docs/configuration.md says why the last four.
    database_up || as_demo_user "$pg_bin/pg_ctl" -D "$state/pg/data" -w -l "$state/log/database.log" \
        -o "-c listen_addresses='' -c unix_socket_directories='$state/pg' -c unix_socket_permissions=0700 -c max_connections=200 \
            -c shared_buffers=512MB -c wal_compression=lz4 -c max_wal_size=4GB -c checkpoint_timeout=15min" start 9>&- # the server must not keep our lock
}

stop_database() {
    [ -e "$state/pg/data/postmaster.pid" ] || return 0
    (cd "$state" && as_demo_user "$pg_bin/pg_ctl" -D "$state/pg/data" -w -m fast stop >/dev/null) || true
}

# Roles with passwords, the database, the schema, the CA's certificates, the administrator's token. Each part is skipped when it is there.
prepare_database() {
    local role
    {
        for role in owner gateway feed vault_owner vault_writer vault_reader; do
            cat <<SQL
SELECT format('CREATE ROLE v2c_$role LOGIN PASSWORD %L', :'${role}_password')
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'v2c_$role') \\gexec
SQL
        done
        cat <<'SQL'
SELECT 'CREATE ROLE v2c_readonly NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'v2c_readonly') \gexec
SELECT 'CREATE DATABASE v2c OWNER v2c_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'v2c') \gexec
SELECT 'CREATE DATABASE v2c_vault OWNER v2c_vault_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'v2c_vault') \gexec
SQL
    } | as_demo_user psql -qX -v ON_ERROR_STOP=1 -v owner_password="$(cat "$state/secrets/database-owner")" \
        -v gateway_password="$(cat "$state/secrets/database-gateway")" -v feed_password="$(cat "$state/secrets/database-feed")" \
        -v vault_owner_password="$(cat "$state/secrets/database-vault_owner")" -v vault_writer_password="$(cat "$state/secrets/database-vault_writer")" \
        -v vault_reader_password="$(cat "$state/secrets/database-vault_reader")" \
        "$(database_url admin)"
    as_demo_user "$state/opt/bin/v2c-ca-gateway" migrate --config "$state/etc/gateway.json"
    # Those of the ceremony may have been renewed since, and are then older than what is published.
    local options=() list
    for list in root-ca intermediate-ca intermediate-ca-2; do [ -e "$state/crl/$list.crl" ] || break; done
    [ ! -e "$state/crl/$list.crl" ] || options=(--without-crls)
    as_demo_user "$state/opt/bin/v2c-ca-gateway" import --config "$state/etc/gateway.json" --pki "$state/pki" "${options[@]}"
    if [ ! -s "$state/secrets/admin-token" ]; then
        as_demo_user sh -c 'umask 077; "$1" token create --config "$2" --name demo-admin --scopes create,list,revoke >"$3.new" && mv "$3.new" "$3"' \
            sh "$state/opt/bin/v2c-ca-gateway" "$state/etc/gateway.json" "$state/secrets/admin-token"
    fi
}
