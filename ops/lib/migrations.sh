# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# migrations.sh - the tables of one service, brought to what this checkout says: dbmate, and what it does not look at
#
#   libcommon/db, services/SERVICE/db -> none was changed since it was applied -> dbmate -> their sums are noted
#
# What takes away what a version before still uses stands in a file of its own, whose name ends in _contract.sql and
# whose first line names the migration that made it dispensable:
#   -- contract: after 20270101000000_name_keys.sql
# It is applied by an upgrade only when an earlier one had that migration, and so services that do without what goes:
# then the version before can always be had back. The sum of each file stands beside its version in dbmate's own
# table, and whether an upgrade with it has come to its end ("settled"). Sourced by ops/lib/database, which sets name
# (of the database), cluster, passfile, and what: all; widen, before services are replaced; upgrade, after that.

# Paths, relative to the checkout, by their names: the order in which they are applied.
migration_files() { # migration_files SERVICE
    local file
    for file in "$checkout"/libcommon/db/*.sql "$checkout/services/$1"/db/*.sql; do
        [[ $file != *_contract.sql ]] || may_take_away "$file" || continue
        echo "${file##*/} ${file#"$checkout"/}"
    done | sort | cut -d ' ' -f 2
}

may_take_away() { # may_take_away FILE; settled: of this service
    local after
    read -r _ _ _ after <"$1"
    [[ $what == all || ($what == upgrade && -n ${settled[$(version_of "$after")]:-}) ]]
}

version_of() { sed 's|.*/||; s|_.*||' <<<"$1"; }
sum_of() { sha256sum <"$checkout/$1" | cut -d ' ' -f 1; }

# VERSION SETTLED (t or f) SUM of each that is applied, without a sum where dbmate alone did it; nothing where none is.
noted() { # noted SERVICE
    "$cluster" psql "$name" -A -t -F ' ' <<END
ALTER TABLE IF EXISTS $1.schema_migrations ADD COLUMN IF NOT EXISTS sha256 text, ADD COLUMN IF NOT EXISTS settled boolean;
SELECT 'SELECT version, settled IS TRUE, sha256 FROM $1.schema_migrations'
    WHERE to_regclass('$1.schema_migrations') IS NOT NULL \gexec
END
}

# An applied migration does not act again, so what was edited in it is in no database but new ones. Sets settled.
migrations_check() { # migrations_check SERVICE
    local applied file version is_settled sum
    local -A sums=()
    settled=()
    applied=$(noted "$1")
    if [[ -z $applied ]]; then
        what=all # a new database: nobody uses anything
        return
    fi
    while read -r version is_settled sum; do
        sums[$version]=$sum
        [[ $is_settled != t ]] || settled[$version]=yes
    done <<<"$applied"
    for file in $(migration_files "$1"); do
        sum=${sums[$(version_of "$file")]:-}
        [[ -z $sum || $sum == "$(sum_of "$file")" ]] ||
            die "$file was changed after it was applied to $1: put back what it was, and write a new migration"
    done
}

migrations_note() { # migrations_note SERVICE
    local file
    noted "$1" >/dev/null # the columns
    for file in $(migration_files "$1"); do
        echo "UPDATE $1.schema_migrations SET sha256 = '$(sum_of "$file")' WHERE version = '$(version_of "$file")' AND sha256 IS NULL;"
    done | "$cluster" psql "$name"
    [[ $what == widen ]] || "$cluster" psql "$name" <<<"UPDATE $1.schema_migrations SET settled = true WHERE settled IS NOT true;"
}

# The URL holds no password (the passfile does), so that nothing can leak it. dbmate takes a folder, not files.
migrations_run() { # migrations_run SERVICE
    local service=$1 log=$JUSHA_STATE/logs/migrate-$1.log folder=$JUSHA_STATE/migrations-$1 file
    rm -rf "$folder"
    mkdir "$folder"
    for file in $(migration_files "$service"); do ln -s "$checkout/$file" "$folder"; done
    env PGPASSFILE="$passfile" \
        DATABASE_URL="postgres://${service}_owner@$(database_host):$(port postgresql)/$name?sslmode=disable&search_path=$service" \
        "$checkout/node_modules/.bin/dbmate" --env-file /dev/null --migrations-table "$service.schema_migrations" \
        --no-dump-schema -d "$folder" migrate >"$log" 2>&1 || die "migrations of $service: $(tail -3 "$log")"
    rm -rf "$folder"
}

migrate() { # migrate SERVICE
    local what=$what
    local -A settled
    migrations_check "$1"
    migrations_run "$1"
    migrations_note "$1"
}
