import type { ParsedKey } from 'ssh2';

/** What goes wrong with a signature where a server names nothing better for RSA. */
export const ONLY_SHA1 = 'the server accepts only SHA-1 signatures of RSA keys';

/**
 * The key as it is lent to ssh2, which signs with SHA-1 where a server names nothing better for RSA: refused, as `sign` in
 * agent.ts does. Once it is taken back it signs no more, and nothing leads from it to the key.
 */
export function withoutSha1(
  key: ParsedKey,
  onSign: (problem: string | null) => void,
): { readonly key: ParsedKey; readonly takeBack: () => void } {
  let owned: ParsedKey | null = key;
  const sign = (data: string | Buffer, hash?: string): Buffer | Error => {
    const problem = hash === 'sha1' ? ONLY_SHA1 : null;
    onSign(problem);
    return problem === null && owned !== null ? owned.sign(data, hash) : new Error(problem ?? 'It is taken back.');
  };
  const lent = new Proxy({} as ParsedKey, {
    get: (_, name) => (name === 'sign' ? sign : owned === null ? undefined : Reflect.get(owned, name)),
  });
  const takeBack = () => {
    owned = null;
  };
  return { key: lent, takeBack };
}
