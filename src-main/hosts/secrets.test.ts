import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ManualClock, manualClock } from '../kernel/clock.fixture.ts';
import { hopOf } from '../ssh/hop.fixture.ts';
import { passphraseOf, passwordOf } from './secret-name.ts';
import { Secrets } from './secrets.ts';
import { writeSecretsFile } from './secrets-file.ts';
import { noKeychain, type SecretsPort } from './secrets-port.ts';

let home = '';
let file = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'binnacle-secrets-'));
  file = join(home, 'secrets.json');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const name = passphraseOf('/home/ops/.ssh/id_ed25519');
const other = passwordOf(hopOf({ host: 'atlas' }), 'SHA256:abc');
const MINUTE = 60_000;

/** A keychain that turns texts round; counts how often it was asked. */
function keychain(changes: Partial<SecretsPort> = {}) {
  const calls: string[] = [];
  const port: SecretsPort = {
    async available() {
      calls.push('available');
      return 'keychain';
    },
    async encrypt(text) {
      calls.push('encrypt');
      return Buffer.from([...text].reverse().join(''));
    },
    async decrypt(secret) {
      calls.push('decrypt');
      return [...Buffer.from(secret).toString()].reverse().join('');
    },
    ...changes,
  };
  return { port, calls };
}

function secretsWith(options: { minutes?: () => number; port?: SecretsPort; clock?: ManualClock } = {}) {
  const { minutes = () => 480, port = keychain().port, clock = manualClock(0) } = options;
  return new Secrets({ clock, memoryMinutes: minutes, keychain: port, file });
}

describe('secrets in memory', () => {
  it('are there for as long as the settings say, counted from their typing, and read at each use', async () => {
    const clock = manualClock(0);
    let minutes = 10;
    using secrets = secretsWith({ clock, minutes: () => minutes });
    await secrets.remember(name, 'secret', { forGood: false });
    await clock.advance(9 * MINUTE);
    expect(await secrets.recall(name)).toBe('secret');
    await clock.advance(MINUTE);
    expect(await secrets.recall(name)).toBeNull();
    await secrets.remember(name, 'secret', { forGood: false });
    minutes = 0;
    expect(await secrets.recall(name)).toBeNull();
    await secrets.remember(name, 'secret', { forGood: false });
    minutes = 10;
    expect([await secrets.recall(name), existsSync(file)]).toEqual([null, false]);
  });

  it('are gone after a long sleep, of which one clock knows nothing', async () => {
    for (const sleeps of ['now', 'monotonic'] as const) {
      const base = manualClock(0);
      let slept = 0;
      const clock = { ...base, [sleeps]: () => base[sleeps]() + slept };
      using secrets = secretsWith({ clock, minutes: () => 60 });
      await secrets.remember(name, 'secret', { forGood: false });
      slept = 8 * 60 * MINUTE;
      expect(await secrets.recall(name)).toBeNull();
    }
  });

  it('do not stay where nobody asks for them, and their timer keeps no process alive', async () => {
    vi.useFakeTimers();
    try {
      const clock = manualClock(0);
      const set = vi.spyOn(globalThis, 'setInterval');
      using secrets = secretsWith({ clock, minutes: () => 1 });
      expect(set.mock.results.map(({ value }) => value.hasRef())).toEqual([false]);
      await secrets.remember(name, 'secret', { forGood: false });
      clock.now = () => 2 * MINUTE;
      vi.advanceTimersByTime(MINUTE);
      // Back in time it would be given out, were it still there.
      clock.now = () => 0;
      expect(await secrets.recall(name)).toBeNull();
    } finally {
      vi.useRealTimers();
      vi.restoreAllMocks();
    }
  });

  it('are forgotten with the core, and where they were wrong', async () => {
    const secrets = secretsWith();
    await secrets.remember(name, 'wrong', { forGood: false });
    await secrets.discard(name);
    await secrets.remember(other, 'secret', { forGood: false });
    secrets[Symbol.dispose]();
    await secrets.remember(name, 'late', { forGood: false });
    expect([await secrets.recall(name), await secrets.recall(other)]).toEqual([null, null]);
  });
});

