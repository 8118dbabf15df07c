import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homeAt } from '../home/home.ts';
import { defaultSettings } from './schema.ts';
import { writeSettings } from './settings-writer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'binnacle-writer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `source` where no file may grow beyond 4 KiB: a write across that is cut short without an error, as on a full disk. */
function runWithSmallFiles(source: string) {
  const patient = `process.on('SIGXFSZ', () => undefined);\n${source}`;
  const node = [process.execPath, '--input-type=module', '--eval', patient];
  return spawnSync('bash', ['-c', 'ulimit -f 4; exec "$@"', 'bash', ...node], {
    cwd: path.join(import.meta.dirname, '../..'),
    encoding: 'utf8',
  });
}
const big = { ...defaultSettings(), note: 'y'.repeat(6_000) };
const hasBash = existsSync('/bin/bash') && process.platform === 'linux';

describe('writeSettings', () => {
  it('keeps the old settings when the disk takes half of the new ones', async (context) => {
    if (!hasBash) context.skip('needs Linux and bash, for ulimit');
    const home = homeAt(folder);
    await writeSettings(home, defaultSettings(), null);
    const before = readFileSync(home.settingsFile, 'utf8');
    const url = (file: string) => JSON.stringify(pathToFileURL(path.join(import.meta.dirname, file)).href);
    const { stdout, stderr } = runWithSmallFiles(
      `const { writeSettings } = await import(${url('settings-writer.ts')});
         const { homeAt } = await import(${url('../home/home.ts')});
         await writeSettings(homeAt(${JSON.stringify(folder)}), ${JSON.stringify(big)}, null)
           .catch(({ code, message }) => console.log(code, message));`,
    );
    expect({ stdout, stderr, after: readFileSync(home.settingsFile, 'utf8'), files: readdirSync(folder) }).toEqual({
      stdout: expect.stringContaining('HOME_UNUSABLE The settings could not be written: '),
      stderr: '',
      after: before,
      files: ['settings.json'],
    });
  });

  it('cannot leave that to conf alone, which renames the half over the whole', (context) => {
    if (!hasBash) context.skip('needs Linux and bash, for ulimit');
    const { stdout, stderr } = runWithSmallFiles(
      `const { default: Conf } = await import('conf');
       const store = new Conf({ cwd: ${JSON.stringify(folder)}, configName: 'settings' });
       store.store = { note: 'x' };
       store.store = ${JSON.stringify(big)};
       console.log('no error');`,
    );
    const text = readFileSync(path.join(folder, 'settings.json'), 'utf8');
    expect({ stdout, stderr, length: text.length }).toEqual({ stdout: 'no error\n', stderr: '', length: 4096 });
  });
});
