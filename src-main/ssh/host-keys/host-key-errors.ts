import { AppError } from '../../kernel/errors.ts';
import { visibleText } from '../../kernel/text.ts';
import type { Hop } from '../hop.ts';
import { fingerprint, keyType } from './host-key.ts';
import { lookupName } from './host-pattern.ts';
import type { HostKeyVerdict, KnownKey } from './known-hosts.ts';

/** The machine as known_hosts has it; where that is an alias, also what it stands for. Safe to show. */
export function knownName({ knownAs, host, port }: Pick<Hop, 'knownAs' | 'host' | 'port'>): string {
  const name = lookupName(knownAs);
  const dialled = lookupName({ host, port });
  return visibleText(name === dialled ? name : `${name} (the HostKeyAlias of ${dialled})`);
}

/** HOST_KEY_UNKNOWN: for where nobody can be asked. */
export function unknownKeyError(hop: Hop, key: Buffer, isJump: boolean): AppError {
  const offered = { keyType: keyType(key), fingerprint: fingerprint(key) };
  const onTheWay = isJump ? ', a machine on the way,' : '';
  const next = isJump
    ? 'log in there once with ssh, which remembers it'
    : `connect with --accept-host-key ${offered.fingerprint}`;
  return new AppError(
    'HOST_KEY_UNKNOWN',
    `The host key of ${knownName(hop)}${onTheWay} is not known: ${describe(offered)}.`,
    {
      details: { host: lookupName(hop.knownAs), ...offered },
      hint: `Compare it with what "ssh-keygen -lf" prints for the key on the host itself. If it is the same, ${next}.`,
    },
  );
}

/**
 * The error for a key that may not be let through: HOST_KEY_CHANGED, HOST_KEY_REVOKED or HOST_KEY_UNREADABLE. `details`
 * have the key offered, and where in which file the trouble stands.
 */
export function hostKeyError(
  verdict: Exclude<HostKeyVerdict, { kind: 'known' | 'unknown' }>,
  hop: Hop,
  key: Buffer,
): AppError {
  const host = lookupName(hop.knownAs);
  const name = knownName(hop);
  const offered = { keyType: keyType(key), fingerprint: fingerprint(key) };
  switch (verdict.kind) {
    case 'changed':
      return new AppError('HOST_KEY_CHANGED', changedMessage(name, offered, verdict.known), {
        details: { host, ...offered, known: verdict.known },
        hint: `Somebody may stand between you and the host, or it was installed anew. Find out on the host itself: "ssh-keygen -lf" prints its keys. Only if the new key is its own, remove the old: ${removal(host, verdict.known)}.`,
      });
    case 'revoked':
      return new AppError(
        'HOST_KEY_REVOKED',
        `${name} offers a host key that is marked as revoked in ${place(verdict)}: ${describe(offered)}.`,
        {
          details: { host, ...offered, file: verdict.file, line: verdict.line },
          hint: 'A revoked key is one that may be in the wrong hands. The host needs a new key; do not remove the mark.',
        },
      );
    case 'authority':
      return new AppError(
        'HOST_KEY_UNREADABLE',
        `${place(verdict)} has the key of ${name} vouched for by a certificate authority (@cert-authority), and Binnacle cannot check host certificates.`,
        {
          details: { host, ...offered, file: verdict.file, line: verdict.line, why: 'cert-authority' },
          hint: `Have ${host} known by its own key: except it from that line (!${host} among its patterns), or name another file for it by UserKnownHostsFile in ssh_config.`,
        },
      );
    case 'unreadable':
      return new AppError('HOST_KEY_UNREADABLE', `${place(verdict)} may be for ${name}, and ${verdict.why}.`, {
        details: { host, ...offered, file: verdict.file, line: verdict.line, why: verdict.why },
        hint: 'Put the line right or remove it, or name another file with --known-hosts. Until then the key of this host cannot be checked.',
      });
  }
}

type Offered = { readonly keyType: string; readonly fingerprint: string };

function changedMessage(name: string, offered: Offered, known: readonly KnownKey[]): string {
  const list = known.map((one) => `${one.type} ${one.fingerprint} (${place(one)})`).join(', ');
  return `The host key of ${name} is not the one known for it. Offered: ${describe(offered)}. Known: ${list}.`;
}

function describe({ keyType, fingerprint }: Offered): string {
  return `${keyType} ${fingerprint}`;
}

function place({ file, line }: { readonly file: string; readonly line: number }): string {
  return `${visibleText(file)}:${line}`;
}

/** `ssh-keygen -R` once a file; it leaves lines with wildcards alone, so the lines are named too. */
function removal(name: string, known: readonly KnownKey[]): string {
  const byFile = Map.groupBy(known, ({ file }) => file);
  return [...byFile]
    .map(([file, keys]) => {
      const lines = keys.map(({ line }) => line).join(', ');
      return `ssh-keygen -R ${shellWord(name)} -f ${shellWord(file)} (line ${lines})`;
    })
    .join('; ');
}

/** For a person to copy: quoted for a POSIX shell where it must be. */
function shellWord(text: string): string {
  const visible = visibleText(text);
  return /^[\w./:@%+=-]+$/.test(visible) ? visible : `'${visible.replaceAll("'", "'\\''")}'`;
}
