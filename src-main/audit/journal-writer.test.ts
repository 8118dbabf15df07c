import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANCHOR, type Desk, desk, FOLDER, intent, modeChange, outcome, refusal, titles } from './journal.fixture.ts';
import type { Journal } from './journal.ts';
import { openJournalReader } from './journal-reader.ts';
import { MemoryFiles } from './memory-files.fixture.ts';
import { openJournal } from './open-journal.ts';

const FILE = `${FOLDER}/000001.jsonl`;
const never = new AbortController().signal;

async function opened(more = {}): Promise<Desk & { journal: Journal }> {
  const made = desk(more);
  const journal = await openJournal(made.options);
  await journal.append(modeChange());
  made.files.trace.length = 0;
  return { ...made, journal };
}

/** Fails the `nth` call that begins so, and all of them after it where `forever`. */
function failing(call: string, fault: { code: string } | { bytes: number }, nth = 1, forever = false) {
  let seen = 0;
  return (asked: string) => {
    if (!asked.startsWith(call)) return null;
    seen += 1;
    return seen === nth || (forever && seen > nth) ? fault : null;
  };
}

describe('a record', () => {
  it('is on the disk, and its anchor after it, before `append` resolves', async () => {
    const { files, journal } = await opened();
    await journal.append(intent(1));
    files.trace.push('append resolved');
    expect(files.trace.filter((call) => /^(wrote|datasynced|append)/.test(call))).toEqual([
      'wrote 000001.jsonl',
      'datasynced 000001.jsonl',
      'wrote journal.anchor',
      'datasynced journal.anchor',
      'append resolved',
    ]);
  });

  it('in a new file is found by its name before it is anchored', async () => {
    const { files, journal } = await opened({ fileBytes: 1_000 });
    await journal.append(intent(1));
    expect(files.trace.filter((call) => !/facts|close/.test(call))).toEqual([
      'open-create 000002.jsonl',
      'write 000002.jsonl',
      'wrote 000002.jsonl',
      'datasync 000002.jsonl',
      'datasynced 000002.jsonl',
      'syncFolder journal',
      'write journal.anchor',
      'wrote journal.anchor',
      'datasync journal.anchor',
      'datasynced journal.anchor',
    ]);
  });

  it('is written on where the system wrote a part of it', async () => {
    const { files, journal, options } = await opened();
    files.fault = (call) => (call === 'write 000001.jsonl' || call === 'write journal.anchor' ? { bytes: 7 } : null);
    await journal.append(intent(1));
    files.fault = () => null;
    expect((await journal.verify(never)).findings).toEqual([]);
    await journal.append(outcome(1));
    expect((await openJournal(options)).status).toMatchObject({ state: 'sound', records: 4 });
  });

  const calls = ['write 000001', 'datasync 000001', 'write journal.anchor', 'datasync journal.anchor'];
  const codes = ['ENOSPC', 'EIO', 'EROFS', 'EDQUOT', 'EFBIG'];
  const faults = calls.flatMap((call) => codes.map((code) => ({ call, code })));

  it.each(faults)('is refused, and nothing of it stays: $code at $call', async ({ call, code }) => {
    const { files, journal, options } = await opened();
    const before = files.copy();
    files.fault = failing(call, { code });
    await expect(journal.append(intent(1))).rejects.toMatchObject({
      code: 'JOURNAL_UNUSABLE',
      message: expect.stringMatching(/^The journal cannot be written: .+\.$/),
    });
    expect(files.bytes(FILE).equals(before.bytes(FILE))).toBe(true);
    expect(journal.status).toMatchObject({ state: 'sound', records: 2 });
    expect((await journal.verify(never)).sound).toBe(true);
    expect((await openJournal({ ...options, files: files.copy() })).status).toMatchObject({
      state: 'sound',
      records: 2,
    });
    await journal.append(intent(1));
    await journal.append(outcome(1));
    expect((await openJournal(options)).status).toMatchObject({ state: 'sound', records: 4 });
  });

  it('is refused where a part of it is written and then the disk is full', async () => {
    const { files, journal } = await opened();
    const before = Buffer.from(files.bytes(FILE));
    let writes = 0;
    files.fault = (call) => {
      if (call !== 'write 000001.jsonl') return null;
      writes += 1;
      return writes === 1 ? { bytes: 100 } : { bytes: 0 };
    };
    await expect(journal.append(intent(1))).rejects.toMatchObject({
      message: 'The journal cannot be written: the disk is full.',
    });
    expect(files.bytes(FILE).equals(before)).toBe(true);
  });

  it('that cannot be taken back ends all writing until the journal is opened anew', async () => {
    for (const call of ['truncate', 'datasync 000001', 'write journal.anchor']) {
      const { files, journal, options } = await opened();
      files.fault = failing(call === 'truncate' ? 'write 000001' : call, { code: 'EIO' }, 1, true);
      if (call === 'truncate') files.fault = (asked) => (/^(truncate|datasync)/.test(asked) ? { code: 'EIO' } : null);
      expect(await refusal(journal.append(intent(1)))).toBe('JOURNAL_UNUSABLE');
      files.fault = () => null;
      expect(journal.status.state).toBe('unusable');
      expect(await refusal(journal.append(intent(2)))).toBe('JOURNAL_UNUSABLE');
      await using next = await openJournal(options);
      expect(next.status.state).toBe('sound');
      await next.append(intent(3));
      expect((await next.verify(never)).findings).toEqual([]);
    }
  });

  it('is refused where the next file cannot be begun, and goes there later', async () => {
    for (const call of ['open-create', 'write 000002', 'datasync 000002', 'syncFolder']) {
      const { files, journal, options } = await opened({ fileBytes: 1_000 });
      files.fault = failing(call, { code: 'ENOSPC' });
      expect(await refusal(journal.append(intent(1)))).toBe('JOURNAL_UNUSABLE');
      files.fault = () => null;
      const copy = files.copy();
      await using other = await openJournal({ ...options, files: copy });
      expect(await titles(other)).toEqual(['Changes allowed on atlas', 'Journal begun']);
      await other.append(intent(2));
      await journal.append(intent(1));
      expect(await journal.verify(never)).toMatchObject({ sound: true, records: 3, files: 2 });
      expect(await other.verify(never)).toMatchObject({ sound: true, records: 3, files: 2 });
    }
  });

  it('stands where its file cannot be looked at afterwards, which is verified before the next one', async () => {
    const { files, journal } = await opened();
    files.fault = (call) => (call.startsWith('file-facts') ? { code: 'EIO' } : null);
    await journal.append(intent(1));
    files.fault = () => null;
    files.put(FILE, Buffer.from(files.bytes(FILE).toString().replace('deploy', 'nobody')));
    expect(await refusal(journal.append(outcome(1)))).toBe('JOURNAL_BROKEN');
  });

  it('does not go where somebody else has put a file', async () => {
    const { files, journal } = await opened({ fileBytes: 1_000 });
    files.put(`${FOLDER}/000002.jsonl`, Buffer.from('theirs'));
    expect(await refusal(journal.append(intent(1)))).toBe('JOURNAL_BROKEN');
    expect(files.bytes(`${FOLDER}/000002.jsonl`).toString()).toBe('theirs');
  });

  it('is refused where it is larger than any may be', async () => {
    const { journal } = await opened();
    const before = Array.from({ length: 900 }, () => intent(1).before[0] as never);
    const large = intent(1, { command: 'x'.repeat(60_000), before, steps: Array(200).fill(intent(1).steps[0]) });
    expect(await refusal(journal.append(large))).toBe('JOURNAL_UNUSABLE');
    expect(journal.status).toMatchObject({ state: 'sound', records: 2 });
  });
});

