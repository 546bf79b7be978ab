"""Where SQL text names a table.

Each case is the text itself: «t» is a table's name, «?t» one that the reader doubts, and every
other word must stay unreported. A hole is written ◌.
"""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refactor.sql.names import (
    HOLE,
    Role,
    TableName,
    leads_with_verb,
    quoted,
    statements,
    table_names,
)

MARK = re.compile("«([^»]*)»")


def plain(marked: str) -> str:
    return MARK.sub(lambda mark: mark[1].removeprefix("?"), marked).replace("◌", HOLE)


def marked(sql: str) -> str:
    """The text with a mark around each name that is found in it."""
    for name in reversed(table_names(sql)):
        doubt = "?" if name.doubt else ""
        sql = f"{sql[: name.start]}«{doubt}{sql[name.start : name.end]}»{sql[name.end :]}"
    return sql.replace(HOLE, "◌")


def only(sql: str) -> TableName:
    (name,) = table_names(sql)
    return name


QUERIES = [
    "SELECT * FROM «old»",
    "select * from «OLD» where id=?",
    "SELECT «old».id FROM «old»",
    "SELECT o.id FROM «old» o",
    "SELECT old.id FROM «other» AS old",
    "SELECT old.id FROM «other» old",
    "SELECT old.id FROM «old» AS old",
    "SELECT old FROM «t»",
    "SELECT «t».old FROM «t»",
    "SELECT 1 AS old FROM «t» ORDER BY old",
    "SELECT 1 old FROM «t» GROUP BY old HAVING old > 1",
    'SELECT * FROM «"old"»',
    'SELECT "old".«"o""ld"».x FROM "old".«"o""ld"»',
    "SELECT * FROM «[old]» JOIN «`old`» o2",
    "SELECT «'old'».x FROM «'old'» JOIN «a» 'old2'",
    "SELECT * FROM main.«old»",
    "SELECT main.«old».id FROM «old»",
    "SELECT * FROM «t», «old», «u»",
    "SELECT * FROM (SELECT * FROM «old») z",
    "SELECT 1 FROM «t» WHERE id IN «old»",
    "SELECT 1 FROM «t» WHERE id NOT IN main.«old» AND x IN (old, y)",
    "SELECT 1 FROM «t» WHERE id IN json_each(old)",
    "SELECT 1 FROM «t» LEFT JOIN «old» USING (id)",
    "SELECT 1 FROM «t» NATURAL LEFT OUTER JOIN «old» CROSS JOIN «u» ON «t».x = «old».x",
    "SELECT * FROM («a» JOIN «b» ON «a».x = «b».x) LEFT JOIN («c») AS d ON d.x = «a».x AND «?c».x",
    "SELECT «a».x, q.y FROM («a», «b») AS q",
    "SELECT * FROM «a» JOIN «b» ON «a».id=«b».id",
    "SELECT «a».a, «b».b FROM «a», «b»",
    "SELECT a.b FROM «c» AS a",
    "SELECT * FROM «t» -- was old\n",
    "SELECT * /* FROM old */ FROM «t» /* old",
    "SELECT '{}' FROM «old»",
    "SELECT * FROM «old» WHERE n LIKE '\\_' ESCAPE '\\'",
    'SELECT "x\ty" FROM\t«old»\n',
    "SELECT *\r\nFROM «old»\r\n",
    "SELECT * FROM «old_2», «my_old», «old$x», «größe»",
    "SELECT * FROM «old»; DELETE FROM «old»;",
    "EXPLAIN QUERY PLAN SELECT * FROM «old»",
    "EXPLAIN SELECT * FROM «old»",
    "SELECT * FROM «old» INDEXED BY old",
    "SELECT * FROM «old» AS o NOT INDEXED WHERE o.x",
    "SELECT old(1), json_each.old FROM json_each(old)",
    "SELECT j.old FROM «t», json_each(«t».old) AS j",
    "SELECT * FROM old.«t»",
    "SELECT old.«t».id FROM old.«t»",
    "SELECT CAST(x AS old), CAST(y AS DECIMAL(10, 2)), y COLLATE old FROM «t»",
    "SELECT (SELECT max(id) FROM «old»), «old».* FROM «old»",
    "SELECT * FROM «t» WHERE x MATCH 'old'",
    "SELECT «old».x FROM «old» WHERE EXISTS(SELECT 1 FROM «z» AS old)",
    "SELECT «old».x FROM «old» WHERE EXISTS(SELECT 1 FROM «z» WHERE «z».y = «old».x)",
    "SELECT 1 FROM «old» JOIN (SELECT old.x FROM «z» AS old) s ON s.x = «old».x",
    (
        "SELECT count(DISTINCT «old».x) FILTER (WHERE «old».y > 1) OVER old FROM «old» WINDOW "
        "old AS (PARTITION BY «old».a ORDER BY «old».b ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING)"
    ),
    "SELECT sum(x) OVER (old ROWS UNBOUNDED PRECEDING EXCLUDE TIES) FROM «t» WINDOW old AS ()",
    "SELECT group_concat(DISTINCT x ORDER BY «old».y DESC NULLS LAST) FROM «old»",
    "SELECT CASE «old».x WHEN 1 THEN «old».y ELSE CASE WHEN 1 THEN 2 END END FROM «old»",
    "SELECT x FROM «a» UNION ALL SELECT x FROM «b» EXCEPT VALUES (1), (2)",
    "SELECT «a».x FROM «a» UNION SELECT «b».x FROM «b» ORDER BY «a».x LIMIT 1 OFFSET 2",
    "VALUES (1, (SELECT max(x) FROM «old»))",
    "SELECT 1 WHERE x BETWEEN 1 AND 2 AND y IS NOT NULL OR z ISNULL AND NOT a NOT NULL",
    "SELECT x->>'$.a' || y -> 1 << 2, ~z, -a, x IS NOT DISTINCT FROM y FROM «t»",
    "SELECT * FROM «t» WHERE a = :old AND b = @old AND c = $old AND d = ?1 AND x'6f6c64'",
    "SELECT left, right FROM «full» WHERE full = 1",
    "(SELECT id FROM «old» WHERE «old».x = 1)",
    "SELECT * FROM «old» ORDER BY random() LIMIT (SELECT count(*) / 2 FROM «old»)",
    "SELECT * FROM «t» WHERE (a, b) IN (SELECT x, y FROM «old») AND (c, d) = (1, 2)",
]

