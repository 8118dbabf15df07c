import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOST, intent, modeChange, outcome } from '../../audit/journal.fixture.ts';
import type { Journal } from '../../audit/journal.ts';
import { openJournal } from '../../audit/open-journal.ts';
import { type Home, homeAt } from '../../home/home.ts';
import { lockHome } from '../../home/lock.ts';
import { manualClock } from '../../kernel/clock.fixture.ts';
import { systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { parseArguments } from './arguments.ts';
import { type AuditCommandContext, runAuditCommand } from './audit-command.ts';

const BEGAN = Date.parse('2026-07-31T10:00:00.000Z');
const OTHER = { id: '6a1d2b63-8e1f-4d2f-8a4b-3c9b7a2a1d22', label: 'borealis', target: 'ssh://deploy@borealis.lan' };

let folder: string;
let home: Home;
let clock: ReturnType<typeof manualClock>;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'binnacle-audit-'));
  home = homeAt(path.join(folder, 'home'));
  mkdirSync(home.path, { mode: 0o700 });
  clock = manualClock(BEGAN);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The real journal, as a core has it open. */
function openHere(): Promise<Journal> {
  return openJournal({
    folder: home.journalFolder,
    anchorFile: home.journalAnchorFile,
    exportFolder: path.join(folder, 'exports'),
    author: { user: 'ana', machine: 'laptop', shell: 'desktop' },
    version: '0.1.0',
    clock,
    toAppError: (error) => new AppError('INTERNAL', String(error), { cause: error }),
  });
}

/** Begun; changes allowed; api restarted; web's restart on another host failed, two hours later. */
async function write(journal: Journal): Promise<void> {
  await journal.append(modeChange());
  await journal.append(intent(1, { reason: 'pool \u202eexhausted' }));
  await journal.append(outcome(1));
  await clock.advance(7_200_000);
  const title = 'Restart site / web on borealis';
  await journal.append(intent(2, { host: OTHER, app: 'site', service: 'web', title }));
  await journal.append(outcome(2, { outcome: 'failed', message: 'web is unhealthy.', durationMs: 90_000 }));
}

async function written(): Promise<void> {
  await using journal = await openHere();
  await write(journal);
}

async function run(line: string, terminal: Partial<AuditCommandContext['terminal']> = {}) {
  const said = { out: '', err: '' };
  const command = parseArguments(line.split(' '), { cwd: '/srv', homedir: () => '/home/ana' });
  if (command.kind !== 'audit-show' && command.kind !== 'audit-verify') throw new Error('no audit command');
  const code = await runAuditCommand(command, {
    home,
    clock,
    signal: new AbortController().signal,
    terminal: {
      colour: { stdout: false, stderr: false },
      isOutputTerminal: false,
      width: () => 80,
      write: async (text) => {
        said.out += text;
      },
      writeError: (text) => {
        said.err += text;
      },
      ...terminal,
    },
  });
  return { code, ...said };
}

/** Of each line but the heading, what came and what it was about. */
function shown(out: string): string[] {
  const rows = out.split('\n').slice(1, -1);
  return rows.map((row) => row.replace(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} {2}/, '').replaceAll(/ {2,}/g, ' | '));
}

const kinds = (out: string): string[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).kind);

const RESTARTED = '✔ succeeded | Restart shop / api on atlas | ana on laptop | pool \\u{202e}exhausted';
const FAILED = '✖ failed | Restart site / web on borealis | ana on laptop';