describe('secrets in the keychain', () => {
  it('outlive the core, encrypted, in a file of the owner alone', async () => {
    using first = secretsWith();
    await first.remember(name, 'hunter2', { forGood: true });
    await first.remember(other, 'swordfish', { forGood: true });
    const text = readFileSync(file, 'utf8');
    expect([statSync(file).mode & 0o777, /hunter2|swordfish/.test(text), readdirSync(home)]).toEqual([
      0o600,
      false,
      ['secrets.json'],
    ]);
    const { port, calls } = keychain();
    using second = secretsWith({ port });
    expect([await second.recall(name), await second.recall(other), await second.recall(name)]).toEqual([
      'hunter2',
      'swordfish',
      'hunter2',
    ]);
    // The last of them from memory.
    expect(calls.filter((call) => call === 'decrypt')).toHaveLength(2);
    using third = secretsWith({ minutes: () => 0 });
    expect([await third.recall(name), await third.recall(name)]).toEqual(['hunter2', 'hunter2']);
  });

  it('are not touched before there is something to keep or to read', async () => {
    const { port, calls } = keychain();
    using secrets = secretsWith({ port });
    await secrets.recall(name);
    await secrets.remember(name, 'secret', { forGood: false });
    await secrets.discard(name);
    await secrets.forget();
    expect(calls).toEqual([]);
    expect([await secrets.canKeep(), calls]).toEqual([true, ['available']]);
  });

  it.each([
    ['there is none', noKeychain],
    ['it cannot be asked', keychain({ available: () => Promise.reject(new Error('locked')) }).port],
  ])('are not kept where %s', async (_, port) => {
    using secrets = secretsWith({ port });
    await secrets.remember(name, 'secret', { forGood: true });
    expect([await secrets.canKeep(), existsSync(file), await secrets.recall(name)]).toEqual([false, false, 'secret']);
  });

  it('are forgotten where they were wrong, though the keychain is slower than the host', async () => {
    const slow = Promise.withResolvers<'keychain'>();
    using secrets = secretsWith({ port: keychain({ available: () => slow.promise }).port });
    const kept = secrets.remember(name, 'wrong', { forGood: true });
    const discarded = secrets.discard(name);
    slow.resolve('keychain');
    await Promise.all([kept, discarded]);
    expect([await secrets.recall(name), existsSync(file)]).toEqual([null, false]);
  });

  it('are not given out where they were forgotten meanwhile', async () => {
    using first = secretsWith();
    await first.remember(name, 'secret', { forGood: true });
    using secrets = secretsWith();
    const recalled = secrets.recall(name);
    const forgotten = secrets.forget();
    expect([await recalled, await forgotten, await secrets.recall(name)]).toEqual([null, 1, null]);
  });

  it('are all forgotten at once, and counted', async () => {
    using secrets = secretsWith();
    await secrets.remember(name, 'one', { forGood: true });
    await secrets.remember(other, 'two', { forGood: false });
    expect([await secrets.forget(), await secrets.forget(), existsSync(file)]).toEqual([2, 0, false]);
    expect([await secrets.recall(name), await secrets.recall(other)]).toEqual([null, null]);
  });

  it('are read from no entry but their own', async () => {
    using first = secretsWith();
    await first.remember(other, 'swordfish', { forGood: true });
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    const elsewhere = passwordOf(hopOf({ host: 'evil' }), 'SHA256:evil');
    writeFileSync(file, JSON.stringify({ ...kept, secrets: [{ ...kept.secrets[0], name: elsewhere }] }));
    using secrets = secretsWith();
    expect(await secrets.recall(elsewhere)).toBeNull();
  });

  it('are asked for where the keychain does not open them, and stay', async () => {
    using first = secretsWith();
    await first.remember(name, 'secret', { forGood: true });
    const locked = keychain({ decrypt: () => Promise.reject(new Error('locked')) });
    using secrets = secretsWith({ port: locked.port });
    expect(await secrets.recall(name)).toBeNull();
    using later = secretsWith();
    expect([await later.recall(name), secrets.problems()]).toEqual(['secret', []]);
  });

  it.each([
    ['no JSON', 'oops'],
    ['another schema', JSON.stringify({ schema: 2, secrets: [] })],
    ['a secret that is no text', JSON.stringify({ schema: 1, secrets: [{ name: 'a', secret: 7 }] })],
    ['too large', 'x'.repeat(9 * 1024 ** 2)],
  ])('are set aside where their file is broken (%s), and that is told', async (_, text) => {
    writeFileSync(file, text);
    using secrets = secretsWith();
    expect(await secrets.recall(name)).toBeNull();
    const aside = join(home, 'secrets.broken-1970-01-01T00-00-00.000Z.json');
    expect([readFileSync(aside, 'utf8') === text, secrets.problems()]).toEqual([
      true,
      [
        {
          where: file,
          code: 'SETTINGS_BROKEN',
          message: `The kept passphrases and passwords could not be read. They are set aside as ${aside}.`,
          hint: expect.any(String),
        },
      ],
    ]);
    await secrets.remember(name, 'secret', { forGood: true });
    using later = secretsWith();
    expect(await later.recall(name)).toBe('secret');
  });

  it('are asked for where their file cannot be read or written, and that is told', async () => {
    mkdirSync(file);
    using secrets = secretsWith();
    await secrets.remember(name, 'secret', { forGood: true });
    expect([await secrets.recall(name), await secrets.recall(other), secrets.problems()]).toEqual([
      'secret',
      null,
      [expect.objectContaining({ code: 'HOME_UNUSABLE', message: expect.stringContaining('could not be read') })],
    ]);
    rmSync(file, { recursive: true });
    using refusing = secretsWith({ port: keychain({ encrypt: () => Promise.reject(new Error('no')) }).port });
    await refusing.remember(name, 'secret', { forGood: true });
    expect([refusing.problems()[0]?.message, readdirSync(home)]).toEqual([
      'A passphrase or password could not be kept in the keychain.',
      [],
    ]);
  });
});

it('leaves the folder as it was where the draft cannot be put in place', async () => {
  mkdirSync(join(file, 'in the way'), { recursive: true });
  await expect(writeSecretsFile(file, 'new')).rejects.toMatchObject({ code: 'HOME_UNUSABLE' });
  expect(readdirSync(home)).toEqual(['secrets.json']);
});