COMMON_TABLE_EXPRESSIONS = [
    "WITH old AS (SELECT 1) SELECT * FROM old",
    "WITH old AS (SELECT 1) SELECT old.x FROM old",
    "WITH old AS (SELECT 1) SELECT * FROM main.«old»",
    "WITH old AS (SELECT 1) SELECT main.«old».x FROM main.«old»",
    "WITH c AS (SELECT * FROM «old») SELECT * FROM c, «old»",
    "WITH a AS (SELECT * FROM b), b AS (SELECT * FROM «old») SELECT * FROM a",
    "WITH RECURSIVE old(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM old) SELECT old.n FROM old",
    "WITH old AS NOT MATERIALIZED (SELECT 1), b(x, y) AS MATERIALIZED (SELECT 2) SELECT * FROM old",
    "SELECT * FROM (WITH old AS (SELECT 1) SELECT * FROM old), «old»",
    "SELECT * FROM «old» WHERE x IN (WITH old AS (SELECT 1) SELECT * FROM old)",
    "WITH old AS (SELECT 1) SELECT * FROM «t» WHERE x IN old AND y IN main.«old»",
    "WITH old AS (SELECT 1) DELETE FROM «old» WHERE «old».id IN old",
    "WITH old AS (SELECT 1) INSERT INTO «old» SELECT * FROM old",
    "WITH old AS (SELECT 1) UPDATE «t» SET x = 1 FROM old WHERE old.id = «t».id",
    "INSERT INTO «t» WITH old AS (SELECT 1) SELECT * FROM old",
    "WITH old AS (SELECT 1) SELECT 1 FROM old; SELECT * FROM «old»",
    "WITH old AS (SELECT 1) SELECT o.x FROM «z» AS o, old WHERE old.x",
]

CHANGES = [
    "INSERT INTO «old» (old, x) VALUES (1, 2)",
    "INSERT OR REPLACE INTO «old» VALUES (1) ON CONFLICT(id) DO UPDATE SET old=excluded.old",
    (
        "INSERT INTO «t» VALUES (1) ON CONFLICT (x) WHERE x > 0 DO NOTHING "
        "ON CONFLICT DO UPDATE SET x = «t».x, (y, z) = (1, 2) WHERE «t».x > excluded.x "
        "RETURNING «t».id"
    ),
    "INSERT INTO «t» AS a VALUES (1) ON CONFLICT DO UPDATE SET x = a.x + «t».x",
    "INSERT INTO main.«old» DEFAULT VALUES RETURNING *, x AS old",
    "REPLACE INTO «old» VALUES (1)",
    "INSERT INTO «z» SELECT * FROM «old»",
    "INSERT INTO «z» SELECT «old».x FROM «old» WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO «old» SELECT old.id FROM «z» AS old",
    "UPDATE «old» SET old=1 WHERE «old».id=2",
    "UPDATE OR IGNORE «old» SET x=1",
    "UPDATE «old» AS o SET x=o.y, y=(SELECT max(«old».x) FROM «old»)",
    "UPDATE «old» AS o SET x=1 WHERE o.id=1 RETURNING «old».id",
    "UPDATE «old» INDEXED BY old SET (a, b) = (SELECT 1, 2)",
    "UPDATE «t» SET x=1 FROM «old» WHERE «old».id=«t».id",
    "UPDATE «t» SET x=1 FROM «a» JOIN «b» ON «a».x = «b».x, «c» AS old WHERE old.x = «t».x",
    "DELETE FROM «old» WHERE n='old'",
    "DELETE FROM «old» RETURNING «old».id",
    "DELETE FROM «old» AS o NOT INDEXED WHERE o.x ORDER BY o.y LIMIT 3",
]

