"""Which arguments, keys and attributes are a table's name, by what libraries and the plan say."""

from refactor.apis.arguments import TableArguments
from refactor.apis.slots import Shape, Slot
from refactor.databases.systems import OtherSystems

__all__ = ["OtherSystems", "Shape", "Slot", "TableArguments"]
