"""Prime factors, and the numbers to find them of."""

from math import isqrt, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.jobs import prime_factors, random_numbers


@given(number=st.integers(1, 10**7))
def test_the_factors_are_primes_in_order_and_give_the_number_back(number: int) -> None:
    factors = prime_factors(number)

    assert prod(factors) == number
    assert factors == sorted(factors)
    assert all(factor > 1 and all(factor % divisor for divisor in range(2, isqrt(factor) + 1)) for factor in factors)


@pytest.mark.parametrize(
    ("number", "factors"), [(1, []), (2, [2]), (49, [7, 7]), (37016767, [73, 507079]), (87089, [73, 1193])]
)
def test_known_numbers_have_their_known_factors(number: int, factors: list[int]) -> None:
    assert prime_factors(number) == factors


@pytest.mark.parametrize("number", [0, -6])
def test_numbers_below_one_have_no_prime_factors(number: int) -> None:
    with pytest.raises(ValueError, match=f"and {number} is less"):
        prime_factors(number)


def test_the_numbers_are_the_same_for_the_same_seed_and_in_the_courses_range() -> None:
    numbers = random_numbers(10_000, seed=1)

    assert numbers == random_numbers(10_000, seed=1)
    assert numbers != random_numbers(10_000, seed=2)
    assert len(numbers) == 10_000
    assert 20_000 <= min(numbers) < 200_000
    assert 99_000_000 < max(numbers) <= 100_000_000