DEFINITIONS = [
    "CREATE TABLE IF NOT EXISTS «old» (id INT)",
    "CREATE TEMP TABLE «old» AS SELECT * FROM «t»",
    "CREATE TABLE main.«old» (id INTEGER PRIMARY KEY, x VARCHAR(10) DEFAULT 'old') STRICT",
    "CREATE TABLE «z» (a INT REFERENCES «old»(id) ON DELETE CASCADE DEFERRABLE, b INT)",
    'CREATE TABLE «z» (a INT REFERENCES «old», b TEXT REFERENCES «"old"» (id) MATCH FULL)',
    "CREATE TABLE «z» (old INT, FOREIGN KEY(old) REFERENCES «old»(old))",
    "CREATE TABLE «t» (x INT, CONSTRAINT old CHECK («t».x > 0), UNIQUE (x, y DESC)) WITHOUT ROWID",
    "CREATE TABLE «t» (x INT DEFAULT (1 + 2), y AS (x * 2) STORED, z DEFAULT -1 COLLATE old)",
    "CREATE TABLE «t» (x TEXT CHECK(x IN ('a', 'b')) NOT NULL, old old)",
    "CREATE VIRTUAL TABLE «old» USING rtree(id, x0, x1)",
    "CREATE VIRTUAL TABLE IF NOT EXISTS «f» USING fts5(x, content=«'old'», content_rowid='id')",
    'CREATE VIRTUAL TABLE «f» USING fts5(x, content="")',
    'CREATE VIRTUAL TABLE «f» USING fts4(content=«"old"», x)',
    "CREATE VIRTUAL TABLE «f» USING fts5(x, content=«old», tokenize = 'porter old')",
    "CREATE VIRTUAL TABLE «v» USING fts5vocab(«old», row)",
    "CREATE VIRTUAL TABLE «v» USING fts5vocab('main', «'old'», 'row')",
    "CREATE INDEX idx_old ON «old»(old)",
    (
        "CREATE UNIQUE INDEX IF NOT EXISTS main.old ON «old» (lower(x), y COLLATE old DESC) "
        "WHERE «old».x > 1"
    ),
    "CREATE VIEW «old» AS SELECT * FROM «new_t»",
    "CREATE TEMP VIEW «v» (old, b) AS SELECT x, y FROM «old»",
    "CREATE TRIGGER old AFTER INSERT ON «old» BEGIN DELETE FROM «old» WHERE id=NEW.old; END",
    (
        "CREATE TRIGGER IF NOT EXISTS tr BEFORE UPDATE OF old, x ON «t» FOR EACH ROW "
        "WHEN old.x <> new.x BEGIN INSERT INTO «log» VALUES (old.x, NEW.y); "
        "UPDATE «log» SET n = CASE WHEN 1 THEN 2 END WHERE «log».x = OLD.x; "
        "SELECT RAISE(ABORT, 'old') FROM «old»; END; DROP TRIGGER old"
    ),
    "CREATE TRIGGER tr AFTER DELETE ON «t» BEGIN DELETE FROM «old» WHERE «old».x = 1; END",
    "CREATE TRIGGER tr AFTER DELETE ON «t» BEGIN DELETE FROM «a» WHERE x = old.x; END",
    (
        "CREATE TRIGGER tr AFTER DELETE ON «t» "
        "BEGIN DELETE FROM «old» WHERE EXISTS(SELECT 1 FROM «b» WHERE old.y = «b».id); END"
    ),
    "CREATE TRIGGER tr INSTEAD OF INSERT ON «v» BEGIN INSERT INTO «t» VALUES (new.x); END",
    "DROP TABLE IF EXISTS «old»",
    "DROP TABLE main.«old»",
    "DROP VIEW «old»",
    "DROP INDEX IF EXISTS old",
    "DROP TRIGGER main.old",
    "ALTER TABLE «old_tmp» RENAME TO «old»",
    'ALTER TABLE main.«old» RENAME TO «"u"»',
    "ALTER TABLE «old» ADD COLUMN old TEXT",
    "ALTER TABLE «old» ADD x INTEGER REFERENCES «old» CHECK (x > 0)",
    "ALTER TABLE «old» RENAME COLUMN old TO z",
    "ALTER TABLE «old» RENAME old TO z",
    "ALTER TABLE «old» DROP COLUMN old",
    "PRAGMA table_info(«old»)",
    "PRAGMA table_info(«'old'»)",
    "PRAGMA main.table_info(«old»)",
    "PRAGMA table_xinfo = «old»",
    "PRAGMA foreign_key_list(«old»)",
    "PRAGMA foreign_key_check(«old»)",
    "PRAGMA index_list(«old»); PRAGMA table_list(«old»); PRAGMA integrity_check(«old»)",
    "PRAGMA integrity_check(10); PRAGMA user_version = 3; PRAGMA cache_size = -2000",
    "PRAGMA index_info(old)",
    "PRAGMA foreign_keys = ON; PRAGMA journal_mode=old; PRAGMA optimize",
    "ANALYZE; ANALYZE «old»; ANALYZE main.«old»; REINDEX «old»",
    "ATTACH 'old' AS old",
    "ATTACH DATABASE ? AS old; DETACH DATABASE old; VACUUM old; VACUUM INTO 'old'",
    "SAVEPOINT old; RELEASE old; ROLLBACK TO old; BEGIN; COMMIT; END",
]

