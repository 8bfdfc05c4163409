"""Ask the processor for memory before it is needed.

The kernels know long before which customer's friends they will look at, but the lists lie scattered over
gigabytes, and waiting for memory was a third of their time.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic

__all__ = ["prefetch"]


@intrinsic  # type: ignore[misc, untyped-decorator, unused-ignore]
def prefetch(typing_context: Any, array: Any, index: Any) -> Any:
    """Bring `array[index]` (one dimension, contiguous) near without waiting for it.

    A hint for compiled code: it changes no result, and an index outside the array does no harm.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = builder.bitcast(builder.gep(values.data, [arguments[1]]), ir.IntType(8).as_pointer())
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [address.type, flag, flag, flag])
        hint = builder.module.declare_intrinsic("llvm.prefetch", [address.type], kind)
        # for reading; to be kept in every cache; data, not code
        builder.call(hint, [address, ir.Constant(flag, 0), ir.Constant(flag, 3), ir.Constant(flag, 1)])
        return context.get_dummy_value()

    return types.void(array, index), emit
