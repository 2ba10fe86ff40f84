#!/bin/sh
# Makes a dump of one database, checks it, and removes old ones.
set -eu

database="${1:?database}"
directory="${BACKUP_DIR:-/var/backups/postgres}"
keep_days="${KEEP_DAYS:-14}"
file="$directory/$database-$(date +%F).dump"

umask 077
mkdir -p "$directory"
pg_dump --format=custom --file="$file.part" "$database"
pg_restore --list "$file.part" > /dev/null
mv "$file.part" "$file"
find "$directory" -name "$database-*.dump" -mtime "+$keep_days" -delete
echo "wrote $file"