FULL_TEXT = [
    "INSERT INTO «f»(«f») VALUES('rebuild')",
    "INSERT INTO «f»(«f», rank) VALUES('merge', 16)",
    "INSERT INTO «f»(«f») VALUES('merge=16,8')",
    "INSERT INTO «f»(«f», rowid, a) VALUES('delete', old.rowid, old.a)",
    "INSERT INTO «f»(«f») SELECT 'optimize'",
    "INSERT INTO «f»(f) VALUES(?)",
    "INSERT INTO «f»(f) VALUES('something else')",
    "SELECT * FROM «old» WHERE «old» MATCH ?",
    "SELECT * FROM «old» WHERE «old».«old» MATCH ?",
    "SELECT * FROM «old» AS o WHERE «old» MATCH ? AND o.x = 1",
    "SELECT * FROM «t» WHERE id IN (SELECT rowid FROM «old» WHERE «old» MATCH 'x')",
    "SELECT * FROM «t» WHERE old MATCH 'x'",
    "SELECT highlight(«old», 0, 'a', 'b') FROM «old» o WHERE x = 1 ORDER BY bm25(«old», 10.0)",
    "SELECT snippet(«old», 0) FROM «?old»('query') ORDER BY rank",
]

CATALOG = [
    "SELECT name FROM «sqlite_master» WHERE type='table' AND name=«'old'»",
    "SELECT name FROM «sqlite_master» WHERE type='index' AND name='old'",
    "SELECT name FROM «sqlite_master» WHERE type='trigger' AND name='old'",
    "SELECT name FROM «sqlite_master» WHERE type='view' AND name='old'",
    "SELECT name FROM «sqlite_master» WHERE type='view' AND tbl_name='old'",
    "SELECT name FROM «sqlite_master» WHERE name='old' AND type='index'",
    "SELECT name FROM «sqlite_master» WHERE type IN ('table', 'view') AND name=«'old'»",
    "SELECT name FROM «sqlite_master» WHERE type='index' AND tbl_name=«'old'»",
    "SELECT name FROM «sqlite_master» WHERE type='index' AND (name='old' OR tbl_name=«'old'»)",
    "SELECT name FROM «sqlite_master» WHERE type='index' AND name='old' OR name=«'old'»",
    "SELECT name FROM «sqlite_master» WHERE name IN («'old'», «'z'»)",
    "SELECT name FROM «sqlite_schema» WHERE name NOT IN («'old'») AND name <> «'z'»",
    "SELECT name FROM «sqlite_master» WHERE «'old'» = name AND sql = 'old'",
    'SELECT name FROM main.«sqlite_master» WHERE name = «"old"»',
    "SELECT m.name FROM «sqlite_master» m WHERE m.type = 'table' AND m.name == «'old'»",
    "SELECT 1 FROM «sqlite_master» m, «t» WHERE «t».name = 'old' AND m.tbl_name = «'old'»",
    "SELECT 1 FROM «a» JOIN «sqlite_master» m ON m.type = 'index' WHERE m.name = 'old'",
    "SELECT name FROM «sqlite_master» WHERE name LIKE «?'old%'» AND name NOT LIKE «?'sqlite_%'»",
    "SELECT name FROM «sqlite_master» WHERE name = «?'old'» || '_x'",
    "SELECT name FROM «sqlite_master» WHERE lower(name) = «'old'» COLLATE NOCASE",
    "SELECT name FROM «sqlite_master» WHERE name COLLATE NOCASE = «'old'»",
    "SELECT name FROM «sqlite_temp_master» WHERE name IS «'old'» OR name IS NOT «'z'»",
    "SELECT EXISTS(SELECT 1 FROM «sqlite_master» WHERE type='table' AND name=«'old'»)",
    "SELECT x FROM «t» WHERE name = 'old' AND type = 'table'",
    "SELECT x FROM «t» WHERE name = 'old' AND x IN (SELECT name FROM «sqlite_master»)",
    "DELETE FROM «sqlite_sequence» WHERE name=«'old'»",
    "UPDATE «sqlite_sequence» SET seq = 0, name = «'new'» WHERE name = «'old'»",
    "INSERT INTO «sqlite_sequence» (seq, name) VALUES (1, «'old'»), (2, «'z'»)",
    "INSERT INTO «sqlite_sequence» VALUES («'old'», 1)",
    "SELECT * FROM «sqlite_stat1» WHERE tbl = «'old'» AND idx = 'old'",
    "SELECT count(*) FROM pragma_table_info(«'old'»)",
    "SELECT p.name FROM pragma_table_xinfo(«'old'») AS p WHERE p.name = 'old'",
    "SELECT * FROM «sqlite_master» m JOIN pragma_index_list(m.name) p WHERE p.name = 'old'",
    "SELECT * FROM pragma_index_info('old')",
    "SELECT name FROM «sqlite_master» WHERE type='table' AND name=«?'◌'»",
]

