# SPDX-License-Identifier: Apache-2.0
"""How large the workloads are: as the aims have them, or small enough to be part of the tests."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Sizes:
    is_quick: bool
    large_file: int  # bytes of W2's file
    flat: tuple[int, ...]  # entries of one targets.json
    binned: int  # entries spread over bins
    bins: tuple[int, ...]  # for a growing number of bins; each a power of two
    usual_bins: int  # W3's, and the bins that the snapshot gives digests for
    roles: tuple[int, ...]  # delegated roles, each with a key of its own
    published: tuple[tuple[int, int], ...]  # W4: files, bins
    release_bins: tuple[int, ...]  # bins that one more file is released into
    mirrored: int  # W5: files of 16 KiB
    distant: int  # of these with latency
    recorded: tuple[int, ...]  # W6: files of 4.5 KiB in the mean
    artifacts: tuple[int, ...]  # W7: materials and as many products of each of five links
    usual_artifacts: int
    steps: tuple[int, ...]  # links of 500 artifacts
    served_file: int  # W8's large one, bytes
    serving_seconds: float
    stored: int  # files of 16 KiB brought to a store
    most_entries: tuple[int, int]  # spread over so many bins
    most_artifacts: int  # materials and as many products of each of two links
    most_files: int  # of 16 KiB, mirrored
    most_clients: int  # connections that ask at once
    crowd_seconds: float


FULL = Sizes(
    is_quick=False,
    large_file=1 << 30,
    flat=(1_000, 10_000, 100_000, 1_000_000),
    binned=1_000_000,
    bins=(256, 1_024, 4_096, 16_384, 65_536),
    usual_bins=16_384,
    roles=(10, 100, 1_000, 10_000),
    published=((1_000, 256), (10_000, 1_024), (100_000, 16_384)),
    release_bins=(256, 1_024, 4_096, 16_384, 65_536),
    mirrored=5_000,
    distant=500,
    recorded=(1_000, 10_000, 50_000),
    artifacts=(1_000, 5_000, 20_000, 100_000),
    usual_artifacts=20_000,
    steps=(5, 20, 80, 200),
    served_file=16 << 20,
    serving_seconds=5,
    stored=5_000,
    most_entries=(10_000_000, 65_536),
    most_artifacts=500_000,
    most_files=100_000,
    most_clients=10_000,
    crowd_seconds=60,
)

QUICK = Sizes(
    is_quick=True,
    large_file=8 << 20,
    flat=(200, 2_000),
    binned=2_000,
    bins=(16, 64),
    usual_bins=64,
    roles=(10, 50),
    published=((200, 16),),
    release_bins=(16, 64),
    mirrored=100,
    distant=20,
    recorded=(100, 400),
    artifacts=(20, 200),
    usual_artifacts=200,
    steps=(5, 10),
    served_file=1 << 20,
    serving_seconds=0.5,
    stored=20,
    most_entries=(4_000, 128),
    most_artifacts=2_000,
    most_files=200,
    most_clients=200,
    crowd_seconds=1,
)


def with_million(sizes: Sizes) -> Sizes:
    """The same, and a million files published: 5 GB of disk and some minutes."""
    return replace(sizes, published=(*sizes.published, (1_000_000, 16_384)))
