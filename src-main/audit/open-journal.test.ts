import { describe, expect, it } from 'vitest';
import { fileName } from './chain.ts';
import {
  ANCHOR,
  BEGAN,
  desk,
  entries,
  FOLDER,
  filled,
  intent,
  modeChange,
  outcome,
  refusal,
  runId,
  seen,
  titles,
} from './journal.fixture.ts';
import { openJournal } from './open-journal.ts';

const file = (number: number) => `${FOLDER}/${fileName(number)}`;
const never = new AbortController().signal;
const records = (bytes: Buffer) =>
  bytes
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

describe('a journal', () => {
  it('begins with a record of its beginning', async () => {
    const { files, options } = desk();
    await using journal = await openJournal(options);
    expect(journal.status).toEqual({ state: 'sound', problem: null, records: 1 });
    expect(files.bytes(file(1)).toString()).toBe(
      `{"v":1,"seq":1,"at":"2026-07-31T10:00:00.000Z","prev":"${'0'.repeat(64)}","by":{"user":"ana","machine":"laptop","shell":"desktop"},"kind":"begun","version":"0.1.0","setAside":null}\n`,
    );
  });

  it('is taken up where it ended', async () => {
    const { options } = await filled(5);
    await using journal = await openJournal(options);
    await journal.append(modeChange('observe'));
    expect(journal.status).toEqual({ state: 'sound', problem: null, records: 6 });
    expect((await journal.verify(never)).findings).toEqual([]);
  });

  it('writes in the order of the calls, and says that it grew', async () => {
    const { options } = desk();
    await using journal = await openJournal(options);
    const grown: number[] = [];
    using _ = journal.subscribe(() => grown.push(journal.status.records));
    const written = await Promise.all([intent(1), outcome(1), modeChange()].map((body) => journal.append(body)));
    expect({ written: written.map(({ seq, kind }) => [seq, kind]), grown }).toEqual({
      written: [
        [2, 'intent'],
        [3, 'outcome'],
        [4, 'mode'],
      ],
      grown: [2, 3, 4],
    });
  });

  it('goes on in another file, and the chain with it', async () => {
    const { files, options } = await filled(40, { fileBytes: 8_192 });
    const numbers = [...files.nodes.keys()].filter((name) => name.startsWith(`${FOLDER}/`));
    expect(numbers).toEqual(numbers.map((_, at) => file(at + 1)));
    expect(numbers.length).toBeGreaterThan(3);
    for (const name of numbers) expect(files.bytes(name).length).toBeLessThanOrEqual(8_192);
    await using journal = await openJournal(options);
    expect(await journal.verify(never)).toMatchObject({ sound: true, records: 40, files: numbers.length });
  });

  it('closes runs that were left open, and tells which are to be looked at', async () => {
    const { options } = desk();
    await using first = await openJournal(options);
    await first.append(intent(1));
    await first.append(intent(2, { reason: 'a new certificate', before: [seen('api'), seen('web')] }));
    await first.append(outcome(1));
    await using journal = await openJournal(options);
    expect(await titles(journal)).toEqual([
      'Restart shop / api on atlas: unknown',
      'Restart shop / api on atlas: succeeded',
      'Journal begun',
    ]);
    const unresolved = {
      run: runId(2),
      hostId: intent(2).host.id,
      target: intent(2).host.target,
      action: 'container.restart',
      title: 'Restart shop / api on atlas',
      app: 'shop',
      containers: [seen('api'), seen('web')].map(({ id, name, service }) => ({ id, name, service })),
      reason: 'a new certificate',
      startedAt: new Date(BEGAN).toISOString(),
      message: 'Binnacle ended before it could see how this ended.',
    };
    expect(await journal.unresolved()).toEqual([unresolved]);
    await journal.append({ kind: 'found', run: runId(2), message: 'api is running.', after: [seen('api')] });
    expect(await journal.unresolved()).toEqual([]);
    const [entry] = await entries(journal);
    expect(entry?.message).toBe('Binnacle ended before it could see how this ended. api is running.');
  });

  it('does not close a run twice', async () => {
    const { options } = desk();
    await (await openJournal(options)).append(intent(1));
    await openJournal(options);
    await using journal = await openJournal(options);
    expect(journal.status.records).toBe(3);
  });

  it('tells how long runs took that succeeded', async () => {
    const { options } = desk();
    await using journal = await openJournal(options);
    for (let run = 1; run <= 8; run += 1) {
      await journal.append(intent(run, run === 7 ? { service: 'web' } : {}));
      await journal.append(outcome(run, run === 8 ? { outcome: 'failed' } : {}));
    }
    const subject = { hostId: intent(1).host.id, app: 'shop', service: 'api', action: 'container.restart' } as const;
    expect(await journal.durations(subject)).toEqual([1_006, 1_005, 1_004, 1_003, 1_002]);
    expect(await journal.durations({ ...subject, service: null })).toEqual([]);
  });

  it('stops verifying when it is told to, and is none the worse', async () => {
    const { options } = await filled(20);
    await using journal = await openJournal(options);
    const stop = new AbortController();
    const act = refusal(journal.verify(stop.signal));
    stop.abort();
    expect(await act).toBe('CANCELLED');
    await journal.append(modeChange());
  });

  it('is refused after its end', async () => {
    const { options } = desk();
    const journal = await openJournal(options);
    await journal[Symbol.asyncDispose]();
    expect(await refusal(journal.append(modeChange()))).toBe('JOURNAL_UNUSABLE');
  });

  it('takes no record that has no form of its own, and writes nothing of it', async () => {
    const { files, options } = desk();
    await using journal = await openJournal(options);
    const before = Buffer.from(files.bytes(file(1)));
    const act = journal.append({ ...modeChange(), environment: 'PASSWORD=1' } as never);
    expect(await refusal(act)).toBe('JOURNAL_UNUSABLE');
    expect(files.bytes(file(1)).equals(before)).toBe(true);
    await journal.append(modeChange());
  });

  it('breaks nothing when the clock goes back, and notes it', async () => {
    const { options } = desk();
    await using journal = await openJournal(options);
    let now = BEGAN;
    const clock = { ...options.clock, now: () => now };
    await using other = await openJournal({ ...options, clock });
    for (const jump of [3_600_000, -7_200_000, Number.NaN, 1e300, 10]) {
      now = BEGAN + jump;
      await other.append(modeChange());
    }
    now = BEGAN;
    const verification = await other.verify(never);
    expect({ sound: verification.sound, notes: verification.notes }).toEqual({
      sound: true,
      notes: ['The clock went back 3 times, first at 000001.jsonl, line 3.'],
    });
    await other.append(intent(1));
    now = BEGAN - 86_400_000;
    expect((await other.verify(never)).notes[1]).toContain('is from the future (2026-07-31T10:00:00.000Z)');
    expect((await openJournal(options)).status.state).toBe('sound');
    expect(journal.status.state).toBe('sound');
  });
});