HOLES = [
    "SELECT ◌FROM «old»",
    "SELECT * FROM «old» ◌ORDER BY «old».x",
    "SELECT ◌from, «?◌set».x FROM «old»",
    "SELECT * FROM «old» WHERE id=◌",
    "SELECT * FROM «old» WHERE id IN (◌)",
    "SELECT * FROM «old» WHERE id IN «?◌»",
    "SELECT * FROM «?◌old»",
    "SELECT * FROM «?old◌»",
    "SELECT * FROM «?◌»",
    "SELECT * FROM «?◌» o WHERE o.x = 1",
    'SELECT * FROM «?"◌"»',
    "SELECT * FROM ◌.«?old»",
    "SELECT * FROM «old» ◌",
    "SELECT «old».x FROM «old» ◌ WHERE «old».y = 1",
    "SELECT ◌ FROM «old» ◌ JOIN «b» ON «b».x = «old».x ◌ GROUP BY ◌ ORDER BY ◌ DESC LIMIT ◌",
    "SELECT ◌ AS old, x ◌, ◌ y FROM «old» WHERE ◌ AND x = 1",
    "SELECT x FROM «t» ◌ JOIN «u» USING (x) WHERE x ◌ y AND z ◌",
    "SELECT x FROM «t» WHERE x = 1 ◌ ◌ LIMIT 3",
    "SELECT x FROM «t» ◌ AND x = 1 ORDER BY ◌, y",
    "SELECT x FROM «t» ◌, «?old»",
    "SELECT x FROM «t» ◌ UNION ALL SELECT x FROM «u»",
    "SELECT x FROM «t» UNION ALL ◌",
    "SELECT «?old».x FROM «?◌»",
    "SELECT «?old».x, ◌.y",
    "INSERT INTO «old» (◌) VALUES (◌)",
    "INSERT INTO «old» ◌ VALUES ◌",
    "INSERT INTO «old» ◌",
    "INSERT INTO «old» (a, ◌) ◌",
    "INSERT ◌ INTO «old» VALUES (◌, ◌), ◌",
    "INSERT OR ◌ INTO «old» SELECT ◌ FROM «t»",
    "UPDATE «old» SET ◌ WHERE id = ?",
    "UPDATE «old» SET ◌ = ?, x = ◌, y = y ◌ 1",
    "UPDATE «old» SET ◌, updated_at = ? ◌",
    "UPDATE «old» ◌",
    "UPDATE «?◌» SET x = 1",
    "DELETE FROM «old» ◌",
    "DELETE FROM «old» WHERE ◌",
    "CREATE TABLE «old» (◌)",
    "CREATE TABLE «old» (id INT, ◌) ◌",
    "CREATE TABLE «?◌» (id INT REFERENCES «old»(◌))",
    "CREATE INDEX ◌ ON «old»(◌)",
    "CREATE INDEX idx_◌ ON «?◌» (x)",
    "CREATE TRIGGER t AFTER ◌ ON «old» BEGIN ◌ END; DROP TABLE «u»",
    "CREATE VIEW «v» AS ◌",
    "ALTER TABLE «old» ADD COLUMN ◌ ◌",
    "ALTER TABLE «old» RENAME TO «?◌_backup»",
    "DROP TABLE ◌.«?old»",
    "PRAGMA table_info(«?◌»)",
    "PRAGMA ◌ = ◌",
    "WITH ◌ SELECT * FROM «old»",
    "WITH a AS (◌) SELECT * FROM a, «old»",
    "SELECT CASE ◌ END, CASE x ◌ ELSE 1 END FROM «old»",
    "SELECT * FROM «t» WHERE x IN (SELECT y FROM «old» WHERE ◌) ◌",
    "SELECT * FROM «a» ◌ «?b» ON x = y",
    "SELECT * FROM «old» LIMIT ◌ OFFSET ◌",
]

EARLY_ENDS = [
    "SELECT",
    "SELECT * FROM",
    "SELECT * FROM «old» WHERE",
    "SELECT * FROM «old» WHERE id IN (",
    "SELECT * FROM «old» WHERE name = 'abc",
    "SELECT * FROM «old» JOIN",
    "SELECT * FROM «old» JOIN «u» ON",
    "SELECT * FROM «old» AS",
    "SELECT x, (SELECT y FROM «old»",
    "SELECT CASE WHEN x",
    "INSERT INTO «old»",
    "INSERT INTO «old» (a, b",
    "INSERT INTO «old» (a, b) VALUES (?, ",
    "INSERT INTO",
    "UPDATE «old»",
    "UPDATE «old» SET",
    "UPDATE «old» SET x",
    "DELETE FROM «old»",
    "CREATE TABLE «old»",
    "CREATE TABLE IF NOT EXISTS «old» (id INTEGER,",
    "CREATE INDEX i ON",
    "CREATE TRIGGER t AFTER INSERT ON «old» BEGIN DELETE FROM «old»",
    "ALTER TABLE «old»",
    "WITH a AS (SELECT * FROM «old»",
    "PRAGMA table_info(",
    "PRAGMA table_info(«old»",
]

