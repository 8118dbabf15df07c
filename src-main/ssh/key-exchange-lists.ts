/** What one side offers in a key exchange, each list best first: the name lists of RFC 4253, 7.1. */
export interface KeyExchangeLists {
  readonly kex: readonly string[];
  readonly serverHostKey: readonly string[];
  /** From us to the server, and back. */
  readonly cipher: readonly [readonly string[], readonly string[]];
  readonly mac: readonly [readonly string[], readonly string[]];
  readonly compress: readonly [readonly string[], readonly string[]];
}

const SSH_MSG_KEXINIT = 20;
const COOKIE_BYTES = 16;
const LISTS = 8;

/**
 * Reads what a server offers, of the first bytes that it sends: its greeting, perhaps after other lines, and its first
 * packet, which nothing encrypts yet (RFC 4253, 4.2 and 6). ssh2 keeps them only where something was agreed on.
 * @returns null where they are anything else, or are cut short
 */
export function readKeyExchangeLists(firstBytes: Buffer): KeyExchangeLists | null {
  const text = firstBytes.toString('latin1');
  const greeting = /^SSH-(?:2\.0|1\.99)-[^\n]*\n/m.exec(text);
  if (greeting === null) return null;
  // Length of the packet, and of its padding.
  let offset = greeting.index + greeting[0].length + 5;
  if (firstBytes[offset] !== SSH_MSG_KEXINIT) return null;
  offset += 1 + COOKIE_BYTES;
  const lists: string[][] = [];
  while (lists.length < LISTS) {
    if (offset + 4 > firstBytes.length) return null;
    const start = offset + 4;
    offset = start + firstBytes.readUInt32BE(offset);
    if (offset > firstBytes.length) return null;
    lists.push(
      text
        .slice(start, offset)
        .split(',')
        .filter((name) => name !== '' && !SIGNAL.test(name)),
    );
  }
  const [kex = [], serverHostKey = [], ...rest] = lists;
  const [toCipher = [], fromCipher = [], toMac = [], fromMac = [], toCompress = [], fromCompress = []] = rest;
  return {
    ...{ kex, serverHostKey },
    ...{ cipher: [toCipher, fromCipher], mac: [toMac, fromMac], compress: [toCompress, fromCompress] },
  };
}

/** What is no algorithm, though it stands among them: RFC 8308, 2.1, and OpenSSH's PROTOCOL, 1.10. */
const SIGNAL = /^(?:ext-info-[cs]|kex-strict-[cs]-v00@openssh\.com)$/;