describe('a journal whose opening fails', () => {
  it('says so, is read as far as it can be, and is opened when it is to be written again', async () => {
    const { files, options } = await opened();
    files.fault = (call) => (call.startsWith('open-write') ? { code: 'EROFS' } : null);
    await using journal = await openJournal(options);
    expect(journal.status).toMatchObject({
      state: 'unusable',
      problem: { code: 'JOURNAL_UNUSABLE', message: 'The journal cannot be opened: it is on a read-only disk.' },
      records: 2,
    });
    expect(await titles(journal)).toEqual(['Changes allowed on atlas', 'Journal begun']);
    expect(await refusal(journal.append(modeChange()))).toBe('JOURNAL_UNUSABLE');
    expect(await refusal(journal.setAside())).toBe('JOURNAL_UNUSABLE');
    files.fault = () => null;
    await journal.append(modeChange());
    expect(journal.status).toEqual({ state: 'sound', problem: null, records: 3 });
  });

  it('cannot be read where nothing could be', async () => {
    const { files, options } = await opened();
    files.fault = () => ({ code: 'EACCES' });
    await using journal = await openJournal(options);
    const { signal } = new AbortController();
    for (const act of [
      journal.read({ filter: {}, before: null, limit: 1 }),
      journal.verify(signal),
      journal.export({}, signal),
      journal.append(modeChange()),
    ]) {
      await expect(act).rejects.toMatchObject({ code: 'JOURNAL_UNUSABLE', message: expect.stringContaining('denied') });
    }
    expect(await journal.unresolved()).toEqual([]);
  });

  it.each([
    ['somebody else’s file', FILE, { uid: 0 }],
    ['a file others may write to', FILE, { mode: 0o660 }],
    ['a link for a file', FILE, { kind: 'link' }],
    ['somebody else’s folder', FOLDER, { uid: 0 }],
    ['a folder others may write to', FOLDER, { mode: 0o770 }],
    ['a link for a folder', FOLDER, { kind: 'link' }],
    ['somebody else’s anchor', ANCHOR, { uid: 0 }],
    ['an anchor others may write to', ANCHOR, { mode: 0o606 }],
    ['a pipe for an anchor', ANCHOR, { kind: 'other' }],
  ] as const)('is not written to: %s', async (_, path, change) => {
    const { files, options } = await opened();
    Object.assign(files.nodes.get(path) ?? {}, change);
    await using journal = await openJournal(options);
    expect(await refusal(journal.append(modeChange()))).toBe('JOURNAL_UNUSABLE');
    expect(files.trace.filter((call) => /^(write|open-write|truncate)/.test(call))).toEqual([]);
  });
});