PROSE = [
    "Update the bugs list",
    "Delete from notifications where possible, please",
    "Select items from bugs and mark them",
    "Create bugs table",
    "Create old table",
    "Create a new index on bugs",
    "Select all from bugs",
    "Select the bugs from the list of bugs to work on.",
    "Update bugs: mark them as done",
    "Update bugs, then notifications",
    "Insert into bugs the following rows",
    "Insert bugs into the table",
    "Delete bugs from the table",
    "Delete from bugs all that is stale",
    "Drop table bugs please",
    "Alter table bugs so that it fits",
    "Replace bugs in notifications",
    "Analyze bugs and report",
    "Explain bugs",
    "With bugs from the list, do this",
    "Values from bugs",
    "Selected from old",
    "Pragma bugs are bad",
    "Commit bugs",
    "Update bugs' list",
    "Select bugs from `bugs` & `notifications`!",
    "Drop bugs from notifications",
    "Select one of bugs (see notifications)",
    "Select * from bugs where they are open",
    "Reindex bugs now",
]

DOUBTFUL = [
    # SQLite looks further out if the inner `old` has no column y, so only the schema can tell.
    "SELECT «old».x FROM «old» WHERE EXISTS(SELECT 1 FROM «z» AS old WHERE «?old».y = 1)",
    "SELECT old.x FROM «z» AS old WHERE EXISTS(SELECT 1 FROM «old» WHERE «?old».y = 1)",
    "SELECT * FROM {«?old»}",
    "SELECT * FROM <«?old»>",
    "SELECT * FROM %«?s»",
    "SELECT * FROM «?old»{suffix}",
    "SELECT * FROM «?old»%s WHERE x = 1",
    "DELETE FROM ${«?old»}",
    "SELECT * FROM «old» WHERE id={} AND x = {name} AND y = %s AND z = %(name)s",
    "UPDATE «?old» o SET x = 1",
    "DELETE FROM «?old» o",
    "SELECT «?old».y FROM «old», «a» AS old",
    "SELECT x::text FROM «?old»",
    "SELECT * FROM «?old» WHERE x ILIKE 'a'",
    "SELECT * FROM «?old» FOR UPDATE",
    "INSERT INTO «?old» SET x = 1",
    "SELECT x FROM «?old» WHERE a = 1 FROM «?b»",
    "SELECT «?old».x::text, y FROM «?old» JOIN «?b» ON x = y",
    "SELECT x FROM «?old» ORDER BY x WHERE y",
    "SELECT x FROM «?old»)",
    "FROM «?old» WHERE «?old».x = 1",
    "LEFT JOIN «?old» ON «?old».x = «?y».x",
    "ON «?old».x = «?y».x WHERE «?y».z",
    "USING (old) WHERE «?old».x",
    "ON CONFLICT (x) DO UPDATE SET x = «?old».x + 1 WHERE «?old».x",
    "AND id IN (SELECT x FROM «?old»)",
    "WHERE EXISTS (SELECT 1 FROM «?old»)",
    "◌ SELECT * FROM «?old»",
    "◌FROM «?old» WHERE «?old».x = 1",
    "◌from «?old» where «?old».x = 1",
    "◌LEFT JOIN «?old» ON «?old».x = «?y».x",
    "id IN (SELECT x FROM «?old»)",
]

GROUPS = {
    "query": QUERIES,
    "cte": COMMON_TABLE_EXPRESSIONS,
    "change": CHANGES,
    "definition": DEFINITIONS,
    "full text": FULL_TEXT,
    "catalog": CATALOG,
    "hole": HOLES,
    "ends early": EARLY_ENDS,
    "doubtful": DOUBTFUL,
}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=f"{group}: {case}")
        for group, cases in GROUPS.items()
        for case in cases
    ],
)
def test_names(case):
    assert marked(plain(case)) == case


@pytest.mark.parametrize("text", PROSE)
def test_prose_names_nothing_for_sure(text):
    assert [name.name for name in table_names(text) if name.doubt is None] == []


