import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { desk, entries, fill, intent, modeChange, outcome, refusal } from './journal.fixture.ts';
import { journalFiles } from './journal-files.ts';
import { openJournalReader } from './journal-reader.ts';
import { openJournal } from './open-journal.ts';

const never = new AbortController().signal;
let home = '';

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'binnacle-journal-'));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

function realDesk(folder = home) {
  return desk({
    folder: path.join(folder, 'journal'),
    anchorFile: path.join(folder, 'journal.anchor'),
    exportFolder: path.join(folder, 'exports'),
    files: journalFiles,
    uid: process.getuid?.(),
  });
}

describe('on a real disk', () => {
  it('nobody else may read it', async () => {
    const { options } = realDesk();
    await using journal = await openJournal(options);
    const { file } = await journal.export({}, never);
    const paths = ['journal', 'journal/000001.jsonl', 'journal.anchor', path.relative(home, file)];
    expect(paths.map((name) => (statSync(path.join(home, name)).mode & 0o777).toString(8))).toEqual([
      '700',
      '600',
      '600',
      '600',
    ]);
  });

  it('is what it was when it is opened again', async () => {
    const { options, clock } = realDesk();
    const first = await openJournal({ ...options, fileBytes: 8_192 });
    await fill(first, clock, 60);
    const shown = await entries(first);
    await first[Symbol.asyncDispose]();
    await using journal = await openJournal(options);
    expect(await entries(journal)).toEqual(shown);
    expect(await journal.verify(never)).toMatchObject({ sound: true, records: 61, findings: [], notes: [] });
    expect(await openJournalReader(options).verify(never)).toMatchObject({ sound: true, records: 61 });
  });

  it('is not written through a link, nor where others may write', async () => {
    const tampers = [
      () => {
        renameSync(path.join(home, 'journal/000001.jsonl'), path.join(home, 'elsewhere'));
        symlinkSync(path.join(home, 'elsewhere'), path.join(home, 'journal/000001.jsonl'));
      },
      () => chmodSync(path.join(home, 'journal/000001.jsonl'), 0o620),
      () => {
        renameSync(path.join(home, 'journal.anchor'), path.join(home, 'elsewhere'));
        symlinkSync(path.join(home, 'elsewhere'), path.join(home, 'journal.anchor'));
      },
    ];
    for (const tamper of tampers) {
      rmSync(home, { recursive: true });
      home = mkdtempSync(path.join(tmpdir(), 'binnacle-journal-'));
      const { options } = realDesk();
      await (await openJournal(options))[Symbol.asyncDispose]();
      tamper();
      await using journal = await openJournal(options);
      expect(journal.status.state).toBe('unusable');
      expect(await refusal(journal.append(modeChange()))).toBe('JOURNAL_UNUSABLE');
    }
  });

  it('sees another hand in its file while it is open', async () => {
    const { options } = realDesk();
    await using journal = await openJournal(options);
    await journal.append(modeChange());
    const file = path.join(home, 'journal/000001.jsonl');
    const text = readFileSync(file, 'utf8');
    // The kernel's clock for files ticks every few milliseconds.
    await systemClock.sleep(50);
    writeFileSync(file, text.replace('laptop', 'laptoq'));
    expect(await refusal(journal.append(modeChange()))).toBe('JOURNAL_BROKEN');
    expect(journal.status.problem?.message).toContain('000001.jsonl');
  });

  it('is put aside whole', async () => {
    const { options } = realDesk();
    await using journal = await openJournal(options);
    const file = path.join(home, 'journal/000001.jsonl');
    const old = readFileSync(file);
    writeFileSync(file, old.subarray(0, 10));
    expect(await refusal(journal.append(modeChange()))).toBe('JOURNAL_BROKEN');
    const { folder } = await journal.setAside();
    expect(readFileSync(path.join(folder, '000001.jsonl'), 'utf8')).toBe(old.toString('utf8', 0, 10));
    await journal.append(modeChange());
    expect((await journal.verify(never)).sound).toBe(true);
  });
});

const system = (tool: string, ...words: string[]) => execFileSync(tool, words, { stdio: 'ignore' });

/** Root in a container may still not. */
function mayMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(path.join(tmpdir(), 'binnacle-mount-'));
  try {
    system('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder);
    system('umount', folder);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(!mayMount())('on a disk of 64 KiB (needs Linux, root and the right to mount one)', () => {
  afterEach(() => {
    system('umount', home);
  });

  beforeEach(() => {
    system('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', home);
  });

  it('is refused when the disk is full, is sound then, and goes on when there is room', async () => {
    writeFileSync(path.join(home, 'filler'), Buffer.alloc(8_192));
    const { options } = realDesk();
    await using journal = await openJournal(options);
    let written = 1;
    let refused: unknown = null;
    for (let run = 0; refused === null && run < 200; run += 1) {
      for (const body of [intent(run), outcome(run)]) {
        if (refused !== null) break;
        await journal.append(body).then(
          () => {
            written += 1;
          },
          (error) => {
            refused = error;
          },
        );
      }
    }
    expect(refused).toMatchObject({
      code: 'JOURNAL_UNUSABLE',
      message: 'The journal cannot be written: the disk is full.',
    });
    expect(written).toBeGreaterThan(20);
    expect(journal.status).toEqual({ state: 'sound', problem: null, records: written });
    expect(await journal.verify(never)).toMatchObject({ sound: true, records: written });
    // A shorter one may still fit; one that does not is refused again.
    for (let run = 300; run < 303; run += 1)
      expect(await refusal(journal.append(intent(run)))).toBe('JOURNAL_UNUSABLE');
    rmSync(path.join(home, 'filler'));
    await journal.append(intent(400));
    await journal.append(outcome(400));
    await using next = await openJournal(options);
    expect(next.status.state).toBe('sound');
    expect((await next.verify(never)).findings).toEqual([]);
  });

  it('says so where not even a beginning has room, and begins when it has', async () => {
    const filler = path.join(home, 'filler');
    expect(() => writeFileSync(filler, Buffer.alloc(128 * 1_024))).toThrow('ENOSPC');
    const { options } = realDesk();
    await using journal = await openJournal(options);
    expect(journal.status).toMatchObject({ state: 'unusable', problem: { code: 'JOURNAL_UNUSABLE' } });
    expect(await refusal(journal.append(modeChange()))).toBe('JOURNAL_UNUSABLE');
    rmSync(filler);
    await journal.append(modeChange());
    expect(journal.status).toEqual({ state: 'sound', problem: null, records: 2 });
  });
});
