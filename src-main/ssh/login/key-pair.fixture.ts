import ssh2 from 'ssh2';

/**
 * A pair of keys that can be read again. ssh2 1.17 takes a zero byte at the beginning of an Ed25519 public key for padding
 * (lib/keygen.js, parseDERs): one pair of 256 is a byte short, and is refused by its own parser.
 */
export const generateKeyPair = ((...args: Parameters<typeof ssh2.utils.generateKeyPairSync>) => {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync(...args);
    if (!(ssh2.utils.parseKey(pair.public) instanceof Error)) return pair;
  }
}) as typeof ssh2.utils.generateKeyPairSync;