@pytest.mark.parametrize(
    ("sql", "role", "clause"),
    [
        ("SELECT 1 FROM t", Role.TABLE, "FROM"),
        ("SELECT 1 WHERE x IN t", Role.TABLE, "IN"),
        ("INSERT OR IGNORE INTO t VALUES (1)", Role.TABLE, "INSERT INTO"),
        ("REPLACE INTO t VALUES (1)", Role.TABLE, "REPLACE INTO"),
        ("UPDATE t SET x = 1", Role.TABLE, "UPDATE"),
        ("DELETE FROM t", Role.TABLE, "DELETE FROM"),
        ("CREATE TABLE t (x)", Role.DECLARES, "CREATE TABLE"),
        ("CREATE VIRTUAL TABLE t USING fts5(x)", Role.DECLARES, "CREATE VIRTUAL TABLE"),
        ("CREATE INDEX i ON t (x)", Role.TABLE, "INDEX ON"),
        ("CREATE TRIGGER i AFTER INSERT ON t BEGIN SELECT 1; END", Role.TABLE, "TRIGGER ON"),
        ("CREATE TRIGGER i INSTEAD OF INSERT ON t BEGIN SELECT 1; END", Role.VIEW, "TRIGGER ON"),
        ("CREATE VIEW t AS SELECT 1", Role.VIEW, "CREATE VIEW"),
        ("DROP VIEW t", Role.VIEW, "DROP VIEW"),
        ("DROP TABLE t", Role.TABLE, "DROP TABLE"),
        ("ALTER TABLE t ADD x", Role.TABLE, "ALTER TABLE"),
        ("PRAGMA table_info(t)", Role.TABLE, "PRAGMA"),
        ("ANALYZE t", Role.TABLE, "ANALYZE"),
        ("SELECT 1 FROM pragma_table_info('t')", Role.CATALOG, "pragma_table_info"),
    ],
)
def test_role_and_clause(sql, role, clause):
    name = only(sql)
    assert (name.name, name.role, name.clause) == ("t", role, clause)


def test_join_reference_qualifier_and_catalog_have_clauses():
    assert [
        (name.role, name.clause)
        for name in table_names(
            "SELECT t.x FROM sqlite_master JOIN t WHERE tbl_name = 'a';"
            "CREATE TABLE a (x REFERENCES b); ALTER TABLE a RENAME TO c"
        )
    ] == [
        (Role.QUALIFIER, "qualifier"),
        (Role.TABLE, "FROM"),
        (Role.TABLE, "JOIN"),
        (Role.CATALOG, "sqlite_master"),
        (Role.DECLARES, "CREATE TABLE"),
        (Role.TABLE, "REFERENCES"),
        (Role.TABLE, "ALTER TABLE"),
        (Role.DECLARES, "RENAME TO"),
    ]


@pytest.mark.parametrize(
    ("sql", "schemas"),
    [
        ("SELECT x FROM t", [None]),
        ("SELECT x FROM main.t", ["main"]),
        ('SELECT x FROM "specs_db".t', ["specs_db"]),
        ("SELECT t.x FROM aux.t", ["aux", "aux"]),
        ("SELECT aux.t.x FROM t", ["aux", None]),
        ("PRAGMA aux.table_info(t)", ["aux"]),
        ("SELECT 1 FROM pragma_table_info('t', 'aux')", ["aux"]),
        ("CREATE INDEX aux.i ON t (x)", ["aux"]),
        ("CREATE VIEW aux.v AS SELECT 1 FROM t", ["aux", "aux"]),
        ("CREATE TRIGGER aux.i AFTER INSERT ON t BEGIN DELETE FROM u; END", ["aux", "aux"]),
        ("CREATE TABLE aux.t (x REFERENCES u)", ["aux", "aux"]),
        ("CREATE TABLE aux.t AS SELECT 1 FROM u", ["aux", None]),
        ("ALTER TABLE aux.t RENAME TO u", ["aux", "aux"]),
        ("CREATE TEMP TRIGGER i AFTER INSERT ON main.t BEGIN DELETE FROM u; END", ["main", None]),
    ],
)
def test_schema(sql, schemas):
    assert [name.schema for name in table_names(sql)] == schemas


@pytest.mark.parametrize(
    ("sql", "verbs"),
    [
        ("", []),
        (" ; -- nothing\n;", []),
        ("select 1; update t set x = 1;", ["SELECT", "UPDATE"]),
        ("EXPLAIN QUERY PLAN DELETE FROM t", ["DELETE"]),
        ("WITH a AS (SELECT 1), b(x) AS (SELECT 2) INSERT INTO t SELECT 1", ["INSERT"]),
        ("WITH replace AS (SELECT 1) SELECT 1", ["SELECT"]),
        ("WITH a AS (SELECT 1", ["WITH"]),
        ("(SELECT 1)", ["SELECT"]),
        ("hello; SELECT 1", ["", "SELECT"]),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END; SELECT 3",
            ["CREATE", "SELECT"],
        ),
        ("CREATE TEMP TRIGGER t DELETE ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; END;", ["CREATE"]),
        ("EXPLAIN CREATE TRIGGER t DELETE ON a BEGIN SELECT 1; END", ["CREATE"]),
        ("CREATE TABLE trigger (x); DROP TABLE trigger", ["CREATE", "DROP"]),
        ("BEGIN; DELETE FROM t; END;", ["BEGIN", "DELETE", "END"]),
    ],
)
def test_statements(sql, verbs):
    assert [statement.verb for statement in statements(sql)] == verbs


