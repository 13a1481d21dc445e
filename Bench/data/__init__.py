# SPDX-License-Identifier: Apache-2.0
"""Data that is the same for everybody: bytes of SHAKE-128, keys of SHA-256, fixed dates."""
