import { mkdtempDisposable, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../kernel/errors.ts';
import type { Hop } from '../hop.ts';
import { createHostKeyPolicy, type HostKeyDecision, type HostKeyPolicy, type OwnFolder } from './host-key-policy.ts';
import { blobOf, ECDSA, ED25519, HASHED, keyFields, OTHER_ED25519, RSA } from './known-hosts.fixture.ts';

const hop: Hop = {
  user: 'ops',
  host: 'server.example',
  port: 2222,
  knownAs: { host: 'server.example', port: 2222 },
  knownHostsFiles: null,
  identityFiles: null,
  homeDir: '/home/me',
  namedFiles: 0,
  identitiesOnly: false,
  agentSocket: null,
  methods: { publicKey: true, keyboardInteractive: true, password: true },
  keepalive: { intervalMs: 3_000, count: 2 },
};
/** HostKeyAlias is looked up without a port. */
const aliased: Hop = { ...hop, knownAs: { host: 'prod', port: 22 } };
const NAME = '[server.example]:2222';
const ACCEPTED: HostKeyDecision = { kind: 'accepted', fingerprint: ED25519.fingerprint };

/** A folder nobody looks at, for tests that are about something else. */
const anyFolder: OwnFolder = { check: async () => {}, open: async () => {} };

interface Files {
  readonly user?: string;
  readonly system?: string;
  readonly own?: string;
  readonly pinned?: string;
  readonly ownFolder?: OwnFolder;
}

const only = { userFiles: [], systemFiles: [], ownFolder: anyFolder };

interface Place {
  readonly policy: HostKeyPolicy;
  readonly userFile: string;
  readonly systemFile: string;
  readonly ownFile: string;
  /** Binnacle's own file; null where there is none. */
  own(): Promise<string | null>;
}

async function withPolicy<T>(
  { user, system, own, pinned, ownFolder = anyFolder }: Files,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'binnacle-policy-'));
  const userFile = join(folder.path, 'user');
  const systemFile = join(folder.path, 'system');
  const ownFile = join(folder.path, 'known_hosts');
  if (user !== undefined) await writeFile(userFile, user);
  if (system !== undefined) await writeFile(systemFile, system);
  if (own !== undefined) await writeFile(ownFile, own);
  const policy = createHostKeyPolicy({
    userFiles: [`${userFile}-none`, userFile],
    systemFiles: [systemFile],
    ownFile,
    ownFolder,
    pinned,
  });
  return await work({ policy, userFile, systemFile, ownFile, own: () => readFile(ownFile, 'utf8').catch(() => null) });
}

function refusalOf(decision: HostKeyDecision): {
  code: string;
  message: string;
  hint: string | null;
  details: unknown;
} {
  if (decision.kind !== 'refused') throw new Error(`not refused: ${decision.kind}`);
  const { code, message, hint, details } = decision.error;
  return { code, message, hint, details };
}

const check = (files: Files, key = ED25519) => withPolicy(files, ({ policy }) => policy.check(hop, blobOf(key), false));
const offered = { host: NAME, keyType: ED25519.type, fingerprint: ED25519.fingerprint };

