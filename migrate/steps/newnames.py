"""What a value that names tables becomes, as SQL: the whole of it, or strings within JSON."""

NAMES = "temp.retable_names"
"""The table with the names, old and new, while values follow them."""
_OF_COLUMN = (
    "(instr(coalesce(atom, ''), '.') = 0 AND (coalesce(path, '') LIKE '%.columns'"
    " OR lower(coalesce(key, '')) IN ("
    "'column', 'columns', 'column_name', 'from_column', 'to_column')))"
)
"""Whether a part of JSON says which column is meant, of a table that is named elsewhere."""
_SPACE = "' ' || char(9, 10, 13)"


def followed(value: str, part: int) -> str:
    """What a value becomes, as SQL; `value` is a column with its table before it.

    In JSON each string that is a name is replaced as it is written there, with its quotes.
    Escaped quotes and backslashes are out of the way meanwhile, and what is replaced is marked,
    so that nothing is replaced twice. The marks are characters that no JSON text can hold.
    Names that could stand between two strings, such as `:`, stay.
    What stands under a key such as "column" is a column's name, and is marked first, to stay.
    """
    here = f"FROM {NAMES} AS retable_name WHERE retable_name.part = {part}"
    whole = f"{here} AND retable_name.old = {value}"
    strings = (
        f"SELECT atom AS text FROM json_tree({value}) WHERE type = 'text' AND NOT {_OF_COLUMN}"
        f" UNION SELECT key FROM json_tree({value}) WHERE typeof(key) = 'text'"
        " AND coalesce(path, '') NOT LIKE '%.columns'"
    )
    return (
        f"CASE WHEN typeof({value}) <> 'text' THEN {value}"
        f" WHEN EXISTS (SELECT 1 {whole}) THEN (SELECT retable_name.new ||"
        f" substr({value}, retable_name.kept + 1) {whole})"
        f" WHEN {_looks_like_json(value)} AND instr({value}, char(1)) + instr({value}, char(2))"
        f" + instr({value}, char(3)) = 0 THEN (WITH RECURSIVE"
        " retable_found(number, old, new) AS (SELECT row_number() OVER (ORDER BY later), old, new"
        f" FROM ({_columns_in(value, part)} UNION ALL SELECT 1, '\"' || retable_text.text || '\"',"
        " '\"' || char(3) || retable_name.new"
        " || substr(retable_text.text, retable_name.kept + 1) || '\"'"
        f" FROM ({strings}) AS retable_text JOIN {NAMES} AS retable_name"
        f" ON retable_name.part = {part} AND retable_name.old = retable_text.text"
        " WHERE json_quote(retable_text.text) = '\"' || retable_text.text || '\"'"
        f" AND substr(ltrim(retable_text.text, {_SPACE}), 1, 1) NOT IN (',', ':', ']', '}}'))),"
        f" retable_step(number, text) AS (SELECT 0, replace(replace({value}, '\\\\', char(1)),"
        " '\\\"', char(2)) UNION ALL SELECT retable_step.number + 1, replace(retable_step.text,"
        " retable_found.old, retable_found.new) FROM retable_step JOIN retable_found"
        " ON retable_found.number = retable_step.number + 1)"
        " SELECT replace(replace(replace(text, char(3), ''), char(2), '\\\"'), char(1), '\\\\')"
        f" FROM retable_step ORDER BY number DESC LIMIT 1) ELSE {value} END"
    )


def _columns_in(value: str, part: int) -> str:
    """What names columns like tables in JSON, as it may be written there and marked, as a query."""
    here = f"FROM {NAMES} AS retable_name WHERE retable_name.part = {part}"
    forms = "(VALUES (':', ','), (': ', ','), (':', ', '), (': ', ', ')) AS retable_form"
    tree = f"FROM json_tree({value}) AS retable_node CROSS JOIN {forms} WHERE {_OF_COLUMN}"
    text = f"type = 'text' AND EXISTS (SELECT 1 {here} AND retable_name.old = retable_node.atom)"
    array = (
        "type = 'array' AND instr(value, '.') + instr(value, '{') = 0 AND EXISTS"
        " (SELECT 1 FROM json_each(retable_node.value) AS retable_item WHERE EXISTS"
        f" (SELECT 1 {here} AND retable_name.old = retable_item.value))"
    )
    start = "'\"' || key || '\"' || retable_form.column1"
    said = "CASE type WHEN 'text' THEN json_quote(atom) ELSE value END"
    said = f"replace({said}, ',', retable_form.column2)"
    return (
        f"SELECT 0 AS later, {start} || {said} AS old,"
        f" {start} || replace({said}, '\"', '\"' || char(3)) AS new {tree} AND ({text} OR {array})"
        " AND typeof(key) = 'text'"
    )


def is_name(value: str, part: int) -> str:
    """Whether a value is a name that changes, or JSON with such a string in it, as SQL."""
    here = f"FROM {NAMES} AS retable_name WHERE retable_name.part = {part}"
    strings = f"SELECT atom FROM json_tree({value}) WHERE type = 'text'"
    return (
        f"typeof({value}) = 'text' AND (EXISTS (SELECT 1 {here} AND retable_name.old = {value})"
        f" OR CASE WHEN {_looks_like_json(value)} THEN EXISTS (SELECT 1 FROM ({strings})"
        f" AS retable_text WHERE EXISTS (SELECT 1 {here}"
        " AND retable_name.old = retable_text.atom)) END)"
    )


def _looks_like_json(value: str) -> str:
    start = f"substr(ltrim({value}, {_SPACE}), 1, 1)"
    return f"{start} IN ('{{', '[', '\"') AND json_valid({value})"
