"""The normalised product of class probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emobench import Fusion, hookimpl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Product(Fusion):
    """The product of the members' probabilities, divided by its sum over the classes.

    Kittler, Hatef, Duin and Matas (On combining classifiers. IEEE TPAMI 1998) give the posterior of class j under inputs
    that are independent of each other given the class: proportional to ``P(j)**(1 - m) * prod_i P(j | x_i)``. Here the
    priors ``P(j)`` are taken to be equal, which leaves the product.

    A stored zero says only that the probability was too small for a float32. It counts as the smallest normal one, 2**-126:
    one zero still rules a class out wherever another class has none, and where every class has a zero, the product of
    what is left decides among those with the fewest.
    """

    name = "product"
    title = "Product of probabilities"

    def combine(self, probabilities: NDArray[np.float64], **learnt: Any) -> NDArray[np.float64]:
        """Return the (n, k) products, summed as logarithms so that many members do not underflow."""
        import numpy as np
        from scipy.special import softmax

        smallest = float(np.finfo(np.float32).tiny)
        product: NDArray[np.float64] = softmax(np.log(np.maximum(probabilities, smallest)).sum(axis=0), axis=1)
        return product


@hookimpl
def emobench_fusions() -> list[Fusion]:
    """Register ``product``."""
    return [Product()]