describe('check', () => {
  it.each<[string, Files]>([
    ['the user file', { user: `${NAME} ${keyFields(ED25519)}\n` }],
    ['the user file, hashed', { user: `${HASHED.serverPort2222} ${keyFields(ED25519)}\n` }],
    ['its own file', { own: `${NAME} ${keyFields(ED25519)}\n` }],
    ['the system file', { system: `${NAME} ${keyFields(ED25519)}\n` }],
    ['both', { user: `${NAME} ${keyFields(RSA)}\n`, own: `${NAME} ${keyFields(ED25519)}\n` }],
    ['a file, whatever is pinned', { user: `${NAME} ${keyFields(ED25519)}\n`, pinned: RSA.fingerprint }],
  ])('accepts a key known to %s', async (_, files) => {
    expect(await check(files)).toEqual(ACCEPTED);
  });

  it('asks for a key nobody knows, and has the error for where nobody can be asked', async () => {
    const decision = await check({ user: `server.example ${keyFields(ED25519)}\n` });
    if (decision.kind !== 'ask') throw new Error(decision.kind);
    const { code, message, hint, details } = decision.error;
    expect([decision.question, { code, message, hint, details }]).toEqual([
      { hop, isJump: false, keyType: ED25519.type, fingerprint: ED25519.fingerprint },
      {
        code: 'HOST_KEY_UNKNOWN',
        message: `The host key of ${NAME} is not known: ssh-ed25519 ${ED25519.fingerprint}.`,
        hint: `Compare it with what "ssh-keygen -lf" prints for the key on the host itself. If it is the same, connect with --accept-host-key ${ED25519.fingerprint}.`,
        details: offered,
      },
    ]);
  });

  it('refuses a changed key, and says what to remove', async () => {
    const files = { user: `${NAME} ${keyFields(RSA)}\n`, own: `# own\n${NAME} ${keyFields(OTHER_ED25519)}\n` };
    const [refused, user, own] = await withPolicy(files, async ({ policy, userFile, ownFile }) => {
      return [refusalOf(await policy.check(hop, blobOf(ED25519), false)), userFile, ownFile];
    });
    expect(refused).toEqual({
      code: 'HOST_KEY_CHANGED',
      message: `The host key of ${NAME} is not the one known for it. Offered: ssh-ed25519 ${ED25519.fingerprint}. Known: ssh-rsa ${RSA.fingerprint} (${user}:1), ssh-ed25519 ${OTHER_ED25519.fingerprint} (${own}:2).`,
      hint: `Somebody may stand between you and the host, or it was installed anew. Find out on the host itself: "ssh-keygen -lf" prints its keys. Only if the new key is its own, remove the old: ssh-keygen -R '${NAME}' -f ${user} (line 1); ssh-keygen -R '${NAME}' -f ${own} (line 2).`,
      details: {
        ...offered,
        known: [
          { type: RSA.type, fingerprint: RSA.fingerprint, file: user, line: 1 },
          { type: OTHER_ED25519.type, fingerprint: OTHER_ED25519.fingerprint, file: own, line: 2 },
        ],
      },
    });
  });

  it('refuses a revoked key', async () => {
    const files = { user: `* ${keyFields(ED25519)}\n`, own: `@revoked * ${keyFields(ED25519)}\n` };
    const [refused, file] = await withPolicy(files, async ({ policy, ownFile }) => [
      refusalOf(await policy.check(hop, blobOf(ED25519), false)),
      ownFile,
    ]);
    expect(refused).toEqual({
      code: 'HOST_KEY_REVOKED',
      message: `${NAME} offers a host key that is marked as revoked in ${file}:1: ssh-ed25519 ${ED25519.fingerprint}.`,
      hint: 'A revoked key is one that may be in the wrong hands. The host needs a new key; do not remove the mark.',
      details: { ...offered, file, line: 1 },
    });
  });

  it('refuses where a line for the host cannot be read', async () => {
    const files = { user: `\n${NAME} ssh-rsa AAAA\n`, own: `${NAME} ${keyFields(ED25519)}\n` };
    const [refused, file] = await withPolicy(files, async ({ policy, userFile }) => [
      refusalOf(await policy.check(hop, blobOf(ED25519), false)),
      userFile,
    ]);
    expect(refused).toEqual({
      code: 'HOST_KEY_UNREADABLE',
      message: `${file}:2 may be for ${NAME}, and its key is damaged.`,
      hint: 'Put the line right or remove it, or name another file with --known-hosts. Until then the key of this host cannot be checked.',
      details: { ...offered, file, line: 2, why: 'its key is damaged' },
    });
  });

  it.each([
    ['revoked', `@revoked * ${keyFields(ED25519)}\n`, 'HOST_KEY_REVOKED'],
    ['changed', `${NAME} ${keyFields(OTHER_ED25519)}\n`, 'HOST_KEY_CHANGED'],
  ])('refuses a key that is %s by the machine’s file alone', async (_, system, code) => {
    expect(refusalOf(await check({ system })).code).toBe(code);
  });

  it('reads what ssh_config names for the machine in place of the usual, and the others all the same', async () => {
    const results = await withPolicy({ user: `${NAME} ${keyFields(RSA)}\n` }, async ({ policy, userFile, ownFile }) => {
      const named = `${userFile}-named`;
      await writeFile(named, `${NAME} ${keyFields(ED25519)}\n`);
      const judge = async (knownHostsFiles: Hop['knownHostsFiles']) =>
        (await policy.check({ ...hop, knownHostsFiles }, blobOf(ED25519), false)).kind;
      const before = [
        await judge(null),
        await judge([]),
        await judge([`${named}-none`, named]),
        await judge([named, userFile]),
      ];
      await writeFile(ownFile, `@revoked * ${keyFields(ED25519)}\n`);
      return [before, await judge([named])];
    });
    expect(results).toEqual([['refused', 'ask', 'accepted', 'accepted'], 'refused']);
  });

  it('reads what was named for this run, whatever ssh_config names', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'binnacle-policy-'));
    const file = join(folder.path, 'known_hosts');
    await writeFile(file, `${NAME} ${keyFields(ED25519)}\n`);
    const judge = async (userFiles: readonly string[], knownHostsFiles: readonly string[]) => {
      const ownFile = join(folder.path, 'own');
      const policy = createHostKeyPolicy({ ...only, systemFiles: [], userFiles, userFilesNamed: true, ownFile });
      return (await policy.check({ ...hop, knownHostsFiles }, blobOf(ED25519), false)).kind;
    };
    expect([await judge([file], []), await judge([], [file])]).toEqual(['accepted', 'ask']);
  });

  it('looks HostKeyAlias up as it is, and says what it stands for', async () => {
    const user = `${NAME} ${keyFields(ED25519)}\nprod ${keyFields(OTHER_ED25519)}\n`;
    const [refused, other, file] = await withPolicy({ user }, async ({ policy, userFile }) => [
      refusalOf(await policy.check(aliased, blobOf(ED25519), false)),
      await policy.check(aliased, blobOf(OTHER_ED25519), false),
      userFile,
    ]);
    expect([refused, other]).toEqual([
      {
        code: 'HOST_KEY_CHANGED',
        message: `The host key of prod (the HostKeyAlias of ${NAME}) is not the one known for it. Offered: ssh-ed25519 ${ED25519.fingerprint}. Known: ssh-ed25519 ${OTHER_ED25519.fingerprint} (${file}:2).`,
        hint: expect.stringMatching(/ssh-keygen -R prod -f \S+user \(line 2\)\.$/),
        details: expect.objectContaining({ host: 'prod' }),
      },
      { kind: 'accepted', fingerprint: OTHER_ED25519.fingerprint },
    ]);
  });

  it('refuses clearly where a certificate authority vouches for the host, though its key is known too', async () => {
    const files = { user: `${NAME} ${keyFields(ED25519)}\n@cert-authority * ${keyFields(RSA)}\n` };
    const [refused, file] = await withPolicy(files, async ({ policy, userFile }) => [
      refusalOf(await policy.check(hop, blobOf(ED25519), false)),
      userFile,
    ]);
    expect(refused).toEqual({
      code: 'HOST_KEY_UNREADABLE',
      message: `${file}:2 has the key of ${NAME} vouched for by a certificate authority (@cert-authority), and Binnacle cannot check host certificates.`,
      hint: `Have ${NAME} known by its own key: except it from that line (!${NAME} among its patterns), or name another file for it by UserKnownHostsFile in ssh_config.`,
      details: { ...offered, file, line: 2, why: 'cert-authority' },
    });
  });

  it('does as that refusal says: a host that is excepted is known by its own key', async () => {
    const user = `${NAME} ${keyFields(ED25519)}\n@cert-authority *,!${NAME} ${keyFields(RSA)}\n`;
    expect(await check({ user })).toEqual(ACCEPTED);
  });

  it('refuses where a file cannot be read, and where the key is none', async () => {
    const decisions = await withPolicy({ user: '' }, async ({ policy, ownFile }) => {
      const folderAsFile = createHostKeyPolicy({ ...only, userFiles: [tmpdir()], ownFile });
      return [
        await folderAsFile.check(hop, blobOf(ED25519), false),
        await policy.check(hop, Buffer.from('junk'), false),
      ];
    });
    expect(decisions.map((decision) => refusalOf(decision).code)).toEqual(['HOST_KEY_UNREADABLE', 'HANDSHAKE_FAILED']);
  });
});