describe('audit show', () => {
  it('says where nothing has been done yet, and makes nothing', async () => {
    const none = 'There is no journal yet: nothing has been done from this home.\n';
    expect([await run('audit show'), await run('audit show --json --host atlas'), readdirSync(home.path)]).toEqual([
      { code: 0, out: none, err: '' },
      { code: 0, out: '', err: none },
      [],
    ]);
  });

  it('prints what was done, newest last, for people', async () => {
    await written();
    const { code, out, err } = await run('audit show');
    expect([code, err, shown(out)]).toEqual([
      0,
      '',
      [
        'journal | Journal begun | ana on laptop',
        'mode | Changes allowed on atlas | ana on laptop',
        RESTARTED,
        FAILED,
        ' | web is unhealthy.',
      ],
    ]);
  });

  it('prints the records as they stand for scripts, and without what misleads an eye for a terminal', async () => {
    await written();
    const raw = readdirSync(home.journalFolder)
      .map((file) => readFileSync(path.join(home.journalFolder, file), 'utf8'))
      .join('');
    const piped = await run('audit show --json');
    const onTerminal = await run('audit show --json', { isOutputTerminal: true });
    expect(piped).toEqual({ code: 0, out: raw, err: '' });
    expect([raw.includes('\u202e'), onTerminal.out]).toEqual([true, raw.replaceAll('\u202e', '\\u202e')]);
  });

  it.each([
    ['--host atlas', ['mode | Changes allowed on atlas | ana on laptop', RESTARTED]],
    ['--app site', [FAILED, ' | web is unhealthy.']],
    ['--action container.restart --outcome succeeded', [RESTARTED]],
    ['--since 1h', [FAILED, ' | web is unhealthy.']],
    ['--until 2026-07-31T10:30:00Z --outcome succeeded', [RESTARTED]],
    [`--host ${OTHER.id} --outcome failed`, [FAILED, ' | web is unhealthy.']],
    ['--host ssh://deploy@Borealis.lan/', [FAILED, ' | web is unhealthy.']],
    ['--limit 2', [RESTARTED, FAILED, ' | web is unhealthy.']],
  ])('takes %s', async (options, expected) => {
    await written();
    expect(shown((await run(`audit show ${options}`)).out)).toEqual(expected);
  });

  it('says that there is more, and that there is nothing like that', async () => {
    await written();
    expect([
      (await run('audit show --limit 3')).err,
      (await run('audit show --limit 4')).err,
      await run('audit show --app none'),
    ]).toEqual([
      'Only the newest 3 are shown: --limit N shows more.\n',
      '',
      { code: 0, out: 'Nothing in the journal is like that.\n', err: '' },
    ]);
  });

  it('takes records for scripts as entries for people', async () => {
    await written();
    expect([
      kinds((await run('audit show --json')).out),
      kinds((await run('audit show --json --host borealis')).out),
      kinds((await run('audit show --json --limit 3')).out),
    ]).toEqual([
      ['begun', 'mode', 'intent', 'outcome', 'intent', 'outcome'],
      ['intent', 'outcome'],
      ['outcome', 'intent', 'outcome'],
    ]);
  });

  it('knows a saved host by its name of today, and one that was added anew by both its ids', async () => {
    const again = { ...HOST, id: '7b2e3c74-9f2a-4e3a-9b5c-4dac8b3b2e33' };
    {
      await using journal = await openHere();
      await write(journal);
      await journal.append(intent(3, { host: again, title: 'Restart shop / api on atlas again' }));
    }
    const anew = await run('audit show --host ATLAS --limit 2');
    const anewRecords = await run('audit show --host atlas --json');
    const hosts = [{ id: OTHER.id, name: 'web', target: 'ssh://deploy@borealis.lan' }];
    writeFileSync(home.settingsFile, JSON.stringify({ schema: 1, hosts }));
    const renamed = await run('audit show --host web');
    expect([shown(anew.out), anew.err, kinds(anewRecords.out), shown(renamed.out)]).toEqual([
      [RESTARTED, '… under way | Restart shop / api on atlas again | ana on laptop'],
      'Only the newest 2 are shown: --limit N shows more.\n',
      ['mode', 'intent', 'outcome', 'intent'],
      [FAILED, ' | web is unhealthy.'],
    ]);
    await expect(run('audit show --host wbe')).rejects.toMatchObject({
      code: 'HOST_NOT_FOUND',
      hint: 'Did you mean web?',
    });
    await expect(run('audit show --host cinder')).rejects.toMatchObject({
      code: 'HOST_NOT_FOUND',
      message: 'There is no host cinder.',
      hint: expect.stringContaining('none in the journal'),
    });
  });

  it('reads while a core holds the home and writes', async () => {
    using _lock = await lockHome(home, { clock: systemClock, role: 'desktop' });
    await using journal = await openHere();
    await journal.append(modeChange());
    const before = await run('audit show');
    await journal.append(modeChange('observe'));
    const after = await run('audit show');
    expect([before, after].map(({ out }) => shown(out).length)).toEqual([2, 3]);
    expect((await run('audit verify')).code).toBe(0);
  });

  it('cannot read a file that stands where the journal should', async () => {
    writeFileSync(home.journalFolder, 'oops');
    await expect(run('audit show')).rejects.toMatchObject({ code: 'JOURNAL_UNUSABLE' });
    await expect(run('audit verify')).rejects.toMatchObject({ code: 'JOURNAL_UNUSABLE' });
  });
});

describe('audit verify', () => {
  it('says where there is none', async () => {
    expect(await run('audit verify')).toEqual({
      code: 0,
      out: 'There is no journal yet: nothing has been done from this home.\n',
      err: '',
    });
  });

  it('finds it sound', async () => {
    await written();
    const { code, out } = await run('audit verify');
    const document = JSON.parse((await run('audit verify --json')).out);
    expect([code, out, document]).toEqual([
      0,
      expect.stringMatching(/^✔ The journal is sound: 6 records in 1 file\.\n {2}Record 6 has SHA-256 [0-9a-f]{64}\n$/),
      { schema: 1, verification: expect.objectContaining({ sound: true, records: 6, files: 1, findings: [] }) },
    ]);
  });

  it('finds what was changed, says where, and ends with 1', async () => {
    await written();
    const [file = ''] = readdirSync(home.journalFolder);
    const name = path.join(home.journalFolder, file);
    writeFileSync(name, readFileSync(name, 'utf8').replace('"ana"', '"bob"'));
    const { code, out } = await run('audit verify');
    const document = JSON.parse((await run('audit verify --json')).out);
    expect([code, out.split('\n')[0], out.includes(`${file}:`), document.verification.sound]).toEqual([
      1,
      expect.stringMatching(/^✖ The journal is not what was written: \d+ findings? in 1 file\.$/),
      true,
      false,
    ]);
  });

  it('finds that the end is gone', async () => {
    await written();
    const [file = ''] = readdirSync(home.journalFolder);
    const name = path.join(home.journalFolder, file);
    const lines = readFileSync(name, 'utf8').split('\n');
    writeFileSync(name, `${lines.slice(0, 4).join('\n')}\n`);
    expect(await run('audit verify')).toMatchObject({ code: 1, out: expect.stringContaining('not what was written') });
  });
});
