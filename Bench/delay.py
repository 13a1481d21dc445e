# SPDX-License-Identifier: Apache-2.0
"""A server as it is seen from far away: what is sent arrives later, in both directions.

    delay.py PORT SERVER-PORT MILLISECONDS

MILLISECONDS is a round trip. A connection takes one more before its first bytes leave, as the
handshake of TCP would. Bandwidth is not limited: bytes that are sent together arrive together.
"""

import asyncio
import sys


async def carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float, begin: float
) -> None:
    """Passes on what comes, each piece `delay` seconds after it came, and none before `begin`."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(1024)

    async def deliver() -> None:
        while True:
            due, piece = await under_way.get()
            if (left := due - loop.time()) > 0:
                await asyncio.sleep(left)
            if not piece:
                return
            writer.write(piece)
            await writer.drain()

    delivery = asyncio.create_task(deliver())
    try:
        while piece := await reader.read(1 << 18):
            await under_way.put((max(loop.time(), begin) + delay, piece))
    except ConnectionError:
        pass
    await under_way.put((loop.time() + delay, b""))
    try:
        await delivery
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main(port: int, server: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected = loop.time() + seconds
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", server)
        await asyncio.gather(
            carry(reader, far_writer, seconds / 2, connected),
            carry(far_reader, writer, seconds / 2, 0))

    async with await asyncio.start_server(accept, "127.0.0.1", port, backlog=1024) as listening:
        await listening.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) / 1000))
    except KeyboardInterrupt:
        pass
