# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# kept.sh - which backups stay: the newest of each of so many days, weeks and months
#
# Days, weeks (from Monday on) and months are those of UTC, as names have it, and count only where there is a backup.

# As `date` reads it, of each name that comes.
moments() { sed -E 's/^jusha-(....)(..)(..)T(..)(..)(..)Z.*/\1-\2-\3 \4:\5:\6Z/'; }
seconds_of() { moments <<<"$1" | date -u -f - +%s; }

# Names by standard input, any order; those that go by standard output. LAST-VERIFIED stays in any case.
no_longer_kept() { # no_longer_kept DAYS WEEKS MONTHS [LAST-VERIFIED]
    local most=("$1" "$2" "$3") verified=${4:-} names name day week month spans i stays
    local -A newest=() count=()
    names=$(sort -r)
    [[ -n $names ]] || return 0
    while read -r name day week month; do
        stays=no spans=("$day" "$week" "$month")
        for i in 0 1 2; do
            if [[ -n ${newest[${spans[i]}]:-} ]] || ((${count[$i]:-0} >= most[i])); then continue; fi
            newest[${spans[i]}]=$name count[$i]=$((${count[$i]:-0} + 1)) stays=yes
        done
        [[ $stays == yes || $name == "$verified" ]] || echo "$name"
    done < <(paste -d ' ' <(echo "$names") <(moments <<<"$names" | date -u -f - +'day%F week%G-%V month%Y-%m'))
}