def test_statement_spans_leave_out_comments_around_and_semicolons():
    sql = "-- a\n SELECT ';' ; /* b */ DELETE FROM t -- c\n"
    assert [sql[s.start : s.end] for s in statements(sql)] == ["SELECT ';'", "DELETE FROM t"]


def test_names_say_their_statement_and_verb():
    names = table_names(";; SELECT 1 FROM a; WITH x AS (SELECT 1) DELETE FROM b")
    assert [(n.name, n.statement, n.verb) for n in names] == [
        ("a", 0, "SELECT"),
        ("b", 1, "DELETE"),
    ]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", True),
        ("  -- why\n /* x */ insert into t", True),
        ("((SELECT 1))", True),
        ("EXPLAIN SELECT 1", True),
        ("Update the list", True),
        ("ANALYZE", True),
        ("REINDEX main.bugs; ANALYZE bugs; SELECT 1", True),
        (f"ANALYZE {HOLE}", True),
        ("Analyze this commit for bugs", False),
        ("", False),
        ("Selected from old", False),
        ('"select" x', False),
        ("FROM t", False),
        ("bugs", False),
        (HOLE + " SELECT 1", False),
    ],
)
def test_leads_with_verb(sql, expected):
    assert leads_with_verb(sql) is expected


@pytest.mark.parametrize(
    ("name", "quote", "expected"),
    [
        ("bugs", "", "bugs"),
        ("order", "", '"order"'),
        ("Temp", "", '"Temp"'),
        ("2nd", "", '"2nd"'),
        ("a b", "", '"a b"'),
        ("größe", "", "größe"),
        ("", "", '""'),
        ("bugs", '"', '"bugs"'),
        ('a"b', '"', '"a""b"'),
        ("a`b", "`", "`a``b`"),
        ("a'b", "'", "'a''b'"),
        ("bugs", "[", "[bugs]"),
        ("a]b", "[", '"a]b"'),
    ],
)
def test_quoted(name, quote, expected):
    assert quoted(name, quote) == expected
    assert only(f"SELECT 1 FROM {expected}").name == name


def test_a_doubt_says_why():
    doubts = {
        "SELECT * FROM " + HOLE: "only known at run time",
        "SELECT * FROM t%s": "templates",
        "Update t list": "would not accept 'list'",
        "FROM t": "does not lead with an SQL verb",
        "SELECT 1 FROM t WHERE " + "(" * 500: "too deeply",
    }
    for sql, words in doubts.items():
        assert words in (only(sql).doubt or "")


WORDS = """
    SELECT FROM WHERE ( ) , . ; * = 'x' "y" [z] `w` old main t WITH AS UNION ALL INSERT INTO VALUES
    UPDATE SET DELETE CREATE TABLE INDEX ON TRIGGER BEGIN END CASE WHEN THEN ELSE IN NOT NULL JOIN
    LEFT USING ORDER BY LIMIT PRAGMA table_info ALTER RENAME TO ADD DROP REFERENCES CHECK VIEW DO
    CONFLICT RETURNING OVER WINDOW VIRTUAL fts5 content MATCH LIKE name type sqlite_master EXISTS
    IS BETWEEN AND OR COLLATE CAST DEFAULT UNIQUE INSTEAD OF new { } % $ ' " [ ` ? :a 1 1.5 x'00' -
    HAVING GROUP DISTINCT IF TEMP EXPLAIN DETACH highlight FILTER ORDER excluded NATURAL
"""
ODD = [HOLE, "--\n", "/*", "*/", "pragma_table_info('t')", "old" + HOLE, "\x00", "ä"]
PIECES = st.sampled_from([*WORDS.split(), *ODD])


@given(st.lists(PIECES, max_size=40).map(" ".join) | st.text())
def test_any_text_gives_names_that_are_where_they_say(sql):
    before = 0
    for name in table_names(sql):
        assert before <= name.start < name.end <= len(sql)
        written = sql[name.start : name.end]
        closing = {"[": "]"}.get(name.quote, name.quote)
        inner = written.removeprefix(name.quote).removesuffix(closing)
        assert name.name == (inner if name.quote == "[" else inner.replace(closing * 2, closing))
        before = name.end


@given(st.lists(PIECES, max_size=40).map(" ".join))
def test_statements_do_not_overlap_and_hold_their_names(sql):
    spans = statements(sql)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    for name in table_names(sql):
        statement = spans[name.statement]
        assert statement.start <= name.start < name.end <= statement.end


DEEP = ["(", "CASE ", "f(", "(SELECT ", "NOT ", "CAST(", "x OVER (", "x IN (", "a.", "- "]


@pytest.mark.parametrize("start", ["SELECT ", "SELECT * FROM ", "WITH a AS (", "CREATE TABLE t ("])
@pytest.mark.parametrize("deeper", DEEP)
def test_depth_is_no_danger(start, deeper):
    table_names(start + deeper * 5000)
    table_names(deeper * 5000)
