# SPDX-License-Identifier: Apache-2.0
"""A module for each subject; what is to be run of it takes a `contest.Run`."""
