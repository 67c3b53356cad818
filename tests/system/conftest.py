"""A whole system for tests: `whole` (shared by the tests of a module, on the Kafka and PostgreSQL that all tests share)."""

from tests.whole_fixture import pytest_runtest_makereport, whole

__all__ = ["pytest_runtest_makereport", "whole"]
