"""Names that say something by themselves: of files, of tables that programs look for, of none."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GENERIC = _words(
    "main app application db data database databases default store storage sqlite sqlite3 local"
    " prod production dev development my all new old file files backup copy tmp temp test tests"
    " project state v unified"
)
"""Words of a file's name that do not say what it holds."""

DOUBTFUL = _words("test tests tmp temp backup backups bak old copy scratch experiment")
"""Words of a file's name that let one doubt whether anybody needs it."""

NO_DOMAIN = _words(
    "new old tmp temp test tests my the all is has last latest first daily weekly monthly hourly"
    " raw backup bak copy a an get set data info current active pending recent"
)
"""Words before a table's name that tell a kind of table, not what it is about."""

SYSTEM = frozenset(
    {
        ("schema", "metadata"), ("metadata",), ("meta",), ("setting",), ("config",),
        ("configuration",), ("preference",), ("option",), ("migration",), ("schema", "migration"),
        ("schema", "version"), ("version",), ("audit",), ("audit", "log"), ("audit", "trail"),
        ("key", "value"), ("kv",), ("parameter",), ("property",),
    }
)  # fmt: skip
"""Tables about the program and its data as a whole, in the singular."""

OWNERS = {
    "alembic_version": "Alembic",
    "schema_migrations": "the migrations of Rails, golang-migrate or dbmate",
    "ar_internal_metadata": "Rails",
    "django_migrations": "Django",
    "django_content_type": "Django",
    "django_session": "Django",
    "django_admin_log": "Django",
    "django_site": "Django",
    "flyway_schema_history": "Flyway",
    "databasechangelog": "Liquibase",
    "databasechangeloglock": "Liquibase",
    "_prisma_migrations": "Prisma",
    "knex_migrations": "Knex",
    "knex_migrations_lock": "Knex",
    "goose_db_version": "goose",
    "_sqlx_migrations": "SQLx",
    "__diesel_schema_migrations": "Diesel",
    "sequelizemeta": "Sequelize",
    "__efmigrationshistory": "Entity Framework",
    "_yoyo_migration": "yoyo",
    "_yoyo_log": "yoyo",
    "_yoyo_version": "yoyo",
    "yoyo_lock": "yoyo",
    "apscheduler_jobs": "APScheduler",
    "_sqlite_migrations": "sqlite-migrate",
    "spatial_ref_sys": "SpatiaLite",
    "geometry_columns": "SpatiaLite",
    "android_metadata": "Android",
    "room_master_table": "Room",
    "playhouse_migrations": "peewee",
    "auth_user": "Django",
    "auth_group": "Django",
    "auth_permission": "Django",
    "auth_user_groups": "Django",
    "auth_group_permissions": "Django",
    "auth_user_user_permissions": "Django",
}
"""Tables that a library finds by a name that is written in it, folded, and whose they are."""
