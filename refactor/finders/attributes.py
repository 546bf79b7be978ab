"""Names that are kept as an attribute which the code reads for nothing but to put it into SQL.

Whose attribute is read, nobody follows from `self.kind.TABLE` to each class; but where every
attribute of that name, wherever it is read, stands for a table, each is the name of one.
"""

import ast
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from plan.model import folded
from refactor.databases.weighing import Decision, Place
from refactor.finders.byname import EVERYDAY_NAMES
from refactor.finders.finder import Surroundings
from refactor.finders.ways import is_read_as_a_whole
from refactor.flow.consumers import What
from refactor.flow.wanted import Read
from refactor.python.outline import Context, Usage, last_part
from refactor.python.strings import Text
from refactor.python.syntax import dotted, name_of, walked
from refactor.references import Evidence, Reason

READ_INTO = Evidence(Reason.FLOW, "held by an attribute that is only read into SQL, as a table")


def decided_by_readers(text: Text, around: Surroundings) -> Decision | None:
    """Which table a name is that an attribute holds, by what reads it; None if that is not seen."""
    name = _held_as(text, around)
    if not name or name in EVERYDAY_NAMES or is_read_as_a_whole(text, around):
        return None
    files = around.abroad.few_naming(name)
    reads = [(at, it) for at in files for it in _reads(at, name, around)]
    if not reads or any(it is None for _, it in reads):
        return None
    decisions = [_decided(text.text, at, it, around) for at, it in reads if it]
    first = decisions[0]
    meant = {folded(each.meanings[0].new) for each in decisions if each.meanings}
    settled = not any(it.question or it.stays for it in decisions) and len(meant) == 1
    return first if settled else None


def _decided(name: str, path: PurePosixPath, read: Read, around: Surroundings) -> Decision:
    """Which table a name is where it is read."""
    callee = dotted(read.call.func)
    context = Context(read.scope, Usage.EXECUTED, callee, "0", inside=read.call)
    sql = f"{read.before}{name}{read.after}"
    return around.binder.decide(name, sql, Place(path, read.scope, context))


def _held_as(text: Text, around: Surroundings) -> str:
    """The one attribute that holds a name, of a class that no package has a hand in; or empty."""
    outline, path = around.outline, around.source.path
    uses = around.flow.uses(text)
    holders = around.flow.holders(text)
    if outline is None:
        return ""
    match uses, tuple(holders):
        case (), (held,) if held.kind == "attribute":
            owners: Sequence[str] = (held.scope.owner,)
            name = held.name
        case (use,), () if use.what is What.STORED and isinstance(text.context.inside, ast.Call):
            owners = [*_decorated(outline.tree, text.context.inside)]
            name = last_part(use.callee)
        case _:
            return ""
    mine = [it for it in outline.tree.body if isinstance(it, ast.ClassDef) and it.name in owners]
    told = len(mine) == len(owners) > 0 and not any(_is_field(it, name) for it in mine)
    strange = (around.abroad.kin.may_be_strange(path, it, "") for it in owners)
    return name if told and not any(strange) else ""


def _is_field(node: ast.ClassDef, name: str) -> bool:
    """Whether an attribute of a class is one that its objects are made, or told, of."""
    return any(
        isinstance(it, ast.AnnAssign)
        and name_of(it.target) == name
        and "ClassVar" not in ast.unparse(it.annotation)
        for it in node.body
    )


def _decorated(tree: ast.Module, call: ast.Call) -> Iterator[str]:
    """The classes of a module that a call decorates."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(it is call for it in node.decorator_list):
            yield node.name


def _reads(path: PurePosixPath, name: str, around: Surroundings) -> Iterator[Read | None]:
    """What reads an attribute in a module; None for each that does more than to put it into SQL."""
    takers = around.takers
    tree = around.abroad.tree(path)
    wanted = around.abroad.wanted(path, takers.taken(path), builds=takers.builds(path))
    into_sql = {id(it.read.node): it.read for it in wanted if it.read}
    for node in walked(tree) if tree else ():
        match node:
            case ast.Attribute(attr=attr, ctx=ast.Load()) if attr == name:
                yield into_sql.get(id(node))
            case (
                ast.Name(id=said, ctx=ast.Load())
                | ast.Constant(value=str() as said)
                | ast.keyword(arg=str() as said)
                | ast.alias(name=said)
                | ast.arg(arg=said)
            ) if said == name:
                yield None
