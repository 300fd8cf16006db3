"""All that is imported of NumPy: it is loaded when the first of it is used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from turnout.errors import not_installed

__all__ = ["Bools", "Floats", "Ints", "Longs", "Singles", "np"]

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float64]
    Singles: TypeAlias = npt.NDArray[np.float32]
    Ints: TypeAlias = npt.NDArray[np.intp]
    Longs: TypeAlias = npt.NDArray[np.int64]
    Bools: TypeAlias = npt.NDArray[np.bool_]
else:
    Floats = Singles = Ints = Longs = Bools = object  # names for annotations, which nothing reads

    class _Later:
        """Stands in for NumPy until something of it is asked for."""

        def __getattr__(self, name: str) -> Any:  # whatever NumPy has
            try:
                numpy = import_module("numpy")
            except ImportError:
                raise not_installed("turnout monitor", "NumPy", "monitor") from None
            value = getattr(numpy, name)
            setattr(self, name, value)
            return value

    np = _Later()