/** Opens, records two acts, and tells what was acknowledged. Stops where the file system does. */
async function act(made: Desk): Promise<number> {
  await using journal = await openJournal(made.options);
  let acknowledged = journal.status.state === 'sound' ? journal.status.records : 0;
  for (const body of [modeChange(), intent(1), outcome(1)]) {
    const written = await journal.append(body).catch(() => null);
    if (written !== null) acknowledged = written.seq;
  }
  return acknowledged;
}

async function countCalls(files: MemoryFiles): Promise<number> {
  const made = desk({ fileBytes: 1_500 }, files);
  await act(made);
  return files.trace.length;
}

describe('a core that is ended', () => {
  const left = async () => {
    const files = new MemoryFiles();
    await act(desk({ fileBytes: 1_500 }, files));
    const first = files.bytes(FILE);
    files.put(FILE, first);
    files.trace.length = 0;
    return files;
  };
  const beginnings: [string, () => Promise<MemoryFiles>][] = [
    ['with no journal', async () => new MemoryFiles()],
    ['with a journal', left],
    [
      'with half a record left by the one before it',
      async () => {
        const files = await left();
        const last = [...files.nodes.keys()].filter((name) => name.endsWith('.jsonl')).at(-1) as string;
        files.put(last, Buffer.concat([files.bytes(last), Buffer.from('{"v":1,"seq":5,"at"')]));
        files.nodes.set(last, { ...(files.nodes.get(last) as never as object), durable: files.bytes(last) } as never);
        return files;
      },
    ],
  ];

  it.each(beginnings)('at any call, %s, loses nothing that was acknowledged', async (_, begin) => {
    const calls = await countCalls(await begin());
    expect(calls).toBeGreaterThan(20);
    for (let last = 0; last <= calls; last += 1) {
      const files = await begin();
      let asked = 0;
      files.fault = () => {
        asked += 1;
        return asked > last ? { code: 'EIO' } : null;
      };
      const acknowledged = await act(desk({ fileBytes: 1_500 }, files));
      const after = files.copy();
      await using journal = await openJournal(desk({}, after).options);
      expect({ last, state: journal.status.state }).toEqual({ last, state: 'sound' });
      expect(journal.status.records).toBeGreaterThanOrEqual(acknowledged);
      expect(await journal.verify(never)).toMatchObject({ sound: true, findings: [] });
    }
  });

  it.each(beginnings)('by a power cut at any call, %s, loses nothing that was acknowledged', async (_, begin) => {
    const calls = await countCalls(await begin());
    await fc.assert(
      fc.asyncProperty(fc.nat(calls), fc.infiniteStream(fc.nat(1_000)), async (last, dice) => {
        const files = await begin();
        let asked = 0;
        files.fault = () => {
          asked += 1;
          return asked > last ? { code: 'EIO' } : null;
        };
        const acknowledged = await act(desk({ fileBytes: 1_500 }, files));
        const after = files.afterPowerCut((below) => (dice.next().value as number) % below);
        await using journal = await openJournal(desk({}, after).options);
        expect(journal.status).toMatchObject({ state: 'sound', problem: null });
        expect(journal.status.records).toBeGreaterThanOrEqual(acknowledged);
        expect(await journal.verify(never)).toMatchObject({ sound: true, findings: [] });
      }),
      { numRuns: 500 },
    );
  });

  it('leaves a part of a record, which is cut, and a record says so', async () => {
    const { files, journal, options } = await opened();
    files.put(FILE, Buffer.concat([files.bytes(FILE), Buffer.from('{"v":1,"se')]));
    await using next = await openJournal(options);
    expect(await titles(next)).toEqual([
      'Journal repaired after a sudden end',
      'Changes allowed on atlas',
      'Journal begun',
    ]);
    const { entries } = await next.read({ filter: {}, before: null, limit: 1 });
    expect(entries[0]?.facts).toEqual([
      { label: 'Records kept', value: '0' },
      { label: 'Bytes cut', value: '10' },
      { label: 'SHA-256 of what was cut', value: '5702ebef37cd9e93d277e64466d5c937f2724ca361f789b44bfdb85c37f5f7fe' },
    ]);
    expect(journal.status.records).toBe(2);
  });

  it('leaves what stays as it is until a record can say so', async () => {
    for (const call of ['write 000001', 'datasync 000001', 'write journal.anchor', 'datasync journal.anchor']) {
      const { files, options } = await opened();
      files.put(FILE, Buffer.concat([files.bytes(FILE), Buffer.from('{"v":1,"se')]));
      files.fault = failing(call, { code: 'ENOSPC' });
      await using next = await openJournal(options);
      expect(next.status).toMatchObject({ state: 'unusable', problem: { code: 'JOURNAL_UNUSABLE' } });
      expect((await openJournalReader(options).verify(never)).notes.join()).toMatch(/^(Not anchored yet|$)/);
      await next.append(modeChange());
      expect(await titles(next)).toContain('Journal repaired after a sudden end');
      expect((await next.verify(never)).findings).toEqual([]);
    }
  });

  it('leaves a whole record without its anchor, which is kept, and a record says so', async () => {
    const { files, journal, options } = await opened();
    const anchor = Buffer.from(files.bytes(ANCHOR));
    await journal.append(intent(1));
    files.put(ANCHOR, anchor);
    await using next = await openJournal(options);
    expect(await titles(next)).toEqual([
      'Journal repaired after a sudden end',
      'Restart shop / api on atlas: unknown',
      'Changes allowed on atlas',
      'Journal begun',
    ]);
    expect((await next.verify(never)).findings).toEqual([]);
  });

  it('leaves an anchor written in part, which is repaired, and a record says so', async () => {
    const { files, journal, options } = await opened();
    const before = Buffer.from(files.bytes(ANCHOR));
    await journal.append(intent(1));
    const torn = Buffer.from(files.bytes(ANCHOR));
    const place = before.compare(torn, 0, 4_096, 0, 4_096) === 0 ? 4_096 : 0;
    before.copy(torn, place + 64, place + 64, place + 4_096);
    files.put(ANCHOR, torn);
    await using next = await openJournal(options);
    expect((await titles(next))[0]).toBe('Journal repaired after a sudden end');
    expect((await next.verify(never)).findings).toEqual([]);
  });
});
