import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readKeyExchangeLists } from './key-exchange-lists.ts';

const OFFERED = [
  ['curve25519-sha256', 'ext-info-s', 'kex-strict-s-v00@openssh.com'],
  ['ssh-ed25519', 'rsa-sha2-512'],
  ['to-cipher'],
  ['from-cipher'],
  ['to-mac'],
  [],
  ['none'],
  ['none', 'zlib'],
];

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The first that a server sends, with `lists` as given. */
function firstBytes(lists: readonly (readonly string[])[], greeting = 'SSH-2.0-x\r\n', type = 20): Buffer {
  const fields = lists.map((names) => Buffer.concat([uint32(names.join(',').length), Buffer.from(names.join(','))]));
  const payload = Buffer.concat([Buffer.of(type), Buffer.alloc(16, 0xff), ...fields, Buffer.alloc(9 + 5)]);
  return Buffer.concat([Buffer.from(greeting), uint32(payload.length + 1), Buffer.of(4), payload, Buffer.alloc(4)]);
}

const READ = {
  kex: ['curve25519-sha256'],
  serverHostKey: ['ssh-ed25519', 'rsa-sha2-512'],
  cipher: [['to-cipher'], ['from-cipher']],
  mac: [['to-mac'], []],
  compress: [['none'], ['none', 'zlib']],
};

it.each(['SSH-2.0-OpenSSH_9.2p1 Debian\r\n', 'SSH-1.99-x\n', 'Welcome\r\nto this\r\nSSH-2.0-x\r\n'])(
  'reads what is offered after %j, without what is no algorithm',
  (greeting) => {
    expect(readKeyExchangeLists(firstBytes(OFFERED, greeting))).toEqual(READ);
  },
);

it('reads nothing of another packet, of another protocol, and of what is cut short anywhere', () => {
  expect(readKeyExchangeLists(firstBytes(OFFERED, undefined, 1))).toBeNull();
  expect(readKeyExchangeLists(firstBytes(OFFERED, 'HTTP/1.1 400 Bad Request\r\n'))).toBeNull();
  const whole = firstBytes(OFFERED);
  const afterLists = 9 + 5 + 4;
  for (let length = 0; length < whole.length - afterLists; length += 1) {
    expect(readKeyExchangeLists(whole.subarray(0, length))).toBeNull();
  }
});

it('never throws, and reads whatever is there', () => {
  const name = fc.stringMatching(/^[a-z0-9@.-]{1,20}$/);
  fc.assert(
    fc.property(fc.array(fc.array(name, { maxLength: 5 }), { minLength: 8, maxLength: 8 }), (lists) => {
      expect(readKeyExchangeLists(firstBytes(lists))?.kex).toEqual(lists[0]);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      readKeyExchangeLists(Buffer.concat([Buffer.from('SSH-2.0-x\r\n\0\0\0\0\0\x14'), bytes]));
    }),
  );
});
