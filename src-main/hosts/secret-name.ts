import type { Hop } from '../ssh/hop.ts';

/** What a secret is for. Two are the same exactly where one may be given for the other. */
export type SecretName = string & { readonly secretName: true };

export function passphraseOf(file: string): SecretName {
  return name('passphrase', file);
}

/**
 * By all that says which machine it is: the same address may be another machine behind another one on the way, and a
 * machine that was replaced has another host key. It must never be given to another than the one it was typed for.
 * @param hostKey `SHA256:…` of the key it has proved to have
 */
export function passwordOf({ user, host, port, knownAs }: Hop, hostKey: string): SecretName {
  return name('password', user, host, port, knownAs.host, knownAs.port, hostKey);
}

function name(...parts: readonly (string | number)[]): SecretName {
  return JSON.stringify(parts) as SecretName;
}