describe('a journal that was tampered with', () => {
  const cases: Record<string, (made: Awaited<ReturnType<typeof filled>>) => void | Promise<void>> = {
    'its anchor is gone': ({ files }) => void files.nodes.delete(ANCHOR),
    'its folder is gone': ({ files }) => {
      for (const name of files.nodes.keys()) if (name.startsWith(FOLDER) && name !== ANCHOR) files.nodes.delete(name);
    },
    'its files are gone': ({ files }) => {
      for (const name of files.nodes.keys()) if (name.startsWith(`${FOLDER}/`)) files.nodes.delete(name);
    },
    'a file in the middle is gone': ({ files }) => void files.nodes.delete(file(2)),
    'its last file is gone': ({ files }) => void files.nodes.delete([...files.nodes.keys()].at(-1) as string),
    'its last record is gone': ({ files }) => {
      const name = [...files.nodes.keys()].at(-1) as string;
      const bytes = files.bytes(name);
      files.put(name, bytes.subarray(0, bytes.lastIndexOf(0x0a, bytes.length - 2) + 1));
    },
    'two files are swapped': ({ files }) => {
      const [one, two] = [files.bytes(file(1)), files.bytes(file(2))];
      files.put(file(1), two);
      files.put(file(2), one);
    },
    'a word was changed': ({ files }) => {
      files.put(file(1), Buffer.from(files.bytes(file(1)).toString().replace('deploy', 'nobody')));
    },
    'a record was taken out': ({ files }) => {
      const lines = files.bytes(file(1)).toString().split('\n');
      files.put(file(1), Buffer.from(lines.toSpliced(2, 1).join('\n')));
    },
    'a record was put in': ({ files }) => {
      const lines = files.bytes(file(1)).toString().split('\n');
      files.put(file(1), Buffer.from(lines.toSpliced(2, 0, lines[2] as string).join('\n')));
    },
    'it is that of another home': async ({ files }) => {
      const other = await filled(30, { fileBytes: 8_192, version: '0.1.1' });
      for (const [name, node] of other.files.nodes) if (name.endsWith('.jsonl')) files.nodes.set(name, node);
    },
    'its anchor is that of another home': async ({ files }) => {
      const other = await filled(30, { fileBytes: 8_192, version: '0.1.1' });
      files.put(ANCHOR, other.files.bytes(ANCHOR));
    },
    'its anchor was cut': ({ files }) => files.put(ANCHOR, files.bytes(ANCHOR).subarray(0, 4_096)),
    'a file is no file any more': ({ files }) => {
      const node = files.nodes.get(file(1));
      if (node !== undefined) node.bytes = Buffer.alloc(9 * 1_024 * 1_024, 'a');
    },
    'half a record too much stands in a file before the last': ({ files }) => {
      files.put(file(1), Buffer.concat([files.bytes(file(1)), Buffer.from('{"v":1')]));
    },
    'far more stands behind it than was ever being written': ({ files }) => {
      const name = [...files.nodes.keys()].at(-1) as string;
      files.put(name, Buffer.concat([files.bytes(name), Buffer.alloc(300 * 1_024, 'a')]));
    },
  };

  it.each(Object.entries(cases))('%s: broken, and nothing is written', async (_, tamper) => {
    const made = await filled(30, { fileBytes: 8_192 });
    await tamper(made);
    const before = made.files.copy();
    await using journal = await openJournal(made.options);
    expect(journal.status).toMatchObject({
      state: 'broken',
      problem: { code: 'JOURNAL_BROKEN', where: 'The journal', hint: expect.stringContaining('put it aside') },
    });
    expect(await refusal(journal.append(modeChange()))).toBe('JOURNAL_BROKEN');
    expect((await journal.verify(never)).sound).toBe(false);
    expect(await journal.unresolved()).toEqual([]);
    await journal.read({ filter: {}, before: null, limit: 500 });
    expect([...made.files.nodes].map(([name, { bytes }]) => [name, bytes.toString('latin1')])).toEqual(
      [...before.nodes].map(([name, { bytes }]) => [name, bytes.toString('latin1')]),
    );
  });

  it('names file and line', async () => {
    const made = await filled(30, { fileBytes: 8_192 });
    made.files.put(file(2), Buffer.from(made.files.bytes(file(2)).toString().replace('"succeeded"', '"cancelled"')));
    await using journal = await openJournal(made.options);
    expect(journal.status.problem?.message).toBe(
      'The journal is not what was written. 000002.jsonl, line 3: The record does not follow the one before it: that one was changed, or what stood between is gone.',
    );
  });

  it('is put aside, and a new one names it', async () => {
    const made = await filled(30, { fileBytes: 8_192 });
    const old = new Map([...made.files.nodes].map(([name, node]) => [name, node.bytes]));
    made.files.put(ANCHOR, Buffer.alloc(3));
    await using journal = await openJournal(made.options);
    const { folder } = await journal.setAside();
    expect(folder).toBe(`${FOLDER}-broken-20260731T100043Z`);
    expect(journal.status).toEqual({ state: 'sound', problem: null, records: 1 });
    const [begun] = records(made.files.bytes(file(1)));
    expect(begun).toMatchObject({
      seq: 1,
      setAside: {
        folder: 'journal-broken-20260731T100043Z',
        records: 30,
        head: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    });
    expect(made.files.bytes(`${folder}/000002.jsonl`)).toBe(old.get(file(2)));
    expect(made.files.bytes(`${folder}.anchor`).length).toBe(3);
    await journal.append(modeChange());
    expect(await refusal(journal.setAside())).toBe('NOTHING_TO_DO');
    expect((await openJournal(made.options)).status.state).toBe('sound');
  });

  it('overwrites none that was put aside within the same second', async () => {
    const made = desk();
    const folders: string[] = [];
    for (let time = 0; time < 3; time += 1) {
      await (await openJournal(made.options))[Symbol.asyncDispose]();
      made.files.nodes.delete(ANCHOR);
      folders.push((await (await openJournal(made.options)).setAside()).folder);
    }
    const stem = `${FOLDER}-broken-20260731T100000Z`;
    expect(folders).toEqual([stem, `${stem}-2`, `${stem}-3`]);
  });

  it('keeps the end of a run that began in the one put aside', async () => {
    const made = desk();
    await using journal = await openJournal(made.options);
    await journal.append(intent(1));
    made.files.nodes.delete(ANCHOR);
    expect(await refusal(journal.append(modeChange()))).toBe('JOURNAL_BROKEN');
    await journal.setAside();
    await journal.append(outcome(1));
    expect(await titles(journal)).toEqual([
      'End of an action that an earlier journal has: succeeded',
      'Journal begun in place of one that was put aside',
    ]);
  });

  it('is noticed before the next record is written', async () => {
    const tampers: ((made: ReturnType<typeof desk>) => void)[] = [
      ({ files }) => files.put(file(1), files.bytes(file(1)).subarray(0, 100)),
      ({ files }) => files.put(file(1), Buffer.concat([files.bytes(file(1)), Buffer.from('x')])),
      ({ files }) => files.put(file(1), Buffer.from(files.bytes(file(1)).toString().replace('ana', 'eve'))),
      ({ files }) => files.put(ANCHOR, Buffer.from(files.bytes(ANCHOR).fill(0x20, 0, 4))),
      ({ files }) => {
        const bytes = files.bytes(file(1));
        files.nodes.delete(file(1));
        files.put(file(1), bytes);
      },
      ({ files }) => void files.nodes.delete(file(1)),
      ({ files }) => void files.nodes.delete(ANCHOR),
    ];
    for (const tamper of tampers) {
      const made = desk();
      await using journal = await openJournal(made.options);
      await journal.append(modeChange());
      tamper(made);
      expect(await refusal(journal.append(modeChange()))).toBe('JOURNAL_BROKEN');
      expect(journal.status).toMatchObject({ state: 'broken', problem: { code: 'JOURNAL_BROKEN' } });
    }
  });

  it('is taken for what it is where only its time was changed', async () => {
    const made = desk();
    await using journal = await openJournal(made.options);
    made.files.put(file(1), Buffer.from(made.files.bytes(file(1))));
    expect(await refusal(journal.append(modeChange()))).toBe(null);
  });

  it('is noticed when it is verified, and then refuses to be written', async () => {
    const rollBack = await filled(5);
    const older = rollBack.files.copy();
    const tampers: ((made: Awaited<ReturnType<typeof filled>>) => void)[] = [
      ({ files }) => files.put(file(1), Buffer.from(files.bytes(file(1)).toString().replace('deploy', 'nobody'))),
      ({ files }) => files.put(file(2), Buffer.from('a stranger')),
      ({ files }) => {
        for (const name of [file(1), ANCHOR]) files.put(name, older.bytes(name));
      },
    ];
    for (const tamper of tampers) {
      const made = await filled(8);
      await using journal = await openJournal(made.options);
      tamper(made);
      expect((await journal.verify(never)).sound).toBe(false);
      expect(journal.status.state).toBe('broken');
      expect(await refusal(journal.append(modeChange()))).toBe('JOURNAL_BROKEN');
    }
  });
});

describe('a journal that could not be opened', () => {
  it('is opened as soon as somebody looks at it again, once, however many look', async () => {
    const { files, options } = await filled(4);
    files.fault = () => ({ code: 'EACCES' });
    await using journal = await openJournal(options);
    const shut = [journal.status.state, await refusal(journal.append(modeChange()))];
    files.fault = () => null;
    await Promise.all([1, 2, 3].map(() => journal.read({ filter: {}, before: null, limit: 10 })));
    await journal.append(modeChange());
    expect([shut, journal.status]).toEqual([
      ['unusable', 'JOURNAL_UNUSABLE'],
      { state: 'sound', problem: null, records: 5 },
    ]);
    expect((await journal.verify(never)).sound).toBe(true);
  });
});
