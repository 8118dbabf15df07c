import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isOwnUser, ownerOf } from './peer-user.ts';

/** As Linux writes it; ports 40001 (9C41) and 8650 (21CA). */
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:21CA 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 100 1 0 100 0 0 10 0
   1: 0100007F:21CA 0100007F:9C41 01 00000000:00000000 00:00000000 00000000  1000        0 102 1 0 20 4 30 10 -1
   2: 0100007F:9C41 0100007F:21CA 01 00000000:00000000 00:00000000 00000000  1001        0 101 1 0 20 4 30 10 -1
   3: 0A00020F:9C42 0100007F:21CA 01 00000000:00000000 00:00000000 00000000  1002        0 101 1 0 20 4 30 10 -1
   4: 0100007F:9C43 0100007F:21CA 06 00000000:00000000 00:00000000 00000000  1003        0 101 1 0 20 4 30 10 -1
`;
const TABLE6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   9: 0000000000000000FFFF00000100007F:9C44 0000000000000000FFFF00000100007F:21CA 01 00000000:00000000 00:00000000 00000000  1004        0 101 1 0 20 4 30 10 -1
`;

describe('ownerOf', () => {
  it.each([
    ['the process at the other end, not ours', 40_001, 1_001],
    ['not one of another address', 40_002, null],
    ['not one that has gone', 40_003, null],
    ['one with a socket of IPv6', 40_004, 1_004],
    ['none the table does not know', 40_005, null],
    ['none without a connection', undefined, null],
  ])('finds %s', (_what, remotePort, owner) => {
    expect(ownerOf({ remotePort, localPort: 8_650 }, TABLE + TABLE6)).toBe(owner);
  });
});

it('knows who is at the other end of a real connection', async (context) => {
  if (process.platform !== 'linux') context.skip('only Linux tells');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const client = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  const uid = process.getuid?.() ?? -1;
  const asked = [isOwnUser(socket), isOwnUser(socket, uid + 1)];
  client.destroy();
  socket.destroy();
  server.close();
  // Root is let in for everybody.
  expect(asked).toEqual([true, uid === 0]);
});
