"""A name that only chooses what is done: by a word from outside, or by a key that is spelled.

`if kind == "orders"`, where nothing else is done with what `kind` says; `if "orders" not in CACHE`,
where each key of it is spelled; `REPOS["orders"]`, which is a class. Such a name means the same if
the table is renamed.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from refactor.finders.finder import Surroundings
from refactor.flow.consumers import What
from refactor.python.assignments import FUNCTIONS, Function
from refactor.python.callsites import parameters_of
from refactor.python.strings import Text
from refactor.python.syntax import children, dotted, walked

_FROM_OUTSIDE = re.compile(r"sys\.argv\[|(?:flask\.)?request\.|os\.environ\b")
_READS_OUTSIDE = re.compile(r"input|(?:\w+\.)*parse_args|os\.getenv|(?:flask\.)?request\.[\w.]+")
_LOADS = re.compile(r"json\.loads?|(?:\w+\.)*(?:get_json|json)")
_TO_PEOPLE = re.compile(
    r"print|(?:\w+\.)*(?:debug|info|warning|error|exception|echo|exit)|(?:\w+\.)*\w+(?:Error|Exit)"
)
_ONE_KEY = frozenset({"get", "pop", "setdefault"})
_SAME_WORD = frozenset({"lower", "strip"})
_Above = Mapping[ast.AST, ast.AST]


def only_chooses(text: Text, around: Surroundings) -> bool:
    """Whether all that becomes of a name are such comparisons in its own module."""
    if around.outline is None:
        return False
    journey = around.abroad.journey(around.source.path, around.flow, text)
    compared = [(where, it) for where, it in journey.uses if it.what is What.COMPARED]
    others = [it for _, it in journey.uses if it.what not in {What.COMPARED, What.DISPLAYED}]
    if not compared or others or journey.statements or journey.given:
        return False
    tree = around.outline.tree
    return all(
        where == around.source.path
        and isinstance(use.node, ast.Compare)
        and _chooses(use.node, tree, around)
        for where, use in compared
    )


def only_looks_up(text: Text, around: Surroundings) -> bool:
    """Whether all that becomes of a name is that its module looks up things which hold no text.

    In dictionaries whose keys are spelled, and are put to no other use.
    """
    if around.outline is None:
        return False
    journey = around.abroad.journey(around.source.path, around.flow, text)
    if not journey.uses or journey.statements:
        return False
    tree, path = around.outline.tree, around.source.path
    asked = [use for where, use in journey.uses if where == path and use.what is What.KEY]
    return len(asked) == len(journey.uses) and all(
        # What stands there without a name, or is an attribute, may be anything.
        name.isidentifier()
        and around.abroad.few_naming(name) == (path,)
        and _holds_no_text(name, tree)
        for name in {use.callee for use in asked}
    )


def _holds_no_text(name: str, tree: ast.Module) -> bool:
    """Whether a dictionary of a module is spelled, but for what it has no text in, and only asked.

    It is asked for one thing, or whether it has it.
    """
    above = _parents(tree)
    mentions = [it for it in walked(tree) if _is_called(it, name)]
    made = [it for it in mentions if _is_made(it, above) and not _has_texts(above[it])]
    return bool(made) and all(it in made or _is_asked_for_one(it, above) for it in mentions)


def _has_texts(given: ast.AST) -> bool:
    """Whether what is given to a name is a dictionary that has texts, or may have."""
    match given:
        case (
            ast.Assign(value=ast.Dict(values=values)) | ast.AnnAssign(value=ast.Dict(values=values))
        ):
            return not all(isinstance(it, ast.Name | ast.Attribute) for it in values)
    return True


def _is_asked_for_one(node: ast.AST, above: _Above) -> bool:
    over = above[node]
    match over:
        case ast.Subscript(value=value, ctx=ast.Load()):
            return value is node
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[held]):
            return held is node
        case ast.Attribute(attr="get"):
            return isinstance(above[over], ast.Call)
    return False


def _chooses(compare: ast.Compare, tree: ast.Module, around: Surroundings) -> bool:
    above = _parents(tree)
    match compare:
        case ast.Compare(left=ast.Constant(), ops=[ast.In() | ast.NotIn()], comparators=[held]) if (
            not _is_spelled(held)
        ):
            return _has_spelled_keys(held, tree, above, around)
    sides = [it for it in (compare.left, *compare.comparators) if not _is_spelled(it)]
    return len(sides) == 1 and _is_from_outside(sides[0], tree, above, around)


def _is_spelled(node: ast.expr) -> bool:
    """Whether an expression is written out, or a list of what is."""
    match node:
        case ast.List(elts=items) | ast.Set(elts=items) | ast.Tuple(elts=items):
            return all(map(_is_spelled, items))
    return isinstance(node, ast.Constant)


@lru_cache(maxsize=2)  # each name of a module asks it of the whole module
def _parents(tree: ast.Module) -> _Above:
    return {child: node for node in walked(tree) for child in children(node)}


def _functions(node: ast.AST, above: _Above) -> Iterator[Function]:
    """The functions around a node, the innermost first."""
    while node in above:
        node = above[node]
        if isinstance(node, FUNCTIONS):
            yield node


# Words from outside


def _is_from_outside(word: ast.expr, tree: ast.Module, above: _Above, around: Surroundings) -> bool:
    """Whether a word comes from outside, and nothing but such comparisons is done with it."""
    root = word
    while isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
        root = root.func if isinstance(root, ast.Call) else root.value
    if not isinstance(root, ast.Name):
        return False
    function = next(_functions(word, above), None)
    if _FROM_OUTSIDE.match(ast.unparse(word)):
        where: ast.AST = tree
    elif function is None:
        return False
    elif root.id in parameters_of(function):
        if word is not root or not _is_given_by_nobody(function, around):
            return False
        where = function
    elif _is_read_outside(root.id, function):
        where = function
    else:
        return False
    said = ast.unparse(word)
    mentions = (
        it
        for it in walked(where)
        if isinstance(it, ast.Name) and it.id == root.id and isinstance(it.ctx, ast.Load)
    )
    return all(_is_harmless(it, said, above) for it in mentions)


def _is_given_by_nobody(function: Function, around: Surroundings) -> bool:
    """Whether no code names a function, as of one that answers requests."""
    files = around.abroad.few_naming(function.name)
    trees = [around.abroad.tree(it) for it in files]
    return bool(files) and not any(
        tree is None or any(_names(it, function.name) for it in walked(tree)) for tree in trees
    )


def _names(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(id=said) | ast.Attribute(attr=said) | ast.alias(name=said):
            return said == name
        case ast.Constant(value=str() as said):
            return said.rpartition(".")[2] == name
    return False


def _is_read_outside(name: str, function: Function) -> bool:
    """Whether all that a function gives to a name comes from whoever starts or asks it."""
    stores = 0
    read = 0
    for it in walked(function):
        match it:
            case ast.Name(id=given, ctx=ast.Store()) if given == name:
                stores += 1
            case ast.Assign(targets=[ast.Name(id=given)], value=value) if given == name:
                called = dotted(value.func) if isinstance(value, ast.Call) else ""
                outside = _READS_OUTSIDE.fullmatch(called)
                read += bool(outside or _FROM_OUTSIDE.match(ast.unparse(value)))
    return stores == read > 0


def _is_harmless(name: ast.expr, said: str, above: _Above) -> bool:
    """Whether a mention of a word is another word of the same, or nothing but a comparison."""
    node: ast.AST = name
    while True:
        over = above[node]
        match over:
            case ast.Attribute() | ast.Subscript() if over.value is node:
                pass
            case ast.Call(func=func) if func is node:
                pass
            case _:
                break
        node = over
        if not ast.unparse(node).startswith(said) and not said.startswith(ast.unparse(node)):
            return True  # another word
    if len(ast.unparse(node)) < len(said):
        return _is_length(above[node])  # all of what has the word
    return _is_compared_or_shown(node, above)


def _is_length(over: ast.AST) -> bool:
    return isinstance(over, ast.Call) and dotted(over.func) == "len"


def _is_compared_or_shown(node: ast.AST, above: _Above) -> bool:
    over = above[node]
    while isinstance(over, ast.FormattedValue | ast.JoinedStr):
        node, over = over, above[over]
    match over:
        case ast.Compare() | ast.If() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return not isinstance(node, ast.JoinedStr)
        case ast.Call(func=func) if func is not node:
            return _TO_PEOPLE.fullmatch(dotted(func)) is not None
    return False


# Keys that are spelled


def _has_spelled_keys(
    held: ast.expr, tree: ast.Module, above: _Above, around: Surroundings
) -> bool:
    """Whether each key of a dictionary is spelled where it is used, and nobody gets all of them."""
    match held:
        case ast.Name(id=name):
            functions = [*_functions(held, above)]
            where = next((it for it in functions if _gives(it, name)), tree)
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            where = tree
        case _:
            return False
    if where is tree and around.abroad.few_naming(name) != (around.source.path,):
        return False
    mentions = [it for it in walked(where) if _is_called(it, name)]
    made = [it for it in mentions if _is_made(it, above)]
    asked = [it for it in mentions if _asks_spelled_key(it, above)]
    return bool(made) and len(made) + len(asked) == len(mentions)


def _is_called(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(id=said) | ast.Attribute(attr=said):
            return said == name
        case ast.arg(arg=said):
            return said == name
    return False


def _gives(function: Function, name: str) -> bool:
    """Whether a function has a name of its own."""
    return name in parameters_of(function) or any(
        isinstance(it, ast.Name) and it.id == name and isinstance(it.ctx, ast.Store)
        for it in walked(function)
    )


def _is_made(node: ast.AST, above: _Above) -> bool:
    """Whether a dictionary is made there: empty, by keys that are spelled, or of what comes in."""
    match above[node]:
        case ast.Assign(targets=[target], value=value) if target is node:
            pass
        case ast.AnnAssign(target=target, value=ast.expr() as value) if target is node:
            pass
        case _:
            return False
    match value:
        case ast.Dict(keys=keys):
            return all(it is not None and _is_spelled(it) for it in keys)
        case ast.Call(func=func, args=args):
            is_empty = dotted(func) == "dict" and not args
            return is_empty or _LOADS.fullmatch(dotted(func)) is not None
    return False


def _asks_spelled_key(node: ast.AST, above: _Above) -> bool:
    over = above[node]
    match over:
        case ast.Subscript(value=value, slice=ast.Constant()) if value is node:
            return True
        case ast.Compare(left=ast.Constant(), ops=[ast.In() | ast.NotIn()]):
            return True
        case ast.Attribute(attr=attr):
            match above[over]:
                case ast.Call(args=[ast.Constant(), *_]) if attr in _ONE_KEY:
                    return True
                case ast.Call(args=[]) if attr == "clear":
                    return True
    return _is_length(over)