describe('a pinned fingerprint', () => {
  it('answers for an unknown key, which is known from then on', async () => {
    const result = await withPolicy(
      { pinned: `${ED25519.fingerprint}=` },
      async ({ policy, own, userFile, ownFile }) => {
        const first = await policy.check(hop, blobOf(ED25519), false);
        const later = await createHostKeyPolicy({ ...only, userFiles: [userFile], ownFile }).check(
          hop,
          blobOf(ED25519),
          false,
        );
        return [first, later, await own(), await readFile(userFile, 'utf8').catch(() => null)];
      },
    );
    expect(result).toEqual([ACCEPTED, ACCEPTED, `${NAME} ${keyFields(ED25519)}\n`, null]);
  });

  it('refuses an unknown key that is another, and writes nothing', async () => {
    const [refused, own] = await withPolicy({ pinned: RSA.fingerprint }, async ({ policy, own }) => [
      refusalOf(await policy.check(hop, blobOf(ED25519), false)),
      await own(),
    ]);
    expect([refused, own]).toEqual([
      {
        code: 'HOST_KEY_REJECTED',
        message: `${NAME} offers the host key ${ED25519.fingerprint}, not ${RSA.fingerprint}, the one that was to be accepted.`,
        hint: 'Compare both with what "ssh-keygen -lf" prints for the key on the host itself. A host has one key of each type.',
        details: { keyType: ED25519.type, fingerprint: ED25519.fingerprint, pinned: RSA.fingerprint },
      },
      null,
    ]);
  });

  it.each([
    ['HOST_KEY_CHANGED', `${NAME} ${keyFields(OTHER_ED25519)}\n`],
    ['HOST_KEY_REVOKED', `@revoked * ${keyFields(ED25519)}\n`],
    ['HOST_KEY_UNREADABLE', `${NAME} ssh-ed25519\n`],
    ['HOST_KEY_UNREADABLE', `@cert-authority * ${keyFields(RSA)}\n`],
  ])('does not override %s', async (code, user) => {
    const result = await withPolicy({ user, pinned: ED25519.fingerprint }, async ({ policy, own }) => [
      refusalOf(await policy.check(hop, blobOf(ED25519), false)).code,
      await own(),
    ]);
    expect(result).toEqual([code, null]);
  });

  it('has to be one', () => {
    const make = () => createHostKeyPolicy({ ...only, ownFile: '/none', pinned: 'SHA256:short' });
    expect(make).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('that cannot be written down is not accepted', async () => {
    const decision = await withPolicy({}, async ({ userFile }) => {
      const danglingLink = `${userFile}-link`;
      await symlink('nowhere', danglingLink);
      const policy = createHostKeyPolicy({
        ...only,
        ownFile: join(danglingLink, 'own'),
        pinned: ED25519.fingerprint,
      });
      return policy.check(hop, blobOf(ED25519), false);
    });
    expect(refusalOf(decision).code).toBe('HOME_UNUSABLE');
  });
});

describe('a machine on the way', () => {
  it('is asked about whatever is pinned, which was given for the host', async () => {
    const [decision, own] = await withPolicy({ pinned: ED25519.fingerprint }, async ({ policy, own }) => [
      await policy.check(hop, blobOf(ED25519), true),
      await own(),
    ]);
    if (decision === null || typeof decision === 'string' || decision.kind !== 'ask')
      throw new Error('was not asked about');
    const { code, message, hint } = decision.error;
    expect([decision.question, { code, message, hint }, own]).toEqual([
      { hop, isJump: true, keyType: ED25519.type, fingerprint: ED25519.fingerprint },
      {
        code: 'HOST_KEY_UNKNOWN',
        message: `The host key of ${NAME}, a machine on the way, is not known: ssh-ed25519 ${ED25519.fingerprint}.`,
        hint: 'Compare it with what "ssh-keygen -lf" prints for the key on the host itself. If it is the same, log in there once with ssh, which remembers it.',
      },
      null,
    ]);
  });

  it('is known as any other', async () => {
    const user = `${NAME} ${keyFields(ED25519)}\n`;
    expect(await withPolicy({ user }, ({ policy }) => policy.check(hop, blobOf(ED25519), true))).toEqual(ACCEPTED);
  });
});

describe('accept', () => {
  it('writes an alias in place of the name', async () => {
    const own = await withPolicy({}, async ({ policy, own }) => {
      await policy.accept(aliased, blobOf(ED25519));
      return [await own(), (await policy.check(aliased, blobOf(ED25519), false)).kind];
    });
    expect(own).toEqual([`prod ${keyFields(ED25519)}\n`, 'accepted']);
  });

  it('writes the key once, to its own file only', async () => {
    const user = `other ${keyFields(RSA)}\n`;
    const result = await withPolicy({ user, own: '# own' }, async ({ policy, own, userFile }) => {
      await policy.accept(hop, blobOf(ED25519));
      await policy.accept(hop, blobOf(ED25519));
      return [await own(), await readFile(userFile, 'utf8'), await policy.check(hop, blobOf(ED25519), false)];
    });
    expect(result).toEqual([`# own\n${NAME} ${keyFields(ED25519)}\n`, user, ACCEPTED]);
  });

  it('refuses what was changed while the person was asked', async () => {
    const result = await withPolicy({}, async ({ policy, own, userFile }) => {
      const before = await policy.check(hop, blobOf(ED25519), false);
      await writeFile(userFile, `@revoked * ${keyFields(ED25519)}\n`);
      const error: unknown = await policy.accept(hop, blobOf(ED25519)).catch((thrown: unknown) => thrown);
      return [before.kind, error instanceof AppError && error.code, await own()];
    });
    expect(result).toEqual(['ask', 'HOST_KEY_REVOKED', null]);
  });
});

describe('its own folder', () => {
  const unfit = async () => {
    throw new AppError('HOME_UNUSABLE', 'Others may write there.');
  };
  const codeOf = (error: unknown) => (error instanceof AppError ? error.code : error);

  it('is looked at before a key in it is believed', async () => {
    const files = { own: `${NAME} ${keyFields(ED25519)}\n`, ownFolder: { check: unfit, open: unfit } };
    const result = await withPolicy(files, async ({ policy }) => [
      refusalOf(await policy.check(hop, blobOf(ED25519), false)).code,
      codeOf(await policy.algorithms(hop).catch((error: unknown) => error)),
      codeOf(await policy.accept(hop, blobOf(ED25519)).catch((error: unknown) => error)),
    ]);
    expect(result).toEqual(['HOME_UNUSABLE', 'HOME_UNUSABLE', 'HOME_UNUSABLE']);
  });

  it('is opened before a key is written to it, and only then', async () => {
    const opened: string[] = [];
    const ownFolder = { check: async () => {}, open: async () => void opened.push('opened') };
    const openedAfter = await withPolicy({ ownFolder }, async ({ policy }) => {
      await policy.check(hop, blobOf(ED25519), false);
      const before = opened.length;
      await policy.accept(hop, blobOf(ED25519));
      await policy.accept(hop, blobOf(ED25519));
      return [before, opened.length];
    });
    const refused = await withPolicy({ ownFolder: { check: async () => {}, open: unfit } }, async ({ policy, own }) => [
      codeOf(await policy.accept(hop, blobOf(ED25519)).catch((error: unknown) => error)),
      await own(),
    ]);
    expect([openedAfter, refused]).toEqual([
      [0, 1],
      ['HOME_UNUSABLE', null],
    ]);
  });
});

describe('algorithms', () => {
  it('names the types known in either file', async () => {
    const files = {
      user: `${NAME} ${keyFields(ECDSA)}\nother ${keyFields(RSA)}\n`,
      own: `${NAME} ${keyFields(ED25519)}\n`,
    };
    const types = await withPolicy(files, ({ policy }) => policy.algorithms(hop));
    expect(types).toEqual(['ecdsa-sha2-nistp256', 'ssh-ed25519']);
  });

  it('rejects where a file cannot be read', async () => {
    const policy = createHostKeyPolicy({ ...only, userFiles: [tmpdir()], ownFile: join(tmpdir(), 'none') });
    await expect(policy.algorithms(hop)).rejects.toThrow(expect.objectContaining({ code: 'HOST_KEY_UNREADABLE' }));
  });
});
